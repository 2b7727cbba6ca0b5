/* SPDX-License-Identifier: Apache-2.0 */
/* facts.c - see facts.h. */
#include "engine/facts.h"

#include "engine/run.h"

void sk_engine_facts(const struct sk_engine *e, unsigned want, struct sk_facts *out)
{
    const struct sk_source_ops *ops = e->opt.source;

    out->live = ops && (ops->caps & SK_SOURCE_LIVE);
    out->engine_name = !ops ? "nodriver" : out->live ? "modern_bpf" : NULL;
    out->ncpus = out->nprogs = out->nevents = 0;
    sk_engine_get_stats(e, &out->st);
    sk_state_get_stats(e->state, &out->state);
    if (!ops || !e->source)
        return;
    if (ops->by_cpu && want & SK_FACTS_BY_CPU)
        out->ncpus = ops->by_cpu(e->source, out->cpu, SK_FACTS_CPUS);
    if (ops->by_prog && want & SK_FACTS_BY_PROG)
        out->nprogs = ops->by_prog(e->source, out->prog, SK_FACTS_PROGS);
    if (ops->by_event && want & SK_FACTS_BY_EVENT)
        out->nevents = ops->by_event(e->source, out->event, SK_EVENT_N);
}
