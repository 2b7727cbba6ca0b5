/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - errors and warnings of one rules file, as text and as JSON, the way Falco lays them
 * out. */
#include "rule/report.h"

#include <errno.h>

#include "rule/report_build.h"

#define SNIPPET_HALF  80u  /* of a line, on each side of the caret */
#define EXPR_NAME_MAX 20u  /* a condition is named in full up to this length... */
#define EXPR_NAME_CUT 17u  /* ...or by so many of its characters */
#define EXPR_WINDOW   400u /* bytes kept on each side: more than a snippet shows */
#define MESSAGE_MAX   8192u

static const char *const brief[SK_LOAD_CODE_N] = {
#define LOAD_ERR(id, b, text)  [SK_##id] = b,
#define LOAD_WARN(id, b, text) [SK_##id] = b,
#include "diags.def"
};

/* What JSON calls codedesc: tools know the short text for errors and the long one for warnings. */
static const char *const codedesc[SK_LOAD_CODE_N] = {
#define LOAD_ERR(id, b, text)  [SK_##id] = b,
#define LOAD_WARN(id, b, text) [SK_##id] = text,
#include "diags.def"
};

const char *const sk_load_code_name[SK_LOAD_CODE_N] = {
#define LOAD_ERR(id, b, text)  [SK_##id] = #id,
#define LOAD_WARN(id, b, text) [SK_##id] = #id,
#include "diags.def"
};

struct sk_report *sk_report_new(struct sk_arena *mem, const char *name)
{
    struct sk_report *r = sk_arena_alloc(mem, sizeof(*r));

    if (!r)
        return NULL;
    r->mem = mem;
    r->name = sk_arena_dup(mem, sk_str(name));
    r->errors_end = &r->errors;
    r->warnings_end = &r->warnings;
    r->schema_end = &r->schema;
    return r->name ? r : NULL;
}

static const char *format(struct sk_arena *mem, const char *fmt, va_list ap)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(MESSAGE_MAX);

    sk_buf_vprintf(&b, fmt, ap);
    return b.failed ? "message too long" : sk_arena_dup(mem, sk_buf_str(&b));
}

static struct sk_load_entry *entry(struct sk_report *r, enum sk_load_code code,
                                   const struct sk_load_ctx *ctx, const char *text)
{
    struct sk_load_entry *e = text ? sk_arena_alloc(r->mem, sizeof(*e)) : NULL;

    if (!e) {
        r->oom = true;
        return NULL;
    }
    *e = (struct sk_load_entry){.code = code, .message = text, .ctx = ctx};
    return e;
}

int sk_report_error(struct sk_report *r, enum sk_load_code code, const struct sk_load_ctx *ctx,
                    const char *fmt, ...)
{
    struct sk_load_entry *e;
    va_list ap;

    va_start(ap, fmt);
    e = entry(r, code, ctx, format(r->mem, fmt, ap));
    va_end(ap);
    r->nerrors++;
    if (!e)
        return -ENOMEM;
    *r->errors_end = e;
    r->errors_end = &e->next;
    return -EINVAL;
}

void sk_report_warn(struct sk_report *r, enum sk_load_code code, const char *field,
                    const struct sk_load_ctx *ctx, const char *fmt, ...)
{
    struct sk_load_entry *e;
    va_list ap;

    va_start(ap, fmt);
    e = entry(r, code, ctx, format(r->mem, fmt, ap));
    va_end(ap);
    if (!e)
        return;
    e->field = field;
    *r->warnings_end = e;
    r->warnings_end = &e->next;
    r->nwarnings++;
}

void sk_report_schema_warning(struct sk_report *r, const char *fmt, ...)
{
    struct sk_strv_node *n = sk_arena_alloc(r->mem, sizeof(*n));
    va_list ap;

    va_start(ap, fmt);
    if (n)
        n->text = format(r->mem, fmt, ap);
    va_end(ap);
    if (!n || !n->text) {
        r->oom = true;
        return;
    }
    *r->schema_end = n;
    r->schema_end = &n->next;
    r->nschema++;
}

const struct sk_load_ctx *sk_ctx_root(struct sk_arena *mem, const char *file, struct sk_str text)
{
    struct sk_load_ctx *c = sk_arena_alloc(mem, sizeof(*c));

    if (c)
        *c = (struct sk_load_ctx){.type = "rules content", .file = file, .text = text};
    return c;
}

const struct sk_load_ctx *sk_ctx_new(struct sk_arena *mem, const struct sk_load_ctx *parent,
                                     const char *type, struct sk_str name, const struct sk_yaml *at)
{
    struct sk_load_ctx *c = parent ? sk_arena_alloc(mem, sizeof(*c)) : NULL;

    if (c)
        *c = (struct sk_load_ctx){.parent = parent,
                                  .type = type,
                                  .name = name,
                                  .file = parent->file,
                                  .line = at->line,
                                  .col = at->col,
                                  .off = at->off,
                                  .text = parent->text,
                                  .caret = at->off};
    return c;
}

/* Positions in a condition are named after it, and counted from where its text begins in the file.
 * The text belongs to a generation and the report outlives it: what a snippet can show is copied.
 */
const struct sk_load_ctx *sk_ctx_expr(struct sk_arena *mem, const struct sk_load_ctx *parent,
                                      struct sk_str text, struct sk_ast_pos pos)
{
    size_t n = text.n <= EXPR_NAME_MAX ? text.n : EXPR_NAME_CUT, at = SK_MIN(pos.idx, text.n);
    size_t from = at > EXPR_WINDOW ? at - EXPR_WINDOW : 0, to = SK_MIN(text.n, at + EXPR_WINDOW);
    struct sk_load_ctx *c = parent ? sk_arena_alloc(mem, sizeof(*c)) : NULL;
    char *name = c ? sk_arena_alloc(mem, n + 6) : NULL;
    char *window = name ? sk_arena_dup(mem, (struct sk_str){text.p + from, to - from}) : NULL;

    if (!window)
        return NULL;
    name[0] = '"';
    for (size_t i = 0; i < n; i++)
        name[1 + i] = text.p[i] == '\r' || text.p[i] == '\n' || !text.p[i] ? ' ' : text.p[i];
    snprintf(name + 1 + n, 5, "%s\"", n < text.n ? "..." : "");
    *c = (struct sk_load_ctx){.parent = parent,
                              .type = "condition expression",
                              .file = name,
                              .line = parent->line + pos.line,
                              .col = parent->col + pos.col,
                              .off = parent->off + pos.idx,
                              .text = {window, to - from},
                              .caret = (uint32_t)(at - from)};
    return c;
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void sk_report_snippet(struct sk_str text, size_t at, struct sk_buf *out)
{
    size_t from, to, shown = 0;

    if (!text.n) {
        sk_buf_addz(out, "<No context available>\n");
        return;
    }
    at = SK_MIN(at, text.n - 1);
    while (at > 0 && text.p[at] == '\n')
        at--;
    for (from = at; from > 0 && text.p[from - 1] != '\n' && at - from < SNIPPET_HALF;)
        from--;
    for (to = at; to < text.n && text.p[to] != '\n' && to - at < SNIPPET_HALF;)
        to++;
    bool cut_left = from > 0 && text.p[from - 1] != '\n';
    bool cut_right = to < text.n && text.p[to] != '\n';
    while (cut_left && from < at && continues(text.p[from]))
        from++;
    while (cut_right && to > at + 1 && continues(text.p[to]))
        to--;
    for (size_t i = from; i < to; i++) {
        bool dot = (cut_left && i - from < 3) || (cut_right && to - i <= 3);

        sk_buf_addc(out, dot && i != at ? '.' : text.p[i] ? text.p[i] : ' ');
        if (i < at && !continues(text.p[i]))
            shown++;
    }
    sk_buf_printf(out, "\n%*s^\n", (int)shown, "");
}

static void add_snippet(const struct sk_load_ctx *c, struct sk_buf *out)
{
    if (c)
        sk_report_snippet(c->text, c->caret, out);
    else
        sk_report_snippet((struct sk_str){0}, 0, out);
}

/* Outermost first. */
static void add_places(const struct sk_load_ctx *c, struct sk_buf *out)
{
    if (!c)
        return;
    add_places(c->parent, out);
    sk_buf_addz(out, c->parent ? "    " : "In ");
    sk_buf_addz(out, c->type);
    if (c->name.n) {
        sk_buf_addz(out, " '");
        sk_buf_adds(out, c->name);
        sk_buf_addz(out, "'");
    }
    sk_buf_printf(out, ": (%s:%u:%u)\n", c->file, c->line, c->col);
}

static void add_entries(const struct sk_load_entry *e, size_t n, const char *what,
                        struct sk_buf *out)
{
    if (!n)
        return;
    sk_buf_printf(out, "%zu %s:\n", n, what);
    for (; e; e = e->next) {
        add_places(e->ctx, out);
        sk_buf_addz(out, "------\n");
        add_snippet(e->ctx, out);
        sk_buf_printf(out, "------\n%s (%s", sk_load_code_name[e->code], brief[e->code]);
        if (e->field)
            sk_buf_printf(out, ": field '%s'", e->field);
        sk_buf_printf(out, "): %s\n", e->message);
    }
    sk_buf_addc(out, '\n');
}

void sk_report_text(const struct sk_report *r, bool summary_if_ok, struct sk_buf *out)
{
    sk_buf_printf(out, "%s: %s", r->name,
                  r->nerrors     ? "Invalid"
                  : r->nwarnings ? "Ok, with warnings"
                                 : "Ok");
    if ((summary_if_ok && !r->nerrors && r->nwarnings) ||
        (!r->nerrors && !r->nwarnings && !r->nschema))
        return;
    sk_buf_addc(out, '\n');
    if (r->nschema) {
        sk_buf_printf(out, "%zu Schema warnings:\n", r->nschema);
        for (const struct sk_strv_node *n = r->schema; n; n = n->next)
            sk_buf_printf(out, "------\n%s\n", n->text);
        sk_buf_addz(out, "------\n\n");
    }
    add_entries(r->errors, r->nerrors, "Errors", out);
    add_entries(r->warnings, r->nwarnings, "Warnings", out);
}

static void json_text(struct sk_buf *out, const char *key, struct sk_str s)
{
    sk_buf_printf(out, "\"%s\":\"", key);
    sk_buf_add_json(out, s);
    sk_buf_addc(out, '"');
}

static void json_places(const struct sk_load_ctx *c, struct sk_buf *out)
{
    if (!c)
        return;
    json_places(c->parent, out);
    sk_buf_addz(out, c->parent ? ",{" : "{");
    json_text(out, "item_name", c->name);
    sk_buf_addc(out, ',');
    json_text(out, "item_type", sk_str(c->type));
    sk_buf_printf(out, ",\"position\":{\"column\":%u,\"line\":%u,", c->col, c->line);
    json_text(out, "name", sk_str(c->file));
    sk_buf_printf(out, ",\"offset\":%u}}", c->off);
}

static void json_entries(const struct sk_load_entry *e, struct sk_buf *out)
{
    for (bool first = true; e; e = e->next, first = false) {
        sk_auto(buf) struct sk_buf snippet = SK_BUF(4096);

        add_snippet(e->ctx, &snippet);
        sk_buf_printf(out, "%s{\"code\":\"%s\",", first ? "" : ",", sk_load_code_name[e->code]);
        json_text(out, "codedesc", sk_str(codedesc[e->code]));
        sk_buf_addz(out, ",\"context\":{\"locations\":[");
        json_places(e->ctx, out);
        sk_buf_addz(out, "],");
        json_text(out, "snippet", sk_buf_str(&snippet));
        sk_buf_addz(out, "},");
        if (e->field) {
            json_text(out, "deprecated_field", sk_str(e->field));
            sk_buf_addc(out, ',');
        }
        json_text(out, "message", sk_str(e->message));
        sk_buf_addc(out, '}');
    }
}

void sk_report_json(const struct sk_report *r, struct sk_buf *out)
{
    sk_buf_addz(out, "{\"errors\":[");
    json_entries(r->errors, out);
    sk_buf_addz(out, "],");
    json_text(out, "name", sk_str(r->name));
    if (r->parsed) {
        sk_buf_printf(out, ",\"schema_valid\":%s,\"schema_warnings\":[",
                      r->nschema ? "false" : "true");
        for (const struct sk_strv_node *n = r->schema; n; n = n->next) {
            sk_buf_addz(out, n == r->schema ? "\"" : ",\"");
            sk_buf_add_json(out, sk_str(n->text));
            sk_buf_addc(out, '"');
        }
        sk_buf_addc(out, ']');
    }
    sk_buf_printf(out, ",\"successful\":%s,\"warnings\":[", r->nerrors ? "false" : "true");
    json_entries(r->warnings, out);
    sk_buf_addz(out, "]}");
}

bool sk_report_ok(const struct sk_report *r)
{
    return !r->nerrors;
}

size_t sk_report_errors(const struct sk_report *r)
{
    return r->nerrors;
}

size_t sk_report_warnings(const struct sk_report *r)
{
    return r->nwarnings;
}

const char *sk_report_name(const struct sk_report *r)
{
    return r->name;
}

const char *sk_report_schema(const struct sk_report *r)
{
    return !r->parsed ? "none" : r->schema ? r->schema->text : "ok";
}
