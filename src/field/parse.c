/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c - names of fields with their arguments, as rules and formats write them.
 *
 * The argument follows in brackets or, for a few fields, behind a dot.  Messages are those that
 * users of Falco know; which one appears depends on the class: upstream parses per class. */
#include "field/field.h"

#include <errno.h>

#include "field/extract.h"

/* No name of a field, with an argument behind a dot, is longer in a format. */
#define NAME_MAX_BYTES 512

/* A field's name and what stands behind it, before the argument is understood. */
struct split {
    const struct sk_field *field;
    struct sk_str text, arg; /* arg: without brackets, quotes or dot */
    bool brackets, dot;
};

static int bad(struct sk_buf *err, int code, const char *fmt, struct sk_str s)
{
    sk_buf_printf(err, fmt, (int)s.n, s.p);
    return code;
}

static int nonexistent(struct sk_buf *err, struct sk_str text)
{
    return bad(err, -ENOENT, "filter_check called with nonexistent field %.*s", text);
}

static struct sk_str name_of(const struct sk_field *f)
{
    return (struct sk_str){f->name, f->name_n};
}

/* Columns of the rows as bytes of their own: looking one up reads 330 of them, not 26 KB. */
static const uint8_t name_bytes[] = {
#define FIELD_CLASS(id, nm, of_what, srcs, text)
#define FIELD_ROW(id, nm, ty, pf, fl, fn, snc, text) [SK_FLD_##id] = sizeof(nm) - 1,
#include "fields.def"
};
static const uint8_t has_dot_arg[] = {
#define FIELD_CLASS(id, nm, of_what, srcs, text)
#define FIELD_ROW(id, nm, ty, pf, fl, fn, snc, text) [SK_FLD_##id] = ((fl) & SK_FF_DOT_ARG) != 0,
#include "fields.def"
};

/* The first row from `from` on with this value in the column, or NULL. */
static const struct sk_field *next_row(const uint8_t *column, size_t from, uint8_t value)
{
    const uint8_t *at =
        from < sk_fields_n ? memchr(column + from, value, sk_fields_n - from) : NULL;

    return at ? &sk_fields[at - column] : NULL;
}

static const struct sk_field *find_exact(const struct sk_field_set *set, struct sk_str name)
{
    const struct sk_field *f =
        name.n <= UINT8_MAX ? next_row(name_bytes, 0, (uint8_t)name.n) : NULL;

    while (f && !sk_str_eq(name, name_of(f)))
        f = next_row(name_bytes, (size_t)(f - sk_fields) + 1, (uint8_t)name.n);
    for (size_t i = 0; !f && set && i < set->n; i++)
        f = sk_str_eq(name, name_of(&set->field[i])) ? &set->field[i] : NULL;
    return f;
}

/* The longest field with a dot argument that `name` begins with; the rest goes to *rest. */
static const struct sk_field *find_dotted(struct sk_str name, struct sk_str *rest)
{
    const struct sk_field *best = NULL;
    size_t best_n = 0;

    for (const struct sk_field *f = next_row(has_dot_arg, 0, 1); f;
         f = next_row(has_dot_arg, (size_t)(f - sk_fields) + 1, 1)) {
        if (f->name_n < best_n || !sk_str_starts(name, name_of(f)))
            continue;
        best = f;
        best_n = f->name_n;
    }
    *rest = (struct sk_str){name.p + best_n, name.n - best_n};
    return best;
}

/* Does the name of another field, longer than that of `f`, begin `name`? */
static bool begins_with_longer(struct sk_str name, const struct sk_field *f)
{
    for (size_t i = 0; i < sk_fields_n; i++)
        if (sk_fields[i].name_n > f->name_n && sk_str_starts(name, name_of(&sk_fields[i])))
            return true;
    return false;
}

static struct sk_str unquote(struct sk_str s)
{
    if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
        return (struct sk_str){s.p + 1, s.n - 2};
    return s;
}

static bool is_plugin_class(const struct sk_field *f)
{
    return f->klass == &sk_field_classes[SK_FCLS_CONTAINER];
}

static bool is_named(const struct sk_field *f, const char *name)
{
    return strcmp(f->name, name) == 0;
}

static int split(const struct sk_field_set *set, struct sk_str text, struct split *out,
                 struct sk_buf *err)
{
    const char *open = text.n ? memchr(text.p, '[', text.n) : NULL;
    struct sk_str name = {text.p, open ? (size_t)(open - text.p) : text.n}, rest = {NULL, 0};
    struct split s = {.text = text, .field = find_exact(set, name)};

    if (!s.field) {
        s.field = find_dotted(name, &rest);
        if (!s.field)
            return nonexistent(err, text);
        if (!rest.n || rest.p[0] != '.')
            return begins_with_longer(name, s.field)
                       ? nonexistent(err, text) /* evt.argsx is meant as evt.args */
                       : bad(err, -EINVAL, "filter syntax error: %.*s", text);
        if (open) /* a dot and brackets */
            return nonexistent(err, text);
        s.dot = true;
        s.arg = (struct sk_str){rest.p + 1, rest.n - 1};
        *out = s;
        return 0;
    }
    if (open) {
        s.brackets = true;
        if (text.p[text.n - 1] != ']') {
            if (!is_plugin_class(s.field))
                return nonexistent(err, text);
            sk_buf_printf(err, "filter '%.*s': %s terminates with incomplete argument brackets",
                          (int)text.n, text.p, s.field->name);
            return -EINVAL;
        }
        s.arg = unquote((struct sk_str){open + 1, (size_t)(text.p + text.n - open) - 2});
    }
    *out = s;
    return 0;
}

/* Decimal with an optional sign that fits 32 bits: what sscanf("%d") takes. */
static bool parse_index(struct sk_str s, int64_t *out)
{
    int64_t v;

    if (s.n && s.p[0] == '+')
        s = (struct sk_str){s.p + 1, s.n - 1};
    if (!s.n || sk_parse_i64(s.p, s.n, &v) < 0 || v > INT32_MAX || v < INT32_MIN)
        return false;
    *out = v;
    return true;
}

static bool all_digits(struct sk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* The first event with a parameter of that name decides its type. */
static const struct sk_param_info *find_param(struct sk_str name)
{
    for (unsigned e = 0; e < SK_EVENT_N; e++)
        for (unsigned i = 0; i < sk_events[e].nparams; i++)
            if (sk_str_eqz(name, sk_events[e].param[i].name))
                return &sk_events[e].param[i];
    return NULL;
}

/* Does any parameter's name begin `name`? Then only what follows it is wrong. */
static bool begins_with_param(struct sk_str name)
{
    for (unsigned e = 0; e < SK_EVENT_N; e++)
        for (unsigned i = 0; i < sk_events[e].nparams; i++)
            if (sk_str_starts(name, sk_str(sk_events[e].param[i].name)))
                return true;
    return false;
}

static int parse_param_name(const struct split *s, struct sk_field_ref *ref, struct sk_buf *err)
{
    const struct sk_param_info *p = find_param(s->arg);

    if (!p)
        return begins_with_param(s->arg) ? nonexistent(err, s->text)
                                         : bad(err, -EINVAL, "unknown event argument %.*s", s->arg);
    if (is_named(s->field, "evt.rawarg")) {
        ref->type = p->type;
        ref->fmt = p->fmt;
    }
    return 0;
}

static int parse_evt_arg(const struct split *s, struct sk_field_ref *ref, struct sk_buf *err)
{
    if (s->dot)
        return parse_param_name(s, ref, err);
    if (!s->brackets)
        return bad(err, -EINVAL, "filter syntax error: %.*s", s->text);
    if (is_named(s->field, "evt.rawarg")) {
        sk_buf_addz(err, "evt.arg fields must be expressed explicitly");
        return -EINVAL;
    }
    if (!parse_index(s->arg, &ref->index))
        return bad(err, -EINVAL, "%.*s is not a valid number", s->arg);
    ref->arg_is_index = true;
    return 0;
}

static int parse_evt_type_is(const struct split *s, struct sk_field_ref *ref, struct sk_buf *err)
{
    uint64_t code;

    if (!s->dot)
        return bad(err, -EINVAL, "filter syntax error: %.*s", s->text);
    if (sk_parse_u64(s->arg.p, s->arg.n, &code) == 0 && code <= UINT32_MAX) {
        ref->index = (int64_t)code;
        ref->extra = (uint32_t)code;
        return 0;
    }
    for (unsigned e = 0; e + 1 < SK_EVENT_N; e += 2) {
        if (sk_str_eqz(s->arg, sk_events[e].name)) {
            ref->index = e;
            ref->extra = e + 1;
            return 0;
        }
    }
    return nonexistent(err, s->text);
}

static int parse_evt_abspath(const struct split *s, struct sk_field_ref *ref, struct sk_buf *err)
{
    if (!s->dot && !s->brackets)
        return 0;
    if (s->dot && sk_str_eqz(s->arg, "src"))
        ref->extra = 1;
    else if (s->dot && sk_str_eqz(s->arg, "dst"))
        ref->extra = 2;
    else
        return nonexistent(err, s->text);
    return 0;
}

static int parse_evt_around(const struct split *s, struct sk_field_ref *ref, struct sk_buf *err)
{
    uint64_t ts;

    if (!s->brackets)
        return bad(err, -EINVAL, "filter syntax error: %.*s", s->text);
    if (sk_parse_u64(s->arg.p, s->arg.n, &ts) < 0)
        return bad(err, -EINVAL, "%.*s is not a valid number", s->arg);
    ref->index = (int64_t)ts;
    return 0;
}

static int parse_cgroup(const struct split *s, struct sk_field_ref *ref, struct sk_buf *err)
{
    (void)ref;
    if (!s->dot)
        return bad(err, -EINVAL, "filter syntax error: %.*s", s->text);
    return s->arg.n ? 0 : nonexistent(err, s->text);
}

/* Fields whose argument follows no common rule. */
static const struct special {
    const char *name;
    int (*parse)(const struct split *s, struct sk_field_ref *ref, struct sk_buf *err);
} specials[] = {
    {"evt.arg", parse_evt_arg},         {"evt.rawarg", parse_evt_arg},
    {"evt.type.is", parse_evt_type_is}, {"evt.abspath", parse_evt_abspath},
    {"evt.around", parse_evt_around},   {"thread.cgroup", parse_cgroup},
};

/* Fields of the container plugin: [NUMBER] and [TEXT] as the plugin interface defines them. */
static int parse_plugin_arg(const struct split *s, struct sk_field_ref *ref, struct sk_buf *err)
{
    const struct sk_field *f = s->field;
    uint64_t v;

    if (!s->brackets) {
        if (!(f->flags & SK_FF_ARG_REQUIRED))
            return 0;
        sk_buf_printf(err, "filter '%.*s': %s requires an argument but none provided",
                      (int)s->text.n, s->text.p, f->name);
        return -EINVAL;
    }
    if (!(f->flags & (SK_FF_ARG_REQUIRED | SK_FF_ARG_ALLOWED))) {
        sk_buf_printf(err,
                      "filter '%.*s': %s does not allow nor require an argument but one is "
                      "provided: %.*s",
                      (int)s->text.n, s->text.p, f->name, (int)s->arg.n, s->arg.p);
        return -EINVAL;
    }
    if ((f->flags & SK_FF_ARG_INDEX) && all_digits(s->arg) &&
        (s->arg.n == 1 || s->arg.p[0] != '0') && sk_parse_u64(s->arg.p, s->arg.n, &v) == 0 &&
        v <= INT64_MAX) {
        ref->index = (int64_t)v;
        ref->arg_is_index = true;
    }
    return 0;
}

/* The fields of Falco itself: [number], [NAME]; anything else is an unknown field. */
static int parse_common_arg(const struct split *s, struct sk_field_ref *ref, struct sk_buf *err)
{
    const struct sk_field *f = s->field;

    if (s->dot)
        return s->arg.n ? 0 : nonexistent(err, s->text);
    if (!s->brackets)
        return f->flags & SK_FF_ARG_REQUIRED
                   ? bad(err, -EINVAL, "filter syntax error: %.*s", s->text)
                   : 0;
    if (!(f->flags & (SK_FF_ARG_REQUIRED | SK_FF_ARG_ALLOWED)))
        return nonexistent(err, s->text);
    if ((f->flags & SK_FF_ARG_KEY) && !all_digits(s->arg))
        return s->arg.n ? 0 : nonexistent(err, s->text);
    if (!(f->flags & SK_FF_ARG_INDEX) || !parse_index(s->arg, &ref->index))
        return nonexistent(err, s->text);
    ref->arg_is_index = true;
    return 0;
}

/* Everything but the copies: err may be a buffer that nobody reads. */
static int parse_ref(const struct sk_field_set *set, struct sk_str text, struct sk_field_ref *out,
                     struct sk_buf *err)
{
    struct split s;
    struct sk_field_ref ref = {.text = text};
    int r = split(set, text, &s, err);

    if (r < 0)
        return r;
    ref.field = s.field;
    ref.type = s.field->type;
    ref.fmt = s.field->fmt;
    ref.is_list = (s.field->flags & SK_FF_LIST) != 0;
    ref.has_arg = s.brackets || s.dot;
    ref.key = ref.has_arg ? s.arg : SK_STR("");
    for (size_t i = 0; i < SK_ARRAY_LEN(specials); i++) {
        if (!is_named(s.field, specials[i].name))
            continue;
        r = specials[i].parse(&s, &ref, err);
        if (r == 0)
            *out = ref;
        return r;
    }
    r = is_plugin_class(s.field) ? parse_plugin_arg(&s, &ref, err)
                                 : parse_common_arg(&s, &ref, err);
    if (r == 0)
        *out = ref;
    return r;
}

int sk_field_parse_in(const struct sk_field_set *set, struct sk_str text, struct sk_arena *mem,
                      struct sk_field_ref *out, struct sk_buf *err)
{
    struct sk_field_ref ref;
    char *key, *copy;
    size_t name_n;
    int r = parse_ref(set, text, &ref, err);

    if (r < 0)
        return r;
    key = sk_arena_dup(mem, ref.key);
    copy = sk_arena_alloc(mem, text.n + 3);
    if (!key || !copy)
        return -ENOMEM;
    ref.key.p = key;
    memcpy(copy, text.p, text.n);
    name_n = ref.field->name_n;
    if (ref.has_arg && text.p[name_n] == '[') { /* canonical: without the quotes */
        memcpy(copy + name_n + 1, key, ref.key.n);
        copy[name_n + 1 + ref.key.n] = ']';
        ref.text.n = name_n + ref.key.n + 2;
    }
    ref.text.p = copy;
    if (is_named(ref.field, "util.cnt")) {
        ref.counter = sk_arena_alloc(mem, sizeof(*ref.counter));
        if (!ref.counter)
            return -ENOMEM;
        *ref.counter = 0;
    }
    *out = ref;
    return 0;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

/* Length of "[...]" at the start of `s`, quotes respected; 0: none, or not closed. */
static size_t brackets_len(struct sk_str s)
{
    size_t i = 1;

    if (s.n < 3 || s.p[0] != '[')
        return 0;
    if (s.p[1] == '"' || s.p[1] == '\'') {
        for (i = 2; i < s.n && s.p[i] != s.p[1]; i++)
            if (s.p[i] == '\\')
                i++;
        i++;
    } else {
        while (i < s.n && s.p[i] != ']' && s.p[i] != '[' && s.p[i] != ' ' && s.p[i] != '\t')
            i++;
    }
    return i < s.n && s.p[i] == ']' ? i + 1 : 0;
}

size_t sk_field_prefix_in(const struct sk_field_set *set, struct sk_str text)
{
    struct sk_buf nobody = SK_BUF(0);
    struct sk_field_ref ref;
    size_t name = 0, args;

    while (name < text.n && name < NAME_MAX_BYTES && is_name_char(text.p[name]))
        name++;
    args = brackets_len((struct sk_str){text.p + name, text.n - name});
    if (args && parse_ref(set, (struct sk_str){text.p, name + args}, &ref, &nobody) == 0)
        return name + args;
    for (size_t n = name; n > 0; n--)
        if (parse_ref(set, (struct sk_str){text.p, n}, &ref, &nobody) == 0)
            return n;
    return 0;
}
