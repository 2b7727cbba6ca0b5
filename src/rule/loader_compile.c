/* SPDX-License-Identifier: Apache-2.0 */
/* loader_compile.c - everything collected so far -> a generation of compiled rules. */
#include <errno.h>

#include "rule/loader.h"
#include "rule/plan.h"

#define CONTAINER_INFO "%container.info"

struct rule_job {
    struct sk_loader *ld;
    struct sk_generation *g;
    const struct sk_rule_def *def;
    struct sk_rule_out *out;
};

void sk_generation_free(struct sk_generation *g)
{
    if (!g)
        return;
    sk_filter_pool_free(g->pool);
    sk_map_free(g->list_by_name);
    sk_map_free(g->macro_by_name);
    sk_map_free(g->rule_by_name);
    free(g->slot);
    sk_plans_free(g->plans);
    sk_arena_free(g->mem);
    free(g);
}

static void generation_freep(struct sk_generation **g)
{
    sk_generation_free(*g);
    *g = NULL;
}

static struct sk_generation *generation_new(const struct sk_field_set *fields)
{
    sk_auto(generation) struct sk_generation *g = calloc(1, sizeof(*g));

    if (!g)
        return NULL;
    g->mem = sk_arena_new(SK_LOAD_MEM_MAX);
    g->list_by_name = sk_map_new(SK_LOAD_ITEMS_MAX);
    g->macro_by_name = sk_map_new(SK_LOAD_ITEMS_MAX);
    g->rule_by_name = sk_map_new(SK_LOAD_ITEMS_MAX);
    if (!g->mem || !g->list_by_name || !g->macro_by_name || !g->rule_by_name ||
        sk_filter_pool_new(g->mem, &g->pool))
        return NULL;
    sk_filter_pool_fields(g->pool, fields);
    return SK_TAKE(g);
}

/* Failures that skip-if-unknown-filter turns into a warning. */
static bool is_unknown(const char *text)
{
    static const char *const signs[] = {"nonexistent field", "invalid formatting token",
                                        "unknown event type", "unknown filter:"};

    for (size_t i = 0; i < SK_ARRAY_LEN(signs); i++)
        if (strstr(text, signs[i]))
            return true;
    return false;
}

/* 0 when the rule is to be left out, with a warning. */
static int fail_or_skip(struct rule_job *j, enum sk_load_code code, const struct sk_load_ctx *ctx,
                        const char *text)
{
    if (!j->def->skip_unknown || !is_unknown(text))
        return sk_report_error(j->ld->rep, code, ctx, "%s", text);
    sk_report_warn(j->ld->rep, SK_LOAD_UNKNOWN_FILTER, NULL, ctx, "%s", text);
    return 0;
}

static bool has_tag(const struct sk_rule_def *def, const char *tag)
{
    for (size_t i = 0; i < def->tags.n; i++)
        if (sk_str_eqz(def->tags.v[i], tag))
            return true;
    return false;
}

static bool append_matches(const struct sk_append_output *ao, const struct sk_rule_def *def)
{
    if (ao->source && *ao->source && !sk_str_eqz(def->source, ao->source))
        return false;
    if (ao->rule && *ao->rule && !sk_str_eqz(def->name, ao->rule))
        return false;
    for (size_t i = 0; i < ao->ntags; i++)
        if (!has_tag(def, ao->tags[i]))
            return false;
    return true;
}

/* " a_b=%a.b" for each field that wants to be seen in every alert. */
static void add_suggested(const struct sk_field *field, size_t n, struct sk_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        if (!(field[i].flags & SK_FF_SUGGESTED))
            continue;
        sk_buf_addc(out, ' ');
        for (const char *p = field[i].name; *p; p++)
            sk_buf_addc(out, *p == '.' ? '_' : *p);
        sk_buf_printf(out, "=%%%s", field[i].name);
    }
}

/* Output of the rule, suggested fields, appended texts; %container.info stands for nothing any
 * more. */
static int build_output(struct rule_job *j, struct sk_buf *out)
{
    const struct sk_rule *r = &j->out->pub;
    const struct sk_field_set *made = j->ld->rs->opt.fields;
    bool suggested = false; /* once is enough */
    char *hit;

    sk_buf_adds(out, j->def->output);
    for (size_t i = 0; i < r->nappended; i++) {
        const struct sk_append_output *a = r->appended[i];

        if (a->extra_output && *a->extra_output)
            sk_buf_printf(out, " %s", a->extra_output);
        if (!a->suggested_output || suggested)
            continue;
        suggested = true;
        if (made)
            add_suggested(made->field, made->n, out);
        add_suggested(sk_fields, sk_fields_n, out);
    }
    if (out->failed)
        return sk_load_oom(j->ld);
    if (!out->n || !strstr(out->p, CONTAINER_INFO))
        return 0;
    sk_report_warn(
        j->ld->rep, SK_LOAD_DEPRECATED_ITEM, NULL, j->def->ctx,
        "%%container.info is deprecated and no more useful, and will be dropped by Falco "
        "1.0.0. The container plugin will automatically add required fields to the output "
        "message.");
    while ((hit = strstr(out->p, CONTAINER_INFO))) {
        memmove(hit, hit + strlen(CONTAINER_INFO), strlen(hit + strlen(CONTAINER_INFO)) + 1);
        out->n -= strlen(CONTAINER_INFO);
    }
    return 0;
}

/* 1: good; 0: leave the rule out. */
static int check_format(struct rule_job *j, struct sk_str format)
{
    const struct sk_output_check *c = &j->ld->rs->opt.output;
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);

    if (!c->check || !c->check(c->self, format, &err))
        return 1;
    return fail_or_skip(j, SK_LOAD_ERR_COMPILE_OUTPUT, j->def->output_ctx, err.p ? err.p : "");
}

static int compile_output(struct rule_job *j)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(SK_LOAD_TEXT_MAX);
    const struct sk_rule *r = &j->out->pub;
    int rc = build_output(j, &text);

    if (!rc)
        rc = check_format(j, sk_buf_str(&text));
    if (rc <= 0)
        return rc;
    sk_load_check_output(j->ld, sk_buf_str(&text), j->def->output_ctx);
    for (size_t i = 0; i < r->nappended; i++) {
        for (size_t k = 0; k < r->appended[i]->nextra; k++) {
            const struct sk_extra_field *x = &r->appended[i]->extra_fields[k];
            struct sk_str format = sk_str(x->format);

            /* A raw field that does not exist prints null, as Falco's does. */
            if (!x->raw) {
                rc = check_format(j, format);
                if (rc <= 0)
                    return rc;
            }
            sk_load_check_output(j->ld, format, j->def->output_ctx);
        }
    }
    j->out->pub.output_compiled = sk_arena_dup(j->g->mem, sk_buf_str(&text));
    return j->out->pub.output_compiled ? 1 : sk_load_oom(j->ld);
}

static void on_filter_warning(void *self, const struct sk_filter_warning *w)
{
    struct rule_job *j = self;

    sk_report_warn(j->ld->rep, SK_LOAD_COMPILE_CONDITION, NULL,
                   sk_ctx_expr(j->ld->mem, j->def->cond_ctx, j->out->text, w->pos), "%s", w->text);
}

static size_t count(const struct sk_event_set *s)
{
    size_t n = 0;

    for (size_t i = 0; i < SK_EVENT_N; i++)
        n += sk_event_set_has(s, (unsigned)i);
    return n;
}

/* Asynchronous events concern every rule; a plugin's rules see its events and those. */
static void set_events(struct rule_job *j)
{
    struct sk_rule *r = &j->out->pub;
    struct sk_event_set more = {0};

    if (sk_str_eqz(j->def->source, "syscall")) {
        sk_filter_event_set(j->g->pool, r->root, &r->events);
        if (r->warn_evttypes && count(&r->events) > SK_LOAD_EVTTYPES_MAX)
            sk_report_warn(j->ld->rep, SK_LOAD_NO_EVTTYPE, NULL, j->def->ctx,
                           "Rule matches too many evt.type values. This has a significant "
                           "performance penalty.");
    } else if (sk_event_set_by_name(SK_STR("pluginevent"), &more)) {
        sk_event_set_or(&r->events, &more);
    }
    if (sk_event_set_by_name(SK_STR("asyncevent"), &more))
        sk_event_set_or(&r->events, &more);
}

static int compile_condition(struct rule_job *j)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(SK_LOAD_TEXT_MAX);
    struct sk_rule *r = &j->out->pub;
    struct sk_loader *ld = j->ld;
    struct sk_ast_err err = {0};
    struct sk_ast *ast = NULL;
    const struct sk_load_ctx *at;
    int rc = sk_exceptions_condition(ld, j->def, &text);

    if (rc)
        return rc;
    j->out->source = (struct sk_str){sk_arena_dup(j->g->mem, sk_buf_str(&text)), text.n};
    if (!j->out->source.p)
        return sk_load_oom(ld);
    rc = sk_macros_parse(ld, j->g, j->out->source, j->def->cond_ctx, &j->out->text, &ast);
    if (!rc)
        rc = sk_macros_resolve(ld, j->g, &ast, j->out->text, j->def->ctx);
    if (rc)
        return rc;
    at = sk_ctx_expr(ld->mem, j->def->cond_ctx, j->out->text, (struct sk_ast_pos){0, 1, 1});
    sk_load_check_condition(ld, ast, at);
    r->ast = ast;
    rc = sk_filter_compile(j->g->pool, ast, on_filter_warning, j, &r->root, &err);
    if (rc == -EINVAL)
        return fail_or_skip(j, SK_LOAD_ERR_COMPILE_CONDITION,
                            sk_ctx_expr(ld->mem, j->def->cond_ctx, j->out->text, err.pos),
                            err.text);
    if (rc)
        return sk_load_oom(ld);
    set_events(j);
    return 1;
}

static const char *dup(struct rule_job *j, struct sk_str s, bool *ok)
{
    const char *p = sk_arena_dup(j->g->mem, s);

    *ok &= p != NULL;
    return p ? p : "";
}

/* Everything that is just said again, as C strings. */
static bool describe(struct rule_job *j)
{
    const struct sk_append_output *ao = j->ld->rs->opt.append_outputs;
    const struct sk_append_output **list;
    const struct sk_rule_def *def = j->def;
    struct sk_rule *r = &j->out->pub;
    const char **tags;
    bool ok = true;

    r->id = def->index;
    r->name = dup(j, def->name, &ok);
    r->desc = dup(j, def->desc, &ok);
    r->condition = dup(j, def->cond, &ok);
    r->output = dup(j, def->output, &ok);
    r->source = dup(j, def->source, &ok);
    r->priority = def->priority;
    r->enabled = def->enabled;
    r->active = def->enabled && def->priority <= j->ld->rs->opt.min_priority;
    r->capture = def->capture;
    r->capture_duration_ms = def->capture_duration_ms;
    r->warn_evttypes = def->warn_evttypes;
    r->skip_if_unknown = def->skip_unknown;
    if (def->ctx)
        r->at = (struct sk_ast_pos){def->ctx->off, def->ctx->line + 1, def->ctx->col + 1};
    tags = sk_arena_alloc(j->g->mem, (def->tags.n + 1) * sizeof(*tags));
    list = sk_arena_alloc(j->g->mem, (j->ld->rs->opt.nappend + 1) * sizeof(*list));
    if (!tags || !list)
        return false;
    for (size_t i = 0; i < def->tags.n; i++)
        tags[i] = dup(j, def->tags.v[i], &ok);
    for (size_t i = 0; i < j->ld->rs->opt.nappend; i++)
        if (append_matches(&ao[i], def))
            list[r->nappended++] = &ao[i];
    r->tags = tags;
    r->ntags = def->tags.n;
    r->appended = list;
    return ok;
}

static int compile_rule(struct rule_job *j)
{
    int rc;

    j->out->def = j->def;
    if (!describe(j))
        return sk_load_oom(j->ld);
    rc = compile_output(j);
    if (rc > 0)
        rc = compile_condition(j);
    if (rc <= 0)
        return rc;
    return sk_map_put(j->g->rule_by_name, sk_str(j->out->pub.name), j->out) ? sk_load_oom(j->ld)
                                                                            : 1;
}

static int compile_rules(struct sk_loader *ld, struct sk_generation *g)
{
    g->rules = sk_arena_alloc(g->mem, SK_MAX(ld->rs->nrules, 1u) * sizeof(*g->rules));
    if (!g->rules)
        return sk_load_oom(ld);
    for (size_t i = 0; i < ld->rs->nrules; i++) {
        struct rule_job j = {
            .ld = ld, .g = g, .def = ld->rs->rules[i], .out = &g->rules[g->nrules]};
        int rc;

        if (j.def->unknown_source)
            continue;
        *j.out = (struct sk_rule_out){0};
        rc = compile_rule(&j);
        if (rc < 0)
            return rc;
        g->nrules += (size_t)rc;
    }
    return 0;
}

int sk_load_compile(struct sk_loader *ld, struct sk_generation **out)
{
    sk_auto(generation) struct sk_generation *g = generation_new(ld->rs->opt.fields);
    int rc;

    if (!g)
        return sk_load_oom(ld);
    rc = sk_lists_compile(ld, g);
    if (!rc)
        rc = sk_macros_compile(ld, g);
    if (!rc)
        rc = compile_rules(ld, g);
    if (rc)
        return rc;
    for (size_t i = 0; i < g->nmacros; i++)
        if (!g->macros[i].used)
            sk_report_warn(ld->rep, SK_LOAD_UNUSED_MACRO, NULL, g->macros[i].def->ctx,
                           "Macro not referred to by any other rule/macro");
    for (size_t i = 0; i < g->nlists; i++)
        if (!g->lists[i].used)
            sk_report_warn(ld->rep, SK_LOAD_UNUSED_LIST, NULL, g->lists[i].def->ctx,
                           "List not referred to by any other rule/macro");
    rc = sk_index_build(g);
    if (rc)
        return sk_load_oom(ld);
    *out = SK_TAKE(g);
    return 0;
}
