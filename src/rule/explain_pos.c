/* SPDX-License-Identifier: Apache-2.0 */
/* explain_pos.c - where in its file a part of a condition stands.
 *
 * What is parsed is not the text of the file: YAML folded its lines, lists were put in, exceptions
 * were added.  A part begins with a word (a field, the name of a macro) that no list brings, so the
 * n-th such word of the parsed text is the n-th of the condition as the file gives it; from there
 * both are gone through side by side, blanks left out.  Where that fails (escapes, a comment, text
 * that another item appended) the place is unknown. */
#include "rule/loader.h"

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

static struct sk_str word_at(struct sk_str text, size_t at)
{
    size_t end = at;

    while (end < text.n && word_char(text.p[end]))
        end++;
    return (struct sk_str){text.p + at, end - at};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* How often the word begins in text before `end`. */
static size_t count_word(struct sk_str text, size_t end, struct sk_str word)
{
    size_t n = 0;

    for (size_t i = 0; i < end && i < text.n; i++)
        if ((i == 0 || !word_char(text.p[i - 1])) && sk_str_eq(word_at(text, i), word))
            n++;
    return n;
}

/* Offset of the n-th such word (from 0), or text.n. */
static size_t find_word(struct sk_str text, size_t n, struct sk_str word)
{
    for (size_t i = 0; i < text.n; i++)
        if ((i == 0 || !word_char(text.p[i - 1])) && sk_str_eq(word_at(text, i), word) && n-- == 0)
            return i;
    return text.n;
}

/* Behind the mark of a block scalar (">-", "|2") and its line, or a quote. */
static size_t skip_mark(struct sk_str raw, size_t at)
{
    if (at < raw.n && (raw.p[at] == '>' || raw.p[at] == '|')) {
        while (at < raw.n && raw.p[at] != '\n')
            at++;
        return at;
    }
    return at < raw.n && (raw.p[at] == '"' || raw.p[at] == '\'') ? at + 1 : at;
}

/* The offset in raw that belongs to `to` in text, or raw.n. */
static size_t walk(struct sk_str raw, size_t at, struct sk_str text, size_t to)
{
    for (size_t i = 0;; i++, at++) {
        while (i < to && is_blank(text.p[i]))
            i++;
        while (at < raw.n && is_blank(raw.p[at]))
            at++;
        if (i >= to || at >= raw.n)
            return at;
        if (raw.p[at] != text.p[i])
            return raw.n;
    }
}

struct sk_ast_pos sk_rule_pos(const struct sk_rule_out *r, struct sk_ast_pos pos)
{
    const struct sk_load_ctx *ctx = r ? r->def->cond_ctx : NULL;
    struct sk_ast_pos out = {0};
    struct sk_str word, cond;
    size_t at;

    if (!ctx || pos.idx >= r->text.n)
        return out;
    cond = r->def->cond;
    word = word_at(r->text, pos.idx);
    at = word.n ? find_word(cond, count_word(r->text, pos.idx, word), word) : cond.n;
    if (at >= cond.n)
        return out;
    at = walk(ctx->text, skip_mark(ctx->text, ctx->off), cond, at);
    if (at >= ctx->text.n)
        return out;
    out = (struct sk_ast_pos){.idx = (uint32_t)at, .line = 1, .col = 1};
    for (size_t i = 0; i < at; i++) {
        out.line += ctx->text.p[i] == '\n';
        out.col = ctx->text.p[i] == '\n' ? 1 : out.col + 1;
    }
    return out;
}
