/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/world.h"

static void poll_of(struct world *w, const char *list, size_t n)
{
    world_begin(w);
    sk_event_write_int(&w->w, 0, 8);
    sk_event_write_param(&w->w, list, n);
    world_send(w, EV_POLL, 1);
}

static void other_events_have_no_list(void **state)
{
    struct world *w = *state;

    world_event(w, 1);
    assert_field(w, "fdlist.nums", "(absent)");
}

static void a_count_that_lies_reads_no_further_than_the_parameter(void **state)
{
    struct world *w = *state;

    poll_of(w, "\x05", 1);
    assert_field(w, "fdlist.nums", "(absent)");
    poll_of(w, "\xff\xff\x03\0\0\0\0\0\0\0\1\0\x07\0", 14);
    assert_field(w, "fdlist.nums", "3");
}

static void numbers_are_joined_by_commas(void **state)
{
    struct world *w = *state;

    poll_of(w, "\2\0\x16\0\0\0\0\0\0\0\1\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0", 22);
    assert_field(w, "fdlist.nums", "22,-1");
    poll_of(w, "\0\0", 2);
    assert_field(w, "fdlist.nums", "(absent)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(other_events_have_no_list),
        WORLD_TEST(a_count_that_lies_reads_no_further_than_the_parameter),
        WORLD_TEST(numbers_are_joined_by_commas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
