/* SPDX-License-Identifier: Apache-2.0 */
/* match.c - decides one predicate on extracted values.
 *
 * Nothing here allocates but from the event's arena: a copy where a C function wants a terminated
 * string, or where RE2 wants valid UTF-8. */
#include <ctype.h>
#include <fnmatch.h>

#include "rule/ir.h"

#define GLOB_STACK 1024

static bool has_text(struct sk_str a, struct sk_str b)
{
    return b.n == 0 || (a.n && memmem(a.p, a.n, b.p, b.n));
}

static bool same_nocase(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]))
            return false;
    return true;
}

/* The next place of c in s at or behind `from`; behind the end: none. */
static size_t next_byte(struct sk_str s, size_t from, int c)
{
    const char *p = from < s.n ? memchr(s.p + from, c, s.n - from) : NULL;

    return p ? (size_t)(p - s.p) : s.n;
}

/* Goes from one place of the first character, in either case, to the next. */
static bool has_text_nocase(struct sk_str a, struct sk_str b)
{
    int low, high;
    size_t l, h;

    if (!b.n)
        return true;
    low = tolower((unsigned char)b.p[0]);
    high = toupper((unsigned char)b.p[0]);
    l = next_byte(a, 0, low);
    h = next_byte(a, 0, high);
    for (;;) {
        size_t at = SK_MIN(l, h);

        if (at >= a.n || a.n - at < b.n)
            return false;
        if (same_nocase(a.p + at, b.p, b.n))
            return true;
        if (l == at)
            l = next_byte(a, at + 1, low);
        if (h == at)
            h = next_byte(a, at + 1, high);
    }
}

static bool is_plain(char c)
{
    return c != '*' && c != '?' && c != '[' && c != ']' && c != '\\';
}

/* What stands before the first and behind the last sign of a pattern must be there literally: that
 * settles most texts. */
static bool may_fit(struct sk_str pattern, struct sk_str text)
{
    size_t begin = 0, end = 0;

    while (begin < pattern.n && is_plain(pattern.p[begin]))
        begin++;
    if (begin == pattern.n)
        return sk_str_eq(pattern, text);
    while (is_plain(pattern.p[pattern.n - 1 - end]))
        end++;
    return sk_str_starts(text, (struct sk_str){pattern.p, begin}) &&
           sk_str_ends(text, (struct sk_str){pattern.p + pattern.n - end, end});
}

static bool glob(struct sk_str pattern, struct sk_str text, int flags, struct sk_arena *tmp)
{
    char stack[GLOB_STACK];
    char *p;

    if (!flags && !may_fit(pattern, text))
        return false;
    p = text.n < sizeof(stack) ? stack : sk_arena_alloc(tmp, text.n + 1);
    if (!p)
        return false;
    if (text.n)
        memcpy(p, text.p, text.n);
    p[text.n] = '\0';
    return fnmatch(pattern.p, p, flags) == 0;
}

/* Bytes that are no UTF-8 become U+FFFD; valid text stays where it is. */
static bool clean_utf8(struct sk_str in, struct sk_arena *tmp, struct sk_str *out)
{
    size_t i = 0, n = 0, len, bad;
    char *p;

    while (i < in.n && (len = sk_utf8_len((struct sk_str){in.p + i, in.n - i}, &bad)))
        i += len;
    *out = in;
    if (i == in.n)
        return true;
    p = sk_arena_alloc(tmp, in.n * 3);
    if (!p)
        return false;
    for (i = 0; i < in.n; i += len ? len : 1) {
        len = sk_utf8_len((struct sk_str){in.p + i, in.n - i}, &bad);
        memcpy(p + n, len ? in.p + i : "\xef\xbf\xbd", len ? len : 3);
        n += len ? len : 3;
    }
    *out = (struct sk_str){p, n};
    return true;
}

static bool matches_regex(const struct sk_regex *rx, struct sk_str text, struct sk_arena *tmp)
{
    struct sk_str clean;

    return clean_utf8(text, tmp, &clean) && sk_regex_match(rx, clean.n ? clean.p : "", clean.n);
}

static int order_text(struct sk_str a, struct sk_str b)
{
    size_t n = SK_MIN(a.n, b.n);
    int c = n ? memcmp(a.p, b.p, n) : 0;

    return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* Result of an ordering operator for a three-way comparison. */
static bool ordered(enum sk_op op, int c)
{
    switch (op) {
    case SK_OP_EQ:
    case SK_OP_IN:
    case SK_OP_INTERSECTS:
        return c == 0;
    case SK_OP_NE:
        return c != 0;
    case SK_OP_LT:
        return c < 0;
    case SK_OP_LE:
        return c <= 0;
    case SK_OP_GT:
        return c > 0;
    case SK_OP_GE:
        return c >= 0;
    default:
        return false;
    }
}

static bool compare_text(enum sk_op op, struct sk_str a, struct sk_str b, struct sk_arena *tmp)
{
    switch (op) {
    case SK_OP_EQ:
    case SK_OP_IN:
    case SK_OP_INTERSECTS:
        return sk_str_eq(a, b);
    case SK_OP_NE:
        return !sk_str_eq(a, b);
    case SK_OP_CONTAINS:
    case SK_OP_BCONTAINS:
        return has_text(a, b);
    case SK_OP_ICONTAINS:
        return has_text_nocase(a, b);
    case SK_OP_STARTSWITH:
    case SK_OP_BSTARTSWITH:
        return sk_str_starts(a, b);
    case SK_OP_ENDSWITH:
        return sk_str_ends(a, b);
    case SK_OP_GLOB:
        return glob(b, a, 0, tmp);
    case SK_OP_IGLOB:
        return glob(b, a, FNM_CASEFOLD, tmp);
    default:
        return ordered(op, order_text(a, b));
    }
}

/* Extractors may set the bool alone: the first byte is right either way. */
static uint64_t number_of(enum sk_type type, const struct sk_val *v)
{
    uint8_t byte;

    if (type != SK_T_BOOL)
        return v->u64;
    memcpy(&byte, &v->u64, 1);
    return byte;
}

static int order_number(enum sk_type type, uint64_t a, uint64_t b)
{
    if (sk_type_is_signed(type))
        return ((int64_t)a > (int64_t)b) - ((int64_t)a < (int64_t)b);
    return (a > b) - (a < b);
}

static bool compare(enum sk_op op, enum sk_type type, const struct sk_val *v,
                    const struct sk_const *c, struct sk_arena *tmp)
{
    switch (type) {
    case SK_T_IPNET:
    case SK_T_IPV4NET:
    case SK_T_IPV6NET:
        return sk_const_in_net(c, v->s) == (op != SK_OP_NE);
    case SK_T_IPADDR:
    case SK_T_IPV4ADDR:
    case SK_T_IPV6ADDR:
        return sk_str_eq(v->s, c->s) == (op != SK_OP_NE);
    case SK_T_DOUBLE:
        return ordered(op, (v->dbl > c->dbl) - (v->dbl < c->dbl));
    default:
        break;
    }
    if (sk_type_is_text(type) || type == SK_T_BYTEBUF)
        return compare_text(op, v->s, c->s, tmp);
    return ordered(op, order_number(type, number_of(type, v), c->num));
}

static bool in_text_set(const struct sk_pred *pred, struct sk_str s)
{
    return pred->set_lens & sk_set_len(s.n) && sk_map_get(pred->set, s);
}

static bool in_set(const struct sk_pred *pred, const struct sk_val *v)
{
    if (sk_type_is_int(pred->type) || pred->type == SK_T_BOOL)
        return sk_map_get_u64(pred->set, number_of(pred->type, v)) != NULL;
    return in_text_set(pred, v->s);
}

static bool one_constant(const struct sk_pred *pred, size_t i, const struct sk_val *v,
                         struct sk_arena *tmp)
{
    if (pred->op == SK_OP_REGEX)
        return matches_regex(pred->regex[i], v->s, tmp);
    return compare(pred->op, pred->type, v, &pred->rhs[i], tmp);
}

/* One value against all constants. */
static bool against_constants(const struct sk_pred *pred, const struct sk_val *v,
                              struct sk_arena *tmp)
{
    size_t hits = 0;

    if (pred->paths)
        return sk_pmatch_has(pred->paths, v->s);
    if (pred->set)
        return in_set(pred, v) == (pred->op != SK_OP_NE);
    for (size_t i = 0; i < pred->n; i++) {
        bool hit = one_constant(pred, i, v, tmp);

        hits += hit;
        if (!hit && pred->mod == SK_OM_ALLOF)
            return false;
        if (hit && pred->mod != SK_OM_ALLOF && pred->mod != SK_OM_ONEOF)
            return true;
        if (hits > 1 && pred->mod == SK_OM_ONEOF)
            return false;
    }
    return pred->mod == SK_OM_ALLOF ? pred->n > 0 : hits == 1;
}

/* One value against the values of a field; "in" takes them as a set. */
static bool against_values(const struct sk_pred *pred, const struct sk_val *v,
                           const struct sk_vals *right, struct sk_arena *tmp)
{
    for (size_t i = 0; i < right->n; i++) {
        const struct sk_val *r = &right->v[i];
        struct sk_const c = {.num = number_of(pred->type, r), .s = r->s};

        if (pred->type == SK_T_DOUBLE)
            c.dbl = r->dbl;
        if (sk_type_is_text(pred->type) && (pred->op == SK_OP_GLOB || pred->op == SK_OP_IGLOB)) {
            c.s.p = sk_arena_dup(tmp, r->s);
            if (!c.s.p)
                return false;
        }
        if (compare(pred->op, pred->type, v, &c, tmp))
            return true;
    }
    return false;
}

static bool one_value(const struct sk_pred *pred, const struct sk_val *v,
                      const struct sk_vals *right, struct sk_arena *tmp)
{
    return right ? against_values(pred, v, right, tmp) : against_constants(pred, v, tmp);
}

static bool quick_text(enum sk_op op, struct sk_str s, struct sk_str c)
{
    switch (op) {
    case SK_OP_EQ:
        return sk_str_eq(s, c);
    case SK_OP_NE:
        return !sk_str_eq(s, c);
    case SK_OP_STARTSWITH:
        return sk_str_starts(s, c);
    case SK_OP_ENDSWITH:
        return sk_str_ends(s, c);
    default:
        return has_text(s, c);
    }
}

static bool quick(const struct sk_pred *pred, const struct sk_val *v)
{
    switch ((enum sk_quick)pred->quick) {
    case SK_QUICK_TEXT_SET:
        return in_text_set(pred, v->s) == (pred->op != SK_OP_NE);
    case SK_QUICK_NUM_SET:
        return (sk_map_get_u64(pred->set, number_of(pred->type, v)) != NULL) ==
               (pred->op != SK_OP_NE);
    case SK_QUICK_TEXT:
        return quick_text(pred->op, v->s, pred->rhs->s);
    default:
        return ordered(pred->op,
                       order_number(pred->type, number_of(pred->type, v), pred->rhs->num));
    }
}

bool sk_match_pred(const struct sk_pred *pred, const struct sk_vals *left,
                   const struct sk_vals *right, unsigned flags, struct sk_arena *tmp)
{
    bool every;

    if (pred->quick && left->n == 1)
        return quick(pred, left->v);
    every = pred->is_list ? pred->op == SK_OP_IN : (flags & SK_FF_ANY_NOT) && pred->op == SK_OP_NE;
    if (pred->op == SK_OP_EXISTS)
        return true;
    if (!pred->is_list && (left->n == 0 || (left->n > 1 && !(flags & SK_FF_ANY))))
        return false;
    for (size_t i = 0; i < left->n; i++)
        if (one_value(pred, &left->v[i], right, tmp) != every)
            return !every;
    return every;
}
