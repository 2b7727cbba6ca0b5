/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c - is a file's tree what the rows of tbl/config.def say?
 *
 * Nothing here is fatal.  The status line has the words of Falco's schema validation; the warnings
 * say the place and what happens instead. */
#include "conf/items.h"

#include <errno.h>

struct check {
    struct sk_arena *mem;
    struct sk_diag *dg;
    struct sk_buf path, first; /* first: the status of the first failure */
};

static const char *path_text(struct check *c)
{
    return c->path.n ? c->path.p : "";
}

static void fail(struct check *c, const char *fmt, ...) SK_PRINTF(2, 3);

static void fail(struct check *c, const char *fmt, ...)
{
    va_list ap;

    if (c->first.n)
        return;
    sk_buf_addz(&c->first, "failed for <root>");
    for (const char *p = path_text(c), *dot; *p; p = *dot ? dot + 1 : dot) {
        dot = strchrnul(p, '.');
        sk_buf_printf(&c->first, "[%.*s]", (int)(dot - p), p);
    }
    sk_buf_addz(&c->first, ": ");
    va_start(ap, fmt);
    sk_buf_vprintf(&c->first, fmt, ap);
    va_end(ap);
}

bool sk_conf_one_of(const char *words, const char *text)
{
    for (const char *p = words; *p;) {
        const char *end = strchrnul(p, '|');

        if (strlen(text) == (size_t)(end - p) && !memcmp(p, text, strlen(text)))
            return true;
        p = *end ? end + 1 : end;
    }
    return false;
}

static void check_range(struct check *c, const struct sk_conf_row *row, const struct sk_node *n,
                        double v)
{
    const char *dots = strstr(row->limits, "..");
    double min, max;

    if (!dots)
        return;
    min = strtod(row->limits, NULL); /* "0." of "0..1" is 0 too */
    max = strtod(dots + 2, NULL);
    if (v >= min && v <= max)
        return;
    fail(c,
         v < min ? "Expected number greater than or equal to %f"
                 : "Expected number less than or equal to %f",
         v < min ? min : max);
    sk_warn(c->dg, &n->pos, "'%s' is '%s': it must be within %s", row->key, n->text, row->limits);
}

static void check_scalar(struct check *c, const struct sk_conf_row *row, const struct sk_node *n)
{
    static const char *const expected[] = {"true or false", "a number", "a number", "a number",
                                           "text"};
    bool b, ok = true;
    double d = 0;

    if (row->type == SK_CONF_BOOL)
        ok = sk_conf_bool(n->text, &b);
    else if (row->type != SK_CONF_STR)
        ok = sk_conf_double(n->text, &d);
    if (!ok) {
        fail(c, "Value type not permitted by 'type' constraint.");
        sk_warn(c->dg, &n->pos, "'%s' is '%.80s': %s is expected; the default '%s' is used",
                row->key, n->text, expected[row->type], row->def);
    } else if (row->type != SK_CONF_BOOL && row->type != SK_CONF_STR) {
        check_range(c, row, n, d);
    } else if (row->type == SK_CONF_STR && *row->limits && !sk_conf_one_of(row->limits, n->text)) {
        fail(c, "Failed to match against any enum values.");
    }
}

static void check_value(struct check *c, const struct sk_conf_row *row, const struct sk_node *n)
{
    static const char *const kind[] = {"nothing", "a single value", "a list", "a map"};
    bool list = row->type == SK_CONF_LIST ||
                (row->type == SK_CONF_TREE && sk_str_starts(sk_str(row->limits), SK_STR("list")));
    enum sk_node_kind want = list                        ? SK_NODE_LIST
                             : row->type == SK_CONF_TREE ? SK_NODE_MAP
                                                         : SK_NODE_SCALAR;

    if (n->kind == SK_NODE_NULL || (n->kind == SK_NODE_MAP && !strcmp(row->limits, "list|map")))
        return;
    if (n->kind == SK_NODE_SCALAR && want == SK_NODE_SCALAR)
        check_scalar(c, row, n);
    else if (n->kind != want && !(row->type == SK_CONF_LIST && n->kind == SK_NODE_SCALAR)) {
        fail(c, "Value type not permitted by 'type' constraint.");
        sk_warn(c->dg, &n->pos, "'%s' is %s: %s is expected", row->key, kind[n->kind], kind[want]);
    }
}

static void check_map(struct check *c, const struct sk_node *map);

static void check_key(struct check *c, const struct sk_node_key *key, const struct sk_node *value)
{
    size_t before = c->path.n;
    bool section;
    const struct sk_conf_row *row;

    sk_buf_printf(&c->path, before ? ".%s" : "%s", key->text);
    row = sk_conf_row_of(path_text(c), &section);
    if (row && !(section && value->kind == SK_NODE_MAP)) {
        check_value(c, row, value);
    } else if (!section) {
        sk_warn(c->dg, &key->pos, "unknown key '%s': it is ignored", path_text(c));
        c->path.n = before;
        if (c->path.p)
            c->path.p[before] = '\0';
        fail(c,
             "Object contains a property that could not be validated using 'properties' or "
             "'additionalProperties' constraints: '%s'.",
             key->text);
    } else if (value->kind == SK_NODE_MAP) {
        check_map(c, value);
    } else {
        fail(c, "Value type not permitted by 'type' constraint.");
    }
    c->path.n = before;
    if (c->path.p)
        c->path.p[before] = '\0';
}

static void check_map(struct check *c, const struct sk_node *map)
{
    if (!map->n)
        fail(c, "Object should have no fewer than 1 properties.");
    for (size_t i = 0; i < map->n; i++)
        check_key(c, &map->key[i], map->item[i]);
}

const char *sk_conf_check(struct sk_arena *mem, const struct sk_node *root, struct sk_diag *dg)
{
    sk_auto(buf) struct sk_buf path = SK_BUF(65536), first = SK_BUF(65536);
    struct check c = {mem, dg, path, first};
    const char *status;

    if (root->kind == SK_NODE_MAP)
        check_map(&c, root);
    else if (root->kind != SK_NODE_NULL)
        fail(&c, "Value type not permitted by 'type' constraint.");
    status = root->kind == SK_NODE_NULL ? "none" : c.first.n ? c.first.p : "ok";
    status = sk_arena_dup(mem, sk_str(status));
    path = c.path;
    first = c.first;
    return status;
}
