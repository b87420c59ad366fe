#include "app/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/report.h"
#include "app/upload.h"
#include "base/log.h"

/* The failure on one line, the next step on another. */
static int
complain(const struct fail *fail)
{
	log_line(LOG_ERROR, "%s", fail->text);
	if (fail->hint[0] != '\0')
		log_plain(LOG_ERROR, "  %s", fail->hint);
	return (int)fail->code;
}

/* A report that did not arrive is a failure, not a success. */
static bool
put(const struct buf *out, struct fail *fail)
{
	for (size_t done = 0; done < out->len;) {
		ssize_t n =
		    write(STDOUT_FILENO, out->data + done, out->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_set(fail, FAIL_INTERNAL,
			    "cannot write the report: %s", strerror(errno));
		done += (size_t)n;
	}
	return true;
}

static void
set_up_log(const struct cfg *cfg)
{
	const char *term = getenv("TERM");
	bool watched =
	    isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;

	log_set_level(cfg->quiet ? LOG_ERROR
		      : cfg->verbose >= LOG_DEBUG
			  ? LOG_DEBUG
			  : (enum log_level)cfg->verbose);
	log_set_status(watched && !cfg->quiet);
}

static int
run(const struct cfg *cfg)
{
	CLEANUP(chain_clear) struct chain chain = {0};
	CLEANUP(buf_clear) struct buf out = {0};
	struct result result;
	struct fail fail = {0};
	int status = 0;

	if (!upload_all(cfg, &chain, &result))
		status = complain(&result.fail);
	if (!report_write(cfg, &chain, &result, &out, &fail) ||
	    !put(&out, &fail)) {
		int lost = complain(&fail);

		if (result.secret[0] != '\0')
			log_line(LOG_ERROR, "the secret is %s", result.secret);
		status = status == 0 ? lost : status;
	}
	return status;
}

int
cli_main(int argc, char *argv[], char *env[])
{
	struct cfg cfg;
	struct fail fail;

	if (!cfg_parse(&cfg, argc, argv, env, &fail))
		return complain(&fail);
	if (cfg.help || cfg.version) {
		if (cfg.help)
			cfg_help(stdout);
		else
			printf("certupload %s\n", PACKAGE_VERSION);
		return fflush(stdout) == 0 ? 0 : FAIL_INTERNAL;
	}
	set_up_log(&cfg);
	return run(&cfg);
}
