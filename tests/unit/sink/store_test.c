/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sink/stored.h"

static void alerts_are_there_in_order_after_a_restart(void **state)
{
    struct stored *s = *state;
    struct sk_item *it = NULL;
    uint64_t id = 0, n = 0;

    assert_int_equal(stored_open(s, 1 << 20), 0);
    assert_string_equal(stored_ids(s->store, 0), "");
    stored_fill(s->store, 1, 5);
    stored_reopen(s);
    assert_string_equal(stored_ids(s->store, 2), "3 4 5 ");
    assert_int_equal(sk_store_last_id(s->store), 5);
    assert_int_equal(sk_store_count(s->store, 1, SK_DEBUG, &n), 0);
    assert_int_equal(n, 4);
    assert_int_equal(sk_store_next(s->store, 4, SK_DEBUG, 1, 2, &it, &id), 0);
    assert_true(sk_str_eqz(it->form[SK_FORM_TEXT], "text 5"));
    sk_item_unref(it);
}

static void a_transaction_that_is_rolled_back_never_was(void **state)
{
    struct stored *s = *state;
    uint64_t bytes;

    assert_int_equal(stored_open(s, 1 << 20), 0);
    stored_fill(s->store, 1, 2);
    bytes = sk_store_bytes(s->store);
    assert_true(bytes > 0);
    assert_int_equal(sk_store_begin(s->store), 0);
    assert_int_equal(stored_put(s->store, 3, SK_NOTICE), 0);
    assert_int_equal(sk_store_forget(s->store, 1), 0);
    sk_store_rollback(s->store);
    assert_string_equal(stored_ids(s->store, 0), "1 2 ");
    assert_int_equal(sk_store_bytes(s->store), bytes);
}

static void what_is_forgotten_frees_its_bytes_and_ids_are_not_used_again(void **state)
{
    struct stored *s = *state;

    assert_int_equal(stored_open(s, 1 << 20), 0);
    stored_fill(s->store, 1, 9);
    assert_int_equal(sk_store_begin(s->store), 0);
    assert_int_equal(sk_store_delete(s->store, 8), 0);
    assert_int_equal(sk_store_delete(s->store, 8), 0);
    assert_int_equal(sk_store_forget(s->store, 6), 0);
    assert_int_equal(sk_store_commit(s->store), 0);
    assert_string_equal(stored_ids(s->store, 0), "7 9 ");
    assert_int_equal(sk_store_begin(s->store), 0);
    assert_int_equal(sk_store_forget(s->store, 100), 0);
    assert_int_equal(sk_store_commit(s->store), 0);
    assert_int_equal(sk_store_bytes(s->store), 0);
    stored_reopen(s);
    assert_int_equal(sk_store_last_id(s->store), 9);
}

static void the_oldest_of_a_priority_is_found(void **state)
{
    struct stored *s = *state;
    uint64_t id = 0;

    assert_int_equal(stored_open(s, 100), 0);
    assert_int_equal(sk_store_begin(s->store), 0);
    assert_int_equal(stored_put(s->store, 1, SK_ALERT), 0);
    assert_int_equal(stored_put(s->store, 2, SK_DEBUG), 0);
    assert_int_equal(stored_put(s->store, 3, SK_DEBUG), 0);
    assert_int_equal(sk_store_commit(s->store), 0);
    assert_true(sk_store_excess(s->store) > 0);
    assert_int_equal(sk_store_oldest(s->store, SK_DEBUG, 0, &id), 0);
    assert_int_equal(id, 2);
    assert_int_equal(sk_store_oldest(s->store, SK_DEBUG, 2, &id), 0);
    assert_int_equal(id, 3);
    assert_int_equal(sk_store_oldest(s->store, SK_DEBUG, 3, &id), -ENOENT);
}

static void only_what_is_important_enough_is_read(void **state)
{
    struct stored *s = *state;
    struct sk_item *it = NULL;
    uint64_t id = 0, n = 0;

    assert_int_equal(stored_open(s, 1 << 20), 0);
    assert_int_equal(sk_store_begin(s->store), 0);
    assert_int_equal(stored_put(s->store, 1, SK_DEBUG), 0);
    assert_int_equal(stored_put(s->store, 2, SK_ERROR), 0);
    assert_int_equal(sk_store_commit(s->store), 0);
    assert_int_equal(sk_store_next(s->store, 0, SK_WARNING, 1, 2, &it, &id), 0);
    assert_int_equal(it->id, 2);
    sk_item_unref(it);
    assert_int_equal(sk_store_count(s->store, 0, SK_WARNING, &n), 0);
    assert_int_equal(n, 1);
}

static void cursors_and_losses_are_kept_by_name(void **state)
{
    static const char *const keep[] = {"b"};
    struct stored *s = *state;
    uint64_t v = 0;

    assert_int_equal(stored_open(s, 1 << 20), 0);
    assert_false(sk_store_has_cursors(s->store));
    assert_int_equal(sk_store_cursor(s->store, "a", &v), -ENOENT);
    assert_int_equal(sk_store_begin(s->store), 0);
    assert_int_equal(sk_store_set_cursor(s->store, "a", 1), 0);
    assert_int_equal(sk_store_set_cursor(s->store, "a", 7), 0);
    assert_int_equal(sk_store_set_cursor(s->store, "b", 8), 0);
    assert_int_equal(sk_store_add_shed(s->store, "a", SK_DEBUG, 3), 0);
    assert_int_equal(sk_store_add_shed(s->store, "a", SK_DEBUG, 4), 0);
    assert_int_equal(sk_store_commit(s->store), 0);
    stored_reopen(s);
    assert_true(sk_store_has_cursors(s->store));
    assert_int_equal(sk_store_cursor(s->store, "a", &v), 0);
    assert_int_equal(v, 7);
    assert_int_equal(sk_store_shed(s->store, "a", SK_DEBUG, &v), 0);
    assert_int_equal(v, 7);
    assert_int_equal(sk_store_shed(s->store, "a", SK_INFO, &v), 0);
    assert_int_equal(v, 0);
    assert_int_equal(sk_store_begin(s->store), 0);
    assert_int_equal(sk_store_keep_cursors(s->store, keep, 1), 0);
    assert_int_equal(sk_store_commit(s->store), 0);
    assert_int_equal(sk_store_cursor(s->store, "a", &v), -ENOENT);
    assert_int_equal(sk_store_cursor(s->store, "b", &v), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        S(alerts_are_there_in_order_after_a_restart),
        S(a_transaction_that_is_rolled_back_never_was),
        S(what_is_forgotten_frees_its_bytes_and_ids_are_not_used_again),
        S(the_oldest_of_a_priority_is_found),
        S(only_what_is_important_enough_is_read),
        S(cursors_and_losses_are_kept_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
