/* SPDX-License-Identifier: Apache-2.0 */
/* expr.h - what the tests of expressions share: constants are enough, no event is needed. */
#pragma once
#include <errno.h>

#include "field/transform.h"
#include "tests/unit/test.h"

static struct sk_arena *mem;
static struct sk_ctx cx;

static inline int setup(void **state)
{
    (void)state;
    mem = sk_arena_new(1u << 22);
    cx.tmp = mem;
    return mem == NULL;
}

static inline int teardown(void **state)
{
    (void)state;
    arena_freep(&mem);
    return 0;
}

static inline void refuses(const char *text, int rc, const char *message)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    const struct sk_expr *e = NULL;
    size_t used = 99;

    assert_int_equal(sk_expr_parse(sk_str(text), mem, &e, &used, &err), rc);
    assert_string_equal(err.p ? err.p : "", message);
    assert_int_equal(used, 99);
}

/* Values of an expression, joined by '|'; "absent". */
static inline void gives(const char *text, size_t used_expected, const char *expected)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);
    const struct sk_expr *e = NULL;
    struct sk_vals vals;
    size_t used = 0;

    assert_int_equal(sk_expr_parse(sk_str(text), mem, &e, &used, &err), 0);
    assert_int_equal(used, used_expected);
    if (!sk_expr_extract(&cx, e, &vals)) {
        assert_string_equal("absent", expected);
        return;
    }
    for (size_t i = 0; i < vals.n; i++) {
        if (i)
            sk_buf_addc(&out, '|');
        if (vals.v[i].type == SK_T_UINT64)
            sk_buf_printf(&out, "%d", (int)vals.v[i].u64);
        else
            sk_buf_adds(&out, vals.v[i].s);
    }
    assert_string_equal(out.p ? out.p : "", expected);
}
