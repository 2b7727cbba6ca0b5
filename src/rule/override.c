/* SPDX-License-Identifier: Apache-2.0 */
/* override.c - the `override:` map of an item: which keys it appends to, which it replaces. */
#include <errno.h>

#include "rule/loader.h"

static int find(const char *const *keys, struct sk_str key)
{
    for (int i = 0; keys[i]; i++)
        if (sk_str_eqz(key, keys[i]))
            return i;
    return -1;
}

static int read_entry(struct sk_loader *ld, const struct sk_yaml *key, const struct sk_yaml *value,
                      const struct sk_load_ctx *parent, struct sk_override *ov)
{
    const struct sk_load_ctx *ctx = sk_ctx_new(ld->mem, parent, "overrides", key->text, key);
    struct sk_str op = value->kind == SK_YAML_SCALAR ? value->text : SK_STR("");
    int at;

    if (sk_str_eqz(op, "append")) {
        at = find(ov->append, key->text);
        if (at >= 0) {
            ov->appended |= 1u << at;
            return 0;
        }
        return find(ov->replace, key->text) >= 0
                   ? sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx,
                                     "Key '%.*s' cannot be appended to, use 'replace' instead",
                                     (int)key->text.n, key->text.p)
                   : sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx,
                                     "Key '%.*s' cannot be appended to",
                                     (int)SK_MIN(key->text.n, 200u), key->text.p);
    }
    if (sk_str_eqz(op, "replace")) {
        at = find(ov->replace, key->text);
        if (at < 0)
            return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx,
                                   "Key '%.*s' cannot be replaced", (int)SK_MIN(key->text.n, 200u),
                                   key->text.p);
        ov->replaced |= 1u << at;
        return 0;
    }
    /* The blank at the end is part of the message that tools know. */
    return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx,
                           "Invalid override operation for key '%.*s': '%.*s'. Allowed values are: "
                           "append replace ",
                           (int)SK_MIN(key->text.n, 200u), key->text.p, (int)SK_MIN(op.n, 200u),
                           op.p);
}

/* Every key named under override must be there. */
static int check_present(struct sk_loader *ld, const struct sk_yaml *item,
                         const struct sk_load_ctx *ctx, const char *what, const char *const *keys,
                         uint32_t wanted)
{
    for (unsigned i = 0; keys[i]; i++)
        if ((wanted >> i & 1) && !sk_yaml_get(item, keys[i]))
            return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx,
                                   "An %s override for '%s' was specified but '%s' is not defined",
                                   what, keys[i], keys[i]);
    return 0;
}

int sk_override_read(struct sk_loader *ld, const struct sk_yaml *item, bool append_flag,
                     const struct sk_load_ctx *ctx, struct sk_override *ov)
{
    const struct sk_yaml *map = sk_yaml_get(item, "override");
    const struct sk_load_ctx *at;
    int rc;

    if (!map || map->kind == SK_YAML_NULL)
        return 0;
    at = sk_ctx_new(ld->mem, ctx, "overrides", SK_STR(""), item);
    if (map->kind != SK_YAML_MAP)
        return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, at,
                               "Value of 'override' must be a mapping");
    for (size_t i = 0; i < map->n; i++) {
        rc = read_entry(ld, map->child[2 * i], map->child[2 * i + 1], at, ov);
        if (rc)
            return rc;
    }
    ov->any = ov->appended || ov->replaced;
    if (ov->any && append_flag)
        return sk_report_error(
            ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx,
            "Keys 'override' and 'append: true' cannot be used together. Add an "
            "'append' entry (e.g. 'condition: append') under 'override' instead.");
    rc = check_present(ld, item, ctx, "append", ov->append, ov->appended);
    return rc ? rc : check_present(ld, item, ctx, "replace", ov->replace, ov->replaced);
}

int sk_override_unexpected(struct sk_loader *ld, const struct sk_yaml *item,
                           const struct sk_load_ctx *ctx, const struct sk_override *ov)
{
    for (size_t i = 0; i < item->n; i++) {
        struct sk_str key = item->child[2 * i]->text;
        int a = find(ov->append, key), r = find(ov->replace, key);

        if (a < 0 && r < 0)
            continue;
        if ((a >= 0 && (ov->appended >> a & 1)) || (r >= 0 && (ov->replaced >> r & 1)))
            continue;
        return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, ctx,
                               "Unexpected key '%.*s': no corresponding entry under 'override' is "
                               "defined.",
                               (int)key.n, key.p);
    }
    return 0;
}
