/* SPDX-License-Identifier: Apache-2.0 */
/* loader.c - one rules file: its documents, its items, then everything so far compiled anew.
 *
 * Compiling after each file is what makes a file answer for what it broke: it may use what earlier
 * files define, not what later ones will. */
#include <errno.h>

#include "rule/loader.h"

int sk_load_oom(struct sk_loader *ld)
{
    ld->rep->oom = true;
    return -ENOMEM;
}

bool sk_load_source_known(const struct sk_ruleset *rs, struct sk_str source)
{
    if (sk_str_eqz(source, "syscall"))
        return true;
    for (size_t i = 0; i < rs->opt.nsources; i++)
        if (sk_str_eqz(source, rs->opt.sources[i]))
            return true;
    return false;
}

bool sk_strv_add(struct sk_arena *mem, struct sk_strv *v, struct sk_str s)
{
    if (v->n == v->cap) {
        size_t more = v->cap ? v->cap * 2 : 8;
        struct sk_str *p = sk_arena_alloc(mem, more * sizeof(*p));

        if (!p)
            return false;
        if (v->n)
            memcpy(p, v->v, v->n * sizeof(*p));
        v->v = p;
        v->cap = more;
    }
    v->v[v->n++] = s;
    return true;
}

static int compare(const void *a, const void *b)
{
    const struct sk_str *x = a, *y = b;
    size_t n = SK_MIN(x->n, y->n);
    int c = n ? memcmp(x->p, y->p, n) : 0;

    return c ? c : x->n < y->n ? -1 : x->n > y->n;
}

void sk_strv_sort(struct sk_strv *v)
{
    size_t out = 0;

    if (v->n < 2)
        return;
    qsort(v->v, v->n, sizeof(*v->v), compare);
    for (size_t i = 0; i < v->n; i++)
        if (!i || !sk_str_eq(v->v[i], v->v[out - 1]))
            v->v[out++] = v->v[i];
    v->n = out;
}

bool sk_version_parse(struct sk_str s, struct sk_version *out)
{
    uint32_t part[3];
    size_t at = 0;

    for (int i = 0; i < 3; i++) {
        size_t end = at;
        uint64_t v;

        while (end < s.n && s.p[end] >= '0' && s.p[end] <= '9')
            end++;
        if (end == at || sk_parse_u64(s.p + at, end - at, &v) || v > UINT32_MAX)
            return false;
        part[i] = (uint32_t)v;
        if (i < 2 && (end == s.n || s.p[end] != '.'))
            return false;
        at = end + (i < 2);
    }
    if (at != s.n)
        return false;
    *out = (struct sk_version){part[0], part[1], part[2]};
    return true;
}

bool sk_version_ok(const struct sk_version *have, const struct sk_version *need)
{
    if (have->major != need->major)
        return false;
    return have->minor != need->minor ? have->minor > need->minor : have->patch >= need->patch;
}

static int read_document(struct sk_loader *ld, const struct sk_yaml *doc)
{
    if (doc->kind == SK_YAML_NULL)
        return 0;
    if (doc->kind == SK_YAML_SCALAR)
        return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ld->root,
                               "Rules content is not yaml");
    if (doc->kind != SK_YAML_SEQ)
        return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ld->root,
                               "Rules content is not yaml array of objects");
    for (size_t i = 0; i < doc->n; i++) {
        int rc = sk_load_item(ld, doc->child[i]);

        if (rc)
            return rc;
    }
    return 0;
}

static int read_content(struct sk_loader *ld, struct sk_str content)
{
    struct sk_yaml **docs = NULL;
    struct sk_yaml_err err = {0};
    size_t n = 0;
    int rc = sk_yaml_parse(ld->mem, content, &docs, &n, &err);

    if (rc == -ENOMEM)
        return sk_load_oom(ld);
    if (rc) {
        const struct sk_yaml at = {.line = err.line, .col = err.col, .off = err.off};

        return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_PARSE,
                               sk_ctx_new(ld->mem, ld->root, "value for", SK_STR(""), &at), "%s",
                               err.text);
    }
    ld->rep->parsed = true;
    for (size_t i = 0; i < n; i++)
        sk_schema_check(ld->rep, docs[i]);
    for (size_t i = 0; i < n; i++) {
        rc = read_document(ld, docs[i]);
        if (rc)
            return rc;
    }
    return 0;
}

static int load(struct sk_loader *ld, struct sk_str content)
{
    struct sk_generation *g = NULL;
    int rc = read_content(ld, content);

    if (!rc)
        rc = sk_load_compile(ld, &g);
    if (rc)
        return rc;
    sk_generation_free(ld->rs->gen);
    ld->rs->gen = g;
    return 0;
}

/* What the user is told when memory ends must not need any. */
static const struct sk_report no_memory = {
    .name = "rules",
    .errors = &(struct sk_load_entry){.code = SK_LOAD_ERR_VALIDATE,
                                      .message = "Not enough memory for these rules"},
    .nerrors = 1,
};

int sk_ruleset_add(struct sk_ruleset *rs, const char *name, struct sk_str content,
                   const struct sk_report **report)
{
    struct sk_loader ld = {.rs = rs, .mem = rs->mem, .rep = sk_report_new(rs->mem, name)};
    struct sk_str text = {sk_arena_dup(rs->mem, content), content.n};
    int rc;

    *report = &no_memory;
    if (!ld.rep || !text.p)
        return -ENOMEM;
    ld.root = sk_ctx_root(rs->mem, ld.rep->name, text);
    rc = ld.root ? load(&ld, text) : sk_load_oom(&ld);
    if (rc == -ENOMEM || ld.rep->oom)
        return -ENOMEM;
    *report = ld.rep;
    return rc;
}
