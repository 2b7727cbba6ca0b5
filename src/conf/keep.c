/* SPDX-License-Identifier: Apache-2.0 */
/* keep.c - a reload: what was decided at the start stays, and whoever changed it is told.
 *
 * A program that took half of such a change would run with values that are written nowhere. */
#include <errno.h>

#include "conf/conf.h"

static bool same_tree(const struct sk_node *a, const struct sk_node *b)
{
    if (!a || !b)
        return a == b;
    if (a->kind != b->kind || a->n != b->n)
        return false;
    if (a->kind == SK_NODE_SCALAR)
        return !strcmp(a->text, b->text);
    for (size_t i = 0; i < a->n; i++) {
        if (a->kind == SK_NODE_MAP && strcmp(a->key[i].text, b->key[i].text) != 0)
            return false;
        if (!same_tree(a->item[i], b->item[i]))
            return false;
    }
    return true;
}

static bool same_list(const struct sk_conf_list *a, const struct sk_conf_list *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->text[i], b->text[i]) != 0)
            return false;
    }
    return true;
}

bool sk_conf_same(const struct sk_conf_row *r, const struct sk_conf *one, const struct sk_conf *two)
{
    const void *a = (const char *)one + r->offset, *b = (const char *)two + r->offset;

    if (r->use == SK_CONF_OLD)
        return true;
    switch (r->type) {
    case SK_CONF_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case SK_CONF_U32:
        return *(const uint32_t *)a == *(const uint32_t *)b;
    case SK_CONF_U64:
        return *(const uint64_t *)a == *(const uint64_t *)b;
    case SK_CONF_DOUBLE:
        return !memcmp(a, b, sizeof(double));
    case SK_CONF_STR:
        return !strcmp(*(const char *const *)a, *(const char *const *)b);
    case SK_CONF_LIST:
        return same_list(a, b);
    default:
        return same_tree(*(const struct sk_node *const *)a, *(const struct sk_node *const *)b);
    }
}

/* Memory of `next`: the old configuration ends before it. */
static int take_list(struct sk_conf *next, struct sk_conf_list *to, const struct sk_conf_list *from)
{
    const char **text = sk_arena_alloc(next->mem, (from->n + 1) * sizeof(*text));

    if (!text)
        return -ENOMEM;
    for (size_t i = 0; i < from->n; i++) {
        text[i] = sk_arena_dup(next->mem, sk_str(from->text[i]));
        if (!text[i])
            return -ENOMEM;
    }
    *to = (struct sk_conf_list){text, from->n};
    return 0;
}

static int take(struct sk_conf *next, const struct sk_conf_row *r, const struct sk_conf *now)
{
    static const size_t size[] = {
        [SK_CONF_BOOL] = sizeof(bool),
        [SK_CONF_U32] = sizeof(uint32_t),
        [SK_CONF_U64] = sizeof(uint64_t),
        [SK_CONF_DOUBLE] = sizeof(double),
    };
    void *to = (char *)next + r->offset;
    const void *from = (const char *)now + r->offset;

    if (r->type == SK_CONF_LIST)
        return take_list(next, to, from);
    if (r->type == SK_CONF_STR) {
        *(const char **)to = sk_arena_dup(next->mem, sk_str(*(const char *const *)from));
        return *(const char **)to ? 0 : -ENOMEM;
    }
    /* Of a tree nobody asks again after the start. */
    if (r->type != SK_CONF_TREE)
        memcpy(to, from, size[r->type]);
    return 0;
}

int sk_conf_keep(struct sk_conf *next, const struct sk_conf *now, struct sk_diag *dg)
{
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        int err;

        if (!r->at_start || sk_conf_same(r, next, now))
            continue;
        sk_warn(dg, NULL,
                "%s: changed, which takes effect after a restart; until then the old value is used",
                r->key);
        err = take(next, r, now);
        if (err)
            return sk_err(dg, err, NULL, "no memory for the value of '%s'", r->key);
    }
    return 0;
}
