/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/compile.h"

static void failed_compilations_leave_the_pool_usable(void **state)
{
    uint32_t before = ok("proc.name in (a, b)");

    (void)state;
    refuses("proc.name in (c, d) and proc.name regex 'x['", "invalid regex pattern: missing ]: [");
    assert_int_equal(ok("proc.name in (a, b)"), before);
}

static void conditions_deeper_than_the_limit_are_refused(void **state)
{
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast;
    uint32_t root;

    (void)state;
    assert_int_equal(sk_ast_parse(SK_STR("proc.name = a"), 100, mem, &ast, &err), 0);
    for (unsigned i = 0; i < SK_AST_DEPTH_MAX; i++) {
        struct sk_ast *up = sk_arena_alloc(mem, sizeof(*up));

        up->kind = SK_AST_NOT;
        up->child = sk_arena_alloc(mem, sizeof(up->child[0]));
        up->child[0] = ast;
        up->n = 1;
        ast = up;
    }
    assert_int_equal(sk_filter_compile(pool, ast, NULL, NULL, &root, &err), -EINVAL);
}

static void a_megabyte_compiles_in_linear_time(void **state)
{
    struct sk_buf text = SK_BUF(1u << 22);
    struct sk_ast_err err = {.text = ""};
    uint64_t start = sk_cputime_ns();
    uint32_t root;

    (void)state;
    sk_buf_addz(&text, "proc.pid = 0");
    while (text.n < 1u << 20)
        sk_buf_printf(&text, " or proc.pid = %zu", text.n);
    assert_int_equal(compile(sk_buf_str(&text), &root, &err), 0);
    assert_true(sk_cputime_ns() - start < 20ull * 1000 * 1000 * 1000);
    sk_buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(failed_compilations_leave_the_pool_usable),
        T(conditions_deeper_than_the_limit_are_refused),
        T(a_megabyte_compiles_in_linear_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
