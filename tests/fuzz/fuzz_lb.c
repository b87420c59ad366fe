/* The readers of listeners, pools and load balancers, and the change made of
 * what they read. */
#include <string.h>

#include "fuzz.h"
#include "gcore/wire.h"

static void
is_safe(const char *id)
{
	must(strpbrk(id, "/?#%\" ") == NULL);
}

/* A change to all of it is written, and to none is empty. */
static void
judge(const struct referrer *referrer)
{
	static const struct references none;
	CLEANUP(buf_clear) struct buf change = {0}, same = {0};
	const struct references *has = &referrer->has;
	struct fail fail;

	must(referrer->id[0] != '\0');
	is_safe(referrer->id);
	is_safe(referrer->balancer);
	is_safe(referrer->task);
	is_safe(has->secret);
	for (size_t i = 0; i < has->sni.count; i++) {
		must(has->sni.items[i][0] != '\0');
		is_safe(has->sni.items[i]);
		must(references_hold(has, has->sni.items[i]));
	}
	must(wire_references(&none, has, &change, &fail));
	must(wire_references(has, has, &same, &fail));
	must(strcmp(buf_text(&same), "{}") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct referrer_list referrers = {0};
	struct balancer_list balancers = {0};
	CLEANUP(buf_clear) struct buf text = {0};
	struct referrer one;
	struct fail fail;
	size_t got, total;

	wire_init();
	if (!buf_append(&text, data, size, &fail))
		return 0;
	if (wire_referrers(&text, REFERRER_LISTENER, &referrers, &got, &total))
		must(got == referrers.count);
	else
		must(referrers.count == 0);
	for (size_t i = 0; i < referrers.count; i++)
		judge(&referrers.items[i]);
	if (wire_referrer(&text, REFERRER_POOL, &one))
		judge(&one);
	(void)!wire_balancers(&text, &balancers, &got, &total);
	for (size_t i = 0; i < balancers.count; i++)
		is_safe(balancers.items[i].id);
	referrer_clear(&one);
	referrer_list_clear(&referrers);
	balancer_list_clear(&balancers);
	return 0;
}
