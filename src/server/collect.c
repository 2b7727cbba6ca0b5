/* SPDX-License-Identifier: Apache-2.0 */
/* collect.c - one function a group of rows; see collect.h. */
#include "server/collect.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "engine/version.h"
#include "metrics/host.h"

#define SECOND_NS 1000000000ull

static double tenths(double v)
{
    return (double)(uint64_t)(v * 10 + 0.5) / 10;
}

/* A text that is its own label. */
static struct sk_metric *info(struct sk_metrics *m, enum sk_metric_id id, const char *label,
                              const char *text)
{
    struct sk_metric *s = sk_metric_text(m, id, text);

    sk_metric_label(m, s, label, text);
    return s;
}

static void add_files(const struct sk_about_file *f, size_t n, enum sk_metric_id id,
                      struct sk_metrics *m)
{
    for (size_t i = 0; i < n; i++) {
        struct sk_metric *s = sk_metric_text(m, id, f[i].sha256);

        sk_metric_part(m, s, sk_metric_name(m, f[i].name));
        sk_metric_label(m, s, "file_name", f[i].name);
        sk_metric_label(m, s, "sha256", f[i].sha256);
    }
}

static void add_names(const struct sk_collect *in, struct sk_metrics *m)
{
    struct utsname u;

    info(m, SK_METRIC_VERSION, "version", SK_FALCO_VERSION);
    info(m, SK_METRIC_SAKER_BUILD, "version", SAKER_VERSION);
    info(m, SK_METRIC_HOSTNAME, "hostname", in->hostname);
    if (!uname(&u))
        info(m, SK_METRIC_KERNEL_RELEASE, "kernel_release", u.release);
    sk_metric_text(m, SK_METRIC_SOURCE, "syscall");
    if (in->facts->engine_name)
        sk_metric_label(m, info(m, SK_METRIC_ENGINE_NAME, "engine_name", in->facts->engine_name),
                        "evt_source", "syscall");
    add_files(in->about->rules, in->about->nrules, SK_METRIC_SHA_RULES, m);
    add_files(in->about->config, in->about->nconfig, SK_METRIC_SHA_CONFIG, m);
}

static void add_times(const struct sk_collect *in, struct sk_metrics *m)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    sk_metric_u64(m, SK_METRIC_TIME, in->now_ns);
    sk_metric_u64(m, SK_METRIC_START_TS, in->start_ns);
    sk_metric_u64(m, SK_METRIC_RELOAD_TS, in->about->loaded_ns);
    sk_metric_u64(m, SK_METRIC_BOOT_TS, in->boot_ns);
    sk_metric_u64(m, SK_METRIC_DURATION,
                  in->now_ns > in->start_ns ? (in->now_ns - in->start_ns) / SECOND_NS : 0);
    sk_metric_u64(m, SK_METRIC_CPUS, cpus > 0 ? (uint64_t)cpus : 0);
}

static void add_output(const struct sk_output_stat *st, struct sk_metrics *m)
{
    const struct {
        enum sk_metric_id id;
        uint64_t value;
    } row[] = {
        {SK_METRIC_OUT_QUEUED, st->queued},       {SK_METRIC_OUT_DELIVERED, st->delivered},
        {SK_METRIC_OUT_RETRIED, st->retried},     {SK_METRIC_OUT_FAILED, st->failed},
        {SK_METRIC_OUT_DROPPED, st->dropped},     {SK_METRIC_OUT_WAITING, st->waiting},
        {SK_METRIC_OUT_BYTES, st->waiting_bytes}, {SK_METRIC_OUT_SPOOLED, st->spooled},
    };

    for (size_t i = 0; i <= SK_ARRAY_LEN(row); i++) {
        struct sk_metric *s =
            i < SK_ARRAY_LEN(row)
                ? sk_metric_u64(m, row[i].id, row[i].value)
                : sk_metric_double(m, SK_METRIC_OUT_LAST_OK, (double)st->last_ok_ns / 1e9);

        sk_metric_part(m, s, sk_metric_name(m, st->name));
        sk_metric_label(m, s, "kind", st->kind);
        sk_metric_label(m, s, "output", st->name);
    }
}

/* For Prometheus by priority, as one field. */
static void add_shed(const struct sk_output_stat *st, bool fields, struct sk_metrics *m)
{
    uint64_t sum = 0;

    for (int p = 0; p < SK_LEVEL_N; p++) {
        sum += st->shed[p];
        if (fields)
            continue;
        struct sk_metric *s = sk_metric_u64(m, SK_METRIC_OUT_SHED, st->shed[p]);
        sk_metric_label(m, s, "kind", st->kind);
        sk_metric_label(m, s, "output", st->name);
        sk_metric_label(m, s, "priority", sk_level_name((enum sk_level)p));
    }
    if (fields)
        sk_metric_part(m, sk_metric_u64(m, SK_METRIC_OUT_SHED, sum), sk_metric_name(m, st->name));
}

static void add_outputs(const struct sk_collect *in, struct sk_metrics *m)
{
    struct sk_outputs_stats all = {0};

    if (in->outputs)
        sk_outputs_get_stats(in->outputs, &all);
    sk_metric_u64(m, SK_METRIC_QUEUE_DROPS, all.dropped);
    for (size_t i = 0; in->outputs; i++) {
        struct sk_output_stat st;

        if (!sk_outputs_stat(in->outputs, i, &st))
            break;
        add_output(&st, m);
        add_shed(&st, in->before, m);
    }
}

static void add_reloads(const struct sk_collect *in, struct sk_metrics *m)
{
    sk_metric_label(m, sk_metric_u64(m, SK_METRIC_RELOADS, in->reloads_failed), "result", "failed");
    sk_metric_label(m, sk_metric_u64(m, SK_METRIC_RELOADS, in->reloads), "result", "ok");
}

static void add_web(const struct sk_web_stats *w, struct sk_metrics *m)
{
    sk_metric_u64(m, SK_METRIC_WEB_REQUESTS, w->requests);
    sk_metric_u64(m, SK_METRIC_WEB_CONNECTIONS, w->connections);
    sk_metric_u64(m, SK_METRIC_WEB_ACCEPTED, w->accepted);
    sk_metric_u64(m, SK_METRIC_WEB_EVICTED, w->evicted);
    sk_metric_u64(m, SK_METRIC_WEB_EXPIRED, w->expired);
}

struct rules {
    const struct sk_collect *in;
    struct sk_metrics *m;
};

static void add_matches(const struct rules *r, const struct sk_rule_count *c, uint64_t matches)
{
    struct sk_metric *s = sk_metric_u64(r->m, SK_METRIC_RULE_MATCHES, matches);
    char priority[16];

    sk_metric_part(r->m, s, sk_metric_name(r->m, c->name));
    if (r->in->before)
        return;
    snprintf(priority, sizeof(priority), "%d", (int)c->priority);
    sk_metric_label(r->m, s, "priority", priority);
    sk_metric_label(r->m, s, "rule_name", c->name);
    sk_metric_label(r->m, s, "source", c->source);
    for (size_t i = 0; i < c->ntags; i++) {
        char name[256];

        snprintf(name, sizeof(name), "tag_%s", c->tags[i]);
        sk_metric_label(r->m, s, name, "true");
    }
}

static void add_rule(void *self, const struct sk_rule_count *c)
{
    const struct rules *r = self;
    const uint64_t matches = sk_count_matches(c),
                   asked = atomic_load_explicit(&c->cost.asked, memory_order_relaxed),
                   ns = atomic_load_explicit(&c->cost.time_ns, memory_order_relaxed);

    if (matches || r->in->before)
        add_matches(r, c, matches);
    if (r->in->before || !asked)
        return;
    sk_metric_label(r->m, sk_metric_u64(r->m, SK_METRIC_SAKER_ASKED, asked), "rule_name", c->name);
    sk_metric_label(
        r->m,
        sk_metric_double(r->m, SK_METRIC_SAKER_RULE_TIME, (double)ns * SK_COUNTS_TIMED_OF / 1e9),
        "rule_name", c->name);
}

static void add_rules(const struct sk_collect *in, struct sk_metrics *m)
{
    const struct sk_engine_stats *st = &in->facts->st;
    struct rules r = {in, m};

    sk_metric_u64(m, SK_METRIC_MATCHES, st->alerts);
    for (int p = 0; p < SK_LEVEL_N; p++)
        sk_metric_label(m, sk_metric_u64(m, SK_METRIC_SAKER_ALERTS, st->by_priority[p]), "priority",
                        sk_level_name((enum sk_level)p));
    sk_metric_u64(m, SK_METRIC_SAKER_FOLDED, st->folded);
    sk_metric_u64(m, SK_METRIC_SAKER_SUMMARIES, st->summaries);
    sk_metric_u64(m, SK_METRIC_SAKER_CUT, st->cut_alerts);
    if (!st->rules)
        return;
    sk_metric_u64(m, SK_METRIC_SAKER_OTHER_MATCHES, sk_counts_others(st->rules));
    sk_counts_each(st->rules, add_rule, &r);
}

static void add_state(const struct sk_facts *f, struct sk_metrics *m)
{
    static const enum sk_metric_id never[] = {
        SK_METRIC_FDS,       SK_METRIC_FD_NONCACHED,  SK_METRIC_FD_CACHED, SK_METRIC_FD_FAILED,
        SK_METRIC_FD_ADDED,  SK_METRIC_FD_REMOVED,    SK_METRIC_STORED,    SK_METRIC_STORE_DROPS,
        SK_METRIC_RETRIEVED, SK_METRIC_RETRIEVE_DROPS};
    const struct sk_state_stats *s = &f->state;

    for (size_t i = 0; i < SK_ARRAY_LEN(never); i++)
        sk_metric_u64(m, never[i], 0);
    sk_metric_u64(m, SK_METRIC_THREADS, s->threads);
    sk_metric_u64(m, SK_METRIC_TH_NONCACHED, s->lookups);
    sk_metric_u64(m, SK_METRIC_TH_CACHED,
                  f->st.events > s->lookups ? f->st.events - s->lookups : 0);
    sk_metric_u64(m, SK_METRIC_TH_FAILED, s->lookup_misses);
    sk_metric_u64(m, SK_METRIC_TH_ADDED, s->added);
    sk_metric_u64(m, SK_METRIC_TH_REMOVED, s->removed);
    sk_metric_u64(m, SK_METRIC_TH_FULL, s->evicted);
    sk_metric_u64(m, SK_METRIC_SAKER_PROCS, s->procs);
    sk_metric_u64(m, SK_METRIC_SAKER_IMAGES, s->images);
    sk_metric_u64(m, SK_METRIC_SAKER_STATE_BYTES, s->bytes);
    sk_metric_u64(m, SK_METRIC_SAKER_FAKE, s->fake);
    sk_metric_u64(m, SK_METRIC_SAKER_REPAIRED, s->repaired);
    sk_metric_u64(m, SK_METRIC_SAKER_REFILLS, f->st.refills);
}

static void add_buffer(struct sk_metrics *m, const char *drop, const char *dir, uint64_t n)
{
    struct sk_metric *s = sk_metric_u64(m, SK_METRIC_BUFFER, n);
    char part[64];

    snprintf(part, sizeof(part), "%s_%s", drop, dir);
    sk_metric_part(m, s, part);
    sk_metric_label(m, s, "dir", dir);
    sk_metric_label(m, s, "drop", drop);
}

/* Falco has no other word for what found no room in a ring. */
static uint64_t of_buffer(const struct sk_source_stats *st, int klass)
{
    return st->drops[klass][SK_DROP_RING_FULL] + st->drops[klass][SK_DROP_OVER_SHARE];
}

/* Which of Falco's kinds a class of ours belongs to. */
static void add_buffers(const struct sk_collect *in, struct sk_metrics *m)
{
    static const struct {
        const char *drop;
        int klass;
        bool field; /* an enter counter that Falco still has as a field */
        bool enter;
    } row[] = {{"clone_fork", SK_CLASS_FORK, false, true},  {"execve", SK_CLASS_EXEC, false, true},
               {"connect", SK_CLASS_CONNECT, true, true},   {"open", SK_CLASS_OPEN, true, true},
               {"dir_file", SK_CLASS_DIRFILE, false, true}, {"other_interest", -1, false, true},
               {"close", SK_CLASS_CLOSE, false, false},     {"proc", SK_CLASS_EXIT, false, false}};
    const struct sk_source_stats *st = &in->facts->st.source;
    uint64_t others = 0, sum = 0;

    for (int c = 0; c < SK_CLASS_N; c++)
        others += of_buffer(st, c);
    sum = others;
    for (size_t i = 0; i < SK_ARRAY_LEN(row); i++)
        others -= row[i].klass < 0 ? 0 : of_buffer(st, row[i].klass);
    sk_metric_u64(m, SK_METRIC_BUFFER_TOTAL, sum);
    for (size_t i = 0; i < SK_ARRAY_LEN(row); i++) {
        add_buffer(m, row[i].drop, "exit", row[i].klass < 0 ? others : of_buffer(st, row[i].klass));
        if (in->before ? row[i].field : row[i].enter)
            add_buffer(m, row[i].drop, "enter", 0);
    }
}

static void add_drops(const struct sk_source_stats *st, struct sk_metrics *m)
{
    for (int c = 0; c < SK_CLASS_N; c++) {
        for (int why = 0; why < SK_DROP_N; why++) {
            struct sk_metric *s = sk_metric_u64(m, SK_METRIC_SAKER_DROPS, st->drops[c][why]);

            sk_metric_label(m, s, "class", sk_classes[c].name);
            sk_metric_label(m, s, "reason", sk_drop_names[why]);
        }
    }
}

/* What became of the events of each kind. */
static void add_events(const struct sk_facts *f, struct sk_metrics *m)
{
    for (size_t i = 0; i < f->nevents; i++) {
        const struct sk_event_stats *e = &f->event[i];
        const struct {
            const char *name;
            uint64_t n;
        } row[] = {{"filtered", e->filtered}, {"sent", e->sent}, {"dropped", e->dropped}};

        for (size_t k = 0; k < SK_ARRAY_LEN(row); k++) {
            struct sk_metric *s = sk_metric_u64(m, SK_METRIC_SAKER_KINDS, row[k].n);

            sk_metric_label(m, s, "event", sk_events[e->code].name);
            sk_metric_label(m, s, "outcome", row[k].name);
        }
    }
}

static void add_kernel(const struct sk_collect *in, struct sk_metrics *m)
{
    const struct sk_engine_stats *st = &in->facts->st;
    uint64_t long_ones = 0;

    for (int c = 0; c < SK_CLASS_N; c++)
        long_ones += st->source.drops[c][SK_DROP_TOO_LONG];
    sk_metric_u64(m, SK_METRIC_SCAP_EVENTS, st->source.seen);
    sk_metric_u64(m, SK_METRIC_SCAP_DROPS, sk_drops_total(&st->source));
    sk_metric_u64(m, SK_METRIC_SCRATCH, long_ones);
    sk_metric_u64(m, SK_METRIC_SAKER_SENT, st->source.sent);
    sk_metric_u64(m, SK_METRIC_SAKER_FAULTS, st->source.faults);
    sk_metric_u64(m, SK_METRIC_SAKER_BAD, st->source.bad_records);
    sk_metric_u64(m, SK_METRIC_SAKER_DETECTED, st->drops_detected);
    sk_metric_u64(m, SK_METRIC_SAKER_ACTIONS, st->drop_actions);
    add_buffers(in, m);
    add_drops(&st->source, m);
    add_events(in->facts, m);
}

static void add_cpus(const struct sk_facts *f, struct sk_metrics *m)
{
    const long present = sysconf(_SC_NPROCESSORS_CONF);

    for (size_t i = 0; i < f->ncpus; i++) {
        if ((long)f->cpu[i].cpu >= present && !f->cpu[i].seen)
            continue; /* a CPU that could be plugged in */
        struct sk_metric *seen = sk_metric_u64(m, SK_METRIC_CPU_EVENTS, f->cpu[i].seen);
        struct sk_metric *drops = sk_metric_u64(m, SK_METRIC_CPU_DROPS, f->cpu[i].drops);
        char cpu[16];

        snprintf(cpu, sizeof(cpu), "%u", f->cpu[i].cpu);
        sk_metric_part(m, seen, cpu);
        sk_metric_label(m, seen, "cpu", cpu);
        sk_metric_part(m, drops, cpu);
        sk_metric_label(m, drops, "cpu", cpu);
    }
}

static void add_progs(const struct sk_facts *f, struct sk_metrics *m)
{
    for (size_t i = 0; i < f->nprogs; i++) {
        const struct sk_prog_stats *p = &f->prog[i];

        sk_metric_part(m, sk_metric_u64(m, SK_METRIC_PROG_RUNS, p->runs), p->name);
        sk_metric_part(m, sk_metric_u64(m, SK_METRIC_PROG_TIME, p->time_ns), p->name);
        sk_metric_part(m,
                       sk_metric_u64(m, SK_METRIC_PROG_AVERAGE, p->runs ? p->time_ns / p->runs : 0),
                       p->name);
    }
}

/* Differences to the snapshot before. */
static void add_rates(const struct sk_collect *in, struct sk_metrics *m)
{
    struct sk_collect_before *b = in->before;
    const struct sk_source_stats *src = &in->facts->st.source;
    const uint64_t drops = sk_drops_total(src), events = in->facts->st.events;
    const double s =
        b->time_ns && in->now_ns > b->time_ns ? (double)(in->now_ns - b->time_ns) / 1e9 : 0;

    sk_metric_u64(m, SK_METRIC_EVENTS_PREV, b->events);
    if (b->events && s > 0)
        sk_metric_double(m, SK_METRIC_EVENTS_RATE, tenths((double)(events - b->events) / s));
    sk_metric_double(m, SK_METRIC_DROPS_PERC,
                     src->seen > b->seen
                         ? 100.0 * (double)(drops - b->drops) / (double)(src->seen - b->seen)
                         : 0);
    if (in->facts->live && in->about->group[SK_METRICS_KERNEL]) {
        sk_metric_u64(m, SK_METRIC_SCAP_EVENTS_PREV, b->seen);
        sk_metric_u64(m, SK_METRIC_SCAP_DROPS_PREV, b->drops);
        sk_metric_double(m, SK_METRIC_SCAP_RATE,
                         s > 0 ? tenths((double)(src->seen - b->seen) / s) : 0);
        sk_metric_double(m, SK_METRIC_SCAP_DROP_RATE,
                         s > 0 ? tenths((double)(drops - b->drops) / s) : 0);
    }
    *b = (struct sk_collect_before){in->now_ns, events, src->seen, drops};
}

static void add_base(const struct sk_collect *in, struct sk_metrics *m)
{
    add_names(in, m);
    add_times(in, m);
    sk_metric_u64(m, SK_METRIC_EVENTS, in->facts->st.events);
    add_outputs(in, m);
    add_reloads(in, m);
    if (in->web)
        add_web(in->web, m);
    if (!in->before)
        return;
    add_rates(in, m);
    sk_host_addresses(m);
}

void sk_collect(const struct sk_collect *in, struct sk_metrics *m)
{
    const bool *want = in->about->group;
    const struct sk_host_options host = {
        .root = in->host_root,
        .self = "/proc/self",
        .memory_file = getenv("FALCO_CGROUP_MEM_PATH"),
        .uptime_s = in->now_ns > in->start_ns ? (double)(in->now_ns - in->start_ns) / 1e9 : 0,
    };

    add_base(in, m);
    if (want[SK_METRICS_RULES])
        add_rules(in, m);
    if (want[SK_METRICS_RESOURCES])
        sk_host_resources(&host, m);
    if (want[SK_METRICS_STATE])
        add_state(in->facts, m);
    if (!in->facts->live)
        return;
    if (want[SK_METRICS_KERNEL])
        add_kernel(in, m);
    if (want[SK_METRICS_PER_CPU])
        add_cpus(in->facts, m);
    if (want[SK_METRICS_LIBBPF])
        add_progs(in->facts, m);
}
