/* SPDX-License-Identifier: Apache-2.0 */
/* tail.h - within sink/: messages on their way through a pipe or a connection.
 *
 * What the kernel took is not yet read by the other side, and is lost when that side dies. The kernel
 * tells how many bytes wait (FIONREAD of a pipe, SIOCOUTQ of a socket), so messages are kept until
 * nothing of them can be waiting, and are sent again, whole, to the successor. */
#pragma once
#include "base/str.h"

struct sk_tail {
    struct sk_buf text; /* whole messages, one behind the other */
    size_t sent;        /* bytes of it that the kernel has */
    size_t *end;        /* where each message ends in `text` */
    size_t n, cap;
};

/* Appends a message of two parts (the second may be empty). -ENOMEM, -EMSGSIZE: nothing was added. */
SK_MUST int sk_tail_add(struct sk_tail *t, struct sk_str a, struct sk_str b);
/* What the kernel does not have yet. */
struct sk_str sk_tail_rest(const struct sk_tail *t);
/* The kernel took n bytes more. */
void sk_tail_sent(struct sk_tail *t, size_t n);
/* Takes the last message back; false: its beginning is on the way, or there is none. */
bool sk_tail_cancel(struct sk_tail *t);
/* Forgets the messages that were read to their end, when at most `waiting` bytes are not read. */
void sk_tail_trim(struct sk_tail *t, size_t waiting);
/* To a new reader: everything that is kept is sent again. */
void sk_tail_rewind(struct sk_tail *t);
void sk_tail_done(struct sk_tail *t);
