/* SPDX-License-Identifier: Apache-2.0 */
/* transform_parse.c - expressions as output formats have them: the longest one at the start of a
 * text.
 *
 * Conditions have a parser of their own (rule/parse_check.c), which must know positions and word
 * every error; here a text either starts with an expression or does not. */
#include <errno.h>

#include "field/quote.h"
#include "field/transform.h"

struct reader {
    struct sk_str text;
    size_t at;
    struct sk_arena *mem;
    struct sk_buf *err;
    const struct sk_field_set *set;
};

static struct sk_str left(const struct reader *r)
{
    return (struct sk_str){r->text.p + r->at, r->text.n - r->at};
}

static char peek(const struct reader *r)
{
    return r->at < r->text.n ? r->text.p[r->at] : '\0';
}

static void blanks(struct reader *r)
{
    while (peek(r) && strchr(" \t\b\r\n", peek(r)))
        r->at++;
}

static bool eat(struct reader *r, char c)
{
    if (peek(r) != c || !c)
        return false;
    r->at++;
    return true;
}

static int fail(struct reader *r, const char *text)
{
    sk_buf_addz(r->err, text);
    return -EINVAL;
}

static int read_quoted(struct reader *r, struct sk_str *out)
{
    size_t n = sk_quote_len(left(r));
    char err[128], *buf;
    int len;

    if (!n)
        return -ENOENT;
    buf = sk_arena_alloc(r->mem, n);
    if (!buf)
        return -ENOMEM;
    len = sk_quote_unescape((struct sk_str){left(r).p + 1, n - 2}, peek(r), buf, err, sizeof(err));
    if (len < 0)
        return fail(r, err);
    *out = (struct sk_str){buf, (size_t)len};
    r->at += n;
    return 0;
}

/* "[c]" behind a call. */
static int read_index(struct reader *r, struct sk_str *out)
{
    size_t start, n = 0;
    int rc;

    *out = (struct sk_str){NULL, 0};
    if (!eat(r, '['))
        return 0;
    rc = read_quoted(r, out);
    if (rc == -ENOENT) {
        start = r->at;
        while (left(r).n > n && !strchr("[]\"' \t\n\r", left(r).p[n]))
            n++;
        r->at += n;
        *out = (struct sk_str){r->text.p + start, n};
        rc = n ? 0 : fail(r, "expected a valid field argument: a quoted string or a bare string");
    }
    if (rc)
        return rc;
    return eat(r, ']') ? 0 : fail(r, "expected a ']' token");
}

static int read_expr(struct reader *r, unsigned depth, const struct sk_expr **out);

static int read_number(struct reader *r, const struct sk_expr **out)
{
    struct sk_str s = left(r);
    size_t n = 0;

    while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '.' || (!n && s.p[n] == '-')))
        n++;
    if (n == 0)
        return -ENOENT;
    r->at += n;
    return sk_expr_text((struct sk_str){s.p, n}, r->mem, out);
}

static int read_arg(struct reader *r, unsigned depth, const struct sk_expr **out)
{
    struct sk_str text;
    int rc = read_quoted(r, &text);

    if (rc == 0)
        return sk_expr_text(text, r->mem, out);
    if (rc == -ENOENT)
        rc = read_number(r, out);
    return rc == -ENOENT ? read_expr(r, depth, out) : rc;
}

/* Behind "(": arguments and the closing parenthesis; *n counts them. A list may stand in a list of
 * arguments, but not in another list. */
static int read_args(struct reader *r, unsigned depth, bool in_list, const struct sk_expr **arg,
                     size_t *n)
{
    const struct sk_expr *inner[SK_VALS_MAX];
    size_t count;
    int rc;

    blanks(r);
    if (eat(r, ')'))
        return 0;
    do {
        blanks(r);
        if (*n == SK_VALS_MAX)
            return fail(r, "too many arguments of a field transformer");
        count = 0;
        if (!in_list && eat(r, '(')) {
            rc = read_args(r, depth, true, inner, &count);
            if (!rc)
                rc = sk_expr_list(inner, count, r->mem, &arg[*n], r->err);
        } else {
            rc = read_arg(r, depth, &arg[*n]);
        }
        if (rc)
            return rc;
        ++*n;
        blanks(r);
    } while (eat(r, ','));
    return eat(r, ')') ? 0 : fail(r, "expected a ')' token closing the transformer");
}

static int read_call(struct reader *r, enum sk_transform tr, unsigned depth,
                     const struct sk_expr **out)
{
    const struct sk_expr *arg[SK_VALS_MAX];
    struct sk_str index;
    size_t n = 0;
    int rc = read_args(r, depth + 1, false, arg, &n);

    if (!rc)
        rc = read_index(r, &index);
    return rc ? rc : sk_expr_transform(tr, arg, n, index, r->mem, out, r->err);
}

static int read_expr(struct reader *r, unsigned depth, const struct sk_expr **out)
{
    struct sk_str s = left(r);
    size_t n = 0;
    int tr;

    if (depth > SK_EXPR_DEPTH_MAX)
        return fail(r, "exceeded max depth limit of 100");
    while (n < s.n && ((s.p[n] >= 'a' && s.p[n] <= 'z') || (n && s.p[n] >= '0' && s.p[n] <= '9')))
        n++;
    tr = n < s.n && s.p[n] == '(' ? sk_transform_by_name((struct sk_str){s.p, n}) : -1;
    if (tr >= 0 && tr != SK_TR_VAL) {
        r->at += n + 1;
        return read_call(r, (enum sk_transform)tr, depth, out);
    }
    n = sk_field_prefix_in(r->set, s);
    if (n == 0) {
        sk_buf_addz(r->err, "expected a field or a transformer of fields");
        return -ENOENT;
    }
    r->at += n;
    return sk_expr_field(r->set, (struct sk_str){s.p, n}, r->mem, out, r->err);
}

int sk_expr_parse_in(const struct sk_field_set *set, struct sk_str text, struct sk_arena *mem,
                     const struct sk_expr **out, size_t *used, struct sk_buf *err)
{
    struct reader r = {.text = text, .mem = mem, .err = err, .set = set};
    int rc = read_expr(&r, 1, out);

    if (!rc)
        *used = r.at;
    return rc;
}
