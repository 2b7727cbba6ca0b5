/* SPDX-License-Identifier: Apache-2.0 */
/* alert.c - the line of an alert.
 *
 * Texts of events are foreign bytes: the text form is escaped like the content of a JSON string, so
 * that a file name can neither forge a second line nor write to a terminal. */
#include "fmt/alert.h"

#include "fmt/put.h"
#include "fmt/shape.h"

/* One key of output_fields. */
struct entry {
    struct sk_str key;
    const struct sk_field_ref *field; /* typed value ... */
    const struct sk_format *format;   /* ... or text ... */
    bool time;                        /* ... or the time of the event */
};

static void add_prefix(const struct sk_alert_options *opt, uint64_t ts_ns, enum sk_level priority,
                       struct sk_buf *out)
{
    if (opt->iso_time)
        sk_time_iso(ts_ns, "+0000", out);
    else
        sk_time_text(ts_ns, out);
    sk_buf_printf(out, ": %s ", sk_level_name(priority));
}

static void add_id(const struct sk_alert_options *opt, struct sk_buf *out)
{
    if (!opt->id)
        return;
    put_key(out, SK_STR("id"));
    sk_buf_printf(out, "%llu", (unsigned long long)opt->id);
}

/* Machines get the time as nanoseconds, whatever the field prints for people. */
static bool is_time(struct sk_str name)
{
    return sk_str_starts(name, SK_STR("evt.time")) || sk_str_starts(name, SK_STR("evt.datetime"));
}

static void add_field(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_buf *out)
{
    struct sk_vals vals;

    if (is_time(sk_str(ref->field->name))) {
        sk_buf_printf(out, "%llu", (unsigned long long)cx->ev->ts_ns);
        return;
    }
    if (!sk_field_extract(cx, ref, &vals) || (vals.n == 0 && !ref->is_list)) {
        sk_buf_addz(out, "null");
        return;
    }
    if (!ref->is_list) {
        sk_val_json(&vals.v[0], sk_output_fmt(cx, &vals.v[0], ref->fmt), out);
        return;
    }
    sk_buf_addc(out, '[');
    for (size_t i = 0; i < vals.n; i++) {
        if (i != 0)
            sk_buf_addc(out, ',');
        sk_val_json(&vals.v[i], sk_output_fmt(cx, &vals.v[i], ref->fmt), out);
    }
    sk_buf_addc(out, ']');
}

static int compare_key(struct sk_str a, struct sk_str b)
{
    int d = memcmp(a.p, b.p, SK_MIN(a.n, b.n));

    return d ? d : (a.n > b.n) - (a.n < b.n);
}

/* Inserts in the order of keys; the later of two equal keys wins. */
static size_t insert(struct entry *e, size_t n, const struct entry *new_entry)
{
    size_t i = n;
    int d = 1;

    while (i > 0 && (d = compare_key(e[i - 1].key, new_entry->key)) > 0)
        i--;
    if (i > 0 && d == 0) {
        e[i - 1] = *new_entry;
        return n;
    }
    memmove(&e[i + 1], &e[i], (n - i) * sizeof(*e));
    e[i] = *new_entry;
    return n + 1;
}

/* Sorted entries of the arena of the event; NULL: no memory, the object stays empty. */
static struct entry *list_entries(const struct sk_alert_options *opt,
                                  const struct sk_alert_rule *rule, const struct sk_ctx *cx,
                                  size_t *out_n)
{
    const struct sk_field_ref *const *field;
    size_t nfields = sk_format_fields(rule->format, &field), n = 0;
    struct entry *e = sk_arena_alloc(cx->tmp, (nfields + rule->nextra + 1) * sizeof(*e));
    struct entry time = {.key = opt->iso_time ? SK_STR("evt.time.iso8601") : SK_STR("evt.time"),
                         .time = true};

    *out_n = 0;
    if (!e)
        return NULL;
    for (size_t i = 0; i < nfields; i++)
        n = insert(e, n, &(struct entry){.key = field[i]->text, .field = field[i]});
    n = insert(e, n, &time);
    for (size_t i = 0; i < rule->nextra; i++)
        n = insert(e, n,
                   &(struct entry){.key = sk_str(rule->extra[i].key),
                                   .field = rule->extra[i].raw,
                                   .format = rule->extra[i].format});
    *out_n = n;
    return e;
}

static void add_output_fields(const struct sk_alert_options *opt, const struct sk_alert_rule *rule,
                              const struct sk_ctx *cx, struct sk_buf *out)
{
    size_t n;
    struct entry *e = list_entries(opt, rule, cx, &n);
    sk_auto(buf) struct sk_buf text = SK_BUF(out->max);

    sk_buf_addc(out, '{');
    for (size_t i = 0; i < n; i++) {
        put_key(out, e[i].key);
        if (e[i].time) {
            sk_buf_printf(out, "%llu", (unsigned long long)cx->ev->ts_ns);
        } else if (e[i].field) {
            add_field(cx, e[i].field, out);
        } else {
            sk_buf_reset(&text);
            sk_format_text(e[i].format, cx, &text);
            put_text(out, sk_buf_str(&text));
        }
    }
    sk_buf_addc(out, '}');
}

/* A sorted set: the next tag behind `last`, or NULL. */
static const char *next_tag(const struct sk_alert_rule *rule, const char *last)
{
    const char *best = NULL;

    for (size_t i = 0; i < rule->ntags; i++)
        if ((!last || strcmp(rule->tags[i], last) > 0) &&
            (!best || strcmp(rule->tags[i], best) < 0))
            best = rule->tags[i];
    return best;
}

static void add_tags(const struct sk_alert_rule *rule, struct sk_buf *out)
{
    put_key(out, SK_STR("tags"));
    sk_buf_addc(out, '[');
    for (const char *tag = next_tag(rule, NULL), *first = tag; tag; tag = next_tag(rule, tag)) {
        if (tag != first)
            sk_buf_addc(out, ',');
        put_text(out, sk_str(tag));
    }
    sk_buf_addc(out, ']');
}

static void add_time(uint64_t ts_ns, struct sk_buf *out)
{
    put_key(out, SK_STR("time"));
    sk_buf_addc(out, '"');
    sk_time_iso(ts_ns, "Z", out);
    sk_buf_addc(out, '"');
}

/* Keys in the order of the alphabet, no blanks. */
static void write_json(const struct sk_alert_options *opt, const struct sk_alert_rule *rule,
                       const struct sk_ctx *cx, struct sk_str line, struct sk_str message,
                       struct sk_buf *out)
{
    sk_buf_addc(out, '{');
    put_pair(out, "hostname", sk_str(opt->hostname));
    add_id(opt, out);
    if (opt->include_message)
        put_pair(out, "message", message);
    if (opt->include_output)
        put_pair(out, "output", line);
    if (opt->include_fields) {
        put_key(out, SK_STR("output_fields"));
        add_output_fields(opt, rule, cx, out);
    }
    put_pair(out, "priority", sk_str(sk_level_name(rule->priority)));
    put_pair(out, "rule", sk_str(rule->name));
    put_pair(out, "source", sk_str(rule->source));
    if (opt->include_tags)
        add_tags(rule, out);
    add_time(cx->ev->ts_ns, out);
    sk_buf_addc(out, '}');
}

const char *const *sk_alert_tags(const struct sk_alert_rule *rule, struct sk_arena *mem,
                                 size_t *out_n)
{
    const char **tags = sk_arena_alloc(mem, (rule->ntags + 1) * sizeof(*tags));

    *out_n = 0;
    for (const char *tag = next_tag(rule, NULL); tags && tag; tag = next_tag(rule, tag))
        tags[(*out_n)++] = tag;
    return tags;
}

static void write_shape(const struct sk_alert_options *opt, const struct sk_alert_rule *rule,
                        const struct sk_ctx *cx, struct sk_str line, struct sk_str message,
                        struct sk_buf *out)
{
    sk_auto(buf) struct sk_buf fields = SK_BUF(out->max);
    size_t n;
    const char *const *tags = sk_alert_tags(rule, cx->tmp, &n);

    add_output_fields(opt, rule, cx, &fields);
    sk_shape_write(opt->form,
                   &(struct sk_shape_alert){.opt = opt,
                                            .cx = cx,
                                            .ts_ns = cx->ev->ts_ns,
                                            .priority = rule->priority,
                                            .rule = rule->name,
                                            .origin = rule->source,
                                            .tags = tags,
                                            .ntags = n,
                                            .line = line,
                                            .message = message,
                                            .fields = sk_buf_str(&fields)},
                   out);
    out->failed = out->failed || fields.failed;
}

void sk_alert_parts(const struct sk_alert_options *opt, const struct sk_alert_rule *rule,
                    const struct sk_ctx *cx, struct sk_buf *message, struct sk_buf *fields)
{
    struct sk_ctx mine = *cx;

    mine.for_output = true;
    sk_format_text(rule->format, &mine, message);
    add_output_fields(opt, rule, &mine, fields);
}

void sk_alert_write(const struct sk_alert_options *opt, const struct sk_alert_rule *rule,
                    const struct sk_ctx *cx, struct sk_buf *out)
{
    sk_auto(buf) struct sk_buf line = SK_BUF(out->max);
    struct sk_ctx mine = *cx;
    struct sk_str whole, message;
    size_t prefix;

    mine.for_output = true;
    add_prefix(opt, cx->ev->ts_ns, rule->priority, &line);
    prefix = line.n;
    sk_format_text(rule->format, &mine, &line);
    out->failed = out->failed || line.failed;
    whole = sk_buf_str(&line);
    message = (struct sk_str){whole.p + prefix, whole.n - prefix};
    if (opt->form == SK_FORM_JSON)
        write_json(opt, rule, &mine, whole, message, out);
    else if (opt->form != SK_FORM_TEXT && opt->shapes)
        write_shape(opt, rule, &mine, whole, message, out);
    else
        sk_buf_add_json(out, whole);
}

static void internal_fields(const struct sk_alert_kv *kv, size_t nkv, struct sk_buf *out)
{
    sk_buf_addc(out, '{');
    for (size_t i = 0; i < nkv; i++) {
        put_key(out, sk_str(kv[i].key));
        sk_buf_addz(out, kv[i].json);
    }
    sk_buf_addc(out, '}');
}

static void internal_json(const struct sk_alert_options *opt, uint64_t ts_ns,
                          enum sk_level priority, const char *rule, const char *message,
                          const struct sk_alert_kv *kv, size_t nkv, struct sk_buf *out)
{
    sk_buf_addc(out, '{');
    put_pair(out, "hostname", sk_str(opt->hostname));
    add_id(opt, out);
    put_pair(out, "output", sk_str(message));
    put_key(out, SK_STR("output_fields"));
    internal_fields(kv, nkv, out);
    put_pair(out, "priority", sk_str(sk_level_name(priority)));
    put_pair(out, "rule", sk_str(rule));
    put_pair(out, "source", SK_STR("internal"));
    add_time(ts_ns, out);
    sk_buf_addc(out, '}');
}

static void internal_shape(const struct sk_alert_options *opt, uint64_t ts_ns,
                           enum sk_level priority, const char *rule, const char *message,
                           const struct sk_alert_kv *kv, size_t nkv, struct sk_buf *out)
{
    sk_auto(buf) struct sk_buf fields = SK_BUF(out->max);

    internal_fields(kv, nkv, &fields);
    sk_shape_write(opt->form,
                   &(struct sk_shape_alert){.opt = opt,
                                            .ts_ns = ts_ns,
                                            .priority = priority,
                                            .rule = rule,
                                            .origin = "internal",
                                            .line = sk_str(message),
                                            .message = sk_str(message),
                                            .fields = sk_buf_str(&fields)},
                   out);
    out->failed = out->failed || fields.failed;
}

/* One line, whatever the message holds (the report of a rules file has many). */
static void add_one_line(struct sk_str s, struct sk_buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        const bool control = (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f;

        if (control)
            sk_buf_add_json(out, (struct sk_str){s.p + i, 1});
        else
            sk_buf_addc(out, s.p[i]);
    }
}

void sk_alert_internal(const struct sk_alert_options *opt, uint64_t ts_ns, enum sk_level priority,
                       const char *rule, const char *message, const struct sk_alert_kv *kv,
                       size_t nkv, struct sk_buf *out)
{
    if (opt->form == SK_FORM_JSON) {
        internal_json(opt, ts_ns, priority, rule, message, kv, nkv, out);
        return;
    }
    if (opt->form != SK_FORM_TEXT && opt->shapes) {
        internal_shape(opt, ts_ns, priority, rule, message, kv, nkv, out);
        return;
    }
    sk_time_text(ts_ns, out);
    sk_buf_printf(out, ": %s ", sk_level_name(priority));
    add_one_line(sk_str(message), out);
    sk_buf_addz(out, " (");
    for (size_t i = 0; i < nkv; i++)
        sk_buf_printf(out, "%s%s=%s", i ? " " : "", kv[i].key, kv[i].json);
    sk_buf_addc(out, ')');
}
