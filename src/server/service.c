/* SPDX-License-Identifier: Apache-2.0 */
/* service.c - from the keys of the configuration to the web server and the meter.
 *
 * Threads: the event thread answers questions (hub.h) and puts in place what a reload made; threads of the
 * web server and that of the meter collect.  What they share is `about`, counted under the lock, and
 * counters. */
#include "server/service.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/interval.h"
#include "base/log.h"
#include "server/collect.h"
#include "server/listen.h"
#include "server/meter.h"

#define ASK_MS          2000 /* the event thread comes by more often, unless it is stuck */
#define MIN_INTERVAL_MS 100

struct sk_service {
    struct sk_service_options opt;
    struct sk_web *web;
    struct sk_hub *hub; /* NULL: no metrics */
    struct sk_meter *meter;
    struct sk_facts *facts; /* the event thread's */
    uint64_t boot_ns;       /* since 1970; once, so that it does not move with the clock */
    pthread_mutex_t lock;
    struct sk_about *about; /* of what runs; refs under the lock */
    atomic_uint_fast64_t reloads, reloads_failed;
    struct sk_about *snapshot; /* in use by the meter's thread, as are the following */
    struct sk_collect_before before;
    struct sk_facts *meter_facts;
};

int sk_service_check(const struct sk_conf *c, struct sk_diag *dg)
{
    if (!c->metrics_enabled)
        return 0;
    if (*c->metrics_interval &&
        strspn(c->metrics_interval, "0123456789") == strlen(c->metrics_interval) &&
        sk_parse_interval(c->metrics_interval) >= MIN_INTERVAL_MS)
        return sk_err(dg, -EINVAL, NULL,
                      "Metrics interval was passed as numeric value without Prometheus time unit. "
                      "Please specify a time unit");
    if (sk_parse_interval(c->metrics_interval) < MIN_INTERVAL_MS)
        return sk_err(
            dg, -EINVAL, NULL,
            "Metrics interval must have a minimum value of 100ms and reflect a Prometheus "
            "compliant time duration format: "
            "https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations. ");
    if (!c->metrics_rule && !*c->metrics_file && !c->web_prometheus)
        return sk_err(
            dg, -EINVAL, NULL,
            "Metrics are enabled with no output configured. Please enable at least one output "
            "channel ('metrics.output_rule', 'metrics.output_file' or "
            "'webserver.prometheus_metrics_enabled')");
    return 0;
}

static struct sk_about *take_about(struct sk_service *s)
{
    struct sk_about *a;

    pthread_mutex_lock(&s->lock);
    a = s->about;
    a->refs++;
    pthread_mutex_unlock(&s->lock);
    return a;
}

static void put_about(struct sk_service *s, struct sk_about *a)
{
    bool last;

    pthread_mutex_lock(&s->lock);
    last = !--a->refs;
    pthread_mutex_unlock(&s->lock);
    if (last)
        sk_about_free(a);
}

static void collect(struct sk_service *s, const struct sk_facts *facts,
                    const struct sk_about *about, const struct sk_web_stats *web, uint64_t now_ns,
                    struct sk_collect_before *before, struct sk_metrics *out)
{
    const struct sk_collect in = {
        .facts = facts,
        .about = about,
        .outputs = s->opt.outputs,
        .web = web,
        .reloads = atomic_load_explicit(&s->reloads, memory_order_relaxed),
        .reloads_failed = atomic_load_explicit(&s->reloads_failed, memory_order_relaxed),
        .hostname = s->opt.hostname,
        .host_root = s->opt.host_root,
        .boot_ns = s->boot_ns,
        .start_ns = s->opt.start_ns,
        .now_ns = now_ns,
        .before = before,
    };

    sk_collect(&in, out);
}

/* A thread of the web server. */
static int on_metrics(void *self, const struct sk_web_stats *web, struct sk_buf *out)
{
    struct sk_service *s = self;
    sk_auto(mem) struct sk_facts *facts = malloc(sizeof(*facts));
    sk_auto(metrics) struct sk_metrics set = {0};
    struct sk_about *about;
    int err = facts ? sk_metrics_init(&set) : -ENOMEM;

    if (!err)
        err = sk_hub_ask(s->hub, ASK_MS, facts);
    if (err)
        return err;
    about = take_about(s);
    collect(s, facts, about, web, sk_now_ns(), NULL, &set);
    put_about(s, about);
    sk_metrics_prometheus(&set, out);
    return out->failed ? -ENOMEM : 0;
}

static int on_reload(void *self, struct sk_buf *why)
{
    const struct sk_service *s = self;

    return s->opt.reload(s->opt.self, why);
}

/* The meter's thread, as are the two that follow. */
static int on_collect(void *self, struct sk_metrics *out, struct sk_meter_target *to)
{
    struct sk_service *s = self;
    int err = sk_hub_ask(s->hub, ASK_MS, s->meter_facts);
    const uint64_t now_ns = sk_now_ns();
    struct sk_web_stats web;

    if (err)
        return err;
    s->snapshot = take_about(s);
    if (s->web)
        sk_web_get_stats(s->web, &web);
    collect(s, s->meter_facts, s->snapshot, s->web ? &web : NULL, now_ns, &s->before, out);
    *to = (struct sk_meter_target){
        .now_ns = now_ns,
        .rule = s->snapshot->rule,
        .file = s->snapshot->file,
        .with_id = s->snapshot->with_id,
        .fields = {.mb = s->snapshot->mb, .empty = s->snapshot->empty},
    };
    return 0;
}

static void on_done(void *self)
{
    struct sk_service *s = self;

    put_about(s, SK_TAKE(s->snapshot));
}

static uint64_t on_interval(void *self)
{
    struct sk_service *s = self;
    struct sk_about *about = take_about(s);
    const uint64_t ms = about->rule || *about->file ? about->interval_ms : 0;

    put_about(s, about);
    return ms;
}

static void log_start(const struct sk_conf *c)
{
    const unsigned threads = sk_web_threads(c->web_threads);
    const char *ssl = c->web_ssl ? " (SSL)" : "";

    if (!strncmp(c->web_address, SK_UNIX_SCHEME, strlen(SK_UNIX_SCHEME)))
        sk_log(SK_INFO, "Starting health webserver with threadiness %u, listening on %s%s", threads,
               c->web_address, ssl);
    else
        sk_log(SK_INFO, "Starting health webserver with threadiness %u, listening on %s:%u%s",
               threads, c->web_address, c->web_port, ssl);
    if (!c->web_ssl && !sk_listen_is_local(c->web_address))
        sk_log(
            SK_NOTICE,
            "webserver.listen_address is '%s' and webserver.ssl_enabled is false: whoever reaches "
            "port %u reads health, versions and metrics",
            c->web_address, c->web_port);
}

static int start_web(struct sk_service *s, struct sk_diag *dg)
{
    const struct sk_conf *c = s->opt.conf;
    sk_auto(diag) struct sk_diag *why = sk_diag_new();
    const struct sk_web_options opt = {
        .address = c->web_address,
        .port = (uint16_t)c->web_port,
        .threads = c->web_threads,
        .healthz = c->web_healthz,
        .pem = c->web_ssl ? c->web_certificate : NULL,
        .versions = s->opt.versions,
        .self = s,
        .metrics = s->hub && c->web_prometheus ? on_metrics : NULL,
        .reload = s->opt.reload ? on_reload : NULL,
    };
    int err;

    if (!why)
        return -ENOMEM;
    log_start(c);
    err = sk_web_start(&opt, &s->web, why);
    if (!err)
        return 0;
    sk_log(SK_ERROR, "web server: %s", sk_diag_text(why, SK_DIAG_ERROR));
    return sk_err(dg, -EINVAL, NULL,
                  err == -SK_WEB_CONFIG ? "invalid webserver configuration"
                                        : "an error occurred while starting webserver");
}

static int start_metrics(struct sk_service *s, struct sk_diag *dg)
{
    int err = sk_about_new(s->opt.conf, s->opt.gen, &s->about);

    if (!err) {
        s->about->refs = 1;
        err = sk_hub_new(&s->hub);
    }
    s->facts = calloc(1, sizeof(*s->facts));
    s->meter_facts = calloc(1, sizeof(*s->meter_facts));
    if (err || !s->facts || !s->meter_facts)
        return sk_err(dg, err ? err : -ENOMEM, NULL, "no memory for metrics");
    return 0;
}

/* Also where only Prometheus reads them now: a reload may ask for snapshots. */
static int start_meter(struct sk_service *s, struct sk_diag *dg)
{
    const struct sk_meter_options opt = {
        .outputs = s->opt.outputs,
        .hostname = s->opt.hostname,
        .self = s,
        .collect = on_collect,
        .done = on_done,
        .interval_ms = on_interval,
    };
    int err;

    sk_log(SK_INFO, "Setting metrics interval to %s, equivalent to %llu (ms)",
           s->opt.conf->metrics_interval, (unsigned long long)s->about->interval_ms);
    err = sk_meter_start(&opt, &s->meter);
    return err ? sk_err(dg, err, NULL, "cannot start a thread for metrics: %s", strerror(-err)) : 0;
}

int sk_service_start(const struct sk_service_options *opt, struct sk_service **out,
                     struct sk_diag *dg)
{
    struct sk_service *s = calloc(1, sizeof(*s));
    int err = 0;

    if (!s)
        return -ENOMEM;
    pthread_mutex_init(&s->lock, NULL);
    s->opt = *opt;
    s->boot_ns = sk_now_ns() - sk_boottime_ns();
    if (opt->conf->metrics_enabled)
        err = start_metrics(s, dg);
    if (!err && opt->serve && opt->conf->web_enabled)
        err = start_web(s, dg);
    if (!err && s->hub)
        err = start_meter(s, dg);
    if (err) {
        sk_service_stop(s, NULL);
        return err;
    }
    s->opt.conf = NULL;
    s->opt.gen = NULL;
    *out = s;
    return 0;
}

int sk_service_fd(const struct sk_service *s)
{
    return s->hub ? sk_hub_fd(s->hub) : -1;
}

static void answer(struct sk_service *s, const struct sk_engine *e, bool last)
{
    const struct sk_about *about = s->about; /* the event thread alone puts another there */
    const unsigned want = (about->group[SK_METRICS_PER_CPU] ? SK_FACTS_BY_CPU : 0u) |
                          (about->group[SK_METRICS_LIBBPF] ? SK_FACTS_BY_PROG : 0u) |
                          (about->group[SK_METRICS_KERNEL] ? SK_FACTS_BY_EVENT : 0u);

    sk_engine_facts(e, want, s->facts);
    sk_hub_answer(s->hub, s->facts, last);
}

void sk_service_answer(struct sk_service *s, const struct sk_engine *e)
{
    if (s && s->hub && sk_hub_asked(s->hub))
        answer(s, e, false);
}

void sk_service_reloaded(struct sk_service *s, const struct sk_conf *conf, const struct sk_gen *gen)
{
    struct sk_about *next, *old;

    if (!s)
        return;
    atomic_fetch_add_explicit(conf ? &s->reloads : &s->reloads_failed, 1, memory_order_relaxed);
    if (!conf || !s->hub)
        return;
    if (sk_about_new(conf, gen, &next)) {
        sk_log(SK_ERROR, "no memory for metrics about the reload: those of before go on");
        return;
    }
    next->refs = 1;
    pthread_mutex_lock(&s->lock);
    old = s->about;
    s->about = next;
    pthread_mutex_unlock(&s->lock);
    put_about(s, old);
    sk_meter_wake(s->meter);
}

void sk_service_stop(struct sk_service *s, const struct sk_engine *e)
{
    if (!s)
        return;
    if (s->hub && e)
        answer(s, e, true);
    else if (s->hub)
        sk_hub_close(s->hub); /* a start that failed: it does not wait for the last snapshot */
    sk_meter_stop(s->meter);  /* it asks the web server for its counters */
    sk_web_stop(s->web);
    sk_hub_free(s->hub);
    sk_about_free(s->about);
    free(s->facts);
    free(s->meter_facts);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
