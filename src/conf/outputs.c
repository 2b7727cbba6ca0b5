/* SPDX-License-Identifier: Apache-2.0 */
/* outputs.c - the list `outputs`: any number of outputs of any type.
 *
 * An item has the keys of the section of its type (`type: http` those of http_output) and a few of
 * its own (output_keys.def).  Each gets a copy of the whole configuration in which its keys stand in
 * the members of that section: a sink reads the same members, wherever they come from.  What an item
 * does not say, the section says. */
#include <errno.h>

#include "conf/items.h"

#define SECTION     "_output."
#define MAX_NAME    64
#define MAX_PATH    128
#define MAX_OUTPUTS 1000

struct item {
    struct sk_conf *c;
    struct sk_conf_output *out;
    struct sk_conf *copy;
    struct sk_diag *dg;
    char section[MAX_NAME + sizeof(SECTION)]; /* "http_output." */
};

static const struct own_key {
    const char *key, *def, *limits;
    size_t offset; /* in struct sk_conf_output */
} own_keys[] = {
#define OUTPUT_KEY(member, key, def, limits, doc) \
    {key, def, limits, offsetof(struct sk_conf_output, member)},
#include "output_keys.def"
};

static int bad_value(const struct item *it, const struct sk_node *n, const char *key,
                     const char *expected)
{
    if (n->kind != SK_NODE_SCALAR)
        return sk_err(it->dg, -EINVAL, &n->pos, "'%s' of an output: %s is expected", key, expected);
    return sk_err(it->dg, -EINVAL, &n->pos, "'%s' of an output is '%.80s': %s is expected", key,
                  sk_node_shown(n), expected);
}

static const struct sk_conf_row *find_row(const struct item *it, const char *path, bool *section)
{
    const size_t n = strlen(it->section), len = strlen(path);

    *section = false;
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const char *key = sk_conf_rows[i].key;

        if (strncmp(key, it->section, n) != 0 || strncmp(key + n, path, len) != 0)
            continue;
        if (!key[n + len])
            return &sk_conf_rows[i];
        *section |= key[n + len] == '.';
    }
    return NULL;
}

/* NULL: the value is what the row wants. */
static const char *expected(const struct sk_conf_row *r, const struct sk_node *n)
{
    static const char *const kind[] = {"true or false", "a number", "a number", "a number",
                                       "text",          "a list",   "a list"};
    const char *dots = strstr(r->limits, "..");
    double d = 0;
    bool b;

    if (r->type == SK_CONF_TREE)
        return n->kind == (strcmp(r->limits, "list") ? SK_NODE_MAP : SK_NODE_LIST) ? NULL
               : strcmp(r->limits, "list")                                         ? "a map"
                                                                                   : "a list";
    if (r->type == SK_CONF_LIST)
        return n->kind == SK_NODE_MAP ? kind[r->type] : NULL;
    if (n->kind != SK_NODE_SCALAR)
        return kind[r->type];
    if (r->type == SK_CONF_BOOL)
        return sk_conf_bool(n->text, &b) ? NULL : kind[r->type];
    if (r->type == SK_CONF_STR)
        return !*r->limits || sk_conf_one_of(r->limits, n->text) ? NULL : r->limits;
    if (!sk_conf_double(n->text, &d))
        return kind[r->type];
    return dots && (d < strtod(r->limits, NULL) || d > strtod(dots + 2, NULL)) ? r->limits : NULL;
}

static int read_row(struct item *it, const struct sk_conf_row *r, const struct sk_node *n)
{
    const char *want = n->kind == SK_NODE_NULL ? NULL : expected(r, n);

    if (want)
        return bad_value(it, n, r->key + strlen(it->section), want);
    if (n->kind == SK_NODE_NULL)
        return 0;
    if (r->type == SK_CONF_LIST || r->type == SK_CONF_TREE)
        return sk_conf_read_node(it->copy, r, n);
    if (!sk_conf_read_scalar(it->copy, r, n->text))
        return bad_value(it, n, r->key + strlen(it->section), "a whole number");
    return 0;
}

static const struct own_key *own_key(const char *key)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(own_keys); i++) {
        if (!strcmp(own_keys[i].key, key))
            return &own_keys[i];
    }
    return NULL;
}

/* The keys of the section, `prefix` deep in it. */
static int read_map(struct item *it, const char *prefix, const struct sk_node *map)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct sk_node *n = map->item[i];
        const struct sk_conf_row *r;
        char path[MAX_PATH];
        bool section = false;
        int err;

        if (!*prefix && own_key(map->key[i].text))
            continue;
        snprintf(path, sizeof(path), "%s%s", prefix, map->key[i].text);
        r = find_row(it, path, &section);
        if (r) {
            err = read_row(it, r, n);
        } else if (section && n->kind == SK_NODE_MAP) {
            snprintf(path, sizeof(path), "%s%s.", prefix, map->key[i].text);
            err = read_map(it, path, n);
        } else {
            err = sk_err(it->dg, -EINVAL, &map->key[i].pos,
                         "an output of type '%s' has no key '%.80s'", it->out->type, path);
        }
        if (err)
            return err;
    }
    return 0;
}

static int read_own(struct item *it, const struct sk_node *map)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(own_keys); i++) {
        const struct own_key *k = &own_keys[i];
        const struct sk_node *n = sk_node_get(map, k->key);
        const char **to = (const char **)((char *)it->out + k->offset);

        *to = k->def;
        if (!n || n->kind == SK_NODE_NULL)
            continue;
        if (n->kind != SK_NODE_SCALAR)
            return bad_value(it, n, k->key, "text");
        if (*k->limits && !sk_conf_one_of(k->limits, n->text))
            return bad_value(it, n, k->key, k->limits);
        *to = n->text;
    }
    if (sk_level_parse(it->out->priority, &it->out->min_priority))
        return bad_value(it, sk_node_get(map, "min_priority"), "min_priority",
                         "a priority (emergency ... debug)");
    return 0;
}

/* The types: sections with a switch. */
static int check_type(struct item *it, const struct sk_node *map)
{
    const struct sk_node *n = sk_node_get(map, "type");
    const struct sk_conf_row *r;
    bool section;

    if (!*it->out->type)
        return sk_err(it->dg, -EINVAL, &map->pos, "an output of 'outputs' needs 'type'");
    snprintf(it->section, sizeof(it->section), "%.*s" SECTION, MAX_NAME, it->out->type);
    r = find_row(it, "enabled", &section);
    if (!r || strchr(it->out->type, '.'))
        return bad_value(it, n, "type", "the name of a section NAME_output");
    if (r->use == SK_CONF_LATER)
        return sk_err(it->dg, -EINVAL, &n->pos,
                      "outputs of type '%s' are not available in this version of Saker",
                      it->out->type);
    return sk_conf_read_scalar(it->copy, r, "true") ? 0 : -EINVAL;
}

static bool name_taken(const struct sk_conf *c, const char *name)
{
    for (size_t i = 0; i < c->noutputs; i++) {
        if (!strcmp(c->output[i].name, name))
            return true;
    }
    return false;
}

/* A section that is switched on has the name of its type. */
static bool section_taken(const struct sk_conf *c, const char *name)
{
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        const size_t n = strlen(name);

        if (!strncmp(r->key, name, n) && !strcmp(r->key + n, SECTION "enabled"))
            return *(const bool *)((const char *)c + r->offset);
    }
    return false;
}

static int give_name(struct item *it)
{
    char name[MAX_NAME + 16];

    snprintf(name, sizeof(name), "%.*s", MAX_NAME, it->out->type);
    for (unsigned i = 2; name_taken(it->c, name) || section_taken(it->c, name); i++)
        snprintf(name, sizeof(name), "%.*s-%u", MAX_NAME, it->out->type, i);
    it->out->name = sk_arena_dup(it->c->mem, sk_str(name));
    return it->out->name ? 0 : -ENOMEM;
}

static int check_name(struct item *it, const struct sk_node *map)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
    const struct sk_node *n = sk_node_get(map, "name");
    const char *name = it->out->name;

    if (!*name)
        return give_name(it);
    if (name[strspn(name, allowed)] || strlen(name) > MAX_NAME)
        return bad_value(it, n, "name", "1 to 64 letters, digits, '_', '-' or '.'");
    if (name_taken(it->c, name) || section_taken(it->c, name))
        return bad_value(it, n, "name", "a name that no other output has");
    return 0;
}

static int read_item(struct sk_conf *c, const struct sk_node *map, struct sk_diag *dg)
{
    struct item it = {.c = c, .out = &c->output[c->noutputs], .dg = dg};
    int err;

    if (map->kind != SK_NODE_MAP)
        return sk_err(dg, -EINVAL, &map->pos, "an item of 'outputs' must be a map");
    it.copy = sk_arena_alloc(c->mem, sizeof(*it.copy));
    if (!it.copy)
        return -ENOMEM;
    *it.copy = *c;
    it.out->conf = it.copy;
    err = read_own(&it, map);
    if (!err)
        err = check_type(&it, map);
    if (!err)
        err = read_map(&it, "", map);
    if (!err)
        err = check_name(&it, map);
    if (!err)
        err = sk_conf_check_sections(it.copy, &map->pos, dg);
    if (err)
        return err;
    c->noutputs++;
    return 0;
}

int sk_conf_read_outputs(struct sk_conf *c, struct sk_diag *dg)
{
    const struct sk_node *list = c->outputs;

    /* A map: `rate` and `max_burst` of old versions, which old.c has warned of. */
    if (!list || list->kind == SK_NODE_NULL || list->kind == SK_NODE_MAP)
        return 0;
    if (list->kind != SK_NODE_LIST)
        return sk_err(dg, -EINVAL, &list->pos, "'outputs' must be a list");
    if (list->n > MAX_OUTPUTS)
        return sk_err(dg, -EINVAL, &list->pos, "'outputs' has more than %d items", MAX_OUTPUTS);
    c->output = sk_arena_alloc(c->mem, (list->n + 1) * sizeof(*c->output));
    if (!c->output)
        return -ENOMEM;
    for (size_t i = 0; i < list->n; i++) {
        int err = read_item(c, list->item[i], dg);

        if (err)
            return err;
    }
    return 0;
}
