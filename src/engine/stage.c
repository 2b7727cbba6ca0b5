/* SPDX-License-Identifier: Apache-2.0 */
/* stage.c - see stage.h. */
#include "engine/stage.h"

#include <errno.h>

int sk_stage_new(const struct sk_conf *conf, const struct sk_gen *gen, unsigned forms,
                 struct sk_stage **out)
{
    sk_auto(stage) struct sk_stage *s = calloc(1, sizeof(*s));
    size_t n = sk_gen_nrules(gen);
    int err;

    if (!s)
        return -ENOMEM;
    s->conf = conf;
    s->gen = gen;
    s->alert = (struct sk_alert_options){
        .include_output = conf->json_output_property,
        .include_message = conf->json_message_property,
        .include_fields = conf->json_fields_property,
        .include_tags = conf->json_tags_property,
        .parts_line = conf->json_output ? SK_FORM_JSON : SK_FORM_TEXT,
        .iso_time = conf->time_iso,
    };
    s->max_hits = conf->match_all ? n : 1;
    s->hit = calloc(s->max_hits + 1, sizeof(*s->hit));
    s->count = calloc(n + 1, sizeof(*s->count));
    if (conf->metrics_enabled && conf->metrics_rules)
        s->cost = calloc(n + 1, sizeof(*s->cost));
    if (!s->hit || !s->count || (!s->cost && conf->metrics_enabled && conf->metrics_rules))
        return -ENOMEM;
    err = sk_ruleset_exec_new(sk_gen_rules(gen), &s->exec);
    if (!err)
        err = sk_alert_lines_init(&s->lines, forms, SK_ALERT_MAX_BYTES);
    if (err)
        return err;
    *out = SK_TAKE(s);
    return 0;
}

void sk_stage_free(struct sk_stage *s)
{
    if (!s)
        return;
    sk_filter_exec_free(s->exec);
    sk_alert_lines_done(&s->lines);
    free(s->hit);
    free(s->count);
    free(s->cost);
    free(s);
}

void stage_freep(struct sk_stage **s)
{
    sk_stage_free(*s);
    *s = NULL;
}
