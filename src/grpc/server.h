/* SPDX-License-Identifier: Apache-2.0 */
/* server.h - within grpc/: the server, its calls, and the lock that guards both.
 *
 * Threads: those of the server take events from one completion queue; put() comes from the output's
 * thread.  Everything below is guarded by `lock`, except what is set before the server starts. */
#pragma once
#include <grpc/grpc.h>
#include <pthread.h>
#include <sys/queue.h>

#include "grpc/message.h"
#include "grpc/queue.h"
#include "grpc/socket.h"
#include "grpc/tls.h"

#define SK_GRPC_MAX_CALLS      512          /* at once; more are refused */
#define SK_GRPC_MAX_THREADS    64           /* whatever grpc.threadiness says */
#define SK_GRPC_QUEUE_BYTES    (32u << 20)  /* of alerts that wait */
#define SK_GRPC_HELD_BYTES     (4u << 20)   /* sent in one call, and not yet taken as received */
#define SK_GRPC_ALL_HELD_BYTES (64u << 20)  /* in all calls */
#define SK_GRPC_HOLD_LOCAL_NS  2000000000u  /* a living local reader has read after that time */
#define SK_GRPC_HOLD_REMOTE_NS 20000000000u /* the keepalive of the connection has found out */
#define SK_GRPC_STALL_NS       30000000000u /* a reader that takes nothing for so long is cut off */
#define SK_GRPC_TICK_NS        1000000000u
#define SK_GRPC_KEEPALIVE_MS   10000
#define SK_GRPC_KEEPALIVE_LATE 5000
#define SK_GRPC_IDLE_MS        300000 /* connections without a call are closed after that time */
#define SK_GRPC_HANDSHAKE_MS   10000
#define SK_GRPC_MEMORY         (64u << 20) /* what the library may use for connections */
#define SK_GRPC_REQUEST_MAX    65536       /* requests are empty */
#define SK_GRPC_METADATA_MAX   16384
#define SK_GRPC_MAX_STREAMS    100 /* calls of one connection */
#define SK_GRPC_POSTED_CALLS   16  /* calls that may arrive before one of them is looked at */

struct sk_grpc_call;
TAILQ_HEAD(sk_grpc_calls, sk_grpc_call);

/* What a completion belongs to. */
enum sk_grpc_op_kind {
    SK_GRPC_NEW,
    SK_GRPC_CLOSE,
    SK_GRPC_READ,
    SK_GRPC_SEND,
    SK_GRPC_FINISH,
    SK_GRPC_DOWN
};
struct sk_grpc_op {
    enum sk_grpc_op_kind kind;
    struct sk_grpc_call *call;
};

struct sk_grpc {
    pthread_mutex_t lock;
    pthread_cond_t
        change; /* room in the queue, a call ended, the server is down; CLOCK_MONOTONIC */
    struct sk_grpc_list queue;
    size_t capacity, max_bytes; /* of the queue */
    struct sk_grpc_calls calls;
    size_t ncalls, nposted;
    size_t held_bytes, max_held; /* in the lists of sent alerts of all calls */
    uint64_t last_id;            /* of the last alert that was put */
    uint64_t hold_ns;
    uint64_t next_tick_ns;
    bool closing; /* ends the calls as soon as they have nothing under way */
    bool down;

    struct sk_grpc_item *version; /* the answer of the version service */
    uint32_t drain_ms;
    struct sk_grpc_tls tls;
    struct sk_grpc_socket socket;
    struct sk_grpc_op down_op;
    grpc_completion_queue *cq;
    grpc_server *server;
    pthread_t thread[SK_GRPC_MAX_THREADS];
    size_t nthreads;
};

/* As struct sk_grpc_module says. */
SK_MUST int sk_grpc_start(const struct sk_grpc_options *opt, struct sk_grpc **out,
                          struct sk_diag *dg);
SK_MUST int sk_grpc_put(struct sk_grpc *g, const struct sk_grpc_alert *alert);
SK_MUST int sk_grpc_reload(struct sk_grpc *g);
struct sk_grpc_held sk_grpc_held(struct sk_grpc *g);
struct sk_grpc_held sk_grpc_stop(struct sk_grpc *g);

/* call.c, with the lock. */
/* Readies room for calls that arrive. */
void sk_grpc_calls_post(struct sk_grpc *g);
/* One completion. */
void sk_grpc_calls_event(struct sk_grpc *g, struct sk_grpc_op *op, bool ok);
/* Gives alerts that wait to calls that want them, and ends calls that have got everything. */
void sk_grpc_calls_pump(struct sk_grpc *g);
/* Once a second: forgets what has been received, cuts off who takes nothing. */
void sk_grpc_calls_tick(struct sk_grpc *g, uint64_t now_ns);
bool sk_grpc_calls_have_reader(const struct sk_grpc *g);
/* Adds what the calls have. */
void sk_grpc_calls_held(const struct sk_grpc *g, struct sk_grpc_held *held);
/* Some call has an alert under way. */
bool sk_grpc_calls_busy(const struct sk_grpc *g);
