#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void
buf_clear(struct buf *buf)
{
	mem_free(buf->data);
	*buf = (struct buf){.max = buf->max};
}

bool
buf_reserve(struct buf *buf, size_t more, struct fail *fail)
{
	size_t max = buf->max == 0 ? BUF_MAX : buf->max;
	size_t cap = buf->cap < 128 ? 256 : 2 * buf->cap;
	unsigned char *data;

	if (more > max || buf->len > max - more)
		return fail_set(fail, FAIL_INPUT, "larger than %zu bytes", max);
	if (buf->data != NULL && buf->len + more < buf->cap)
		return true;
	if (cap <= buf->len + more)
		cap = buf->len + more + 1;
	if ((data = mem_realloc(buf->data, cap)) == NULL)
		return fail_memory(fail);
	data[buf->len] = '\0';
	buf->data = data;
	buf->cap = cap;
	return true;
}

bool
buf_append(struct buf *buf, const void *bytes, size_t len, struct fail *fail)
{
	if (!buf_reserve(buf, len, fail))
		return false;
	if (len > 0)
		memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return true;
}

bool
buf_printf(struct buf *buf, struct fail *fail, const char *format, ...)
{
	va_list values;
	int n;

	va_start(values, format);
	n = vsnprintf(NULL, 0, format, values);
	va_end(values);
	if (n < 0)
		return fail_set(fail, FAIL_INTERNAL, "cannot format text");
	if (!buf_reserve(buf, (size_t)n, fail))
		return false;
	va_start(values, format);
	(void)vsnprintf(
	    (char *)buf->data + buf->len, (size_t)n + 1, format, values);
	va_end(values);
	buf->len += (size_t)n;
	return true;
}

const char *
buf_text(const struct buf *buf)
{
	return buf->data == NULL ? "" : (const char *)buf->data;
}
