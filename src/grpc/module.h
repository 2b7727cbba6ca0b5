/* SPDX-License-Identifier: Apache-2.0 */
/* module.h - what the program and the gRPC server have in common.
 *
 * The server is a shared object of its own (saker-grpc.so), because the libraries behind it cost
 * every start 8 MB and 12 ms, also where nobody uses them.  The program opens it when grpc.enabled
 * says so and finds one symbol in it, a struct sk_grpc_module of the name SK_GRPC_SYMBOL.  Both are
 * built together: the version must be the same. */
#pragma once
#include "base/diag.h"
#include "base/log.h"

#define SK_GRPC_SYMBOL "sk_grpc_module"

struct sk_grpc_options { /* borrowed until start() returns */
    const char *address; /* unix:///path, or HOST:PORT with mutual TLS */
    const char *private_key, *cert_chain, *root_certs; /* paths of PEM files, for HOST:PORT */
    uint32_t threads;                                  /* 0: as many as CPUs */
    uint32_t socket_mode;                              /* of the unix socket */
    size_t capacity;                                   /* alerts that wait for a reader */
    size_t max_bytes;  /* of alerts that wait, and of those that were sent and may wait again; 0: as
                         much as the server likes */
    uint32_t drain_ms; /* at the end: for readers to take what waits */
    const char *version;        /* "1.2.3": what the version service answers */
    const char *engine_version; /* likewise */
    const char *fields_checksum;
    sk_log_fn *log; /* NULL: that of this copy of base/ */
};

struct sk_grpc_alert {  /* borrowed until put() returns */
    struct sk_str line; /* SK_FORM_PARTS; without the parts: the line alone */
    enum sk_level priority;
    uint64_t id, ts_ns;
    struct sk_str rule;
};

struct sk_grpc_held { /* alerts that wait, or were sent and not yet taken as received */
    size_t n;
    uint64_t oldest; /* id; 0: none */
};

struct sk_grpc;

struct sk_grpc_module {
    const char *version; /* of Saker */
    int (*start)(const struct sk_grpc_options *opt, struct sk_grpc **out, struct sk_diag *dg);
    /* 0: it waits for a reader.  -EAGAIN: there are readers, but no room yet; -ENOBUFS: no room and
     * nobody reads; -EMSGSIZE: longer than clients accept; -EBADMSG: not such a line. */
    int (*put)(struct sk_grpc *g, const struct sk_grpc_alert *alert);
    /* Reads the certificates again; the old ones stay when that fails. */
    int (*reload)(struct sk_grpc *g);
    struct sk_grpc_held (*held)(struct sk_grpc *g);
    /* At most drain_ms and three seconds. What nobody received. NULL is accepted. */
    struct sk_grpc_held (*stop)(struct sk_grpc *g);
};

extern const struct sk_grpc_module sk_grpc_module;
