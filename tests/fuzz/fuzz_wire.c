/* The readers of JSON: whatever a server says. */
#include <string.h>

#include "fuzz.h"
#include "gcore/wire.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret_list secrets = {0};
	struct task_list tasks = {0};
	struct place_list places = {0};
	CLEANUP(buf_clear) struct buf text = {0};
	char id[MODEL_ID_SIZE], message[320];
	struct task task;
	struct fail fail;
	size_t got, total;

	wire_init();
	if (!buf_append(&text, data, size, &fail))
		return 0;
	(void)!wire_secrets(&text, &secrets, &got, &total);
	(void)!wire_tasks(&text, &tasks, &got, &total);
	(void)!wire_places(&text, &places, &got, &total);
	must(!wire_task(&text, &task) || strpbrk(task.id, "/?#% ") == NULL);
	must(!wire_task_id(&text, id) || strpbrk(id, "/?#% ") == NULL);
	wire_refusal(&text, message, sizeof(message));
	secret_list_clear(&secrets);
	task_list_clear(&tasks);
	place_list_clear(&places);
	return 0;
}
