/* The finder of PEM blocks: it ends, and what it finds is inside the text. */
#include <stdlib.h>
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
		if (reader.at > size || (good && !end && block.label[0] == 1) ||
		    (!good && fail.code != FAIL_INPUT))
			abort();
		pem_block_clear(&block);
	}
	/* Blocks grow by the ends of their lines at most. */
	if (total > 2 * size + 256)
		abort();
	return 0;
}
