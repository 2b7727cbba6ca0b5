/* SPDX-License-Identifier: Apache-2.0 */
/* util.h - a generation from a rules text, an engine on a synth source, the alerts in a file. */
#pragma once
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/engine.h"
#include "source/synth.h"
#include "tests/unit/test.h"

#define OPENAT_X 307 /* fd, dirfd, name, flags, mode, dev, ino */

#define RULE(name, condition)                              \
    "- rule: " name "\n  desc: d\n  condition: " condition \
    "\n  output: num=%evt.num name=%evt.arg.name\n  priority: WARNING\n"

struct fix {
    struct sk_diag *dg;
    struct sk_conf *conf;
    struct sk_gen *gen;
    struct sk_outputs *outputs;
    struct sk_engine *engine;
    char path[64]; /* of the alerts */
    uint64_t ts_ns;
};

static char log_text[65536];
static bool replays; /* the source of the next engine is a replay */

static inline void log_keep(void *self, enum sk_level level, const char *text)
{
    size_t n = strlen(log_text);

    (void)self;
    snprintf(log_text + n, sizeof(log_text) - n, "%u %s\n", level, text);
}

static inline int fix_new(void **state)
{
    static unsigned turn;
    struct fix *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->dg = sk_diag_new();
    snprintf(f->path, sizeof(f->path), "/tmp/saker-engine-%d-%u", (int)getpid(), turn++);
    f->ts_ns = 1000000000ull * 1000;
    log_text[0] = '\0';
    replays = false;
    sk_log_to(log_keep, NULL);
    *state = f;
    return 0;
}

static inline int fix_free(void **state)
{
    struct fix *f = *state;

    sk_engine_free(f->engine);
    sk_outputs_free(f->outputs);
    sk_gen_free(f->gen);
    sk_conf_free(f->conf);
    sk_diag_free(f->dg);
    unlink(f->path);
    sk_log_to(NULL, NULL);
    free(f);
    return 0;
}

static inline void conf(struct fix *f, const char *text)
{
    struct sk_conf_input in = {.text = sk_str(text)};

    assert_int_equal(sk_conf_load(&in, &f->conf, f->dg), 0);
}

static inline int gen(struct fix *f, const char *rules)
{
    struct sk_gen_input in = {.conf = f->conf, .builtin_name = "rules", .builtin = sk_str(rules)};

    return sk_gen_new(&in, &f->gen, f->dg);
}

struct matches {
    const char *name;
    uint64_t n;
};

static inline void add_matches(void *self, const struct sk_rule_count *c)
{
    struct matches *m = self;

    if (!strcmp(c->name, m->name))
        m->n += sk_count_matches(c);
}

static inline uint64_t matches(const struct sk_engine_stats *st, const char *rule)
{
    struct matches m = {.name = rule};

    sk_counts_each(st->rules, add_matches, &m);
    return m.n;
}

/* An engine that is ready to take records. */
static inline void start(struct fix *f, const char *conf_text, const char *rules, uint64_t max_ns)
{
    static struct sk_source_ops replaying;
    const struct sk_conf to = {.file_name = f->path, .file_keep_alive = true};
    struct sk_sink_options sink = {.conf = &to, .unbuffered = true};
    struct sk_engine_options opt = {
        .hostname = "h", .host_root = "/nonexistent", .wake_fd = -1, .max_ns = max_ns};

    conf(f, conf_text);
    if (gen(f, rules))
        fail_msg("%s", sk_diag_text(f->dg, SK_DIAG_ERROR));
    sink.form = f->conf->json_output ? SK_FORM_JSON : SK_FORM_TEXT;
    assert_int_equal(sk_outputs_new(0, 2000, &f->outputs), 0);
    assert_int_equal(sk_outputs_add(f->outputs, &sk_sink_file, &sink, f->dg), 0);
    assert_int_equal(sk_outputs_start(f->outputs), 0);
    opt.gen = f->gen;
    opt.conf = f->conf;
    opt.outputs = f->outputs;
    opt.source = replays ? &replaying : &sk_source_synth;
    replaying = sk_source_synth;
    replaying.caps |= SK_SOURCE_REPLAYS;
    opt.source_opt.ring_bytes = 1 << 20;
    assert_int_equal(sk_engine_new(&opt, &f->engine, f->dg), 0);
}

/* One openat a second of event time. */
static inline int push_open(struct fix *f, const char *name)
{
    sk_auto(buf) struct sk_buf rec = SK_BUF(1 << 16);
    static struct sk_event_writer w;

    sk_event_write_begin(&w, &rec);
    sk_event_write_int(&w, 3, 8);
    sk_event_write_int(&w, (uint64_t)-100, 8);
    sk_event_write_text(&w, sk_str(name));
    sk_event_write_int(&w, 1, 4);
    sk_event_write_int(&w, 0, 4);
    sk_event_write_int(&w, 0, 4);
    sk_event_write_int(&w, 0, 8);
    assert_int_equal(sk_event_write_end(&w, OPENAT_X, f->ts_ns, 77), 0);
    f->ts_ns += 1000000000ull;
    return sk_synth_push(sk_engine_source(f->engine), rec.p, rec.n);
}

static inline void finish(struct fix *f)
{
    sk_synth_end(sk_engine_source(f->engine));
    assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
}

/* The alerts, after the outputs have ended. */
static inline const char *alerts(struct fix *f)
{
    static char *text;
    size_t n;

    sk_outputs_free(SK_TAKE(f->outputs));
    mem_freep(&text);
    return sk_read_file(f->path, 1 << 20, &text, &n) ? "" : text;
}

#define T(name) cmocka_unit_test_setup_teardown(name, fix_new, fix_free)
