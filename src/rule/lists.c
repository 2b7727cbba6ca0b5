/* SPDX-License-Identifier: Apache-2.0 */
/* lists.c - lists put into lists, and into the text of conditions.
 *
 * Falco replaces the names of lists in the text, before anything is parsed, list by list in the
 * order of their definition: what list number i put in may be the name of a later list, not of an
 * earlier one. Here one pass over the text does the same: a word is looked up once, and its items
 * are expanded with the later lists only. */
#include <errno.h>

#include "rule/loader.h"

#define EXPAND_DEPTH_MAX 64u

bool sk_lists_is_delim(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '(' || c == ')' || c == ',' ||
           c == '=';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void sk_lists_quote(struct sk_str item, struct sk_buf *out)
{
    bool quote = item.n && item.p[0] != '"' && item.p[0] != '\'' && memchr(item.p, ' ', item.n);

    sk_buf_addz(out, quote ? "\"" : "");
    sk_buf_adds(out, item);
    sk_buf_addz(out, quote ? "\"" : "");
}

static bool add_quoted(struct sk_arena *mem, struct sk_strv *v, struct sk_str item)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_LOAD_TEXT_MAX);
    const char *p;

    if (!item.n || !memchr(item.p, ' ', item.n))
        return sk_strv_add(mem, v, item);
    sk_lists_quote(item, &b);
    p = b.failed ? NULL : sk_arena_dup(mem, sk_buf_str(&b));
    return p && sk_strv_add(mem, v, (struct sk_str){p, b.n});
}

/* An item that names a list from before the last change of this one stands for that list's items,
 * one level deep. */
static bool compile_one(struct sk_generation *g, struct sk_list_out *out)
{
    const struct sk_list_def *def = out->def;

    for (size_t i = 0; i < def->items.n; i++) {
        struct sk_list_out *ref = sk_map_get(g->list_by_name, def->items.v[i]);

        if (!ref || ref->def->index >= def->visibility) {
            if (!sk_strv_add(g->mem, &out->raw, def->items.v[i]) ||
                !add_quoted(g->mem, &out->items, def->items.v[i]))
                return false;
            continue;
        }
        ref->used = true;
        if (!sk_strv_add(g->mem, &out->refs, ref->def->name))
            return false;
        for (size_t k = 0; k < ref->def->items.n; k++)
            if (!add_quoted(g->mem, &out->items, ref->def->items.v[k]))
                return false;
    }
    return true;
}

static bool join(struct sk_generation *g, struct sk_list_out *out)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_LOAD_TEXT_MAX);

    for (size_t i = 0; i < out->items.n; i++) {
        sk_buf_addz(&b, i ? ", " : "");
        sk_buf_adds(&b, out->items.v[i]);
    }
    out->joined = (struct sk_str){b.failed ? NULL : sk_arena_dup(g->mem, sk_buf_str(&b)), b.n};
    return out->joined.p != NULL;
}

int sk_lists_compile(struct sk_loader *ld, struct sk_generation *g)
{
    struct sk_ruleset *rs = ld->rs;

    g->nlists = rs->nlists;
    g->lists = sk_arena_alloc(g->mem, SK_MAX(g->nlists, 1u) * sizeof(*g->lists));
    if (!g->lists)
        return sk_load_oom(ld);
    for (size_t i = 0; i < g->nlists; i++) {
        struct sk_str name = rs->lists[i]->name;

        g->lists[i].def = rs->lists[i];
        g->lists[i].pos = i;
        for (size_t k = 0; k < name.n; k++)
            g->odd_list_names |= sk_lists_is_delim(name.p[k]);
        if (sk_map_put(g->list_by_name, name, &g->lists[i]))
            return sk_load_oom(ld);
    }
    for (size_t i = 0; i < g->nlists; i++)
        if (!compile_one(g, &g->lists[i]) || !join(g, &g->lists[i]))
            return sk_load_oom(ld);
    return 0;
}

/* An empty list takes one comma beside it away: the one before it, else the one after it. */
static size_t drop_comma(struct sk_str text, size_t i, struct sk_buf *out, size_t floor)
{
    size_t n = out->n;

    while (n > floor && is_blank(out->p[n - 1]))
        n--;
    if (n > floor && out->p[n - 1] == ',') {
        out->n = n - 1;
        out->p[out->n] = '\0';
        return i;
    }
    for (n = i; n < text.n && is_blank(text.p[n]);)
        n++;
    return n < text.n && text.p[n] == ',' ? n + 1 : i;
}

static void expand(struct sk_generation *g, struct sk_str text, size_t from, unsigned depth,
                   struct sk_buf *out)
{
    size_t i = 0, floor = out->n;

    while (i < text.n && !out->failed) {
        struct sk_list_out *list;
        size_t end = i;

        if (sk_lists_is_delim(text.p[i])) {
            sk_buf_addc(out, text.p[i++]);
            continue;
        }
        while (end < text.n && !sk_lists_is_delim(text.p[end]))
            end++;
        list = sk_map_get(g->list_by_name, (struct sk_str){text.p + i, end - i});
        if (!list || list->pos < from || depth == EXPAND_DEPTH_MAX) {
            sk_buf_add(out, text.p + i, end - i);
            i = end;
            continue;
        }
        list->used = true;
        i = end;
        if (list->items.n)
            expand(g, list->joined, list->pos + 1, depth + 1, out);
        else
            i = drop_comma(text, i, out, floor);
    }
}

/* A list whose name has a blank or a bracket inside is no single word: it is searched for. */
static void expand_odd(const struct sk_list_out *list, struct sk_str text, bool *used,
                       struct sk_buf *out)
{
    struct sk_str name = list->def->name;
    size_t i = 0;

    while (i < text.n && !out->failed) {
        const char *hit = memmem(text.p + i, text.n - i, name.p, name.n);
        size_t at = hit ? (size_t)(hit - text.p) : text.n, end = at + name.n;
        bool whole = hit && (at == 0 || sk_lists_is_delim(text.p[at - 1])) &&
                     (end >= text.n || sk_lists_is_delim(text.p[end]));

        sk_buf_add(out, text.p + i, at - i);
        i = at;
        if (!hit)
            return;
        if (!whole) {
            sk_buf_addc(out, text.p[i++]);
            continue;
        }
        *used = true;
        i = end;
        if (list->items.n)
            sk_buf_adds(out, list->joined);
        else
            i = drop_comma(text, i, out, 0);
    }
}

int sk_lists_expand(struct sk_generation *g, struct sk_str text, struct sk_buf *out)
{
    expand(g, text, 0, 0, out);
    for (size_t i = 0; g->odd_list_names && i < g->nlists; i++) {
        struct sk_list_out *list = &g->lists[i];
        sk_auto(buf) struct sk_buf next = SK_BUF(SK_LOAD_TEXT_MAX);
        bool odd = false;

        for (size_t k = 0; k < list->def->name.n; k++)
            odd |= sk_lists_is_delim(list->def->name.p[k]);
        if (!odd)
            continue;
        expand_odd(list, sk_buf_str(out), &list->used, &next);
        sk_buf_reset(out);
        sk_buf_adds(out, sk_buf_str(&next));
        out->failed |= next.failed;
    }
    return out->failed ? -E2BIG : 0;
}
