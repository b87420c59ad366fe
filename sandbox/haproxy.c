#include "haproxy.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "process.h"

/* A start takes about 50 ms. */
#define START_MS 20000

/*
 * Each change starts a new process, which takes the listening sockets over
 * from the one before (-x) and tells it to finish (-sf): connections that
 * wait in the sockets' queues are lost to neither.
 */
struct haproxy {
	char place[64];
	struct haproxy_site *sites;
	size_t count;
	pid_t pid;       /* the one that serves, or -1 */
	unsigned number; /* of its socket */
	pid_t *retired;  /* told to finish, not yet seen to have ended */
	size_t retired_count;
};

static void *
must(void *block)
{
	if (block == NULL)
		abort();
	return block;
}

/* --- sites ---------------------------------------------------------------- */

void
haproxy_site_add(struct haproxy_site *site, struct buf pem)
{
	site->pems =
	    must(realloc(site->pems, (site->count + 1) * sizeof(*site->pems)));
	site->pems[site->count++] = pem;
}

void
haproxy_site_clear(struct haproxy_site *site)
{
	for (size_t i = 0; i < site->count; i++)
		buf_clear(&site->pems[i]);
	free(site->pems);
	site->pems = NULL;
	site->count = 0;
}

/* The site of a listener; an empty new one when there is none. */
static struct haproxy_site *
site_of(struct haproxy *haproxy, const struct haproxy_site *like)
{
	struct haproxy_site *site;

	for (size_t i = 0; i < haproxy->count; i++)
		if (strcmp(haproxy->sites[i].id, like->id) == 0)
			return &haproxy->sites[i];
	haproxy->sites = must(realloc(
	    haproxy->sites, (haproxy->count + 1) * sizeof(*haproxy->sites)));
	site = &haproxy->sites[haproxy->count++];
	*site = *like;
	site->pems = NULL;
	site->count = 0;
	return site;
}

/* --- files ---------------------------------------------------------------- */

/* Remove all but the socket of the process that serves. */
static void
remove_files(const struct haproxy *haproxy)
{
	DIR *place = opendir(haproxy->place);
	struct dirent *entry;
	char socket[32] = "";

	if (haproxy->pid > 0)
		snprintf(socket, sizeof(socket), "socket.%u", haproxy->number);
	while (place != NULL && (entry = readdir(place)) != NULL)
		if (strcmp(entry->d_name, socket) != 0)
			(void)unlinkat(dirfd(place), entry->d_name, 0);
	if (place != NULL)
		closedir(place);
}

static bool
write_file(const struct haproxy *haproxy, const char *name,
    const struct buf *text, struct fail *fail)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", haproxy->place, name);
	return file_write(path, true, text, fail);
}

static bool
write_site(const struct haproxy *haproxy, size_t number, struct fail *fail)
{
	const struct haproxy_site *site = &haproxy->sites[number];
	CLEANUP(buf_clear) struct buf list = {0};
	char name[64];

	for (size_t i = 0; i < site->count; i++) {
		snprintf(name, sizeof(name), "%zu-%zu.pem", number, i);
		if (!write_file(haproxy, name, &site->pems[i], fail) ||
		    !buf_printf(&list, fail, "%s/%s\n", haproxy->place, name))
			return false;
	}
	snprintf(name, sizeof(name), "%zu.list", number);
	return write_file(haproxy, name, &list, fail);
}

static bool
write_all(const struct haproxy *haproxy, struct fail *fail)
{
	CLEANUP(buf_clear) struct buf text = {0};

	if (!buf_printf(&text, fail,
		"global\n nbthread 1\n hard-stop-after 5s\n"
		" tune.ssl.default-dh-param 2048\n"
		" stats socket %s/socket.%u mode 600 expose-fd listeners\n"
		"defaults\n mode http\n timeout client 5s\n",
		haproxy->place, haproxy->number))
		return false;
	for (size_t i = 0; i < haproxy->count; i++) {
		const struct haproxy_site *site = &haproxy->sites[i];

		if (site->count == 0)
			continue;
		if (!write_site(haproxy, i, fail) ||
		    !buf_printf(&text, fail,
			"frontend f%zu\n"
			" bind %s:%d ssl crt-list %s/%zu.list%s\n"
			" http-request return status 200\n",
			i, site->address, site->port, haproxy->place, i,
			site->sni_only ? " strict-sni" : ""))
			return false;
	}
	return write_file(haproxy, "config", &text, fail);
}

/* --- processes ------------------------------------------------------------ */

/* In the child: nothing but system calls. */
static void
become(const char *output, char *argv[])
{
	int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execvp(argv[0], argv);
	_exit(127);
}

static pid_t
spawn(const struct haproxy *haproxy, char *argv[])
{
	char output[128];
	pid_t pid;

	snprintf(output, sizeof(output), "%s/output", haproxy->place);
	pid = fork();
	if (pid == 0)
		become(output, argv);
	return pid;
}

static pid_t
spawn_next(const struct haproxy *haproxy)
{
	char config[128], socket[128], pid[16],
	    name[] = "haproxy", db[] = "-db", f[] = "-f", x[] = "-x",
	    sf[] = "-sf";
	char *argv[] = {name, db, f, config, x, socket, sf, pid, NULL};

	snprintf(config, sizeof(config), "%s/config", haproxy->place);
	snprintf(socket, sizeof(socket), "%s/socket.%u", haproxy->place,
	    haproxy->number - 1);
	snprintf(pid, sizeof(pid), "%d", (int)haproxy->pid);
	if (haproxy->pid < 0)
		argv[4] = NULL;
	return spawn(haproxy, argv);
}

/* What HAProxy said first, malloc'ed. */
static char *
complaint(const struct haproxy *haproxy)
{
	CLEANUP(buf_clear) struct buf text = {0};
	char path[128], *line;
	const char *alert;
	struct fail fail;

	snprintf(path, sizeof(path), "%s/output", haproxy->place);
	alert = file_read(path, &text, NULL, &fail)
		    ? strstr(buf_text(&text), "[ALERT]")
		    : NULL;
	if (alert == NULL)
		alert = "HAProxy did not start";
	line = must(strndup(alert, strcspn(alert, "\n")));
	return line;
}

/* Do all sites, and nobody but them, belong to the new process? */
static bool
is_taken_over(const struct haproxy *haproxy, pid_t pid)
{
	for (size_t i = 0; i < haproxy->count; i++) {
		const struct haproxy_site *site = &haproxy->sites[i];

		if (process_listens(pid, site->address, site->port) !=
			(site->count > 0) ||
		    process_listens(haproxy->pid, site->address, site->port))
			return false;
	}
	return true;
}

static void
reap(struct haproxy *haproxy)
{
	size_t kept = 0;

	for (size_t i = 0; i < haproxy->retired_count; i++)
		if (waitpid(haproxy->retired[i], NULL, WNOHANG) == 0)
			haproxy->retired[kept++] = haproxy->retired[i];
	haproxy->retired_count = kept;
}

static void
succeed(struct haproxy *haproxy, pid_t pid)
{
	reap(haproxy);
	if (haproxy->pid > 0) {
		haproxy->retired = must(realloc(haproxy->retired,
		    (haproxy->retired_count + 1) * sizeof(pid_t)));
		haproxy->retired[haproxy->retired_count++] = haproxy->pid;
	}
	haproxy->pid = pid;
}

/* Start a process for the sites as they are now, and wait for it. */
static bool
start_next(struct haproxy *haproxy, char **error)
{
	int64_t limit = clock_ms() + START_MS;
	struct fail fail;
	pid_t pid;

	if (!write_all(haproxy, &fail)) {
		*error = must(strdup(fail.text));
		return false;
	}
	pid = spawn_next(haproxy);
	while (pid > 0 && waitpid(pid, NULL, WNOHANG) == 0) {
		if (is_taken_over(haproxy, pid)) {
			succeed(haproxy, pid);
			return true;
		}
		if (clock_ms() > limit)
			kill(pid, SIGKILL);
		usleep(1000);
	}
	*error = complaint(haproxy);
	return false;
}

static bool
restart(struct haproxy *haproxy, char **error)
{
	bool good;

	haproxy->number++;
	good = start_next(haproxy, error);
	if (!good)
		haproxy->number--;
	/* The keys were needed no longer than this. */
	remove_files(haproxy);
	return good;
}

/* --- the interface -------------------------------------------------------- */

/* Where Debian has it is not on a user's path. */
static void
extend_path(void)
{
	const char *path = getenv("PATH");
	char *all;

	if (asprintf(&all, "%s:/usr/sbin:/usr/local/sbin",
		path == NULL ? "/usr/bin" : path) < 0)
		abort();
	setenv("PATH", all, 1);
	free(all);
}

struct haproxy *
haproxy_start(struct fail *fail)
{
	struct haproxy *haproxy = must(calloc(1, sizeof(*haproxy)));
	char name[] = "haproxy", v[] = "-v", *argv[] = {name, v, NULL};
	const char *memory =
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	int status = -1;
	pid_t pid;

	haproxy->pid = -1;
	snprintf(haproxy->place, sizeof(haproxy->place),
	    "%s/certupload-sandbox-XXXXXX", memory);
	if (mkdtemp(haproxy->place) == NULL) {
		fail_set(fail, FAIL_USAGE, "%s: no directory for keys", memory);
		free(haproxy);
		return NULL;
	}
	extend_path();
	pid = spawn(haproxy, argv);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
		return haproxy;
	haproxy_stop(haproxy);
	fail_set(fail, FAIL_USAGE, "--serve needs haproxy, which is not found");
	fail_hint(fail, "install it: apt-get install haproxy");
	return NULL;
}

bool
haproxy_serve(struct haproxy *haproxy, struct haproxy_site *site, char **error)
{
	struct haproxy_site *own = site_of(haproxy, site);
	struct haproxy_site before = *own;
	bool good;

	*own = *site;
	/* Nothing before, nothing now. */
	if (before.count == 0 && site->count == 0)
		return true;
	good = restart(haproxy, error);
	if (!good)
		*own = before;
	haproxy_site_clear(good ? &before : site);
	return good;
}

void
haproxy_forget(struct haproxy *haproxy, const char *id)
{
	for (size_t i = 0; i < haproxy->count; i++) {
		struct haproxy_site *site = &haproxy->sites[i], none = *site;
		char *error = NULL;

		if (strcmp(site->id, id) != 0)
			continue;
		none.pems = NULL;
		none.count = 0;
		(void)haproxy_serve(haproxy, &none, &error);
		free(error);
		haproxy->sites[i] = haproxy->sites[--haproxy->count];
		return;
	}
}

void
haproxy_stop(struct haproxy *haproxy)
{
	succeed(haproxy, -1);
	for (size_t i = 0; i < haproxy->retired_count; i++) {
		kill(haproxy->retired[i], SIGKILL);
		waitpid(haproxy->retired[i], NULL, 0);
	}
	for (size_t i = 0; i < haproxy->count; i++)
		haproxy_site_clear(&haproxy->sites[i]);
	remove_files(haproxy);
	(void)rmdir(haproxy->place);
	free(haproxy->sites);
	free(haproxy->retired);
	free(haproxy);
}
