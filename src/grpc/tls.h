/* SPDX-License-Identifier: Apache-2.0 */
/* tls.h - within grpc/: certificates of the server; they can be read anew while it runs. */
#pragma once
#include <grpc/grpc_security.h>
#include <pthread.h>

#include "grpc/module.h"

enum { SK_GRPC_KEY, SK_GRPC_CHAIN, SK_GRPC_ROOTS, SK_GRPC_PEMS };

struct sk_grpc_tls {
    pthread_mutex_t lock; /* handshakes of any thread ask for certificates */
    char *path[SK_GRPC_PEMS];
    char *pem[SK_GRPC_PEMS];
    bool fresh; /* not yet handed to the library */
};

void sk_grpc_tls_init(struct sk_grpc_tls *t);
/* Reads the files: 0, or -errno with the file in the message; what was there before stays then. */
SK_MUST int sk_grpc_tls_read(struct sk_grpc_tls *t, struct sk_diag *dg);
/* As sk_grpc_tls_read(), of these files. */
SK_MUST int sk_grpc_tls_open(struct sk_grpc_tls *t, const struct sk_grpc_options *opt,
                             struct sk_diag *dg);
/* Clients have to show a certificate of root_certs. `t` must outlive the server. */
grpc_server_credentials *sk_grpc_tls_credentials(struct sk_grpc_tls *t);
void sk_grpc_tls_done(struct sk_grpc_tls *t);
