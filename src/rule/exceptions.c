/* SPDX-License-Identifier: Apache-2.0 */
/* exceptions.c - what a rule must not fire on, as data; compiled into its condition as text.
 *
 * `fields` decides the shape: one field takes a flat list of values and one list operator; a list
 * of fields takes a list of tuples and one operator for each field. */
#include <errno.h>

#include "field/field.h"
#include "rule/loader.h"

static int invalid(struct sk_loader *ld, const struct sk_exception *ex, const char *text)
{
    return sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, ex->ctx, "%s", text);
}

static int bad_yaml(struct sk_loader *ld, const struct sk_load_ctx *ctx, const char *text)
{
    return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx, "%s", text);
}

/* A scalar, or a list of what `depth` still allows. */
static int read_entry(struct sk_loader *ld, const struct sk_yaml *y, unsigned depth,
                      const struct sk_load_ctx *ctx, struct sk_ex_entry *out)
{
    if (y->kind == SK_YAML_SCALAR) {
        *out = (struct sk_ex_entry){.has = true, .item = y->text};
        return 0;
    }
    if (y->kind != SK_YAML_SEQ || !depth)
        return bad_yaml(ld, ctx,
                        y->kind == SK_YAML_SEQ ? "Can't decode YAML exception value"
                                               : "Can't decode YAML scalar value");
    *out = (struct sk_ex_entry){.has = true, .is_list = true, .n = y->n};
    out->v = sk_arena_alloc(ld->mem, SK_MAX(y->n, 1u) * sizeof(*out->v));
    if (!out->v)
        return sk_load_oom(ld);
    for (size_t i = 0; i < y->n; i++) {
        int rc = read_entry(ld, y->child[i], depth - 1, ctx, &out->v[i]);

        if (rc)
            return rc;
    }
    return 0;
}

static int read_member(struct sk_loader *ld, const struct sk_yaml *ex, const char *key,
                       bool optional, const struct sk_load_ctx *ctx, struct sk_ex_entry *out)
{
    const struct sk_yaml *y = sk_yaml_get(ex, key);

    if (optional && (!y || y->kind == SK_YAML_NULL))
        return 0;
    if (!y || y->kind == SK_YAML_NULL)
        return sk_report_error(
            ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx,
            y ? "Mapping for key '%s' is empty" : "Item has no mapping for key '%s'", key);
    return read_entry(ld, y, 1, sk_ctx_new(ld->mem, ctx, "value for", sk_str(key), y), out);
}

static int read_values(struct sk_loader *ld, const struct sk_yaml *ex, bool partial,
                       struct sk_exception *out)
{
    const struct sk_yaml *y = sk_yaml_get(ex, "values");
    const struct sk_load_ctx *ctx;

    if (!y || y->kind == SK_YAML_NULL) {
        if (partial)
            sk_report_warn(ld->rep, SK_LOAD_APPEND_NO_VALUES, NULL, out->ctx,
                           "Overriding/appending exception with no values");
        return 0;
    }
    ctx = sk_ctx_new(ld->mem, out->ctx, "exception values", SK_STR(""), y);
    if (y->kind != SK_YAML_SEQ)
        return bad_yaml(ld, ctx, "Rule exception values must be a sequence");
    out->values = sk_arena_alloc(ld->mem, SK_MAX(y->n, 1u) * sizeof(*out->values));
    if (!out->values)
        return sk_load_oom(ld);
    for (size_t i = 0; i < y->n; i++) {
        int rc = read_entry(ld, y->child[i], 2,
                            sk_ctx_new(ld->mem, ctx, "exception value", SK_STR(""), y->child[i]),
                            &out->values[i]);

        if (rc)
            return rc;
        out->nvalues++;
    }
    return 0;
}

static struct sk_exception *find(struct sk_exception *list, struct sk_str name)
{
    while (list && !sk_str_eq(list->name, name))
        list = list->next;
    return list;
}

static int read_one(struct sk_loader *ld, const struct sk_yaml *y, bool partial,
                    const struct sk_load_ctx *parent, struct sk_exception *out)
{
    const struct sk_load_ctx *ctx = sk_ctx_new(ld->mem, parent, "exception", SK_STR(""), y);
    int rc;

    if (y->kind != SK_YAML_MAP)
        return bad_yaml(ld, ctx, "Rule exception must be a mapping");
    rc = sk_load_text(ld, y, "name", false, ctx, &out->name);
    if (rc < 0)
        return rc;
    out->ctx = sk_ctx_new(ld->mem, parent, "exception", out->name, y);
    rc = read_member(ld, y, "fields", partial, out->ctx, &out->fields);
    if (!rc)
        rc = read_member(ld, y, "comps", true, out->ctx, &out->comps);
    return rc ? rc : read_values(ld, y, partial, out);
}

int sk_exceptions_read(struct sk_loader *ld, const struct sk_yaml *item, bool partial,
                       const struct sk_load_ctx *ctx, struct sk_exception **out)
{
    const struct sk_yaml *list = sk_yaml_get(item, "exceptions");
    struct sk_exception *first = NULL, **end = &first;

    *out = NULL;
    if (!list || list->kind == SK_YAML_NULL)
        return 0;
    ctx = sk_ctx_new(ld->mem, ctx, "exceptions", SK_STR(""), list);
    if (list->kind != SK_YAML_SEQ)
        return bad_yaml(ld, ctx, "Rule exceptions must be a sequence");
    for (size_t i = 0; i < list->n; i++) {
        struct sk_exception *ex = sk_arena_alloc(ld->mem, sizeof(*ex));
        int rc;

        if (!ex)
            return sk_load_oom(ld);
        rc = read_one(ld, list->child[i], partial, ctx, ex);
        if (rc)
            return rc;
        if (find(first, ex->name))
            sk_report_warn(ld->rep, SK_LOAD_EXCEPTION_NAME_NOT_UNIQUE, NULL, ex->ctx,
                           "Multiple definitions of exception '%.*s' in the same rule",
                           (int)SK_MIN(ex->name.n, 200u), ex->name.p);
        *end = ex;
        end = &ex->next;
    }
    *out = first;
    return 0;
}

struct known_fields {
    const struct sk_field_set *set;
    struct sk_arena *tmp;
};

/* First field in a tree that does not exist. */
static int check_field(void *self, struct sk_ast *node)
{
    struct known_fields *known = self;
    sk_auto(buf) struct sk_buf text = SK_BUF(65536), err = SK_BUF(4096);
    struct sk_field_ref ref;

    if (node->kind != SK_AST_FIELD)
        return 0;
    sk_buf_adds(&text, node->text);
    if (node->arg.p) {
        sk_buf_addc(&text, '[');
        sk_buf_adds(&text, node->arg);
        sk_buf_addc(&text, ']');
    }
    return text.failed ? -EINVAL
                       : sk_field_parse_in(known->set, sk_buf_str(&text), known->tmp, &ref, &err);
}

/* A field, or transformers around one: whatever may stand before `exists`. */
static bool field_exists(const struct sk_field_set *set, struct sk_str field)
{
    sk_auto(arena) struct sk_arena *tmp = sk_arena_new(1u << 20);
    sk_auto(buf) struct sk_buf text = SK_BUF(65536);
    struct known_fields known = {set, tmp};
    struct sk_ast_err err;
    struct sk_ast *ast;

    sk_buf_adds(&text, field);
    sk_buf_addz(&text, " exists");
    if (!tmp || text.failed || sk_ast_parse(sk_buf_str(&text), 100, tmp, &ast, &err))
        return false;
    return ast->kind == SK_AST_UNARY && sk_ast_walk(ast, check_field, &known) == 0;
}

static int check_field_of(struct sk_loader *ld, const struct sk_exception *ex, struct sk_str field,
                          bool known_source)
{
    if (!known_source || field_exists(ld->rs->opt.fields, field))
        return 0;
    return sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, ex->ctx,
                           "'%.*s' is not a supported filter field", (int)SK_MIN(field.n, 200u),
                           field.p);
}

static bool has_modifier(struct sk_str op)
{
    return sk_ast_is_list_operator(op) && op.n && memchr(op.p, ' ', op.n);
}

static int check_single(struct sk_loader *ld, struct sk_exception *ex, bool known_source)
{
    struct sk_ex_entry *comps = &ex->comps;

    if (!comps->has)
        *comps = (struct sk_ex_entry){.has = true, .item = SK_STR("in")};
    if (comps->is_list)
        return invalid(ld, ex, "Fields and comps must both be strings");
    comps->item = sk_str_trim(comps->item);
    if (!sk_str_eqz(comps->item, "in") && !sk_str_eqz(comps->item, "pmatch") &&
        !sk_str_eqz(comps->item, "intersects") && !has_modifier(comps->item))
        return invalid(ld, ex,
                       "When fields is a single value, comps must be one of (in, pmatch, "
                       "intersects) or a modifier operator (e.g. startswith oneof)");
    return check_field_of(ld, ex, ex->fields.item, known_source);
}

static int check_tuple(struct sk_loader *ld, struct sk_exception *ex, bool known_source)
{
    struct sk_ex_entry *comps = &ex->comps;

    if (!ex->fields.n)
        return invalid(ld, ex,
                       "Rule exception item must have fields property with a list of fields");
    if (!comps->has) {
        *comps = (struct sk_ex_entry){.has = true, .is_list = true, .n = ex->fields.n};
        comps->v = sk_arena_alloc(ld->mem, comps->n * sizeof(*comps->v));
        if (!comps->v)
            return sk_load_oom(ld);
        for (size_t i = 0; i < comps->n; i++)
            comps->v[i] = (struct sk_ex_entry){.has = true, .item = SK_STR("=")};
    }
    if (!comps->is_list || comps->n != ex->fields.n)
        return invalid(ld, ex, "Fields and comps lists must have equal length");
    for (size_t i = 0; i < comps->n; i++) {
        struct sk_str *op = &comps->v[i].item;

        *op = sk_str_trim(*op);
        if (!sk_ast_is_operator(*op))
            return sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, ex->ctx,
                                   "'%.*s' is not a supported comparison operator",
                                   (int)SK_MIN(op->n, 200u), op->p ? op->p : "");
    }
    for (size_t i = 0; i < ex->fields.n; i++) {
        int rc = check_field_of(ld, ex, ex->fields.v[i].item, known_source);

        if (rc)
            return rc;
    }
    return 0;
}

static int check_one(struct sk_loader *ld, struct sk_exception *ex, bool known_source)
{
    return ex->fields.is_list ? check_tuple(ld, ex, known_source)
                              : check_single(ld, ex, known_source);
}

int sk_exceptions_check(struct sk_loader *ld, struct sk_exception *list, bool known_source)
{
    for (; list; list = list->next) {
        int rc = check_one(ld, list, known_source);

        if (rc)
            return rc;
    }
    return 0;
}

static int append_values(struct sk_loader *ld, struct sk_exception *old,
                         const struct sk_exception *more)
{
    struct sk_ex_entry *v =
        sk_arena_alloc(ld->mem, SK_MAX(old->nvalues + more->nvalues, 1u) * sizeof(*v));

    if (!v)
        return sk_load_oom(ld);
    if (old->nvalues)
        memcpy(v, old->values, old->nvalues * sizeof(*v));
    if (more->nvalues)
        memcpy(v + old->nvalues, more->values, more->nvalues * sizeof(*v));
    old->values = v;
    old->nvalues += more->nvalues;
    return 0;
}

int sk_exceptions_append(struct sk_loader *ld, struct sk_rule_def *rule, struct sk_exception *more)
{
    struct sk_exception *next;

    for (; more; more = next) {
        struct sk_exception *old = find(rule->exceptions, more->name), **end = &rule->exceptions;
        int rc;

        next = more->next;
        if (old && more->fields.has)
            return invalid(ld, more,
                           "Can not append exception fields to existing exception, only values");
        if (old && more->comps.has)
            return invalid(ld, more,
                           "Can not append exception comps to existing exception, only values");
        if (!old && !more->fields.has)
            return invalid(ld, more,
                           "Rule exception must have fields property with a list of fields");
        if (!old && !more->nvalues)
            return invalid(ld, more,
                           "Rule exception must have values property with a list of values");
        rc = old ? append_values(ld, old, more) : check_one(ld, more, !rule->unknown_source);
        if (rc)
            return rc;
        if (old)
            continue;
        while (*end)
            end = &(*end)->next;
        *end = more;
        more->next = NULL;
    }
    return 0;
}

static void add_list(const struct sk_ex_entry *v, size_t n, struct sk_buf *out)
{
    sk_buf_addc(out, '(');
    for (size_t i = 0; i < n; i++) {
        sk_buf_addz(out, i ? ", " : "");
        sk_lists_quote(v[i].item, out);
    }
    sk_buf_addc(out, ')');
}

/* "f op v": a list in parentheses, and so a scalar that a list operator takes. */
static void add_check(struct sk_str field, struct sk_str op, const struct sk_ex_entry *v,
                      struct sk_buf *out)
{
    sk_buf_adds(out, field);
    sk_buf_addc(out, ' ');
    sk_buf_adds(out, op);
    sk_buf_addc(out, ' ');
    if (v->is_list) {
        add_list(v->v, v->n, out);
    } else if (sk_ast_is_list_operator(op)) {
        bool bare = !v->item.n || v->item.p[0] != '(';

        sk_buf_addz(out, bare ? "(" : "");
        sk_buf_adds(out, v->item);
        sk_buf_addz(out, bare ? ")" : "");
    } else {
        sk_lists_quote(v->item, out);
    }
}

static int build_one(struct sk_loader *ld, const struct sk_exception *ex, struct sk_buf *out)
{
    sk_buf_addz(out, " and not (");
    if (!ex->fields.is_list) {
        for (size_t i = 0; i < ex->nvalues; i++)
            if (ex->values[i].is_list)
                return invalid(ld, ex, "Expected values array to contain a list of strings");
        sk_buf_adds(out, ex->fields.item);
        sk_buf_addc(out, ' ');
        sk_buf_adds(out, ex->comps.item);
        sk_buf_addc(out, ' ');
        add_list(ex->values, ex->nvalues, out);
    }
    for (size_t i = 0; ex->fields.is_list && i < ex->nvalues; i++) {
        const struct sk_ex_entry *tuple = &ex->values[i];

        if (tuple->n != ex->fields.n)
            return invalid(ld, ex, "Fields and values lists must have equal length");
        sk_buf_addz(out, i ? " or (" : "(");
        for (size_t k = 0; k < tuple->n; k++) {
            sk_buf_addz(out, k ? " and " : "");
            add_check(ex->fields.v[k].item, ex->comps.v[k].item, &tuple->v[k], out);
        }
        sk_buf_addc(out, ')');
    }
    sk_buf_addc(out, ')');
    return 0;
}

int sk_exceptions_condition(struct sk_loader *ld, const struct sk_rule_def *rule,
                            struct sk_buf *out)
{
    bool any = false;

    for (const struct sk_exception *ex = rule->exceptions; ex; ex = ex->next)
        any |= ex->nvalues != 0;
    sk_buf_addz(out, any ? "(" : "");
    sk_buf_adds(out, rule->cond);
    sk_buf_addz(out, any ? ")" : "");
    for (const struct sk_exception *ex = rule->exceptions; ex; ex = ex->next) {
        int rc = ex->nvalues ? build_one(ld, ex, out) : 0;

        if (rc)
            return rc;
    }
    return out->failed ? sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, rule->ctx,
                                         "Condition is longer than %u bytes", SK_LOAD_TEXT_MAX)
                       : 0;
}
