/* SPDX-License-Identifier: Apache-2.0 */
/* line.h - within sink/: whole lines to a descriptor, with or without collecting them. */
#pragma once
#include "base/str.h"

#define SK_LINE_FLUSH_BYTES 32768
#define SK_LINE_WAIT_MS     10000 /* for a pipe or terminal that takes nothing: -ETIMEDOUT */
#define SK_LINE_KEEP_BYTES \
    (1u << 20) /* kept for a target that refuses; then alerts are refused \
                */

struct sk_line {
    int fd; /* -1: none */
    bool buffered;
    bool torn; /* the target has the beginning of a line: the next one starts on a fresh line */
    struct sk_buf keep;
    uint64_t kept; /* lines in `keep` */
};

/* 0: written, or kept to be written later.  -errno: the line is lost. */
SK_MUST int sk_line_write(struct sk_line *l, struct sk_str line);
/* Writes what is kept; on an error it stays kept. */
SK_MUST int sk_line_flush(struct sk_line *l);
/* One line (or several) at once, not mixed with those of others on the same standard output. */
SK_MUST int sk_line_print(int fd, struct sk_str text);
/* As a sink's tend(): collected lines do not wait for ever for more. */
void sk_line_tend(struct sk_line *l);
/* Flushes (says in the log what is lost when that is impossible) and forgets the rest; fd stays
 * open. */
void sk_line_done(struct sk_line *l, const char *name);
