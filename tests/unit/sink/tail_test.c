/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/tail.h"

#include "tests/unit/sink/util.h"

static void add(struct sk_tail *t, const char *text)
{
    assert_int_equal(sk_tail_add(t, sk_str(text), SK_STR("\n")), 0);
}

static void rest_is(const struct sk_tail *t, const char *text)
{
    struct sk_str r = sk_tail_rest(t);

    assert_int_equal(r.n, strlen(text));
    assert_memory_equal(r.p, text, r.n);
}

static void a_message_beyond_the_limit_changes_nothing(void **state)
{
    struct sk_tail t = {0};
    size_t n = 40u << 20;
    char *big = malloc(n);

    (void)state;
    assert_non_null(big);
    memset(big, 'x', n);
    add(&t, "a");
    assert_int_equal(sk_tail_add(&t, (struct sk_str){big, n}, SK_STR("")), -EMSGSIZE);
    free(big);
    rest_is(&t, "a\n");
    add(&t, "b");
    rest_is(&t, "a\nb\n");
    sk_tail_done(&t);
}

static void what_was_not_read_is_sent_again_whole(void **state)
{
    struct sk_tail t = {0};

    (void)state;
    add(&t, "one");
    add(&t, "two");
    add(&t, "three");
    sk_tail_sent(&t, 14);
    rest_is(&t, "");
    sk_tail_trim(&t, 8); /* "o\n" of two, and three */
    assert_int_equal(t.n, 2);
    sk_tail_rewind(&t);
    rest_is(&t, "two\nthree\n");
    sk_tail_sent(&t, 10);
    sk_tail_trim(&t, 0);
    assert_int_equal(t.n, 0);
    rest_is(&t, "");
    sk_tail_trim(&t, 100);
    sk_tail_done(&t);
}

static void only_a_message_that_was_not_begun_can_be_taken_back(void **state)
{
    struct sk_tail t = {0};

    (void)state;
    assert_false(sk_tail_cancel(&t));
    add(&t, "one");
    add(&t, "two");
    sk_tail_sent(&t, 5);
    assert_false(sk_tail_cancel(&t));
    rest_is(&t, "wo\n");
    sk_tail_rewind(&t);
    assert_true(sk_tail_cancel(&t));
    rest_is(&t, "one\n");
    assert_true(sk_tail_cancel(&t));
    assert_false(sk_tail_cancel(&t));
    sk_tail_done(&t);
}

static void thousands_of_messages_keep_their_ends(void **state)
{
    struct sk_tail t = {0};
    char text[16];

    (void)state;
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "%d", i);
        add(&t, text);
    }
    sk_tail_sent(&t, t.text.n);
    sk_tail_trim(&t, 5);
    sk_tail_rewind(&t);
    rest_is(&t, "4999\n");
    sk_tail_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_message_beyond_the_limit_changes_nothing),
        T(what_was_not_read_is_sent_again_whole),
        T(only_a_message_that_was_not_begun_can_be_taken_back),
        T(thousands_of_messages_keep_their_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
