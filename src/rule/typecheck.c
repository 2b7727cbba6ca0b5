/* SPDX-License-Identifier: Apache-2.0 */
/* typecheck.c - one check of the AST: resolves its left side, tests operator against type, and
 * makes the predicate. */
#include <assert.h>
#include <errno.h>

#include "rule/ir.h"

#define TEXT_MAX (1u << 20)

/* The message that a layer below left in `b`. */
static int fail_with(struct sk_compile *c, const struct sk_ast *at, int rc, struct sk_buf *b)
{
    if (rc != -ENOMEM)
        rc = sk_compile_fail(c, at, "%s", b->p ? b->p : "");
    sk_buf_done(b);
    return rc;
}

static int build_field(struct sk_compile *c, const struct sk_ast *ast, const struct sk_expr **out)
{
    struct sk_buf text = SK_BUF(TEXT_MAX), msg = SK_BUF(TEXT_MAX);
    int rc;

    sk_buf_adds(&text, ast->text);
    if (ast->arg.p) {
        sk_buf_addc(&text, '[');
        sk_buf_adds(&text, ast->arg);
        sk_buf_addc(&text, ']');
    }
    rc = text.failed ? -ENOMEM
                     : sk_expr_field(c->pool->fields, sk_buf_str(&text), c->pool->mem, out, &msg);
    sk_buf_done(&text);
    if (rc)
        return fail_with(c, ast, rc, &msg);
    sk_buf_done(&msg);
    return 0;
}

static int build_expr(struct sk_compile *c, const struct sk_ast *ast, const struct sk_expr **out);

/* A literal list, or a transformer over its arguments. */
static int build_call(struct sk_compile *c, const struct sk_ast *ast, const struct sk_expr **out)
{
    const struct sk_expr **arg = sk_arena_alloc(c->pool->mem, (ast->n + 1) * sizeof(*arg));
    struct sk_buf msg = SK_BUF(TEXT_MAX);
    int rc = arg ? 0 : -ENOMEM;

    for (size_t i = 0; !rc && i < ast->n; i++)
        rc = build_expr(c, ast->child[i], &arg[i]);
    if (rc)
        return rc;
    if (ast->kind == SK_AST_TLIST) {
        rc = sk_expr_list(arg, ast->n, c->pool->mem, out, &msg);
    } else {
        int tr = sk_transform_by_name(ast->text);

        if (tr < 0)
            return sk_compile_fail(c, ast, "unknown field transfomer '%.*s'", (int)ast->text.n,
                                   ast->text.p);
        rc = sk_expr_transform((enum sk_transform)tr, arg, ast->n, ast->arg, c->pool->mem, out,
                               &msg);
    }
    if (rc)
        return fail_with(c, ast, rc, &msg);
    sk_buf_done(&msg);
    return 0;
}

static int build_expr(struct sk_compile *c, const struct sk_ast *ast, const struct sk_expr **out)
{
    switch (ast->kind) {
    case SK_AST_FIELD:
        return build_field(c, ast, out);
    case SK_AST_VALUE:
        return sk_expr_text(ast->text, c->pool->mem, out);
    case SK_AST_TRANSFORMER:
    case SK_AST_TLIST:
        return build_call(c, ast, out);
    default:
        return sk_compile_fail(c, ast, "filter error: a field is expected here");
    }
}

static unsigned class_of(enum sk_type type)
{
    switch (type) {
    case SK_T_BOOL:
        return SK_OC_B;
    case SK_T_IPADDR:
    case SK_T_IPNET:
    case SK_T_IPV4ADDR:
    case SK_T_IPV4NET:
    case SK_T_IPV6ADDR:
    case SK_T_IPV6NET:
        return SK_OC_I;
    case SK_T_BYTEBUF:
        return SK_OC_Y;
    case SK_T_UID:
    case SK_T_GID:
    case SK_T_L4PROTO:
    case SK_T_SOCKFAMILY:
    case SK_T_SIGSET:
    case SK_T_FD32:
    case SK_T_PID32:
        return 0;
    case SK_T_DOUBLE:
        return SK_OC_N;
    default:
        return sk_type_is_text(type) ? SK_OC_S : sk_type_is_int(type) ? SK_OC_N : 0;
    }
}

static bool list_type(enum sk_type type)
{
    return type == SK_T_CHARBUF || type == SK_T_UINT64 || type == SK_T_RELTIME ||
           type == SK_T_ABSTIME || type == SK_T_BOOL || type == SK_T_IPADDR || type == SK_T_IPNET;
}

static int check_list_op(struct sk_compile *c, const struct sk_ast *ast, const struct sk_pred *pred)
{
    if (!list_type(pred->type))
        return sk_compile_fail(c, ast, "filter error: list filters are not supported for type '%s'",
                               sk_type_name(pred->type));
    if (sk_op_rows[pred->op].classes & SK_OC_L && pred->mod == SK_OM_NONE)
        return 0;
    return sk_compile_fail(c, ast, "filter error: '%s' operator not supported list filters",
                           sk_op_rows[pred->op].text);
}

static int check_op(struct sk_compile *c, const struct sk_ast *ast, const struct sk_pred *pred)
{
    unsigned class = class_of(pred->type);
    const char *op = sk_op_rows[pred->op].text;

    if (pred->op == SK_OP_EXISTS)
        return 0;
    if (pred->is_list)
        return check_list_op(c, ast, pred);
    if (sk_op_rows[pred->op].classes & class)
        return 0;
    if (class == SK_OC_I)
        return sk_compile_fail(
            c, ast, "filter error: '%s' %s not supported for ip address and network filters", op,
            pred->mod == SK_OM_NONE ? "operator" : "with modifier");
    if (!class)
        return sk_compile_fail(c, ast, "filter error: '%s' operator not supported for type '%s'",
                               op, sk_type_name(pred->type));
    return sk_compile_fail(c, ast, "filter error: '%s' operator not supported for %s filters", op,
                           class == SK_OC_S   ? "string"
                           : class == SK_OC_Y ? "buffer"
                                              : "numeric");
}

static const char *field_name(const struct sk_expr *e)
{
    const struct sk_field_ref *ref = sk_expr_first_field(e);

    return ref ? ref->field->name : "";
}

static bool no_rhs(const struct sk_expr *e)
{
    return e->kind == SK_EXPR_FIELD && (e->ref.field->flags & SK_FF_NO_RHS);
}

/* lhs OP val(rhs), lhs OP transformer(rhs). */
static int check_right_field(struct sk_compile *c, const struct sk_ast *ast,
                             const struct sk_pred *pred, const struct sk_expr *left,
                             const struct sk_expr *right)
{
    const struct sk_expr *inner = right;

    while (inner->kind == SK_EXPR_TRANSFORM && inner->tr == SK_TR_VAL)
        inner = inner->arg[0];
    if (pred->op == SK_OP_PMATCH || pred->op == SK_OP_REGEX)
        return sk_compile_fail(c, ast, "operator '%s' doesn't support right-hand side fields",
                               pred->op == SK_OP_PMATCH ? "PMATCH" : "REGEX");
    if (pred->type == SK_T_IPNET)
        return sk_compile_fail(c, ast, "field type 'IPNET' doesn't support right-hand side fields");
    if (no_rhs(left))
        return sk_compile_fail(c, ast, "field '%s' doesn't support right-hand side fields",
                               field_name(left));
    if (no_rhs(inner))
        return sk_compile_fail(c, ast, "field '%s' can't be used as a right-hand side field",
                               field_name(inner));
    if (left->type == right->type && left->is_list == right->is_list)
        return 0;
    return sk_compile_fail(c, ast,
                           "field '%s' has type '%s'%s while the right-hand side field '%s' has "
                           "incompatible type '%s'%s",
                           field_name(left), sk_type_name(left->type),
                           left->is_list ? " (list)" : "", field_name(right),
                           sk_type_name(right->type), right->is_list ? " (list)" : "");
}

static void add_sized(char mark, struct sk_str s, struct sk_buf *key)
{
    sk_buf_addc(key, mark);
    sk_buf_add(key, &s.n, sizeof(s.n));
    sk_buf_adds(key, s);
}

/* Bytes that no other tree has.  Canonical text would not do: a string in a transformer is printed
 * like the field of that name. */
static void add_key(const struct sk_ast *ast, struct sk_buf *key)
{
    add_sized((char)('A' + (int)ast->kind), ast->text, key);
    if (ast->arg.p)
        add_sized('[', ast->arg, key);
    sk_buf_addc(key, '(');
    sk_buf_add(key, &ast->n, sizeof(ast->n));
    for (size_t i = 0; i < ast->n; i++)
        add_key(ast->child[i], key);
}

/* Slot of an expression; val(x) is x. */
static int slot_of(struct sk_compile *c, const struct sk_ast *ast, const struct sk_expr *e,
                   uint32_t *out)
{
    struct sk_buf key = SK_BUF(TEXT_MAX);
    int rc;

    while (e->kind == SK_EXPR_TRANSFORM && e->tr == SK_TR_VAL) {
        e = e->arg[0];
        ast = ast->child[0];
    }
    add_key(ast, &key);
    rc = key.failed ? -ENOMEM : sk_ir_add_slot(c->pool, e, sk_buf_str(&key), out);
    sk_buf_done(&key);
    return rc;
}

static int keep(struct sk_compile *c, struct sk_buf *b, struct sk_str *out)
{
    *out = (struct sk_str){b->failed ? NULL : sk_arena_dup(c->pool->mem, sk_buf_str(b)), b->n};
    sk_buf_done(b);
    return out->p ? 0 : -ENOMEM;
}

/* Canonical text, and the key under which an equal check is found. "==" and "=" are one. */
static int name_pred(struct sk_compile *c, const struct sk_ast *ast, struct sk_pred *pred)
{
    struct sk_buf text = SK_BUF(SIZE_MAX), key = SK_BUF(SIZE_MAX);
    int rc;

    sk_ast_print(ast->child[0], &text);
    sk_buf_printf(&text, " %s", sk_op_rows[pred->op].text);
    if (pred->mod != SK_OM_NONE)
        sk_buf_printf(&text, " %s", sk_op_modifiers[pred->mod]);
    if (ast->kind == SK_AST_BINARY) {
        sk_buf_addc(&text, ' ');
        sk_ast_print(ast->child[1], &text);
    }
    sk_buf_addc(&key, (char)pred->op);
    sk_buf_addc(&key, (char)pred->mod);
    for (size_t i = 0; i < ast->n; i++)
        add_key(ast->child[i], &key);
    rc = keep(c, &text, &pred->text);
    if (rc) {
        sk_buf_done(&key);
        return rc;
    }
    return keep(c, &key, &pred->key);
}

static int check_right(struct sk_compile *c, const struct sk_ast *ast, const struct sk_expr *left,
                       struct sk_pred *pred)
{
    const struct sk_ast *rhs = ast->child[1];
    const struct sk_expr *right = NULL, *base = left;
    int rc;

    while (base->kind == SK_EXPR_TRANSFORM && base->n == 1)
        base = base->arg[0];
    if (rhs->kind == SK_AST_VALUE || rhs->kind == SK_AST_LIST)
        return sk_check_values(c, rhs, strcmp(field_name(base), "evt.type") == 0, pred);
    rc = build_expr(c, rhs, &right);
    assert(rc || right);
    if (!rc)
        rc = check_right_field(c, ast, pred, left, right);
    return rc ? rc : slot_of(c, rhs, right, &pred->rslot);
}

static int make_node(struct sk_compile *c, struct sk_pred *pred, uint32_t *out)
{
    struct sk_node_events events;
    uint32_t index = 0;
    int rc = sk_ir_add_pred(c->pool, pred, &index);

    if (rc) {
        sk_pred_done(pred);
        return rc;
    }
    sk_pred_events(c->pool, pred, &events);
    return sk_ir_emit(c->pool, SK_IR_PRED, &index, 1, &events, out);
}

static bool is_around(const struct sk_expr *e)
{
    return strcmp(field_name(e), "evt.around") == 0;
}

static int check_around(struct sk_compile *c, const struct sk_ast *ast, const struct sk_pred *pred)
{
    if (pred->op == SK_OP_EXISTS ||
        (ast->child[1]->kind != SK_AST_VALUE && ast->child[1]->kind != SK_AST_LIST))
        return 0;
    return pred->op == SK_OP_EQ
               ? 0
               : sk_compile_fail(c, ast, "evt.around supports only '=' comparison operator");
}

/* What is known of the left side and the operator alone. */
static int start(struct sk_compile *c, const struct sk_ast *ast, const struct sk_expr **left,
                 struct sk_pred *pred)
{
    int rc;

    *pred = (struct sk_pred){.rslot = SK_NO_SLOT};
    rc = build_expr(c, ast->child[0], left);
    if (rc)
        return rc;
    assert(*left);
    if (!sk_op_parse(ast->op, &pred->op, &pred->mod))
        return sk_compile_fail(c, ast, "unrecognized filter comparison %s '%.*s'",
                               pred->op == SK_OP_N ? "operator" : "modifier", (int)ast->op.n,
                               ast->op.p);
    pred->type = (*left)->type;
    pred->is_list = (*left)->is_list;
    rc = check_op(c, ast, pred);
    if (rc)
        return rc;
    return is_around(*left) ? check_around(c, ast, pred) : 0;
}

int sk_check_compile(struct sk_compile *c, const struct sk_ast *ast, uint32_t *out)
{
    const struct sk_expr *left = NULL;
    struct sk_pred pred;
    uintptr_t known;
    int rc = start(c, ast, &left, &pred);

    assert(rc || left);
    if (!rc)
        rc = name_pred(c, ast, &pred);
    if (!rc)
        rc = slot_of(c, ast->child[0], left, &pred.slot);
    if (rc)
        return rc;
    known = (uintptr_t)sk_map_get(c->pool->node_by_key, pred.key);
    if (known) {
        if (ast->kind == SK_AST_BINARY)
            sk_check_warn(c, ast->child[1], pred.op);
        *out = (uint32_t)(known - 1);
        return 0;
    }
    /* `evt.around[T] = D`: at most D milliseconds away from T; the field gives how far it is. */
    if (is_around(left) && pred.op == SK_OP_EQ)
        pred.op = SK_OP_LE;
    if (ast->kind == SK_AST_BINARY)
        rc = check_right(c, ast, left, &pred);
    if (rc)
        return rc;
    /* "x in ()" holds for nothing, but for an empty list. */
    if (ast->kind == SK_AST_BINARY && pred.rslot == SK_NO_SLOT && pred.n == 0 &&
        !(pred.is_list && pred.op == SK_OP_IN)) {
        sk_pred_done(&pred);
        return sk_ir_emit(c->pool, SK_IR_FALSE, NULL, 0, NULL, out);
    }
    return make_node(c, &pred, out);
}
