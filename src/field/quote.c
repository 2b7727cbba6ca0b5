/* SPDX-License-Identifier: Apache-2.0 */
/* quote.c - quoted strings of the filter language. */
#include "field/quote.h"

#include <ctype.h>
#include <errno.h>

/* A quote after a backslash never closes, not even when that backslash was itself escaped. */
size_t sk_quote_len(struct sk_str text)
{
    const char *p = text.p;
    size_t i = 1;

    if (text.n < 2 || (p[0] != '"' && p[0] != '\''))
        return 0;
    while (i < text.n && (p[i] != p[0] || p[i - 1] == '\\'))
        i++;
    return i == text.n ? 0 : i + 1;
}

static int bad(char *err, size_t size, const char *fmt, char a, char b)
{
    snprintf(err, size, fmt, a, b);
    return -EINVAL;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One escape, `p` behind its backslash.  Returns the bytes used, or -EINVAL. */
static int unescape_one(struct sk_str in, char quote, char *out, char *err, size_t size)
{
    static const char from[] = "bfnrt\\/ ", to[] = "\b\f\n\r\t\\/\\";
    char c = in.n ? in.p[0] : '\0';
    const char *known = c ? strchr(from, c) : NULL;

    if (known) {
        *out = to[known - from];
        return 1;
    }
    if (c == '"' || c == '\'') {
        *out = c;
        if (c != quote)
            return bad(err, size, "invalid \\%c escape in %c-quoted string", c, quote);
        return 1;
    }
    if (c != 'x')
        return bad(err, size, "unsupported string escape sequence: \\%c%c", c, '\0');
    if (in.n < 3)
        return bad(err, size, "truncated hex char escape sequence%c%c", '\0', '\0');
    if (hex_value(in.p[1]) < 0 || hex_value(in.p[2]) < 0)
        return bad(err, size, "invalid hex char escape sequence: %c%c", in.p[1], in.p[2]);
    *out = (char)(hex_value(in.p[1]) << 4 | hex_value(in.p[2]));
    return 3;
}

int sk_quote_unescape(struct sk_str in, char quote, char *buf, char *err, size_t err_size)
{
    size_t n = 0;

    for (size_t i = 0; i < in.n;) {
        int used;

        if (in.p[i] != '\\') {
            buf[n++] = in.p[i++];
            continue;
        }
        used = unescape_one((struct sk_str){in.p + i + 1, in.n - i - 1}, quote, &buf[n], err,
                            err_size);
        if (used < 0)
            return used;
        n++;
        i += 1 + (size_t)used;
    }
    return (int)n;
}
