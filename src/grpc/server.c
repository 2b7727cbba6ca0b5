/* SPDX-License-Identifier: Apache-2.0 */
/* server.c - start, the threads, alerts in, stop.
 *
 * Nothing waits for a client for ever: a handshake, an idle connection, a reader that takes nothing
 * and the end each have a limit (server.h). */
#include "grpc/server.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "grpc/library.h"

#define PUT_WAIT_NS 200000000u /* for room, while somebody reads */
#define END_WAIT_NS \
    1500000000u /* for calls to end by themselves: a cancelled one loses what is under way */
#define FORCE_NS     500000000u  /* then by force */
#define LAST_WAIT_NS 1000000000u /* for connections to go */

static void lock(struct sk_grpc *g)
{
    pthread_mutex_lock(&g->lock);
}

static void unlock(struct sk_grpc *g)
{
    pthread_mutex_unlock(&g->lock);
}

/* A change, or that time of boottime. With the lock. */
static void wait_until(struct sk_grpc *g, uint64_t end_ns)
{
    const uint64_t now = sk_boottime_ns(), left = end_ns > now ? end_ns - now : 0;
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)((left + (uint64_t)at.tv_nsec) / 1000000000);
    at.tv_nsec = (long)((left + (uint64_t)at.tv_nsec) % 1000000000);
    (void)pthread_cond_timedwait(&g->change, &g->lock, &at);
}

/* One completion, or a second without. false: there will be none. */
static bool step(struct sk_grpc *g, bool ticks)
{
    const gpr_timespec until =
        ticks ? gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(1, GPR_TIMESPAN))
              : gpr_inf_future(GPR_CLOCK_MONOTONIC);
    grpc_event ev = grpc_completion_queue_next(g->cq, until, NULL);

    if (ev.type == GRPC_QUEUE_SHUTDOWN)
        return false;
    lock(g);
    if (ev.type == GRPC_OP_COMPLETE)
        sk_grpc_calls_event(g, ev.tag, ev.success);
    if (sk_boottime_ns() >= g->next_tick_ns) {
        g->next_tick_ns = sk_boottime_ns() + SK_GRPC_TICK_NS;
        sk_grpc_calls_tick(g, sk_boottime_ns());
        sk_grpc_calls_pump(g);
    }
    unlock(g);
    return true;
}

static void *serve(void *arg)
{
    struct sk_grpc *g = arg;

    while (step(g, false))
        ;
    return NULL;
}

static void *serve_and_tick(void *arg)
{
    struct sk_grpc *g = arg;

    while (step(g, true))
        ;
    return NULL;
}

static int start_threads(struct sk_grpc *g, uint32_t wanted)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t n = wanted ? wanted : (size_t)SK_MAX(cpus, 1);
    sigset_t all, old;
    int err = 0;

    sk_log(SK_INFO, "gRPC server threadiness equals to %zu", n);
    sigfillset(&all); /* signals belong to the control thread */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    while (!err && g->nthreads < SK_MIN(n, (size_t)SK_GRPC_MAX_THREADS)) {
        err =
            pthread_create(&g->thread[g->nthreads], NULL, g->nthreads ? serve : serve_and_tick, g);
        g->nthreads += !err;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return -err;
}

static grpc_arg number(const char *key, int value)
{
    return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = (char *)key, .value.integer = value};
}

static void make_server(struct sk_grpc *g)
{
    grpc_resource_quota *quota = grpc_resource_quota_create("saker");
    grpc_arg arg[] = {
        number(GRPC_ARG_ALLOW_REUSEPORT, 0), /* a second Saker has to notice the first */
        number(GRPC_ARG_MAX_CONCURRENT_STREAMS, SK_GRPC_MAX_STREAMS),
        number(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, SK_GRPC_REQUEST_MAX),
        number(GRPC_ARG_MAX_METADATA_SIZE, SK_GRPC_METADATA_MAX),
        number(GRPC_ARG_MAX_CONNECTION_IDLE_MS, SK_GRPC_IDLE_MS),
        number(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, SK_GRPC_HANDSHAKE_MS),
        number(GRPC_ARG_KEEPALIVE_TIME_MS, SK_GRPC_KEEPALIVE_MS),
        number(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, SK_GRPC_KEEPALIVE_LATE),
        number(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0),
        number(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, SK_GRPC_KEEPALIVE_LATE),
        {.type = GRPC_ARG_POINTER,
         .key = (char *)GRPC_ARG_RESOURCE_QUOTA,
         .value.pointer = {.p = quota, .vtable = grpc_resource_quota_arg_vtable()}},
    };
    const grpc_channel_args args = {SK_ARRAY_LEN(arg), arg};

    grpc_resource_quota_resize(quota, SK_GRPC_MEMORY);
    g->cq = grpc_completion_queue_create_for_next(NULL);
    g->server = grpc_server_create(&args, NULL);
    grpc_server_register_completion_queue(g->server, g->cq, NULL);
    grpc_resource_quota_unref(quota);
}

static int bind_to(struct sk_grpc *g, const char *address, const char *said,
                   grpc_server_credentials *creds, struct sk_diag *dg)
{
    char why[512];
    int port = creds ? grpc_server_add_http2_port(g->server, address, creds) : 0;

    if (creds)
        grpc_server_credentials_release(creds);
    if (port)
        return 0;
    sk_grpc_library_error(why, sizeof(why));
    return sk_err(dg, -EADDRNOTAVAIL, NULL, "grpc.bind_address: cannot listen on '%s': %s", said,
                  *why ? why : "the address is not available, or a certificate is not usable");
}

static int listen_unix(struct sk_grpc *g, const struct sk_grpc_options *opt, struct sk_diag *dg)
{
    char address[sizeof(g->socket.bind) + 8];
    int err = sk_grpc_socket_begin(&g->socket, opt->address + strlen(SK_GRPC_UNIX), dg);

    if (err)
        return err;
    g->hold_ns = SK_GRPC_HOLD_LOCAL_NS;
    snprintf(address, sizeof(address), "unix:%s", g->socket.bind);
    err = bind_to(g, address, opt->address, grpc_insecure_server_credentials_create(), dg);
    return err ? err : sk_grpc_socket_publish(&g->socket, opt->socket_mode, dg);
}

/* HOST:PORT, and nothing that the library would read as another kind of address. */
static bool is_tcp(const char *address)
{
    const char *colon = strrchr(address, ':');
    const size_t host = colon ? (size_t)(colon - address) : 0;
    const bool bracketed = address[0] == '[' && host > 2 && colon[-1] == ']';
    uint64_t port;

    return host && !sk_parse_u64(colon + 1, strlen(colon + 1), &port) && port >= 1 &&
           port <= 65535 && !strchr(address, '/') && (bracketed || !memchr(address, ':', host));
}

static int listen_tcp(struct sk_grpc *g, const struct sk_grpc_options *opt, struct sk_diag *dg)
{
    int err;

    if (!is_tcp(opt->address))
        return sk_err(dg, -EINVAL, NULL,
                      "grpc.bind_address: '%s' is neither " SK_GRPC_UNIX "/PATH nor HOST:PORT",
                      opt->address);
    err = sk_grpc_tls_open(&g->tls, opt, dg);
    if (err)
        return err;
    g->hold_ns = SK_GRPC_HOLD_REMOTE_NS;
    return bind_to(g, opt->address, opt->address, sk_grpc_tls_credentials(&g->tls), dg);
}

static int begin(struct sk_grpc *g, const struct sk_grpc_options *opt, struct sk_diag *dg)
{
    int err = sk_grpc_pack_version(opt, &g->version);

    if (err)
        return sk_err(dg, err, NULL, "the version '%s' (engine '%s') has no three numbers",
                      opt->version, opt->engine_version);
    sk_grpc_library_begin(opt->log);
    grpc_init();
    make_server(g);
    if (!strncmp(opt->address, SK_GRPC_UNIX, strlen(SK_GRPC_UNIX)))
        err = listen_unix(g, opt, dg);
    else
        err = listen_tcp(g, opt, dg);
    if (err)
        return err;
    grpc_server_start(g->server);
    lock(g);
    sk_grpc_calls_post(g);
    unlock(g);
    err = start_threads(g, opt->threads);
    if (err)
        return sk_err(dg, err, NULL, "cannot start the threads of the gRPC server: %s",
                      strerror(-err));
    sk_log(SK_INFO, "Starting gRPC server at %s", opt->address);
    return 0;
}

int sk_grpc_start(const struct sk_grpc_options *opt, struct sk_grpc **out, struct sk_diag *dg)
{
    const size_t max_bytes = opt->max_bytes ? opt->max_bytes : SIZE_MAX;
    struct sk_grpc *g = calloc(1, sizeof(*g));
    pthread_condattr_t attr;
    int err;

    if (!g)
        return -ENOMEM;
    pthread_mutex_init(&g->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&g->change, &attr);
    pthread_condattr_destroy(&attr);
    sk_grpc_list_init(&g->queue);
    TAILQ_INIT(&g->calls);
    sk_grpc_tls_init(&g->tls);
    g->down_op.kind = SK_GRPC_DOWN;
    g->capacity = opt->capacity;
    g->max_bytes = SK_MIN(max_bytes, (size_t)SK_GRPC_QUEUE_BYTES);
    g->max_held = SK_MIN(max_bytes, (size_t)SK_GRPC_ALL_HELD_BYTES);
    g->drain_ms = opt->drain_ms;
    err = begin(g, opt, dg);
    if (err) {
        (void)sk_grpc_stop(g);
        return err;
    }
    *out = g;
    return 0;
}

/* One alert finds room in any case. */
static bool has_room(const struct sk_grpc *g, size_t n)
{
    return !g->queue.n || (g->queue.n < g->capacity && g->queue.bytes + n <= g->max_bytes);
}

int sk_grpc_put(struct sk_grpc *g, const struct sk_grpc_alert *alert)
{
    const uint64_t end_ns = sk_boottime_ns() + PUT_WAIT_NS;
    struct sk_grpc_item *it;
    int err = sk_grpc_pack_alert(alert, &it);

    if (err)
        return err;
    lock(g);
    while (!has_room(g, it->n) && sk_grpc_calls_have_reader(g) && sk_boottime_ns() < end_ns)
        wait_until(g, end_ns);
    if (!has_room(g, it->n)) {
        err = sk_grpc_calls_have_reader(g) ? -EAGAIN : -ENOBUFS;
        free(it);
    } else {
        g->last_id = it->id;
        sk_grpc_list_add(&g->queue, it);
        sk_grpc_calls_pump(g);
    }
    unlock(g);
    return err;
}

/* With the lock, or when nobody else is there. */
static struct sk_grpc_held count_held(const struct sk_grpc *g)
{
    struct sk_grpc_held held = {g->queue.n, g->queue.first ? g->queue.first->id : 0};

    sk_grpc_calls_held(g, &held);
    return held;
}

struct sk_grpc_held sk_grpc_held(struct sk_grpc *g)
{
    struct sk_grpc_held held;

    lock(g);
    held = count_held(g);
    unlock(g);
    return held;
}

int sk_grpc_reload(struct sk_grpc *g)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    int err;

    if (!g->tls.path[0])
        return 0;
    if (!dg)
        return -ENOMEM;
    err = sk_grpc_tls_read(&g->tls, dg);
    if (err)
        sk_log(SK_ERROR, "%s", sk_diag_text(dg, SK_DIAG_ERROR));
    return err;
}

/* What waits goes to those who read, as far as they take it in time. With the lock. */
static void drain(struct sk_grpc *g)
{
    const uint64_t end_ns = sk_boottime_ns() + g->drain_ms * 1000000ull;

    while ((g->queue.first || sk_grpc_calls_busy(g)) && sk_grpc_calls_have_reader(g) &&
           sk_boottime_ns() < end_ns)
        wait_until(g, end_ns);
}

/* Until calls have ended and connections are gone. With the lock. */
static void wait_for_the_end(struct sk_grpc *g, uint64_t ns)
{
    const uint64_t end_ns = sk_boottime_ns() + ns;

    while (!(g->down && !g->ncalls && !g->nposted) && sk_boottime_ns() < end_ns)
        wait_until(g, end_ns);
}

/* A connection goes by itself once its client has answered that it read everything.  Cancelling cuts it
 * off at once, with what is still under way: that is for clients who do not read. */
static void end_calls(struct sk_grpc *g)
{
    lock(g);
    if (g->nthreads)
        drain(g);
    g->closing = true;
    sk_grpc_calls_pump(g);
    unlock(g);
    grpc_server_shutdown_and_notify(g->server, g->cq, &g->down_op);
    lock(g);
    if (g->nthreads)
        wait_for_the_end(g, END_WAIT_NS);
    unlock(g);
    grpc_server_cancel_all_calls(g->server);
    if (!g->nthreads) {
        while (!g->down && step(g, true))
            ;
        return;
    }
    lock(g);
    wait_for_the_end(g, FORCE_NS + LAST_WAIT_NS);
    unlock(g);
}

static void end_threads(struct sk_grpc *g)
{
    grpc_completion_queue_shutdown(g->cq);
    if (!g->nthreads)
        (void)serve(g);
    for (size_t i = 0; i < g->nthreads; i++)
        pthread_join(g->thread[i], NULL);
}

static void free_server(struct sk_grpc *g)
{
    grpc_server_destroy(g->server);
    grpc_completion_queue_destroy(g->cq);
    grpc_shutdown();
}

struct sk_grpc_held sk_grpc_stop(struct sk_grpc *g)
{
    struct sk_grpc_held left = {0};

    if (!g)
        return left;
    if (g->nthreads)
        sk_log(SK_INFO, "Shutting down gRPC server. Waiting until external connections are closed "
                        "by clients");
    if (g->server) {
        end_calls(g);
        if (!g->down) { /* a connection hangs: the process ends anyway, what it uses stays */
            sk_log(SK_WARNING, "the gRPC server does not end in time; its connections are left");
            sk_grpc_socket_end(&g->socket);
            return sk_grpc_held(g);
        }
        if (g->nthreads)
            sk_log(SK_INFO, "Waiting for the gRPC threads to complete");
        end_threads(g);
        free_server(g);
    }
    sk_grpc_socket_end(&g->socket);
    if (g->nthreads)
        sk_log(SK_INFO, "Draining all the remaining gRPC events");
    left = count_held(g);
    (void)sk_grpc_list_clear(&g->queue);
    if (g->nthreads)
        sk_log(SK_INFO, "Shutting down gRPC server complete");
    sk_grpc_tls_done(&g->tls);
    pthread_cond_destroy(&g->change);
    pthread_mutex_destroy(&g->lock);
    free(g->version);
    free(g);
    return left;
}
