/* SPDX-License-Identifier: Apache-2.0 */
#include "server/hub.h"

#include <pthread.h>
#include <stdatomic.h>

#include "tests/unit/server/util.h"

static struct sk_facts *facts_of(uint64_t events)
{
    struct sk_facts *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->st.events = events;
    f->ncpus = 2;
    f->cpu[1].seen = events;
    f->nevents = 1;
    f->event[0].filtered = events;
    return f;
}

static void a_question_that_nobody_answers_ends(void **state)
{
    sk_auto(hub) struct sk_hub *h = NULL;
    sk_auto(mem) struct sk_facts *f = facts_of(0);

    (void)state;
    assert_int_equal(sk_hub_new(&h), 0);
    assert_false(sk_hub_asked(h));
    assert_int_equal(sk_hub_ask(h, 20, f), -ETIMEDOUT);
    assert_true(sk_hub_asked(h));
}

static void when_the_event_thread_is_busy_the_last_answer_is_given_again(void **state)
{
    sk_auto(hub) struct sk_hub *h = NULL;
    sk_auto(mem) struct sk_facts *f = facts_of(7), *out = facts_of(0);

    (void)state;
    assert_int_equal(sk_hub_new(&h), 0);
    sk_hub_answer(h, f, false);
    assert_int_equal(sk_hub_ask(h, 20, out), 0);
    assert_int_equal(out->st.events, 7);
    assert_int_equal(out->cpu[1].seen, 7);
    assert_int_equal(out->event[0].filtered, 7);
    free(out);
    out = facts_of(0);
    f->st.events = 8;
    sk_hub_answer(h, f, true); /* whoever asks from now on need not wait */
    assert_int_equal(sk_hub_ask(h, 60000, out), 0);
    assert_int_equal(out->st.events, 8);
}

struct asker {
    struct sk_hub *hub;
    atomic_bool *stop;
    uint64_t answers;
};

static void *keep_asking(void *self)
{
    struct asker *a = self;
    sk_auto(mem) struct sk_facts *f = facts_of(0);
    uint64_t last = 0;

    while (!atomic_load(a->stop)) {
        if (sk_hub_ask(a->hub, 5000, f))
            continue;
        if (f->st.events < last || f->cpu[1].seen != f->st.events)
            return NULL; /* older than before, or two answers in one */
        last = f->st.events;
        a->answers++;
    }
    return a;
}

static void many_ask_at_once_and_each_gets_one_whole_answer_that_is_new(void **state)
{
    sk_auto(hub) struct sk_hub *h = NULL;
    sk_auto(mem) struct sk_facts *f = facts_of(0);
    atomic_bool stop = false;
    struct asker a[4];
    pthread_t thread[4];
    uint64_t n = 0;

    (void)state;
    assert_int_equal(sk_hub_new(&h), 0);
    for (int i = 0; i < 4; i++) {
        a[i] = (struct asker){h, &stop, 0};
        assert_int_equal(pthread_create(&thread[i], NULL, keep_asking, &a[i]), 0);
    }
    while (n < 500) {
        struct pollfd p = {.fd = sk_hub_fd(h), .events = POLLIN};

        assert_int_equal(poll(&p, 1, 10000), 1);
        if (!sk_hub_asked(h))
            continue;
        f->st.events = f->cpu[1].seen = ++n;
        sk_hub_answer(h, f, false);
    }
    atomic_store(&stop, true);
    sk_hub_answer(h, f, true);
    for (int i = 0; i < 4; i++) {
        void *ok;

        pthread_join(thread[i], &ok);
        assert_non_null(ok);
        assert_true(a[i].answers > 0);
    }
}

static void after_the_hub_is_closed_nobody_waits(void **state)
{
    sk_auto(hub) struct sk_hub *h = NULL;
    sk_auto(mem) struct sk_facts *f = facts_of(0);
    uint64_t began = sk_boottime_ns();

    (void)state;
    assert_int_equal(sk_hub_new(&h), 0);
    sk_hub_close(h);
    assert_int_equal(sk_hub_ask(h, 60000, f), -ETIMEDOUT);
    assert_true(sk_boottime_ns() - began < 30000000000ull);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_question_that_nobody_answers_ends),
        T(when_the_event_thread_is_busy_the_last_answer_is_given_again),
        T(many_ask_at_once_and_each_gets_one_whole_answer_that_is_new),
        T(after_the_hub_is_closed_nobody_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
