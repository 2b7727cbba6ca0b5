/* SPDX-License-Identifier: Apache-2.0 */
/* index.c - event code -> the active rules that can match it, in the order of their definition. */
#include <errno.h>

#include "rule/loader.h"

int sk_index_build(struct sk_generation *g)
{
    size_t total = 0, at = 0;
    const struct sk_rule **slot;

    for (size_t i = 0; i < g->nrules; i++)
        for (unsigned code = 0; g->rules[i].pub.active && code < SK_EVENT_N; code++)
            total += sk_event_set_has(&g->rules[i].pub.events, code);
    slot = calloc(SK_MAX(total, 1u), sizeof(*slot));
    if (!slot)
        return -ENOMEM;
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        g->first[code] = (uint32_t)at;
        for (size_t i = 0; i < g->nrules; i++)
            if (g->rules[i].pub.active && sk_event_set_has(&g->rules[i].pub.events, code))
                slot[at++] = &g->rules[i].pub;
    }
    g->first[SK_EVENT_N] = (uint32_t)at;
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
        if (sk_filter_run(x, g->slot[i]->root, cx))
            out[n++] = g->slot[i];
    return n;
}
