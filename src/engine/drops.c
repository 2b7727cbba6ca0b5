/* SPDX-License-Identifier: Apache-2.0 */
/* drops.c - counts what was lost in the last second and decides, by a token bucket, whether to
 * speak.
 *
 * The process table is repaired after every loss, whatever the configuration says about speaking.
 */
#include "engine/drops.h"

#include "engine/engine.h"

#define SECOND_NS 1000000000ull
#define CHECK_NS  900000000ull /* a tick a second, which may come a little early */

uint64_t sk_drops_total(const struct sk_source_stats *st)
{
    uint64_t n = 0;

    for (size_t c = 0; c < SK_CLASS_MAX; c++) {
        for (size_t why = 0; why < SK_DROP_N; why++)
            n += st->drops[c][why];
    }
    return n;
}

void sk_drops_init(struct sk_drops *d, const struct sk_conf *conf)
{
    *d = (struct sk_drops){.tokens = conf->drops_burst};
}

static bool take_token(struct sk_drops *d, const struct sk_conf *conf, uint64_t elapsed_ns)
{
    d->tokens += conf->drops_rate * ((double)elapsed_ns / (double)SECOND_NS);
    d->tokens = SK_MIN(d->tokens, conf->drops_burst);
    if (d->tokens < 1)
        return false;
    d->tokens -= 1;
    return true;
}

bool sk_drops_check(struct sk_drops *d, const struct sk_conf *conf,
                    const struct sk_source_stats *now, uint64_t now_ns, struct sk_drops_report *out)
{
    uint64_t elapsed = now_ns - d->last_ns;
    struct sk_drops_report r = {0};
    double threshold = conf->drops_simulate ? 0 : conf->drops_threshold;

    if (!d->last_ns) { /* the first look: from now on */
        d->last_ns = now_ns;
        d->last = *now;
        return false;
    }
    if (now_ns < d->last_ns || elapsed < CHECK_NS)
        return false;
    r.events = now->seen - d->last.seen;
    r.lost = sk_drops_total(now) - sk_drops_total(&d->last);
    r.refill = r.lost > 0;
    if (conf->drops_simulate) {
        r.lost++;
        r.events = SK_MAX(r.events, (uint64_t)1);
    }
    d->last_ns = now_ns;
    d->last = *now;
    if (r.lost && r.events && (double)r.lost / (double)r.events > threshold) {
        d->detected++;
        if (take_token(d, conf, elapsed)) {
            d->actions++;
            r.actions = conf->drop_actions;
        } else {
            r.depleted = true;
        }
    }
    *out = r;
    return true;
}

static uint64_t by_class(const struct sk_source_stats *a, const struct sk_source_stats *b,
                         int klass, enum sk_drop why)
{
    return b->drops[klass][why] - a->drops[klass][why];
}

/* Falco has no other word for what found no room in a ring. */
static uint64_t by_buffer(const struct sk_source_stats *a, const struct sk_source_stats *b,
                          int klass)
{
    return by_class(a, b, klass, SK_DROP_RING_FULL) + by_class(a, b, klass, SK_DROP_OVER_SHARE);
}

/* Classes that the alert has no field of its own for. */
static uint64_t others(const struct sk_source_stats *a, const struct sk_source_stats *b)
{
    static const int klass[] = {SK_CLASS_OTHER, SK_CLASS_CREDS, SK_CLASS_NS, SK_CLASS_KERNEL,
                                SK_CLASS_IO};
    uint64_t n = 0;

    for (size_t i = 0; i < SK_ARRAY_LEN(klass); i++)
        n += by_buffer(a, b, klass[i]);
    return n;
}

static uint64_t by_reason(const struct sk_source_stats *a, const struct sk_source_stats *b,
                          enum sk_drop why)
{
    uint64_t n = 0;

    for (int c = 0; c < SK_CLASS_N; c++)
        n += by_class(a, b, c, why);
    return n;
}

void sk_drops_fields(const struct sk_source_stats *before, const struct sk_source_stats *now,
                     uint64_t events, uint64_t lost, struct sk_drops_field out[SK_DROPS_FIELDS])
{
    const struct {
        const char *key;
        uint64_t value;
    } row[] = {
        {"ebpf_enabled", 1},
        {"n_drops", lost},
        {"n_drops_buffer_clone_fork_exit", by_buffer(before, now, SK_CLASS_FORK)},
        {"n_drops_buffer_close_exit", by_buffer(before, now, SK_CLASS_CLOSE)},
        {"n_drops_buffer_connect_exit", by_buffer(before, now, SK_CLASS_CONNECT)},
        {"n_drops_buffer_dir_file_exit", by_buffer(before, now, SK_CLASS_DIRFILE)},
        {"n_drops_buffer_execve_exit", by_buffer(before, now, SK_CLASS_EXEC)},
        {"n_drops_buffer_open_exit", by_buffer(before, now, SK_CLASS_OPEN)},
        {"n_drops_buffer_other_interest_exit", others(before, now)},
        {"n_drops_buffer_proc_exit", by_buffer(before, now, SK_CLASS_EXIT)},
        {"n_drops_buffer_total",
         by_reason(before, now, SK_DROP_RING_FULL) + by_reason(before, now, SK_DROP_OVER_SHARE)},
        {"n_drops_bug", by_reason(before, now, SK_DROP_BUG)},
        {"n_drops_page_faults", 0},
        {"n_drops_scratch_map", by_reason(before, now, SK_DROP_TOO_LONG)},
        {"n_evts", events},
    };

    static_assert(SK_ARRAY_LEN(row) == SK_DROPS_FIELDS, "one row a field");
    for (size_t i = 0; i < SK_DROPS_FIELDS; i++) {
        out[i].key = row[i].key;
        snprintf(out[i].json, sizeof(out[i].json), "\"%llu\"", (unsigned long long)row[i].value);
    }
}

static uint64_t sum(const uint64_t by[SK_CLASS_MAX])
{
    uint64_t n = 0;

    for (int c = 0; c < SK_CLASS_N; c++)
        n += by[c];
    return n;
}

static void add_classes(const uint64_t by[SK_CLASS_MAX], struct sk_buf *out)
{
    const char *comma = "";

    for (int c = 0; c < SK_CLASS_N; c++) {
        if (!by[c])
            continue;
        sk_buf_printf(out, "%s%s %llu", comma, sk_classes[c].name, (unsigned long long)by[c]);
        comma = ", ";
    }
}

void sk_drops_by_class(const struct sk_source_stats *before, const struct sk_source_stats *now,
                       struct sk_buf *out)
{
    uint64_t by[SK_CLASS_MAX] = {0};

    for (int c = 0; c < SK_CLASS_N; c++)
        for (int why = 0; why < SK_DROP_N; why++)
            by[c] += by_class(before, now, c, (enum sk_drop)why);
    add_classes(by, out);
}

static int worst_first(const void *a, const void *b)
{
    const struct sk_cgroup_drops *x = a, *y = b;
    uint64_t m = sum(x->drops), n = sum(y->drops);

    return m != n ? (m > n ? -1 : 1) : (x->id > y->id) - (x->id < y->id);
}

void sk_drops_by_cgroup(const struct sk_state *st, struct sk_cgroup_drops *of, size_t n,
                        struct sk_buf *out)
{
    uint64_t rest = 0;

    qsort(of, n, sizeof(*of), worst_first);
    for (size_t i = 0; i < n; i++) {
        struct sk_str path = sk_state_cgroup_path(st, of[i].id);

        if (i >= SK_DROPS_CGROUPS) {
            rest += sum(of[i].drops);
            continue;
        }
        if (i)
            sk_buf_addz(out, ", ");
        if (path.n)
            sk_buf_adds(out, path);
        else
            sk_buf_printf(out, "cgroup %llu", (unsigned long long)of[i].id);
        sk_buf_printf(out, " %llu (", (unsigned long long)sum(of[i].drops));
        add_classes(of[i].drops, out);
        sk_buf_addc(out, ')');
    }
    if (rest)
        sk_buf_printf(out, ", others %llu", (unsigned long long)rest);
}
