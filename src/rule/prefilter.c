/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter.c - the active rules, event by event, as a filter for the kernel side; see prefilter.h. */
#include "rule/prefilter.h"

#include <errno.h>
#include <stdlib.h>

#include "rule/loader.h"
#include "rule/prefilter_own.h"

struct sk_prefilter {
    struct sk_pf *pf;
    struct sk_prefilter_stats stats;
};

void sk_prefilter_free(struct sk_prefilter *f)
{
    if (!f)
        return;
    free(f->pf);
    free(f);
}

void prefilter_freep(struct sk_prefilter **f)
{
    sk_prefilter_free(*f);
    *f = NULL;
}

const struct sk_pf *sk_prefilter_pf(const struct sk_prefilter *f)
{
    return f->pf;
}

void sk_prefilter_stats(const struct sk_prefilter *f, struct sk_prefilter_stats *out)
{
    *out = f->stats;
}

/* Formulas outlive the event that they were made for. */
static struct sk_dnf keep(struct sk_pfc *c, struct sk_dnf d)
{
    struct sk_dnf k = {sk_arena_alloc(c->mem, (d.n + 1) * sizeof(*k.cube)), d.n};

    if (!k.cube) {
        c->failed = true;
        return (struct sk_dnf){0};
    }
    if (d.n)
        memcpy(k.cube, d.cube, d.n * sizeof(*k.cube));
    return k;
}

bool sk_pf_filters(const struct sk_event_set *whole, unsigned code)
{
    const struct sk_event_info *info = &sk_events[code];

    return info->supported && info->exit && !(info->flags & (SK_EF_OLD_VERSION | SK_EF_UNUSED)) &&
           !sk_event_set_has(whole, code);
}

struct sk_dnf sk_pf_event_dnf(struct sk_pfc *c, const struct sk_generation *g, unsigned code)
{
    struct sk_dnf d = sk_dnf_const(c, false);

    c->code = code;
    c->req = -1;
    for (uint32_t i = g->first[code]; i < g->first[code + 1] && !sk_dnf_is_true(d); i++) {
        d = sk_dnf_or(c, d, sk_pfc_root(c, g->slot[i].root));
        if (d.n > SK_DNF_LARGE)
            d = sk_dnf_widen(c, sk_dnf_join_sets(c, d), SK_PF_CLAUSES_MAX);
    }
    if (sk_dnf_is_true(d))
        return d;
    return sk_dnf_widen(c, sk_dnf_join_sets(c, d), SK_PF_CLAUSES_MAX);
}

static void all_codes(struct sk_pfc *c, const struct sk_generation *g,
                      const struct sk_event_set *whole, struct sk_pf_codes *codes)
{
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        struct sk_dnf d;

        if (!sk_pf_filters(whole, code))
            continue;
        sk_arena_reset(c->tmp);
        d = sk_pf_event_dnf(c, g, code);
        codes->req[code] = (int16_t)c->req;
        codes->filtered[code] = !sk_dnf_is_true(d);
        if (codes->filtered[code])
            codes->dnf[code] = keep(c, d);
    }
    /* What depends on the events before must see them all. */
    if (c->order)
        memset(codes->filtered, 0, sizeof(codes->filtered));
}

int sk_prefilter_new(const struct sk_ruleset *rs, const struct sk_event_set *whole, uint64_t seed,
                     struct sk_prefilter **out)
{
    sk_auto(prefilter) struct sk_prefilter *f = calloc(1, sizeof(*f));
    sk_auto(mem) struct sk_pf_codes *codes = calloc(1, sizeof(*codes));
    struct sk_pfc c;
    int rc;

    if (!f || !codes)
        return -ENOMEM;
    rc = sk_pfc_init(&c, sk_ruleset_pool(rs));
    if (rc)
        return rc;
    if (rs->gen)
        all_codes(&c, rs->gen, whole, codes);
    rc = c.failed ? -ENOMEM : sk_pf_build(&c, codes, seed, &f->pf, &f->stats);
    sk_pfc_done(&c);
    if (!rc)
        *out = SK_TAKE(f);
    return rc;
}
