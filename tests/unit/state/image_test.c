/* SPDX-License-Identifier: Apache-2.0 */
#include "state/internal.h"

#include "tests/unit/test.h"

static struct sk_state *small(uint64_t bytes)
{
    struct sk_state_limits limits = {.bytes = bytes};
    struct sk_state *st = NULL;

    assert_int_equal(sk_state_new(&limits, NULL, &st), 0);
    return st;
}

static void without_memory_the_empty_image_is_given(void **state)
{
    sk_auto(state) struct sk_state *st = small(64);
    struct sk_image from = {.exe = SK_STR("/bin/sh")};
    struct sk_image *im = sk_image_new(st, &from, NULL);

    (void)state;
    assert_ptr_equal(im, st->empty);
    assert_int_equal(st->stats.evicted, 1);
    sk_image_put(st, im);
}

static void near_the_cap_arguments_go_before_paths(void **state)
{
    sk_auto(state) struct sk_state *st = small(32768);
    char big[4096];
    struct sk_image from = {.exepath = SK_STR("/bin/sh"), .args = {big, 3000}, .env = {big, 3000}};
    struct sk_image *im = NULL;

    (void)state;
    memset(big, 'a', sizeof(big));
    for (int i = 0; i < 8; i++)
        im = sk_image_new(st, &from, NULL);
    assert_true(sk_str_eqz(im->exepath, "/bin/sh"));
    assert_int_equal(im->env.n, 0);
    assert_int_equal(im->args.n, 0);
}

static void long_strings_are_cut(void **state)
{
    sk_auto(state) struct sk_state *st = small(1 << 20);
    static char big[20000];
    struct sk_image from = {.comm = {big, 20000}, .exe = {big, 20000}, .env = {big, 20000}};
    struct sk_image *im = sk_image_new(st, &from, NULL);

    (void)state;
    assert_int_equal(im->comm.n, SK_PATH_MAX);
    assert_int_equal(im->exe.n, SK_PATH_MAX);
    assert_int_equal(im->env.n, SK_ARGS_MAX);
    assert_string_equal(im->args.p, "");
}

static void an_image_holds_its_parent_until_it_goes(void **state)
{
    sk_auto(state) struct sk_state *st = small(1 << 20);
    struct sk_image from = {.exe = SK_STR("a")};
    struct sk_image *a = sk_image_new(st, &from, NULL);
    struct sk_image *b = sk_image_new(st, &from, a);

    (void)state;
    sk_image_put(st, a);
    assert_int_equal(st->images_n, 2);
    assert_true(sk_str_eqz(b->parent->exe, "a"));
    sk_image_put(st, b);
    assert_int_equal(st->images_n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_the_empty_image_is_given),
        cmocka_unit_test(near_the_cap_arguments_go_before_paths),
        cmocka_unit_test(long_strings_are_cut),
        cmocka_unit_test(an_image_holds_its_parent_until_it_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
