#include "app/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cfg_args.h"
#include "app/report.h"
#include "app/upload.h"
#include "base/log.h"
#include "base/mem.h"

/* With --detailed-exitcode. */
#define EXIT_CHANGED 20

/* Say what went wrong: its exit status. */
static int
complain(const struct fail *fail)
{
	log_fail(fail);
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

static bool
is_same_cause(const struct deployment *a, const struct deployment *b)
{
	return a->result.status == RESULT_FAILED &&
	       b->result.status == RESULT_FAILED &&
	       strcmp(a->result.fail.text, b->result.fail.text) == 0;
}

/* Say it of the first that failed so, for all of them. */
static void
complain_of(const struct deployment *deployments, size_t count, size_t first)
{
	struct fail fail = deployments[first].result.fail;
	const char *title = cfg_title(deployments[first].cfg);
	size_t more = 0;

	for (size_t i = 0; i < first; i++)
		if (is_same_cause(&deployments[i], &deployments[first]))
			return;
	for (size_t i = first + 1; i < count; i++)
		more += is_same_cause(&deployments[i], &deployments[first]);
	if (more > 0)
		fail_in(&fail, "%s and %zu more", title, more);
	else if (title[0] != '\0')
		fail_in(&fail, "%s", title);
	complain(&fail);
}

/* What went wrong with each; what stopped all of them is said last. */
static void
complain_all(const struct deployment *deployments, size_t count,
    const struct fail *common)
{
	for (size_t i = 0; i < count; i++)
		if (deployments[i].result.status == RESULT_FAILED &&
		    (common->code == FAIL_NONE ||
			strcmp(deployments[i].result.fail.text, common->text) !=
			    0))
			complain_of(deployments, count, i);
	if (common->code != FAIL_NONE)
		complain(common);
}

static int
exit_status(
    const struct cfg *cfg, const struct deployment *deployments, size_t count)
{
	enum fail_code summary = FAIL_NONE;
	bool change = false;

	for (size_t i = 0; i < count; i++) {
		summary = result_summary(summary, &deployments[i].result);
		change |= result_is_change(&deployments[i].result);
	}
	if (summary != FAIL_NONE)
		return (int)summary;
	return change && cfg->detailed_exitcode ? EXIT_CHANGED : 0;
}

/* The secrets that only the report would have told of. */
static void
tell_secrets(const struct deployment *deployments, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (deployments[i].result.secret[0] != '\0')
			log_line(LOG_ERROR, "the secret is %s",
			    deployments[i].result.secret);
}

/* What stopped all is told as of any run; all else is in the report. */
static int
show_status(const struct cfg_all *all, const struct deployment *deployments,
    const struct status *status)
{
	CLEANUP(buf_clear) struct buf out = {0};
	enum fail_code code = status->fail.code;
	struct fail fail;

	if (code != FAIL_NONE)
		complain_all(deployments, all->count, &status->fail);
	else if (status_needs_attention(status))
		code = FAIL_ATTENTION;
	if (!report_status(&all->run, status, &out, &fail) ||
	    !put(&out, &fail)) {
		int lost = complain(&fail);

		return code == FAIL_NONE ? lost : (int)code;
	}
	return (int)code;
}

static int
run(const struct cfg_all *all, struct deployment *deployments)
{
	const struct cfg *cfg = &all->run;
	CLEANUP(status_clear) struct status found = {0};
	CLEANUP(buf_clear) struct buf out = {0};
	struct fail fail = {0};
	int status;

	if (upload_all(all, deployments, &found, &fail))
		fail = (struct fail){0};
	if (cfg->status)
		return show_status(all, deployments, &found);
	complain_all(deployments, all->count, &fail);
	status = exit_status(cfg, deployments, all->count);
	if (!report_write(cfg, deployments, all->count, &out, &fail) ||
	    !put(&out, &fail)) {
		int lost = complain(&fail);

		tell_secrets(deployments, all->count);
		status = status == 0 ? lost : status;
	}
	return status;
}

static int
run_all(const struct cfg_all *all)
{
	struct deployment *deployments =
	    mem_calloc(all->count + 1, sizeof(*deployments));
	struct fail fail;
	int status;

	if (deployments == NULL) {
		fail_memory(&fail);
		return complain(&fail);
	}
	status = run(all, deployments);
	for (size_t i = 0; i < all->count; i++)
		deployment_clear(&deployments[i]);
	mem_free(deployments);
	return status;
}

int
cli_main(int argc, char *argv[], char *env[])
{
	CLEANUP(cfg_clear) struct cfg_all all = {0};
	struct fail fail;

	if (!cfg_parse(&all, argc, argv, env, &fail))
		return complain(&fail);
	if (all.run.help || all.run.version) {
		if (all.run.help)
			cfg_help(stdout);
		else
			printf("certupload %s\n", PACKAGE_VERSION);
		return fflush(stdout) == 0 ? 0 : FAIL_INTERNAL;
	}
	set_up_log(&all.run);
	return run_all(&all);
}
