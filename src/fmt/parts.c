/* SPDX-License-Identifier: Apache-2.0 */
/* parts.c - the line of an alert and its parts. */
#include "fmt/parts.h"

#include "fmt/put.h"

static void put_tags(const char *const *tag, size_t n, struct sk_buf *out)
{
    put_key(out, SK_STR("tags"));
    sk_buf_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            sk_buf_addc(out, ',');
        put_text(out, sk_str(tag[i]));
    }
    sk_buf_addc(out, ']');
}

static void put_head(const struct sk_alert_options *opt, const char *source, struct sk_buf *out)
{
    sk_buf_addz(out, "\n{");
    put_pair(out, "hostname", sk_str(opt->hostname));
    put_pair(out, "source", sk_str(source));
}

static void put_field(struct sk_buf *out, struct sk_str key, struct sk_str value)
{
    put_key(out, key);
    put_text(out, value);
}

/* A key may come twice; readers take the later one, which is that of `append_output`. */
static void add_fields(const struct sk_alert_rule *rule, const struct sk_ctx *cx,
                       struct sk_buf *out)
{
    const struct sk_field_ref *const *field;
    size_t n = sk_format_fields(rule->format, &field);
    sk_auto(buf) struct sk_buf text = SK_BUF(out->max);

    for (size_t i = 0; i < n; i++) {
        sk_buf_reset(&text);
        sk_format_field(field[i], cx, &text);
        put_field(out, field[i]->text, sk_buf_str(&text));
    }
    for (size_t i = 0; i < rule->nextra; i++) {
        const struct sk_extra *e = &rule->extra[i];

        sk_buf_reset(&text);
        if (e->raw)
            sk_format_field(e->raw, cx, &text);
        else
            sk_format_text(e->format, cx, &text);
        put_field(out, sk_str(e->key), sk_buf_str(&text));
    }
    out->failed |= text.failed;
}

void sk_parts_write(const struct sk_alert_options *opt, const struct sk_alert_rule *rule,
                    const struct sk_ctx *cx, struct sk_buf *out)
{
    struct sk_alert_options line = *opt;

    line.form = opt->parts_line;
    sk_alert_write(&line, rule, cx, out);
    put_head(opt, rule->source, out);
    put_tags(rule->tags, rule->ntags, out);
    put_key(out, SK_STR("output_fields"));
    sk_buf_addc(out, '{');
    add_fields(rule, cx, out);
    sk_buf_addz(out, "}}");
}

void sk_parts_note(const struct sk_alert_options *opt, const struct sk_alert_note *n,
                   struct sk_buf *out)
{
    struct sk_alert_options line = *opt;

    line.form = opt->parts_line;
    sk_alert_internal(&line, n->ts_ns, n->priority, n->rule, n->message, n->kv, n->nkv, out);
    sk_buf_addc(out, '\n');
    line.form = SK_FORM_JSON; /* it has the same members */
    sk_alert_internal(&line, n->ts_ns, n->priority, n->rule, n->message, n->kv, n->nkv, out);
}

void sk_parts_summary(const struct sk_alert_options *opt, const struct sk_alert_summary *sum,
                      struct sk_buf *out)
{
    struct sk_alert_options line = *opt;

    line.form = opt->parts_line;
    sk_alert_write_summary(&line, sum, out);
    put_head(opt, sum->source, out);
    put_tags(sum->tags, sum->ntags, out);
    put_key(out, SK_STR("output_fields"));
    sk_buf_adds(out, sum->fields.n ? sum->fields : SK_STR("{}"));
    sk_buf_addc(out, '}');
}
