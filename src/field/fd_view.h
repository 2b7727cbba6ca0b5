/* SPDX-License-Identifier: Apache-2.0 */
/* fd_view.h - the descriptor of an event in one shape, whatever it is.
 *
 * Made of what the kernel resolved (ev->file, ev->sock) and, for sockets without a peer of their
 * own, of the addresses among the event's parameters.  Points into the event; allocates nothing. */
#pragma once
#include "event/event.h"

struct sk_fd_end {
    bool known;
    uint16_t port;
    struct sk_str ip; /* 4 or 16 bytes, network order */
};

struct sk_fd_view {
    int64_t num;   /* -1: none */
    bool resolved; /* the kernel said what it is */
    enum sk_fd_type type;
    struct sk_str path; /* file, directory, memfd, unix socket; "" */
    struct sk_fd_end local, remote;
    bool server;  /* the process is the serving end */
    bool adopted; /* the ends come from this event, not from the socket */
};

/* false: events of this kind have no descriptor. */
bool sk_fd_view(const struct sk_event *ev, struct sk_fd_view *out);

/* The ends by role; a bound socket without peer is a server without client. */
const struct sk_fd_end *sk_fd_client(const struct sk_fd_view *v);
const struct sk_fd_end *sk_fd_server(const struct sk_fd_view *v);

static inline bool sk_fd_is_ip(enum sk_fd_type t)
{
    return t >= SK_FD_IPV4_SOCK && t <= SK_FD_IPV6_SERVSOCK;
}

/* The path that a call which opens was given, as it was given; {NULL, 0}: no such call. */
struct sk_str sk_fd_requested(const struct sk_event *ev);
