#include "app/secrets.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

/* More than any token or passphrase has. */
#define MAX_SECRET ((size_t)4096)

/* Cut `text` after its first line. False: other lines held something. */
static bool
first_line(struct buf *text)
{
	size_t len = strcspn(buf_text(text), "\r\n");
	size_t blank = strspn(buf_text(text) + len, "\r\n");
	bool alone = len + blank == text->len;

	if (text->len == 0)
		return true;
	mem_wipe(text->data + len, text->len - len);
	text->len = len;
	return alone;
}

/* --- API key -------------------------------------------------------------- */

static bool
check_api_key(struct buf *key, const char *where, struct fail *fail)
{
	bool good = first_line(key) && key->len > 0;

	for (size_t i = 0; good && i < key->len; i++)
		good = key->data[i] > 0x20 && key->data[i] < 0x7f;
	if (good)
		return true;
	buf_clear(key);
	fail_set(fail, FAIL_AUTH,
	    "%s: is no API key: one line of letters, "
	    "digits and signs is",
	    where);
	return fail_hint(fail,
	    "make one in the portal: Profile, API tokens; a '$' in it needs "
	    "single quotes in a shell");
}

static bool
api_key_from_file(const char *path, struct buf *key, struct fail *fail)
{
	key->max = MAX_SECRET;
	return file_read_secret(path, key, fail) &&
	       check_api_key(key, path, fail);
}

static bool
api_key_from_env(
    const char *value, const char *name, struct buf *key, struct fail *fail)
{
	return buf_append(key, value, strlen(value), fail) &&
	       check_api_key(key, name, fail);
}

/* NULL if it is not set, or empty. */
static const char *
env_value(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

bool
secrets_api_key(const char *path, struct buf *key, struct fail *fail)
{
	CLEANUP(buf_clear) struct buf credential = {0};
	const char *value;

	if (path != NULL)
		return api_key_from_file(path, key, fail);
	if ((value = env_value("GCORE_API_KEY")) != NULL)
		return api_key_from_env(value, "GCORE_API_KEY", key, fail);
	if ((value = env_value("CREDENTIALS_DIRECTORY")) != NULL) {
		if (!buf_printf(&credential, fail, "%s/api-key", value))
			return false;
		if (access(buf_text(&credential), F_OK) == 0)
			return api_key_from_file(
			    buf_text(&credential), key, fail);
	}
	if ((value = env_value("GCORE_PERMANENT_TOKEN")) != NULL)
		return api_key_from_env(
		    value, "GCORE_PERMANENT_TOKEN", key, fail);
	fail_set(fail, FAIL_USAGE, "no API key is given");
	return fail_hint(fail, "use --api-key-file or GCORE_API_KEY");
}

/* --- passphrases ---------------------------------------------------------- */

static void
close_tty(int *tty)
{
	if (*tty >= 0)
		close(*tty);
}

/* A line from the terminal, not shown while it is typed. */
static bool
ask(const char *file, struct buf *passphrase, struct fail *fail)
{
	CLEANUP(close_tty)
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	CLEANUP(buf_clear) struct buf prompt = {0};
	struct termios shown, hidden;
	ssize_t n = -1;

	if (tty < 0 || tcgetattr(tty, &shown) != 0) {
		fail_set(fail, FAIL_INPUT, "the private key is encrypted");
		return fail_hint(fail, "use --key-passphrase-file");
	}
	if (!buf_printf(&prompt, fail, "Passphrase for %s: ", file) ||
	    !buf_reserve(passphrase, MAX_SECRET, fail))
		return false;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(tty, TCSAFLUSH, &hidden);
	if (write(tty, prompt.data, prompt.len) == (ssize_t)prompt.len)
		n = read(tty, passphrase->data, MAX_SECRET);
	(void)tcsetattr(tty, TCSAFLUSH, &shown);
	(void)!write(tty, "\n", 1);
	if (n <= 0)
		return fail_set(fail, FAIL_INPUT, "no passphrase was given");
	passphrase->len = (size_t)n;
	passphrase->data[n] = '\0';
	(void)first_line(passphrase);
	return true;
}

bool
secrets_passphrase(const char *path, const char *file, struct buf *passphrase,
    struct fail *fail)
{
	if (path == NULL)
		return ask(file, passphrase, fail);
	passphrase->max = MAX_SECRET;
	if (!file_read_secret(path, passphrase, fail))
		return false;
	(void)first_line(passphrase);
	return true;
}
