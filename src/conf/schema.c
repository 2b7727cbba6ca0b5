/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c - is a file's tree what the rows of tbl/config.def and config_items.def say?
 *
 * Nothing here is fatal.  The status line has the words of Falco's schema validation; the warnings
 * say the place and what happens instead. */
#include <errno.h>

#include "conf/items.h"

#define MAX_PATH 65536

struct check {
    struct sk_diag *dg;
    bool options;              /* only what -o said; otherwise only what files said */
    struct sk_buf path, first; /* first: the status of the first failure */
};

static const char *path_text(struct check *c)
{
    return c->path.n ? c->path.p : "";
}

static void leave(struct check *c, size_t before)
{
    c->path.n = before;
    if (c->path.p)
        c->path.p[before] = '\0';
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

static void warn(struct check *c, const struct sk_pos *at, const char *fmt, ...) SK_PRINTF(3, 4);

static void warn(struct check *c, const struct sk_pos *at, const char *fmt, ...)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(MAX_PATH + 4096);
    va_list ap;

    if (c->options != (at->file && !strcmp(at->file, SK_NODE_COMMAND_LINE)))
        return;
    va_start(ap, fmt);
    sk_buf_vprintf(&text, fmt, ap);
    va_end(ap);
    sk_warn(c->dg, at, "%s", sk_buf_str(&text).p);
}

static void unknown(struct check *c, const struct sk_node_key *key, size_t before)
{
    warn(c, &key->pos, "unknown key '%s': it is ignored", path_text(c));
    leave(c, before);
    fail(c,
         "Object contains a property that could not be validated using 'properties' or "
         "'additionalProperties' constraints: '%s'.",
         key->text);
}

static void wrong_kind(struct check *c, const struct sk_node *n, const char *expected)
{
    static const char *const kind[] = {"nothing", "a single value", "a list", "a map"};

    fail(c, "Value type not permitted by 'type' constraint.");
    warn(c, &n->pos, "'%s' is %s: %s is expected", path_text(c), kind[n->kind], expected);
}

/* A scalar and what its row says of it; def NULL: a member of an item, which has no default. */
struct wanted {
    enum sk_conf_type type;
    const char *def, *limits;
};

static void wrong_scalar(struct check *c, const struct wanted *w, const struct sk_node *n,
                         const char *expected, bool used)
{
    warn(c, &n->pos,
         used ? "'%s' is '%.80s': %s is expected; the default '%s' is used"
              : "'%s' is '%.80s': %s is expected",
         path_text(c), sk_node_shown(n), expected, w->def);
}

static void check_limits(struct check *c, const struct wanted *w, const struct sk_node *n)
{
    const struct sk_conf_row row = {.type = w->type, .limits = w->limits};
    double v, min = strtod(w->limits, NULL); /* "0." of "0..1" is 0 too */
    char expected[256];

    if (sk_conf_within(&row, n->text))
        return;
    if (w->type == SK_CONF_STR)
        fail(c, "Failed to match against any enum values.");
    else if (sk_conf_double(n->text, &v) && v < min)
        fail(c, "Expected number greater than or equal to %f", min);
    else
        fail(c, "Expected number less than or equal to %f",
             strtod(strstr(w->limits, "..") + 2, NULL));
    snprintf(expected, sizeof(expected), w->type == SK_CONF_STR ? "one of %.*s" : "%.*s",
             (int)strcspn(w->limits, "!"), w->limits);
    wrong_scalar(c, w, n, expected, w->def && !sk_conf_strict(&row));
}

static void check_scalar(struct check *c, const struct wanted *w, const struct sk_node *n)
{
    static const char *const expected[] = {"true or false", "a whole number", "a whole number",
                                           "a number"};
    bool b, ok = true;
    uint64_t u;
    double d;

    if (w->type == SK_CONF_BOOL)
        ok = sk_conf_bool(n->text, &b);
    else if (w->type == SK_CONF_DOUBLE)
        ok = sk_conf_double(n->text, &d);
    else if (w->type < SK_CONF_DOUBLE)
        /* A number that is only too small or too large is told so. */
        ok = sk_conf_number(n->text, UINT64_MAX, &u) ||
             (sk_conf_double(n->text, &d) && !strchr(n->text, '.'));
    if (ok) {
        check_limits(c, w, n);
        return;
    }
    fail(c, "Value type not permitted by 'type' constraint.");
    wrong_scalar(c, w, n, expected[w->type], w->def != NULL);
}

static void check_list(struct check *c, const struct sk_node *n)
{
    if (n->kind == SK_NODE_MAP)
        wrong_kind(c, n, "a list");
    for (size_t i = 0; n->kind == SK_NODE_LIST && i < n->n; i++) {
        if (n->item[i]->kind != SK_NODE_SCALAR)
            wrong_kind(c, n->item[i], "text");
    }
}

static const struct sk_conf_item *item_of(const char *tree, const char *path, bool *section)
{
    const struct sk_conf_item *item = NULL;
    size_t n = strlen(path);

    *section = false;
    for (size_t i = 0; i < sk_conf_items_n; i++) {
        const struct sk_conf_item *it = &sk_conf_items[i];

        if (strcmp(it->tree, tree) != 0)
            continue;
        if (!strcmp(it->path, path) || !strcmp(it->path, "*"))
            item = it;
        *section |= !strncmp(it->path, path, n) && it->path[n] == '.';
    }
    return item;
}

static void check_item_map(struct check *c, const char *tree, const char *prefix,
                           const struct sk_node *map);

static void check_item_key(struct check *c, const char *tree, const char *path,
                           const struct sk_node_key *key, const struct sk_node *n)
{
    size_t before = c->path.n;
    bool section;
    const struct sk_conf_item *it = item_of(tree, path, &section);

    sk_buf_printf(&c->path, ".%s", key->text);
    /* A dot within a name is not the one between names. */
    if ((!it && !section) || (strchr(key->text, '.') && !(it && !strcmp(it->path, "*"))))
        unknown(c, key, before);
    else if (n->kind == SK_NODE_NULL || (it && it->type == SK_CONF_ANY))
        ;
    else if (!it && n->kind == SK_NODE_MAP)
        check_item_map(c, tree, path, n);
    else if (!it)
        wrong_kind(c, n, "a map");
    else if (it->type == SK_CONF_LIST)
        check_list(c, n);
    else if (n->kind != SK_NODE_SCALAR)
        wrong_kind(c, n, "a single value");
    else
        check_scalar(c, &(struct wanted){it->type, NULL, it->limits}, n);
    leave(c, before);
}

static void check_item_map(struct check *c, const char *tree, const char *prefix,
                           const struct sk_node *map)
{
    for (size_t i = 0; i < map->n; i++) {
        char path[256];

        snprintf(path, sizeof(path), *prefix ? "%s.%s" : "%s%s", prefix, map->key[i].text);
        check_item_key(c, tree, path, &map->key[i], map->item[i]);
    }
    for (size_t i = 0; !*prefix && i < sk_conf_items_n; i++) {
        const struct sk_conf_item *it = &sk_conf_items[i];

        if (strcmp(it->tree, tree) != 0 || !it->must || sk_node_get(map, it->path))
            continue;
        fail(c, "Missing required property '%s'.", it->path);
        warn(c, &map->pos, "'%s': '%s' is missing", path_text(c), it->path);
    }
}

static void check_tree(struct check *c, const char *tree, const struct sk_node *n)
{
    size_t before = c->path.n;
    bool section;

    if (n->kind == SK_NODE_MAP)
        check_item_map(c, tree, "", n);
    for (size_t i = 0; n->kind == SK_NODE_LIST && i < n->n; i++) {
        sk_buf_printf(&c->path, ".%zu", i);
        if (n->item[i]->kind == SK_NODE_MAP)
            check_item_map(c, tree, "", n->item[i]);
        else if (n->item[i]->kind != SK_NODE_SCALAR || !item_of(tree, "", &section))
            wrong_kind(c, n->item[i], "a map");
        leave(c, before);
    }
}

static bool has_items(const char *tree)
{
    for (size_t i = 0; i < sk_conf_items_n; i++) {
        if (!strcmp(sk_conf_items[i].tree, tree))
            return true;
    }
    return false;
}

static void check_value(struct check *c, const struct sk_conf_row *row, const struct sk_node *n)
{
    bool list = !strncmp(row->limits, "list", 4), map = !!strstr(row->limits, "map");

    if (n->kind == SK_NODE_NULL)
        return;
    if (row->type == SK_CONF_LIST)
        check_list(c, n);
    else if (row->type != SK_CONF_TREE && n->kind != SK_NODE_SCALAR)
        wrong_kind(c, n, "a single value");
    else if (row->type != SK_CONF_TREE)
        check_scalar(c, &(struct wanted){row->type, row->def, row->limits}, n);
    else if (!(list && n->kind == SK_NODE_LIST) && !(map && n->kind == SK_NODE_MAP) &&
             !(list && n->kind == SK_NODE_SCALAR && !strcmp(row->key, "config_files")))
        wrong_kind(c, n, list ? "a list" : "a map");
    else if (has_items(row->key))
        check_tree(c, row->key, n);
}

static void check_map(struct check *c, const struct sk_node *map);

static void check_key(struct check *c, const struct sk_node_key *key, const struct sk_node *value)
{
    size_t before = c->path.n;
    bool section;
    const struct sk_conf_row *row;

    sk_buf_printf(&c->path, before ? ".%s" : "%s", key->text);
    row = sk_conf_row_of(path_text(c), &section);
    if (strchr(key->text, '.')) /* within a name it is not the one between names */
        unknown(c, key, before);
    else if (row && !(section && value->kind == SK_NODE_MAP))
        check_value(c, row, value);
    else if (!section)
        unknown(c, key, before);
    else if (value->kind == SK_NODE_MAP)
        check_map(c, value);
    else
        wrong_kind(c, value, "a map");
    leave(c, before);
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
    struct check c = {.dg = dg, .path = SK_BUF(MAX_PATH), .first = SK_BUF(MAX_PATH)};
    const char *status;

    if (root->kind == SK_NODE_MAP)
        check_map(&c, root);
    else if (root->kind != SK_NODE_NULL)
        fail(&c, "Value type not permitted by 'type' constraint.");
    status = root->kind == SK_NODE_NULL ? "none" : c.first.n ? c.first.p : "ok";
    status = sk_arena_dup(mem, sk_str(status));
    sk_buf_done(&c.path);
    sk_buf_done(&c.first);
    return status;
}

void sk_conf_check_options(const struct sk_node *root, struct sk_diag *dg)
{
    struct check c = {
        .dg = dg, .options = true, .path = SK_BUF(MAX_PATH), .first = SK_BUF(MAX_PATH)};

    if (root->kind == SK_NODE_MAP)
        check_map(&c, root);
    sk_buf_done(&c.path);
    sk_buf_done(&c.first);
}
