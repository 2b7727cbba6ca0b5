/* SPDX-License-Identifier: Apache-2.0 */
/* http.c - alerts by HTTP POST, one a request, over a connection that stays open.
 *
 * What the answer says decides: 2xx is delivered; 408, 425, 429 and 5xx, like every error of the
 * network, mean that the same alert is tried again (the caller does, with pauses; a `Retry-After` is
 * honoured here); every other status is a refusal, which repeating would not change.  A body that is
 * too long or too slow is not waited for once the status is there. */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "sink/line.h"
#include "sink/sink.h"

#define SK_HTTP_ANSWER_BYTES (64u << 10)  /* of a body that are read */
#define SK_HTTP_HEADER_BYTES (256u << 10) /* of all headers of an answer */
#define SK_HTTP_WAIT_MAX_S   60           /* of a Retry-After */

struct http {
    char name[64]; /* of this output, for the log */
    CURL *easy;
    struct curl_slist *headers;
    bool gzip, zipping; /* zipping: `zip` is initialised */
    bool echoing;
    z_stream zip;
    struct sk_buf zipped, answer;
    size_t answer_bytes, header_bytes;
    const atomic_bool *over;
    uint64_t not_before_ns; /* the server asked to be left alone until then */
    uint32_t timeouts, max_timeouts, timeout_ms;
    char *shown; /* scheme, host and port: paths and users may be secrets */
    char error[CURL_ERROR_SIZE];
    char why[CURL_ERROR_SIZE + 256];
};

static bool http_enabled(const struct sk_conf *conf)
{
    return conf->http_enabled;
}

/* Falco cuts quotes off that templates leave around the URL. */
static char *unquoted(const char *url)
{
    size_t n = strlen(url);

    if (n >= 2 && (*url == '"' || *url == '\'') && url[n - 1] == *url)
        return strndup(url + 1, n - 2);
    return strdup(url);
}

static bool known_scheme(const char *scheme)
{
    return !strcmp(scheme, "http") || !strcmp(scheme, "https");
}

/* *shown: what logs may print of it. */
static int parse_url(const char *text, char **shown, struct sk_diag *dg)
{
    sk_auto(mem) char *url = unquoted(text);
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL;
    CURLUcode rc = CURLUE_OUT_OF_MEMORY;
    int err = 0;

    if (u && url)
        rc = curl_url_set(u, CURLUPART_URL, url, 0);
    if (!rc)
        rc = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
    if (!rc)
        rc = curl_url_get(u, CURLUPART_HOST, &host, 0);
    if (!rc)
        rc = curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    if (rc)
        err = sk_err(dg, -EINVAL, NULL, "http_output.url '%s' is not a URL: %s", text,
                     curl_url_strerror(rc));
    else if (!known_scheme(scheme))
        err = sk_err(dg, -EINVAL, NULL,
                     "http_output.url '%s': the scheme is '%s'; http or https is expected", text,
                     scheme);
    else if (asprintf(shown, "%s://%s:%s", scheme, host, port) < 0)
        err = -ENOMEM;
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(u);
    return err;
}

/* NULL when it is "Name: value"; else what is wrong. */
static const char *header_fault(const char *h)
{
    size_t name = strcspn(h, ":");

    if (!name || h[name] != ':')
        return "'Name: value' is expected";
    for (const char *p = h; *p; p++) {
        if ((unsigned char)*p < ' ' && *p != '\t')
            return "it contains a control character";
        if (p < h + name && !strchr("!#$%&'*+-.^_`|~", *p) && !(*p >= '0' && *p <= '9') &&
            !((*p | 32) >= 'a' && (*p | 32) <= 'z'))
            return "its name contains a character that names of headers cannot have";
    }
    return NULL;
}

static int http_check(const struct sk_conf *conf, struct sk_diag *dg)
{
    sk_auto(mem) char *shown = NULL;
    int err = parse_url(conf->http_url, &shown, dg);

    if (err)
        return err;
    for (size_t i = 0; i < conf->http_headers.n; i++) {
        const char *fault = header_fault(conf->http_headers.text[i]);

        if (fault)
            return sk_err(dg, -EINVAL, NULL, "http_output.headers: '%s': %s",
                          conf->http_headers.text[i], fault);
    }
    return 0;
}

static size_t on_body(char *p, size_t one, size_t n, void *self)
{
    struct http *h = self;

    (void)one;
    h->answer_bytes += n;
    if (h->echoing)
        sk_buf_add(&h->answer, p, n);
    /* Fewer bytes than were offered: libcurl ends the transfer. */
    return h->answer_bytes > SK_HTTP_ANSWER_BYTES ? 0 : n;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t on_header(char *p, size_t one, size_t n, void *self)
{
    struct http *h = self;

    (void)p, (void)one;
    h->header_bytes += n;
    return h->header_bytes > SK_HTTP_HEADER_BYTES ? 0 : n;
}

/* libcurl asks about once a second, and more often while bytes flow. */
static int on_progress(void *self, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct http *h = self;

    (void)a, (void)b, (void)c, (void)d;
    return h->over && atomic_load(h->over);
}

/* libcurl's own sockets would be inherited by programs that Saker starts. */
static curl_socket_t on_socket(void *self, curlsocktype purpose, struct curl_sockaddr *a)
{
    (void)self, (void)purpose;
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static int add_header(struct http *h, const char *text)
{
    struct curl_slist *l = curl_slist_append(h->headers, text);

    if (!l)
        return -ENOMEM;
    h->headers = l;
    return 0;
}

static int add_headers(struct http *h, const struct sk_sink_options *opt)
{
    int err =
        add_header(h, opt->json ? "Content-Type: application/json" : "Content-Type: text/plain");

    if (!err)
        err = add_header(h, "Expect:"); /* no question before a long body: it doubles the way */
    if (!err && h->gzip)
        err = add_header(h, "Content-Encoding: gzip");
    for (size_t i = 0; !err && i < opt->conf->http_headers.n; i++)
        err = add_header(h, opt->conf->http_headers.text[i]);
    return err;
}

/* What decides whom the connection trusts and as whom it shows up. */
static CURLcode set_tls(struct http *h, const struct sk_conf *c)
{
    CURL *e = h->easy;
    CURLcode rc;

    if (c->http_insecure) {
        rc = curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
        if (!rc)
            rc = curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
    } else if (*c->http_ca_cert || *c->http_ca_bundle) {
        rc = curl_easy_setopt(e, CURLOPT_CAINFO,
                              *c->http_ca_cert ? c->http_ca_cert : c->http_ca_bundle);
        /* Only that file: not, beside it, the folder that libcurl was built with. */
        if (!rc)
            rc = curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    } else {
        rc = curl_easy_setopt(e, CURLOPT_CAPATH, c->http_ca_path);
    }
    if (!rc && c->http_mtls)
        rc = curl_easy_setopt(e, CURLOPT_SSLCERT, c->http_client_cert);
    if (!rc && c->http_mtls)
        rc = curl_easy_setopt(e, CURLOPT_SSLKEY, c->http_client_key);
    return rc;
}

#define SET(option, value)                                     \
    do {                                                       \
        if (!rc)                                               \
            rc = curl_easy_setopt(h->easy, (option), (value)); \
    } while (0)

static CURLcode set_all(struct http *h, const struct sk_conf *c, const char *url)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_ERRORBUFFER, h->error);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_USERAGENT, c->http_user_agent);
    SET(CURLOPT_HTTPHEADER, h->headers);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_MAXCONNECTS, 1L);
    SET(CURLOPT_TIMEOUT_MS, (long)h->timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)SK_MAX(c->http_connect_timeout, 1u));
    SET(CURLOPT_TCP_KEEPALIVE, (long)c->http_keep_alive);
    SET(CURLOPT_TRANSFER_ENCODING, (long)c->http_compress);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, (void *)h);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, (void *)h);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, (void *)h);
    return rc ? rc : set_tls(h, c);
}

/* Files of TLS that cannot be read are said at the start, not with the first alert. */
static int readable(const char *key, const char *path, struct sk_diag *dg)
{
    return !access(path, R_OK)
               ? 0
               : sk_err(dg, -errno, NULL, "%s '%s': %s", key, path, strerror(errno));
}

static int check_files(const struct sk_conf *c, struct sk_diag *dg)
{
    int err = 0;

    if (!c->http_insecure && *c->http_ca_cert)
        err = readable("http_output.ca_cert", c->http_ca_cert, dg);
    else if (!c->http_insecure && *c->http_ca_bundle)
        err = readable("http_output.ca_bundle", c->http_ca_bundle, dg);
    if (!err && c->http_mtls)
        err = readable("http_output.client_cert", c->http_client_cert, dg);
    if (!err && c->http_mtls)
        err = readable("http_output.client_key", c->http_client_key, dg);
    return err;
}

static int http_open(void *self, const struct sk_sink_options *opt, struct sk_diag *dg)
{
    struct http *h = self;
    const struct sk_conf *c = opt->conf;
    sk_auto(mem) char *url = NULL;
    CURLcode rc = curl_global_init(CURL_GLOBAL_DEFAULT); /* counted by libcurl */
    int err = rc ? -ENOMEM : http_check(c, dg);

    if (!err)
        err = parse_url(c->http_url, &h->shown, dg);
    if (!err)
        err = check_files(c, dg);
    if (err)
        return err;
    snprintf(h->name, sizeof(h->name), "%s", opt->name ? opt->name : sk_sink_http.name);
    h->gzip = !strcmp(c->http_encoding, "gzip");
    h->echoing = c->http_echo;
    h->over = opt->over;
    h->max_timeouts = c->http_timeouts;
    h->timeout_ms = SK_MAX(c->http_timeout, 1u);
    h->answer = SK_BUF(SK_HTTP_ANSWER_BYTES * 2);
    h->zipped = SK_BUF(SIZE_MAX);
    h->easy = curl_easy_init();
    url = unquoted(c->http_url);
    if (!h->easy || !url || add_headers(h, opt))
        return -ENOMEM;
    if (h->gzip && deflateInit2(&h->zip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                                Z_DEFAULT_STRATEGY) != Z_OK)
        return -ENOMEM;
    h->zipping = h->gzip;
    rc = set_all(h, c, url);
    return rc ? sk_err(dg, -EINVAL, NULL, "libcurl error: %s", curl_easy_strerror(rc)) : 0;
}

static int compress_body(struct http *h, struct sk_str *body)
{
    char *to;
    size_t room;

    if (deflateReset(&h->zip) != Z_OK)
        return -EMSGSIZE;
    room = deflateBound(&h->zip, body->n); /* only right after the reset */
    sk_buf_reset(&h->zipped);
    to = sk_buf_room(&h->zipped, room);
    if (!to) {
        h->zipped.failed = false;
        return -ENOMEM;
    }
    h->zip.next_in = (unsigned char *)(uintptr_t)body->p;
    h->zip.avail_in = (unsigned)body->n;
    h->zip.next_out = (unsigned char *)to;
    h->zip.avail_out = (unsigned)room;
    if (deflate(&h->zip, Z_FINISH) != Z_STREAM_END)
        return -EMSGSIZE;
    *body = (struct sk_str){to, room - h->zip.avail_out};
    return 0;
}

static void wait_as_told(struct http *h)
{
    curl_off_t seconds = 0;

    if (curl_easy_getinfo(h->easy, CURLINFO_RETRY_AFTER, &seconds) || seconds <= 0)
        return;
    seconds = SK_MIN(seconds, SK_HTTP_WAIT_MAX_S);
    h->not_before_ns = sk_boottime_ns() + (uint64_t)seconds * 1000000000;
}

/* The answer has a status: it decides, whatever became of the body. */
static int by_status(struct http *h, long status)
{
    const bool later = status == 408 || status == 425 || status == 429 || status >= 500;
    char *location = NULL;

    if (status >= 200 && status < 300)
        return 0;
    if (later)
        wait_as_told(h);
    curl_easy_getinfo(h->easy, CURLINFO_REDIRECT_URL, &location);
    snprintf(h->why, sizeof(h->why), "%s answered with status %ld%s%s", h->shown, status,
             later      ? ": it is tried again"
             : location ? ": redirections are not followed; http_output.url must name "
                        : ": it refuses the alert",
             location && !later ? location : "");
    return later ? -EAGAIN : status == 413 ? -EMSGSIZE : -EBADMSG;
}

static int by_error(struct http *h, CURLcode rc)
{
    const char *detail = *h->error ? h->error : curl_easy_strerror(rc);

    snprintf(h->why, sizeof(h->why), "libcurl failed to perform call: %s (%s: %s)",
             curl_easy_strerror(rc), h->shown, detail);
    switch (rc) {
    case CURLE_OPERATION_TIMEDOUT:
        return -ETIMEDOUT;
    case CURLE_COULDNT_CONNECT:
        return -ECONNREFUSED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return -EHOSTUNREACH;
    case CURLE_OUT_OF_MEMORY:
        return -ENOMEM;
    default:
        return -EIO;
    }
}

/* Falco gives an alert up after so many; here it stays first in the queue, and the log tells. */
static void count_timeouts(struct http *h, int err)
{
    if (err != -ETIMEDOUT) {
        h->timeouts = 0;
    } else if (++h->timeouts == h->max_timeouts + 1) {
        sk_log(SK_ERROR, "%s: %s gave no answer within %u ms, %u times in a row", h->name, h->shown,
               h->timeout_ms, h->timeouts);
    }
}

static void echo(struct http *h)
{
    struct sk_str text = sk_buf_str(&h->answer);

    if (text.n && text.p[text.n - 1] == '\n')
        text.n--;
    if (text.n && sk_line_print(STDOUT_FILENO, text))
        return; /* nobody reads: the alert itself is delivered */
}

static int http_write(void *self, const struct sk_sink_alert *alert)
{
    struct http *h = self;
    struct sk_str body = alert->line;
    long status = 0;
    CURLcode rc;
    int err;

    if (sk_boottime_ns() < h->not_before_ns)
        return -EAGAIN; /* `why` still tells the answer that asked for it */
    h->why[0] = h->error[0] = '\0';
    if (h->gzip && (err = compress_body(h, &body)))
        return err;
    h->answer_bytes = h->header_bytes = 0;
    sk_buf_reset(&h->answer);
    rc = curl_easy_setopt(h->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
    if (!rc)
        rc = curl_easy_setopt(h->easy, CURLOPT_POSTFIELDS, body.n ? body.p : "");
    if (!rc)
        rc = curl_easy_perform(h->easy);
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    err = status >= 200 ? by_status(h, status) : by_error(h, rc ? rc : CURLE_GOT_NOTHING);
    count_timeouts(h, err);
    if (h->echoing)
        echo(h);
    return err;
}

static int http_reopen(void *self)
{
    (void)self;
    return 0;
}

static const char *http_why(const void *self)
{
    return ((const struct http *)self)->why;
}

static void http_close(void *self)
{
    struct http *h = self;

    curl_easy_cleanup(h->easy);
    curl_slist_free_all(h->headers);
    if (h->zipping)
        deflateEnd(&h->zip);
    sk_buf_done(&h->zipped);
    sk_buf_done(&h->answer);
    mem_freep(&h->shown);
    *h = (struct http){0};
}

const struct sk_sink_ops sk_sink_http = {
    .name = "http",
    .size = sizeof(struct http),
    .enabled = http_enabled,
    .check = http_check,
    .open = http_open,
    .write = http_write,
    .reopen = http_reopen,
    .close = http_close,
    .why = http_why,
};
