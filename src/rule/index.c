/* SPDX-License-Identifier: Apache-2.0 */
/* index.c - event code -> the active rules that can match it, in the order of their definition, each
 * with what is left of its condition for that event. */
#include <errno.h>

#include "rule/loader.h"
#include "rule/onepass.h"
#include "rule/special.h"

/* Old versions of events are converted before rules see them: their rows keep the whole condition. */
#define OUTDATED (SK_EF_OLD_VERSION | SK_EF_UNUSED)

static size_t count(const struct sk_generation *g)
{
    size_t total = 0;

    for (size_t i = 0; i < g->nrules; i++)
        for (unsigned code = 0; g->rules[i].pub.active && code < SK_EVENT_N; code++)
            total += sk_event_set_has(&g->rules[i].pub.events, code);
    return total;
}

/* The rules of one code behind slot[at]; returns where they end. */
static size_t fill(struct sk_generation *g, struct sk_special *s, unsigned code,
                   struct sk_index_slot *slot, size_t at)
{
    bool narrow = !(sk_events[code].flags & OUTDATED);

    sk_special_begin(s, code);
    for (size_t i = 0; i < g->nrules; i++) {
        const struct sk_rule *r = &g->rules[i].pub;
        uint32_t root = r->root;

        if (!r->active || !sk_event_set_has(&r->events, code))
            continue;
        if (narrow && sk_special_root(s, r->root, &root))
            root = r->root;
        if (root != SK_IR_FALSE)
            slot[at++] = (struct sk_index_slot){r, root};
    }
    return at;
}

static int plan(struct sk_generation *g, const struct sk_index_slot *slot)
{
    sk_auto(mem) uint32_t *root = calloc((size_t)g->first[SK_EVENT_N] + 1, sizeof(*root));
    struct sk_plans *plans = NULL;
    int rc;

    if (!root)
        return -ENOMEM;
    for (uint32_t i = 0; i < g->first[SK_EVENT_N]; i++)
        root[i] = slot[i].root;
    rc = sk_plans_new(g->pool, root, g->first, &plans);
    if (rc)
        return rc;
    plans->serial = g->plans ? g->plans->serial + 1 : 1;
    sk_plans_free(g->plans);
    g->plans = plans;
    return 0;
}

int sk_index_build(struct sk_generation *g)
{
    struct sk_index_slot *slot = calloc(SK_MAX(count(g), (size_t)1), sizeof(*slot));
    struct sk_special s = {0};
    size_t at = 0;
    int rc = slot ? sk_special_init(&s, g->pool) : -ENOMEM;

    for (unsigned code = 0; !rc && code < SK_EVENT_N; code++) {
        g->first[code] = (uint32_t)at;
        at = fill(g, &s, code, slot, at);
    }
    g->first[SK_EVENT_N] = (uint32_t)at;
    sk_special_done(&s);
    if (!rc)
        rc = plan(g, slot);
    free(rc ? slot : g->slot);
    if (!rc)
        g->slot = slot;
    return rc;
}

int sk_ruleset_exec_new(const struct sk_ruleset *rs, struct sk_filter_exec **out)
{
    const struct sk_generation *g = rs->gen;
    struct sk_filter_exec *x = NULL;
    int rc = sk_filter_exec_new(sk_ruleset_pool(rs), &x);

    if (!rc && g && g->plans)
        rc = sk_onepass_new(x, g->plans, &x->onepass);
    if (rc) {
        sk_filter_exec_free(x);
        return rc;
    }
    *out = x;
    return 0;
}

/* One condition after the other, up to max that hold. */
static size_t match_by_rule(const struct sk_generation *g, struct sk_filter_exec *x,
                            const struct sk_ctx *cx, const struct sk_rule **out, size_t max)
{
    unsigned code = cx->ev->type;
    size_t n = 0;

    for (uint32_t i = g->first[code]; n < max && i < g->first[code + 1]; i++)
        if (sk_filter_run(x, g->slot[i].root, cx))
            out[n++] = g->slot[i].rule;
    return n;
}

/* NULL: rules must be run one by one. */
static const uint64_t *in_one_pass(const struct sk_generation *g, struct sk_filter_exec *x,
                                   const struct sk_ctx *cx)
{
    uint32_t plan = g->plans ? g->plans->of[cx->ev->type] : 0;

    if (!plan || x->pool != g->pool || !sk_onepass_is_for(x->onepass, g->plans))
        return NULL;
    return sk_onepass_run(x, plan - 1, cx);
}

size_t sk_ruleset_match(const struct sk_ruleset *rs, struct sk_filter_exec *x,
                        const struct sk_ctx *cx, const struct sk_rule **out, size_t max)
{
    const struct sk_generation *g = rs->gen;
    unsigned code = cx->ev->type;
    const uint64_t *hit;
    uint32_t words;
    size_t n = 0;

    if (!g || code >= SK_EVENT_N || g->first[code] == g->first[code + 1])
        return 0;
    if (!rs->opt.match_all)
        max = SK_MIN(max, 1u);
    hit = in_one_pass(g, x, cx);
    if (!hit)
        return match_by_rule(g, x, cx, out, max);
    words = (g->first[code + 1] - g->first[code] + 63) / 64;
    for (uint32_t w = 0; w < words; w++)
        for (uint64_t rest = hit[w]; rest && n < max; rest &= rest - 1)
            out[n++] = g->slot[g->first[code] + 64 * w + (uint32_t)__builtin_ctzll(rest)].rule;
    return n;
}

/* One thread writes: no locked instruction is needed. */
static void add_to(atomic_uint_fast64_t *counter, uint64_t n)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

static size_t match_timed(const struct sk_generation *g, struct sk_filter_exec *x,
                          const struct sk_ctx *cx, struct sk_rule_cost *const *cost,
                          const struct sk_rule **out, size_t max)
{
    unsigned code = cx->ev->type;
    uint64_t before = sk_exec_clock_ns();
    size_t n = 0;

    for (uint32_t i = g->first[code]; n < max && i < g->first[code + 1]; i++) {
        struct sk_rule_cost *c = cost[g->slot[i].rule->id];
        uint64_t now;

        if (sk_filter_run(x, g->slot[i].root, cx))
            out[n++] = g->slot[i].rule;
        now = sk_exec_clock_ns();
        add_to(&c->asked, 1);
        add_to(&c->time_ns, now - before);
        before = now;
    }
    return n;
}

size_t sk_ruleset_match_counted(const struct sk_ruleset *rs, struct sk_filter_exec *x,
                                const struct sk_ctx *cx, struct sk_rule_cost *const *cost,
                                bool timed, const struct sk_rule **out, size_t max)
{
    const struct sk_generation *g = rs->gen;
    unsigned code = cx->ev->type;
    size_t n;

    if (!g || code >= SK_EVENT_N)
        return 0;
    if (!rs->opt.match_all)
        max = SK_MIN(max, 1u);
    if (timed)
        return match_timed(g, x, cx, cost, out, max);
    n = sk_ruleset_match(rs, x, cx, out, max);
    for (uint32_t i = g->first[code]; i < g->first[code + 1]; i++) {
        add_to(&cost[g->slot[i].rule->id]->asked, 1);
        if (n == max && n && g->slot[i].rule == out[n - 1])
            break;
    }
    return n;
}

size_t sk_ruleset_candidates(const struct sk_ruleset *rs, unsigned code)
{
    return rs->gen && code < SK_EVENT_N ? rs->gen->first[code + 1] - rs->gen->first[code] : 0;
}

const struct sk_rule *sk_ruleset_candidate(const struct sk_ruleset *rs, unsigned code, size_t i,
                                           uint32_t *out_root)
{
    const struct sk_index_slot *slot = &rs->gen->slot[rs->gen->first[code] + i];

    *out_root = slot->root;
    return slot->rule;
}
