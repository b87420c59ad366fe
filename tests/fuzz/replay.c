/* Calls the fuzz target with each file named: the corpus as a test. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

int
main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		uint8_t *data = malloc(1 << 20);
		size_t size;

		if (file == NULL || data == NULL) {
			perror(argv[i]);
			return 1;
		}
		size = fread(data, 1, 1 << 20, file);
		fclose(file);
		(void)LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
	return 0;
}
