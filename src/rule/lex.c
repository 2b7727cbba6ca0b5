/* SPDX-License-Identifier: Apache-2.0 */
/* lex.c - hand-written matchers of the token patterns; every one is linear in what it consumes. */
#include "rule/lex.h"

#include <ctype.h>

#include "field/quote.h"

void sk_lex_init(struct sk_lex *lx, struct sk_str in)
{
    *lx = (struct sk_lex){.in = in, .pos = {.idx = 0, .line = 1, .col = 1}, .last = {"", 0}};
}

static const char *at(const struct sk_lex *lx)
{
    return lx->in.p + lx->pos.idx;
}

static size_t rest(const struct sk_lex *lx)
{
    return lx->in.n - lx->pos.idx;
}

/* Both CR and LF end a line: "\r\n" counts as two, as it always has. */
static void advance(struct sk_lex *lx, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = lx->in.p[lx->pos.idx++];

        lx->pos.col++;
        if (c == '\r' || c == '\n') {
            lx->pos.col = 1;
            lx->pos.line++;
        }
    }
}

static bool take(struct sk_lex *lx, size_t n, struct sk_str *out)
{
    if (n == 0)
        return false;
    lx->last = (struct sk_str){at(lx), n};
    if (out)
        *out = lx->last;
    advance(lx, n);
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\b' || c == '\r' || c == '\n';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

bool sk_lex_blank(struct sk_lex *lx)
{
    size_t n = 0;

    while (n < rest(lx) && is_blank(at(lx)[n]))
        n++;
    advance(lx, n);
    return n > 0;
}

bool sk_lex_lit(struct sk_lex *lx, const char *literal)
{
    size_t n = strlen(literal);

    if (rest(lx) < n || memcmp(at(lx), literal, n) != 0)
        return false;
    return take(lx, n, NULL);
}

static size_t ident_len(const char *p, size_t n)
{
    size_t i = 0;

    if (n == 0 || !is_letter(p[0]))
        return 0;
    while (i < n && is_word(p[i]))
        i++;
    return i;
}

bool sk_lex_ident(struct sk_lex *lx, struct sk_str *out)
{
    return take(lx, ident_len(at(lx), rest(lx)), out);
}

bool sk_lex_field(struct sk_lex *lx, struct sk_str *out)
{
    const char *p = at(lx);
    size_t n = rest(lx), len = ident_len(p, n), part;
    bool dotted = false;

    while (len && len < n && p[len] == '.') {
        part = ident_len(p + len + 1, n - len - 1);
        if (!part)
            break;
        len += 1 + part;
        dotted = true;
    }
    return dotted && take(lx, len, out);
}

static size_t digits(const char *p, size_t n, size_t from)
{
    while (from < n && is_digit(p[from]))
        from++;
    return from;
}

/* Hex digits, or decimals with an optional fraction and exponent (whose sign is mandatory). */
static size_t number_len(const char *p, size_t n)
{
    size_t i = 0, first, exp;

    if (n > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X') && isxdigit((unsigned char)p[2])) {
        for (i = 2; i < n && isxdigit((unsigned char)p[i]);)
            i++;
        return i;
    }
    if (i < n && (p[i] == '+' || p[i] == '-'))
        i++;
    first = i;
    i = digits(p, n, i);
    if (i == first)
        return 0;
    if (i < n && p[i] == '.')
        i = digits(p, n, i + 1);
    if (i + 2 < n && (p[i] == 'e' || p[i] == 'E') && (p[i + 1] == '+' || p[i + 1] == '-')) {
        exp = digits(p, n, i + 2);
        if (exp > i + 2)
            i = exp;
    }
    return i;
}

bool sk_lex_number(struct sk_lex *lx, struct sk_str *out)
{
    return take(lx, number_len(at(lx), rest(lx)), out);
}

static bool take_until(struct sk_lex *lx, const char *stop, struct sk_str *out)
{
    size_t n = 0;
    char c;

    for (; n < rest(lx); n++) {
        c = at(lx)[n];
        if (isspace((unsigned char)c) || (c && strchr(stop, c)))
            break;
    }
    return take(lx, n, out);
}

bool sk_lex_bare(struct sk_lex *lx, struct sk_str *out)
{
    return take_until(lx, "()\"'=,", out);
}

bool sk_lex_arg(struct sk_lex *lx, struct sk_str *out)
{
    return take_until(lx, "[]\"'", out);
}

bool sk_lex_quoted(struct sk_lex *lx, struct sk_str *out, char *quote)
{
    size_t n = sk_quote_len((struct sk_str){at(lx), rest(lx)});

    if (!n)
        return false;
    *quote = at(lx)[0];
    *out = (struct sk_str){at(lx) + 1, n - 2};
    lx->last = *out;
    advance(lx, n);
    return true;
}
