/* The command: options in, report and messages out. */
#ifndef APP_CLI_H
#define APP_CLI_H

/* Run; the exit status (fail.h). */
int cli_main(int argc, char *argv[], char *env[]);

#endif
