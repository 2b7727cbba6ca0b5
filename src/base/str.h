/* SPDX-License-Identifier: Apache-2.0 */
/* str.h - strings as (pointer, length), and a growing buffer that cannot exist without a limit. */
#pragma once
#include <stdarg.h>

#include "base/base.h"

/* A borrowed byte string: may hold NUL, is not terminated. {NULL, 0} is "absent". */
struct sk_str {
    const char *p;
    size_t n;
};

#define SK_STR(lit) ((struct sk_str){(lit), sizeof(lit) - 1})

static inline struct sk_str sk_str(const char *z)
{
    return (struct sk_str){z, z ? strlen(z) : 0};
}

static inline bool sk_str_eq(struct sk_str a, struct sk_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool sk_str_eqz(struct sk_str a, const char *z)
{
    return sk_str_eq(a, sk_str(z));
}

static inline bool sk_str_starts(struct sk_str s, struct sk_str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline bool sk_str_ends(struct sk_str s, struct sk_str suffix)
{
    return s.n >= suffix.n &&
           (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

/* Cuts ASCII blanks (space, tab, CR, LF) off both ends. */
struct sk_str sk_str_trim(struct sk_str s);

/* A growing text buffer. `p` is always NUL-terminated once something was added (NULL before).
 * An append that would pass `max` bytes, or that finds no memory, sets `failed` and changes nothing
 * else: callers test `failed` once, at the end. */
struct sk_buf {
    char *p;
    size_t n, cap, max;
    bool failed;
};

#define SK_BUF(limit) ((struct sk_buf){.max = (limit)})

void sk_buf_add(struct sk_buf *b, const void *p, size_t n);
/* Appends n bytes that the caller fills in. NULL: as an append that failed. */
char *sk_buf_room(struct sk_buf *b, size_t n);
void sk_buf_addz(struct sk_buf *b, const char *z);
void sk_buf_adds(struct sk_buf *b, struct sk_str s);
void sk_buf_addc(struct sk_buf *b, char c);
void sk_buf_printf(struct sk_buf *b, const char *fmt, ...) SK_PRINTF(2, 3);
void sk_buf_vprintf(struct sk_buf *b, const char *fmt, va_list ap);
/* Forgets the content, keeps the memory. */
void sk_buf_reset(struct sk_buf *b);
/* Frees the memory; the buffer can be used again. `sk_auto(buf)` calls it. */
void sk_buf_done(struct sk_buf *b);
void buf_freep(struct sk_buf *b);
/* Gives the text away (never NULL unless out of memory: an empty buffer gives ""); caller frees. */
char *sk_buf_take(struct sk_buf *b);

static inline struct sk_str sk_buf_str(const struct sk_buf *b)
{
    return (struct sk_str){b->p ? b->p : "", b->n};
}

/* Length of the valid UTF-8 sequence that s, which is not empty, begins with (0: none); *bad: how many
 * bytes an error swallows. */
size_t sk_utf8_len(struct sk_str s, size_t *bad);

/* Appends s as JSON string content without the quotes: escapes, control characters as \u00XX, invalid
 * UTF-8 replaced by U+FFFD (bytes EF BF BD) one per maximal invalid piece. */
void sk_buf_add_json(struct sk_buf *b, struct sk_str s);
