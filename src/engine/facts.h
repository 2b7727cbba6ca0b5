/* SPDX-License-Identifier: Apache-2.0 */
/* facts.h - what the event thread alone knows about an engine, as one copy that other threads may read. */
#pragma once
#include "engine/engine.h"

#define SK_FACTS_CPUS  1024
#define SK_FACTS_PROGS 32

enum sk_facts_want { SK_FACTS_BY_CPU = 1, SK_FACTS_BY_PROG = 2, SK_FACTS_BY_EVENT = 4 };

struct sk_facts {
    struct sk_engine_stats st; /* st.rules: any thread may list it while the engine lives */
    struct sk_state_stats state;
    const char *engine_name; /* as Falco calls it; NULL: a replay */
    bool live;
    size_t ncpus, nprogs, nevents;
    struct sk_cpu_stats cpu[SK_FACTS_CPUS];
    struct sk_prog_stats prog[SK_FACTS_PROGS];
    struct sk_event_stats event[SK_EVENT_N];
};

/* Event thread. want: enum sk_facts_want, what takes calls into the kernel. */
void sk_engine_facts(const struct sk_engine *e, unsigned want, struct sk_facts *out);
