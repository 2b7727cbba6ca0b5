/* SPDX-License-Identifier: Apache-2.0 */
/* socket.h - within grpc/: a unix socket that nobody can connect to before its mode is set. */
#pragma once
#include <sys/stat.h>
#include <sys/un.h>

#include "base/diag.h"

#define SK_GRPC_UNIX "unix://" /* in front of a path in grpc.bind_address */

struct sk_grpc_socket {
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* "": none */
    char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];  /* temporary, of mode 0700 */
    char bind[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* where to bind: in dir */
    dev_t dev;
    ino_t ino; /* of ours, 0: not there yet */
};

/* Makes the folders of the path and chooses where to bind.  -EADDRINUSE: somebody listens there;
 * -EEXIST: it is no socket; -EINVAL: too long or not absolute; ... */
SK_MUST int sk_grpc_socket_begin(struct sk_grpc_socket *s, const char *path, struct sk_diag *dg);
/* It is bound: gives it its mode and moves it to its place. */
SK_MUST int sk_grpc_socket_publish(struct sk_grpc_socket *s, uint32_t mode, struct sk_diag *dg);
/* Removes what begin and publish made, unless somebody else has put another one there. */
void sk_grpc_socket_end(struct sk_grpc_socket *s);
