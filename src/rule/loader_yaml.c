/* SPDX-License-Identifier: Apache-2.0 */
/* loader_yaml.c - builds nodes from libyaml's events.
 *
 * An alias is the node that it names, not a copy; `weight` counts what a copy would have cost, so a
 * "billion laughs" file is refused when it is read.  Falco reads its rules with yaml-cpp: messages
 * keep that library's prefix and, where the same mistake has a name there, its words. */
#include "rule/loader_yaml.h"

#include <assert.h>
#include <errno.h>
#include <yaml.h>

#include "base/map.h"

#define YAML_DEPTH_MAX  256u
#define YAML_WEIGHT_MAX 4000000u
#define YAML_ANCHOR_MAX 100000u

struct frame {
    struct sk_yaml *node;
    struct sk_yaml **child;
    size_t n, cap;
};

struct builder {
    struct sk_arena *mem;
    struct sk_str content;
    yaml_parser_t *parser;
    struct sk_yaml_err *err;
    struct sk_map *anchors; /* of the document being read */
    struct frame stack[YAML_DEPTH_MAX];
    unsigned depth;
    struct sk_yaml *root;
    struct sk_yaml **docs;
    size_t ndocs, capdocs;
    uint64_t weight;
    size_t cur_char, cur_byte; /* where the last mark was: marks count characters, snippets bytes */
};

/* libyaml's words -> yaml-cpp's, where both mean the same mistake. */
static const struct {
    const char *libyaml, *yaml_cpp;
} words[] = {
    {"mapping values are not allowed in this context", "illegal map value"},
    {"mapping keys are not allowed in this context", "illegal map key"},
    {"block sequence entries are not allowed in this context", "illegal block entry"},
    {"did not find expected ',' or ']'", "end of sequence flow not found"},
    {"did not find expected ',' or '}'", "end of map flow not found"},
    {"did not find expected key", "end of map not found"},
    {"did not find expected '-' indicator", "end of sequence not found"},
    {"found unexpected end of stream", "illegal EOF in scalar"},
    {"found unexpected document indicator", "illegal document indicator in scalar"},
    {"found character that cannot start any token", "unknown token"},
    {"found a tab character that violates indentation", "illegal tab when looking for indentation"},
};

static const char *translate(const char *problem)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(words); i++)
        if (!strcmp(words[i].libyaml, problem))
            return words[i].yaml_cpp;
    return problem;
}

/* Byte offset of a character index: marks come nearly in order, so the way from the last one is
 * short. */
static size_t byte_offset(struct builder *b, size_t want)
{
    const char *p = b->content.p;
    size_t n = b->content.n;

    while (b->cur_char < want && b->cur_byte < n) {
        do
            b->cur_byte++;
        while (b->cur_byte < n && ((unsigned char)p[b->cur_byte] & 0xc0) == 0x80);
        b->cur_char++;
    }
    while (b->cur_char > want && b->cur_byte > 0) {
        do
            b->cur_byte--;
        while (b->cur_byte > 0 && ((unsigned char)p[b->cur_byte] & 0xc0) == 0x80);
        b->cur_char--;
    }
    return b->cur_byte;
}

static int fail_at(struct builder *b, const yaml_mark_t *at, const char *text)
{
    struct sk_yaml_err *e = b->err;

    e->line = (uint32_t)at->line;
    e->col = (uint32_t)at->column;
    e->off = (uint32_t)byte_offset(b, at->index);
    snprintf(e->text, sizeof(e->text), "yaml-cpp: error at line %zu, column %zu: %s", at->line + 1,
             at->column + 1, text);
    return -EINVAL;
}

static int fail_parser(struct builder *b)
{
    const yaml_parser_t *p = b->parser;
    yaml_mark_t at = p->problem_mark;

    if (p->error == YAML_MEMORY_ERROR)
        return -ENOMEM;
    if (p->error == YAML_READER_ERROR) {
        /* Only the byte is known: find its line. */
        size_t end = SK_MIN(p->problem_offset, b->content.n), start = 0;

        at = (yaml_mark_t){.index = 0};
        for (size_t i = 0; i < end; i++) {
            if (b->content.p[i] == '\n') {
                at.line++;
                start = i + 1;
            }
        }
        at.column = end - start;
        fail_at(b, &at, p->problem ? p->problem : "unreadable text");
        b->err->off = (uint32_t)end;
        return -EINVAL;
    }
    /* A quoted text without an end is told at the end of the file; its start says more. */
    if (p->problem && !strcmp(p->problem, "found unexpected end of stream") && p->context)
        at = p->context_mark;
    return fail_at(b, &at, p->problem ? translate(p->problem) : "not YAML");
}

static bool push(struct sk_arena *mem, struct sk_yaml ***v, size_t *n, size_t *cap,
                 struct sk_yaml *x)
{
    if (*n == *cap) {
        size_t more = *cap ? *cap * 2 : 4;
        struct sk_yaml **p = sk_arena_alloc(mem, more * sizeof(*p));

        if (!p)
            return false;
        if (*n)
            memcpy(p, *v, *n * sizeof(*p));
        *v = p;
        *cap = more;
    }
    (*v)[(*n)++] = x;
    return true;
}

static int attach(struct builder *b, struct sk_yaml *node, const yaml_mark_t *at)
{
    struct frame *f;

    b->weight += node->weight;
    if (b->weight > YAML_WEIGHT_MAX)
        return fail_at(b, at, "too many nodes once aliases are followed");
    if (!b->depth) {
        b->root = node;
        return 0;
    }
    f = &b->stack[b->depth - 1];
    f->node->weight += node->weight;
    return push(b->mem, &f->child, &f->n, &f->cap, node) ? 0 : -ENOMEM;
}

static struct sk_yaml *node_new(struct builder *b, enum sk_yaml_kind kind, const yaml_mark_t *at)
{
    struct sk_yaml *y = sk_arena_alloc(b->mem, sizeof(*y));

    if (!y)
        return NULL;
    y->kind = kind;
    y->line = (uint32_t)at->line;
    y->col = (uint32_t)at->column;
    y->off = (uint32_t)byte_offset(b, at->index);
    y->weight = 1;
    return y;
}

static int anchor(struct builder *b, const yaml_char_t *name, struct sk_yaml *node)
{
    char *key;

    if (!name)
        return 0;
    key = sk_arena_dup(b->mem, sk_str((const char *)name));
    return key ? sk_map_put(b->anchors, sk_str(key), node) : -ENOMEM;
}

static bool is_null(const yaml_event_t *ev)
{
    static const char *const spell[] = {"", "~", "null", "Null", "NULL"};
    const char *p = (const char *)ev->data.scalar.value;

    if (ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (size_t i = 0; i < SK_ARRAY_LEN(spell); i++)
        if (ev->data.scalar.length == strlen(spell[i]) && !strcmp(p, spell[i]))
            return true;
    return false;
}

static int on_scalar(struct builder *b, const yaml_event_t *ev)
{
    struct sk_str text = {(const char *)ev->data.scalar.value, ev->data.scalar.length};
    struct sk_yaml *y = node_new(b, is_null(ev) ? SK_YAML_NULL : SK_YAML_SCALAR, &ev->start_mark);
    int rc;

    if (!y)
        return -ENOMEM;
    y->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    y->text = (struct sk_str){sk_arena_dup(b->mem, text), text.n};
    if (!y->text.p)
        return -ENOMEM;
    rc = anchor(b, ev->data.scalar.anchor, y);
    return rc ? rc : attach(b, y, &ev->start_mark);
}

static int on_alias(struct builder *b, const yaml_event_t *ev)
{
    struct sk_yaml *y = sk_map_get(b->anchors, sk_str((const char *)ev->data.alias.anchor));

    if (!y)
        return fail_at(b, &ev->start_mark, "the referenced anchor is not defined");
    for (unsigned i = 0; i < b->depth; i++)
        if (b->stack[i].node == y)
            return fail_at(b, &ev->start_mark, "an alias inside of what it stands for");
    return attach(b, y, &ev->start_mark);
}

static int on_start(struct builder *b, const yaml_event_t *ev, enum sk_yaml_kind kind,
                    const yaml_char_t *name)
{
    struct sk_yaml *y;

    if (b->depth == YAML_DEPTH_MAX)
        return fail_at(b, &ev->start_mark, "nested too deeply");
    y = node_new(b, kind, &ev->start_mark);
    if (!y)
        return -ENOMEM;
    b->stack[b->depth++] = (struct frame){.node = y};
    return anchor(b, name, y);
}

static int on_end(struct builder *b, const yaml_event_t *ev)
{
    struct frame *f = &b->stack[--b->depth];
    struct sk_yaml *y = f->node;

    assert(y); /* every frame was opened with one */
    y->child = f->child;
    y->n = y->kind == SK_YAML_MAP ? f->n / 2 : f->n;
    b->weight -= y->weight - 1; /* attach counts the whole again */
    return attach(b, y, &ev->start_mark);
}

static int on_document_end(struct builder *b)
{
    struct sk_yaml *root = SK_TAKE(b->root);

    sk_map_free(b->anchors);
    b->anchors = sk_map_new(YAML_ANCHOR_MAX);
    if (!b->anchors)
        return -ENOMEM;
    return !root || push(b->mem, &b->docs, &b->ndocs, &b->capdocs, root) ? 0 : -ENOMEM;
}

static int on_event(struct builder *b, const yaml_event_t *ev)
{
    switch (ev->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(b, ev);
    case YAML_ALIAS_EVENT:
        return on_alias(b, ev);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(b, ev, SK_YAML_SEQ, ev->data.sequence_start.anchor);
    case YAML_MAPPING_START_EVENT:
        return on_start(b, ev, SK_YAML_MAP, ev->data.mapping_start.anchor);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(b, ev);
    case YAML_DOCUMENT_END_EVENT:
        return on_document_end(b);
    default:
        return 0;
    }
}

static int parse_all(struct builder *b)
{
    for (;;) {
        yaml_event_t ev;
        bool last;
        int rc;

        if (!yaml_parser_parse(b->parser, &ev))
            return fail_parser(b);
        last = ev.type == YAML_STREAM_END_EVENT;
        rc = on_event(b, &ev);
        yaml_event_delete(&ev);
        if (rc || last)
            return rc;
    }
}

int sk_yaml_parse(struct sk_arena *mem, struct sk_str content, struct sk_yaml ***out, size_t *out_n,
                  struct sk_yaml_err *err)
{
    sk_auto(mem) struct builder *b = calloc(1, sizeof(*b));
    yaml_parser_t parser;
    int rc;

    if (!b || !yaml_parser_initialize(&parser))
        return -ENOMEM;
    b->mem = mem;
    b->content = content;
    b->parser = &parser;
    b->err = err;
    b->anchors = sk_map_new(YAML_ANCHOR_MAX);
    if (content.n >= 3 && !memcmp(content.p, "\xef\xbb\xbf", 3))
        b->cur_byte = 3; /* the mark of UTF-8 is no character */
    yaml_parser_set_input_string(&parser, (const unsigned char *)content.p, content.n);
    rc = b->anchors ? parse_all(b) : -ENOMEM;
    yaml_parser_delete(&parser);
    sk_map_free(b->anchors);
    if (rc)
        return rc;
    *out = b->docs;
    *out_n = b->ndocs;
    return 0;
}

static size_t find(const struct sk_yaml *map, const char *key)
{
    if (map->kind != SK_YAML_MAP)
        return SIZE_MAX;
    for (size_t i = 0; i < map->n; i++)
        if (map->child[2 * i]->kind == SK_YAML_SCALAR && sk_str_eqz(map->child[2 * i]->text, key))
            return i;
    return SIZE_MAX;
}

const struct sk_yaml *sk_yaml_get(const struct sk_yaml *map, const char *key)
{
    size_t i = find(map, key);

    return i == SIZE_MAX ? NULL : map->child[2 * i + 1];
}

const struct sk_yaml *sk_yaml_key(const struct sk_yaml *map, const char *key)
{
    size_t i = find(map, key);

    return i == SIZE_MAX ? NULL : map->child[2 * i];
}

/* All lower, all upper, or only the first letter upper. */
static bool flexible_case(struct sk_str s)
{
    size_t upper = 0;

    for (size_t i = 0; i < s.n; i++)
        upper += s.p[i] >= 'A' && s.p[i] <= 'Z';
    return !upper || upper == s.n || (upper == 1 && s.p[0] >= 'A' && s.p[0] <= 'Z');
}

bool sk_yaml_bool(struct sk_str s, bool *out)
{
    static const char *const yes[] = {"y", "yes", "true", "on"}, *const no[] = {"n", "no", "false",
                                                                                "off"};

    if (!flexible_case(s))
        return false;
    for (size_t i = 0; i < SK_ARRAY_LEN(yes); i++) {
        bool is_yes = s.n == strlen(yes[i]) && !strncasecmp(s.p, yes[i], s.n);

        if (is_yes || (s.n == strlen(no[i]) && !strncasecmp(s.p, no[i], s.n))) {
            *out = is_yes;
            return true;
        }
    }
    return false;
}

bool sk_yaml_u32(struct sk_str s, uint32_t *out)
{
    unsigned base = 10;
    uint64_t v = 0;
    size_t i = 0;

    if (s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X')) {
        base = 16;
        i = 2;
    } else if (s.n > 1 && s.p[0] == '0') {
        base = 8;
        i = 1;
    }
    if (i == s.n)
        return false;
    for (; i < s.n; i++) {
        char c = s.p[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 99;
        if (digit >= base)
            return false;
        v = v * base + digit;
        if (v > UINT32_MAX)
            return false;
    }
    *out = (uint32_t)v;
    return true;
}
