/* SPDX-License-Identifier: Apache-2.0 */
/* client.h - a server on a unix socket, and clients of it on the same library. */
#pragma once
#include <unistd.h>

#include "grpc/server.h"
#include "tests/unit/test.h"

static char log_text[16384];

static inline void log_keep(void *self, enum sk_level level, const char *text)
{
    size_t n = strlen(log_text);

    (void)self;
    snprintf(log_text + n, sizeof(log_text) - n, "%u %s\n", level, text);
}

/* Where the server of this test listens. */
static inline const char *place(void)
{
    static char address[64];

    snprintf(address, sizeof(address), "unix:///tmp/saker-grpc-%d.sock", (int)getpid());
    return address;
}

static inline struct sk_grpc_options options(void)
{
    log_text[0] = '\0';
    return (struct sk_grpc_options){
        .address = place(),
        .threads = 2,
        .socket_mode = 0600,
        .capacity = 100,
        .drain_ms = 500,
        .version = "1.2.3",
        .engine_version = "0.4.5",
        .log = log_keep,
    };
}

static inline struct sk_grpc *started(const struct sk_grpc_options *opt)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_grpc *g = NULL;

    if (sk_grpc_start(opt, &g, dg))
        fail_msg("%s", sk_diag_text(dg, SK_DIAG_ERROR));
    return g;
}

static inline int put_id(struct sk_grpc *g, uint64_t id)
{
    char text[32];

    snprintf(text, sizeof(text), "alert %llu", (unsigned long long)id);
    return sk_grpc_put(
        g, &(struct sk_grpc_alert){
               .line = sk_str(text), .priority = SK_NOTICE, .id = id, .rule = SK_STR("R")});
}

struct rpc; /* a call of a client */

/* A call on a connection of its own. */
struct rpc *begun(const char *method);
void sends(struct rpc *r, const void *data, size_t n);
void half_closes(struct rpc *r);
/* The next message, which the caller unrefs; false: there is none any more. */
bool receives(struct rpc *r, grpc_slice *out);
void reads_all(struct rpc *r);
/* The next alert must be that one; 0: there must be none, and the call is over. */
void reads(struct rpc *r, uint64_t id);
/* The call and its connection are gone afterwards. */
grpc_status_code ended(struct rpc *r);
void broken(struct rpc *r);
struct rpc *get(void);
struct rpc *sub(void);

/* With the lock of the server. */
#define UNTIL(g, condition)                            \
    do {                                               \
        bool done_ = false;                            \
        for (int i_ = 0; i_ < 10000 && !done_; i_++) { \
            pthread_mutex_lock(&(g)->lock);            \
            done_ = (condition);                       \
            pthread_mutex_unlock(&(g)->lock);          \
            if (!done_)                                \
                usleep(1000);                          \
        }                                              \
        assert_true(done_);                            \
    } while (0)
