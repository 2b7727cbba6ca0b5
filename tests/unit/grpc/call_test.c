/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/grpc/client.h"

static struct sk_grpc *g;

static int start_it(void **state)
{
    struct sk_grpc_options opt = options();

    (void)state;
    g = started(&opt);
    return 0;
}

static int stop_it(void **state)
{
    (void)state;
    sk_grpc_stop(g);
    return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, start_it, stop_it)

static void an_unknown_method_is_told_so(void **state)
{
    struct rpc *r = begun("/falco.outputs.service/put");

    (void)state;
    assert_int_equal(ended(r), GRPC_STATUS_UNIMPLEMENTED);
}

static void bytes_that_are_no_request_end_the_call_and_nothing_else(void **state)
{
    static const char *const methods[] = {"/falco.outputs.service/get",
                                          "/falco.outputs.service/sub",
                                          "/falco.version.service/version"};

    (void)state;
    assert_int_equal(put_id(g, 1), 0);
    for (size_t i = 0; i < SK_ARRAY_LEN(methods); i++) {
        struct rpc *r = begun(methods[i]);

        sends(r, "\xff\xff\xff", 3);
        assert_int_equal(ended(r), GRPC_STATUS_INTERNAL);
    }
    struct rpc *r = get();
    reads(r, 1);
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
}

static void a_call_without_a_request_ends(void **state)
{
    struct rpc *r = begun("/falco.outputs.service/get");

    (void)state;
    assert_int_equal(put_id(g, 1), 0);
    half_closes(r);
    assert_int_equal(ended(r), GRPC_STATUS_INTERNAL);
    r = begun("/falco.outputs.service/sub");
    half_closes(r);
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
}

static void get_gives_what_waits_and_ends(void **state)
{
    struct rpc *r = get();

    (void)state;
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
    for (uint64_t id = 1; id <= 3; id++)
        assert_int_equal(put_id(g, id), 0);
    r = get();
    for (uint64_t id = 1; id <= 3; id++)
        reads(r, id);
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
    r = get(); /* each alert is for one reader */
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
}

static void sub_goes_on_after_one_request_even_when_the_client_said_all(void **state)
{
    struct rpc *r = sub();

    (void)state;
    assert_int_equal(put_id(g, 1), 0);
    reads(r, 1);
    half_closes(r);
    assert_int_equal(put_id(g, 2), 0);
    reads(r, 2);
    broken(r);
}

static void sub_of_a_client_that_asked_again_and_said_all_ends_after_what_waits(void **state)
{
    struct rpc *r = sub();

    (void)state;
    sends(r, "", 0);
    assert_int_equal(put_id(g, 1), 0);
    half_closes(r);
    reads(r, 1);
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
}

static void sub_waits_for_the_first_request(void **state)
{
    struct rpc *early = begun("/falco.outputs.service/sub"), *r;

    (void)state;
    assert_int_equal(put_id(g, 1), 0);
    r = get();
    reads(r, 1);
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
    broken(early);
}

static void alerts_of_a_reader_that_breaks_off_go_to_the_next_in_order(void **state)
{
    struct rpc *r = sub();

    (void)state;
    for (uint64_t id = 1; id <= 4; id++)
        assert_int_equal(put_id(g, id), 0);
    reads(r, 1);
    reads(r, 2);
    broken(r);
    UNTIL(g, g->ncalls == 0);
    assert_int_equal(put_id(g, 5), 0);
    r = get();
    for (uint64_t id = 1; id <= 5; id++)
        reads(r, id); /* 1 and 2 for the second time: nobody can know that they were read */
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
    assert_int_equal(g->held_bytes, 0);
}

static void what_was_sent_long_ago_to_a_living_reader_is_received(void **state)
{
    struct rpc *r = sub();

    (void)state;
    assert_int_equal(put_id(g, 1), 0);
    reads(r, 1);
    UNTIL(g, g->held_bytes > 0);
    pthread_mutex_lock(&g->lock);
    sk_grpc_calls_tick(g, sk_boottime_ns() + SK_GRPC_HOLD_LOCAL_NS + 1);
    assert_int_equal(g->held_bytes, 0);
    pthread_mutex_unlock(&g->lock);
    broken(r);
    r = get();
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
}

static void is_held(size_t n, uint64_t oldest)
{
    struct sk_grpc_held held = sk_grpc_held(g);

    assert_int_equal(held.n, n);
    assert_int_equal(held.oldest, oldest);
}

static void what_is_sent_is_held_until_it_is_received(void **state)
{
    struct rpc *r;

    (void)state;
    is_held(0, 0);
    for (uint64_t id = 3; id <= 6; id++)
        assert_int_equal(put_id(g, id), 0);
    is_held(4, 3);
    r = sub();
    for (uint64_t id = 3; id <= 6; id++)
        reads(r, id);
    is_held(4, 3);
    pthread_mutex_lock(&g->lock);
    sk_grpc_calls_tick(g, sk_boottime_ns() + SK_GRPC_HOLD_LOCAL_NS + 1);
    pthread_mutex_unlock(&g->lock);
    is_held(0, 0);
    assert_int_equal(put_id(g, 7), 0);
    reads(r, 7);
    broken(r);
    UNTIL(g, g->ncalls == 0);
    is_held(1, 7);
    r = get(); /* a call that ends well has received */
    reads(r, 7);
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
    UNTIL(g, g->ncalls == 0);
    is_held(0, 0);
}

static void readers_take_turns(void **state)
{
    struct rpc *r[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        r[i] = sub();
    UNTIL(g, g->ncalls == 3 && sk_grpc_calls_have_reader(g));
    usleep(100000); /* all three requests are there */
    for (uint64_t id = 1; id <= 6; id++) {
        assert_int_equal(put_id(g, id), 0);
        UNTIL(g, !sk_grpc_calls_busy(g));
    }
    for (int i = 0; i < 3; i++) {
        grpc_slice slice;

        for (int k = 0; k < 2; k++) {
            assert_true(receives(r[i], &slice));
            grpc_slice_unref(slice);
        }
    }
    for (int i = 0; i < 3; i++)
        broken(r[i]);
}

/* A message that fills the window of a client that reads nothing. */
static int put_large(uint64_t id)
{
    static char text[100000];

    memset(text, 'x', sizeof(text));
    return sk_grpc_put(g, &(struct sk_grpc_alert){.line = {text, sizeof(text)}, .id = id});
}

static void a_reader_that_takes_nothing_is_cut_off_and_others_get_its_alerts(void **state)
{
    struct rpc *lazy = sub(), *r;
    grpc_slice slice;
    uint64_t id = 0;

    (void)state;
    UNTIL(g, sk_grpc_calls_have_reader(g));
    while (g->queue.n < 5 && id < 90) {
        assert_int_equal(put_large(++id), 0);
        usleep(20000);
    }
    assert_true(g->queue.n >= 5);
    pthread_mutex_lock(&g->lock);
    sk_grpc_calls_tick(g, sk_boottime_ns() + SK_GRPC_STALL_NS + 1);
    pthread_mutex_unlock(&g->lock);
    UNTIL(g, g->ncalls == 0);
    r = get();
    for (uint64_t i = 0; i < id; i++) {
        assert_true(receives(r, &slice));
        grpc_slice_unref(slice);
    }
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
    reads_all(lazy); /* what had reached it */
    assert_int_not_equal(ended(lazy), GRPC_STATUS_OK);
}

static void the_version_is_told(void **state)
{
    struct rpc *r = begun("/falco.version.service/version");
    grpc_slice slice;

    (void)state;
    sends(r, "", 0);
    half_closes(r);
    assert_true(receives(r, &slice));
    assert_true(GRPC_SLICE_LENGTH(slice) > 10);
    assert_int_equal(memcmp(GRPC_SLICE_START_PTR(slice),
                            "\x0a\x05"
                            "1.2.3",
                            7),
                     0);
    grpc_slice_unref(slice);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_unknown_method_is_told_so),
        T(bytes_that_are_no_request_end_the_call_and_nothing_else),
        T(a_call_without_a_request_ends),
        T(get_gives_what_waits_and_ends),
        T(sub_goes_on_after_one_request_even_when_the_client_said_all),
        T(sub_of_a_client_that_asked_again_and_said_all_ends_after_what_waits),
        T(sub_waits_for_the_first_request),
        T(alerts_of_a_reader_that_breaks_off_go_to_the_next_in_order),
        T(what_was_sent_long_ago_to_a_living_reader_is_received),
        T(what_is_sent_is_held_until_it_is_received),
        T(readers_take_turns),
        T(a_reader_that_takes_nothing_is_cut_off_and_others_get_its_alerts),
        T(the_version_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
