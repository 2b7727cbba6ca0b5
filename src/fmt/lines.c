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

/* What is written: one of them. */
struct what {
    const struct sk_alert_rule *rule; /* a match, with cx */
    const struct sk_ctx *cx;
    const struct sk_alert_note *note;
    const struct sk_alert_summary *sum;
};

static void write_parts(const struct sk_alert_options *opt, const struct what *w,
                        struct sk_buf *out)
{
    if (w->rule)
        sk_parts_write(opt, w->rule, w->cx, out);
    else if (w->note)
        sk_parts_note(opt, w->note, out);
    else
        sk_parts_summary(opt, w->sum, out);
}

static void write_line(const struct sk_alert_options *opt, const struct what *w, struct sk_buf *out)
{
    const struct sk_alert_note *n = w->note;

    if (w->rule)
        sk_alert_write(opt, w->rule, w->cx, out);
    else if (n)
        sk_alert_internal(opt, n->ts_ns, n->priority, n->rule, n->message, n->kv, n->nkv, out);
    else
        sk_alert_write_summary(opt, w->sum, out);
}

static void each_form(const struct sk_alert_options *opt, const struct what *w,
                      struct sk_alert_lines *l)
{
    struct sk_alert_options mine = *opt;

    mine.shapes = l->shapes;
    l->failed = false;
    for (mine.form = 0; mine.form < SK_FORM_N; mine.form++) {
        struct sk_buf *out = &l->buf[mine.form];

        if (!(l->forms & 1u << mine.form))
            continue;
        sk_buf_reset(out);
        if (mine.form == SK_FORM_PARTS)
            write_parts(&mine, w, out);
        else
            write_line(&mine, w, out);
        l->line[mine.form] = sk_buf_str(out);
        l->failed |= out->failed;
    }
}

void sk_alert_lines_write(const struct sk_alert_options *opt, const struct sk_alert_rule *rule,
                          const struct sk_ctx *cx, struct sk_alert_lines *l)
{
    each_form(opt, &(struct what){.rule = rule, .cx = cx}, l);
}

void sk_alert_lines_note(const struct sk_alert_options *opt, const struct sk_alert_note *n,
                         struct sk_alert_lines *l)
{
    each_form(opt, &(struct what){.note = n}, l);
}

void sk_alert_lines_summary(const struct sk_alert_options *opt, const struct sk_alert_summary *sum,
                            struct sk_alert_lines *l)
{
    each_form(opt, &(struct what){.sum = sum}, l);
}
