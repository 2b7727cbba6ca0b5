/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/reload.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/unit/test.h"

static struct maker {
    atomic_uint builds, drops, lists;
    atomic_int fail;                   /* -errno of the next builds */
    atomic_uint slow_ms, slow_list_ms; /* each build, each list takes */
    char dir[64];
} m;

static int build(void *self, void **out, struct sk_buf *why)
{
    struct maker *mk = self;
    int err = mk->fail;

    atomic_fetch_add(&mk->builds, 1);
    usleep(mk->slow_ms * 1000);
    if (err) {
        sk_buf_addz(why, "it does not parse");
        return err;
    }
    *out = malloc(1);
    return *out ? 0 : -ENOMEM;
}

static void drop(void *self, void *made)
{
    free(made);
    atomic_fetch_add(&((struct maker *)self)->drops, 1);
}

static int list(void *self, struct sk_filewatch *w)
{
    struct maker *mk = self;
    char path[128];

    atomic_fetch_add(&mk->lists, 1);
    usleep(mk->slow_list_ms * 1000);
    snprintf(path, sizeof(path), "%s/f", mk->dir);
    return sk_filewatch_add(w, path, false);
}

static struct sk_reload *begin(bool files)
{
    const struct sk_reload_ops ops = {&m, build, drop, files ? list : NULL};
    struct sk_reload *r = NULL;

    m = (struct maker){.dir = "/tmp/saker-reload-XXXXXX"};
    assert_non_null(mkdtemp(m.dir));
    assert_int_equal(sk_reload_start(&ops, &r), 0);
    return r;
}

static void end(struct sk_reload *r)
{
    char path[128];

    sk_reload_stop(r);
    snprintf(path, sizeof(path), "%s/f", m.dir);
    unlink(path);
    rmdir(m.dir);
}

static void touch(void)
{
    char path[128];
    FILE *o;

    snprintf(path, sizeof(path), "%s/f", m.dir);
    o = fopen(path, "we");
    assert_non_null(o);
    fclose(o);
}

static bool waits(struct sk_reload *r, int timeout_ms)
{
    struct pollfd p = {.fd = sk_reload_fd(r), .events = POLLIN};

    return poll(&p, 1, timeout_ms) == 1;
}

static void take(struct sk_reload *r, struct sk_reload_outcome *o)
{
    assert_true(waits(r, 5000));
    assert_true(sk_reload_take(r, o));
}

static void who_asks_gets_what_was_made(void **state)
{
    struct sk_reload *r = begin(false);
    struct sk_reload_outcome o;

    (void)state;
    assert_false(waits(r, 0));
    sk_reload_ask(r);
    take(r, &o);
    assert_non_null(o.made);
    assert_int_equal(o.err, 0);
    sk_reload_done(r, &o, o.made);
    assert_false(waits(r, 200));
    end(r);
    assert_int_equal(m.builds, 1);
    assert_int_equal(m.drops, 1);
}

static void a_failure_says_why(void **state)
{
    struct sk_reload *r = begin(false);
    struct sk_reload_outcome o;

    (void)state;
    m.fail = -EINVAL;
    sk_reload_ask(r);
    take(r, &o);
    assert_null(o.made);
    assert_int_equal(o.err, -EINVAL);
    assert_string_equal(o.why, "it does not parse");
    sk_reload_done(r, &o, NULL);
    free(o.why);
    end(r);
    assert_int_equal(m.drops, 0);
}

static void changes_are_collected_until_they_are_quiet(void **state)
{
    struct sk_reload *r = begin(true);
    struct sk_reload_outcome o;

    (void)state;
    for (int i = 0; i < 10; i++) {
        touch();
        usleep(20000);
    }
    assert_int_equal(m.builds, 0);
    take(r, &o);
    assert_int_equal(m.builds, 1);
    sk_reload_done(r, &o, o.made);
    touch(); /* the list was made anew: it is still watched */
    take(r, &o);
    sk_reload_done(r, &o, o.made);
    end(r);
    assert_int_equal(m.builds, 2);
    assert_int_equal(m.drops, 2);
}

static void a_change_during_the_build_makes_it_begin_again(void **state)
{
    struct sk_reload *r = begin(true);
    struct sk_reload_outcome o;

    (void)state;
    m.slow_ms = 200;
    touch();
    while (m.builds == 0)
        usleep(1000);
    touch();
    take(r, &o);
    assert_int_equal(m.builds, 2);
    assert_int_equal(m.drops, 1);
    sk_reload_done(r, &o, o.made);
    end(r);
}

static void a_change_while_an_outcome_waits_is_built_after_it(void **state)
{
    struct sk_reload *r = begin(true);
    struct sk_reload_outcome o;

    (void)state;
    touch();
    assert_true(waits(r, 5000));
    touch();
    usleep(300000);
    assert_int_equal(m.builds, 1);
    take(r, &o);
    sk_reload_done(r, &o, o.made);
    take(r, &o);
    assert_int_equal(m.builds, 2);
    sk_reload_done(r, &o, o.made);
    end(r);
}

static void a_change_while_the_list_is_made_anew_is_not_lost(void **state)
{
    struct sk_reload *r = begin(true);
    struct sk_reload_outcome o;
    unsigned before;

    (void)state;
    touch();
    take(r, &o);
    before = m.lists;
    m.slow_list_ms = 100;
    sk_reload_done(r, &o, o.made);
    while (m.lists == before)
        usleep(1000);
    touch();
    take(r, &o);
    sk_reload_done(r, &o, o.made);
    end(r);
    assert_int_equal(m.builds, 2);
}

static void what_nobody_took_is_dropped_at_the_end(void **state)
{
    struct sk_reload *r = begin(false);

    (void)state;
    sk_reload_ask(r);
    assert_true(waits(r, 5000));
    end(r);
    assert_int_equal(m.drops, 1);
}

struct asker {
    struct sk_reload *r;
    unsigned timeout_ms;
    int err;
    char why[64];
};

static void *ask_and_wait(void *arg)
{
    struct asker *a = arg;
    sk_auto(buf) struct sk_buf why = SK_BUF(4096);

    a->err = sk_reload_wait(a->r, a->timeout_ms, &why);
    snprintf(a->why, sizeof(a->why), "%s", sk_buf_str(&why).p);
    return NULL;
}

static void who_waits_learns_what_became_of_it(void **state)
{
    struct asker a = {.r = begin(false), .timeout_ms = 5000};
    struct sk_reload_outcome o;
    pthread_t t;

    (void)state;
    assert_int_equal(pthread_create(&t, NULL, ask_and_wait, &a), 0);
    take(a.r, &o);
    sk_reload_done(a.r, &o, o.made);
    pthread_join(t, NULL);
    assert_int_equal(a.err, 0);
    m.fail = -EINVAL;
    assert_int_equal(pthread_create(&t, NULL, ask_and_wait, &a), 0);
    take(a.r, &o);
    sk_reload_done(a.r, &o, NULL);
    free(o.why);
    pthread_join(t, NULL);
    assert_int_equal(a.err, -EINVAL);
    assert_string_equal(a.why, "it does not parse");
    a.timeout_ms = 10;
    ask_and_wait(&a);
    assert_int_equal(a.err, -ETIMEDOUT);
    end(a.r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_gets_what_was_made),
        cmocka_unit_test(a_failure_says_why),
        cmocka_unit_test(changes_are_collected_until_they_are_quiet),
        cmocka_unit_test(a_change_during_the_build_makes_it_begin_again),
        cmocka_unit_test(a_change_while_an_outcome_waits_is_built_after_it),
        cmocka_unit_test(a_change_while_the_list_is_made_anew_is_not_lost),
        cmocka_unit_test(what_nobody_took_is_dropped_at_the_end),
        cmocka_unit_test(who_waits_learns_what_became_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
