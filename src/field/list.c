/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - fields as --list prints them. Tools of Falco's users read these shapes. */
#include "field/list.h"

#include <errno.h>

#include "base/json.h"
#include "field/field.h"

#define NAME_COLUMNS 30
#define DOC_COLUMNS  120
#define RULE         "-------------------------------"

/* Classes for every source are printed with the sources that there are. */
#define ALL_SOURCES "syscall"

static bool listed(const struct sk_field *f, const struct sk_field_class *c)
{
    return f->klass == c && !(f->flags & (SK_FF_HIDDEN | SK_FF_DEPRECATED));
}

static size_t field_count(const struct sk_list_opts *o)
{
    return sk_fields_n + (o->made ? o->made->n : 0);
}

static const struct sk_field *field_at(const struct sk_list_opts *o, size_t i)
{
    return i < sk_fields_n ? &sk_fields[i] : &o->made->field[i - sk_fields_n];
}

/* Those of the rows, then that of the fields made at run time. */
static size_t class_count(const struct sk_list_opts *o)
{
    return sk_field_classes_n + (o->made && o->made->n ? 1 : 0);
}

static const struct sk_field_class *class_at(const struct sk_list_opts *o, size_t i)
{
    return i < sk_field_classes_n ? &sk_field_classes[i] : o->made->field[0].klass;
}

static const char *sources_of(const struct sk_field_class *c)
{
    return c->sources[0] ? c->sources : ALL_SOURCES;
}

/* Is `source` one of the words of the class? */
static bool has_source(const struct sk_field_class *c, struct sk_str source)
{
    const char *at = sources_of(c);

    if (!source.p)
        return true;
    while (*at) {
        size_t n = strcspn(at, " ");

        if (sk_str_eq((struct sk_str){at, n}, source))
            return true;
        at += n + (at[n] == ' ');
    }
    return false;
}

static bool any_listed(const struct sk_list_opts *o, const struct sk_field_class *c)
{
    for (size_t i = 0; i < field_count(o); i++)
        if (listed(field_at(o, i), c))
            return true;
    return false;
}

/* "(ARG_REQUIRED,EPF_NO_RHS) " */
static void add_properties(const struct sk_field *f, struct sk_buf *out)
{
    static const struct {
        uint32_t flag;
        const char *name;
    } props[] = {
        {SK_FF_ARG_ALLOWED, "ARG_ALLOWED"},
        {SK_FF_ARG_INDEX, "ARG_INDEX"},
        {SK_FF_ARG_KEY, "ARG_KEY"},
        {SK_FF_ARG_REQUIRED, "ARG_REQUIRED"},
        {SK_FF_LIST, "EPF_IS_LIST"},
        {SK_FF_NO_RHS, "EPF_NO_RHS"},
        {SK_FF_NO_TRANSFORMER, "EPF_NO_TRANSFORMER"},
        {SK_FF_FILTER_ONLY, "FILTER_ONLY"},
        {SK_FF_SAKER, "SAKER"},
    };
    const char *sep = "(";

    for (size_t i = 0; i < SK_ARRAY_LEN(props); i++) {
        /* A field that needs an argument is not said to allow one. */
        if (!(f->flags & props[i].flag) ||
            (props[i].flag == SK_FF_ARG_ALLOWED && f->flags & SK_FF_ARG_REQUIRED))
            continue;
        sk_buf_addz(out, sep);
        sk_buf_addz(out, props[i].name);
        sep = ",";
    }
    if (*sep == ',')
        sk_buf_addz(out, ") ");
}

/* Text from column 30 on, broken at blanks before column 120; every word is followed by a blank. */
static void add_wrapped(struct sk_str text, struct sk_buf *out)
{
    size_t column = NAME_COLUMNS;

    while (text.n) {
        const char *blank = memchr(text.p, ' ', text.n);
        size_t n = blank ? (size_t)(blank - text.p) : text.n;

        if (column > NAME_COLUMNS && column + n + 1 > DOC_COLUMNS) {
            sk_buf_printf(out, "\n%*s", NAME_COLUMNS, "");
            column = NAME_COLUMNS;
        }
        sk_buf_add(out, text.p, n);
        sk_buf_addc(out, ' ');
        column += n + 1;
        n += blank ? 1 : 0;
        text = (struct sk_str){text.p + n, text.n - n};
    }
}

static void text_field(const struct sk_field *f, bool verbose, struct sk_buf *out)
{
    sk_auto(buf) struct sk_buf doc = SK_BUF(4096);

    if (verbose)
        sk_buf_printf(&doc, "(Type: %s) ", sk_type_name(f->type));
    add_properties(f, &doc);
    sk_buf_addz(&doc, f->doc);
    if (f->name_n <= NAME_COLUMNS)
        sk_buf_printf(out, "%-*s", NAME_COLUMNS, f->name);
    else
        sk_buf_printf(out, "%s\n%*s", f->name, NAME_COLUMNS, "");
    add_wrapped(sk_buf_str(&doc), out);
    sk_buf_addc(out, '\n');
    out->failed = out->failed || doc.failed;
}

static void text_class(const struct sk_list_opts *o, const struct sk_field_class *c,
                       struct sk_buf *out)
{
    sk_buf_addz(out, RULE "\n");
    sk_buf_printf(out, "%-*s%s", NAME_COLUMNS, "Field Class:", c->name);
    sk_buf_printf(out, *c->of ? " (%s)\n" : "\n", c->of);
    sk_buf_printf(out, "%-*s", NAME_COLUMNS, "Description:");
    add_wrapped(sk_str(c->desc), out);
    sk_buf_printf(out, "\n%-*s%s \n\n", NAME_COLUMNS, "Event Sources:", sources_of(c));
    for (size_t i = 0; i < field_count(o); i++)
        if (listed(field_at(o, i), c))
            text_field(field_at(o, i), o->verbose, out);
    sk_buf_addc(out, '\n');
}

static void markdown_class(const struct sk_list_opts *o, const struct sk_field_class *c,
                           struct sk_buf *out)
{
    sk_buf_printf(out, "## Field Class: %s\n\n%s\n\nEvent Sources: %s \n\n", c->name, c->desc,
                  sources_of(c));
    sk_buf_addz(out, "Name | Type | Description\n:----|:-----|:-----------\n");
    for (size_t i = 0; i < field_count(o); i++) {
        const struct sk_field *f = field_at(o, i);

        if (!listed(f, c))
            continue;
        sk_buf_printf(out, "`%s` | ", f->name);
        sk_buf_printf(out, f->flags & SK_FF_LIST ? "LIST(%s)" : "%s", sk_type_name(f->type));
        sk_buf_addz(out, " | ");
        /* <NA> and the like would be taken for HTML. */
        for (const char *p = f->doc; *p; p++)
            sk_buf_addz(out, *p == '<' ? "&lt;" : *p == '|' ? "\\|" : (const char[]){*p, '\0'});
        sk_buf_addc(out, '\n');
    }
    sk_buf_addc(out, '\n');
}

static void json_text(const char *key, const char *value, struct sk_buf *out)
{
    sk_buf_printf(out, "\"%s\":\"", key);
    sk_buf_add_json(out, sk_str(value));
    sk_buf_addc(out, '"');
}

static void json_argument(const struct sk_field *f, struct sk_buf *out)
{
    bool index = f->flags & SK_FF_ARG_INDEX, key = f->flags & SK_FF_ARG_KEY;

    if (!(f->flags & (SK_FF_ARG_ALLOWED | SK_FF_ARG_REQUIRED))) {
        sk_buf_addz(out, "null");
        return;
    }
    sk_buf_printf(out, "{\"required\":%s,\"type\":[%s%s%s]}",
                  f->flags & SK_FF_ARG_REQUIRED ? "true" : "false", index ? "\"INDEX\"" : "",
                  index && key ? "," : "", key ? "\"KEY\"" : "");
}

static void json_class(const struct sk_list_opts *o, const struct sk_field_class *c,
                       struct sk_buf *out)
{
    const char *at = sources_of(c), *sep = "";

    sk_buf_addc(out, '{');
    json_text("desc", c->desc, out);
    sk_buf_addz(out, ",\"event_sources\":[");
    while (*at) {
        size_t n = strcspn(at, " ");

        sk_buf_printf(out, "%s\"%.*s\"", sep, (int)n, at);
        at += n + (at[n] == ' ');
        sep = ",";
    }
    sk_buf_addz(out, "],\"fields\":[");
    sep = "";
    for (size_t i = 0; i < field_count(o); i++) {
        const struct sk_field *f = field_at(o, i);

        if (!listed(f, c))
            continue;
        sk_buf_printf(out, "%s{\"argument\":", sep);
        json_argument(f, out);
        sk_buf_addc(out, ',');
        json_text("desc", f->doc, out);
        sk_buf_printf(out, ",\"is_list\":%s,", f->flags & SK_FF_LIST ? "true" : "false");
        json_text("name", f->name, out);
        sk_buf_addc(out, ',');
        json_text("type", sk_type_name(f->type), out);
        sk_buf_addc(out, '}');
        sep = ",";
    }
    sk_buf_addz(out, "],");
    json_text("name", c->name, out);
    sk_buf_addc(out, '}');
}

static void list_names(const struct sk_list_opts *o, struct sk_buf *out)
{
    const char *sep = "";

    if (o->format == SK_LIST_JSON)
        sk_buf_addz(out, "{\"fieldnames\":[");
    for (size_t i = 0; i < field_count(o); i++) {
        const struct sk_field *f = field_at(o, i);

        if (!listed(f, f->klass) || !has_source(f->klass, o->source))
            continue;
        if (o->format != SK_LIST_JSON) {
            sk_buf_printf(out, "%s\n", f->name);
            continue;
        }
        sk_buf_printf(out, "%s\"%s\"", sep, f->name);
        sep = ",";
    }
    if (o->format == SK_LIST_JSON)
        sk_buf_addz(out, "]}");
}

static void list_class(const struct sk_list_opts *o, const struct sk_field_class *c,
                       struct sk_buf *out)
{
    switch (o->format) {
    case SK_LIST_TEXT:
        text_class(o, c, out);
        return;
    case SK_LIST_MARKDOWN:
        markdown_class(o, c, out);
        return;
    case SK_LIST_JSON:
        json_class(o, c, out);
        return;
    }
}

static void list_classes(const struct sk_list_opts *o, struct sk_buf *out)
{
    bool first = true;

    if (o->format == SK_LIST_JSON)
        sk_buf_addz(out, "{\"fieldclasses\":[");
    for (size_t i = 0; i < class_count(o); i++) {
        const struct sk_field_class *c = class_at(o, i);

        if (!any_listed(o, c) || !has_source(c, o->source))
            continue;
        if (o->format == SK_LIST_JSON && !first)
            sk_buf_addc(out, ',');
        list_class(o, c, out);
        first = false;
    }
    if (o->format == SK_LIST_JSON)
        sk_buf_addz(out, "]}");
}

int sk_list_fields(const struct sk_list_opts *o, struct sk_buf *out)
{
    sk_auto(buf) struct sk_buf compact = SK_BUF(out->max);
    struct sk_buf *to = o->format == SK_LIST_JSON ? &compact : out;
    bool known = false;

    for (size_t i = 0; i < sk_field_classes_n; i++)
        known = known || has_source(&sk_field_classes[i], o->source);
    if (!known)
        return -EINVAL;
    if (o->names_only)
        list_names(o, to);
    else
        list_classes(o, to);
    if (to == &compact) {
        sk_json_indent(sk_buf_str(&compact), out);
        sk_buf_addc(out, '\n');
    }
    return out->failed || compact.failed ? -ENOBUFS : 0;
}
