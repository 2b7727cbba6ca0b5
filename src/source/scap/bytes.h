/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h - the bytes of a capture, plain or gzip (also several gzip members in a row), as a window
 * that moves forward.
 *
 * The window grows only as bytes arrive: a length that the file merely claims costs nothing. */
#pragma once
#include "base/diag.h"

/* For the inline functions alone; the rest of it is bytes.c's. */
struct sk_scap_bytes {
    uint8_t *p;
    size_t cap, begin, end; /* the window is p[begin, end) */
    uint64_t before;        /* the window, in the stream */
    bool ended;
    int err;
    void *gz; /* gzFile */
    char why[160];
};

/* -errno with the text in dg. */
SK_MUST int sk_scap_bytes_open(const char *path, struct sk_scap_bytes **out, struct sk_diag *dg);
void sk_scap_bytes_free(struct sk_scap_bytes *b);

/* Makes up to n bytes contiguous at *out (borrowed until the next call) without taking them.
 * Returns how many there are: fewer than n only at the end; -errno: the file cannot be read or its
 * compressed data are damaged (sk_scap_bytes_why), -ENOMEM. */
SK_MUST int64_t sk_scap_bytes_peek(struct sk_scap_bytes *b, size_t n, const uint8_t **out);
/* What the window has now, without reading: *n bytes at the returned address. */
static inline const uint8_t *sk_scap_bytes_have(const struct sk_scap_bytes *b, size_t *n)
{
    *n = b->end - b->begin;
    return b->p + b->begin;
}
/* Takes n bytes that the last peek or have gave. */
static inline void sk_scap_bytes_take(struct sk_scap_bytes *b, size_t n)
{
    b->begin += n;
}
/* Takes n bytes that need not be in the window. 0; -ENODATA: the end came first; -errno as peek. */
SK_MUST int sk_scap_bytes_skip(struct sk_scap_bytes *b, uint64_t n);
/* Position in the uncompressed stream. */
static inline uint64_t sk_scap_bytes_offset(const struct sk_scap_bytes *b)
{
    return b->before + b->begin;
}
/* Why the last peek failed; "" when it did not. */
const char *sk_scap_bytes_why(const struct sk_scap_bytes *b);
