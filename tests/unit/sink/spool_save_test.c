/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/spool.h"
#include "tests/unit/sink/spooled.h"

static void who_leaves_is_served_and_who_only_serves_or_is_not_yet_there_is_not(void **state)
{
    static const struct {
        enum sk_place place;
        bool mute, served;
    } row[] = {{SK_PLACE_FREE, false, false},
               {SK_PLACE_HELD, false, false},
               {SK_PLACE_LIVE, false, true},
               {SK_PLACE_LIVE, true, false},
               {SK_PLACE_LEAVING, false, true}};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(row); i++) {
        const struct sk_output t = {.place = row[i].place, .mute = row[i].mute};

        assert_int_equal(sk_spool_serves(&t), row[i].served);
    }
}

static void what_one_output_has_not_settled_stays_for_it(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooled(s, PROBE | OTHER, 64 << 20, 200);
    uint64_t id;

    assert_int_equal(sk_outputs_start(o), 0);
    probe.answer = -EIO;
    push_n(o, 10, SK_NOTICE);
    UNTIL(other.written == 10);
    sk_outputs_free(o);
    assert_int_equal(stored_open(s, 1 << 20), 0);
    assert_int_equal(sk_store_cursor(s->store, "other", &id), 0);
    assert_int_equal(id, 10);
    assert_int_equal(sk_store_cursor(s->store, "probe", &id), 0);
    assert_int_equal(id, 0);
    assert_string_equal(stored_ids(s->store, 0), "1 2 3 4 5 6 7 8 9 10 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        S(who_leaves_is_served_and_who_only_serves_or_is_not_yet_there_is_not),
        S(what_one_output_has_not_settled_stays_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
