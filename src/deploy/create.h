/*
 * The flow that creates one secret: create, wait for the task, and where an
 * outcome is unknown, look before anything else. It always ends; after a
 * create that may have reached the server none follows before a whole look
 * found nothing, several times over a settling time.
 */
#ifndef DEPLOY_CREATE_H
#define DEPLOY_CREATE_H

#include "deploy/plan.h"
#include "deploy/task_monitor.h"
#include "deploy/task_wait.h"
#include "gcore/inventory.h"

enum create_state {
	CREATE_SEND,   /* send the create */
	CREATE_POLL,   /* ask for the task */
	CREATE_LOOK,   /* read the inventory */
	CREATE_DONE,   /* `secret` is the secret's id */
	CREATE_FAILED, /* `fail` says why */
};

/* What a create sends, made when it is needed: v1 takes `payload`, v2 the PEM
 * texts. It holds the private key. */
struct create_bundle {
	struct buf payload; /* base64 of the PKCS#12 */
	struct buf certificate, private_key, chain;
	const char *algorithm; /* of the key, to tell the server */
	int bits;
};

struct create_options {
	const struct api *api;
	struct plan_want want; /* its name must stay */

	/* Shared by the creates of a run. API_AUTO means v1, until the server
	 * says that it is gone. */
	enum api_version *version;

	/* Make the empty `bundle`. */
	bool (*make)(void *data, enum api_version version,
	    struct create_bundle *bundle, struct fail *fail);
	/* It will not be wanted again. */
	void (*release)(void *data);
	void *data;

	struct fail *fail; /* filled when it fails; must stay */
	struct task_monitor
	    *monitor; /* lists tasks; NULL: the create asks itself */
};

struct create {
	enum create_state state;
	struct fail *fail; /* of the options */
	bool created;      /* by this run, as opposed to found */
	bool lost;         /* did a create get no usable answer? */
	char secret[MODEL_ID_SIZE];
	struct task_wait wait; /* of the last task known */

	struct create_options options;
	struct task_monitor *monitor; /* NULL: this create asks itself */
	unsigned rounds;              /* of the monitor when the wait began */
	const char *name;
	enum api_version made; /* of the bundle */
	bool has_bundle;
	struct create_bundle bundle;

	unsigned sent;    /* creates */
	bool unknown;     /* may one of them have happened? */
	bool rest;        /* wait before the next look */
	unsigned looks;   /* one after the other */
	int64_t now_ms;   /* of the last step */
	int64_t begun_ms; /* first step of this state; -1: none yet */
	struct inventory *inventory; /* while it looks; few creates do */
};

/* Begin to create the secret `name`; it, and what `options` points to, must
 * stay. */
void create_init(struct create *create, const struct create_options *options,
    const char *name);
void create_clear(struct create *create);

/* CREATE_DONE or CREATE_FAILED. */
bool create_has_ended(const struct create *create);

/* What it is doing, for a progress line: "waiting for task ... (RUNNING)". */
void create_describe(const struct create *create, char *text, size_t size);

extern const struct flow_ops create_flow;

#endif
