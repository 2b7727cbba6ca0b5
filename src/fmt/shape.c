/* SPDX-License-Identifier: Apache-2.0 */
/* shape.c - walks the rows of a form; see shape.h.
 *
 * An object is opened when the first value in it is there, so that what is absent leaves nothing
 * behind, not even braces. */
#include "fmt/shape.h"

#include <ctype.h>
#include <errno.h>

#include "base/map.h"
#include "fmt/put.h"

#define SK_SHAPE_DEPTH 12

enum source {
    JSON,
    TEXT,
    VALUE,
    BASENAME,
    FILE_,
    FILE_TEXT,
    FILE_JSON,
    INSIDE,
    TIME_ISO,
    TIME_MS,
    CATEGORY,
    OUTCOME,
    UID,
    ORIGIN,
    HOST,
    LEVEL,
    PRIORITY,
    ECS_SEVERITY,
    OCSF_SEVERITY,
    OCSF_SEVERITY_ID,
    MESSAGE,
    LINE,
    FIELDS,
    RULE,
    TAGS,
    FRAMEWORK,
    TACTICS,
    TECHNIQUES,
    ATTACKS,
    ALERT_ID,
    VERSION,
    PROCESS_FILE,
    FOLD_COUNT,
    FOLD_FIRST_ISO,
    FOLD_LAST_ISO,
    FOLD_FIRST_MS,
    FOLD_LAST_MS,
};

struct row {
    enum sk_form form;
    const char *path;
    enum source source;
    const char *what;
};

#define FILE FILE_ /* stdio.h has one of its own */
static const struct row rows[] = {
#define SHAPE(form, path, source, what) {SK_FORM_##form, path, source, what},
#include "shapes.def"
};
#undef FILE
#define ROWS SK_ARRAY_LEN(rows)

/* What the priorities are called elsewhere: Elastic counts to 99, OCSF has six. */
static const struct severity {
    uint8_t ecs, ocsf;
    const char *name;
} severities[SK_LEVEL_N] = {
    [SK_EMERGENCY] = {99, 6, "Fatal"},    [SK_ALERT] = {99, 5, "Critical"},
    [SK_CRITICAL] = {99, 5, "Critical"},  [SK_ERROR] = {73, 4, "High"},
    [SK_WARNING] = {47, 3, "Medium"},     [SK_NOTICE] = {21, 2, "Low"},
    [SK_INFO] = {11, 1, "Informational"}, [SK_DEBUG] = {1, 1, "Informational"},
};

struct sk_shapes {
    struct sk_arena *mem;
    struct sk_field_ref ref[ROWS]; /* of the rows that name a field */
    struct sk_field_ref typechar, container, rawres;
};

static bool names_field(const struct row *r)
{
    return r->source != JSON && r->source != FILE_JSON && *r->what;
}

static int parse(struct sk_shapes *s, const char *text, struct sk_field_ref *out)
{
    sk_auto(buf) struct sk_buf why = SK_BUF(1000);

    return sk_field_parse(sk_str(text), s->mem, out, &why);
}

int sk_shapes_new(struct sk_shapes **out)
{
    sk_auto(shapes) struct sk_shapes *s = calloc(1, sizeof(*s));
    int err;

    if (!s)
        return -ENOMEM;
    s->mem = sk_arena_new(1u << 20);
    if (!s->mem)
        return -ENOMEM;
    err = parse(s, "fd.typechar", &s->typechar);
    if (!err)
        err = parse(s, "container.id", &s->container);
    if (!err)
        err = parse(s, "evt.rawres", &s->rawres);
    for (size_t i = 0; i < ROWS && !err; i++)
        if (names_field(&rows[i]))
            err = parse(s, rows[i].what, &s->ref[i]);
    if (err)
        return err;
    *out = SK_TAKE(s);
    return 0;
}

void sk_shapes_free(struct sk_shapes *s)
{
    if (!s)
        return;
    sk_arena_free(s->mem);
    free(s);
}

void shapes_freep(struct sk_shapes **s)
{
    sk_shapes_free(*s);
    *s = NULL;
}

/* The path of objects that are open. */
struct writer {
    struct sk_buf *out;
    struct sk_str open[SK_SHAPE_DEPTH]; /* names, with "[]" */
    size_t depth;
};

static bool is_list(struct sk_str name)
{
    return sk_str_ends(name, SK_STR("[]"));
}

static void close_to(struct writer *w, size_t depth)
{
    while (w->depth > depth) {
        sk_buf_addc(w->out, '}');
        if (is_list(w->open[--w->depth]))
            sk_buf_addc(w->out, ']');
    }
}

static void open_object(struct writer *w, struct sk_str name)
{
    bool list = is_list(name);

    put_key(w->out, (struct sk_str){name.p, name.n - (list ? 2 : 0)});
    sk_buf_addz(w->out, list ? "[{" : "{");
    w->open[w->depth++] = name;
}

/* Closes and opens objects until `path` but for its last part is open; writes that as the key. */
static void go_to(struct writer *w, const char *path)
{
    size_t at = 0;
    const char *dot;

    for (; (dot = strchr(path, '.')) && at < SK_SHAPE_DEPTH; path = dot + 1, at++) {
        struct sk_str name = {path, (size_t)(dot - path)};

        if (at < w->depth && sk_str_eq(w->open[at], name))
            continue;
        close_to(w, at);
        open_object(w, name);
    }
    close_to(w, at);
    put_key(w->out, sk_str(path));
}

/* Fields that print "<NA>" as their value say no more than those that are absent. */
static bool one_value(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_val *out)
{
    struct sk_vals vals;

    if (!cx || !sk_field_extract(cx, ref, &vals) || vals.n == 0)
        return false;
    *out = vals.v[0];
    return !sk_type_is_text(out->type) || !sk_str_eqz(out->s, "<NA>");
}

static bool text_is(const struct sk_ctx *cx, const struct sk_field_ref *ref, const char *text)
{
    struct sk_val v;

    return one_value(cx, ref, &v) && sk_str_eqz(v.s, text);
}

static bool inside(const struct sk_shape_alert *a, const struct sk_shapes *s)
{
    struct sk_val v;

    return one_value(a->cx, &s->container, &v) && v.s.n && !sk_str_eqz(v.s, "host");
}

/* "file", "network"...: what the call is about, in the words of ECS. */
static const char *category(const struct sk_ctx *cx)
{
    switch (cx ? cx->ev->info->category & 0x3f : SK_EC_UNKNOWN) {
    case SK_EC_FILE:
    case SK_EC_IO_READ:
    case SK_EC_IO_WRITE:
    case SK_EC_IO_OTHER:
        return cx->ev->sock.x ? "network" : "file";
    case SK_EC_NET:
        return "network";
    case SK_EC_USER:
        return "iam";
    case SK_EC_PROCESS:
    case SK_EC_MEMORY:
    case SK_EC_IPC:
    case SK_EC_SIGNAL:
        return "process";
    default:
        return "host";
    }
}

static void add_texts(struct sk_buf *out, const struct sk_shape_alert *a,
                      bool (*pick)(const char *tag, struct sk_buf *name))
{
    bool first = true;

    sk_buf_addc(out, '[');
    for (size_t i = 0; i < a->ntags; i++) {
        sk_auto(buf) struct sk_buf name = SK_BUF(1000);

        if (!pick(a->tags[i], &name))
            continue;
        if (!first)
            sk_buf_addc(out, ',');
        first = false;
        put_text(out, sk_buf_str(&name));
    }
    sk_buf_addc(out, ']');
}

static bool pick_tag(const char *tag, struct sk_buf *name)
{
    sk_buf_addz(name, tag);
    return true;
}

/* "T1059", "T1059.004" */
static bool pick_technique(const char *tag, struct sk_buf *name)
{
    const char *p = tag + 1;

    if (*tag != 'T' || !isdigit((unsigned char)*p))
        return false;
    while (isdigit((unsigned char)*p) || *p == '.')
        p++;
    if (*p)
        return false;
    sk_buf_addz(name, tag);
    return true;
}

/* "mitre_lateral_movement" -> "Lateral Movement" */
static bool pick_tactic(const char *tag, struct sk_buf *name)
{
    static const char prefix[] = "mitre_";
    bool begins = true;

    if (strncmp(tag, prefix, sizeof(prefix) - 1) != 0)
        return false;
    for (const char *p = tag + sizeof(prefix) - 1; *p; p++) {
        char c = *p == '_' ? ' ' : *p;

        sk_buf_addc(name, begins ? (char)toupper((unsigned char)c) : c);
        begins = c == ' ';
    }
    return true;
}

static size_t count(const struct sk_shape_alert *a,
                    bool (*pick)(const char *tag, struct sk_buf *name))
{
    size_t n = 0;

    for (size_t i = 0; i < a->ntags; i++) {
        sk_auto(buf) struct sk_buf name = SK_BUF(1000);

        n += pick(a->tags[i], &name);
    }
    return n;
}

/* One object for each technique and each tactic: which belongs to which the tags do not say. */
static void add_attacks(struct sk_buf *out, const struct sk_shape_alert *a)
{
    sk_buf_addc(out, '[');
    for (size_t i = 0; i < a->ntags; i++) {
        sk_auto(buf) struct sk_buf name = SK_BUF(1000);
        bool technique = pick_technique(a->tags[i], &name);

        if (!technique && !pick_tactic(a->tags[i], &name))
            continue;
        if (out->p && out->p[out->n - 1] != '[')
            sk_buf_addc(out, ',');
        sk_buf_printf(out, "{\"%s\":{\"%s\":", technique ? "technique" : "tactic",
                      technique ? "uid" : "name");
        put_text(out, sk_buf_str(&name));
        sk_buf_addz(out, "}}");
    }
    sk_buf_addc(out, ']');
}

/* The same alert gets the same name in every output and every replay. */
static void add_uid(struct sk_buf *out, const struct sk_shape_alert *a)
{
    sk_buf_printf(out, "\"%016llx-%llx-%08x\"", (unsigned long long)a->ts_ns,
                  (unsigned long long)(a->cx ? a->cx->ev->num : 0),
                  (unsigned)sk_hash(a->rule, strlen(a->rule)));
}

static void add_level(struct sk_buf *out, enum sk_level priority)
{
    sk_buf_addc(out, '"');
    for (const char *p = sk_level_name(priority); *p; p++)
        sk_buf_addc(out, (char)tolower((unsigned char)*p));
    sk_buf_addc(out, '"');
}

/* Whether there is something to write. */
static bool present(const struct row *r, const struct sk_shape_alert *a, const struct sk_shapes *s)
{
    struct sk_val v;

    switch (r->source) {
    case FILE_:
    case FILE_TEXT:
    case FILE_JSON:
        if (!text_is(a->cx, &s->typechar, "f"))
            return false;
        break;
    case INSIDE:
        if (!inside(a, s))
            return false;
        break;
    case OUTCOME:
        return one_value(a->cx, &s->rawres, &v);
    case ALERT_ID:
        return a->opt->id != 0;
    case FRAMEWORK:
    case ATTACKS:
        return count(a, pick_tactic) + count(a, pick_technique) > 0;
    case TACTICS:
        return count(a, pick_tactic) > 0;
    case TECHNIQUES:
        return count(a, pick_technique) > 0;
    case PROCESS_FILE:
        return a->cx && a->cx->proc;
    case FIELDS:
        return a->fields.n > 2;
    case FOLD_COUNT:
    case FOLD_FIRST_ISO:
    case FOLD_LAST_ISO:
    case FOLD_FIRST_MS:
    case FOLD_LAST_MS:
        return a->count > 0;
    default:
        break;
    }
    return !names_field(r) || one_value(a->cx, &s->ref[r - rows], &v);
}

static void add_value(struct sk_buf *out, const struct row *r, const struct sk_shape_alert *a,
                      const struct sk_shapes *s)
{
    const struct sk_field_ref *ref = &s->ref[r - rows];
    sk_auto(buf) struct sk_buf text = SK_BUF(out->max);
    struct sk_val v;

    if (!one_value(a->cx, ref, &v))
        return;
    if (r->source == TEXT || r->source == FILE_TEXT) {
        sk_val_text(&v, ref->fmt, &text);
        put_text(out, sk_buf_str(&text));
        return;
    }
    if (r->source == BASENAME) {
        const char *slash = v.s.n ? memrchr(v.s.p, '/', v.s.n) : NULL;

        if (slash)
            v.s = (struct sk_str){slash + 1, v.s.n - (size_t)(slash + 1 - v.s.p)};
    }
    sk_val_json(&v, ref->fmt, out);
}

static void add_outcome(struct sk_buf *out, const struct sk_shape_alert *a,
                        const struct sk_shapes *s)
{
    struct sk_val v = {0};

    (void)one_value(a->cx, &s->rawres, &v);
    sk_buf_addz(out, (int64_t)v.u64 < 0 ? "\"failure\"" : "\"success\"");
}

static void add_time(struct sk_buf *out, uint64_t ts_ns)
{
    sk_buf_addc(out, '"');
    sk_time_iso(ts_ns, "Z", out);
    sk_buf_addc(out, '"');
}

static void add(struct sk_buf *out, const struct row *r, const struct sk_shape_alert *a,
                const struct sk_shapes *s)
{
    const struct severity *sev = &severities[a->priority];

    switch (r->source) {
    case JSON:
    case FILE_JSON:
        sk_buf_addz(out, r->what);
        break;
    case TEXT:
    case VALUE:
    case BASENAME:
    case FILE_:
    case FILE_TEXT:
    case INSIDE:
        add_value(out, r, a, s);
        break;
    case TIME_ISO:
    case FOLD_LAST_ISO:
        add_time(out, a->ts_ns);
        break;
    case TIME_MS:
    case FOLD_LAST_MS:
        sk_buf_printf(out, "%llu", (unsigned long long)(a->ts_ns / 1000000));
        break;
    case FOLD_FIRST_ISO:
        add_time(out, a->first_ns);
        break;
    case FOLD_FIRST_MS:
        sk_buf_printf(out, "%llu", (unsigned long long)(a->first_ns / 1000000));
        break;
    case FOLD_COUNT:
        sk_buf_printf(out, "%llu", (unsigned long long)a->count);
        break;
    case CATEGORY:
        sk_buf_printf(out, "[\"%s\"]", category(a->cx));
        break;
    case OUTCOME:
        add_outcome(out, a, s);
        break;
    case UID:
        add_uid(out, a);
        break;
    case ORIGIN:
        put_text(out, sk_str(a->origin));
        break;
    case HOST:
        put_text(out, sk_str(a->opt->hostname));
        break;
    case LEVEL:
        add_level(out, a->priority);
        break;
    case PRIORITY:
        sk_buf_printf(out, "%u", (unsigned)a->priority);
        break;
    case ECS_SEVERITY:
        sk_buf_printf(out, "%u", sev->ecs);
        break;
    case OCSF_SEVERITY:
        put_text(out, sk_str(sev->name));
        break;
    case OCSF_SEVERITY_ID:
        sk_buf_printf(out, "%u", sev->ocsf);
        break;
    case MESSAGE:
        put_text(out, a->message);
        break;
    case LINE:
        put_text(out, a->line);
        break;
    case FIELDS:
        sk_buf_adds(out, a->fields);
        break;
    case RULE:
        put_text(out, sk_str(a->rule));
        break;
    case TAGS:
        add_texts(out, a, pick_tag);
        break;
    case FRAMEWORK:
        sk_buf_addz(out, "\"MITRE ATT&CK\"");
        break;
    case TACTICS:
        add_texts(out, a, pick_tactic);
        break;
    case TECHNIQUES:
        add_texts(out, a, pick_technique);
        break;
    case ATTACKS:
        add_attacks(out, a);
        break;
    case ALERT_ID:
        sk_buf_printf(out, "\"%llu\"", (unsigned long long)a->opt->id);
        break;
    case VERSION:
        sk_buf_addz(out, "\"" SAKER_VERSION "\"");
        break;
    case PROCESS_FILE:
        sk_buf_addz(out, "1"); /* a regular file */
        break;
    }
}

void sk_shape_write(enum sk_form form, const struct sk_shape_alert *a, struct sk_buf *out)
{
    const struct sk_shapes *s = a->opt->shapes;
    struct writer w = {.out = out};

    sk_buf_addc(out, '{');
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].form != form || !present(&rows[i], a, s))
            continue;
        go_to(&w, rows[i].path);
        add(out, &rows[i], a, s);
    }
    close_to(&w, 0);
    sk_buf_addc(out, '}');
}
