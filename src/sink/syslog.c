/* SPDX-License-Identifier: Apache-2.0 */
/* syslog.c - alerts to the system log: priorities of rules are the severities of syslog.
 *
 * Without an address the messages are those of syslog(3), which Falco calls, but written by ourselves:
 * the C library waits for ever for a daemon that is stuck, and tells nobody when there is none.  Over
 * TCP and TLS each message stands behind its length (RFC 6587, RFC 5425), and those that the other
 * machine did not acknowledge are sent again after a reconnect. */
#include <errno.h>
#include <syslog.h>
#include <unistd.h>

#include "sink/io.h"
#include "sink/link.h"
#include "sink/syslog_text.h"
#include "sink/tail.h"
#include "sink/tls.h"

#define SK_SYSLOG_UDP_MAX 65507 /* what a datagram over IPv4 holds */
#define SK_SYSLOG_END_MS  1000u /* for acknowledgements, at the end */
#define SK_SYSLOG_SOCKET  "unix:///dev/log"

struct syslog_sink {
    struct sk_link link;
    struct sk_syslog_style style;
    struct sk_tls *tls;
    struct sk_tail tail; /* streams */
    struct sk_buf text;
    bool standard; /* no address was given */
    bool worked;
    char name[64];
};

static bool syslog_enabled(const struct sk_conf *conf)
{
    return conf->syslog_enabled;
}

static int syslog_check(const struct sk_conf *c, struct sk_diag *dg)
{
    struct sk_link_address to;
    const char *fault = *c->syslog_address ? sk_link_parse(c->syslog_address, &to) : NULL;
    int facility;

    if (fault)
        return sk_err(dg, -EINVAL, NULL, "syslog_output.address '%s': %s", c->syslog_address,
                      fault);
    if (sk_syslog_facility(c->syslog_facility, &facility))
        return sk_err(
            dg, -EINVAL, NULL,
            "syslog_output.facility '%s' is not known: kern, user, mail, daemon, auth, authpriv, "
            "cron, ftp, lpr, news, syslog, uucp or local0 to local7 is expected",
            c->syslog_facility);
    if (!*c->syslog_client_cert != !*c->syslog_client_key)
        return sk_err(
            dg, -EINVAL, NULL,
            "syslog_output.client_cert and client_key go together: one of them is missing");
    return 0;
}

static void choose_style(struct syslog_sink *s, const struct sk_conf *c)
{
    struct sk_syslog_style *st = &s->style;
    const char *host = getenv("FALCO_HOSTNAME"); /* alerts bear that name too */
    char own[SK_SYSLOG_HOST_MAX + 1] = "";

    if (gethostname(own, sizeof(own) - 1))
        own[0] = '\0';
    st->rfc5424 = !strcmp(c->syslog_protocol, "rfc5424");
    st->local = s->link.to.kind == SK_LINK_UNIX;
    st->max_bytes = s->standard ? SIZE_MAX : SK_MAX(c->syslog_max_size, 480u);
    if (s->link.to.kind == SK_LINK_UDP)
        st->max_bytes = SK_MIN(st->max_bytes, (size_t)SK_SYSLOG_UDP_MAX);
    sk_syslog_name(st->host, sizeof(st->host), host && *host ? host : own);
    sk_syslog_name(st->app, sizeof(st->app),
                   *c->syslog_app ? c->syslog_app : program_invocation_short_name);
}

static int syslog_open(void *self, const struct sk_sink_options *opt, struct sk_diag *dg)
{
    struct syslog_sink *s = self;
    const struct sk_conf *c = opt->conf;
    int err = syslog_check(c, dg);

    s->link.fd = -1;
    if (err)
        return err;
    s->standard = !*c->syslog_address;
    if (sk_link_parse(s->standard ? SK_SYSLOG_SOCKET : c->syslog_address, &s->link.to) ||
        sk_syslog_facility(c->syslog_facility, &s->style.facility))
        return -EINVAL; /* syslog_check() has seen both */
    snprintf(s->name, sizeof(s->name), "%s", opt->name ? opt->name : sk_sink_syslog.name);
    s->link.timeout_ms = SK_MAX(c->syslog_timeout, 1u);
    s->text = SK_BUF(SIZE_MAX);
    choose_style(s, c);
    if (s->link.to.kind == SK_LINK_TLS) {
        const struct sk_tls_files files = {c->syslog_ca_cert, c->syslog_client_cert,
                                           c->syslog_client_key, c->syslog_insecure};

        err = sk_tls_new(&files, &s->tls, dg);
        s->link.tls = s->tls;
    }
    return err;
}

/* A daemon that was started anew has another socket under the same name. */
static bool stale(int err)
{
    return err == -ECONNREFUSED || err == -ENOTCONN || err == -ECONNRESET || err == -EPIPE ||
           err == -EDESTADDRREQ;
}

static int send_datagram(struct syslog_sink *s)
{
    const bool was_open = s->link.fd >= 0;
    int err = sk_link_open(&s->link);

    if (!err)
        err = sk_link_send(&s->link, sk_buf_str(&s->text));
    if (was_open && stale(err)) {
        sk_link_close(&s->link);
        err = sk_link_open(&s->link);
        if (!err)
            err = sk_link_send(&s->link, sk_buf_str(&s->text));
    }
    if (err && err != -ETIMEDOUT)
        sk_link_close(&s->link);
    s->worked |= !err;
    /* No log daemon on this machine, as in most containers: waiting for one would fill the memory. */
    return err == -ENOENT && s->standard && !s->worked ? -EBADMSG : err;
}

/* What was not acknowledged waits for the next connection. */
static void drop_stream(struct syslog_sink *s)
{
    sk_tail_trim(&s->tail, sk_link_unread(&s->link));
    sk_tail_rewind(&s->tail);
    sk_link_close(&s->link);
}

static int pump(struct syslog_sink *s, uint64_t deadline)
{
    for (struct sk_str rest; rest = sk_tail_rest(&s->tail), rest.n;) {
        ssize_t n = sk_link_write(&s->link, rest, deadline);

        if (n < 0)
            return (int)n;
        sk_tail_sent(&s->tail, (size_t)n);
    }
    sk_tail_trim(&s->tail, sk_link_unread(&s->link));
    return 0;
}

static int send_stream(struct syslog_sink *s)
{
    char length[24];
    int n = snprintf(length, sizeof(length), "%zu ", s->text.n), err;

    if (s->link.fd >= 0 && sk_link_gone(&s->link))
        drop_stream(s);
    err = sk_link_open(&s->link);
    if (!err)
        err = sk_tail_add(&s->tail, (struct sk_str){length, (size_t)n}, sk_buf_str(&s->text));
    if (err)
        return err;
    err = pump(s, sk_io_deadline(s->link.timeout_ms));
    if (err) {
        drop_stream(s);
        sk_tail_cancel(&s->tail); /* it comes again */
    }
    return err;
}

static int syslog_write(void *self, const struct sk_sink_alert *alert)
{
    struct syslog_sink *s = self;
    int err;

    s->link.why[0] = '\0';
    sk_syslog_text(&s->style, alert, &s->text);
    if (s->text.failed) {
        s->text.failed = false;
        return -ENOMEM;
    }
    err = sk_link_is_stream(&s->link) ? send_stream(s) : send_datagram(s);
    return err == -EINVAL ? -EIO : err; /* from a socket it is no verdict on the alert */
}

/* A server that went with messages unread gets them when it is back, not with the next alert. */
static void syslog_tend(void *self)
{
    struct syslog_sink *s = self;

    if (!sk_link_is_stream(&s->link) || !s->tail.n)
        return;
    if (s->link.fd >= 0 && sk_link_gone(&s->link))
        drop_stream(s);
    else if (s->link.fd >= 0)
        sk_tail_trim(&s->tail, sk_link_unread(&s->link));
    if (s->tail.n && !sk_link_open(&s->link) && pump(s, sk_io_deadline(s->link.timeout_ms)))
        drop_stream(s);
}

static int syslog_reopen(void *self)
{
    (void)self;
    return 0;
}

static void syslog_close(void *self)
{
    struct syslog_sink *s = self;
    const uint64_t deadline = sk_io_deadline(SK_MIN(s->link.timeout_ms, SK_SYSLOG_END_MS));

    while (sk_link_is_stream(&s->link) && sk_link_unread(&s->link) && sk_io_left(deadline))
        usleep(5000);
    sk_tail_trim(&s->tail, sk_link_unread(&s->link));
    if (s->tail.n)
        sk_log(SK_ERROR, "%s: the last %zu alerts were not acknowledged by the server", s->name,
               s->tail.n);
    sk_link_close(&s->link);
    sk_tls_free(s->tls);
    s->tls = NULL;
    s->link.tls = NULL;
    sk_tail_done(&s->tail);
    sk_buf_done(&s->text);
}

static const char *syslog_why(const void *self)
{
    return ((const struct syslog_sink *)self)->link.why;
}

const struct sk_sink_ops sk_sink_syslog = {
    .name = "syslog",
    .size = sizeof(struct syslog_sink),
    .enabled = syslog_enabled,
    .check = syslog_check,
    .open = syslog_open,
    .write = syslog_write,
    .reopen = syslog_reopen,
    .close = syslog_close,
    .tend = syslog_tend,
    .why = syslog_why,
};
