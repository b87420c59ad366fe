#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
journal_open(struct journal *journal, const char *path, struct fail *fail)
{
	*journal = (struct journal){.fd = -1};
	if (path == NULL)
		return true;
	journal->fd =
	    strcmp(path, "-") == 0
		? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
		: open(path,
		      O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
		      0600);
	return journal->fd >= 0 ||
	       fail_set(fail, FAIL_USAGE, "%s: %s", path, strerror(errno));
}

void
journal_write(struct journal *journal, cJSON *entry)
{
	char *text, *line;
	int len;

	cJSON_AddNumberToObject(entry, "n", (double)++journal->count);
	if (journal->fd < 0 || (text = cJSON_PrintUnformatted(entry)) == NULL)
		return;
	len = asprintf(&line, "%s\n", text);
	if (len > 0 && write(journal->fd, line, (size_t)len) != len)
		fprintf(stderr, "certupload-sandbox: the journal is lost\n");
	if (len > 0)
		free(line);
	cJSON_free(text);
}

void
journal_close(struct journal *journal)
{
	if (journal->fd >= 0)
		close(journal->fd);
}
