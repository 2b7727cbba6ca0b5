/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - see json.h: one pass over the text, strings are stepped over. */
#include "base/json.h"

static void new_line(struct sk_buf *out, unsigned depth)
{
    sk_buf_addc(out, '\n');
    for (unsigned i = 0; i < depth; i++)
        sk_buf_addz(out, "  ");
}

/* Length of the string that begins at i, with its quotes. */
static size_t string_len(struct sk_str s, size_t i)
{
    size_t end = i + 1;

    while (end < s.n && s.p[end] != '"')
        end += s.p[end] == '\\' ? 2 : 1;
    return SK_MIN(end + 1, s.n) - i;
}

void sk_json_indent(struct sk_str s, struct sk_buf *out)
{
    unsigned depth = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '"') {
            size_t n = string_len(s, i);

            sk_buf_add(out, s.p + i, n);
            i += n - 1;
        } else if ((c == '{' || c == '[') && i + 1 < s.n && s.p[i + 1] == c + 2) {
            sk_buf_add(out, s.p + i++, 2); /* nothing inside */
        } else if (c == '{' || c == '[') {
            sk_buf_addc(out, c);
            new_line(out, ++depth);
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
            new_line(out, depth);
            sk_buf_addc(out, c);
        } else if (c == ',') {
            sk_buf_addc(out, c);
            new_line(out, depth);
        } else {
            sk_buf_addc(out, c);
            if (c == ':')
                sk_buf_addc(out, ' ');
        }
    }
}
