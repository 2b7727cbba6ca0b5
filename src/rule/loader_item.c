/* SPDX-License-Identifier: Apache-2.0 */
/* loader_item.c - one element of a rules file: which kind it is, its keys, and all kinds but rules.
 */
#include <assert.h>
#include <errno.h>

#include "rule/loader.h"

#define MACRO_NAME "([a-zA-Z]+[a-zA-Z0-9_]*)"
#define LIST_NAME  "([^()\"'[:space:]=,]+)"

static int bad_yaml(struct sk_loader *ld, const struct sk_load_ctx *ctx, const char *text)
{
    return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx, "%s", text);
}

/* The value of a key: 1 and *out, 0 when it may be missing and is, or an error. */
static int value_of(struct sk_loader *ld, const struct sk_yaml *item, const char *key,
                    bool optional, const struct sk_load_ctx *ctx, const struct sk_yaml **out)
{
    const struct sk_yaml *y = sk_yaml_get(item, key);

    if (optional && (!y || y->kind == SK_YAML_NULL))
        return 0;
    if (!y)
        return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx,
                               "Item has no mapping for key '%s'", key);
    if (y->kind == SK_YAML_NULL)
        return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx,
                               "Mapping for key '%s' is empty", key);
    *out = y;
    return 1;
}

static int scalar_of(struct sk_loader *ld, const struct sk_yaml *item, const char *key,
                     bool optional, const struct sk_load_ctx *ctx, const struct sk_yaml **out)
{
    int rc = value_of(ld, item, key, optional, ctx, out);

    if (rc <= 0)
        return rc;
    assert(*out); /* of every positive result */
    ctx = sk_ctx_new(ld->mem, ctx, "value for", sk_str(key), *out);
    if ((*out)->kind != SK_YAML_SCALAR)
        return bad_yaml(ld, ctx, "Value is not a scalar value");
    if (!(*out)->text.n)
        return bad_yaml(ld, ctx, "Value must be non-empty");
    return 1;
}

static int undecodable(struct sk_loader *ld, const struct sk_load_ctx *ctx, const char *key,
                       const struct sk_yaml *y)
{
    return bad_yaml(ld, sk_ctx_new(ld->mem, ctx, "value for", sk_str(key), y),
                    "Can't decode YAML scalar value");
}

int sk_load_text(struct sk_loader *ld, const struct sk_yaml *item, const char *key, bool optional,
                 const struct sk_load_ctx *ctx, struct sk_str *out)
{
    const struct sk_yaml *y = NULL;
    int rc = scalar_of(ld, item, key, optional, ctx, &y);

    if (rc > 0)
        *out = y->text;
    return rc;
}

int sk_load_bool(struct sk_loader *ld, const struct sk_yaml *item, const char *key, bool optional,
                 const struct sk_load_ctx *ctx, bool *out)
{
    const struct sk_yaml *y = NULL;
    int rc = scalar_of(ld, item, key, optional, ctx, &y);

    if (rc > 0 && !sk_yaml_bool(y->text, out))
        return undecodable(ld, ctx, key, y);
    return rc;
}

int sk_load_u32(struct sk_loader *ld, const struct sk_yaml *item, const char *key, bool optional,
                const struct sk_load_ctx *ctx, uint32_t *out)
{
    const struct sk_yaml *y = NULL;
    int rc = scalar_of(ld, item, key, optional, ctx, &y);

    if (rc > 0 && !sk_yaml_u32(y->text, out))
        return undecodable(ld, ctx, key, y);
    return rc;
}

int sk_load_strv(struct sk_loader *ld, const struct sk_yaml *item, const char *key, bool optional,
                 const struct sk_load_ctx *ctx, struct sk_strv *out)
{
    const struct sk_yaml *y = NULL;
    struct sk_strv v = {0};
    int rc = value_of(ld, item, key, optional, ctx, &y);

    if (rc <= 0)
        return rc;
    assert(y); /* of every positive result */
    ctx = sk_ctx_new(ld->mem, ctx, "value for", sk_str(key), y);
    if (y->kind != SK_YAML_SEQ)
        return bad_yaml(ld, ctx, "Value is not a sequence");
    for (size_t i = 0; i < y->n; i++) {
        const struct sk_yaml *e = y->child[i];

        if (e->kind != SK_YAML_SCALAR)
            return bad_yaml(ld, sk_ctx_new(ld->mem, ctx, "list item", SK_STR(""), e),
                            "sequence value is not scalar");
        if (!sk_strv_add(ld->mem, &v, e->text))
            return sk_load_oom(ld);
    }
    *out = v;
    return 1;
}

int sk_load_append_flag(struct sk_loader *ld, const struct sk_yaml *item,
                        const struct sk_load_ctx *ctx, bool *out)
{
    int rc = sk_load_bool(ld, item, "append", true, ctx, out);

    if (rc < 0)
        return rc;
    if (*out)
        sk_report_warn(
            ld->rep, SK_LOAD_DEPRECATED_ITEM, NULL, ctx,
            "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') "
            "under 'override' instead.");
    return 0;
}

void sk_load_unknown_keys(struct sk_loader *ld, const struct sk_yaml *item, const char *const *keys,
                          const struct sk_load_ctx *ctx)
{
    for (size_t i = 0; i < item->n; i++) {
        const struct sk_yaml *key = item->child[2 * i];
        const char *const *k = keys;

        while (*k && !sk_str_eqz(key->text, *k))
            k++;
        if (!*k)
            sk_report_warn(ld->rep, SK_LOAD_UNKNOWN_KEY, NULL,
                           sk_ctx_new(ld->mem, ctx, "value for", key->text, key),
                           "Unknown key '%.*s'. The key will be ignored.",
                           (int)SK_MIN(key->text.n, 200u), key->text.p ? key->text.p : "");
    }
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool macro_name_ok(struct sk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_alpha(s.p[i]) && (i == 0 || !((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_')))
            return false;
    return s.n > 0;
}

static bool list_name_ok(struct sk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || strchr("()\"'=, \t\n\v\f\r", s.p[i]))
            return false;
    return s.n > 0;
}

/* The parts that lists and macros share: name, context, append or override of their one key. */
struct named {
    struct sk_str name;
    const struct sk_load_ctx *ctx;
    bool append;
};

static int read_named(struct sk_loader *ld, const struct sk_yaml *item, const char *kind,
                      const char *content, struct named *out)
{
    const char *const only[] = {content, NULL};
    struct sk_override ov = {.append = only, .replace = only};
    int rc = sk_load_text(ld, item, kind, false,
                          sk_ctx_new(ld->mem, ld->root, kind, SK_STR(""), item), &out->name);

    if (rc < 0)
        return rc;
    out->ctx = sk_ctx_new(ld->mem, ld->root, kind, out->name, item);
    rc = sk_load_append_flag(ld, item, out->ctx, &out->append);
    if (rc < 0)
        return rc;
    rc = sk_override_read(ld, item, out->append, out->ctx, &ov);
    if (rc < 0)
        return rc;
    out->append |= ov.appended != 0;
    return 0;
}

static int read_list(struct sk_loader *ld, const struct sk_yaml *item)
{
    static const char *const keys[] = {"list", "items", "append", "override", NULL};
    struct sk_list_def def = {0};
    struct named nm = {0};
    int rc = read_named(ld, item, "list", "items", &nm);

    if (rc < 0)
        return rc;
    if (!list_name_ok(nm.name))
        sk_report_warn(ld->rep, SK_LOAD_INVALID_LIST_NAME, NULL, nm.ctx,
                       "List has an invalid name. List names should match a regular expression: %s",
                       LIST_NAME);
    def.name = nm.name;
    def.ctx = nm.ctx;
    rc = sk_load_strv(ld, item, "items", false, nm.ctx, &def.items);
    if (rc < 0)
        return rc;
    rc = sk_collect_list(ld, &def, nm.append);
    if (!rc)
        sk_load_unknown_keys(ld, item, keys, nm.ctx);
    return rc;
}

static int read_macro(struct sk_loader *ld, const struct sk_yaml *item)
{
    static const char *const keys[] = {"macro", "condition", "append", "override", NULL};
    struct sk_macro_def def = {0};
    struct named nm = {0};
    int rc = read_named(ld, item, "macro", "condition", &nm);

    if (rc < 0)
        return rc;
    if (!macro_name_ok(nm.name))
        sk_report_warn(
            ld->rep, SK_LOAD_INVALID_MACRO_NAME, NULL, nm.ctx,
            "Macro has an invalid name. Macro names should match a regular expression: %s",
            MACRO_NAME);
    def.name = nm.name;
    def.ctx = nm.ctx;
    rc = sk_load_text(ld, item, "condition", false, nm.ctx, &def.cond);
    if (rc < 0)
        return rc;
    def.cond_ctx =
        sk_ctx_new(ld->mem, nm.ctx, "macro condition", SK_STR(""), sk_yaml_get(item, "condition"));
    rc = sk_collect_macro(ld, &def, nm.append);
    if (!rc)
        sk_load_unknown_keys(ld, item, keys, nm.ctx);
    return rc;
}

static int read_engine_version(struct sk_loader *ld, const struct sk_yaml *item)
{
    static const char *const keys[] = {"required_engine_version", NULL};
    const struct sk_load_ctx *ctx =
        sk_ctx_new(ld->mem, ld->root, "required_engine_version", SK_STR(""), item);
    struct sk_version have = {0}, need = {0};
    struct sk_str text = {NULL, 0};
    int rc = sk_load_text(ld, item, "required_engine_version", false, ctx, &text);

    if (rc < 0)
        return rc;
    if (sk_yaml_u32(text, &need.minor))
        need.major = need.patch = 0;
    else if (!sk_version_parse(text, &need))
        return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx,
                               "Unable to parse engine version '%.*s' as a semver string. Expected "
                               "\"x.y.z\" semver format.",
                               (int)SK_MIN(text.n, 200u), text.p);
    if (!sk_version_parse(SK_STR(SK_ENGINE_VERSION), &have) || !sk_version_ok(&have, &need))
        return sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, ctx,
                               "Rules require engine version %u.%u.%u, but engine version is %s",
                               need.major, need.minor, need.patch, SK_ENGINE_VERSION);
    if (sk_version_ok(&need, &ld->rs->engine))
        ld->rs->engine = need;
    sk_load_unknown_keys(ld, item, keys, ctx);
    return 0;
}

/* One `name:` + `version:` of a requirement. */
static int read_alternative(struct sk_loader *ld, const struct sk_yaml *y,
                            struct sk_plugin_req *req, const struct sk_load_ctx *ctx)
{
    struct sk_str name = {NULL, 0}, version = {NULL, 0};
    int rc = sk_load_text(ld, y, "name", false, ctx, &name);

    if (rc > 0)
        rc = sk_load_text(ld, y, "version", false, ctx, &version);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < req->n; i++)
        if (sk_str_eqz(name, req->alt[i].name))
            return sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, ctx,
                                   "Defined multiple alternative version requirements for plugin "
                                   "'%s'",
                                   req->alt[i].name);
    if (!sk_version_parse(version, &req->alt[req->n].v))
        return sk_report_error(
            ld->rep, SK_LOAD_ERR_VALIDATE, ctx, "Invalid required version '%.*s' for plugin '%.*s'",
            (int)SK_MIN(version.n, 200u), version.p, (int)SK_MIN(name.n, 200u), name.p);
    req->alt[req->n].name = name.p;
    req->alt[req->n++].version = version.p;
    return 0;
}

static int read_requirement(struct sk_loader *ld, const struct sk_yaml *y,
                            const struct sk_load_ctx *ctx)
{
    const struct sk_yaml *more;
    struct sk_plugin_req *req = sk_arena_alloc(ld->mem, sizeof(*req));
    int rc;

    if (y->kind != SK_YAML_MAP)
        return bad_yaml(ld, ctx, "Plugin version must be a mapping");
    more = sk_yaml_get(y, "alternatives");
    if (more && more->kind != SK_YAML_SEQ)
        return bad_yaml(ld, ctx, "Value of plugin version alternatives must be a sequence");
    if (req)
        req->alt = sk_arena_alloc(ld->mem, (1 + (more ? more->n : 0)) * sizeof(*req->alt));
    if (!req || !req->alt)
        return sk_load_oom(ld);
    rc = read_alternative(ld, y, req, ctx);
    for (size_t i = 0; !rc && more && i < more->n; i++) {
        const struct sk_load_ctx *at = sk_ctx_new(
            ld->mem, ctx, "required plugin versions alternative", SK_STR(""), more->child[i]);

        if (more->child[i]->kind != SK_YAML_MAP)
            return bad_yaml(ld, at, "Plugin version alternative must be a mapping");
        rc = read_alternative(ld, more->child[i], req, at);
    }
    if (rc)
        return rc;
    *ld->rs->reqs_end = req;
    ld->rs->reqs_end = &req->next;
    return 0;
}

static int read_plugin_versions(struct sk_loader *ld, const struct sk_yaml *item)
{
    static const char *const keys[] = {"required_plugin_versions", NULL};
    const struct sk_yaml *list = sk_yaml_get(item, "required_plugin_versions");
    const struct sk_load_ctx *ctx =
        sk_ctx_new(ld->mem, ld->root, "required plugin versions", SK_STR(""), list);

    if (list->kind != SK_YAML_SEQ)
        return bad_yaml(ld, ctx, "Value of required_plugin_versions must be a sequence");
    for (size_t i = 0; i < list->n; i++) {
        int rc = read_requirement(
            ld, list->child[i],
            sk_ctx_new(ld->mem, ctx, "required plugin versions entry", SK_STR(""), list->child[i]));
        if (rc)
            return rc;
    }
    sk_load_unknown_keys(ld, item, keys, ctx);
    return 0;
}

int sk_load_item(struct sk_loader *ld, const struct sk_yaml *item)
{
    /* The first key that is there says what the item is. */
    static const struct {
        const char *key;
        int (*read)(struct sk_loader *ld, const struct sk_yaml *item);
    } kinds[] = {
        {"required_engine_version", read_engine_version},
        {"required_plugin_versions", read_plugin_versions},
        {"list", read_list},
        {"macro", read_macro},
        {"rule", sk_load_rule},
    };
    const struct sk_load_ctx *ctx =
        sk_ctx_new(ld->mem, ld->root, "rules content item", SK_STR(""), item);

    if (item->kind == SK_YAML_NULL)
        return 0;
    if (item->kind != SK_YAML_MAP)
        return bad_yaml(
            ld, ctx, "Unexpected element type. Each element should be a yaml associative array.");
    for (size_t i = 0; i < SK_ARRAY_LEN(kinds); i++)
        if (sk_yaml_get(item, kinds[i].key))
            return kinds[i].read(ld, item);
    sk_report_warn(ld->rep, SK_LOAD_UNKNOWN_ITEM, NULL, ctx, "Unknown top level item");
    return 0;
}
