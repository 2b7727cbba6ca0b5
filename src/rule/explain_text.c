/* SPDX-License-Identifier: Apache-2.0 */
/* explain_text.c - a condition's parts, results and values, for people and as JSON. */
#include "rule/explain.h"

#define VALUE_MAX 400u /* bytes of a value that are shown */

/* At most max bytes, but no part of a character (UTF-8). */
static size_t whole_chars(const struct sk_buf *b, size_t max)
{
    size_t n = max;

    while (n > 0 && n + 4 > max && ((unsigned char)b->p[n] & 0xc0) == 0x80)
        n--;
    return ((unsigned char)b->p[n] & 0xc0) == 0x80 ? max : n;
}

static void add_value(const struct sk_vals *v, const struct sk_expr *e, struct sk_buf *out)
{
    bool many = v->n != 1 || e->is_list;

    sk_buf_addz(out, many ? "(" : "");
    for (size_t i = 0; i < v->n; i++) {
        sk_auto(buf) struct sk_buf one = SK_BUF(1u << 20);

        sk_buf_addz(out, i ? ", " : "");
        sk_val_text(&v->v[i], e->fmt, &one);
        if (one.n > VALUE_MAX) {
            sk_buf_add(out, one.p, whole_chars(&one, VALUE_MAX));
            sk_buf_addz(out, "...");
        } else if (one.n == 0) {
            sk_buf_addz(out, "\"\"");
        } else {
            sk_buf_adds(out, sk_buf_str(&one));
        }
    }
    sk_buf_addz(out, many ? ")" : "");
}

/* "FIELD = VALUE" or "FIELD absent"; false: absent. */
static bool value_of(const struct sk_why_field *f, const struct sk_ctx *cx, struct sk_buf *out)
{
    struct sk_vals v;

    if (!sk_expr_extract(cx, f->expr, &v))
        return false;
    add_value(&v, f->expr, out);
    return true;
}

static void add_fields(const struct sk_why_node *node, const struct sk_ctx *cx, struct sk_buf *out)
{
    for (size_t i = 0; i < node->nfields; i++) {
        sk_auto(buf) struct sk_buf value = SK_BUF(1u << 20);

        sk_buf_addz(out, i ? ", " : " (");
        sk_buf_adds(out, node->field[i].text);
        if (value_of(&node->field[i], cx, &value)) {
            sk_buf_addz(out, " = ");
            sk_buf_adds(out, sk_buf_str(&value));
        } else {
            sk_buf_addz(out, " absent");
        }
    }
    sk_buf_addz(out, node->nfields ? ")" : "");
}

/* "open_read: and", "evt.type = open". */
static void add_name(const struct sk_why_node *node, struct sk_buf *out)
{
    if (node->macro.n) {
        sk_buf_adds(out, node->macro);
        sk_buf_addz(out, ": ");
    }
    sk_buf_adds(out, node->text);
}

/* Which parts made the whole false (or true): the others do not matter. */
static bool explains(const struct sk_why *w, size_t i, bool *wanted)
{
    const struct sk_why_node *node = &w->node[i];
    bool counts = !wanted || wanted[i];

    for (size_t k = i + 1; wanted && k < node->end; k = w->node[k].end)
        wanted[k] = counts && (node->kind == SK_WHY_NOT || w->node[k].result == node->result);
    return counts;
}

void sk_why_tree(const struct sk_why *w, const struct sk_ctx *cx, bool decisive, unsigned indent,
                 struct sk_buf *out)
{
    bool *wanted = decisive ? calloc(w->n + 1, sizeof(*wanted)) : NULL;

    if (decisive && !wanted) {
        out->failed = true;
        return;
    }
    if (wanted)
        wanted[0] = true;
    for (size_t i = 0; i < w->n; i++) {
        const struct sk_why_node *node = &w->node[i];

        if (!explains(w, i, wanted))
            continue;
        sk_buf_printf(out, "%*s", (int)(indent + 2 * node->depth), "");
        add_name(node, out);
        if (cx)
            sk_buf_addz(out, node->result ? ": true" : ": false");
        if (cx && node->kind == SK_WHY_CHECK)
            add_fields(node, cx, out);
        sk_buf_addc(out, '\n');
    }
    free(wanted);
}

/* Names of the events, each once; the enter halves of calls have the names of the exits. */
static void add_events(const struct sk_event_set *set, const char *before, const char *after,
                       const char *between, struct sk_buf *out)
{
    bool any = false;

    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        bool known = sk_events[code].flags & SK_EF_UNUSED || !sk_event_set_has(set, code);

        for (unsigned c = 0; c < code && !known; c++)
            known = sk_event_set_has(set, c) && !strcmp(sk_events[c].name, sk_events[code].name);
        if (known)
            continue;
        sk_buf_printf(out, "%s%s%s%s", any ? between : "", before, sk_events[code].name, after);
        any = true;
    }
}

static void add_all_fields(const struct sk_why *w, const char *before, const char *after,
                           const char *between, struct sk_buf *out)
{
    bool any = false;

    for (size_t i = 0; i < w->n; i++) {
        for (size_t f = 0; f < w->node[i].nfields; f++) {
            struct sk_str text = w->node[i].field[f].text;
            bool known = false;

            for (size_t k = 0; k < i && !known; k++)
                for (size_t g = 0; g < w->node[k].nfields; g++)
                    known |= sk_str_eq(w->node[k].field[g].text, text);
            if (known)
                continue;
            sk_buf_printf(out, "%s%s", any ? between : "", before);
            if (*before)
                sk_buf_add_json(out, text);
            else
                sk_buf_adds(out, text);
            sk_buf_addz(out, after);
            any = true;
        }
    }
}

void sk_why_describe(const struct sk_why *w, struct sk_buf *out)
{
    const struct sk_rule *r = w->rule;

    sk_buf_printf(out, "rule:      %s\n", r->name);
    sk_buf_printf(out, "place:     %s:%u:%u\n", w->file, r->at.line, r->at.col);
    sk_buf_printf(out, "priority:  %s\nsource:    %s\n", sk_level_name(r->priority), r->source);
    sk_buf_printf(out, "enabled:   %s\n",
                  !r->enabled  ? "no (enabled: false)"
                  : !r->active ? "no (by the configuration)"
                               : "yes");
    sk_buf_addz(out, "tags:     ");
    for (size_t i = 0; i < r->ntags; i++)
        sk_buf_printf(out, " %s", r->tags[i]);
    sk_buf_addz(out, "\nevents:    ");
    add_events(&r->events, "", "", " ", out);
    sk_buf_addz(out, "\nfields:    ");
    add_all_fields(w, "", "", " ", out);
    sk_buf_printf(out, "\noutput:    %s\ncondition:\n", r->output_compiled);
    sk_why_tree(w, NULL, false, 2, out);
}

static void json_text(const char *key, struct sk_str s, struct sk_buf *out)
{
    sk_buf_printf(out, "\"%s\":\"", key);
    sk_buf_add_json(out, s);
    sk_buf_addc(out, '"');
}

static void json_node(const struct sk_why *w, size_t i, const struct sk_ctx *cx, struct sk_buf *out)
{
    const struct sk_why_node *node = &w->node[i];

    sk_buf_addc(out, '{');
    json_text(node->kind == SK_WHY_CHECK ? "check" : "operator", node->text, out);
    if (node->macro.n) {
        sk_buf_addc(out, ',');
        json_text("macro", node->macro, out);
    }
    if (node->pos.line)
        sk_buf_printf(out, ",\"line\":%u,\"column\":%u", node->pos.line, node->pos.col);
    if (cx)
        sk_buf_printf(out, ",\"result\":%s", node->result ? "true" : "false");
    if (cx && node->kind == SK_WHY_CHECK) {
        sk_buf_addz(out, ",\"values\":{");
        for (size_t f = 0; f < node->nfields; f++) {
            sk_auto(buf) struct sk_buf value = SK_BUF(1u << 20);
            bool has = value_of(&node->field[f], cx, &value);

            sk_buf_addz(out, f ? ",\"" : "\"");
            sk_buf_add_json(out, node->field[f].text);
            sk_buf_addz(out, has ? "\":\"" : "\":null");
            if (has) {
                sk_buf_add_json(out, sk_buf_str(&value));
                sk_buf_addc(out, '"');
            }
        }
        sk_buf_addc(out, '}');
    }
    if (node->kind != SK_WHY_CHECK) {
        sk_buf_addz(out, ",\"parts\":[");
        for (size_t k = i + 1; k < node->end; k = w->node[k].end) {
            sk_buf_addz(out, k == i + 1 ? "" : ",");
            json_node(w, k, cx, out);
        }
        sk_buf_addc(out, ']');
    }
    sk_buf_addc(out, '}');
}

void sk_why_json(const struct sk_why *w, const struct sk_ctx *cx, struct sk_buf *out)
{
    const struct sk_rule *r = w->rule;

    sk_buf_addc(out, '{');
    json_text("rule", sk_str(r->name), out);
    sk_buf_addc(out, ',');
    json_text("file", sk_str(w->file), out);
    sk_buf_printf(out, ",\"line\":%u,\"priority\":\"%s\",\"source\":\"%s\",\"enabled\":%s",
                  r->at.line, sk_level_name(r->priority), r->source, r->active ? "true" : "false");
    sk_buf_addz(out, ",\"tags\":[");
    for (size_t i = 0; i < r->ntags; i++) {
        sk_buf_addz(out, i ? ",\"" : "\"");
        sk_buf_add_json(out, sk_str(r->tags[i]));
        sk_buf_addc(out, '"');
    }
    sk_buf_addz(out, "],\"events\":[");
    add_events(&r->events, "\"", "\"", ",", out);
    sk_buf_addz(out, "],\"fields\":[");
    add_all_fields(w, "\"", "\"", ",", out);
    sk_buf_addz(out, "],\"condition\":");
    json_node(w, 0, cx, out);
    sk_buf_addc(out, '}');
}
