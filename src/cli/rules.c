/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c - -V and -L: what the rules compiler says about files, and what it made of them. */
#include <errno.h>

#include "cli/app.h"

#define OUT_MAX (256u << 20)

int sk_describe(struct sk_app *app, const struct sk_gen *gen)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);
    const char *rule = sk_args_value(&app->args, SK_OPT_DESCRIBE_RULE);
    bool json = app->conf->json_output;
    char text[512];
    int err = sk_ruleset_describe(sk_gen_rules(gen), rule, json, &out);

    if (err == -ENOENT) {
        snprintf(text, sizeof(text), "Rule \"%s\" is not loaded", rule);
        return sk_fail_runtime(app, text);
    }
    if (err)
        return sk_fail_runtime(app, "no memory to describe the rules");
    if (out.n && out.p[out.n - 1] != '\n')
        sk_buf_addc(&out, '\n');
    return sk_put(&out);
}

struct check {
    struct sk_app *app;
    struct sk_ruleset *rules;
    struct sk_buf text; /* one entry a file */
    struct sk_buf json; /* elements of falco_load_results */
    bool bad;
};

static int check_content(struct check *c, const char *path, struct sk_str text)
{
    const struct sk_report *report = NULL;
    int err = sk_ruleset_add(c->rules, path, text, &report);
    bool only_warnings;

    if (!report)
        return err ? err : -ENOMEM;
    only_warnings = sk_report_ok(report) && sk_report_warnings(report);
    if (only_warnings) {
        sk_auto(buf) struct sk_buf full = SK_BUF(OUT_MAX);

        sk_report_text(report, false, &full);
        sk_log(SK_WARNING, "%s", sk_buf_str(&full).p);
    }
    if (c->text.n)
        sk_buf_addc(&c->text, '\n');
    sk_report_text(report, only_warnings, &c->text);
    while (c->text.n && c->text.p[c->text.n - 1] == '\n')
        c->text.p[--c->text.n] = '\0';
    if (c->json.n)
        sk_buf_addc(&c->json, ',');
    sk_report_json(report, &c->json);
    c->bad |= err || !sk_report_ok(report);
    return 0;
}

static int check_file(struct check *c, const char *path)
{
    sk_auto(mem) char *text = NULL;
    size_t n = 0;
    int err = sk_read_file(path, SK_RULES_MAX_BYTES, &text, &n);

    if (err)
        return sk_err(c->app->dg, err, NULL, "Could not open file %s for reading", path);
    return check_content(c, path, (struct sk_str){text, n});
}

static int answer(struct check *c)
{
    bool describe = sk_args_has(&c->app->args, SK_OPT_DESCRIBE_ALL) && !c->bad;
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX), rules = SK_BUF(OUT_MAX);
    int code;

    if (describe && sk_ruleset_describe(c->rules, NULL, c->app->conf->json_output, &rules))
        return sk_fail("no memory to describe the rules");
    if (c->app->conf->json_output) {
        sk_buf_addc(&out, '{');
        if (describe) {
            sk_buf_addz(&out, "\"falco_describe_results\":");
            sk_buf_adds(&out, sk_str_trim(sk_buf_str(&rules)));
            sk_buf_addc(&out, ',');
        }
        sk_buf_addz(&out, "\"falco_load_results\":[");
        sk_buf_adds(&out, sk_buf_str(&c->json));
        sk_buf_addz(&out, "]}\n");
    } else {
        sk_buf_adds(&out, sk_buf_str(&c->text));
        sk_buf_addc(&out, '\n');
        if (describe) {
            sk_buf_addc(&out, '\n');
            sk_buf_adds(&out, sk_buf_str(&rules));
        }
    }
    code = sk_put(&out);
    return c->bad ? sk_fail(sk_buf_str(&c->text).p) : code;
}

int sk_validate(struct sk_app *app)
{
    const struct sk_arg *files = &app->args.opt[SK_OPT_VALIDATE];
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(64u << 20);
    sk_auto(ruleset) struct sk_ruleset *rules = NULL;
    sk_auto(buf) struct sk_buf text = SK_BUF(OUT_MAX), json = SK_BUF(OUT_MAX), why = SK_BUF(65536);
    struct check c = {app, NULL, SK_BUF(OUT_MAX), SK_BUF(OUT_MAX), false};
    int err = mem ? sk_gen_ruleset(app->conf, NULL, mem, &rules, app->dg) : -ENOMEM, code;

    c.rules = rules;
    sk_log(SK_INFO, "Validating rules file(s):");
    for (size_t i = 0; i < files->n; i++)
        sk_log(SK_INFO, "   %s", files->value[i]);
    for (size_t i = 0; i < files->n && !err; i++)
        err = check_file(&c, files->value[i]);
    text = c.text; /* freed with the others, also after an error */
    json = c.json;
    if (err) {
        const char *said = sk_diag_text(app->dg, SK_DIAG_ERROR);

        return sk_fail(*said ? said : "no memory");
    }
    if (sk_ruleset_finish(rules, &why) && why.n)
        return sk_fail(why.p);
    code = answer(&c);
    return code;
}
