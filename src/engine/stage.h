/* SPDX-License-Identifier: Apache-2.0 */
/* stage.h - a generation with what the engine needs beside it to run it, made aside and swapped in
 * as a whole. */
#pragma once
#include "engine/counts.h"
#include "engine/generation.h"
#include "fmt/lines.h"

#define SK_ALERT_MAX_BYTES (1u << 20)

struct sk_stage {
    const struct sk_conf *conf; /* borrowed, as is gen */
    const struct sk_gen *gen;
    struct sk_alert_options alert; /* without a host's name: the engine knows it */
    struct sk_filter_exec *exec;
    const struct sk_rule **hit; /* room for the matches of one event */
    size_t max_hits;
    struct sk_alert_lines lines;  /* in the forms that the outputs want while it runs */
    struct sk_rule_count **count; /* by sk_rule.id; the engine fills it */
    struct sk_rule_cost **cost;   /* the same; NULL: metrics do not want it */
};

/* Any thread. forms: bits, of the outputs. -ENOMEM. */
SK_MUST int sk_stage_new(const struct sk_conf *conf, const struct sk_gen *gen, unsigned forms,
                         struct sk_stage **out);
void sk_stage_free(struct sk_stage *s);
void stage_freep(struct sk_stage **s);
