/* SPDX-License-Identifier: Apache-2.0 */
#include "grpc/queue.h"

#include "tests/unit/test.h"

static void add(struct sk_grpc_list *l, uint64_t id, uint64_t sent_ns, size_t n)
{
    struct sk_grpc_item *it = sk_grpc_item_new(id, n);

    it->sent_ns = sent_ns;
    sk_grpc_list_add(l, it);
}

/* Takes everything; the ids must be those, in that order. */
static void takes(struct sk_grpc_list *l, const char *ids)
{
    char text[200] = "";
    struct sk_grpc_item *it;

    while ((it = sk_grpc_list_take(l))) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%llu ",
                 (unsigned long long)it->id);
        free(it);
    }
    assert_string_equal(text, ids);
    assert_int_equal(l->n, 0);
    assert_int_equal(l->bytes, 0);
}

static void an_empty_list_gives_nothing(void **state)
{
    struct sk_grpc_list l;

    (void)state;
    sk_grpc_list_init(&l);
    assert_null(sk_grpc_list_take(&l));
    assert_int_equal(sk_grpc_list_clear(&l), 0);
}

static void what_comes_back_is_in_the_order_of_its_ids(void **state)
{
    struct sk_grpc_list l, from;

    (void)state;
    sk_grpc_list_init(&l);
    sk_grpc_list_init(&from);
    for (uint64_t id = 1; id < 10; id++)
        add(id % 3 ? &l : &from, id, 0, 1);
    sk_grpc_list_merge(&l, &from);
    assert_null(from.first);
    assert_int_equal(from.bytes, 0);
    add(&l, 10, 0, 1); /* the end is where it was */
    takes(&l, "1 2 3 4 5 6 7 8 9 10 ");
}

static void what_comes_back_to_the_end_or_to_nothing_is_the_new_end(void **state)
{
    struct sk_grpc_list l, from;

    (void)state;
    sk_grpc_list_init(&l);
    sk_grpc_list_init(&from);
    add(&from, 1, 0, 1);
    sk_grpc_list_merge(&l, &from);
    add(&from, 5, 0, 1);
    sk_grpc_list_merge(&l, &from);
    add(&l, 6, 0, 1);
    takes(&l, "1 5 6 ");
}

static void what_is_inserted_is_where_its_id_belongs(void **state)
{
    static const uint64_t ids[] = {5, 7, 6, 1, 9, 8};
    struct sk_grpc_list l;

    (void)state;
    sk_grpc_list_init(&l);
    for (size_t i = 0; i < SK_ARRAY_LEN(ids); i++)
        sk_grpc_list_insert(&l, sk_grpc_item_new(ids[i], 1));
    assert_int_equal(l.n, 6);
    assert_int_equal(l.bytes, 6);
    takes(&l, "1 5 6 7 8 9 ");
    sk_grpc_list_insert(&l, sk_grpc_item_new(3, 1)); /* what was last once does not count */
    sk_grpc_list_insert(&l, sk_grpc_item_new(4, 1));
    takes(&l, "3 4 ");
}

static void old_ones_and_too_many_bytes_are_forgotten_from_the_front(void **state)
{
    struct sk_grpc_list l;

    (void)state;
    sk_grpc_list_init(&l);
    for (uint64_t id = 1; id < 8; id++)
        add(&l, id, id * 10, 100);
    sk_grpc_list_forget(&l, 30, SIZE_MAX);
    assert_int_equal(l.n, 5);
    sk_grpc_list_forget(&l, 0, 250);
    assert_int_equal(l.bytes, 200);
    takes(&l, "6 7 ");
}

static void clearing_counts(void **state)
{
    struct sk_grpc_list l;

    (void)state;
    sk_grpc_list_init(&l);
    add(&l, 1, 0, 3);
    add(&l, 2, 0, 3);
    assert_int_equal(sk_grpc_list_clear(&l), 2);
    add(&l, 3, 0, 3);
    takes(&l, "3 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_list_gives_nothing),
        cmocka_unit_test(what_comes_back_is_in_the_order_of_its_ids),
        cmocka_unit_test(what_comes_back_to_the_end_or_to_nothing_is_the_new_end),
        cmocka_unit_test(what_is_inserted_is_where_its_id_belongs),
        cmocka_unit_test(old_ones_and_too_many_bytes_are_forgotten_from_the_front),
        cmocka_unit_test(clearing_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
