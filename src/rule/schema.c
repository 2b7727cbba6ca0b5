/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c - rules files against their published schema.
 *
 * One flat union over all kinds of items, as the schema has it; types are weak (a quoted number is
 * a number).  What fails here is only told: the loader has its own, finer checks.  The texts are
 * those that users of Falco see, one for the cause and one for each level above it. */
#include <errno.h>

#include "rule/report_build.h"

#define PATH_MAX_BYTES 1024u

enum shape { STR, BOOL, INT, ANY, ENUM, LIST, OBJECT };

/* What a value must look like. LIST: `of` is that of the elements; OBJECT: `keys`; ENUM: `words`.
 */
struct rule {
    enum shape shape;
    const struct rule *of;
    const struct key *keys;
    const char *const *words;
    bool not_empty;
};

struct key {
    const char *name;
    const struct rule *rule;
    bool required;
};

static const struct rule str = {STR}, boolean = {BOOL}, integer = {INT}, any = {ANY};
static const struct rule strings = {LIST, &str};

static const char *const priorities[] = {"EMERGENCY", "ALERT", "CRITICAL",      "ERROR", "WARNING",
                                         "NOTICE",    "INFO",  "INFORMATIONAL", "DEBUG", NULL};
static const struct rule priority = {.shape = ENUM, .words = priorities};

static const char *const operations[] = {"append", "replace", NULL};
static const struct rule operation = {.shape = ENUM, .words = operations};

static const struct key override_keys[] = {
    {"items", &operation},
    {"desc", &operation},
    {"condition", &operation},
    {"output", &operation},
    {"priority", &operation},
    {"enabled", &operation},
    {"exceptions", &operation},
    {"capture", &operation},
    {"capture_duration", &operation},
    {"capture_events", &operation},
    {"capture_filesize", &operation},
    {"tags", &operation},
    {"warn_evttypes", &operation},
    {"skip-if-unknown-filter", &operation},
    {NULL},
};
static const struct rule override = {.shape = OBJECT, .keys = override_keys, .not_empty = true};

static const struct key exception_keys[] = {
    {"name", &str, true}, {"fields", &any}, {"comps", &any}, {"values", &any}, {NULL},
};
static const struct rule exception = {.shape = OBJECT, .keys = exception_keys};
static const struct rule exceptions = {LIST, &exception};

static const struct key alternative_keys[] = {
    {"name", &str, true}, {"version", &str, true}, {NULL}};
static const struct rule alternative = {.shape = OBJECT, .keys = alternative_keys};
static const struct rule alternatives = {LIST, &alternative};

static const struct key plugin_keys[] = {
    {"name", &str, true},
    {"version", &str, true},
    {"alternatives", &alternatives},
    {NULL},
};
static const struct rule plugin = {.shape = OBJECT, .keys = plugin_keys};
static const struct rule plugins = {LIST, &plugin};

static const struct key item_keys[] = {
    {"required_engine_version", &str},
    {"required_plugin_versions", &plugins},
    {"macro", &str},
    {"condition", &str},
    {"list", &str},
    {"items", &strings},
    {"rule", &str},
    {"desc", &str},
    {"enabled", &boolean},
    {"output", &str},
    {"append", &boolean},
    {"priority", &priority},
    {"capture", &boolean},
    {"capture_duration", &integer},
    {"capture_events", &integer},
    {"capture_filesize", &integer},
    {"source", &str},
    {"exceptions", &exceptions},
    {"override", &override},
    {"tags", &strings},
    {"warn_evttypes", &boolean},
    {"skip-if-unknown-filter", &boolean},
    {NULL},
};
static const struct rule item = {.shape = OBJECT, .keys = item_keys};
static const struct rule document = {LIST, &item};

struct walk {
    struct sk_report *r;
    struct sk_buf path;
};

static bool check(struct walk *w, const struct rule *rule, const struct sk_yaml *y);

static bool fail(struct walk *w, const char *text)
{
    sk_report_schema_warning(w->r, "failed for <root>%s: %s", w->path.p ? w->path.p : "", text);
    return false;
}

static bool fail_name(struct walk *w, const char *text, struct sk_str name)
{
    sk_report_schema_warning(w->r, "failed for <root>%s: %s'%.*s'.", w->path.p ? w->path.p : "",
                             text, (int)SK_MIN(name.n, 200u), name.p);
    return false;
}

/* Checks below `name` or [index] of the path. */
static bool check_at(struct walk *w, const struct rule *rule, const struct sk_yaml *y,
                     struct sk_str name)
{
    size_t n = w->path.n;
    bool ok;

    sk_buf_printf(&w->path, "[%.*s]", (int)SK_MIN(name.n, 200u), name.p);
    ok = check(w, rule, y);
    if (w->path.p) {
        w->path.n = n;
        w->path.p[n] = '\0';
    }
    return ok;
}

static bool check_list(struct walk *w, const struct rule *rule, const struct sk_yaml *y)
{
    bool ok = true;

    if (y->kind != SK_YAML_SEQ)
        return fail(w, "Value type not permitted by 'type' constraint.");
    for (size_t i = 0; i < y->n; i++) {
        char number[24], text[64];

        snprintf(number, sizeof(number), "%zu", i);
        if (check_at(w, rule->of, y->child[i], sk_str(number)))
            continue;
        snprintf(text, sizeof(text), "Failed to validate item #%zu in array.", i);
        ok = fail(w, text);
    }
    return ok;
}

static const struct key *find_key(const struct key *keys, struct sk_str name)
{
    for (; keys->name; keys++)
        if (sk_str_eqz(name, keys->name))
            return keys;
    return NULL;
}

static bool check_object(struct walk *w, const struct rule *rule, const struct sk_yaml *y)
{
    bool ok = true;

    if (y->kind != SK_YAML_MAP)
        return fail(w, "Value type not permitted by 'type' constraint.");
    for (size_t i = 0; i < y->n; i++) {
        struct sk_str name = y->child[2 * i]->text;
        const struct key *key = find_key(rule->keys, name);

        if (!key)
            ok = fail_name(w,
                           "Object contains a property that could not be validated using "
                           "'properties' or 'additionalProperties' constraints: ",
                           name);
        else if (!check_at(w, key->rule, y->child[2 * i + 1], name))
            ok = fail_name(w, "Failed to validate against schema associated with property name ",
                           name);
    }
    for (const struct key *k = rule->keys; k->name; k++)
        if (k->required && !sk_yaml_get(y, k->name))
            ok = fail_name(w, "Missing required property ", sk_str(k->name));
    if (rule->not_empty && !y->n)
        ok = fail(w, "Object should have no fewer than 1 properties.");
    return ok;
}

static bool check_scalar(const struct rule *rule, const struct sk_yaml *y)
{
    struct sk_str digits = y->text;
    uint32_t number;

    if (y->kind == SK_YAML_NULL)
        return rule->shape == STR;
    if (y->kind != SK_YAML_SCALAR)
        return false;
    if (rule->shape == BOOL)
        return sk_str_eqz(y->text, "true") || sk_str_eqz(y->text, "false");
    if (digits.n && digits.p[0] == '-') {
        digits.p++;
        digits.n--;
    }
    return rule->shape != INT || sk_yaml_u32(digits, &number);
}

static bool check(struct walk *w, const struct rule *rule, const struct sk_yaml *y)
{
    switch (rule->shape) {
    case ANY:
        return true;
    case LIST:
        return check_list(w, rule, y);
    case OBJECT:
        return check_object(w, rule, y);
    case ENUM:
        for (size_t i = 0; y->kind == SK_YAML_SCALAR && rule->words[i]; i++)
            if (sk_str_eqz(y->text, rule->words[i]))
                return true;
        return fail(w, "Failed to match against any enum values.");
    default:
        return check_scalar(rule, y) || fail(w, "Value type not permitted by 'type' constraint.");
    }
}

void sk_schema_check(struct sk_report *r, const struct sk_yaml *doc)
{
    struct walk w = {.r = r, .path = SK_BUF(PATH_MAX_BYTES)};

    r->parsed = true;
    if (doc->kind != SK_YAML_NULL)
        check(&w, &document, doc);
    sk_buf_done(&w.path);
}
