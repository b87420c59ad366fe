#include "process.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The next socket with these ends in /proc/net/tcp; 0 behind the last. */
static unsigned long
next_inode(FILE *table, const char *ends)
{
	unsigned long inode;
	char line[256];

	while (fgets(line, sizeof(line), table) != NULL)
		if (strstr(line, ends) != NULL &&
		    sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %lu",
			&inode) == 1)
			return inode;
	return 0;
}

static bool
holds(pid_t pid, unsigned long inode)
{
	char path[64], wanted[64], link[64];
	bool found = false;
	struct dirent *entry;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	if ((fds = opendir(path)) == NULL)
		return false;
	while (!found && (entry = readdir(fds)) != NULL) {
		ssize_t len = readlinkat(
		    dirfd(fds), entry->d_name, link, sizeof(link) - 1);

		link[len < 0 ? 0 : len] = '\0';
		found = strcmp(link, wanted) == 0;
	}
	closedir(fds);
	return found;
}

pid_t
process_of_port(int local, int remote)
{
	FILE *table = fopen("/proc/net/tcp", "re");
	unsigned long inode = 0;
	char ends[64];
	struct dirent *entry;
	pid_t found = -1;
	DIR *all;

	snprintf(ends, sizeof(ends), " %08X:%04X %08X:%04X ",
	    (unsigned)htonl(INADDR_LOOPBACK), (unsigned)local,
	    (unsigned)htonl(INADDR_LOOPBACK), (unsigned)remote);
	if (table != NULL) {
		inode = next_inode(table, ends);
		fclose(table);
	}
	if (inode == 0 || (all = opendir("/proc")) == NULL)
		return -1;
	while (found < 0 && (entry = readdir(all)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && holds(pid, inode))
			found = pid;
	}
	closedir(all);
	return found;
}

bool
process_listens(pid_t pid, const char *address, int port)
{
	FILE *table = pid < 0 ? NULL : fopen("/proc/net/tcp", "re");
	unsigned long inode = 0;
	bool found = false;
	char ends[64];

	if (table == NULL)
		return false;
	/* 0A: LISTEN. */
	snprintf(ends, sizeof(ends), " %08X:%04X 00000000:0000 0A ",
	    (unsigned)inet_addr(address), (unsigned)port);
	while (!found && (inode = next_inode(table, ends)) != 0)
		found = holds(pid, inode);
	fclose(table);
	return found;
}

void
process_kill(pid_t pid)
{
	int fd;

	if (pid <= 0)
		return;
	/* A pidfd is readable once its process has ended. */
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	kill(pid, SIGKILL);
	if (fd < 0)
		return;
	(void)poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 1000);
	close(fd);
}
