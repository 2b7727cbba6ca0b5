/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c - opening a source and the loop around it: events, wake-ups, one tick a second. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "engine/run.h"
#include "source/procfs.h"

#define SK_EVENT_TMP_BYTES (4u << 20)
#define SK_FOLD_KEY_BYTES  (64u << 10)
#define SK_BATCH           1024
#define SECOND_NS          1000000000ull
#define SK_LATE_TURNS      64    /* full batches that may come before a second that is over */
#define SK_SETTLE_POLLS    65536 /* at the end: more than the largest rings hold in batches */
#define SK_SETTLE_EMPTY    250   /* empty ones, 2 ms apart, until what is missing is given up */

static int look_up(void *self, struct sk_state *st, uint32_t pid)
{
    return sk_procfs_read(((struct sk_engine *)self)->proc, pid, st);
}

static int make_state(struct sk_engine *e, struct sk_diag *dg)
{
    const struct sk_state_limits limits = {.threads = e->opt.conf->thread_table_size};
    const struct sk_state_ops ops = {
        .self = e,
        .lookup = look_up,
        .host_root = e->opt.host_root,
        .live = e->opt.source && (e->opt.source->caps & SK_SOURCE_LIVE),
    };
    int err = sk_state_new(&limits, &ops, &e->state);

    return err ? sk_err(dg, err, NULL, "no memory for the process table") : 0;
}

static int make_buffers(struct sk_engine *e)
{
    int err = sk_stage_new(e->opt.conf, e->opt.gen, sk_outputs_forms(e->opt.outputs), &e->own);

    if (err)
        return err;
    e->fold_key = SK_BUF(SK_FOLD_KEY_BYTES);
    e->tmp = sk_arena_new(SK_EVENT_TMP_BYTES);
    e->counts = sk_counts_new();
    if (!e->tmp || !e->counts || sk_blind_init(&e->blind))
        return -ENOMEM;
    return sk_engine_enter(e, e->own);
}

static int open_source(struct sk_engine *e, struct sk_diag *dg)
{
    const struct sk_source_ops *ops = e->opt.source;
    int err;

    if (!ops)
        return sk_record_begin(e, dg);
    e->source = calloc(1, ops->size);
    if (!e->source)
        return -ENOMEM;
    err = ops->open(e->source, &e->opt.source_opt, dg);
    if (err) {
        free(e->source);
        e->source = NULL;
        return err;
    }
    err = ops->apply(e->source, &e->capture, e->state, dg);
    return err ? err : sk_record_begin(e, dg);
}

int sk_engine_settled_fd(const struct sk_engine *e)
{
    const struct sk_source_ops *ops = e->opt.source;

    return ops && ops->settled_fd ? ops->settled_fd(e->source) : -1;
}

int sk_engine_new(const struct sk_engine_options *opt, struct sk_engine **out, struct sk_diag *dg)
{
    sk_auto(engine) struct sk_engine *e = calloc(1, sizeof(*e));
    sk_auto(mem) char *services = NULL;
    int err;

    if (!e)
        return -ENOMEM;
    e->opt = *opt;
    snprintf(e->proc, sizeof(e->proc), "%s/proc", opt->host_root);
    e->replays = opt->source && opt->source->caps & SK_SOURCE_REPLAYS;
    e->hostname = e->replays ? "" : opt->hostname;
    sk_drops_init(&e->drops, opt->conf);
    err = make_state(e, dg);
    if (!err)
        err = make_buffers(e);
    if (!err)
        sk_engine_capture(e, e->now, &e->capture);
    if (!err && asprintf(&services, "%s/etc/services", opt->host_root) < 0)
        err = -ENOMEM;
    if (err)
        return err;
    if (sk_services_read(services, &e->services))
        sk_log(SK_DEBUG, "no names of services: '%s' cannot be read", services);
    err = open_source(e, dg);
    if (err)
        return err;
    *out = SK_TAKE(e);
    return 0;
}

static void get_source_stats(const struct sk_engine *e, struct sk_source_stats *out)
{
    *out = (struct sk_source_stats){0};
    if (e->source)
        e->opt.source->stats(e->source, out);
}

void sk_engine_next_id(struct sk_engine *e)
{
    e->alert.id = e->opt.conf->json_id_property ? sk_outputs_next_id(e->opt.outputs) : 0;
}

bool sk_engine_note(struct sk_engine *e, const struct sk_alert_note *note)
{
    sk_engine_next_id(e);
    sk_alert_lines_note(&e->alert, note, &e->now->lines);
    return sk_engine_put(e, note->rule, note->priority, note->ts_ns);
}

bool sk_engine_put(struct sk_engine *e, const char *rule, enum sk_level priority, uint64_t ts_ns)
{
    const struct sk_sink_alert alert = {.forms = e->now->lines.line,
                                        .priority = priority,
                                        .id = e->alert.id,
                                        .ts_ns = ts_ns,
                                        .rule = sk_str(rule)};

    if (sk_outputs_push(e->opt.outputs, &alert))
        return true;
    if (sk_outputs_fatal(e->opt.outputs) && !e->error) {
        snprintf(e->why, sizeof(e->why),
                 "the queue of an output is full (outputs_queue.recovery: exit)");
        e->error = -ENOBUFS;
        e->stop = true;
    }
    return false;
}

/* Who was blind, since it was told last: texts for the log and, as JSON, for the alert. */
struct blind {
    struct sk_buf by_class, by_reason, by_cgroup;
};

/* By cgroup, what was lost since the last look. */
static void collect_blind(struct sk_engine *e, const struct sk_source_stats *before,
                          const struct sk_source_stats *now)
{
    const struct sk_source_ops *ops = e->opt.source;
    uint64_t lost = sk_drops_total(now) - sk_drops_total(before);

    if (lost && ops && ops->by_cgroup)
        sk_blind_add(&e->blind, e->blind.got, ops->by_cgroup(e->source, e->blind.got, SK_BLIND_MAX),
                     lost);
}

static void find_blind(struct sk_engine *e, struct blind *b)
{
    *b = (struct blind){SK_BUF(4096), SK_BUF(4096), SK_BUF(65536)};
    sk_drops_by_class(&e->drops.told, &e->drops.last, &b->by_class);
    sk_drops_by_reason(&e->drops.told, &e->drops.last, &b->by_reason);
    sk_blind_text(&e->blind, e->state, &b->by_cgroup);
}

static void blind_done(struct blind *b)
{
    sk_buf_done(&b->by_class);
    sk_buf_done(&b->by_reason);
    sk_buf_done(&b->by_cgroup);
}

static const char *quoted(struct sk_buf *text, struct sk_buf *out)
{
    sk_buf_addc(out, '"');
    sk_buf_add_json(out, sk_buf_str(text));
    sk_buf_addc(out, '"');
    return out->failed ? "\"\"" : out->p;
}

static void drops_alert(struct sk_engine *e, const struct sk_source_stats *before,
                        const struct sk_drops_report *r, struct blind *b, const char *text)
{
    sk_auto(buf) struct sk_buf by_class = SK_BUF(65536), by_cgroup = SK_BUF(400000),
                               by_reason = SK_BUF(65536);
    struct sk_drops_field field[SK_DROPS_FIELDS];
    struct sk_alert_kv kv[3 + SK_DROPS_FIELDS] = {
        {"drops_by_cgroup", quoted(&b->by_cgroup, &by_cgroup)},
        {"drops_by_class", quoted(&b->by_class, &by_class)},
        {"drops_by_reason", quoted(&b->by_reason, &by_reason)},
    };
    const struct sk_alert_note note = {
        .ts_ns = e->replays ? e->drops.last_ns : sk_now_ns(),
        .priority = SK_DEBUG,
        .rule = "Falco internal: syscall event drop",
        .message = text,
        .kv = kv,
        .nkv = SK_ARRAY_LEN(kv),
    };

    sk_drops_fields(before, &e->drops.last, r->events, r->lost, field);
    for (size_t i = 0; i < SK_DROPS_FIELDS; i++)
        kv[3 + i] = (struct sk_alert_kv){field[i].key, field[i].json};
    if (!sk_engine_note(e, &note))
        sk_log(SK_DEBUG, "the alert about lost events was itself dropped");
}

static void drops_act(struct sk_engine *e, const struct sk_source_stats *before,
                      const struct sk_drops_report *r)
{
    struct blind b;
    char text[128];

    snprintf(text, sizeof(text),
             "Falco internal: syscall event drop. %llu system calls dropped %s.",
             (unsigned long long)r->lost, r->late ? "since the last message" : "in last second");
    if (r->depleted)
        sk_log(SK_DEBUG, "Syscall event drop but token bucket depleted, skipping actions");
    if (r->actions & (SK_DROPS_LOG | SK_DROPS_ALERT)) {
        find_blind(e, &b);
        if (r->actions & SK_DROPS_LOG)
            sk_log(SK_DEBUG, "%s (by class: %s; by reason: %s; by cgroup: %s)", text,
                   sk_buf_str(&b.by_class).p, sk_buf_str(&b.by_reason).p,
                   sk_buf_str(&b.by_cgroup).p);
        if (r->actions & SK_DROPS_ALERT)
            drops_alert(e, r->late ? &e->drops.told : before, r, &b, text);
        blind_done(&b);
        sk_blind_told(&e->blind);
        sk_drops_told(&e->drops);
    }
    if (r->actions & SK_DROPS_EXIT) {
        sk_log(SK_CRITICAL, "%s", text);
        sk_log(SK_CRITICAL, "Exiting.");
        snprintf(e->why, sizeof(e->why), "Drop manager internal error");
        e->error = -ECANCELED;
        e->stop = true;
    }
}

void sk_engine_watch_drops(struct sk_engine *e, uint64_t now_ns)
{
    struct sk_source_stats before = e->drops.last, now;
    struct sk_drops_report r;

    get_source_stats(e, &now);
    if (!sk_drops_check(&e->drops, e->opt.conf, &now, now_ns, &r))
        return;
    if (e->opt.conf->drops_simulate)
        sk_log(SK_INFO, "Simulating syscall event drop");
    collect_blind(e, &before, &now);
    if (r.refill && e->opt.source->refill) {
        int n = e->opt.source->refill(e->source, e->state);

        e->stats.refills++;
        if (n < 0)
            sk_log(SK_WARNING, "cannot read the processes again after lost events: %s",
                   strerror(-n));
    }
    if (r.lost)
        drops_act(e, &before, &r);
}

/* At the end: what was not told because it was little, because of the limit of actions, or because the second
 * was not over. */
static void tell_rest(struct sk_engine *e)
{
    struct sk_source_stats before = e->drops.last;
    struct blind b;

    if (!e->source || !before.seen)
        return;
    get_source_stats(e, &e->drops.last);
    collect_blind(e, &before, &e->drops.last);
    if (sk_drops_total(&e->drops.last) == sk_drops_total(&e->drops.told))
        return;
    find_blind(e, &b);
    sk_log(SK_INFO, "Dropped and not told yet: %s; by reason: %s; by cgroup: %s",
           sk_buf_str(&b.by_class).p, sk_buf_str(&b.by_reason).p, sk_buf_str(&b.by_cgroup).p);
    blind_done(&b);
}

struct loop {
    int epoll, timer;
    int source; /* -1: the source has no descriptor: poll at once */
    uint64_t begin_ns;
    unsigned due; /* turns since a second was over that has not been looked at; 0: none */
};

/* how: 0, or EPOLLET. */
static int watch_fd(int epoll, int fd, uint32_t how)
{
    struct epoll_event ev = {.events = EPOLLIN | how, .data.fd = fd};

    return fd < 0 || !epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) ? 0 : -errno;
}

static int open_loop(struct sk_engine *e, struct loop *l)
{
    const struct itimerspec second = {{1, 0}, {1, 0}};
    int err;

    l->begin_ns = sk_boottime_ns();
    l->source = e->source ? e->opt.source->fd(e->source) : -1;
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll < 0)
        return -errno;
    l->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (l->timer < 0 || timerfd_settime(l->timer, 0, &second, NULL))
        return -errno;
    err = watch_fd(l->epoll, l->timer, 0);
    if (!err)
        err = watch_fd(l->epoll, e->opt.wake_fd, 0);
    /* Only when it becomes readable: a ring into which events flow always is, and the reader, which
     * has just taken what was there, would never sleep. */
    return err ? err : watch_fd(l->epoll, l->source, EPOLLET);
}

static void on_second(struct sk_engine *e, struct loop *l)
{
    uint64_t ticks, now = sk_boottime_ns();
    struct sk_outputs_stats ignored;

    l->due = 0;
    if (read(l->timer, &ticks, sizeof(ticks)) < 0)
        return;
    if (!e->replays)
        sk_engine_watch_drops(e, now);
    if (!e->replays)
        sk_engine_fold_tell(e, sk_now_ns());
    sk_engine_look(e, now);
    sk_outputs_get_stats(e->opt.outputs, &ignored); /* looks whether an output is stuck */
    /* Nothing may happen in a quiet scope: its clock is ours then. */
    if (e->opt.max_ns && (!e->source || l->source >= 0) && now - l->begin_ns >= e->opt.max_ns)
        e->stop = true;
}

static void on_wake(struct sk_engine *e)
{
    unsigned what = e->opt.wake(e->opt.wake_self);

    if (what & SK_WAKE_REOPEN)
        sk_outputs_reopen(e->opt.outputs);
    if (what & SK_WAKE_STOP)
        e->stop = true;
}

/* Alerts may come before the source is complete; what begins with it begins now. */
static void look_whole(struct sk_engine *e)
{
    sk_auto(diag) struct sk_diag *said =
        e->source && e->opt.source->complete ? sk_diag_new() : NULL;

    if (said && !e->opt.source->complete(e->source, said))
        return;
    e->whole = true;
    if (said && e->opt.source_opt.staged &&
        e->opt.source->apply(e->source, &e->capture, e->state, said))
        sk_warn(said, NULL, "not all events that are wanted are captured: %s",
                sk_diag_text(said, SK_DIAG_ERROR));
    if (e->opt.whole)
        e->opt.whole(e->opt.wake_self, said ? sk_diag_text(said, SK_DIAG_WARNING) : "");
    sk_engine_begin(e);
}

/* One wait and what it brought. busy: events may still be there, do not sleep. */
static int turn(struct sk_engine *e, struct loop *l, bool *busy)
{
    struct epoll_event ev[4];
    int n = epoll_wait(l->epoll, ev, SK_ARRAY_LEN(ev), *busy ? 0 : -1);

    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < n; i++) {
        if (ev[i].data.fd == l->timer)
            l->due = SK_MAX(l->due, 1u);
        else if (ev[i].data.fd == e->opt.wake_fd)
            on_wake(e);
    }
    if (e->stop)
        return 0;
    n = e->source ? e->opt.source->poll(e->source, SK_BATCH, sk_engine_event, e) : 0;
    if (n == -ENODATA) {
        e->stop = true;
        return 0;
    }
    if (SK_UNLIKELY(!e->whole))
        look_whole(e);
    if (SK_UNLIKELY(e->selftest.running) && n > 0)
        sk_engine_look(e, sk_boottime_ns());
    *busy = e->source && (n >= SK_BATCH || l->source < 0);
    /* After what waits: events that are lost are told with what those before them told. */
    if (l->due)
        l->due++;
    if (l->due && (!*busy || l->due > SK_LATE_TURNS))
        on_second(e, l);
    return n < 0 ? n : 0;
}

static bool has_all(const struct sk_engine *e)
{
    struct sk_source_stats s;

    get_source_stats(e, &s);
    return s.received + s.bad_records >= s.sent;
}

/* What the driver saw before the end is received before the end, so that the closing totals agree: it is
 * told to see nothing more, and its rings are read until they have been empty twice, a moment apart, and
 * nothing is missing: a program that was at work on another CPU has written its record by then, unless that
 * CPU is a virtual one that does not run just now. */
static void settle(struct sk_engine *e, struct sk_diag *dg)
{
    const struct sk_source_ops *ops = e->opt.source;
    struct sk_capture nothing = e->capture;
    int empty = 0;

    if (!e->source || !(ops->caps & SK_SOURCE_SCOPES))
        return;
    nothing.scope = SK_SCOPE_NONE;
    if (ops->apply(e->source, &nothing, NULL, dg))
        return;
    for (int i = 0; i < SK_SETTLE_POLLS && empty < SK_SETTLE_EMPTY; i++) {
        int n = ops->poll(e->source, SK_BATCH, sk_engine_event, e);

        if (n < 0)
            return;
        empty = n ? 0 : empty + 1;
        if (empty >= 2 && has_all(e))
            return;
        if (!n)
            usleep(2000);
    }
}

static int source_ended(struct sk_engine *e, int err, struct sk_diag *dg)
{
    const struct sk_source_ops *ops = e->opt.source;
    const char *why = ops && ops->error && e->source ? ops->error(e->source) : "";

    if (*why)
        return sk_err(dg, err, NULL, "%s", why);
    return sk_err(dg, err, NULL, "the event source '%s' ended: %s", ops ? ops->name : "none",
                  strerror(-err));
}

int sk_engine_run(struct sk_engine *e, struct sk_diag *dg)
{
    struct loop l = {-1, -1, -1, 0};
    bool busy = e->source;
    int err = open_loop(e, &l), ended;

    e->stop = false;
    if (!err)
        look_whole(e);
    /* What is lost from here on is told, though the first second may be long in coming. */
    if (!e->replays)
        sk_engine_watch_drops(e, l.begin_ns);
    while (!err && !e->stop)
        err = turn(e, &l, &busy);
    if (!err)
        settle(e, dg);
    tell_rest(e);
    sk_engine_fold_tell(e, UINT64_MAX);
    fd_freep(&l.epoll);
    fd_freep(&l.timer);
    ended = sk_record_end(e);
    if (err)
        return source_ended(e, err, dg);
    if (e->error)
        return sk_err(dg, e->error, NULL, "%s", e->why);
    if (ended)
        return sk_err(dg, ended, NULL, "the recording %s is not complete: %s", e->record.path,
                      strerror(-ended));
    return 0;
}

void sk_engine_get_stats(const struct sk_engine *e, struct sk_engine_stats *out)
{
    *out = e->stats;
    out->rules = e->counts;
    out->drops_detected = e->drops.detected;
    out->drop_actions = e->drops.actions;
    get_source_stats(e, &out->source);
}

void *sk_engine_source(struct sk_engine *e)
{
    return e->source;
}

void sk_engine_free(struct sk_engine *e)
{
    if (!e)
        return;
    (void)sk_record_end(e);
    sk_selftest_done(&e->selftest);
    if (e->source) {
        e->opt.source->close(e->source);
        free(e->source);
    }
    sk_stage_free(e->own);
    sk_counts_free(e->counts);
    sk_state_free(e->state);
    sk_services_free(e->services);
    sk_arena_free(e->tmp);
    sk_fold_free(e->fold);
    sk_blind_done(&e->blind);
    sk_buf_done(&e->fold_key);
    free(e);
}

void engine_freep(struct sk_engine **e)
{
    sk_engine_free(*e);
    *e = NULL;
}
