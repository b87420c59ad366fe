#include "base/guard.h"
#include "base/mem.h"

int
main(void)
{
	guard_process();
	return mem_install() ? 0 : 9;
}
