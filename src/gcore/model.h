/* The server's records, as far as this program reads them. */
#ifndef GCORE_MODEL_H
#define GCORE_MODEL_H

#include "base/defs.h"

/* UUIDs and the like: letters, digits and hyphens, checked when read, so
 * that they may stand in a URL. */
#define MODEL_ID_SIZE 64
/* A secret's name has at most 255 bytes (the store's limit). */
#define MODEL_NAME_SIZE 256
#define MODEL_WORD_SIZE 32

struct secret {
	char id[MODEL_ID_SIZE];
	char name[MODEL_NAME_SIZE]; /* not unique */
	char status[MODEL_WORD_SIZE];
	char created[40]; /* ISO 8601; "" when not told */
};

struct secret_list {
	struct secret *items;
	size_t count, cap;
};

enum task_state {
	TASK_PENDING, /* NEW, RUNNING and every word not known */
	TASK_FINISHED,
	TASK_ERROR,
};

struct task {
	char id[MODEL_ID_SIZE];
	enum task_state state;
	char word[MODEL_WORD_SIZE]; /* the state as the server spells it */
	int64_t created;            /* seconds since 1970; -1: not told */
	char name[MODEL_NAME_SIZE]; /* of what it makes; "": not told */
	char secret[MODEL_ID_SIZE]; /* the first secret it made, or "" */
	char error[256];            /* what it says of its failure */
};

struct task_list {
	struct task *items;
	size_t count, cap;
};

/* A project or a region. */
struct place {
	int64_t id;
	char name[MODEL_NAME_SIZE];
	bool is_default;
};

struct place_list {
	struct place *items;
	size_t count, cap;
};

/* Identifiers in an order that counts. */
struct id_list {
	char (*items)[MODEL_ID_SIZE];
	size_t count, cap;
};

/* The secrets that a listener or a pool refers to; "" where none. */
struct references {
	char secret[MODEL_ID_SIZE]; /* a listener's default certificate, a
				     * pool's certificate towards members */
	struct id_list sni;         /* a listener's further ones */
	char ca[MODEL_ID_SIZE];     /* a pool's bundle to check members by */
	char crl[MODEL_ID_SIZE];    /* a pool's revocation list */
};

enum referrer_kind { REFERRER_LISTENER, REFERRER_POOL };

/* A listener or a pool of a load balancer. Owns `has`. */
struct referrer {
	enum referrer_kind kind;
	char id[MODEL_ID_SIZE];
	char name[MODEL_NAME_SIZE];
	char balancer[MODEL_ID_SIZE];   /* whose it is; "": not told */
	char protocol[MODEL_WORD_SIZE]; /* "TERMINATED_HTTPS" */
	char status[MODEL_WORD_SIZE];   /* provisioning_status: "ACTIVE" */
	char task[MODEL_ID_SIZE];       /* which holds its lock; "": free */
	struct references has;
};

struct referrer_list {
	struct referrer *items;
	size_t count, cap;
};

struct balancer {
	char id[MODEL_ID_SIZE];
	char name[MODEL_NAME_SIZE];
};

struct balancer_list {
	struct balancer *items;
	size_t count, cap;
};

/* How many secrets a region may hold. */
struct quota {
	int64_t limit, usage;
	bool known; /* the server lists none before it is first needed */
};

/*
 * What a new secret is made of: either a bundle for POST /cloud/v1/secrets,
 * where empty strings and 0 are left out, or PEM texts for POST
 * /cloud/v2/secrets, which wants all three (a self-signed certificate is its
 * own chain) and nothing else.
 */
struct secret_draft {
	const char *name;
	const char *payload;   /* base64 on one line; NULL: the PEM texts */
	const char *algorithm; /* of the key: "RSA", "EC" */
	int bit_length;        /* of the key */
	const char *certificate, *private_key, *chain; /* PEM */
};

/* The secret's status forbids its use: a word for failed or deleted. Words
 * not known count as healthy: a duplicate would be the worse mistake. */
bool secret_is_broken(const struct secret *secret);

/* The one with this id, or NULL. */
const struct secret *secret_find_id(
    const struct secret_list *list, const char *id);

/* Append a copy; false without memory. */
bool id_list_add(struct id_list *list, const char *id) MUST_CHECK;
bool secret_list_add(
    struct secret_list *list, const struct secret *item) MUST_CHECK;
bool task_list_add(struct task_list *list, const struct task *item) MUST_CHECK;
bool place_list_add(
    struct place_list *list, const struct place *item) MUST_CHECK;
bool balancer_list_add(
    struct balancer_list *list, const struct balancer *item) MUST_CHECK;
/* The list owns what the item refers to then. */
bool referrer_list_add(
    struct referrer_list *list, const struct referrer *item) MUST_CHECK;

void secret_list_clear(struct secret_list *list);
void task_list_clear(struct task_list *list);
void place_list_clear(struct place_list *list);
void balancer_list_clear(struct balancer_list *list);
void referrer_list_clear(struct referrer_list *list);
void id_list_clear(struct id_list *list);

/* Make `to` a copy, whatever it held; false without memory. */
bool id_list_copy(struct id_list *to, const struct id_list *from) MUST_CHECK;
/* The same identifiers in the same order. */
bool id_list_equal(const struct id_list *a, const struct id_list *b);
bool id_list_contains(const struct id_list *list, const char *id);

/* Is this secret among them, in any part? */
bool references_hold(const struct references *has, const char *secret);
void references_clear(struct references *has);
/* Is a change of its balancer under way, perhaps of itself? What it has now is
 * not what it will have then. */
bool referrer_is_locked(const struct referrer *referrer);
void referrer_clear(struct referrer *referrer);

#endif
