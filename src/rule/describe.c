/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c - what was loaded, for `-L` and `-l`: a table for people, JSON for tools.
 *
 * JSON keys are in alphabetical order and arrays that stand for sets are sorted, so that two runs
 * can be compared.  Facts that only this page needs (names used, fields, operators) are found here,
 * from the trees, rather than kept for every rule. */
#include <errno.h>

#include "rule/loader.h"

#define NAME_WIDTH   50u
#define LINE_WIDTH   110u
#define DESCRIBE_MEM (256u << 20)

struct describe {
    const struct sk_ruleset *rs;
    struct sk_generation *g;
    struct sk_arena *mem;
    struct sk_filter_pool *pool; /* for the event types of macros */
    struct sk_buf *out;
    bool oom;
};

struct facts {
    struct describe *d;
    struct sk_strv fields, ops, macros, types;
};

static void add(struct describe *d, struct sk_strv *v, struct sk_str s)
{
    if (!sk_strv_add(d->mem, v, s))
        d->oom = true;
}

static void add_text(struct describe *d, const char *key, struct sk_str s)
{
    sk_buf_printf(d->out, "\"%s\":\"", key);
    sk_buf_add_json(d->out, s);
    sk_buf_addc(d->out, '"');
}

static void add_array(struct describe *d, const char *key, const struct sk_strv *v)
{
    sk_buf_printf(d->out, "\"%s\":[", key);
    for (size_t i = 0; i < v->n; i++) {
        sk_buf_addz(d->out, i ? ",\"" : "\"");
        sk_buf_add_json(d->out, v->v[i]);
        sk_buf_addc(d->out, '"');
    }
    sk_buf_addc(d->out, ']');
}

static void add_set(struct describe *d, const char *key, struct sk_strv *v)
{
    sk_strv_sort(v);
    add_array(d, key, v);
}

static struct sk_str field_text(struct describe *d, const struct sk_ast *node)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    const char *p;

    if (!node->arg.p)
        return node->text;
    sk_buf_adds(&b, node->text);
    sk_buf_addc(&b, '[');
    sk_buf_adds(&b, node->arg);
    sk_buf_addc(&b, ']');
    p = sk_arena_dup(d->mem, sk_buf_str(&b));
    return p ? (struct sk_str){p, b.n} : node->text;
}

static int gather(void *self, struct sk_ast *node)
{
    struct facts *f = self;

    if (node->kind == SK_AST_FIELD)
        add(f->d, &f->fields, field_text(f->d, node));
    else if (node->kind == SK_AST_IDENT)
        add(f->d, &f->macros, node->text);
    else if (node->kind == SK_AST_UNARY || node->kind == SK_AST_BINARY)
        add(f->d, &f->ops, node->op);
    if (node->kind != SK_AST_BINARY || node->n != 2 || node->child[0]->kind != SK_AST_FIELD ||
        !sk_str_eqz(node->child[0]->text, "evt.type"))
        return 0;
    if (node->child[1]->kind == SK_AST_VALUE)
        add(f->d, &f->types, node->child[1]->text);
    for (size_t i = 0; node->child[1]->kind == SK_AST_LIST && i < node->child[1]->n; i++)
        add(f->d, &f->types, node->child[1]->child[i]->text);
    return 0;
}

static struct facts facts_of(struct describe *d, const struct sk_ast *ast)
{
    struct facts f = {.d = d};

    if (ast && sk_ast_walk((struct sk_ast *)ast, gather, &f) < 0)
        d->oom = true;
    return f;
}

/* Macros that a text names itself. */
static struct sk_strv macros_in(struct describe *d, struct sk_str text)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_LOAD_TEXT_MAX);
    struct sk_ast_err err;
    struct sk_ast *ast = NULL;

    if (sk_lists_expand(d->g, text, &b) ||
        sk_ast_parse(sk_buf_str(&b), SK_LOAD_DEPTH_MAX, d->mem, &ast, &err))
        return (struct sk_strv){0};
    return facts_of(d, ast).macros;
}

static struct sk_strv lists_in(struct describe *d, struct sk_str text)
{
    struct sk_strv v = {0};

    for (size_t i = 0; i < text.n;) {
        size_t end = i;

        while (end < text.n && !sk_lists_is_delim(text.p[end]))
            end++;
        if (end > i && sk_map_get(d->g->list_by_name, (struct sk_str){text.p + i, end - i}))
            add(d, &v, (struct sk_str){text.p + i, end - i});
        i = end + (end == i);
    }
    return v;
}

/* Names of events; for system calls without an event of their own, those that the condition names.
 */
static struct sk_strv events_of(struct describe *d, const struct sk_event_set *set,
                                const struct sk_strv *types)
{
    struct sk_strv v = {0};

    for (unsigned code = 0; code < SK_EVENT_N; code++)
        if (sk_event_set_has(set, code) && code > 1 && !(sk_events[code].flags & SK_EF_UNUSED))
            add(d, &v, sk_str(sk_events[code].name));
    for (size_t i = 0; i < types->n; i++) {
        struct sk_event_set one = {0};

        if (sk_event_set_by_name(types->v[i], &one)) {
            sk_event_set_and(&one, set);
            if (sk_event_set_has(&one, 0) || sk_event_set_has(&one, 1))
                add(d, &v, types->v[i]);
        }
    }
    return v;
}

/* A plugin brings fields when a class of fields has its name. */
static struct sk_strv plugins_of(struct describe *d, const struct sk_strv *fields,
                                 struct sk_strv *out)
{
    for (size_t i = 0; i < fields->n; i++) {
        sk_auto(buf) struct sk_buf err = SK_BUF(4096);
        struct sk_field_ref ref = {0};

        if (sk_field_parse_in(d->rs->opt.fields, fields->v[i], d->mem, &ref, &err))
            continue;
        for (size_t k = 0; k < d->rs->opt.nplugins; k++)
            if (!strcmp(d->rs->opt.plugins[k].name, ref.field->klass->name))
                add(d, out, sk_str(d->rs->opt.plugins[k].name));
    }
    return *out;
}

/* Fields of an output format, those inside of transformers too. */
static void fields_in_format(struct describe *d, struct sk_str s, struct sk_strv *out)
{
    for (size_t i = 0; i < s.n;) {
        unsigned depth = 0;

        if (s.p[i++] != '%')
            continue;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
            i++;
        do {
            size_t n = sk_field_prefix_in(d->rs->opt.fields, (struct sk_str){s.p + i, s.n - i});

            if (n) {
                add(d, out, (struct sk_str){s.p + i, n});
                i += n;
            }
            while (i < s.n && s.p[i] >= 'a' && s.p[i] <= 'z' && !n)
                i++;
            while (i < s.n && (s.p[i] == '(' ||
                               (depth && (s.p[i] == ')' || s.p[i] == ',' || s.p[i] == ' ')))) {
                depth += s.p[i] == '(';
                depth -= s.p[i] == ')';
                i++;
            }
            if (!n && depth && i < s.n && s.p[i] != '%' && !(s.p[i] >= 'a' && s.p[i] <= 'z'))
                i++; /* a number or a quoted text: step over */
        } while (depth && i < s.n && s.p[i] != '%');
    }
}

static void exceptions_of(struct describe *d, const struct sk_rule_def *def, struct sk_strv *names,
                          struct sk_strv *fields, struct sk_strv *ops)
{
    for (const struct sk_exception *ex = def->exceptions; ex; ex = ex->next) {
        const struct sk_ex_entry *f = ex->fields.is_list ? ex->fields.v : &ex->fields;
        const struct sk_ex_entry *o = ex->comps.is_list ? ex->comps.v : &ex->comps;

        add(d, names, ex->name);
        for (size_t i = 0; i < (ex->fields.is_list ? ex->fields.n : 1); i++)
            add(d, fields, f[i].item);
        for (size_t i = 0; i < (ex->comps.is_list ? ex->comps.n : 1); i++)
            add(d, ops, o[i].item);
    }
}

static void add_compiled(struct describe *d, const struct sk_ast *ast)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_LOAD_TEXT_MAX);

    sk_ast_print(ast, &b);
    d->oom |= b.failed;
    add_text(d, "condition_compiled", sk_buf_str(&b));
}

static void add_extra(struct describe *d, const struct sk_rule *r, struct sk_strv *output_fields)
{
    bool any = false;

    for (size_t i = 0; i < r->nappended; i++) {
        for (size_t k = 0; k < r->appended[i]->nextra; k++) {
            const struct sk_extra_field *x = &r->appended[i]->extra_fields[k];

            if (x->raw) {
                add(d, output_fields, sk_str(x->key));
                continue;
            }
            sk_buf_addz(d->out, any ? ",\"" : "\"extra_output_formatted_fields\":{\"");
            sk_buf_add_json(d->out, sk_str(x->key));
            sk_buf_addz(d->out, "\":\"");
            sk_buf_add_json(d->out, sk_str(x->format));
            sk_buf_addc(d->out, '"');
            any = true;
        }
    }
    sk_buf_addz(d->out, any ? "}," : "");
}

static void rule_details(struct describe *d, const struct sk_rule_out *r)
{
    struct facts f = facts_of(d, r->pub.ast);
    struct sk_strv names = {0}, ex_fields = {0}, ex_ops = {0}, out_fields = {0}, plugins = {0};
    struct sk_strv events = events_of(d, &r->pub.events, &f.types);
    struct sk_strv lists = lists_in(d, r->source), macros = macros_in(d, r->source);

    exceptions_of(d, r->def, &names, &ex_fields, &ex_ops);
    fields_in_format(d, sk_str(r->pub.output_compiled), &out_fields);
    sk_buf_addz(d->out, "\"details\":{");
    add_compiled(d, r->pub.ast);
    sk_buf_addc(d->out, ',');
    add_set(d, "condition_fields", &f.fields);
    sk_buf_addc(d->out, ',');
    add_set(d, "condition_operators", &f.ops);
    sk_buf_addc(d->out, ',');
    add_set(d, "events", &events);
    sk_buf_addc(d->out, ',');
    add_set(d, "exception_fields", &ex_fields);
    sk_buf_addc(d->out, ',');
    add_set(d, "exception_names", &names);
    sk_buf_addc(d->out, ',');
    add_set(d, "exception_operators", &ex_ops);
    sk_buf_addc(d->out, ',');
    add_extra(d, &r->pub, &out_fields);
    add_set(d, "lists", &lists);
    sk_buf_addc(d->out, ',');
    add_set(d, "macros", &macros);
    sk_buf_addc(d->out, ',');
    add_text(d, "output_compiled", sk_str(r->pub.output_compiled));
    sk_buf_addc(d->out, ',');
    add_set(d, "output_fields", &out_fields);
    sk_buf_addc(d->out, ',');
    plugins_of(d, &f.fields, &plugins);
    plugins_of(d, &out_fields, &plugins);
    add_set(d, "plugins", &plugins);
    sk_buf_addc(d->out, '}');
}

static void add_rule(struct describe *d, const struct sk_rule_out *r)
{
    const struct sk_rule *p = &r->pub;
    struct sk_strv tags = r->def->tags;

    sk_buf_addc(d->out, '{');
    rule_details(d, r);
    sk_buf_printf(d->out, ",\"info\":{\"capture\":%s,\"capture_duration\":%u,",
                  p->capture ? "true" : "false", p->capture_duration_ms);
    add_text(d, "condition", sk_str(p->condition));
    sk_buf_addc(d->out, ',');
    add_text(d, "description", sk_str(p->desc));
    sk_buf_printf(d->out, ",\"enabled\":%s,", p->enabled ? "true" : "false");
    add_text(d, "name", sk_str(p->name));
    sk_buf_addc(d->out, ',');
    add_text(d, "output", sk_str(p->output));
    sk_buf_printf(d->out, ",\"priority\":\"%s\",", sk_level_name(p->priority));
    add_text(d, "source", sk_str(p->source));
    sk_buf_addc(d->out, ',');
    add_array(d, "tags", &tags);
    sk_buf_addz(d->out, "}}");
}

static void add_macro(struct describe *d, const struct sk_macro_out *m)
{
    struct facts f = facts_of(d, m->ast), own = facts_of(d, m->own);
    struct sk_strv lists = lists_in(d, m->def->cond), plugins = {0}, events;
    struct sk_event_set set = {0};
    struct sk_ast_err err;
    uint32_t root;

    /* A macro that is no condition by itself (fields of an absent plugin) has no event types. */
    if (!sk_filter_compile(d->pool, m->ast, NULL, NULL, &root, &err)) {
        struct sk_event_set async = {0};

        sk_filter_event_set(d->pool, root, &set);
        if (sk_event_set_by_name(SK_STR("asyncevent"), &async))
            sk_event_set_or(&set, &async);
    }
    events = events_of(d, &set, &f.types);
    sk_buf_addz(d->out, "{\"details\":{");
    add_compiled(d, m->ast);
    sk_buf_addc(d->out, ',');
    add_set(d, "condition_fields", &f.fields);
    sk_buf_addc(d->out, ',');
    add_set(d, "condition_operators", &f.ops);
    sk_buf_addc(d->out, ',');
    add_set(d, "events", &events);
    sk_buf_addc(d->out, ',');
    add_set(d, "lists", &lists);
    sk_buf_addc(d->out, ',');
    add_set(d, "macros", &own.macros);
    sk_buf_addc(d->out, ',');
    plugins_of(d, &f.fields, &plugins);
    add_set(d, "plugins", &plugins);
    sk_buf_printf(d->out, ",\"used\":%s},\"info\":{", m->used ? "true" : "false");
    add_text(d, "condition", m->def->cond);
    sk_buf_addc(d->out, ',');
    add_text(d, "name", m->def->name);
    sk_buf_addz(d->out, "}}");
}

static void add_list(struct describe *d, const struct sk_list_out *l)
{
    sk_buf_addz(d->out, "{\"details\":{");
    add_array(d, "items_compiled", &l->items);
    sk_buf_addc(d->out, ',');
    add_array(d, "lists", &l->refs);
    sk_buf_printf(d->out, ",\"plugins\":[],\"used\":%s},\"info\":{", l->used ? "true" : "false");
    add_array(d, "items", &l->raw);
    sk_buf_addc(d->out, ',');
    add_text(d, "name", l->def->name);
    sk_buf_addz(d->out, "}}");
}

static void add_requirements(struct describe *d)
{
    const struct sk_version *v = &d->rs->engine;

    sk_buf_printf(d->out, "\"required_engine_version\":\"%u.%u.%u\",\"required_plugin_versions\":[",
                  v->major, v->minor, v->patch);
    for (const struct sk_plugin_req *req = d->rs->reqs; req; req = req->next) {
        sk_buf_addz(d->out, req == d->rs->reqs ? "{" : ",{");
        for (size_t i = 1; i < req->n; i++) {
            sk_buf_addz(d->out, i == 1 ? "\"alternatives\":[{" : ",{");
            add_text(d, "name", sk_str(req->alt[i].name));
            sk_buf_addc(d->out, ',');
            add_text(d, "version", sk_str(req->alt[i].version));
            sk_buf_addz(d->out, i + 1 == req->n ? "}]," : "}");
        }
        add_text(d, "name", sk_str(req->alt[0].name));
        sk_buf_addc(d->out, ',');
        add_text(d, "version", sk_str(req->alt[0].version));
        sk_buf_addc(d->out, '}');
    }
    sk_buf_addz(d->out, "],");
}

static void json_all(struct describe *d)
{
    sk_buf_addz(d->out, "{\"lists\":[");
    for (size_t i = 0; i < d->g->nlists; i++) {
        sk_buf_addz(d->out, i ? "," : "");
        add_list(d, &d->g->lists[i]);
    }
    sk_buf_addz(d->out, "],\"macros\":[");
    for (size_t i = 0; i < d->g->nmacros; i++) {
        sk_buf_addz(d->out, i ? "," : "");
        add_macro(d, &d->g->macros[i]);
    }
    sk_buf_addz(d->out, "],");
    add_requirements(d);
    sk_buf_addz(d->out, "\"rules\":[");
    for (size_t i = 0; i < d->g->nrules; i++) {
        sk_buf_addz(d->out, i ? "," : "");
        add_rule(d, &d->g->rules[i]);
    }
    sk_buf_addz(d->out, "]}");
}

/* Every word is followed by a blank; a line that is full continues below the description. */
static void text_rule(const struct sk_rule *r, struct sk_buf *out)
{
    size_t width = 0;

    sk_buf_printf(out, "%-*s ", (int)NAME_WIDTH, r->name);
    for (const char *p = r->desc; *p;) {
        size_t n = strcspn(p, " \t\n\v\f\r");

        if (n && width + n + 1 > LINE_WIDTH - NAME_WIDTH - 1) {
            sk_buf_printf(out, "\n%*s", (int)NAME_WIDTH + 1, "");
            width = 0;
        }
        if (n) {
            sk_buf_add(out, p, n);
            sk_buf_addc(out, ' ');
            width += n + 1;
        }
        p += n + (p[n] != '\0');
    }
    sk_buf_addz(out, "\n\n");
}

static int json(const struct sk_ruleset *rs, struct sk_generation *g, const struct sk_rule_out *one,
                struct sk_buf *out)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(DESCRIBE_MEM);
    struct describe d = {.rs = rs, .g = g, .mem = mem, .out = out};

    if (!mem || sk_filter_pool_new(mem, &d.pool))
        return -ENOMEM;
    sk_filter_pool_fields(d.pool, rs->opt.fields);
    if (one) {
        sk_buf_addz(out, "{\"rules\":[");
        add_rule(&d, one);
        sk_buf_addz(out, "]}");
    } else {
        json_all(&d);
    }
    sk_filter_pool_free(d.pool);
    return d.oom || out->failed ? -ENOMEM : 0;
}

int sk_ruleset_describe(const struct sk_ruleset *rs, const char *name, bool as_json,
                        struct sk_buf *out)
{
    struct sk_generation none = {0}, *g = rs->gen ? rs->gen : &none;
    const struct sk_rule_out *one =
        name && rs->gen ? sk_map_get(g->rule_by_name, sk_str(name)) : NULL;

    if (name && !one)
        return -ENOENT;
    if (as_json)
        return json(rs, g, one, out);
    sk_buf_printf(out, "%-*s %s\n%-*s %s\n", (int)NAME_WIDTH, "Rule", "Description",
                  (int)NAME_WIDTH, "----", "-----------");
    for (size_t i = 0; i < g->nrules; i++)
        if (!one || one == &g->rules[i])
            text_rule(&g->rules[i].pub, out);
    return out->failed ? -ENOMEM : 0;
}
