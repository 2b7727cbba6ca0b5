/* SPDX-License-Identifier: Apache-2.0 */
/* suite.c - YAML -> cases.  Whatever is not known is an error with its place: a test with a mistyped
 * key would pass for the wrong reason. */
#include "trial/suite.h"

#include <errno.h>
#include <unistd.h>

#define EVENTS_MAX 10000u

struct reader {
    const char *file;
    struct sk_arena *mem;
    struct sk_diag *dg;
};

#define BAD(r, at, ...) sk_err((r)->dg, -EINVAL, (at), __VA_ARGS__)

static int text_of(struct reader *r, const struct sk_node *n, const char *what, const char **out)
{
    if (n->kind != SK_NODE_SCALAR || !*n->text)
        return BAD(r, &n->pos, "'%s' must be a text", what);
    *out = n->text;
    return 0;
}

static int bool_of(struct reader *r, const struct sk_node *n, const char *what, bool *out)
{
    if (n->kind == SK_NODE_SCALAR && (!strcmp(n->text, "true") || !strcmp(n->text, "false"))) {
        *out = n->text[0] == 't';
        return 0;
    }
    return BAD(r, &n->pos, "'%s' must be true or false", what);
}

static int check_keys(struct reader *r, const struct sk_node *map, const char *const *known,
                      const char *what)
{
    if (map->kind != SK_NODE_MAP)
        return BAD(r, &map->pos, "%s must be a map", what);
    for (size_t i = 0; i < map->n; i++) {
        size_t k = 0;

        while (known[k] && strcmp(known[k], map->key[i].text))
            k++;
        if (!known[k])
            return BAD(r, &map->key[i].pos, "unknown key '%s' in %s", map->key[i].text, what);
        for (size_t j = 0; j < i; j++)
            if (!strcmp(map->key[j].text, map->key[i].text))
                return BAD(r, &map->key[i].pos, "key '%s' is there twice", map->key[i].text);
    }
    return 0;
}

static int check_value(struct reader *r, const char *field, const struct sk_node *v)
{
    if (v->kind == SK_NODE_SCALAR)
        return 0;
    for (size_t i = 0; v->kind == SK_NODE_LIST && i < v->n; i++)
        if (v->item[i]->kind != SK_NODE_SCALAR)
            return BAD(r, &v->item[i]->pos, "'%s': the elements of a list must be texts", field);
    return v->kind == SK_NODE_LIST
               ? 0
               : BAD(r, &v->pos,
                     "'%s' must be a text or a list of texts; absent is what is not given", field);
}

struct fields {
    struct sk_given *v;
    size_t n;
};

/* What stands first wins: own fields, then those of "<<" in order. */
static int add_fields(struct reader *r, const struct sk_node *map, unsigned depth, struct fields *f)
{
    const struct sk_node *more = sk_node_get(map, "<<");
    int rc = 0;

    if (map->kind != SK_NODE_MAP || depth > 8)
        return BAD(r, &map->pos, "a map of fields and values is expected");
    for (size_t i = 0; !rc && i < map->n; i++) {
        const char *name = map->key[i].text;
        struct sk_buf err = SK_BUF(4096);
        struct sk_given g = {.value = map->item[i], .at = map->key[i].pos};
        bool known = false;

        if (!strcmp(name, "<<"))
            continue;
        rc = sk_field_parse(sk_str(name), r->mem, &g.ref, &err);
        if (rc)
            rc = rc == -ENOMEM
                     ? rc
                     : BAD(r, &g.at, "there is no field '%s': %s", name, err.p ? err.p : "");
        sk_buf_done(&err);
        if (!rc)
            rc = check_value(r, name, g.value);
        for (size_t k = 0; k < f->n; k++)
            known |= sk_str_eq(f->v[k].ref.text, g.ref.text);
        if (rc || known)
            continue;
        if (f->n == SK_SUITE_FIELDS)
            return BAD(r, &g.at, "more than %d fields", SK_SUITE_FIELDS);
        f->v[f->n++] = g;
    }
    if (rc || !more)
        return rc;
    if (more->kind != SK_NODE_LIST)
        return add_fields(r, more, depth + 1, f);
    for (size_t i = 0; !rc && i < more->n; i++)
        rc = add_fields(r, more->item[i], depth + 1, f);
    return rc;
}

static int read_fields(struct reader *r, const struct sk_node *map, const struct sk_given **out,
                       size_t *out_n)
{
    sk_auto(mem) struct sk_given *tmp = calloc(SK_SUITE_FIELDS, sizeof(*tmp));
    struct fields f = {.v = tmp};
    struct sk_given *keep;
    int rc = tmp ? add_fields(r, map, 0, &f) : -ENOMEM;

    if (rc)
        return rc;
    keep = sk_arena_alloc(r->mem, (f.n + 1) * sizeof(*keep));
    if (!keep)
        return -ENOMEM;
    memcpy(keep, tmp, f.n * sizeof(*keep));
    *out = keep;
    *out_n = f.n;
    return 0;
}

static int read_events(struct reader *r, const struct sk_node *list, struct sk_trial_case *c)
{
    int rc = 0;

    if (list->kind != SK_NODE_LIST || !list->n || list->n > EVENTS_MAX)
        return BAD(r, &list->pos, "'events' must be a list of 1 to %u events", EVENTS_MAX);
    c->event = sk_arena_alloc(r->mem, list->n * sizeof(*c->event));
    if (!c->event)
        return -ENOMEM;
    for (; !rc && c->nevents < list->n; c->nevents++) {
        struct sk_trial_event *e = &c->event[c->nevents];

        e->at = list->item[c->nevents]->pos;
        rc = read_fields(r, list->item[c->nevents], &e->given, &e->n);
    }
    return rc;
}

/* "Rule name", or {rule: ..., count: ..., output: ..., output_fields: {...}}. */
static int read_alert(struct reader *r, const struct sk_node *n, bool forbid,
                      struct sk_trial_alert *out)
{
    static const char *const keys[] = {"rule", "count", "output", "output_fields", NULL};
    const struct sk_node *v;
    int rc;

    *out = (struct sk_trial_alert){.at = n->pos};
    if (n->kind == SK_NODE_SCALAR)
        return text_of(r, n, "rule", &out->rule);
    rc = check_keys(r, n, keys, "an alert");
    if (rc)
        return rc;
    v = sk_node_get(n, "rule");
    if (!v)
        return BAD(r, &n->pos, "an alert needs the name of its 'rule'");
    rc = text_of(r, v, "rule", &out->rule);
    v = sk_node_get(n, "count");
    if (!rc && v && forbid)
        return BAD(r, &v->pos, "'count' makes no sense for a forbidden alert");
    if (!rc && v &&
        (v->kind != SK_NODE_SCALAR || sk_parse_u64(v->text, strlen(v->text), &out->count) ||
         !out->count))
        return BAD(r, &v->pos, "'count' must be a number from 1 on; use 'forbid' for none");
    v = sk_node_get(n, "output");
    if (!rc && v)
        rc = text_of(r, v, "output", &out->output);
    v = sk_node_get(n, "output_fields");
    return rc || !v ? rc : read_fields(r, v, &out->field, &out->nfields);
}

static int read_alerts(struct reader *r, const struct sk_node *list, const char *what,
                       struct sk_trial_alert **out, size_t *out_n)
{
    bool one = list->kind == SK_NODE_SCALAR;
    size_t n = one ? 1 : list->n;
    int rc = 0;

    if (!one && list->kind != SK_NODE_LIST)
        return BAD(r, &list->pos, "'%s' must be a list of alerts", what);
    *out = sk_arena_alloc(r->mem, (n + 1) * sizeof(**out));
    if (!*out)
        return -ENOMEM;
    for (size_t i = 0; !rc && i < n; i++)
        rc = read_alert(r, one ? list : list->item[i], what[0] == 'f', &(*out)[i]);
    *out_n = n;
    return rc;
}

/* A path that is relative to the folder of the tests file. */
static int path_of(struct reader *r, const struct sk_node *n, const char *what, const char **out)
{
    const char *slash = strrchr(r->file, '/'), *text = "";
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_PATH_MAX);
    int rc = text_of(r, n, what, &text);

    if (rc)
        return rc;
    if (text[0] != '/' && slash)
        sk_buf_add(&b, r->file, (size_t)(slash - r->file) + 1);
    sk_buf_addz(&b, text);
    if (b.failed)
        return BAD(r, &n->pos, "'%s' is too long", what);
    *out = sk_arena_dup(r->mem, sk_buf_str(&b));
    return *out ? 0 : -ENOMEM;
}

static int read_others(struct reader *r, const struct sk_node *n, struct sk_trial_case *c)
{
    if (n->kind != SK_NODE_SCALAR || (strcmp(n->text, "allow") && strcmp(n->text, "forbid")))
        return BAD(r, &n->pos, "'others' must be allow or forbid");
    c->others_allowed = n->text[0] == 'a';
    return 0;
}

static int read_case(struct reader *r, const struct sk_node *n, struct sk_trial_case *c)
{
    static const char *const keys[] = {"name",   "capture", "events", "expect",
                                       "forbid", "ordered", "others", NULL};
    const struct sk_node *name, *capture, *events, *v;
    int rc = check_keys(r, n, keys, "a test");

    *c = (struct sk_trial_case){.at = n->pos, .name = ""};
    if (rc)
        return rc;
    name = sk_node_get(n, "name");
    capture = sk_node_get(n, "capture");
    events = sk_node_get(n, "events");
    if (!name)
        return BAD(r, &n->pos, "a test needs a 'name'");
    if (!capture == !events)
        return BAD(r, &n->pos, "a test needs 'events' or a 'capture', and not both");
    rc = text_of(r, name, "name", &c->name);
    if (!rc && capture)
        rc = path_of(r, capture, "capture", &c->capture);
    if (!rc && events)
        rc = read_events(r, events, c);
    if (!rc && (v = sk_node_get(n, "expect")))
        rc = read_alerts(r, v, "expect", &c->expect, &c->nexpect);
    if (!rc && (v = sk_node_get(n, "forbid")))
        rc = read_alerts(r, v, "forbid", &c->forbid, &c->nforbid);
    if (!rc && (v = sk_node_get(n, "ordered")))
        rc = bool_of(r, v, "ordered", &c->ordered);
    if (!rc && (v = sk_node_get(n, "others")))
        rc = read_others(r, v, c);
    if (!rc && !c->nexpect && !c->nforbid && c->others_allowed)
        return BAD(r, &c->at, "a test that expects and forbids nothing cannot fail");
    return rc;
}

static int read_tests(struct reader *r, const struct sk_node *list, struct sk_suite *s)
{
    int rc = 0;

    if (list->kind != SK_NODE_LIST || !list->n)
        return BAD(r, &list->pos, "'tests' must be a list of tests");
    s->test = sk_arena_alloc(r->mem, list->n * sizeof(*s->test));
    if (!s->test)
        return -ENOMEM;
    for (size_t i = 0; !rc && i < list->n; i++, s->n++) {
        rc = read_case(r, list->item[i], &s->test[i]);
        for (size_t k = 0; !rc && k < i; k++)
            if (!strcmp(s->test[k].name, s->test[i].name))
                rc = BAD(r, &s->test[i].at, "two tests are called '%s'", s->test[i].name);
    }
    return rc;
}

static int read_rules(struct reader *r, const struct sk_node *n, struct sk_suite *s)
{
    size_t count = n->kind == SK_NODE_LIST ? n->n : 1;
    int rc = 0;

    s->rules = sk_arena_alloc(r->mem, (count + 1) * sizeof(*s->rules));
    if (!s->rules)
        return -ENOMEM;
    for (; !rc && s->nrules < count; s->nrules++)
        rc = path_of(r, n->kind == SK_NODE_LIST ? n->item[s->nrules] : n, "rules",
                     &s->rules[s->nrules]);
    return rc || count ? rc : BAD(r, &n->pos, "'rules' must name rules files");
}

/* Where ".tests.yaml" begins in the name of a tests file, or NULL. */
static const char *tests_mark(const char *file)
{
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file,
               *dot = strrchr(base, '.');

    return dot && dot - base >= 6 && !strncmp(dot - 6, ".tests", 6) ? dot - 6 : NULL;
}

/* X.tests.yaml tests X.yaml. */
static int default_rules(struct reader *r, const struct sk_pos *at, struct sk_suite *s)
{
    const char *end = tests_mark(r->file);
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_PATH_MAX);

    if (!end)
        return BAD(r, at,
                   "'rules' must name the rules files, because this file is not called "
                   "NAME.tests.yaml");
    sk_buf_add(&b, r->file, (size_t)(end - r->file));
    sk_buf_addz(&b, end + strlen(".tests"));
    s->rules = sk_arena_alloc(r->mem, sizeof(*s->rules));
    if (b.failed || !s->rules)
        return -ENOMEM;
    s->rules[0] = sk_arena_dup(r->mem, sk_buf_str(&b));
    s->nrules = 1;
    return s->rules[0] ? 0 : -ENOMEM;
}

/* Named sets of fields, for "<<: *NAME": looked at, because a mistake there is a mistake everywhere. */
static int read_common(struct reader *r, const struct sk_node *n)
{
    const struct sk_given *ignored;
    size_t count;
    int rc = 0;

    if (n->kind != SK_NODE_MAP)
        return BAD(r, &n->pos, "'common' must be a map of named sets of fields");
    for (size_t i = 0; !rc && i < n->n; i++)
        rc = read_fields(r, n->item[i], &ignored, &count);
    return rc;
}

int sk_suite_parse(const char *file, struct sk_str text, struct sk_arena *mem, struct sk_suite *out,
                   struct sk_diag *dg)
{
    static const char *const keys[] = {"rules", "rule_matching", "common", "tests", NULL};
    struct reader r = {.file = file, .mem = mem, .dg = dg};
    struct sk_suite s = {.file = file};
    struct sk_node *root = NULL;
    const struct sk_node *v;
    int rc = sk_node_parse(mem, file, text, &root, dg);

    if (!rc)
        rc = check_keys(&r, root, keys, "a tests file");
    if (rc)
        return rc;
    v = sk_node_get(root, "rules");
    rc = v ? read_rules(&r, v, &s) : default_rules(&r, &root->pos, &s);
    if (!rc && (v = sk_node_get(root, "rule_matching"))) {
        if (v->kind != SK_NODE_SCALAR || (strcmp(v->text, "all") && strcmp(v->text, "first")))
            return BAD(&r, &v->pos, "'rule_matching' must be all or first");
        s.match_first = v->text[0] == 'f';
    }
    if (!rc && (v = sk_node_get(root, "common")))
        rc = read_common(&r, v);
    v = sk_node_get(root, "tests");
    if (!rc)
        rc = v ? read_tests(&r, v, &s) : BAD(&r, &root->pos, "a tests file needs 'tests'");
    if (!rc)
        *out = s;
    return rc;
}

/* A rules file is a list, a tests file is a map. */
static int beside(const char *file, struct sk_arena *mem, const char **out, struct sk_diag *dg)
{
    const char *dot = strrchr(file, '.'), *slash = strrchr(file, '/');
    size_t stem = dot && (!slash || dot > slash) ? (size_t)(dot - file) : strlen(file);
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_PATH_MAX);

    sk_buf_add(&b, file, stem);
    sk_buf_printf(&b, ".tests%s", file + stem);
    if (b.failed)
        return sk_err(dg, -ENAMETOOLONG, NULL, "the name of '%s' is too long", file);
    if (access(b.p, R_OK))
        return sk_err(dg, -ENOENT, NULL, "rules file '%s' has no tests: there is no '%s'", file,
                      b.p);
    *out = sk_arena_dup(mem, sk_buf_str(&b));
    return *out ? 0 : -ENOMEM;
}

/* What cannot be read is said by who reads it next. */
static bool is_list(const char *file, struct sk_arena *mem)
{
    sk_auto(diag) struct sk_diag *quiet = sk_diag_new();
    sk_auto(mem) char *text = NULL;
    struct sk_node *root = NULL;
    size_t n = 0;

    return quiet && !sk_read_file(file, SK_SUITE_MAX_BYTES, &text, &n) &&
           !sk_node_parse(mem, file, (struct sk_str){text, n}, &root, quiet) &&
           root->kind == SK_NODE_LIST;
}

int sk_suite_load(const char *file, struct sk_arena *mem, struct sk_suite *out, struct sk_diag *dg)
{
    sk_auto(mem) char *text = NULL;
    size_t n = 0;
    int rc = tests_mark(file) || !is_list(file, mem) ? 0 : beside(file, mem, &file, dg);

    if (!rc && (rc = sk_read_file(file, SK_SUITE_MAX_BYTES, &text, &n)))
        return sk_err(dg, rc, NULL, "cannot read '%s': %s", file, strerror(-rc));
    return rc ? rc : sk_suite_parse(file, (struct sk_str){text, n}, mem, out, dg);
}
