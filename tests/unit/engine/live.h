/* SPDX-License-Identifier: Apache-2.0 */
/* live.h - an engine on a source that says of itself that it is live, and tells what the self-test's
 * child did, or does not. */
#pragma once
#include "engine/run.h"
#include "tests/unit/engine/util.h"

#define CHDIR_X    95
#define PROCEXIT_E 186

static struct live {
    struct sk_engine *engine;
    bool mute;    /* the child's events do not come */
    bool strange; /* a stranger's do */
    int admit;
    struct sk_source_stats stats;
    unsigned ready, rounds;
    struct sk_capture cap;
} live;

static int live_open(void *self, const struct sk_source_options *opt, struct sk_diag *dg)
{
    (void)self, (void)opt, (void)dg;
    return 0;
}

static int live_apply(void *self, const struct sk_capture *cap, struct sk_state *st,
                      struct sk_diag *dg)
{
    (void)self, (void)st, (void)dg;
    live.cap = *cap;
    return 0;
}

static int live_fd(void *self)
{
    (void)self;
    return -1;
}

static int live_admit(void *self, uint32_t pid)
{
    (void)self, (void)pid;
    return live.admit;
}

static void live_stats(void *self, struct sk_source_stats *out)
{
    (void)self;
    *out = live.stats;
}

static void live_close(void *self)
{
    (void)self;
}

/* What a process with this number and name did. */
static int tell(uint16_t type, uint32_t vtid, const char *comm, sk_event_fn *fn, void *fn_self)
{
    struct sk_x_task task = {.vtid = vtid};
    struct sk_event ev = {.info = &sk_events[type], .type = type, .ts_ns = 5, .task = &task};

    memcpy(task.comm, comm, sizeof(task.comm));
    return fn(fn_self, &ev);
}

static int live_poll(void *self, unsigned max, sk_event_fn *fn, void *fn_self)
{
    const struct sk_selftest *t = &live.engine->selftest;
    char other[SK_COMM_MAX] = "other";
    int n = 0;

    (void)self, (void)max;
    if (live.rounds >= 20)
        return 0;
    usleep(1000);
    if (t->running && !live.mute) {
        (void)tell(CHDIR_X, t->vtid, t->comm, fn, fn_self);
        (void)tell(PROCEXIT_E, t->vtid, t->comm, fn, fn_self);
        n += 2;
    }
    if (live.strange) {
        (void)tell(CHDIR_X, t->vtid, other, fn, fn_self);
        (void)tell(CHDIR_X, t->vtid + 1, t->comm, fn, fn_self);
        n += 2;
    }
    if (++live.rounds >= 20)
        live.engine->stop = true;
    return n;
}

static const struct sk_source_ops live_source = {
    .name = "live",
    .caps = SK_SOURCE_LIVE | SK_SOURCE_SCOPES,
    .size = 4,
    .open = live_open,
    .apply = live_apply,
    .fd = live_fd,
    .poll = live_poll,
    .admit = live_admit,
    .stats = live_stats,
    .close = live_close,
};

static void live_ready(void *self)
{
    (void)self;
    live.ready++;
}

/* Ready to run; nothing has been tested yet. */
static inline void open_live(struct fix *f, const char *conf_text)
{
    const struct sk_conf to = {.file_name = f->path, .file_keep_alive = true};
    const struct sk_sink_options sink = {.conf = &to, .unbuffered = true};
    struct sk_engine_options opt = {.hostname = "h",
                                    .host_root = "/nonexistent",
                                    .wake_fd = -1,
                                    .source = &live_source,
                                    .ready = live_ready};

    live = (struct live){0};
    conf(f, conf_text);
    assert_int_equal(gen(f, RULE("Any", "evt.type in (chdir, procexit)")), 0);
    assert_int_equal(sk_outputs_new(0, 2000, &f->outputs), 0);
    assert_int_equal(sk_outputs_add(f->outputs, &sk_sink_file, &sink, f->dg), 0);
    assert_int_equal(sk_outputs_start(f->outputs), 0);
    opt.gen = f->gen;
    opt.conf = f->conf;
    opt.outputs = f->outputs;
    assert_int_equal(sk_engine_new(&opt, &f->engine, f->dg), 0);
    live.engine = f->engine;
}
