/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c - see plan.h. */
#include "rule/plan.h"

#include <errno.h>

/* Gates of the plan that is being made. */
struct maker {
    const struct sk_filter_pool *pool;
    uint32_t *place; /* of each node: index of its gate + 1 in round `seen` */
    uint32_t *seen;
    uint32_t round;
};

static uint32_t nparts(const struct sk_filter_pool *p, uint32_t root)
{
    return p->node[root].kind == SK_IR_AND ? p->node[root].n : 1;
}

static uint32_t part(const struct sk_filter_pool *p, uint32_t root, uint32_t i)
{
    return p->node[root].kind == SK_IR_AND ? p->kid[p->node[root].first + i] : root;
}

static void add_gate(struct maker *m, struct sk_plan *plan, uint32_t node, uint32_t rule)
{
    if (m->seen[node] != m->round) {
        m->seen[node] = m->round;
        m->place[node] = plan->ngates;
        plan->gate[plan->ngates++] = node;
    }
    plan->mask[(size_t)m->place[node] * plan->words + rule / 64] |= 1ull << rule % 64;
}

static int make(struct maker *m, const uint32_t *root, uint32_t n, struct sk_plan *plan)
{
    size_t most = 0;

    for (uint32_t i = 0; i < n; i++)
        most += nparts(m->pool, root[i]);
    plan->nrules = n;
    plan->words = (n + 63) / 64;
    plan->gate = calloc(most, sizeof(*plan->gate));
    plan->mask = calloc(most * plan->words, sizeof(*plan->mask));
    if (!plan->gate || !plan->mask)
        return -ENOMEM;
    m->round++;
    for (uint32_t i = 0; i < n; i++) {
        plan->by_rule = plan->by_rule || m->pool->node[root[i]].stateful;
        for (uint32_t k = 0; k < nparts(m->pool, root[i]); k++)
            if (part(m->pool, root[i], k) != SK_IR_TRUE)
                add_gate(m, plan, part(m->pool, root[i], k), i);
    }
    return 0;
}

static int make_all(struct sk_plans *ps, struct maker *m, const uint32_t *root,
                    const uint32_t *first)
{
    struct sk_map *known = sk_map_new(SK_EVENT_N);
    int rc = known ? 0 : -ENOMEM;

    for (unsigned code = 0; !rc && code < SK_EVENT_N; code++) {
        uint32_t n = first[code + 1] - first[code];
        struct sk_str key = {(const char *)(root + first[code]), n * sizeof(*root)};
        uintptr_t same = n ? (uintptr_t)sk_map_get(known, key) : 0;

        ps->of[code] = (uint32_t)same;
        if (same || !n)
            continue;
        rc = make(m, root + first[code], n, &ps->plan[ps->n++]);
        ps->most_rules = SK_MAX(ps->most_rules, n);
        ps->of[code] = ps->n;
        if (!rc)
            rc = sk_map_put(known, key, (void *)(uintptr_t)ps->n);
    }
    sk_map_free(known);
    return rc;
}

int sk_plans_new(const struct sk_filter_pool *p, const uint32_t *root,
                 const uint32_t first[SK_EVENT_N + 1], struct sk_plans **out)
{
    struct sk_plans *ps = calloc(1, sizeof(*ps));
    struct maker m = {.pool = p};
    int rc = -ENOMEM;

    m.place = calloc(p->nnode, sizeof(*m.place));
    m.seen = calloc(p->nnode, sizeof(*m.seen));
    if (ps)
        ps->plan = calloc(SK_EVENT_N, sizeof(*ps->plan));
    if (ps && ps->plan && m.place && m.seen)
        rc = make_all(ps, &m, root, first);
    free(m.place);
    free(m.seen);
    if (rc) {
        sk_plans_free(ps);
        return rc;
    }
    *out = ps;
    return 0;
}

void sk_plans_free(struct sk_plans *ps)
{
    if (!ps)
        return;
    for (uint32_t i = 0; ps->plan && i < ps->n; i++) {
        free(ps->plan[i].gate);
        free(ps->plan[i].mask);
    }
    free(ps->plan);
    free(ps);
}
