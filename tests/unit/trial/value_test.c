/* SPDX-License-Identifier: Apache-2.0 */
#include "trial/value.h"

#include <errno.h>

#include "tests/unit/test.h"

static void what_is_no_number_is_refused(void **state)
{
    static const char *const bad[] = {"", "-", "0x", "8x", "08", "99999999999999999999", "1 "};
    int64_t v;

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(bad); i++)
        assert_int_equal(sk_trial_number(sk_str(bad[i]), &v), -EINVAL);
}

static void numbers_are_decimal_hexadecimal_octal(void **state)
{
    int64_t v;

    (void)state;
    assert_int_equal(sk_trial_number(sk_str("-12"), &v), 0);
    assert_int_equal(v, -12);
    assert_int_equal(sk_trial_number(sk_str("0x1F"), &v), 0);
    assert_int_equal(v, 31);
    assert_int_equal(sk_trial_number(sk_str("0755"), &v), 0);
    assert_int_equal(v, 493);
}

static void results_are_numbers_or_names_of_errors(void **state)
{
    int64_t v;

    (void)state;
    assert_int_equal(sk_trial_result(sk_str("ENOENT"), &v), 0);
    assert_int_equal(v, -2);
    assert_int_equal(sk_trial_result(sk_str("SUCCESS"), &v), 0);
    assert_int_equal(v, 0);
    assert_int_equal(sk_trial_result(sk_str("ENOPE"), &v), -EINVAL);
}

static void flags_are_names_of_their_table(void **state)
{
    const struct sk_flag_table *t = sk_flag_table_find("file_flags");
    uint64_t v;

    (void)state;
    assert_int_equal(sk_trial_flags(t, sk_str("O_RDONLY|O_CLOEXEC"), &v), 0);
    assert_true(v & 1);
    assert_int_equal(sk_trial_flags(t, sk_str("O_RDONLY|O_NOPE"), &v), -EINVAL);
    assert_int_equal(sk_trial_flags(NULL, sk_str("0x10,1"), &v), 0);
    assert_int_equal(v, 0x11);
}

static void values_are_of_the_type_of_the_field(void **state)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(65536);
    struct sk_val v;

    (void)state;
    assert_int_equal(sk_trial_value(SK_T_BOOL, sk_str("yes"), mem, &v), -EINVAL);
    assert_int_equal(sk_trial_value(SK_T_IPADDR, sk_str("1.2.3"), mem, &v), -EINVAL);
    assert_int_equal(sk_trial_value(SK_T_IPADDR, sk_str("1.2.3.4"), mem, &v), 0);
    assert_int_equal(v.s.n, 4);
    assert_int_equal(sk_trial_value(SK_T_UINT64, sk_str("7"), mem, &v), 0);
    assert_int_equal(v.u64, 7);
}

static void numbers_reach_both_ends(void **state)
{
    int64_t v;

    (void)state;
    assert_int_equal(sk_trial_number(SK_STR("18446744073709551615"), &v), 0);
    assert_true(v == -1);
    assert_int_equal(sk_trial_number(SK_STR("-9223372036854775808"), &v), 0);
    assert_true(v == INT64_MIN);
    assert_int_equal(sk_trial_number(SK_STR("0xffffffffffffffff"), &v), 0);
    assert_int_equal(sk_trial_number(SK_STR("0x10000000000000000"), &v), -EINVAL);
    assert_int_equal(sk_trial_number(SK_STR("18446744073709551616"), &v), -EINVAL);
    assert_int_equal(sk_trial_number(SK_STR("--1"), &v), -EINVAL);
    assert_int_equal(sk_trial_number(SK_STR("+1"), &v), -EINVAL);
    assert_int_equal(sk_trial_number(SK_STR("0"), &v), 0);
    assert_int_equal(v, 0);
}

static void capabilities_are_named(void **state)
{
    uint64_t v = 7;

    (void)state;
    assert_int_equal(sk_trial_caps(SK_STR("CAP_CHOWN, CAP_KILL"), &v), 0);
    assert_true(v == 0x21);
    assert_int_equal(sk_trial_caps(SK_STR(""), &v), 0);
    assert_true(v == 0);
    assert_int_equal(sk_trial_caps(SK_STR("CHOWN"), &v), -EINVAL);
    assert_int_equal(sk_trial_caps(SK_STR("CAP_CHOWN 1"), &v), -EINVAL);
}

/* What sk_trial_param() writes as the first parameter of an event; n bytes. */
static int param(struct sk_param_info p, const char *text, uint8_t bytes[16], size_t *n)
{
    static struct sk_event_writer w;
    sk_auto(buf) struct sk_buf rec = SK_BUF(65536);
    struct sk_event ev;
    struct sk_str s;
    int rc;

    if (!p.name)
        p.name = "p";
    sk_event_write_begin(&w, &rec);
    rc = sk_trial_param(&w, &p, text ? sk_str(text) : (struct sk_str){NULL, 0});
    assert_int_equal(sk_event_write_end(&w, 1, 5, 6), 0);
    assert_int_equal(sk_event_decode(rec.p, rec.n, 0, &ev), 0);
    s = sk_event_bytes(&ev, 0);
    assert_true(s.n <= 16);
    memset(bytes, 0, 16);
    if (s.n)
        memcpy(bytes, s.p, s.n);
    *n = s.n;
    return rc;
}

static void writes(struct sk_param_info p, const char *text, uint64_t want, size_t want_n)
{
    uint8_t bytes[16];
    uint64_t v;
    size_t n;

    assert_int_equal(param(p, text, bytes, &n), 0);
    memcpy(&v, bytes, sizeof(v));
    assert_int_equal(n, want_n);
    if (v != want)
        fail_msg("'%s': %#llx is not %#llx", text ? text : "(none)", (unsigned long long)v,
                 (unsigned long long)want);
}

static void refuses(enum sk_type type, const char *text, int want)
{
    uint8_t bytes[16];
    size_t n;

    assert_int_equal(param((struct sk_param_info){.type = type}, text, bytes, &n), want);
}

#define P(t) ((struct sk_param_info){.type = (t)})

static void parameters_are_written_in_their_size(void **state)
{
    (void)state;
    writes(P(SK_T_INT64), "-2", (uint64_t)-2, 8);
    writes(P(SK_T_UINT32), "0x10", 16, 4);
    writes(P(SK_T_UINT8), "255", 255, 1);
    writes(P(SK_T_ERRNO), "ENOENT", (uint64_t)-2, 8);
    writes(P(SK_T_SIGTYPE), "SIGKILL", 9, 1);
    writes(P(SK_T_SIGTYPE), "34", 34, 1);
    writes(P(SK_T_FD), "AT_FDCWD", (uint64_t)-100, 8);
    writes(P(SK_T_BYTEBUF), "ab", 0x6261, 2);
    writes((struct sk_param_info){.type = SK_T_FD, .name = "dirfd"}, NULL, (uint64_t)-100, 8);
    writes((struct sk_param_info){.type = SK_T_FD, .name = "fd"}, NULL, 0, 8);
    writes((struct sk_param_info){.type = SK_T_FLAGS32, .flags = sk_flag_table_find("file_flags")},
           "O_CLOEXEC|0x10000", 0x11000, 4);
    writes(P(SK_T_SOCKADDR), NULL, 0, 0);
}

static void what_is_not_of_the_type_is_refused(void **state)
{
    (void)state;
    refuses(SK_T_ERRNO, "ENOPE", -EINVAL);
    refuses(SK_T_SIGTYPE, "KILL", -EINVAL);
    refuses(SK_T_BOOL, "1", -EINVAL);
    refuses(SK_T_UINT32, "x", -EINVAL);
    refuses(SK_T_FLAGS32, "O_RDONLY", -EINVAL); /* no table, no names */
    refuses(SK_T_SOCKADDR, "1.2.3.4:5", -ENOTSUP);
    refuses(SK_T_SOCKTUPLE, "a", -ENOTSUP);
}

static void values_of_other_types(void **state)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(65536), *none = sk_arena_new(1);
    struct sk_val v = {.u64 = 77};

    (void)state;
    assert_int_equal(sk_trial_value(SK_T_DOUBLE, SK_STR("-1.5"), mem, &v), 0);
    assert_true(v.dbl == -1.5);
    assert_int_equal(sk_trial_value(SK_T_DOUBLE, SK_STR("1.5x"), mem, &v), -EINVAL);
    assert_int_equal(sk_trial_value(SK_T_DOUBLE, SK_STR(""), mem, &v), -EINVAL);
    assert_true(v.dbl == -1.5); /* what is refused changes nothing */
    assert_int_equal(sk_trial_value(SK_T_IPADDR, SK_STR("::1"), mem, &v), 0);
    assert_int_equal(v.s.n, 16);
    assert_int_equal(v.s.p[15], 1);
    assert_int_equal(sk_trial_value(SK_T_CHARBUF, SK_STR("a b"), mem, &v), 0);
    assert_true(sk_str_eqz(v.s, "a b"));
    assert_int_equal(sk_trial_value(SK_T_BOOL, SK_STR("true"), mem, &v), 0);
    assert_true(v.b);
    assert_int_equal(sk_trial_value(SK_T_INT64, SK_STR("x"), mem, &v), -EINVAL);
    assert_int_equal(sk_trial_value(SK_T_IPADDR, SK_STR("::1"), none, &v), -ENOMEM);
    assert_int_equal(sk_trial_value(SK_T_DOUBLE, SK_STR("1"), none, &v), -ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_reach_both_ends),
        cmocka_unit_test(capabilities_are_named),
        cmocka_unit_test(parameters_are_written_in_their_size),
        cmocka_unit_test(what_is_not_of_the_type_is_refused),
        cmocka_unit_test(values_of_other_types),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(numbers_are_decimal_hexadecimal_octal),
        cmocka_unit_test(results_are_numbers_or_names_of_errors),
        cmocka_unit_test(flags_are_names_of_their_table),
        cmocka_unit_test(values_are_of_the_type_of_the_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
