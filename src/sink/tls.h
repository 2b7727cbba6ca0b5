/* SPDX-License-Identifier: Apache-2.0 */
/* tls.h - within sink/: the client's side of TLS over a connected socket that does not block. */
#pragma once
#include <sys/types.h>

#include "base/diag.h"

struct sk_tls;

struct sk_tls_files {
    const char *ca;         /* whom to trust; "": the system's CAs */
    const char *cert, *key; /* who we are (PEM); "": nobody */
    bool insecure;          /* do not verify the server */
};

/* Reads the files. -EINVAL, with the file in dg. */
SK_MUST int sk_tls_new(const struct sk_tls_files *files, struct sk_tls **out, struct sk_diag *dg);
void sk_tls_free(struct sk_tls *t);

/* Handshake with `host`, whose name the certificate must bear. 0 or -errno; sk_tls_why() tells. */
SK_MUST int sk_tls_connect(struct sk_tls *t, int fd, const char *host, uint64_t deadline_ns);
/* Bytes that were taken, or -errno. After an error the connection is of no use. */
SK_MUST ssize_t sk_tls_write(struct sk_tls *t, const char *p, size_t n, uint64_t deadline_ns);
/* Has the other side ended the connection? Reads what it sent, and forgets it. */
bool sk_tls_gone(struct sk_tls *t);
/* The end of the connection; its socket is the caller's. */
void sk_tls_close(struct sk_tls *t);
/* The last error in words. */
const char *sk_tls_why(const struct sk_tls *t);
