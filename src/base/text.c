#include "base/text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/*
 * One UTF-8 sequence (RFC 3629 section 4) at `s`: its length, and its code
 * point in `*point`. 0 when it is not well formed.
 */
static size_t
decode(const unsigned char *s, size_t len, uint32_t *point)
{
	static const struct {
		unsigned char mask, lead, bits;
		uint32_t least;
	} forms[] = {
	    {0x80, 0x00, 0x7f, 0},
	    {0xe0, 0xc0, 0x1f, 0x80},
	    {0xf0, 0xe0, 0x0f, 0x800},
	    {0xf8, 0xf0, 0x07, 0x10000},
	};
	size_t n = 0, i;

	while (n < COUNTOF(forms) && (s[0] & forms[n].mask) != forms[n].lead)
		n++;
	if (n == COUNTOF(forms) || n + 1 > len)
		return 0;
	*point = s[0] & forms[n].bits;
	for (i = 1; i <= n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (s[i] & 0x3f);
	}
	if (*point < forms[n].least || *point > 0x10ffff ||
	    (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return n + 1;
}

bool
text_is_utf8(const char *text, size_t len)
{
	uint32_t point;
	size_t n;

	for (; len > 0; text += n, len -= n) {
		n = decode((const unsigned char *)text, len, &point);
		if (n == 0)
			return false;
	}
	return true;
}

/* Characters that move the cursor, hide or reorder what is shown. */
static bool
disturbs(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
	    {0x00, 0x1f},
	    {0x7f, 0x9f},
	    {0xad, 0xad},
	    {0x600, 0x605},
	    {0x61c, 0x61c},
	    {0x180e, 0x180e},
	    {0x200b, 0x200f},
	    {0x2028, 0x202e},
	    {0x2060, 0x206f},
	    {0xfeff, 0xfeff},
	    {0xfff9, 0xfffb},
	    {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < COUNTOF(ranges); i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

void
text_clean(char *dst, size_t size, const char *src, size_t len)
{
	static const char cut[] = "...";
	size_t used = 0, room_for_cut = 0;

	while (len > 0) {
		char shown[16];
		uint32_t point = 0;
		size_t n = decode((const unsigned char *)src, len, &point);
		int width;

		if (n == 0 || (disturbs(point) && point < 0x80))
			width = snprintf(shown, sizeof(shown), "\\x%02x",
			    (unsigned)(unsigned char)*src);
		else if (disturbs(point))
			width = snprintf(
			    shown, sizeof(shown), "\\u{%X}", (unsigned)point);
		else
			width =
			    snprintf(shown, sizeof(shown), "%.*s", (int)n, src);
		if (used + (size_t)width >= size) {
			used = room_for_cut;
			memcpy(dst + used, cut,
			    size - used < sizeof(cut) ? 0 : sizeof(cut) - 1);
			used += size - used < sizeof(cut) ? 0 : sizeof(cut) - 1;
			break;
		}
		memcpy(dst + used, shown, (size_t)width);
		used += (size_t)width;
		if (used + sizeof(cut) <= size)
			room_for_cut = used;
		src += n == 0 ? 1 : n;
		len -= n == 0 ? 1 : n;
	}
	if (size > 0)
		dst[used] = '\0';
}

void
text_format(char *dst, size_t size, const char *format, va_list values)
{
	char raw[2048];
	int n = vsnprintf(raw, sizeof(raw), format, values);

	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof(raw))
		n = (int)sizeof(raw) - 1;
	text_clean(dst, size, raw, (size_t)n);
}

bool
text_line(const char **rest, const char **line, int *len)
{
	size_t n = strcspn(*rest, "\n");

	if (**rest == '\0')
		return false;
	*line = *rest;
	*len = (int)n;
	*rest += n + ((*rest)[n] == '\n');
	return true;
}

void
text_hex(char *dst, size_t size, const unsigned char *bytes, size_t len)
{
	dst[0] = '\0';
	for (size_t i = 0; i < len && 2 * i + 2 < size; i++)
		snprintf(dst + 2 * i, 3, "%02x", bytes[i]);
}

bool
text_is_hash_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
	       name[9] != '\0' &&
	       strspn(name + 9, "0123456789") == strlen(name + 9);
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
text_distance(const char *a, const char *b)
{
	/* Damerau-Levenshtein (optimal string alignment), three rows. */
	unsigned rows[3][64];
	size_t la = strlen(a), lb = strlen(b);

	if (la >= 64 || lb >= 64)
		return UINT_MAX;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned *row = rows[i % 3], *up = rows[(i - 1) % 3];
		const unsigned *up2 = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			row[j] = least(least(row[j - 1], up[j]) + 1,
			    up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], up2[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
}
