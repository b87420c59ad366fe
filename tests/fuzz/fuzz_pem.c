/* The finder of PEM blocks: it ends, and what it finds is inside the text. */
#include <string.h>

#include "fuzz.h"
#include "pki/pem.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pem_reader reader = {.text = (const char *)data, .len = size};
	bool end = false, good = true;
	size_t total = 0;

	while (good && !end) {
		struct pem_block block = {0};
		struct fail fail = {0};

		good = pem_next(&reader, &block, &end, &fail);
		total += block.text.len;
		must(reader.at <= size);
		must(good || fail.code == FAIL_INPUT);
		pem_block_clear(&block);
	}
	/* Blocks grow by the ends of their lines at most. */
	must(total <= 2 * size + 256);
	return 0;
}
