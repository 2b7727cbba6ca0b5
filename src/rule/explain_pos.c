/* SPDX-License-Identifier: Apache-2.0 */
/* explain_pos.c - where in its file a part of a condition stands.
 *
 * What is parsed is not the text of the file: YAML folded its lines, lists were put in, exceptions
 * were added.  A part begins with a word (a field, the name of a macro, `not`) where an operand is due;
 * lists bring values, which stand elsewhere.  So the n-th part of that word in the parsed text is the
 * n-th in the condition as the file gives it; from there both are gone through side by side, blanks
 * left out.  Where that fails (escapes, a comment, text
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

static bool is_delim(char c)
{
    return is_blank(c) || memchr("(),=<>!", c, 7) != NULL;
}

/* Behind the token that begins at `at`: a quoted text, a delimiter, or what lies between delimiters. */
static size_t skip_token(struct sk_str text, size_t at)
{
    const char quote = text.p[at];

    if (quote == '"' || quote == '\'') {
        for (at++; at < text.n && text.p[at] != quote; at++)
            at += text.p[at] == '\\';
        return SK_MIN(at + 1, text.n);
    }
    if (is_delim(text.p[at]))
        return at + 1;
    while (at < text.n && !is_delim(text.p[at]))
        at++;
    return at;
}

/* Behind the bracket that closes the one at `at`. */
static size_t skip_list(struct sk_str text, size_t at)
{
    for (size_t depth = 0; at < text.n; at = skip_token(text, at)) {
        depth += text.p[at] == '(';
        if (text.p[at] == ')' && --depth == 0)
            return at + 1;
    }
    return text.n;
}

/* Goes from part to part. */
struct parts {
    struct sk_str text;
    size_t at;
    bool operand; /* a part begins at the next word; `not` is one, and what follows it */
};

/* false: no more. What lists bring stands behind an operator or in its brackets: no part begins there. */
static bool next_part(struct parts *p, size_t *out)
{
    while (p->at < p->text.n) {
        const size_t at = p->at;
        const char c = p->text.p[at];
        const bool operand = p->operand;
        struct sk_str word;

        p->at = c == '(' && !operand ? skip_list(p->text, at) : skip_token(p->text, at);
        if (is_blank(c) || c == '(')
            continue;
        word = word_at(p->text, at);
        p->operand =
            operand ? sk_str_eqz(word, "not") : sk_str_eqz(word, "and") || sk_str_eqz(word, "or");
        if (operand && word.n) {
            *out = at;
            return true;
        }
    }
    return false;
}

static struct parts parts_of(struct sk_str text)
{
    return (struct parts){.text = text, .operand = true};
}

/* Which of the parts that begin with the same word is the one at `at` (from 0)? false: none is there. */
static bool part_number(struct sk_str text, size_t at, size_t *out)
{
    const struct sk_str word = word_at(text, at);
    struct parts p = parts_of(text);

    *out = 0;
    for (size_t i; next_part(&p, &i) && i <= at;) {
        if (i == at)
            return true;
        *out += sk_str_eq(word_at(text, i), word);
    }
    return false;
}

/* Where the part of that number begins, or text.n. */
static size_t find_part(struct sk_str text, struct sk_str word, size_t number)
{
    struct parts p = parts_of(text);

    for (size_t i; next_part(&p, &i);)
        if (sk_str_eq(word_at(text, i), word) && number-- == 0)
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
    struct sk_str cond;
    size_t at, number;

    if (!ctx || pos.idx >= r->text.n || !part_number(r->text, pos.idx, &number))
        return out;
    cond = r->def->cond;
    at = find_part(cond, word_at(r->text, pos.idx), number);
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
