/* SPDX-License-Identifier: Apache-2.0 */
/* items.c - the structured keys: `rules` and `append_output`.  A malformed item is an error: it
 * would silently not do what its author wants. */
#include "conf/items.h"

#include <errno.h>

static const char *text_of(const struct sk_node *n)
{
    return n && n->kind == SK_NODE_SCALAR ? n->text : NULL;
}

static int bad(struct sk_diag *dg, const struct sk_node *n, const char *what)
{
    return sk_err(dg, -EINVAL, &n->pos, "bad conversion: %s", what);
}

static int read_select(const struct sk_node *item, struct sk_conf_select *out, struct sk_diag *dg)
{
    const struct sk_node *on = sk_node_get(item, "enable"), *off = sk_node_get(item, "disable");
    const struct sk_node *n = on ? on : off;

    if (!n)
        return bad(dg, item, "an item of 'rules' needs 'enable' or 'disable'");
    out->enable = on;
    out->rule = text_of(sk_node_get(n, "rule"));
    out->tag = text_of(sk_node_get(n, "tag"));
    if (!out->rule && !out->tag)
        return bad(dg, n, "'enable' and 'disable' need 'rule' or 'tag'");
    return 0;
}

int sk_conf_read_select(struct sk_conf *c, struct sk_diag *dg)
{
    const struct sk_node *list = c->rules;

    if (!list || list->kind != SK_NODE_LIST || !list->n)
        return list && list->kind == SK_NODE_SCALAR ? bad(dg, list, "'rules' must be a list") : 0;
    c->select = sk_arena_alloc(c->mem, list->n * sizeof(*c->select));
    if (!c->select)
        return -ENOMEM;
    for (size_t i = 0; i < list->n; i++) {
        int err = read_select(list->item[i], &c->select[c->nselect], dg);

        if (err)
            return err;
        c->nselect++;
    }
    return 0;
}

static int read_extra(struct sk_arena *mem, const struct sk_node *item, struct sk_conf_append *to,
                      struct sk_diag *dg)
{
    struct sk_conf_extra *x = &to->extra[to->nextra];

    if (item->kind == SK_NODE_SCALAR) {
        sk_auto(mem) char *format = NULL;

        x->key = item->text;
        x->raw = true;
        if (asprintf(&format, "%%%s", item->text) < 0)
            return -ENOMEM;
        x->format = sk_arena_dup(mem, sk_str(format));
    } else if (item->kind == SK_NODE_MAP && item->n == 1 && text_of(item->item[0])) {
        x->key = item->key[0].text;
        x->format = item->item[0]->text;
    } else {
        return bad(dg, item, "an item of 'extra_fields' is a field or {name: format}");
    }
    for (size_t i = 0; i < to->nextra; i++) {
        if (!strcmp(to->extra[i].key, x->key))
            return bad(dg, item, "a key of 'extra_fields' is there twice");
    }
    to->nextra++;
    return x->format ? 0 : -ENOMEM;
}

static int read_tags(struct sk_arena *mem, const struct sk_node *tags, struct sk_conf_list *out,
                     struct sk_diag *dg)
{
    if (!tags || tags->kind == SK_NODE_NULL)
        return 0;
    if (tags->kind != SK_NODE_LIST)
        return bad(dg, tags, "'tags' must be a list");
    out->text = sk_arena_alloc(mem, (tags->n + 1) * sizeof(*out->text));
    if (!out->text)
        return -ENOMEM;
    for (size_t i = 0; i < tags->n; i++) {
        if (!text_of(tags->item[i]))
            return bad(dg, tags->item[i], "a tag must be text");
        out->text[out->n++] = tags->item[i]->text;
    }
    return 0;
}

static int read_append(struct sk_arena *mem, const struct sk_node *item, struct sk_conf_append *out,
                       struct sk_diag *dg)
{
    const struct sk_node *match = sk_node_get(item, "match"),
                         *extra = sk_node_get(item, "extra_fields");
    const char *suggested = text_of(sk_node_get(item, "suggested_output"));
    int err;

    if (item->kind != SK_NODE_MAP)
        return bad(dg, item, "an item of 'append_output' must be a map");
    out->source = text_of(sk_node_get(match, "source"));
    out->rule = text_of(sk_node_get(match, "rule"));
    out->extra_output = text_of(sk_node_get(item, "extra_output"));
    if (suggested && !sk_conf_bool(suggested, &out->suggested))
        return bad(dg, sk_node_get(item, "suggested_output"),
                   "'suggested_output' is true or false");
    err = read_tags(mem, sk_node_get(match, "tags"), &out->tags, dg);
    if (err || !extra || extra->kind == SK_NODE_NULL)
        return err;
    if (extra->kind != SK_NODE_LIST)
        return bad(dg, extra, "'extra_fields' must be a list");
    out->extra = sk_arena_alloc(mem, (extra->n + 1) * sizeof(*out->extra));
    if (!out->extra)
        return -ENOMEM;
    for (size_t i = 0; i < extra->n && !err; i++)
        err = read_extra(mem, extra->item[i], out, dg);
    return err;
}

int sk_conf_read_append(struct sk_conf *c, struct sk_diag *dg)
{
    const struct sk_node *list = c->append_output;

    if (!list || list->kind != SK_NODE_LIST || !list->n)
        return list && list->kind == SK_NODE_SCALAR
                   ? bad(dg, list, "'append_output' must be a list")
                   : 0;
    c->append = sk_arena_alloc(c->mem, list->n * sizeof(*c->append));
    if (!c->append)
        return -ENOMEM;
    for (size_t i = 0; i < list->n; i++) {
        struct sk_conf_append *a = &c->append[c->nappend];
        int err = read_append(c->mem, list->item[i], a, dg);

        if (err)
            return err;
        if (a->rule && a->tags.n)
            sk_warn(
                dg, &list->item[i]->pos,
                "An append_ouptut entry specifies both a rule (%s) and a list of tags: both must match",
                a->rule);
        c->nappend++;
    }
    return 0;
}
