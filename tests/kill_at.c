/*
 * kill_at N FILE COMMAND...: run the command, and kill it with SIGKILL as it
 * enters its N-th system call. Exit 137 when it was killed; else the
 * command's own status, and the number of its calls in FILE.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	long left = argc < 4 ? 0 : strtol(argv[1], NULL, 10), count = 0;
	FILE *out;
	int status;
	pid_t pid;

	if (left < 1) {
		fprintf(stderr, "usage: kill_at N FILE COMMAND...\n");
		return 2;
	}
	if ((pid = fork()) == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return 2;
	ptrace(PTRACE_SETOPTIONS, pid, NULL,
	    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	for (long stops = 0, deliver = 0;;) {
		ptrace(PTRACE_SYSCALL, pid, NULL, deliver);
		if (waitpid(pid, &status, 0) != pid)
			return 2;
		if (WIFEXITED(status))
			break;
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		deliver = WSTOPSIG(status);
		if (deliver != (SIGTRAP | 0x80))
			continue;
		deliver = 0;
		/* Each call stops twice: as it is entered, and left. */
		if (stops++ % 2 != 0)
			continue;
		count++;
		if (--left == 0)
			kill(pid, SIGKILL);
	}
	if ((out = fopen(argv[2], "w")) == NULL)
		return 2;
	fprintf(out, "%ld", count);
	fclose(out);
	return WEXITSTATUS(status);
}
