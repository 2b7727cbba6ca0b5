/* SPDX-License-Identifier: Apache-2.0 */
/* swap.c - from one generation to the next while events flow; see sk_engine_swap(). */
#include <errno.h>

#include "engine/run.h"

void sk_engine_capture(const struct sk_engine *e, const struct sk_stage *s, struct sk_capture *out)
{
    const struct sk_conf *c = s->conf;

    *out = (struct sk_capture){0};
    sk_select_events(c, sk_gen_events(s->gen), &out->events);
    out->prefilter = sk_gen_prefilter(s->gen);
    if (e->opt.record.path) {
        sk_record_events(e->opt.record.generic, &out->events);
        out->prefilter = NULL;
    }
    out->drop_failed =
        c->drop_failed_exit || (!strcmp(c->engine_kind, "kmod") && c->kmod_drop_failed_exit);
    out->snap_bytes = c->snaplen ? (uint32_t)c->snaplen : SK_SNAP_BYTES;
    out->scope_cgroup = *c->scope_cgroup ? c->scope_cgroup : NULL;
    out->scope_pid = c->scope_pid;
    out->scope = *c->scope_cgroup      ? SK_SCOPE_CGROUP
                 : c->scope_pid        ? SK_SCOPE_PID
                 : c->scope_containers ? SK_SCOPE_CONTAINERS
                                       : SK_SCOPE_HOST;
}

int sk_engine_enter(struct sk_engine *e, struct sk_stage *s)
{
    int err = sk_counts_bind(e->counts, sk_gen_rules(s->gen), s->count);

    if (!err)
        err = sk_engine_fold_set(e, s->conf);
    if (err)
        return err;
    for (size_t i = 0; s->cost && i < sk_gen_nrules(s->gen); i++)
        s->cost[i] = s->count[i] ? &s->count[i]->cost : NULL;
    e->now = s;
    e->opt.gen = s->gen;
    e->opt.conf = s->conf;
    e->alert = s->alert;
    e->alert.hostname = e->opt.hostname;
    e->drops.tokens = SK_MIN(e->drops.tokens, s->conf->drops_burst);
    return 0;
}

static bool same_capture(const struct sk_capture *a, const struct sk_capture *b)
{
    return !memcmp(&a->events, &b->events, sizeof(a->events)) && a->snap_bytes == b->snap_bytes &&
           a->drop_failed == b->drop_failed && a->prefilter == b->prefilter;
}

static int apply(struct sk_engine *e, const struct sk_capture *to, struct sk_diag *dg)
{
    return e->source ? e->opt.source->apply(e->source, to, e->state, dg) : 0;
}

/* More than is wanted does no harm but costs time. */
static void narrow(struct sk_engine *e, const struct sk_capture *wide, struct sk_diag *dg)
{
    if (!same_capture(wide, &e->capture) && apply(e, &e->capture, dg))
        sk_log(SK_WARNING, "events that no rule wants any more are still captured: %s",
               sk_diag_text(dg, SK_DIAG_ERROR));
}

int sk_engine_swap(struct sk_engine *e, struct sk_stage *next, struct sk_stage **out_old,
                   struct sk_diag *dg)
{
    struct sk_stage *old = e->now;
    struct sk_capture wide, then;
    int err = 0;

    sk_engine_capture(e, next, &then);
    wide = then;
    sk_event_set_or(&wide.events, &e->capture.events);
    wide.drop_failed &= e->capture.drop_failed;
    wide.snap_bytes = SK_MAX(wide.snap_bytes, e->capture.snap_bytes);
    wide.prefilter = NULL; /* what one generation leaves out the other may want */
    if (!same_capture(&wide, &e->capture))
        err = apply(e, &wide, dg);
    if (err)
        return err;
    err = sk_engine_enter(e, next);
    if (err) {
        narrow(e, &wide, dg);
        return sk_err(dg, err, NULL, "no memory for the counters of the rules");
    }
    e->capture = then;
    narrow(e, &wide, dg);
    if (old == e->own) {
        sk_stage_free(SK_TAKE(e->own));
        old = NULL;
    }
    *out_old = old;
    return 0;
}
