/* Other processes of this host, found by their sockets (proc(5)). */
#ifndef SANDBOX_PROCESS_H
#define SANDBOX_PROCESS_H

#include <sys/types.h>

#include "base/defs.h"

/* The process that holds the connection 127.0.0.1:`local` ->
 * 127.0.0.1:`remote`, or -1. */
pid_t process_of_port(int local, int remote);

/* Does a process (-1: none) listen at this IPv4 address and port? */
bool process_listens(pid_t pid, const char *address, int port);

/* SIGKILL a process and wait, at most a second, until it is gone; nothing
 * for -1. */
void process_kill(pid_t pid);

#endif
