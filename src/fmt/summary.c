/* SPDX-License-Identifier: Apache-2.0 */
/* summary.c - the line that stands for alerts that were folded; see alert.h. */
#include "fmt/put.h"
#include "fmt/shape.h"

static void add_time(const struct sk_alert_options *opt, uint64_t ts_ns, struct sk_buf *out)
{
    if (opt->iso_time)
        sk_time_iso(ts_ns, "+0000", out);
    else
        sk_time_text(ts_ns, out);
}

/* "MESSAGE (57 more between A and B)" */
static void add_message(const struct sk_alert_options *opt, const struct sk_alert_summary *sum,
                        struct sk_buf *out)
{
    sk_buf_adds(out, sum->message);
    sk_buf_printf(out, " (%llu more between ", (unsigned long long)sum->count);
    add_time(opt, sum->first_ns, out);
    sk_buf_addz(out, " and ");
    add_time(opt, sum->last_ns, out);
    sk_buf_addc(out, ')');
}

static void put_time(struct sk_buf *out, const char *key, uint64_t ts_ns)
{
    put_key(out, sk_str(key));
    sk_buf_addc(out, '"');
    sk_time_iso(ts_ns, "Z", out);
    sk_buf_addc(out, '"');
}

static void put_tags(const struct sk_alert_summary *sum, struct sk_buf *out)
{
    put_key(out, SK_STR("tags"));
    sk_buf_addc(out, '[');
    for (size_t i = 0; i < sum->ntags; i++) {
        if (i)
            sk_buf_addc(out, ',');
        put_text(out, sk_str(sum->tags[i]));
    }
    sk_buf_addc(out, ']');
}

/* The keys of an alert, and `fold`. */
static void write_json(const struct sk_alert_options *opt, const struct sk_alert_summary *sum,
                       struct sk_str line, struct sk_str message, struct sk_buf *out)
{
    sk_buf_addz(out, "{\"fold\":{");
    put_key(out, SK_STR("count"));
    sk_buf_printf(out, "%llu", (unsigned long long)sum->count);
    put_time(out, "first", sum->first_ns);
    put_time(out, "last", sum->last_ns);
    sk_buf_addc(out, '}');
    put_pair(out, "hostname", sk_str(opt->hostname));
    if (opt->id) {
        put_key(out, SK_STR("id"));
        sk_buf_printf(out, "%llu", (unsigned long long)opt->id);
    }
    if (opt->include_message)
        put_pair(out, "message", message);
    if (opt->include_output)
        put_pair(out, "output", line);
    if (opt->include_fields) {
        put_key(out, SK_STR("output_fields"));
        sk_buf_adds(out, sum->fields);
    }
    put_pair(out, "priority", sk_str(sk_level_name(sum->priority)));
    put_pair(out, "rule", sk_str(sum->rule));
    put_pair(out, "source", sk_str(sum->source));
    if (opt->include_tags)
        put_tags(sum, out);
    put_time(out, "time", sum->last_ns);
    sk_buf_addc(out, '}');
}

static void write_shape(const struct sk_alert_options *opt, const struct sk_alert_summary *sum,
                        struct sk_str line, struct sk_str message, struct sk_buf *out)
{
    const struct sk_shape_alert a = {
        .opt = opt,
        .ts_ns = sum->last_ns,
        .priority = sum->priority,
        .rule = sum->rule,
        .origin = sum->source,
        .tags = sum->tags,
        .ntags = sum->ntags,
        .line = line,
        .message = message,
        .fields = sum->fields,
        .count = sum->count,
        .first_ns = sum->first_ns,
    };

    sk_shape_write(opt->form, &a, out);
}

void sk_alert_write_summary(const struct sk_alert_options *opt, const struct sk_alert_summary *sum,
                            struct sk_buf *out)
{
    sk_auto(buf) struct sk_buf line = SK_BUF(out->max);
    struct sk_str whole, message;
    size_t prefix;

    add_time(opt, sum->last_ns, &line);
    sk_buf_printf(&line, ": %s ", sk_level_name(sum->priority));
    prefix = line.n;
    add_message(opt, sum, &line);
    out->failed = out->failed || line.failed;
    whole = sk_buf_str(&line);
    message = (struct sk_str){whole.p + prefix, whole.n - prefix};
    if (opt->form == SK_FORM_JSON)
        write_json(opt, sum, whole, message, out);
    else if (opt->form != SK_FORM_TEXT && opt->shapes)
        write_shape(opt, sum, whole, message, out);
    else
        sk_buf_add_json(out, whole);
}
