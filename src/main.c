#include "app/cli.h"
#include "base/fail.h"
#include "base/guard.h"
#include "base/mem.h"
#include "gcore/wire.h"

int
main(int argc, char *argv[], char *env[])
{
	guard_process();
	/* Before anything allocates. */
	if (!mem_install())
		return FAIL_INTERNAL;
	wire_init();
	return cli_main(argc, argv, env);
}
