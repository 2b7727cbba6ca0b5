/* SPDX-License-Identifier: Apache-2.0 */
/* yaml.c - libyaml's events -> tree of nodes.
 *
 * Hostile files stay cheap: depth and number of nodes are limited, and an alias is a copy that
 * counts against the limit, so that a kilobyte of aliases cannot become a gigabyte. */
#include <errno.h>
#include <yaml.h>

#include "base/map.h"
#include "conf/node.h"

struct yaml_load {
    struct sk_arena *mem;
    const char *file;
    struct sk_diag *dg;
    yaml_parser_t parser;
    struct sk_map *anchors;
    size_t nodes;
};

static struct sk_pos place(const struct yaml_load *y, const yaml_mark_t *m)
{
    return (struct sk_pos){y->file, (uint32_t)m->line + 1, (uint32_t)m->column + 1};
}

static int bad(struct yaml_load *y, const yaml_mark_t *m, const char *what)
{
    return sk_err(y->dg, -EINVAL, NULL,
                  "Cannot read config file (%s): error at line %zu, column %zu: %s", y->file,
                  m->line + 1, m->column + 1, what);
}

static int next(struct yaml_load *y, yaml_event_t *ev)
{
    if (yaml_parser_parse(&y->parser, ev))
        return 0;
    if (y->parser.error == YAML_MEMORY_ERROR)
        return -ENOMEM;
    return bad(y, &y->parser.problem_mark, y->parser.problem ? y->parser.problem : "not YAML");
}

static int count(struct yaml_load *y, const yaml_mark_t *m)
{
    return ++y->nodes > SK_NODE_MAX_NODES ? bad(y, m, "too many values") : 0;
}

static int copy(struct yaml_load *y, const struct sk_node *from, const yaml_mark_t *m,
                struct sk_node **out)
{
    struct sk_node *n = sk_node_new(y->mem, from->kind, &from->pos);
    int err = count(y, m);

    if (err)
        return err;
    if (!n)
        return -ENOMEM;
    n->text = from->text;
    for (size_t i = 0; i < from->n; i++) {
        struct sk_node *child = NULL;

        err = copy(y, from->item[i], m, &child);
        if (err)
            return err;
        err = sk_node_push(y->mem, n, from->key ? from->key[i].text : NULL, child,
                           from->key ? &from->key[i].pos : NULL);
        if (err)
            return err;
    }
    *out = n;
    return 0;
}

static int build(struct yaml_load *y, yaml_event_t *ev, unsigned depth, struct sk_node **out);

static bool is_null(const yaml_event_t *ev)
{
    const char *s = (const char *)ev->data.scalar.value;

    return ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!*s || !strcmp(s, "~") || !strcmp(s, "null") || !strcmp(s, "Null") ||
            !strcmp(s, "NULL"));
}

static int build_scalar(struct yaml_load *y, yaml_event_t *ev, struct sk_node **out)
{
    struct sk_pos at = place(y, &ev->start_mark);

    if (memchr(ev->data.scalar.value, 0, ev->data.scalar.length))
        return bad(y, &ev->start_mark, "a value holds a NUL byte");
    *out = is_null(ev) ? sk_node_new(y->mem, SK_NODE_NULL, &at)
                       : sk_node_scalar(y->mem, (const char *)ev->data.scalar.value, &at);
    return *out ? 0 : -ENOMEM;
}

/* Next event and the node that it begins; *end: it ended the collection instead. */
static int build_next(struct yaml_load *y, unsigned depth, struct sk_node **out, bool *end,
                      struct sk_pos *at)
{
    yaml_event_t ev;
    int err = next(y, &ev);

    if (err)
        return err;
    *end = ev.type == YAML_SEQUENCE_END_EVENT || ev.type == YAML_MAPPING_END_EVENT;
    *at = place(y, &ev.start_mark);
    if (!*end)
        err = build(y, &ev, depth, out);
    yaml_event_delete(&ev);
    return err;
}

static int build_pair(struct yaml_load *y, unsigned depth, struct sk_node *to, struct sk_node *key,
                      const struct sk_pos *at)
{
    yaml_mark_t m = {.line = at->line - 1, .column = at->col - 1};
    struct sk_node *value = NULL;
    struct sk_pos value_at;
    bool end = false;
    int err;

    if (key->kind > SK_NODE_SCALAR)
        return bad(y, &m, "a key must be text");
    err = build_next(y, depth, &value, &end, &value_at);
    if (err)
        return err;
    if (sk_node_get(to, key->text ? key->text : ""))
        sk_warn(y->dg, at, "key '%s' is there twice: the first one counts", key->text);
    return sk_node_push(y->mem, to, key->text ? key->text : "", value, at);
}

static int build_items(struct yaml_load *y, unsigned depth, struct sk_node *to)
{
    for (;;) {
        struct sk_node *child = NULL;
        struct sk_pos at;
        bool end = false;
        int err = build_next(y, depth, &child, &end, &at);

        if (err || end)
            return err;
        err = to->kind == SK_NODE_MAP ? build_pair(y, depth, to, child, &at)
                                      : sk_node_push(y->mem, to, NULL, child, NULL);
        if (err)
            return err;
    }
}

static int build_alias(struct yaml_load *y, yaml_event_t *ev, struct sk_node **out)
{
    struct sk_node *known = sk_map_get(y->anchors, sk_str((const char *)ev->data.alias.anchor));

    return known ? copy(y, known, &ev->start_mark, out)
                 : bad(y, &ev->start_mark, "the alias names no anchor in front of it");
}

static int build(struct yaml_load *y, yaml_event_t *ev, unsigned depth, struct sk_node **out)
{
    struct sk_pos at = place(y, &ev->start_mark);
    const yaml_char_t *anchor = NULL;
    struct sk_node *n = NULL;
    int err = count(y, &ev->start_mark);

    if (err)
        return err;
    if (depth > SK_NODE_MAX_DEPTH)
        return bad(y, &ev->start_mark, "nested too deeply");
    switch (ev->type) {
    case YAML_ALIAS_EVENT:
        return build_alias(y, ev, out);
    case YAML_SCALAR_EVENT:
        anchor = ev->data.scalar.anchor;
        err = build_scalar(y, ev, &n);
        break;
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        anchor = ev->type == YAML_MAPPING_START_EVENT ? ev->data.mapping_start.anchor
                                                      : ev->data.sequence_start.anchor;
        n = sk_node_new(y->mem, ev->type == YAML_MAPPING_START_EVENT ? SK_NODE_MAP : SK_NODE_LIST,
                        &at);
        err = n ? build_items(y, depth + 1, n) : -ENOMEM;
        break;
    default:
        return bad(y, &ev->start_mark, "unexpected end of the document");
    }
    if (!err && anchor) {
        const char *name = sk_arena_dup(y->mem, sk_str((const char *)anchor));

        err = name ? sk_map_put(y->anchors, sk_str(name), n) : -ENOMEM;
    }
    if (!err)
        *out = n;
    return err;
}

/* Stream start, document start, then the root. */
static int document(struct yaml_load *y, struct sk_node **out)
{
    for (;;) {
        yaml_event_t ev;
        int err = next(y, &ev);
        yaml_event_type_t type;

        if (err)
            return err;
        type = ev.type;
        if (type == YAML_STREAM_END_EVENT) {
            struct sk_pos at = {y->file, 1, 1};

            *out = sk_node_new(y->mem, SK_NODE_NULL, &at);
            err = *out ? 0 : -ENOMEM;
        } else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT) {
            err = build(y, &ev, 0, out);
        }
        yaml_event_delete(&ev);
        if (err || (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT))
            return err;
    }
}

/* What follows the root must be well-formed too: "{a: b}\n}" is an error, not a document. */
static int document_end(struct yaml_load *y)
{
    bool more = true;
    int err = 0;

    while (more && !err) {
        yaml_event_t ev;

        err = next(y, &ev);
        if (err)
            break;
        more = ev.type == YAML_DOCUMENT_END_EVENT;
        yaml_event_delete(&ev);
    }
    return err;
}

int sk_node_parse(struct sk_arena *mem, const char *file, struct sk_str text, struct sk_node **out,
                  struct sk_diag *dg)
{
    sk_auto(map) struct sk_map *anchors = sk_map_new(SK_NODE_MAX_NODES);
    struct yaml_load y = {.mem = mem, .dg = dg, .anchors = anchors};
    struct sk_node *root = NULL;
    int err;

    y.file = sk_arena_dup(mem, sk_str(file));
    if (!anchors || !y.file || !yaml_parser_initialize(&y.parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&y.parser, (const unsigned char *)(text.p ? text.p : ""), text.n);
    err = document(&y, &root);
    if (!err && root && root->kind != SK_NODE_NULL)
        err = document_end(&y);
    yaml_parser_delete(&y.parser);
    if (!err)
        *out = root;
    return err;
}
