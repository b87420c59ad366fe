#include "base/guard.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

void
guard_process(void)
{
	struct rlimit none = {0, 0};
	int fd;

	/* A key file opened as descriptor 2 would get our messages. */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* libcurl would write the session's secrets there. */
	(void)unsetenv("SSLKEYLOGFILE");
	(void)signal(SIGPIPE, SIG_IGN);
	umask(077);
#ifdef M_PERTURB
	/* Libraries that take no allocator (nghttp2): glibc overwrites what
	 * they free. */
	(void)mallopt(M_PERTURB, 0xa5);
#endif
}
