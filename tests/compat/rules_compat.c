/* SPDX-License-Identifier: Apache-2.0 */
/* rules_compat.c - compares the rules loader with recorded verdicts.
 *
 *   rules_compat cases FILE.jsonl   steps of load, then questions about the result
 *   rules_compat files FOLDER       every rules file of FOLDER/index.json, with its base files
 *   rules_compat time FILE...       CPU time of loading them, best of ten
 *
 * Prints lines for scripts/verdicts. */
#include <errno.h>
#include <jansson.h>
#include <unistd.h>

#include "fmt/format.h"
#include "rule/ruleset.h"

#define FILE_MAX_BYTES (16u << 20)

/* What tests of upstream call their messages. */
static const struct {
    const char *name, *text;
} messages[] = {
    {"ERROR_NO_PREVIOUS_MACRO",
     "Macro uses 'append' or 'override.condition: append' but no macro by "
     "that name already exists"},
    {"ERROR_NO_PREVIOUS_RULE_APPEND",
     "Rule uses 'append' or 'override.<key>: append' but no rule by "
     "that name already exists"},
    {"ERROR_NO_PREVIOUS_LIST", "List uses 'append' or 'override.items: append' but no list by that "
                               "name already exists"},
    {"WARNING_NO_EVTTYPE",
     "Rule matches too many evt.type values. This has a significant performance "
     "penalty."},
};

static int check_output(void *self, struct sk_str text, struct sk_buf *err)
{
    sk_auto(format) struct sk_format *f = NULL;

    (void)self;
    return sk_format_compile(text, &f, err);
}

static const struct sk_plugin_version plugins[] = {{"container", 0, 4, 0}};

static struct sk_ruleset_options options(void)
{
    return (struct sk_ruleset_options){.plugins = plugins,
                                       .nplugins = SK_ARRAY_LEN(plugins),
                                       .min_priority = SK_DEBUG,
                                       .output = {.check = check_output}};
}

struct run {
    struct sk_ruleset *rs;
    const struct sk_report *report;
    struct sk_append_output append;
    struct sk_buf text;
    bool loaded;
};

static void run_done(struct run *r)
{
    sk_ruleset_free(r->rs);
    sk_buf_done(&r->text);
}

static void load(struct run *r, const char *name, struct sk_str content)
{
    struct sk_ruleset_options opt = options();
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);

    opt.append_outputs = &r->append;
    opt.nappend = r->append.extra_output ? 1 : 0;
    if (!r->rs && sk_ruleset_new(&opt, &r->rs))
        exit(2);
    r->loaded = !sk_ruleset_add(r->rs, name, content, &r->report);
    sk_buf_reset(&r->text);
    sk_report_json(r->report, &r->text);
}

/* Does any message of this kind contain the text? */
static bool says(const struct run *r, const char *kind, const char *text)
{
    json_t *root = json_loadb(r->text.p, r->text.n, 0, NULL), *entry;
    bool found = false;
    size_t i;

    for (i = 0; i < SK_ARRAY_LEN(messages); i++)
        if (!strcmp(messages[i].name, text))
            text = messages[i].text;
    json_array_foreach(json_object_get(root, kind), i, entry) found |=
        strstr(json_string_value(json_object_get(entry, "message")), text) != NULL;
    json_decref(root);
    return found;
}

/* "format", "source", {}, "rule" -> append_output */
static void set_extra(struct run *r, char *args)
{
    char *part[3] = {0};
    size_t n = 0;

    for (char *p = args; n < 3 && (p = strchr(p, '"')); n++) {
        char *end = strchr(p + 1, '"');

        if (!end)
            break;
        *end = '\0';
        part[n] = p + 1;
        p = end + 1;
    }
    r->append =
        (struct sk_append_output){.extra_output = part[0], .source = part[1], .rule = part[2]};
}

static bool equal_condition(const struct run *r, const char *rule, const char *want)
{
    const struct sk_rule *x = sk_ruleset_find(r->rs, rule);
    sk_auto(buf) struct sk_buf b = SK_BUF(1u << 20);

    if (x)
        sk_ast_print(x->ast, &b);
    return x && sk_str_eqz(sk_buf_str(&b), want);
}

static long active_rules(const struct run *r)
{
    long n = 0;

    for (size_t i = 0; i < sk_ruleset_count(r->rs); i++)
        n += sk_ruleset_at(r->rs, i)->active;
    return n;
}

/* 1: as it should be; 0: not; -1: cannot be asked here. */
static int step(struct run *r, json_t *s, char *args)
{
    const char *fn = json_string_value(json_object_get(s, "fn"));
    const char *want = json_string_value(json_object_get(s, "expected"));
    const char *how = json_string_value(json_object_get(s, "assert"));
    bool yes = how && !strcmp(how, "TRUE");

    if (!strcmp(fn, "load_rules")) {
        json_t *rules = json_object_get(s, "rules");

        if (!json_is_string(rules))
            return -1;
        load(r, json_string_value(json_object_get(s, "file")),
             (struct sk_str){json_string_value(rules), json_string_length(rules)});
        return r->loaded == yes;
    }
    if (!strcmp(fn, "add_extra_output_format")) {
        set_extra(r, args);
        return 1;
    }
    if (!r->rs)
        return -1;
    if (!strcmp(fn, "schema_status"))
        return (strstr(want, "failed") != NULL) ==
               !strncmp(sk_report_schema(r->report), "failed", 6);
    if (!strcmp(fn, "check_error_message"))
        return says(r, "errors", args) == yes;
    if (!strcmp(fn, "check_warning_message"))
        return says(r, "warnings", args) == yes;
    if (!strcmp(fn, "has_warnings"))
        return (sk_report_warnings(r->report) > 0) == yes;
    if (!strcmp(fn, "num_rules_for_ruleset"))
        return active_rules(r) == strtol(want, NULL, 10);
    if (!strcmp(fn, "get_compiled_rule_condition"))
        return equal_condition(r, args, want);
    if (!strcmp(fn, "get_compiled_rule_output")) {
        const struct sk_rule *x = sk_ruleset_find(r->rs, args);

        return x && !strcmp(x->output_compiled, want);
    }
    return -1;
}

static bool one_case(json_t *row)
{
    const char *name = json_string_value(json_object_get(row, "test"));
    struct run r = {.text = SK_BUF(64u << 20)};
    json_t *s;
    size_t i;
    int rc = 1;
    sk_auto(mem) char *keep = NULL; /* add_extra_output_format points into it */

    json_array_foreach(json_object_get(row, "steps"), i, s)
    {
        const char *raw = json_string_value(json_object_get(s, "args"));
        char *args = strdup(raw ? raw : "");

        rc = step(&r, s, args);
        if (!keep && r.append.extra_output)
            keep = SK_TAKE(args);
        free(args);
        if (rc == 1)
            continue;
        if (rc == 0)
            printf("failed\t%s\tstep %zu of %s: %s\n", name, i,
                   json_string_value(json_object_get(s, "fn")), r.text.p ? r.text.p : "");
        else
            printf("skipped\t%s\t%s\n", name,
                   json_object_get(s, "var") ? "the record does not hold the rules"
                                             : "asks a function of upstream's library");
        break;
    }
    run_done(&r);
    return rc == 1;
}

static int cases(const char *path, unsigned *passed)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;

    if (!f)
        return 2;
    while ((n = getline(&line, &cap, f)) > 0) {
        json_t *row = json_loadb(line, (size_t)n, 0, NULL);

        *passed += one_case(row);
        json_decref(row);
    }
    free(line);
    fclose(f);
    return 0;
}

static bool load_path(struct run *r, const char *dir, const char *file)
{
    char path[4096];
    char *content = NULL;
    size_t n;

    snprintf(path, sizeof(path), "%s/%s", dir, file);
    if (sk_read_file(path, FILE_MAX_BYTES, &content, &n))
        return false;
    load(r, file, (struct sk_str){content, n});
    free(content);
    return true;
}

static bool load_base(struct run *r, const char *dir, json_t *bases, const char *name)
{
    json_t *base = name ? json_object_get(bases, name) : NULL, *file;
    size_t i;

    if (json_is_string(base))
        return load_path(r, dir, json_string_value(base));
    json_array_foreach(base, i, file) if (!load_path(r, dir, json_string_value(file))) return false;
    return true;
}

/* Codes and numbers of what was reported, "CODE:n CODE:n". */
static void count_codes(const struct run *r, struct sk_buf *out)
{
    json_t *root = json_loadb(r->text.p, r->text.n, 0, NULL), *counts = json_object(), *e, *n;
    const char *key;
    size_t i;

    json_array_foreach(json_object_get(root, "warnings"), i, e)
    {
        key = json_string_value(json_object_get(e, "code"));
        json_object_set_new(counts, key,
                            json_integer(1 + json_integer_value(json_object_get(counts, key))));
    }
    json_object_foreach(counts, key, n)
        sk_buf_printf(out, "%s:%lld ", key, (long long)json_integer_value(n));
    json_array_foreach(json_object_get(root, "errors"), i, e)
        sk_buf_printf(out, "[%s %s]", json_string_value(json_object_get(e, "code")),
                      json_string_value(json_object_get(e, "message")));
    json_decref(counts);
    json_decref(root);
}

/* A file that needs plugins other than `container` waits for them. */
static bool needs_plugin(const json_t *head)
{
    return json_array_size(json_object_get(head, "plugins")) > 1;
}

static void expected_codes(const json_t *head, struct sk_buf *out)
{
    const char *key;
    json_t *v;
    size_t i;

    json_object_foreach(json_object_get(head, "warnings"), key, v)
        sk_buf_printf(out, "%s:%lld ", key, (long long)json_integer_value(v));
    json_array_foreach(json_object_get(head, "errors"), i, v)
        sk_buf_printf(out, "[%s %s]", json_string_value(json_array_get(v, 0)),
                      json_string_value(json_array_get(v, 1)));
}

static bool one_file(const char *dir, json_t *row, json_t *bases)
{
    json_t *head = json_object_get(row, "falco_head");
    const char *file = json_string_value(json_object_get(row, "file"));
    struct run r = {.text = SK_BUF(64u << 20)};
    sk_auto(buf) struct sk_buf got = SK_BUF(1u << 20), want = SK_BUF(1u << 20);
    bool same;

    if (needs_plugin(head)) {
        printf("skipped\t%s\tneeds a plugin\n", file);
        return false;
    }
    if (!load_base(&r, dir, bases, json_string_value(json_object_get(row, "load_with"))) ||
        !load_path(&r, dir, file)) {
        printf("failed\t%s\tcannot be read\n", file);
        run_done(&r);
        return false;
    }
    count_codes(&r, &got);
    expected_codes(head, &want);
    same = r.loaded == json_is_true(json_object_get(head, "successful")) &&
           sk_str_eq(sk_buf_str(&got), sk_buf_str(&want));
    if (!same)
        printf("failed\t%s\tgot '%s', want '%s'\n", file, got.p ? got.p : "", want.p ? want.p : "");
    run_done(&r);
    return same;
}

static int files(const char *dir, unsigned *passed)
{
    char path[4096];
    json_t *index, *row;
    size_t i;

    snprintf(path, sizeof(path), "%s/index.json", dir);
    index = json_load_file(path, 0, NULL);
    if (!index)
        return 2;
    json_array_foreach(json_object_get(index, "files"), i, row) *passed +=
        one_file(dir, row, json_object_get(index, "bases"));
    json_decref(index);
    return 0;
}

static int time_files(int n, char **paths)
{
    uint64_t best = UINT64_MAX;

    for (int round = 0; round < 10; round++) {
        struct run r = {.text = SK_BUF(64u << 20)};
        uint64_t start = sk_cputime_ns(), spent;

        for (int i = 0; i < n; i++)
            if (!load_path(&r, ".", paths[i]))
                return 2;
        spent = sk_cputime_ns() - start;
        best = SK_MIN(best, spent);
        run_done(&r);
    }
    printf("%d files: %.1f ms CPU\n", n, (double)best / 1e6);
    return 0;
}

int main(int argc, char **argv)
{
    unsigned passed = 0;
    int rc = 2;

    if (argc == 3 && !strcmp(argv[1], "cases"))
        rc = cases(argv[2], &passed);
    else if (argc == 3 && !strcmp(argv[1], "files"))
        rc = files(argv[2], &passed);
    else if (argc > 2 && !strcmp(argv[1], "time"))
        return time_files(argc - 2, argv + 2);
    if (rc)
        fprintf(stderr, "rules_compat: usage: cases FILE | files FOLDER | time FILE...\n");
    else
        printf("passed\t%u\n", passed);
    return rc;
}
