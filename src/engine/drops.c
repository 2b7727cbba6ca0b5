/* SPDX-License-Identifier: Apache-2.0 */
/* drops.c - counts what was lost in the last second and decides, by a token bucket, whether to
 * speak.
 *
 * The process table is repaired after every loss that it may have felt, whatever the configuration says about
 * speaking.  That reads /proc: a flood of opens must not cause it.
 */
#include "engine/drops.h"

#include "engine/engine.h"
#include "engine/generation.h"

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

/* Tokens come with time, whether or not something is lost. */
static void fill_bucket(struct sk_drops *d, const struct sk_conf *conf, uint64_t elapsed_ns)
{
    d->tokens += conf->drops_rate * ((double)elapsed_ns / (double)SECOND_NS);
    d->tokens = SK_MIN(d->tokens, conf->drops_burst);
}

static bool take_token(struct sk_drops *d)
{
    if (d->tokens < 1)
        return false;
    d->tokens -= 1;
    return true;
}

/* Now, or when there is a token again: what was lost is not kept quiet because it was lost too often. */
static void speak(struct sk_drops *d, const struct sk_conf *conf, bool now,
                  struct sk_drops_report *r)
{
    if (!now && !d->owed)
        return;
    d->detected += now;
    d->owed = !take_token(d);
    r->depleted = now && d->owed;
    if (d->owed)
        return;
    d->actions++;
    r->actions = conf->drop_actions;
}

/* Was there an event among them that the process table needed?  Opens, reads and connections leave no hole. */
static bool state_lost(const struct sk_source_stats *before, const struct sk_source_stats *now)
{
    struct sk_event_set state;
    uint32_t classes = 0;

    sk_state_events(&state);
    for (unsigned code = 0; code < SK_EVENT_N; code++)
        if (sk_event_set_has(&state, code))
            classes |= 1u << sk_events[code].klass;
    for (int c = 0; c < SK_CLASS_N; c++)
        for (int why = 0; why < SK_DROP_N; why++)
            if (classes >> c & 1 && now->drops[c][why] != before->drops[c][why])
                return true;
    return false;
}

bool sk_drops_check(struct sk_drops *d, const struct sk_conf *conf,
                    const struct sk_source_stats *now, uint64_t now_ns, struct sk_drops_report *out)
{
    uint64_t elapsed = now_ns - d->last_ns;
    struct sk_drops_report r = {0};
    double threshold = conf->drops_simulate ? 0 : conf->drops_threshold;

    if (!d->last_ns) { /* the first look: from now on */
        d->last_ns = now_ns;
        d->last = d->told = *now;
        return false;
    }
    if (now_ns < d->last_ns || elapsed < CHECK_NS)
        return false;
    r.events = now->seen - d->last.seen;
    r.lost = sk_drops_total(now) - sk_drops_total(&d->last);
    r.refill = r.lost && state_lost(&d->last, now);
    if (conf->drops_simulate) {
        r.lost++;
        r.events = SK_MAX(r.events, (uint64_t)1);
    }
    d->last_ns = now_ns;
    d->last = *now;
    fill_bucket(d, conf, elapsed);
    speak(d, conf, r.lost && r.events && (double)r.lost / (double)r.events > threshold, &r);
    r.late = r.actions && !r.lost;
    if (r.late) {
        r.events = now->seen - d->told.seen;
        r.lost = sk_drops_total(now) - sk_drops_total(&d->told);
    }
    *out = r;
    return true;
}

void sk_drops_told(struct sk_drops *d)
{
    d->told = d->last;
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

/* "NAME N" behind what is there. */
static void add_count(const char *name, uint64_t n, const char **comma, struct sk_buf *out)
{
    if (!n)
        return;
    sk_buf_printf(out, "%s%s %llu", *comma, name, (unsigned long long)n);
    *comma = ", ";
}

void sk_drops_by_class(const struct sk_source_stats *before, const struct sk_source_stats *now,
                       struct sk_buf *out)
{
    const char *comma = "";

    for (int c = 0; c < SK_CLASS_N; c++) {
        uint64_t n = 0;

        for (int why = 0; why < SK_DROP_N; why++)
            n += by_class(before, now, c, (enum sk_drop)why);
        add_count(sk_classes[c].name, n, &comma, out);
    }
}

void sk_drops_by_reason(const struct sk_source_stats *before, const struct sk_source_stats *now,
                        struct sk_buf *out)
{
    const char *comma = "";

    for (int why = 0; why < SK_DROP_N; why++)
        add_count(sk_drop_names[why], by_reason(before, now, (enum sk_drop)why), &comma, out);
}
