/* SPDX-License-Identifier: Apache-2.0 */
/* folding.c - which alerts of an engine are folded, and when what was folded is told (fold.h). */
#include "engine/run.h"

#define SK_FOLD_MAX_BYTES  (32u << 20)
#define SK_FOLD_PART_BYTES (64u << 10) /* of a message, and of its fields */

int sk_engine_fold_set(struct sk_engine *e, const struct sk_conf *c)
{
    const struct sk_fold_options opt = {
        .interval_ns = c->fold_interval_s * 1000000000ull,
        .max_entries = c->fold_max_kinds,
        .max_bytes = SK_FOLD_MAX_BYTES,
    };

    if (!c->fold_enabled) {
        sk_engine_fold_tell(e, UINT64_MAX);
        sk_fold_free(SK_TAKE(e->fold));
        return 0;
    }
    if (!e->fold)
        return sk_fold_new(&opt, &e->fold);
    sk_fold_set(e->fold, &opt);
    return 0;
}

/* The rule and who did it: fields that are absent are a value too. */
static bool make_key(struct sk_engine *e, const struct sk_rule *rule, const struct sk_ctx *cx,
                     struct sk_buf *key)
{
    const struct sk_field_ref *const *ref;
    size_t n = sk_gen_fold_fields(e->opt.gen, &ref);
    struct sk_vals vals;

    sk_buf_add(key, rule->name, strlen(rule->name) + 1);
    for (size_t i = 0; i < n; i++) {
        if (!sk_field_extract(cx, ref[i], &vals))
            vals.n = 0;
        sk_buf_printf(key, "%u ", vals.n ? (unsigned)vals.n : 0);
        for (size_t k = 0; k < vals.n; k++) {
            sk_val_text(&vals.v[k], ref[i]->fmt, key);
            sk_buf_addc(key, '\0');
        }
    }
    return !key->failed;
}

static bool may_fold(const struct sk_engine *e, const struct sk_rule *rule)
{
    return e->fold && (rule->priority > SK_CRITICAL || e->opt.conf->fold_critical);
}

bool sk_engine_fold(struct sk_engine *e, const struct sk_rule *rule, const struct sk_ctx *cx)
{
    sk_buf_reset(&e->fold_key);
    if (!may_fold(e, rule))
        return false;
    sk_engine_fold_tell(e, cx->ev->ts_ns);
    if (!make_key(e, rule, cx, &e->fold_key)) {
        sk_buf_reset(&e->fold_key);
        return false;
    }
    if (!sk_fold_repeats(e->fold, sk_buf_str(&e->fold_key), cx->ev->ts_ns))
        return false;
    e->stats.folded++;
    return true;
}

void sk_engine_fold_first(struct sk_engine *e, const struct sk_rule *rule, const struct sk_ctx *cx)
{
    const struct sk_alert_rule *a = sk_gen_alert(e->opt.gen, rule);
    sk_auto(buf) struct sk_buf message = SK_BUF(SK_FOLD_PART_BYTES),
                               fields = SK_BUF(SK_FOLD_PART_BYTES);
    struct sk_alert_summary first = {.rule = a->name, .source = a->source, .priority = a->priority};

    if (!e->fold_key.n)
        return;
    first.tags = sk_alert_tags(a, cx->tmp, &first.ntags);
    sk_alert_parts(&e->alert, a, cx, &message, &fields);
    if (message.failed || fields.failed) /* half of either would be wrong */
        return;
    first.message = sk_buf_str(&message);
    first.fields = sk_buf_str(&fields);
    (void)sk_fold_remember(e->fold, sk_buf_str(&e->fold_key), cx->ev->ts_ns, &first);
}

void sk_engine_fold_tell(struct sk_engine *e, uint64_t now_ns)
{
    struct sk_alert_summary sum;

    if (!e->fold || now_ns < sk_fold_next_ns(e->fold))
        return;
    while (sk_fold_due(e->fold, now_ns, &sum)) {
        sk_engine_next_id(e);
        sk_alert_lines_summary(&e->alert, &sum, &e->now->lines);
        e->stats.summaries++;
        (void)sk_engine_put(e, sum.rule, sum.priority, sum.last_ns); /* counted by the queue */
    }
}
