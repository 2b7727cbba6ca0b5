/* SPDX-License-Identifier: Apache-2.0 */
/* check_values.c - the constants of a check: parsed by the left type, put into the form in which
 * they are compared (hash set, path tree, RE2), and looked at for likely mistakes. */
#include <errno.h>

#include "rule/ir.h"

#define MSG_MAX 4096u

static void warn(struct sk_compile *c, const struct sk_ast *at, const char *before,
                 struct sk_str value, const char *after)
{
    struct sk_filter_warning w = {.pos = at->pos};

    snprintf(w.text, sizeof(w.text), "%s'%.*s' %s", before, (int)SK_MIN(value.n, (size_t)300),
             value.p, after);
    c->warn(c->warn_self, &w);
}

/* Cuts "^", ".*", ".+" or ".?" off the front, "$" and the same off the end. */
static struct sk_str regex_core(struct sk_str s)
{
    if (s.n && s.p[0] == '^')
        s = (struct sk_str){s.p + 1, s.n - 1};
    if (s.n && s.p[s.n - 1] == '$')
        s.n--;
    if (s.n >= 2 && s.p[0] == '.' && strchr("*+?", s.p[1]))
        s = (struct sk_str){s.p + 2, s.n - 2};
    if (s.n >= 2 && s.p[s.n - 2] == '.' && strchr("*+?", s.p[s.n - 1]))
        s.n -= 2;
    return s;
}

static bool is_plain_regex(struct sk_str s)
{
    s = regex_core(s);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] && strchr("\\.[]{}()*+?|^$", s.p[i]))
            return false;
    return true;
}

/* Most values are no fields (paths, names of files): a look at them saves looking them up. */
static bool is_field(struct sk_compile *c, struct sk_str s)
{
    struct sk_buf msg = SK_BUF(MSG_MAX);
    struct sk_field_ref ref;
    bool yes = s.n && *s.p != '/' && *s.p != '.' && memchr(s.p, '.', s.n) &&
               sk_field_parse_in(c->pool->fields, s, c->pool->mem, &ref, &msg) == 0;

    sk_buf_done(&msg);
    return yes;
}

static bool is_call(struct sk_str s)
{
    const char *paren = s.n ? memchr(s.p, '(', s.n) : NULL;

    return paren && s.p[s.n - 1] == ')' &&
           sk_transform_by_name((struct sk_str){s.p, (size_t)(paren - s.p)}) >= 0;
}

static void warn_value(struct sk_compile *c, const struct sk_ast *value, enum sk_op op)
{
    struct sk_str s = sk_str_trim(value->text);

    if (!c->warn)
        return;
    if (op == SK_OP_REGEX && is_plain_regex(value->text))
        warn(c, value, "regex check with ", value->text,
             "may be optimized with simpler operators such as '=', 'contains', 'startswith', "
             "'endswith'");
    if (is_field(c, s))
        warn(c, value, "", value->text, "may be a valid field misused as a const string value");
    else if (is_call(s))
        warn(c, value, "", value->text,
             "may be a valid field transformer misused as a const string value");
}

void sk_check_warn(struct sk_compile *c, const struct sk_ast *value, enum sk_op op)
{
    if (value->kind == SK_AST_VALUE)
        warn_value(c, value, op);
    for (size_t i = 0; value->kind == SK_AST_LIST && i < value->n; i++)
        warn_value(c, value->child[i], op);
}

static int parse_value(struct sk_compile *c, const struct sk_ast *value, bool is_evt_type,
                       const struct sk_pred *pred, struct sk_const *out)
{
    struct sk_buf msg = SK_BUF(MSG_MAX);
    struct sk_event_set unused;
    int rc;

    warn_value(c, value, pred->op);
    if (is_evt_type && !sk_event_set_by_name(value->text, &unused))
        return sk_compile_fail(c, value, "unknown event type %.*s",
                               (int)SK_MIN(value->text.n, (size_t)400), value->text.p);
    if (pred->op == SK_OP_BCONTAINS || pred->op == SK_OP_BSTARTSWITH)
        rc = sk_const_parse_hex(value->text, c->pool->mem, out, &msg);
    else
        rc = sk_const_parse(pred->type, value->text, c->pool->mem, out, &msg);
    if (rc == -EINVAL)
        rc = sk_compile_fail(c, value, "%s", msg.p ? msg.p : "invalid value");
    sk_buf_done(&msg);
    return rc;
}

/* Are equal values equal keys of a hash map? */
static bool hashable(enum sk_type type)
{
    return type != SK_T_DOUBLE && type != SK_T_IPNET && type != SK_T_IPV4NET &&
           type != SK_T_IPV6NET;
}

static bool wants_set(const struct sk_pred *pred)
{
    if (!hashable(pred->type))
        return false;
    return pred->op == SK_OP_IN || pred->op == SK_OP_INTERSECTS ||
           (pred->op == SK_OP_EQ && pred->mod == SK_OM_ANYOF) ||
           (pred->op == SK_OP_NE && pred->mod == SK_OM_ALLOF);
}

static int build_set(struct sk_pred *pred)
{
    bool numbers = sk_type_is_int(pred->type) || pred->type == SK_T_BOOL;
    int rc = 0;

    pred->set = sk_map_new(pred->n + 1);
    if (!pred->set)
        return -ENOMEM;
    for (size_t i = 0; !rc && i < pred->n; i++) {
        void *value = (void *)&pred->rhs[i];

        rc = numbers ? sk_map_put_u64(pred->set, pred->rhs[i].num, value)
                     : sk_map_put(pred->set, pred->rhs[i].s, value);
        pred->set_lens |= sk_set_len(pred->rhs[i].s.n);
    }
    return rc;
}

static int build_paths(struct sk_compile *c, struct sk_pred *pred)
{
    int rc = 0;

    pred->paths = sk_pmatch_new(c->pool->mem);
    if (!pred->paths)
        return -ENOMEM;
    for (size_t i = 0; !rc && i < pred->n; i++)
        rc = sk_pmatch_add(pred->paths, pred->rhs[i].s);
    return rc;
}

static int build_regex(struct sk_compile *c, const struct sk_ast *ast, struct sk_pred *pred)
{
    char err[256];

    pred->regex = sk_arena_alloc(c->pool->mem, (pred->n + 1) * sizeof(struct sk_regex *));
    if (!pred->regex)
        return -ENOMEM;
    for (size_t i = 0; i < pred->n; i++) {
        struct sk_str s = pred->rhs[i].s;

        pred->regex[i] = sk_regex_new(s.p, s.n, err, sizeof(err));
        if (!pred->regex[i])
            return sk_compile_fail(c, ast, "invalid regex pattern: %s", err);
    }
    return 0;
}

static enum sk_quick quick(const struct sk_pred *pred)
{
    bool number = sk_type_is_int(pred->type) || pred->type == SK_T_BOOL;
    bool text = sk_type_is_text(pred->type);

    if (pred->is_list || pred->rslot != SK_NO_SLOT || !(number || text))
        return SK_QUICK_NONE;
    if (pred->set)
        return number ? SK_QUICK_NUM_SET : SK_QUICK_TEXT_SET;
    if (pred->n != 1 || pred->mod != SK_OM_NONE)
        return SK_QUICK_NONE;
    switch (pred->op) {
    case SK_OP_EQ:
    case SK_OP_NE:
        return number ? SK_QUICK_NUM : SK_QUICK_TEXT;
    case SK_OP_LT:
    case SK_OP_LE:
    case SK_OP_GT:
    case SK_OP_GE:
        return number ? SK_QUICK_NUM : SK_QUICK_NONE;
    case SK_OP_CONTAINS:
    case SK_OP_STARTSWITH:
    case SK_OP_ENDSWITH:
        return text ? SK_QUICK_TEXT : SK_QUICK_NONE;
    default:
        return SK_QUICK_NONE;
    }
}

static int build(struct sk_compile *c, const struct sk_ast *ast, struct sk_pred *pred)
{
    int rc = 0;

    if (wants_set(pred))
        rc = build_set(pred);
    else if (pred->op == SK_OP_PMATCH)
        rc = build_paths(c, pred);
    else if (pred->op == SK_OP_REGEX)
        rc = build_regex(c, ast, pred);
    pred->quick = (uint8_t)quick(pred);
    return rc;
}

/* Until the predicate is in the pool, nobody else frees what it holds. */
void sk_pred_done(struct sk_pred *pred)
{
    sk_map_free(pred->set);
    pred->set = NULL;
    for (size_t i = 0; pred->regex && i < pred->n; i++)
        sk_regex_free(pred->regex[i]);
    pred->regex = NULL;
}

int sk_check_values(struct sk_compile *c, const struct sk_ast *ast, bool is_evt_type,
                    struct sk_pred *pred)
{
    size_t n = ast->kind == SK_AST_LIST ? ast->n : 1;
    struct sk_const *rhs = sk_arena_alloc(c->pool->mem, (n + 1) * sizeof(*rhs));
    int rc = rhs ? 0 : -ENOMEM;

    for (size_t i = 0; !rc && i < n; i++)
        rc = parse_value(c, ast->kind == SK_AST_LIST ? ast->child[i] : ast, is_evt_type, pred,
                         &rhs[i]);
    if (rc)
        return rc;
    pred->rhs = rhs;
    pred->n = n;
    rc = build(c, ast, pred);
    if (rc)
        sk_pred_done(pred);
    return rc;
}
