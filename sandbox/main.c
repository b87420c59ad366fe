/* certupload-sandbox: start-up, and what signals make it do. */
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "server.h"

/* How often it is looked for listeners to be served anew. */
#define TICK_MS 10

/* The next signal. What is served changes when a task ends, not when somebody
 * asks. */
static int
next_signal(const sigset_t *signals, struct server *server, bool ticks)
{
	const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
	int number;

	if (!ticks) {
		sigwait(signals, &number);
		return number;
	}
	while ((number = sigtimedwait(signals, NULL, &tick)) < 0)
		server_advance(server);
	return number;
}

static void
announce(const struct options *options, const struct server *server)
{
	printf("%s://127.0.0.1:%d\n", options->cert == NULL ? "http" : "https",
	    server_port(server));
	fflush(stdout);
}

/* Until it is ended. */
static bool
wait_for(const sigset_t *signals, const struct options *options,
    struct server *server, struct fail *fail)
{
	announce(options, server);
	while (next_signal(signals, server, options->serve) == SIGUSR1) {
		if (!server_read_faults(server, fail))
			return false;
		announce(options, server);
	}
	return true;
}

static int
complain(const struct fail *fail)
{
	fprintf(stderr, "certupload-sandbox: %s\n", fail->text);
	if (fail->hint[0] != '\0')
		fprintf(stderr, "  %s\n", fail->hint);
	return (int)fail->code;
}

static int
serve(const struct options *options)
{
	struct server *server;
	sigset_t signals;
	struct fail fail;
	bool good;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	/* Before any thread begins: all inherit it. */
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	if ((server = server_start(options, &fail)) == NULL)
		return complain(&fail);
	good = wait_for(&signals, options, server, &fail);
	server_stop(server);
	return good ? 0 : complain(&fail);
}

int
main(int argc, char *argv[])
{
	struct options options = {0};
	struct fail fail;

	umask(077);
	if (!options_parse(&options, argc, argv, &fail))
		return complain(&fail);
	if (options.help || options.version) {
		if (options.help)
			options_help();
		else
			printf("certupload-sandbox %s\n", PACKAGE_VERSION);
		return 0;
	}
	return serve(&options);
}
