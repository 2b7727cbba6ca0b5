/* SPDX-License-Identifier: Apache-2.0 */
/* clients.h - who is connected to the web server, and who has to go.
 *
 * Whoever comes is let in: over a limit the oldest connection goes, so that a client which opens thousands,
 * or feeds its request byte by byte, keeps nobody else out.  Connections belong to the HTTP library; to end
 * one is to shut its socket down, which the library notices.  Any thread. */
#pragma once
#include <sys/socket.h>

#include "base/base.h"

#define SK_CLIENTS_MAX 1024 /* largest `total` */

struct sk_clients_limits {
    unsigned total,
        per_address; /* connections; those over unix sockets have no address of their own */
};

struct sk_clients_stats {
    uint64_t accepted;
    uint64_t evicted; /* made room for others */
    uint64_t expired; /* too slow */
    unsigned now;
};

struct sk_clients;
struct sk_client;

SK_MUST int sk_clients_new(const struct sk_clients_limits *limits, struct sk_clients **out);
/* Ends its thread. No client is left. */
void sk_clients_free(struct sk_clients *c);
void clients_freep(struct sk_clients **c);

/* A connection that was accepted, with the time it has (CLOCK_BOOTTIME).  NULL: no room, which happens only
 * when the library is slow to close what was shut down: the socket was shut down too. */
struct sk_client *sk_clients_add(struct sk_clients *c, int fd, const struct sockaddr *peer,
                                 uint64_t deadline_ns);
/* When a client that does not answer or read goes. cl NULL: nothing. */
void sk_clients_deadline(struct sk_clients *c, struct sk_client *cl, uint64_t deadline_ns);
/* Before its socket is closed. cl NULL: nothing. */
void sk_clients_del(struct sk_clients *c, struct sk_client *cl);
/* Shuts down those whose time is over; a thread of its own does so while anyone is connected. */
void sk_clients_expire(struct sk_clients *c, uint64_t now_ns);
void sk_clients_get_stats(struct sk_clients *c, struct sk_clients_stats *out);
