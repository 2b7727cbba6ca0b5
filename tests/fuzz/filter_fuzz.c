/* SPDX-License-Identifier: Apache-2.0 */
/* filter_fuzz.c - any text as a condition: parsing, printing and compiling must neither crash nor
 * leak. */
#include <stdlib.h>

#include "rule/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is printed may be read differently (an empty value prints as nothing), but safely. */
static void read_back(const struct sk_ast *ast, struct sk_arena *mem)
{
    struct sk_buf text = SK_BUF(1u << 22);
    struct sk_ast_err err;
    struct sk_ast *again;

    sk_ast_print(ast, &text);
    if (sk_ast_parse(sk_buf_str(&text), 1000, mem, &again, &err) == 0 && !sk_ast_copy(again, mem))
        abort();
    sk_buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sk_arena *mem = sk_arena_new(1u << 26);
    struct sk_filter_pool *pool = NULL;
    struct sk_buf dump = SK_BUF(1u << 22);
    struct sk_ast_err err;
    struct sk_event_set set;
    struct sk_ast *ast;
    uint32_t root;

    if (mem && sk_ast_parse((struct sk_str){(const char *)data, size}, 100, mem, &ast, &err) == 0) {
        read_back(ast, mem);
        if (sk_filter_pool_new(mem, &pool) == 0 &&
            sk_filter_compile(pool, ast, NULL, NULL, &root, &err) == 0) {
            sk_filter_event_set(pool, root, &set);
            sk_filter_dump(pool, root, &dump);
        }
    }
    sk_buf_done(&dump);
    sk_filter_pool_free(pool);
    sk_arena_free(mem);
    return 0;
}
