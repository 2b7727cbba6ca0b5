/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"
#include "field/extract.h"
#include "tests/unit/field/world.h"

static const struct sk_field *find(const char *name)
{
    for (size_t i = 0; i < sk_fields_n; i++)
        if (strcmp(sk_fields[i].name, name) == 0)
            return &sk_fields[i];
    fail_msg("no field %s", name);
    return NULL;
}

static void every_row_is_complete_and_its_name_unique(void **state)
{
    (void)state;
    assert_int_equal(sk_fields_n, SK_FLD_N);
    for (size_t i = 0; i < sk_fields_n; i++) {
        const struct sk_field *f = &sk_fields[i];

        assert_non_null(f->extract);
        assert_non_null(f->klass);
        assert_non_null(strchr(".?", f->doc[strlen(f->doc) - 1])); /* a sentence */
        assert_true(f->since[0] != '\0');
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(f->name, sk_fields[j].name);
    }
}

static void values_never_pass_the_end_of_their_array(void **state)
{
    static struct sk_vals vals;
    const struct sk_field_ref ref = {.field = find("proc.pid"), .type = SK_T_INT64};

    (void)state;
    for (int i = 0; i < SK_VALS_MAX + 5; i++)
        sk_give_i64(&ref, i, &vals);
    assert_int_equal(vals.n, SK_VALS_MAX);
}

static void text_that_finds_no_memory_is_absent(void **state)
{
    static struct sk_vals vals;
    struct world *w = *state;
    struct sk_arena *tiny = sk_arena_new(1);
    struct sk_ctx cx = {.tmp = tiny};
    struct sk_str piece[2] = {SK_STR("a"), SK_STR("b")};
    const struct sk_field_ref ref = {.field = find("proc.name"), .type = SK_T_CHARBUF};

    (void)w;
    assert_false(sk_give_joined(&cx, &ref, piece, 2, &vals));
    assert_null(sk_join_nuls(&cx, SK_STR("x\0y")).p);
    assert_int_equal(sk_join_nuls(&cx, SK_STR("")).n, 0);
    sk_arena_free(tiny);
}

static void strings_one_behind_the_other_are_cut_at_their_nuls(void **state)
{
    struct sk_str rest = {"a\0\0bc", 5}, one;

    (void)state;
    assert_true(sk_next_nul(&rest, &one));
    assert_true(sk_str_eqz(one, "a"));
    assert_true(sk_next_nul(&rest, &one));
    assert_int_equal(one.n, 0);
    assert_true(sk_next_nul(&rest, &one));
    assert_true(sk_str_eqz(one, "bc"));
    assert_false(sk_next_nul(&rest, &one));
}

static bool possible(const char *field, unsigned code)
{
    struct sk_field_ref ref = {.field = find(field)};

    return sk_field_possible(&ref, code);
}

static void only_events_with_a_descriptor_can_have_fd_fields(void **state)
{
    (void)state;
    assert_false(possible("fd.name", EV_POLL));
    assert_true(possible("fd.name", EV_CLOSE));
    assert_true(possible("fd.name", EV_OPENAT));
    assert_true(possible("fd.name", EV_CONNECT));
    assert_true(possible("fd.name", SK_EVENT_N));
    assert_true(possible("proc.name", EV_POLL));
}

/* What Falco's users rely on: name, type, list, format, argument and flags of each row. */
static void the_rows_say_what_falco_says(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1 << 20);

    (void)state;
    for (size_t i = 0; i < sk_fields_n; i++) {
        const struct sk_field *f = &sk_fields[i];

        if (f->flags & SK_FF_SAKER)
            continue;
        sk_buf_printf(&b, "%s,%s,%d,%d,%d,%d\n", f->name, sk_type_name(f->type),
                      !!(f->flags & SK_FF_LIST), f->fmt,
                      !!(f->flags & (SK_FF_ARG_REQUIRED | SK_FF_ARG_ALLOWED)),
                      (int)(f->flags & (SK_FF_FILTER_ONLY | SK_FF_PRINT_ONLY | SK_FF_NO_RHS |
                                        SK_FF_NO_TRANSFORMER | SK_FF_HIDDEN | SK_FF_SUGGESTED |
                                        SK_FF_DEPRECATED)));
    }
    /* Compared with the catalogue of Falco 0.44: all 294 rows are the same, in its order. */
    assert_int_equal(sk_hash(b.p, b.n), 0xbdc20646eee330c9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(every_row_is_complete_and_its_name_unique),
        WORLD_TEST(values_never_pass_the_end_of_their_array),
        WORLD_TEST(text_that_finds_no_memory_is_absent),
        WORLD_TEST(strings_one_behind_the_other_are_cut_at_their_nuls),
        WORLD_TEST(only_events_with_a_descriptor_can_have_fd_fields),
        WORLD_TEST(the_rows_say_what_falco_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
