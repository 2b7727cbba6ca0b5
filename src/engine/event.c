/* SPDX-License-Identifier: Apache-2.0 */
/* event.c - one event: number, state, rules, alert. Nothing here allocates once the buffers have
 * grown. */
#include "engine/run.h"

#define SECOND_NS 1000000000ull

static void alert(struct sk_engine *e, const struct sk_rule *rule, struct sk_ctx *cx)
{
    e->stats.alerts++;
    e->stats.by_priority[rule->priority]++;
    sk_count_match(e->now->count[rule->id]);
    if (sk_engine_fold(e, rule, cx))
        return;
    sk_engine_next_id(e);
    cx->for_output = true;
    sk_alert_lines_write(&e->alert, sk_gen_alert(e->opt.gen, rule), cx, &e->now->lines);
    cx->for_output = false;
    if (e->now->lines.failed)
        e->stats.cut_alerts++;
    (void)sk_engine_put(e, rule->name, rule->priority, cx->ev->ts_ns); /* counted by the queue */
    sk_engine_fold_first(e, rule, cx);
}

/* How many rules matched: e->now->hit. */
static size_t match(struct sk_engine *e, struct sk_event *ev, struct sk_thread *th)
{
    struct sk_ctx cx = {
        .ev = ev,
        .th = th,
        .proc = th ? th->proc : NULL,
        .st = e->state,
        .tmp = e->tmp,
        .hostname = e->hostname,
        .source = "syscall",
        .first_ts_ns = e->first_call_ts_ns,
        .prev_ts_ns = e->prev_ts_ns,
        .services = e->services,
        .base64 = e->opt.conf->buffer_base64,
    };
    size_t n;

    const struct sk_stage *s = e->now;

    sk_filter_exec_begin(s->exec);
    if (s->cost)
        n = sk_ruleset_match_counted(sk_gen_rules(s->gen), s->exec, &cx, s->cost,
                                     e->stats.events % SK_COUNTS_TIMED_OF == 0, s->hit,
                                     s->max_hits);
    else
        n = sk_ruleset_match(sk_gen_rules(s->gen), s->exec, &cx, s->hit, s->max_hits);
    for (size_t i = 0; i < n; i++)
        alert(e, s->hit[i], &cx);
    sk_arena_reset(e->tmp);
    return n;
}

/* The seconds of a replay pass with its events. */
static void pass_time(struct sk_engine *e, uint64_t ts_ns)
{
    if (!e->drops.last_ns || ts_ns > e->drops.last_ns + SECOND_NS)
        sk_engine_watch_drops(e, ts_ns);
    sk_engine_fold_tell(e, ts_ns);
}

int sk_engine_event(void *self, struct sk_event *ev)
{
    struct sk_engine *e = self;
    struct sk_thread *th = NULL;
    size_t hits = 0;

    e->heard = true;
    if (SK_UNLIKELY(e->selftest.hiding) && sk_selftest_hides(&e->selftest, ev))
        return 0;
    e->last_ts_ns = ev->ts_ns;
    ev->num = ++e->stats.events;
    if (!e->first_ts_ns)
        e->first_ts_ns = ev->ts_ns;
    if (!e->first_call_ts_ns && !(ev->info->category & SK_EC_METAEVENT))
        e->first_call_ts_ns = ev->ts_ns;
    sk_state_apply(e->state, ev, &th);
    /* Rules are for calls: an event of a plugin in a capture is not one. */
    if (!ev->state_only && !(ev->info->category & SK_EC_PLUGIN) &&
        sk_event_set_has(sk_gen_events(e->opt.gen), ev->type))
        hits = match(e, ev, th);
    sk_record_event(e, ev, e->now->hit, hits);
    if (!ev->state_only)
        e->prev_ts_ns = ev->ts_ns;
    if (e->replays)
        pass_time(e, ev->ts_ns);
    if (e->opt.max_ns && ev->ts_ns >= e->first_ts_ns && ev->ts_ns - e->first_ts_ns >= e->opt.max_ns)
        e->stop = true;
    return e->stop;
}
