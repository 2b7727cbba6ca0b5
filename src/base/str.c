/* SPDX-License-Identifier: Apache-2.0 */
/* str.c - the growing buffer and JSON escaping. */
#include "base/str.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sk_str sk_str_trim(struct sk_str s)
{
    while (s.n && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

static bool reserve(struct sk_buf *b, size_t more)
{
    size_t need, cap;
    char *p;

    if (b->failed)
        return false;
    if (__builtin_add_overflow(b->n, more, &need) || need > b->max) {
        b->failed = true;
        return false;
    }
    if (need + 1 <= b->cap)
        return true;
    for (cap = b->cap ? b->cap : 64; cap < need + 1;)
        cap *= 2;
    p = realloc(b->p, cap);
    if (!p) {
        b->failed = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void sk_buf_add(struct sk_buf *b, const void *p, size_t n)
{
    if (!reserve(b, n))
        return;
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

char *sk_buf_room(struct sk_buf *b, size_t n)
{
    char *room;

    if (!reserve(b, n))
        return NULL;
    room = b->p + b->n;
    b->n += n;
    b->p[b->n] = '\0';
    return room;
}

void sk_buf_addz(struct sk_buf *b, const char *z)
{
    sk_buf_add(b, z, strlen(z));
}

void sk_buf_adds(struct sk_buf *b, struct sk_str s)
{
    sk_buf_add(b, s.p, s.n);
}

void sk_buf_addc(struct sk_buf *b, char c)
{
    sk_buf_add(b, &c, 1);
}

void sk_buf_vprintf(struct sk_buf *b, const char *fmt, va_list ap)
{
    const size_t room = b->cap - b->n;
    va_list again;
    int n;

    if (b->failed)
        return;
    va_copy(again, ap);
    n = vsnprintf(room ? b->p + b->n : NULL, room, fmt, ap);
    if (n >= 0 && reserve(b, (size_t)n)) {
        if ((size_t)n >= room)
            vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    if (room)
        b->p[b->n] = '\0'; /* nothing stays of what does not fit */
    va_end(again);
}

void sk_buf_printf(struct sk_buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    sk_buf_vprintf(b, fmt, ap);
    va_end(ap);
}

void sk_buf_reset(struct sk_buf *b)
{
    b->n = 0;
    b->failed = false;
    if (b->p)
        b->p[0] = '\0';
}

void sk_buf_done(struct sk_buf *b)
{
    free(b->p);
    *b = SK_BUF(b->max);
}

void buf_freep(struct sk_buf *b)
{
    sk_buf_done(b);
}

char *sk_buf_take(struct sk_buf *b)
{
    char *p = b->p ? b->p : strdup("");

    *b = SK_BUF(b->max);
    return p;
}

size_t sk_utf8_len(struct sk_str text, size_t *bad)
{
    const uint8_t *s = (const uint8_t *)text.p;
    size_t n = text.n;
    uint8_t lo = 0x80, hi = 0xbf;
    size_t len;

    *bad = 1;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        len = 2;
    else if (s[0] >= 0xe0 && s[0] <= 0xef)
        len = 3;
    else if (s[0] >= 0xf0 && s[0] <= 0xf4)
        len = 4;
    else
        return 0;
    if (s[0] == 0xe0)
        lo = 0xa0;
    else if (s[0] == 0xed)
        hi = 0x9f;
    else if (s[0] == 0xf0)
        lo = 0x90;
    else if (s[0] == 0xf4)
        hi = 0x8f;
    for (size_t i = 1; i < len; i++) {
        if (i >= n || s[i] < lo || s[i] > hi) {
            *bad = i;
            return 0;
        }
        lo = 0x80;
        hi = 0xbf;
    }
    return len;
}

static void add_json_ascii(struct sk_buf *b, char c)
{
    static const char *const short_form[128] = {
        ['"'] = "\\\"", ['\\'] = "\\\\", ['\b'] = "\\b", ['\f'] = "\\f",
        ['\n'] = "\\n", ['\r'] = "\\r",  ['\t'] = "\\t",
    };

    if (short_form[(unsigned char)c])
        sk_buf_addz(b, short_form[(unsigned char)c]);
    else if ((unsigned char)c < 0x20)
        sk_buf_printf(b, "\\u%04x", (unsigned)c);
    else
        sk_buf_addc(b, c);
}

void sk_buf_add_json(struct sk_buf *b, struct sk_str s)
{
    size_t i = 0;

    while (i < s.n) {
        size_t bad, len = sk_utf8_len((struct sk_str){s.p + i, s.n - i}, &bad);

        if (len == 1)
            add_json_ascii(b, s.p[i]);
        else if (len)
            sk_buf_add(b, s.p + i, len);
        else
            sk_buf_addz(b, "\xef\xbf\xbd");
        i += len ? len : bad;
    }
}
