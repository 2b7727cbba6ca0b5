/* SPDX-License-Identifier: Apache-2.0 */
/* lines.c - the event thread writes each form once, whichever number of outputs wants it. */
#include "fmt/lines.h"

#include "fmt/parts.h"

int sk_alert_lines_init(struct sk_alert_lines *l, unsigned forms, size_t max_bytes)
{
    *l = (struct sk_alert_lines){.forms = forms};
    for (int f = 0; f < SK_FORM_N; f++)
        l->buf[f] = SK_BUF(max_bytes);
    return forms & (1u << SK_FORM_ECS | 1u << SK_FORM_OCSF) ? sk_shapes_new(&l->shapes) : 0;
}

void sk_alert_lines_done(struct sk_alert_lines *l)
{
    for (int f = 0; f < SK_FORM_N; f++)
        sk_buf_done(&l->buf[f]);
    sk_shapes_free(SK_TAKE(l->shapes));
}

void alert_lines_freep(struct sk_alert_lines *l)
{
    sk_alert_lines_done(l);
}

static bool wanted(struct sk_alert_lines *l, enum sk_form f)
{
    if (!(l->forms & 1u << f))
        return false;
    sk_buf_reset(&l->buf[f]);
    return true;
}

static void written(struct sk_alert_lines *l, enum sk_form f)
{
    l->line[f] = sk_buf_str(&l->buf[f]);
    l->failed |= l->buf[f].failed;
}

void sk_alert_lines_write(const struct sk_alert_options *opt, const struct sk_alert_rule *rule,
                          const struct sk_ctx *cx, struct sk_alert_lines *l)
{
    struct sk_alert_options mine = *opt;

    mine.shapes = l->shapes;
    l->failed = false;
    for (mine.form = 0; mine.form < SK_FORM_N; mine.form++) {
        if (!wanted(l, mine.form))
            continue;
        if (mine.form == SK_FORM_PARTS)
            sk_parts_write(&mine, rule, cx, &l->buf[mine.form]);
        else
            sk_alert_write(&mine, rule, cx, &l->buf[mine.form]);
        written(l, mine.form);
    }
}

void sk_alert_lines_note(const struct sk_alert_options *opt, const struct sk_alert_note *n,
                         struct sk_alert_lines *l)
{
    struct sk_alert_options mine = *opt;

    mine.shapes = l->shapes;
    l->failed = false;
    for (mine.form = 0; mine.form < SK_FORM_N; mine.form++) {
        if (!wanted(l, mine.form))
            continue;
        if (mine.form == SK_FORM_PARTS)
            sk_parts_note(&mine, n, &l->buf[mine.form]);
        else
            sk_alert_internal(&mine, n->ts_ns, n->priority, n->rule, n->message, n->kv, n->nkv,
                              &l->buf[mine.form]);
        written(l, mine.form);
    }
}

void sk_alert_lines_summary(const struct sk_alert_options *opt, const struct sk_alert_summary *sum,
                            struct sk_alert_lines *l)
{
    struct sk_alert_options mine = *opt;

    mine.shapes = l->shapes;
    l->failed = false;
    for (mine.form = 0; mine.form < SK_FORM_N; mine.form++) {
        if (!wanted(l, mine.form))
            continue;
        if (mine.form == SK_FORM_PARTS)
            sk_parts_summary(&mine, sum, &l->buf[mine.form]);
        else
            sk_alert_write_summary(&mine, sum, &l->buf[mine.form]);
        written(l, mine.form);
    }
}
