#include "base/clock.h"

#include <sys/random.h>
#include <time.h>

int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_wall(void)
{
	return (int64_t)time(NULL);
}

double
clock_jitter(void)
{
	uint32_t n = 0;

	/* Before the pool is ready (early boot) 0.5 is as good as any. */
	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != sizeof(n))
		return 0.5;
	return n / 4294967296.0;
}

void
clock_iso(int64_t seconds, char text[CLOCK_ISO_SIZE])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		text[0] = '\0';
}

void
clock_day(int64_t seconds, char text[CLOCK_ISO_SIZE])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, CLOCK_ISO_SIZE, "%Y%m%d", &tm) == 0)
		text[0] = '\0';
}
