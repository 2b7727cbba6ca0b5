/* SPDX-License-Identifier: Apache-2.0 */
/* web.c - libmicrohttpd in front of four answers.
 *
 * Every answer is queued as soon as the headers are there: nobody is asked to send a body, and one that
 * is sent anyway is never read. */
#include "server/web.h"

#include <errno.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/log.h"
#include "server/clients.h"
#include "server/listen.h"

#define PEM_MAX_BYTES     (1u << 20)
#define METRICS_MAX_BYTES (64u << 20)
#define WHY_MAX_BYTES     (1u << 20)
#define SECOND_NS         1000000000ull
#define TLS_VERSIONS      "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct sk_web {
    struct sk_web_options opt;
    struct MHD_Daemon *daemon;
    struct sk_clients *clients;
    char *healthz, *versions, *pem, *unlink_path;
    int fd;
    atomic_uint_fast64_t requests;
    atomic_flag reloading;
};

enum { GET = 1, POST = 2 };

struct route {
    const char *path;
    unsigned methods;
    enum MHD_Result (*answer)(struct sk_web *w, struct MHD_Connection *conn);
};

static enum MHD_Result send_text(struct MHD_Connection *conn, unsigned status, struct sk_str text,
                                 const char *header, const char *value)
{
    struct MHD_Response *r =
        MHD_create_response_from_buffer(text.n, (void *)text.p, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result ok;

    if (!r)
        return MHD_NO;
    ok = header ? MHD_add_response_header(r, header, value) : MHD_YES;
    if (ok == MHD_YES)
        ok = MHD_queue_response(conn, status, r);
    MHD_destroy_response(r);
    return ok;
}

static enum MHD_Result send_status(struct MHD_Connection *conn, unsigned status)
{
    return send_text(conn, status, SK_STR(""), NULL, NULL);
}

static enum MHD_Result send_json(struct MHD_Connection *conn, unsigned status, struct sk_str text)
{
    return send_text(conn, status, text, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
}

static enum MHD_Result answer_healthz(struct sk_web *w, struct MHD_Connection *conn)
{
    (void)w;
    return send_json(conn, MHD_HTTP_OK, SK_STR("{\"status\": \"ok\"}"));
}

static enum MHD_Result answer_versions(struct sk_web *w, struct MHD_Connection *conn)
{
    return send_json(conn, MHD_HTTP_OK, sk_str(w->versions));
}

static enum MHD_Result answer_metrics(struct sk_web *w, struct MHD_Connection *conn)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(METRICS_MAX_BYTES);
    struct sk_web_stats web;

    if (!w->opt.metrics)
        return send_status(conn, MHD_HTTP_NOT_FOUND);
    sk_web_get_stats(w, &web);
    if (w->opt.metrics(w->opt.self, &web, &text) || text.failed)
        return send_status(conn, MHD_HTTP_SERVICE_UNAVAILABLE);
    return send_text(conn, MHD_HTTP_OK, sk_buf_str(&text), MHD_HTTP_HEADER_CONTENT_TYPE,
                     "text/plain; version=0.0.4");
}

static const struct sockaddr *peer_of(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    return i ? i->client_addr : NULL;
}

static enum MHD_Result reload(struct sk_web *w, struct MHD_Connection *conn)
{
    sk_auto(buf) struct sk_buf why = SK_BUF(WHY_MAX_BYTES), text = SK_BUF(8 * WHY_MAX_BYTES);
    const int err = w->opt.reload(w->opt.self, &why);

    if (!err)
        return send_json(conn, MHD_HTTP_OK, SK_STR("{\"status\": \"ok\"}"));
    if (err == -ETIMEDOUT)
        return send_json(conn, MHD_HTTP_ACCEPTED, SK_STR("{\"status\": \"requested\"}"));
    sk_buf_addz(&text, "{\"status\": \"failed\", \"error\": \"");
    sk_buf_add_json(&text, why.n ? sk_buf_str(&why) : sk_str(strerror(-err)));
    sk_buf_addz(&text, "\"}");
    return send_json(conn, MHD_HTTP_UNPROCESSABLE_CONTENT, sk_buf_str(&text));
}

/* What changes something is for this machine alone, and not for the pages that a browser on it shows: those
 * cannot help saying where they are from. */
static enum MHD_Result answer_reload(struct sk_web *w, struct MHD_Connection *conn)
{
    const struct sockaddr *peer = peer_of(conn);

    if (!w->opt.reload)
        return send_status(conn, MHD_HTTP_NOT_FOUND);
    if (!peer || !sk_peer_is_local(peer) ||
        MHD_lookup_connection_value(conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_ORIGIN))
        return send_status(conn, MHD_HTTP_FORBIDDEN);
    /* A second one would only wait for the first, with a thread that others need. */
    if (atomic_flag_test_and_set(&w->reloading))
        return send_status(conn, MHD_HTTP_CONFLICT);
    const enum MHD_Result ok = reload(w, conn);
    atomic_flag_clear(&w->reloading);
    return ok;
}

static enum MHD_Result answer(struct sk_web *w, struct MHD_Connection *conn, const char *url,
                              const char *method)
{
    const struct route routes[] = {
        {w->healthz, GET, answer_healthz},
        {"/versions", GET, answer_versions},
        {"/metrics", GET, answer_metrics},
        {"/reload", POST, answer_reload},
    };
    const bool get = !strcmp(method, "GET") || !strcmp(method, "HEAD");
    const unsigned asked = get ? GET : !strcmp(method, "POST") ? POST : 0;

    for (size_t i = 0; i < SK_ARRAY_LEN(routes); i++) {
        if (strcmp(url, routes[i].path) != 0)
            continue;
        if (routes[i].methods & asked)
            return routes[i].answer(w, conn);
        return send_text(conn, MHD_HTTP_METHOD_NOT_ALLOWED, SK_STR(""), MHD_HTTP_HEADER_ALLOW,
                         routes[i].methods & GET ? "GET, HEAD" : "POST");
    }
    return send_status(conn, MHD_HTTP_NOT_FOUND);
}

static struct sk_client *client_of(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return i ? i->socket_context : NULL;
}

static enum MHD_Result on_request(void *self, struct MHD_Connection *conn, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_n, void **request)
{
    struct sk_web *w = self;

    (void)version;
    (void)data;
    if (*request) { /* a body: nobody wants it */
        *data_n = 0;
        return MHD_YES;
    }
    *request = w;
    atomic_fetch_add_explicit(&w->requests, 1, memory_order_relaxed);
    sk_clients_deadline(w->clients, client_of(conn),
                        sk_boottime_ns() + SK_WEB_ANSWER_S * SECOND_NS);
    return answer(w, conn, url, method);
}

static void on_completed(void *self, struct MHD_Connection *conn, void **request,
                         enum MHD_RequestTerminationCode code)
{
    struct sk_web *w = self;

    (void)request;
    (void)code;
    sk_clients_deadline(w->clients, client_of(conn),
                        sk_boottime_ns() + SK_WEB_REQUEST_S * SECOND_NS);
}

static void on_connection(void *self, struct MHD_Connection *conn, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct sk_web *w = self;
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    const struct sockaddr *peer = peer_of(conn);

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        sk_clients_del(w->clients, *context);
        *context = NULL;
    } else if (i && peer) {
        *context = sk_clients_add(w->clients, i->connect_fd, peer,
                                  sk_boottime_ns() + SK_WEB_REQUEST_S * SECOND_NS);
    }
}

/* The library's own messages are about clients that misbehave. */
__attribute__((format(printf, 2, 0))) static void on_message(void *self, const char *format,
                                                             va_list ap)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(4096);

    (void)self;
    sk_buf_vprintf(&text, format, ap);
    sk_log(SK_DEBUG, "web server: %s", sk_buf_str(&text).p);
}

unsigned sk_web_threads(unsigned wanted)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    const unsigned n = wanted ? wanted : cpus > 0 ? (unsigned)cpus : 1;

    return SK_MIN(n, (unsigned)SK_WEB_THREADS);
}

static int read_pem(struct sk_web *w, struct sk_diag *dg)
{
    size_t n;
    int err;

    if (!w->opt.pem)
        return 0;
    if (!MHD_is_feature_supported(MHD_FEATURE_TLS))
        return sk_err(dg, -SK_WEB_CONFIG, NULL, "libmicrohttpd was built without TLS");
    err = sk_read_file(w->opt.pem, PEM_MAX_BYTES, &w->pem, &n);
    return err ? sk_err(dg, -SK_WEB_CONFIG, NULL, "cannot read the certificate '%s': %s",
                        w->opt.pem, strerror(-err))
               : 0;
}

static int start_daemon(struct sk_web *w, struct sk_diag *dg)
{
    /* One more than asked for: a reload never keeps health waiting. */
    const unsigned threads = sk_web_threads(w->opt.threads) + (w->opt.reload ? 1 : 0);
    struct MHD_OptionItem more[8];
    sigset_t all, old;
    size_t n = 0;

    if (threads > 1)
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, threads, NULL};
    if (w->pem) {
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, w->pem};
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, w->pem};
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)TLS_VERSIONS};
    }
    more[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    sigfillset(&all); /* signals belong to the control thread */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    w->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | (w->pem ? MHD_USE_TLS : 0), 0, NULL,
        NULL, on_request, w, MHD_OPTION_EXTERNAL_LOGGER, on_message, NULL, MHD_OPTION_LISTEN_SOCKET,
        w->fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)SK_MAX(2 * SK_WEB_CONNECTIONS, threads * 16),
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SK_WEB_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)SK_WEB_REQUEST_BYTES, MHD_OPTION_NOTIFY_CONNECTION, on_connection, w,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, w, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (w->daemon)
        w->fd = -1; /* the library's now */
    else
        return sk_err(dg, w->pem ? -SK_WEB_CONFIG : -SK_WEB_LISTEN, NULL,
                      w->pem ? "'%s' does not hold a certificate and its key"
                             : "the HTTP library refused to start%s",
                      w->pem ? w->opt.pem : "");
    return 0;
}

static int copy_options(struct sk_web *w, const struct sk_web_options *opt)
{
    const size_t scheme = strlen(SK_UNIX_SCHEME);

    w->opt = *opt;
    w->fd = -1;
    w->healthz = strdup(opt->healthz);
    w->versions = strdup(opt->versions);
    if (!strncmp(opt->address, SK_UNIX_SCHEME, scheme)) {
        w->unlink_path = strdup(opt->address + scheme);
        if (!w->unlink_path)
            return -ENOMEM;
    }
    return w->healthz && w->versions ? 0 : -ENOMEM;
}

int sk_web_start(const struct sk_web_options *opt, struct sk_web **out, struct sk_diag *dg)
{
    const struct sk_clients_limits limits = {SK_WEB_CONNECTIONS, SK_WEB_PER_ADDRESS};
    sk_auto(web) struct sk_web *w = calloc(1, sizeof(*w));
    int err;

    if (!w)
        return sk_err(dg, -SK_WEB_LISTEN, NULL, "no memory for the web server");
    if (copy_options(w, opt) || sk_clients_new(&limits, &w->clients))
        return sk_err(dg, -SK_WEB_LISTEN, NULL, "no memory or no thread for the web server");
    err = read_pem(w, dg);
    if (err)
        return err;
    if (sk_listen(opt->address, opt->port, &w->fd, dg)) {
        free(SK_TAKE(w->unlink_path)); /* somebody else's */
        return -SK_WEB_LISTEN;
    }
    err = start_daemon(w, dg);
    if (err)
        return err;
    *out = SK_TAKE(w);
    return 0;
}

void sk_web_get_stats(struct sk_web *w, struct sk_web_stats *out)
{
    struct sk_clients_stats c;

    sk_clients_get_stats(w->clients, &c);
    *out = (struct sk_web_stats){
        .requests = atomic_load_explicit(&w->requests, memory_order_relaxed),
        .accepted = c.accepted,
        .evicted = c.evicted,
        .expired = c.expired,
        .connections = c.now,
    };
}

void sk_web_stop(struct sk_web *w)
{
    if (!w)
        return;
    if (w->daemon)
        MHD_stop_daemon(w->daemon);
    fd_freep(&w->fd);
    if (w->unlink_path)
        (void)unlink(w->unlink_path);
    sk_clients_free(w->clients);
    if (w->pem)
        explicit_bzero(w->pem, strlen(w->pem));
    free(w->pem);
    free(w->healthz);
    free(w->versions);
    free(w->unlink_path);
    free(w);
}

void web_freep(struct sk_web **w)
{
    sk_web_stop(*w);
    *w = NULL;
}
