/* SPDX-License-Identifier: Apache-2.0 */
/* fd_view.h - the descriptor of an event in one shape, whatever it is.
 *
 * Made of what the kernel resolved (ev->file, ev->sock) and, for sockets without a peer of their
 * own, of the addresses among the event's parameters; of captures that others recorded, of the
 * table that the state keeps.  Points into the event, the state or cx->tmp. */
#pragma once
#include "field/field.h"
#include "state/fd.h"

struct sk_fd_end {
    bool known;
    uint16_t port;
    struct sk_str ip; /* 4 or 16 bytes, network order */
};

struct sk_fd_view {
    int64_t num;            /* -1: none */
    bool resolved;          /* the kernel said what it is, or the table knows it */
    bool table;             /* of a capture: what is not resolved is told by the event alone */
    const struct sk_fd *fd; /* its entry in the table; NULL: none */
    enum sk_fd_type type;
    struct sk_str path; /* file, directory, memfd, unix socket; "" */
    struct sk_fd_end local, remote;
    bool server;   /* the process is the serving end */
    bool adopted;  /* the ends come from this event, not from the socket */
    bool roleless; /* which end is the client is not known */
    enum sk_l4proto l4proto;
};

/* false: events of this kind have no descriptor. */
bool sk_fd_view(const struct sk_ctx *cx, struct sk_fd_view *out);
/* The same of a descriptor of the table. */
void sk_fd_view_entry(const struct sk_ctx *cx, const struct sk_fd *fd, struct sk_fd_view *out);
/* What it is; false: not known. */
bool sk_fd_type_of(const struct sk_ctx *cx, enum sk_fd_type *out);

/* The ends by role; a bound socket without peer is a server without client. */
const struct sk_fd_end *sk_fd_client(const struct sk_fd_view *v);
const struct sk_fd_end *sk_fd_server(const struct sk_fd_view *v);

/* fd.c: fd.name, {NULL, 0} when a capture does not tell; fd.type ("<NA>"), fd.typechar ('?'). */
struct sk_str sk_fd_name_of(const struct sk_ctx *cx, const struct sk_fd_view *v);
struct sk_str sk_fd_type_name(enum sk_fd_type t);
char sk_fd_type_char(enum sk_fd_type t);

static inline bool sk_fd_is_ip(enum sk_fd_type t)
{
    return t >= SK_FD_IPV4_SOCK && t <= SK_FD_IPV6_SERVSOCK;
}

/* The path that a call which opens was given, as it was given; {NULL, 0}: no such call. */
struct sk_str sk_fd_requested(const struct sk_event *ev);
