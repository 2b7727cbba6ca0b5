/* SPDX-License-Identifier: Apache-2.0 */
/* old.c - keys that Falco had once: what they said is still done where Saker can do it, and whoever
 * wrote them is told what became of them. */
#include <errno.h>

#include "conf/items.h"

/* Stores a value below the sections of `key`, which are made where they are missing.  A section that
 * is no map is left for the typed reading to complain of. */
static int put(struct sk_conf *c, const char *key, struct sk_node *value)
{
    struct sk_node *to = c->root;

    for (;;) {
        size_t n = strcspn(key, ".");
        struct sk_node *next;
        char part[64];

        if (!key[n])
            return sk_node_set(c->mem, to, key, value, &value->pos);
        snprintf(part, sizeof(part), "%.*s", (int)n, key);
        key += n + 1;
        next = sk_node_get(to, part);
        if (!next || next->kind == SK_NODE_NULL) {
            int err;

            next = sk_node_new(c->mem, SK_NODE_MAP, &value->pos);
            err = next ? sk_node_set(c->mem, to, part, next, &value->pos) : -ENOMEM;
            if (err)
                return err;
        }
        if (next->kind != SK_NODE_MAP)
            return 0;
        to = next;
    }
}

static bool is_option(const struct sk_node *n)
{
    return n->pos.file && !strcmp(n->pos.file, SK_NODE_COMMAND_LINE);
}

/* The new key goes first, but what was said on the command line goes before what a file says: the
 * built-in one has every key of today. */
static int move(struct sk_conf *c, const char *from, const char *to)
{
    struct sk_node *value = sk_conf_find(c->root, from);
    const struct sk_node *new = sk_conf_find(c->root, to);

    if (!value || value->kind == SK_NODE_NULL)
        return 0;
    return new && (is_option(new) || !is_option(value)) ? 0 : put(c, to, value);
}

/* A driver of Falco that Saker answers with its own is taken with its settings. */
static int kind(struct sk_conf *c)
{
    static const char *const kinds[] = {"kmod", "ebpf"}, *const keys[] = {"buf_size_preset",
                                                                          "drop_failed_exit"};
    const struct sk_node *n = sk_conf_find(c->root, "engine.kind");

    for (size_t i = 0; n && n->kind == SK_NODE_SCALAR && i < SK_ARRAY_LEN(kinds); i++) {
        if (strcmp(n->text, kinds[i]) != 0)
            continue;
        for (size_t j = 0; j < SK_ARRAY_LEN(keys); j++) {
            char from[64], to[64];
            int err;

            snprintf(from, sizeof(from), "engine.%s.%s", kinds[i], keys[j]);
            snprintf(to, sizeof(to), "engine.modern_ebpf.%s", keys[j]);
            err = move(c, from, to);
            if (err)
                return err;
        }
    }
    return 0;
}

/* How many letters of the key name what is gone: all, or those of a section that is gone as a whole. */
static size_t gone(const struct sk_conf_row *r)
{
    const size_t n = strcspn(r->key, ".");

    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *o = &sk_conf_rows[i];

        if (!strncmp(o->key, r->key, n) && (o->key[n] == '.' || !o->key[n]) &&
            (o->use != SK_CONF_OLD || *o->instead))
            return strlen(r->key);
    }
    return n;
}

static void tell(const struct sk_conf_row *r, const struct sk_node *n, struct sk_diag *dg)
{
    const size_t len = gone(r);

    sk_warn(dg, n->pos.file ? &n->pos : NULL, "'%.*s' is a %s of Falco up to %s: %s%s%s%s",
            (int)len, r->key, r->key[len] ? "section" : "key", r->until, r->doc,
            *r->instead ? "; it is read as '" : "", r->instead, *r->instead ? "'" : "");
}

int sk_conf_old_keys(struct sk_conf *c, struct sk_diag *dg)
{
    const struct sk_conf_row *told = NULL;

    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        const struct sk_node *n = r->use == SK_CONF_OLD ? sk_conf_find(c->root, r->key) : NULL;
        int err;

        if (!n || n->kind == SK_NODE_NULL)
            continue;
        /* Of a section one warning is enough. */
        if (!told || strncmp(told->key, r->key, gone(r) + 1) != 0)
            tell(r, n, dg);
        told = r;
        err = *r->instead ? move(c, r->key, r->instead) : 0;
        if (err)
            return err;
    }
    return kind(c);
}
