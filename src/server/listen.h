/* SPDX-License-Identifier: Apache-2.0 */
/* listen.h - the socket that the web server listens on: an IP address or a path. */
#pragma once
#include <sys/socket.h>

#include "base/diag.h"

#define SK_UNIX_SCHEME "unix://"

/* Opens, binds and listens.  address: an IPv4 or IPv6 literal, or unix:///PATH (mode 0600; a socket that a
 * process which is gone left there is removed).  -errno, with the reason in dg. */
SK_MUST int sk_listen(const char *address, uint16_t port, int *out, struct sk_diag *dg);

/* Whether only this machine can reach the address: loopback, or a path. */
bool sk_listen_is_local(const char *address);
/* Whether a peer is on this machine: loopback, or any unix socket. */
bool sk_peer_is_local(const struct sockaddr *peer);
