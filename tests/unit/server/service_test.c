/* SPDX-License-Identifier: Apache-2.0 */
#include "server/service.h"

#include <pthread.h>
#include <stdatomic.h>

#include "source/synth.h"
#include "tests/unit/server/made.h"

static void refused(const char *conf, const char *why)
{
    struct made m = made_of(conf);

    assert_int_equal(sk_service_check(m.conf, m.dg), -EINVAL);
    assert_string_equal(sk_diag_text(m.dg, SK_DIAG_ERROR), why);
    made_free(&m);
}

static void metrics_that_cannot_work_are_refused_in_falcos_words(void **state)
{
    static const char interval[] =
        "Metrics interval must have a minimum value of 100ms and reflect a Prometheus compliant time "
        "duration format: "
        "https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations. \n";
    static const char none[] =
        "Metrics are enabled with no output configured. Please enable at least one output channel "
        "('metrics.output_rule', 'metrics.output_file' or 'webserver.prometheus_metrics_enabled')\n";

    (void)state;
    refused("metrics: {enabled: true, interval: 99ms, output_rule: true}", interval);
    refused("metrics: {enabled: true, interval: 5000, output_rule: true}", interval);
    refused("metrics: {enabled: true, interval: '', output_rule: true}", interval);
    refused("metrics: {enabled: true, interval: 1h}", none);
}

static void metrics_that_work_or_are_off_are_not_refused(void **state)
{
    static const char *const good[] = {
        "{}", "metrics: {enabled: false, interval: x}",
        "metrics: {enabled: true, interval: 100ms, output_rule: true}",
        "metrics: {enabled: true, interval: 1h, output_file: /x}",
        "metrics: {enabled: true, interval: 1h}\nwebserver: {prometheus_metrics_enabled: true}"};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(good); i++) {
        struct made m = made_of(good[i]);

        assert_int_equal(sk_service_check(m.conf, m.dg), 0);
        made_free(&m);
    }
}

struct run {
    struct sk_service *service;
    struct sk_engine *engine;
    uint16_t port;
    atomic_bool end; /* set before the last question */
};

/* The event thread: answers, reloads, ends. */
static unsigned on_wake(void *self)
{
    struct run *r = self;

    sk_service_answer(r->service, r->engine);
    return atomic_load(&r->end) ? SK_WAKE_STOP : 0;
}

static char *ask(uint16_t port)
{
    return ask_fd(dial(port), "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

static void *ask_twice(void *self)
{
    struct run *r = self;

    free(ask(r->port));
    atomic_store(&r->end, true);
    return ask(r->port);
}

static void scrapes_and_snapshots_are_answered_by_the_event_thread(void **state)
{
    const uint16_t port = free_port();
    char conf[512], path[] = "/tmp/saker-service-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    close(fd);
    snprintf(conf, sizeof(conf),
             "metrics: {enabled: true, interval: 1h, output_file: %s}\n"
             "webserver: {enabled: true, listen_port: %u, threadiness: 1, "
             "prometheus_metrics_enabled: true}\n",
             path, port);
    struct made m = made_of(conf);
    struct run r = {.port = port};
    const struct sk_service_options opt = {.conf = m.conf,
                                           .gen = m.gen,
                                           .hostname = "h",
                                           .host_root = "",
                                           .versions = "{}",
                                           .start_ns = sk_now_ns(),
                                           .serve = true};
    assert_int_equal(sk_service_start(&opt, &r.service, m.dg), 0);
    struct sk_engine_options eo = {.gen = m.gen,
                                   .conf = m.conf,
                                   .source = NULL,
                                   .hostname = "h",
                                   .host_root = "",
                                   .wake_fd = sk_service_fd(r.service),
                                   .wake = on_wake,
                                   .wake_self = &r};
    assert_int_equal(sk_outputs_new(0, 100, &eo.outputs), 0);
    assert_int_equal(sk_engine_new(&eo, &r.engine, m.dg), 0);
    pthread_t asker;
    void *text = NULL;
    assert_int_equal(pthread_create(&asker, NULL, ask_twice, &r), 0);
    assert_int_equal(sk_engine_run(r.engine, m.dg), 0);
    pthread_join(asker, &text);
    assert_non_null(strstr(text, "HTTP/1.1 200 "));
    assert_non_null(strstr(text, "\nfalcosecurity_scap_engine_name_info{engine_name=\"nodriver\""));
    free(text);
    sk_service_reloaded(r.service, m.conf, m.gen);
    sk_service_reloaded(r.service, NULL, NULL);
    sk_service_stop(r.service, r.engine);
    sk_engine_free(r.engine);
    sk_outputs_free(eo.outputs);
    sk_auto(mem) char *line = NULL;
    size_t n;
    assert_int_equal(sk_read_file(path, 1u << 20, &line, &n), 0);
    assert_non_null(strstr(line, "\"scap.engine_name\":\"nodriver\""));
    unlink(path);
    made_free(&m);
}

static void without_metrics_there_is_nothing_to_answer(void **state)
{
    struct made m = made_of("{}");
    const struct sk_service_options opt = {
        .conf = m.conf, .gen = m.gen, .hostname = "h", .versions = ""};
    struct sk_service *s = NULL;

    (void)state;
    assert_int_equal(sk_service_start(&opt, &s, m.dg), 0);
    assert_int_equal(sk_service_fd(s), -1);
    sk_service_reloaded(s, m.conf, m.gen);
    sk_service_stop(s, NULL);
    made_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(metrics_that_cannot_work_are_refused_in_falcos_words),
        T(metrics_that_work_or_are_off_are_not_refused),
        T(scrapes_and_snapshots_are_answered_by_the_event_thread),
        T(without_metrics_there_is_nothing_to_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
