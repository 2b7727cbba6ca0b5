/* SPDX-License-Identifier: Apache-2.0 */
/* tuple.h - socket addresses and pairs of them as parameters hold them.  Internal to state/. */
#pragma once
#include "state/fd_event.h"

/* Families of the format. */
enum { TUPLE_UNIX = 1, TUPLE_IP4 = 2, TUPLE_IP6 = 10 };

/* The views point into the record. IPv6 addresses that are IPv4 ones in disguise, both of them, are
 * given as IPv4. */
struct sk_tuple {
    uint8_t family;
    const uint8_t *sip, *dip; /* 4 or 16 bytes; of a lone address: dip */
    uint16_t sport, dport;
    uint64_t src, dst; /* unix */
    struct sk_str path;
};

/* false: empty, too short, or of another family. */
bool sk_tuple_read(const struct sk_event *ev, unsigned i, struct sk_tuple *out);
bool sk_tuple_read_addr(struct sk_str bytes, struct sk_tuple *out);

/* Sets the ends of *fd as a datagram or connect tells them, and its type.
 * false: they are the same, or the same the other way round. */
bool sk_tuple_set_ends(struct sk_fd *fd, const struct sk_tuple *t);
/* Would sk_tuple_set_ends change anything? */
bool sk_tuple_is_news(const struct sk_fd *fd, const struct sk_tuple *t);
void sk_fd_swap_ends(struct sk_fd *fd);
/* "SRC->DST PATH" in the arena. */
struct sk_str sk_tuple_unix_name(struct sk_arena *tmp, const struct sk_tuple *t);
