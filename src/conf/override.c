/* SPDX-License-Identifier: Apache-2.0 */
/* override.c - one `-o key=value`: key := node('.'node)*, node := name('['index?']')*, where a
 * backslash takes the meaning from '.', '[', ']' and itself.
 *
 * What is missing on the way is created.  A list that is indexed by a name becomes a map: this is
 * how
 * `-o append_output.suggested_output=false` empties the list append_output. */
#include <errno.h>

#include "conf/node.h"

struct walk {
    struct sk_arena *mem;
    struct sk_diag *dg;
    struct sk_pos at; /* SK_NODE_COMMAND_LINE */
    const char *key;  /* as given, for messages */
    size_t pos;
    struct sk_node **slot; /* where the value will be stored */
};

static int bad(const struct walk *w, const char *fmt, ...) SK_PRINTF(2, 3);

static int bad(const struct walk *w, const char *fmt, ...)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(4096);
    va_list ap;

    va_start(ap, fmt);
    sk_buf_vprintf(&text, fmt, ap);
    va_end(ap);
    return sk_err(w->dg, -EINVAL, NULL, "Config error at key \"%s\": %s", w->key,
                  sk_buf_str(&text).p);
}

static int unescape(struct walk *w, struct sk_buf *name)
{
    char c = w->key[w->pos + 1];

    if (!c)
        return bad(w, "Parsing error: trailing backslash at pos %zu", w->pos);
    if (!strchr(".[]\\", c))
        return bad(w, "Parsing error: invalid escape sequence '\\%c' at pos %zu", c, w->pos);
    sk_buf_addc(name, c);
    w->pos += 2;
    return 0;
}

static int parse_name(struct walk *w, struct sk_buf *name)
{
    size_t start = w->pos;

    while (w->key[w->pos] && w->key[w->pos] != '.' && w->key[w->pos] != '[') {
        int err = 0;

        if (w->key[w->pos] == '\\')
            err = unescape(w, name);
        else if (w->key[w->pos] == ']')
            err = bad(w, "Parsing error: unexpected character at pos %zu", w->pos);
        else
            sk_buf_addc(name, w->key[w->pos++]);
        if (err)
            return err;
    }
    if (w->pos == start)
        return bad(w, "Parsing error: unexpected character at pos %zu", w->pos);
    return name->failed ? -ENOMEM : 0;
}

/* -1: "[]".  The position ends behind the bracket. */
static int parse_index(struct walk *w, int64_t *out)
{
    const char *start = w->key + w->pos + 1, *end = strchr(start, ']');
    uint64_t v = 0;

    for (const char *p = start; p < (end ? end : start + strlen(start)); p++) {
        if (*p < '0' || *p > '9')
            return bad(w, "Parsing error: expected a numeric index, found '%c'", *p);
    }
    if (!end)
        return bad(w, "Parsing error: ']' is missing at pos %zu", strlen(w->key));
    if (end != start && (sk_parse_u64(start, (size_t)(end - start), &v) || v > 100000))
        return bad(w, "Parsing error: index %.*s is too large", (int)(end - start), start);
    *out = end == start ? -1 : (int64_t)v;
    w->pos = (size_t)(end + 1 - w->key);
    return 0;
}

static int become(struct walk *w, enum sk_node_kind kind)
{
    *w->slot = sk_node_new(w->mem, kind, &w->at);
    return *w->slot ? 0 : -ENOMEM;
}

static int list_to_map(struct walk *w)
{
    struct sk_node *list = *w->slot;
    int err = become(w, SK_NODE_MAP);

    for (size_t i = 0; i < list->n && !err; i++) {
        char number[24];

        snprintf(number, sizeof(number), "%zu", i);
        err = sk_node_push(w->mem, *w->slot, number, list->item[i], NULL);
    }
    return err;
}

static int step_name(struct walk *w, const char *name)
{
    struct sk_node *n = *w->slot;
    int err = 0;

    if (n->kind == SK_NODE_SCALAR)
        return bad(w, "'%s' is asked of a value that is plain text", name);
    if (n->kind == SK_NODE_NULL)
        err = become(w, SK_NODE_MAP);
    else if (n->kind == SK_NODE_LIST)
        err = list_to_map(w);
    if (err)
        return err;
    n = *w->slot;
    if (!sk_node_get(n, name)) {
        struct sk_node *fresh = sk_node_new(w->mem, SK_NODE_NULL, &w->at);

        err = fresh ? sk_node_push(w->mem, n, name, fresh, &w->at) : -ENOMEM;
        if (err)
            return err;
    }
    for (size_t i = 0; i < n->n; i++) {
        if (!strcmp(n->key[i].text, name)) {
            w->slot = &n->item[i];
            break;
        }
    }
    return 0;
}

static int step_index(struct walk *w, int64_t index)
{
    struct sk_node *n = *w->slot;
    int err = 0;

    if (n->kind == SK_NODE_MAP && index >= 0) {
        char number[24];

        snprintf(number, sizeof(number), "%lld", (long long)index);
        return step_name(w, number);
    }
    if (n->kind == SK_NODE_SCALAR || n->kind == SK_NODE_MAP)
        return bad(w, "an index is asked of a value that is not a list");
    if (n->kind == SK_NODE_NULL)
        err = become(w, SK_NODE_LIST);
    if (err)
        return err;
    n = *w->slot;
    if (index > (int64_t)n->n)
        return bad(w, "index %lld is beyond the end of the list (%zu)", (long long)index, n->n);
    if (index < 0 || index == (int64_t)n->n) {
        struct sk_node *fresh = sk_node_new(w->mem, SK_NODE_NULL, &w->at);

        err = fresh ? sk_node_push(w->mem, n, NULL, fresh, NULL) : -ENOMEM;
        if (err)
            return err;
        index = (int64_t)n->n - 1;
    }
    w->slot = &n->item[index];
    return 0;
}

static int walk_node(struct walk *w)
{
    sk_auto(buf) struct sk_buf name = SK_BUF(4096);
    int err = parse_name(w, &name);

    if (!err)
        err = step_name(w, sk_buf_str(&name).p);
    while (!err && w->key[w->pos] == '[') {
        int64_t index = 0;

        err = parse_index(w, &index);
        if (!err)
            err = step_index(w, index);
    }
    if (!err && w->key[w->pos] && w->key[w->pos] != '.')
        err = bad(w, "Parsing error: expected '.' character at pos %zu", w->pos);
    return err;
}

static int parse_value(struct walk *w, const char *text, struct sk_node **out)
{
    size_t n = strlen(text);

    if (n >= 2 && text[0] == '{' && text[n - 1] == '}')
        return sk_node_parse(w->mem, SK_NODE_COMMAND_LINE, sk_str(text), out, w->dg);
    *out = sk_node_scalar(w->mem, text, &w->at);
    return *out ? 0 : -ENOMEM;
}

int sk_node_override(struct sk_arena *mem, struct sk_node **root, const char *option,
                     struct sk_diag *dg)
{
    const char *eq = strchr(option, '=');
    struct walk w = {.mem = mem, .dg = dg, .at = {SK_NODE_COMMAND_LINE, 0, 0}, .slot = root};
    struct sk_node *value = NULL;
    int err;

    if (!eq)
        return sk_err(dg, -EINVAL, NULL,
                      "Error parsing config option \"%s\". Must be of the form key=val or "
                      "key.subkey=val",
                      option);
    w.key = sk_arena_dup(mem, (struct sk_str){option, (size_t)(eq - option)});
    if (!w.key)
        return -ENOMEM;
    err = parse_value(&w, eq + 1, &value);
    if (!err)
        err = walk_node(&w);
    while (!err && w.key[w.pos] == '.') {
        w.pos++;
        err = walk_node(&w);
    }
    if (!err)
        *w.slot = value;
    return err;
}
