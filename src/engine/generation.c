/* SPDX-License-Identifier: Apache-2.0 */
/* generation.c - configuration + rules files -> what the engine runs. */
#include "engine/generation.h"

#include <errno.h>
#include <sys/random.h>

#include "engine/version.h"
#include "field/field.h"

#define SK_GENERATION_MAX_BYTES (256u << 20)

struct sk_gen {
    struct sk_arena *mem;
    struct sk_ruleset *rules;
    const struct sk_field_set *fields;
    struct sk_alert_rule *alert; /* by sk_rule.id */
    size_t nrules;
    const struct sk_field_ref **fold; /* of fold.fields */
    size_t nfold;
    struct sk_gen_file *file;
    size_t nfiles;
    struct sk_event_set events;
    struct sk_prefilter *prefilter; /* NULL: everything is sent */
};

static int check_output(void *self, struct sk_str format, struct sk_buf *err)
{
    struct sk_format *f = NULL;
    int e = sk_format_compile_in(self, format, &f, err);

    sk_format_free(f);
    return e;
}

/* `append_output` and -p in the form of the rules compiler. */
static int append_outputs(const struct sk_conf *conf, const char *print, struct sk_arena *mem,
                          struct sk_ruleset_options *opt)
{
    struct sk_append_output *a = sk_arena_alloc(mem, (conf->nappend + 1) * sizeof(*a));

    if (!a)
        return -ENOMEM;
    for (size_t i = 0; i < conf->nappend; i++) {
        const struct sk_conf_append *c = &conf->append[i];

        a[i] = (struct sk_append_output){.source = c->source,
                                         .rule = c->rule,
                                         .extra_output = c->extra_output,
                                         .tags = c->tags.text,
                                         .ntags = c->tags.n,
                                         .suggested_output = c->suggested};
        if (!c->nextra)
            continue;
        a[i].extra_fields = sk_arena_alloc(mem, c->nextra * sizeof(*a[i].extra_fields));
        if (!a[i].extra_fields)
            return -ENOMEM;
        for (; a[i].nextra < c->nextra; a[i].nextra++)
            a[i].extra_fields[a[i].nextra] = (struct sk_extra_field){
                c->extra[a[i].nextra].key, c->extra[a[i].nextra].format, c->extra[a[i].nextra].raw};
    }
    opt->append_outputs = a;
    opt->nappend = conf->nappend;
    if (print)
        a[opt->nappend++].extra_output = print;
    return 0;
}

int sk_gen_fields(const struct sk_conf *conf, struct sk_arena *mem, const struct sk_field_set **out,
                  struct sk_diag *dg)
{
    const struct sk_node *map = conf->static_fields;
    size_t n = map && map->kind == SK_NODE_MAP ? map->n : 0;
    struct sk_static_field *row = sk_arena_alloc(mem, (n + 1) * sizeof(*row));
    struct sk_field_set *set = sk_arena_alloc(mem, sizeof(*set));
    const char *bad = NULL;
    int err;

    if (!row || !set)
        return sk_err(dg, -ENOMEM, NULL, "no memory for fields");
    for (size_t i = 0; i < n; i++) {
        if (map->item[i]->kind != SK_NODE_SCALAR)
            return sk_err(dg, -EINVAL, &map->item[i]->pos, "static_fields: '%s' must be a text",
                          map->key[i].text);
        row[i] = (struct sk_static_field){map->key[i].text, map->item[i]->text};
    }
    err = sk_static_fields(row, n, mem, set, &bad);
    if (err)
        return sk_err(dg, err, &map->pos,
                      "static_fields: '%s' cannot be a part of a field's name: letters, digits and "
                      "'_' can",
                      bad ? bad : "");
    *out = set;
    return 0;
}

int sk_gen_ruleset(const struct sk_conf *conf, const char *print, struct sk_arena *mem,
                   struct sk_ruleset **out, struct sk_diag *dg)
{
    static const struct sk_plugin_version builtin[] = {{"container", SK_CONTAINER_PLUGIN}};
    struct sk_ruleset_options opt = {
        .plugins = builtin,
        .nplugins = SK_ARRAY_LEN(builtin),
        .min_priority = conf->min_priority,
        .match_all = conf->match_all,
    };
    int err = sk_gen_fields(conf, mem, &opt.fields, dg);

    if (err)
        return err;
    opt.output = (struct sk_output_check){(void *)opt.fields, check_output};
    err = append_outputs(conf, print, mem, &opt);
    if (!err)
        err = sk_ruleset_new(&opt, out);
    return err ? sk_err(dg, err, NULL, "no memory for rules") : 0;
}

/* g->file has room for all of them. */
static void note_file(struct sk_gen *g, const char *name, struct sk_str text)
{
    struct sk_gen_file *f = &g->file[g->nfiles];

    f->path = sk_arena_dup(g->mem, sk_str(name));
    sk_sha256(text, f->sha256);
    g->nfiles += f->path != NULL;
}

static int add_content(struct sk_gen *g, const char *name, struct sk_str text, struct sk_diag *dg)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(16u << 20);
    const struct sk_report *report = NULL;
    int err = sk_ruleset_add(g->rules, name, text, &report);

    if (!report)
        return sk_err(dg, err ? err : -ENOMEM, NULL, "no memory for the rules of '%s'", name);
    sk_log(strcmp(sk_report_schema(report), "ok") ? SK_WARNING : SK_INFO,
           "   %s | schema validation: %s", name, sk_report_schema(report));
    note_file(g, name, text);
    if (err || sk_report_warnings(report))
        sk_report_text(report, false, &out);
    if (err)
        return sk_err(dg, err, NULL, "%s", sk_buf_str(&out).p);
    if (out.n)
        sk_log(SK_WARNING, "%s", out.p);
    return 0;
}

static int add_file(struct sk_gen *g, const char *path, struct sk_diag *dg)
{
    sk_auto(mem) char *text = NULL;
    size_t n = 0;
    int err = sk_read_file(path, SK_RULES_MAX_BYTES, &text, &n);

    if (err == -EFBIG)
        return sk_err(dg, err, NULL, "rules file '%s' is longer than %u MiB", path,
                      SK_RULES_MAX_BYTES >> 20);
    if (err)
        return sk_err(dg, err, NULL, "Could not open file %s for reading", path);
    return add_content(g, path, (struct sk_str){text, n}, dg);
}

static int add_all(struct sk_gen *g, const struct sk_gen_input *in, struct sk_diag *dg)
{
    const struct sk_conf_list *list = &in->conf->rules_files;
    struct sk_paths p = {0};
    int err = in->npaths ? sk_rules_paths(in->path, in->npaths, true, g->mem, &p, dg)
                         : sk_rules_paths(list->text, list->n, false, g->mem, &p, dg);

    if (err || (in->none && !in->npaths))
        return err;
    sk_log(SK_DEBUG, "Configured rules filenames:");
    for (size_t i = 0; i < (in->npaths ? in->npaths : list->n); i++)
        sk_log(SK_DEBUG, "   %s", in->npaths ? in->path[i] : list->text[i]);
    if (!p.any && in->conf->path && !list->n)
        return sk_err(
            dg, -EINVAL, NULL,
            "You must specify at least one rules file/directory via -r or a rules_file entry in %s",
            in->conf->path);
    g->file = sk_arena_alloc(g->mem, (p.n + 1) * sizeof(*g->file));
    if (!g->file)
        return -ENOMEM;
    sk_log(SK_INFO, "Loading rules from:");
    if (!p.any)
        return add_content(g, in->builtin_name, in->builtin, dg);
    for (size_t i = 0; i < p.n && !err; i++)
        err = add_file(g, p.path[i], dg);
    return err;
}

static void select_rules(struct sk_gen *g, const struct sk_conf *conf)
{
    for (size_t i = 0; i < conf->nselect; i++) {
        const struct sk_conf_select *s = &conf->select[i];
        const char *verb = s->enable ? "Enabling" : "Disabling";

        if (s->rule) {
            sk_log(SK_INFO, "%s rules with name: %s", verb, s->rule);
            sk_ruleset_select(g->rules, s->enable, s->rule, NULL);
        }
        if (s->tag) {
            sk_log(SK_INFO, "%s rules with tag: %s", verb, s->tag);
            sk_ruleset_select(g->rules, s->enable, NULL, s->tag);
        }
    }
}

static int compile_extra(struct sk_gen *g, const struct sk_extra_field *x, struct sk_extra *out,
                         struct sk_buf *why)
{
    struct sk_format *format = NULL;
    struct sk_field_ref *ref;
    int err;

    out->key = x->key;
    if (!x->raw) {
        err = sk_format_compile_in(g->fields, sk_str(x->format), &format, why);
        out->format = format;
        return err;
    }
    ref = sk_arena_alloc(g->mem, sizeof(*ref));
    if (!ref)
        return -ENOMEM;
    err = sk_field_parse_in(g->fields, sk_str(x->key), g->mem, ref, why);
    if (!err)
        out->raw = ref;
    return err;
}

static int compile_rule(struct sk_gen *g, const struct sk_rule *r, struct sk_buf *why)
{
    struct sk_alert_rule *a = &g->alert[r->id];
    struct sk_format *format = NULL;
    struct sk_extra *extra;
    size_t n = 0;
    int err;

    *a = (struct sk_alert_rule){.name = r->name,
                                .source = r->source,
                                .priority = r->priority,
                                .tags = r->tags,
                                .ntags = r->ntags};
    err = sk_format_compile_in(g->fields, sk_str(r->output_compiled), &format, why);
    a->format = format;
    for (size_t i = 0; i < r->nappended; i++)
        n += r->appended[i]->nextra;
    if (err || !n)
        return err;
    extra = sk_arena_alloc(g->mem, n * sizeof(*extra));
    if (!extra)
        return -ENOMEM;
    a->extra = extra;
    for (size_t i = 0; i < r->nappended; i++) {
        for (size_t j = 0; j < r->appended[i]->nextra && !err; j++, a->nextra += !err)
            err = compile_extra(g, &r->appended[i]->extra_fields[j], &extra[a->nextra], why);
    }
    return err;
}

static int compile_outputs(struct sk_gen *g, struct sk_diag *dg)
{
    for (size_t i = 0; i < sk_ruleset_count(g->rules); i++)
        g->nrules = SK_MAX(g->nrules, (size_t)sk_ruleset_at(g->rules, i)->id + 1);
    g->alert = sk_arena_alloc(g->mem, (g->nrules + 1) * sizeof(*g->alert));
    if (!g->alert)
        return -ENOMEM;
    for (size_t i = 0; i < sk_ruleset_count(g->rules); i++) {
        const struct sk_rule *r = sk_ruleset_at(g->rules, i);
        sk_auto(buf) struct sk_buf why = SK_BUF(65536);
        int err = compile_rule(g, r, &why);

        if (err)
            return sk_err(dg, err, NULL, "output of rule '%s': %s", r->name, sk_buf_str(&why).p);
    }
    return 0;
}

static void log_enabled(const struct sk_gen *g)
{
    size_t n = 0;

    sk_log(SK_DEBUG, "Enabled rules:");
    for (size_t i = 0; i < sk_ruleset_count(g->rules); i++) {
        const struct sk_rule *r = sk_ruleset_at(g->rules, i);

        if (!r->active)
            continue;
        sk_log(SK_DEBUG, "   %s", r->name);
        n++;
    }
    sk_log(SK_DEBUG, "(%zu) enabled rules in total", n);
}

static int fold_fields(struct sk_gen *g, const struct sk_conf *conf, struct sk_diag *dg)
{
    static const char *const usual[] = {"container.id", "user.uid", "proc.exepath"};
    size_t given = conf->fold_fields.n, n = given ? given : SK_ARRAY_LEN(usual);

    g->fold = sk_arena_alloc(g->mem, n * sizeof(struct sk_field_ref *));
    if (!g->fold)
        return -ENOMEM;
    for (; g->nfold < n; g->nfold++) {
        const char *text = given ? conf->fold_fields.text[g->nfold] : usual[g->nfold];
        struct sk_field_ref *ref = sk_arena_alloc(g->mem, sizeof(*ref));
        sk_auto(buf) struct sk_buf why = SK_BUF(4096);
        int err = ref ? sk_field_parse_in(g->fields, sk_str(text), g->mem, ref, &why) : -ENOMEM;

        if (err)
            return sk_err(dg, err, NULL, "fold.fields: '%s': %s", text, sk_buf_str(&why).p);
        g->fold[g->nfold] = ref;
    }
    return 0;
}

static int prefilter(struct sk_gen *g, const struct sk_conf *conf)
{
    struct sk_prefilter_stats st;
    struct sk_event_set whole;
    uint64_t seed = 0;
    int err;

    if (!conf->prefilter || conf->base_all || conf->capture_enabled)
        return 0;
    sk_whole_events(conf, &whole);
    if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
        return 0; /* paths could be made up that look like others */
    err = sk_prefilter_new(g->rules, &whole, seed, &g->prefilter);
    if (err)
        return err;
    sk_prefilter_stats(g->prefilter, &st);
    sk_log(SK_DEBUG, "Filter of the kernel side: %u event types, %u clauses, %u tests without room",
           st.events - st.unneeded, st.clauses, st.dropped);
    return 0;
}

int sk_gen_new(const struct sk_gen_input *in, struct sk_gen **out, struct sk_diag *dg)
{
    sk_auto(gen) struct sk_gen *g = calloc(1, sizeof(*g));
    sk_auto(buf) struct sk_buf why = SK_BUF(65536);
    int err;

    if (!g)
        return -ENOMEM;
    g->mem = sk_arena_new(SK_GENERATION_MAX_BYTES);
    if (!g->mem)
        return -ENOMEM;
    err = sk_gen_ruleset(in->conf, in->print, g->mem, &g->rules, dg);
    if (!err)
        err = sk_gen_fields(in->conf, g->mem, &g->fields, dg);
    if (err)
        return err;
    err = fold_fields(g, in->conf, dg);
    if (!err)
        err = add_all(g, in, dg);
    /* A plugin that is missing explains other errors: it comes first. */
    if (!err || err == -EINVAL) {
        int missing = sk_ruleset_finish(g->rules, &why);

        if (missing && why.n)
            return sk_err(dg, missing, NULL, "%s", why.p);
        err = err ? err : missing;
    }
    if (err)
        return err;
    select_rules(g, in->conf);
    log_enabled(g);
    err = compile_outputs(g, dg);
    if (err)
        return err;
    sk_ruleset_events(g->rules, &g->events);
    err = prefilter(g, in->conf);
    if (err)
        return sk_err(dg, err, NULL, "no memory for the filter of the kernel side");
    *out = SK_TAKE(g);
    return 0;
}

void sk_gen_free(struct sk_gen *g)
{
    if (!g)
        return;
    for (size_t i = 0; i < g->nrules && g->alert; i++) {
        sk_format_free((struct sk_format *)g->alert[i].format);
        for (size_t j = 0; j < g->alert[i].nextra; j++)
            sk_format_free((struct sk_format *)g->alert[i].extra[j].format);
    }
    sk_prefilter_free(g->prefilter);
    sk_ruleset_free(g->rules);
    sk_arena_free(g->mem);
    free(g);
}

void gen_freep(struct sk_gen **g)
{
    sk_gen_free(*g);
    *g = NULL;
}

const struct sk_ruleset *sk_gen_rules(const struct sk_gen *g)
{
    return g->rules;
}

const struct sk_alert_rule *sk_gen_alert(const struct sk_gen *g, const struct sk_rule *rule)
{
    return &g->alert[rule->id];
}

const struct sk_event_set *sk_gen_events(const struct sk_gen *g)
{
    return &g->events;
}

const struct sk_pf *sk_gen_prefilter(const struct sk_gen *g)
{
    return g->prefilter ? sk_prefilter_pf(g->prefilter) : NULL;
}

size_t sk_gen_fold_fields(const struct sk_gen *g, const struct sk_field_ref *const **out)
{
    *out = g->fold;
    return g->nfold;
}

const struct sk_gen_file *sk_gen_files(const struct sk_gen *g, size_t *out_n)
{
    *out_n = g->nfiles;
    return g->file;
}

size_t sk_gen_nrules(const struct sk_gen *g)
{
    return g->nrules;
}
