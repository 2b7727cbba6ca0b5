/* SPDX-License-Identifier: Apache-2.0 */
/* link.h - within sink/: a connection to a log server: unix and UDP datagrams, TCP and TLS streams. */
#pragma once
#include <sys/types.h>

#include "base/str.h"

struct sk_tls;

enum sk_link_kind { SK_LINK_UNIX, SK_LINK_UDP, SK_LINK_TCP, SK_LINK_TLS };

struct sk_link_address {
    enum sk_link_kind kind;
    char host[256]; /* unix: the path of the socket */
    char port[6];
};

/* `unix://PATH`, `udp://HOST[:PORT]`, tcp, tls; an IPv6 address stands in brackets. Ports are 514,
 * and 6514 for tls, unless given.  NULL, or what is wrong with it. */
const char *sk_link_parse(const char *text, struct sk_link_address *out);

struct sk_link {
    struct sk_link_address to;
    int fd;             /* -1: not connected */
    struct sk_tls *tls; /* borrowed; SK_LINK_TLS */
    uint32_t timeout_ms;
    char why[512]; /* the last error in words */
};

static inline bool sk_link_is_stream(const struct sk_link *l)
{
    return l->to.kind == SK_LINK_TCP || l->to.kind == SK_LINK_TLS;
}

/* Connects when it is not connected, within the timeout (name servers have their own). 0 or -errno. */
SK_MUST int sk_link_open(struct sk_link *l);
/* One datagram. 0 or -errno. */
SK_MUST int sk_link_send(struct sk_link *l, struct sk_str text);
/* To a stream: bytes that were taken, or -errno. */
SK_MUST ssize_t sk_link_write(struct sk_link *l, struct sk_str text, uint64_t deadline_ns);
/* Has the other end of the stream gone? */
bool sk_link_gone(struct sk_link *l);
/* Bytes of the stream that the other machine has not acknowledged. */
size_t sk_link_unread(const struct sk_link *l);
void sk_link_close(struct sk_link *l);
