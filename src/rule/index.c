/* SPDX-License-Identifier: Apache-2.0 */
/* index.c - event code -> the active rules that can match it, in the order of their definition, each
 * with what is left of its condition for that event. */
#include <errno.h>
#include <time.h>

#include "rule/loader.h"
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

int sk_index_build(struct sk_generation *g)
{
    struct sk_index_slot *slot = calloc(SK_MAX(count(g), (size_t)1), sizeof(*slot));
    struct sk_special s = {0};
    size_t at = 0;
    int rc = slot ? sk_special_init(&s, g->pool) : -ENOMEM;

    if (rc) {
        free(slot);
        return rc;
    }
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        g->first[code] = (uint32_t)at;
        at = fill(g, &s, code, slot, at);
    }
    g->first[SK_EVENT_N] = (uint32_t)at;
    sk_special_done(&s);
    free(g->slot);
    g->slot = slot;
    return 0;
}

size_t sk_ruleset_match(const struct sk_ruleset *rs, struct sk_filter_exec *x,
                        const struct sk_ctx *cx, const struct sk_rule **out, size_t max)
{
    const struct sk_generation *g = rs->gen;
    unsigned code = cx->ev->type;
    size_t n = 0;

    if (!g || code >= SK_EVENT_N)
        return 0;
    if (!rs->opt.match_all)
        max = SK_MIN(max, 1u);
    for (uint32_t i = g->first[code]; n < max && i < g->first[code + 1]; i++)
        if (sk_filter_run(x, g->slot[i].root, cx))
            out[n++] = g->slot[i].rule;
    return n;
}

static uint64_t clock_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* One thread writes: no locked instruction is needed. */
static void add_to(atomic_uint_fast64_t *counter, uint64_t n)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

size_t sk_ruleset_match_counted(const struct sk_ruleset *rs, struct sk_filter_exec *x,
                                const struct sk_ctx *cx, struct sk_rule_cost *const *cost,
                                bool timed, const struct sk_rule **out, size_t max)
{
    const struct sk_generation *g = rs->gen;
    unsigned code = cx->ev->type;
    uint64_t before = timed ? clock_ns() : 0;
    size_t n = 0;

    if (!g || code >= SK_EVENT_N)
        return 0;
    if (!rs->opt.match_all)
        max = SK_MIN(max, 1u);
    for (uint32_t i = g->first[code]; n < max && i < g->first[code + 1]; i++) {
        struct sk_rule_cost *c = cost[g->slot[i].rule->id];

        if (sk_filter_run(x, g->slot[i].root, cx))
            out[n++] = g->slot[i].rule;
        add_to(&c->asked, 1);
        if (timed) {
            const uint64_t now = clock_ns();

            add_to(&c->time_ns, now - before);
            before = now;
        }
    }
    return n;
}

size_t sk_ruleset_candidates(const struct sk_ruleset *rs, unsigned code)
{
    return rs->gen && code < SK_EVENT_N ? rs->gen->first[code + 1] - rs->gen->first[code] : 0;
}
