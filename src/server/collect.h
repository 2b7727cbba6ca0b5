/* SPDX-License-Identifier: Apache-2.0 */
/* collect.h - facts of the engine, its outputs and the machine -> values of rows. */
#pragma once
#include "server/about.h"
#include "server/hub.h"
#include "server/web.h"

/* What the snapshot before said; zeros: there was none. */
struct sk_collect_before {
    uint64_t time_ns, events, seen, drops;
};

struct sk_collect {
    const struct sk_facts *facts;
    const struct sk_about *about;
    struct sk_outputs *outputs;
    const struct sk_web_stats *web; /* NULL: there is none */
    uint64_t reloads, reloads_failed;
    const char *hostname, *host_root;
    uint64_t boot_ns, start_ns, now_ns; /* since 1970: of the machine, of the process, of now */
    /* For fields: also rules without matches, rates; updated.  NULL: for Prometheus. */
    struct sk_collect_before *before;
};

/* Adds the groups that about wants. */
void sk_collect(const struct sk_collect *in, struct sk_metrics *out);
