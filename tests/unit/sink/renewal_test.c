/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sink/spooled.h"

/* A sink that knows which generation made it, and how many of its name are in a call at once. */
#define NAMES 3
static struct target {
    pthread_mutex_t lock;
    uint64_t last_id, n, twice, disorder;
    unsigned inside, generation; /* of the last alert */
} target[NAMES];
static atomic_uint generation, opened;

struct renewed {
    struct target *to;
    unsigned generation;
};

static int renewed_open(void *self, const struct sk_sink_options *opt, struct sk_diag *dg)
{
    struct renewed *r = self;

    if (opt->json)
        return sk_err(dg, -EACCES, NULL, "closed");
    r->to = &target[opt->name && !opt->name[1] ? opt->name[0] - 'a' : 0];
    r->generation = generation;
    opened++;
    return 0;
}

static int renewed_write(void *self, const struct sk_sink_alert *a)
{
    struct renewed *r = self;
    struct target *to = r->to;

    pthread_mutex_lock(&to->lock);
    assert_int_equal(to->inside++, 0);
    to->twice += a->id == to->last_id;
    to->disorder += a->id != to->last_id + 1 || r->generation < to->generation;
    to->last_id = a->id;
    to->generation = r->generation;
    to->n++;
    to->inside--;
    pthread_mutex_unlock(&to->lock);
    return 0;
}

static uint64_t written(struct target *t)
{
    uint64_t n;

    pthread_mutex_lock(&t->lock);
    n = t->n;
    pthread_mutex_unlock(&t->lock);
    return n;
}

static int renewed_reopen(void *self)
{
    (void)self;
    return 0;
}

static void renewed_close(void *self)
{
    struct renewed *r = self;

    if (r->to)
        opened--;
}

static const struct sk_sink_ops renewed_ops = {
    .name = "a",
    .size = sizeof(struct renewed),
    .open = renewed_open,
    .write = renewed_write,
    .reopen = renewed_reopen,
    .close = renewed_close,
};

static void targets_begin(void)
{
    probes_begin();
    memset(target, 0, sizeof(target));
    for (int i = 0; i < NAMES; i++)
        pthread_mutex_init(&target[i].lock, NULL);
    generation = 0;
    opened = 0;
}

static struct sk_sink_options named(const char *name)
{
    return (struct sk_sink_options){.name = name};
}

static struct sk_renewal *renewal(struct sk_outputs *o)
{
    struct sk_renewal *r = NULL;

    assert_int_equal(sk_renewal_new(o, &r), 0);
    return r;
}

static void commit(struct sk_renewal *r)
{
    sk_renewal_commit(r);
    sk_renewal_free(r);
}

static void a_changed_output_goes_on_where_it_was_with_the_next_sink(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);
    struct sk_renewal *r = renewal(o);
    struct sk_sink_options opt = {.name = "probe", .form = SK_FORM_JSON};

    (void)state;
    probe.gated = true;
    for (int i = 0; i < 3; i++)
        assert_true(push(o, SK_STR("x"), SK_NOTICE));
    sem_wait(&probe.entered);
    assert_int_equal(sk_renewal_add(r, &other_ops, &opt, false, NULL), 0);
    assert_int_equal(sk_renewal_forms(r), 1u << SK_FORM_JSON);
    commit(r);
    assert_string_equal(stat_of(o, 0).kind, "other");
    assert_int_equal(sk_outputs_forms(o), 1u << SK_FORM_JSON);
    assert_true(push(o, SK_STR("y"), SK_NOTICE));
    probe.gated = false;
    sem_post(&probe.gate);
    UNTIL(other.written == 3);
    assert_int_equal(probe.closed, 1);
    UNTIL(stat_of(o, 0).delivered == 4);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "5:x\n");
    assert_string_equal(other.text, "5:x\n5:x\n5:y\n");
    assert_string_equal(log_text, "");
}

static void an_alert_that_is_tried_again_is_tried_with_the_next_sink(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);
    struct sk_renewal *r = renewal(o);
    struct sk_sink_options opt = named("probe");

    (void)state;
    probe.answer = -EIO;
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    UNTIL(stat_of(o, 0).retried > 0);
    assert_int_equal(sk_renewal_add(r, &other_ops, &opt, false, NULL), 0);
    commit(r);
    UNTIL(other.written == 1);
    sk_outputs_free(o);
    assert_int_equal(probe.closed, 1);
}

static void an_output_that_is_new_begins_and_one_that_is_kept_is_not_touched(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);
    struct sk_renewal *r = renewal(o);

    (void)state;
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    assert_true(sk_renewal_keep(r, "probe", false));
    assert_false(sk_renewal_keep(r, "nobody", true));
    assert_int_equal(sk_renewal_add(r, &other_ops, NULL, false, NULL), 0);
    assert_int_equal(sk_outputs_count(o), 1);
    assert_true(push(o, SK_STR("y"), SK_NOTICE));
    commit(r);
    assert_int_equal(sk_outputs_count(o), 2);
    assert_true(push(o, SK_STR("z"), SK_NOTICE));
    sk_outputs_free(o);
    assert_string_equal(probe.text, "5:x\n5:y\n5:z\n");
    assert_string_equal(other.text, "5:z\n");
    assert_int_equal(probe.closed, 1);
}

static void an_output_that_is_gone_delivers_what_it_has_first(void **state)
{
    struct sk_outputs *o = probes(0, 5000, true);
    struct sk_renewal *r = renewal(o);
    struct sk_outputs_stats st;

    (void)state;
    probe.gated = true;
    for (int i = 0; i < 3; i++)
        assert_true(push(o, SK_STR("x"), SK_NOTICE));
    assert_true(sk_renewal_keep(r, "other", false));
    commit(r);
    assert_int_equal(sk_outputs_count(o), 1);
    assert_string_equal(stat_of(o, 0).name, "other");
    assert_true(push(o, SK_STR("y"), SK_NOTICE));
    probe.gated = false;
    sem_post(&probe.gate);
    UNTIL(probe.closed == 1);
    UNTIL(other.written == 4);
    UNTIL(stat_of(o, 0).delivered == 4);
    sk_outputs_get_stats(o, &st);
    assert_int_equal(st.written, 7);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "5:x\n5:x\n5:x\n");
    assert_string_equal(log_text, "");
}

static void what_an_output_that_is_gone_cannot_deliver_in_its_time_is_lost_and_told(void **state)
{
    struct sk_outputs *o = probes(0, 150, true);
    struct sk_renewal *r = renewal(o);
    struct sk_outputs_stats st;

    (void)state;
    probe.answer = -EIO;
    for (int i = 0; i < 3; i++)
        assert_true(push(o, SK_STR("x"), SK_NOTICE));
    assert_true(sk_renewal_keep(r, "other", false));
    commit(r);
    UNTIL(probe.closed == 1);
    UNTIL(log_has(
        "4 probe: it is no output any more, and its last 3 alerts could not be delivered\n"));
    sk_outputs_get_stats(o, &st);
    assert_int_equal(st.failed, 3);
    sk_outputs_free(o);
}

static void nothing_has_changed_when_a_renewal_is_given_up(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);
    struct sk_renewal *r = renewal(o);
    struct sk_sink_options opt = named("probe"), bad = {.name = "bad", .json = true};
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();

    (void)state;
    assert_int_equal(sk_renewal_add(r, &probe_ops, &opt, false, NULL), 0);
    assert_int_equal(sk_renewal_add(r, &other_ops, NULL, false, NULL), 0);
    assert_int_equal(sk_renewal_add(r, &other_ops, &bad, false, dg), -EACCES);
    assert_string_equal(sk_diag_text(dg, SK_DIAG_ERROR), "no\n");
    sk_renewal_free(r);
    UNTIL(other.closed == 2);
    assert_int_equal(probe.closed, 1);
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    sk_outputs_free(o);
    assert_string_equal(probe.text, "5:x\n");
    assert_int_equal(probe.closed, 2);
    assert_int_equal(other.written, 0);
}

static void a_sink_that_is_stuck_is_left_behind_and_the_others_go_on(void **state)
{
    struct sk_outputs *o = probes(0, 50, true);
    struct sk_renewal *r = renewal(o);
    struct sk_sink_options opt = named("probe");
    uint64_t begin;

    (void)state;
    targets_begin();
    probe.gated = true;
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    assert_true(push(o, SK_STR("y"), SK_NOTICE));
    sem_wait(&probe.entered);
    assert_int_equal(sk_renewal_add(r, &renewed_ops, &opt, false, NULL), 0);
    assert_true(sk_renewal_keep(r, "other", false));
    begin = sk_boottime_ns();
    commit(r);
    assert_true(sk_boottime_ns() - begin < 2000000000);
    UNTIL(other.written == 2);
    UNTIL((stat_of(o, 0), written(&target[0]) == 2));
    assert_true(
        log_has("3 probe: the output of before the reload does not end, and is left behind"));
    assert_int_equal(target[0].disorder, 0);
    UNTIL(stat_of(o, 0).delivered == 2);
    assert_int_equal(stat_of(o, 0).waiting, 0);
    probe.gated = false;
    sem_post(&probe.gate);
    UNTIL(probe.closed == 1);
    assert_int_equal(stat_of(o, 0).delivered, 2);
    sk_outputs_free(o);
}

static void an_output_that_is_gone_and_stuck_is_left_behind(void **state)
{
    struct sk_outputs *o = probes(0, 50, true);
    struct sk_renewal *r = renewal(o);

    (void)state;
    probe.gated = true;
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    assert_true(push(o, SK_STR("y"), SK_NOTICE));
    sem_wait(&probe.entered);
    assert_true(sk_renewal_keep(r, "other", false));
    commit(r);
    UNTIL((stat_of(o, 0), log_has("its last 2 alerts could not be delivered")));
    r = renewal(o);
    assert_true(sk_renewal_keep(r, "other", false));
    assert_int_equal(sk_renewal_add(r, &probe_ops, NULL, false, NULL),
                     0); /* the name is free again */
    commit(r);
    probe.gated = false;
    assert_true(push(o, SK_STR("z"), SK_NOTICE));
    UNTIL(probe.written == 1);
    probe.answer = -EIO; /* what the one that was left behind has to say nobody hears */
    sem_post(&probe.gate);
    UNTIL(probe.closed == 1);
    probe.answer = 0;
    sk_outputs_free(o);
    UNTIL(probe.closed == 2);
}

static void a_sink_that_cannot_be_open_beside_the_other_is_opened_after_it(void **state)
{
    struct sk_outputs *o = NULL;
    struct sk_sink_options opt = named("a"), bad = {.name = "a", .json = true};
    struct sk_renewal *r;

    (void)state;
    targets_begin();
    assert_int_equal(sk_outputs_new(0, 100, &o), 0);
    assert_int_equal(sk_outputs_add(o, &renewed_ops, &opt, NULL), 0);
    assert_int_equal(sk_outputs_start(o), 0);
    r = renewal(o);
    assert_int_equal(sk_renewal_add(r, &renewed_ops, &opt, true, NULL), 0);
    assert_int_equal(opened, 1);
    commit(r);
    assert_int_equal(opened, 1);
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    UNTIL(written(&target[0]) == 1);
    /* One that fails then is no output until the next renewal. */
    r = renewal(o);
    assert_int_equal(sk_renewal_add(r, &renewed_ops, &bad, true, NULL), 0);
    commit(r);
    assert_int_equal(opened, 0);
    assert_true(log_has("3 Failed to init output: a: closed"));
    assert_false(push(o, SK_STR("lost"), SK_NOTICE));
    assert_int_equal(stat_of(o, 0).dropped, 1);
    r = renewal(o);
    assert_false(sk_renewal_keep(r, "a", false));
    assert_int_equal(sk_renewal_add(r, &renewed_ops, &opt, true, NULL), 0);
    commit(r);
    assert_int_equal(opened, 1);
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    UNTIL(written(&target[0]) == 2);
    sk_outputs_free(o);
    assert_int_equal(opened, 0);
}

static void limits_are_those_of_the_last_renewal(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);
    struct sk_renewal *r = renewal(o);

    (void)state;
    assert_true(sk_renewal_keep(r, "probe", false));
    sk_renewal_limits(r, &(struct sk_renewal_limits){1, 5000, SK_RECOVER_EXIT});
    commit(r);
    probe.gated = true;
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    sem_wait(&probe.entered);
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    assert_false(push(o, SK_STR("x"), SK_NOTICE));
    assert_true(sk_outputs_fatal(o));
    probe.gated = false;
    sem_post(&probe.gate);
    sk_outputs_free(o);
}

static void there_is_a_limit_to_the_number_of_outputs_here_too(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);
    struct sk_renewal *r = renewal(o);
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    char name[16];

    (void)state;
    for (int i = 0; i < 31; i++) {
        struct sk_sink_options opt = {.name = name};

        snprintf(name, sizeof(name), "n%d", i);
        assert_int_equal(sk_renewal_add(r, &other_ops, &opt, false, dg), 0);
    }
    assert_int_equal(sk_renewal_add(r, &other_ops, NULL, false, dg), -ENOSPC);
    assert_string_equal(sk_diag_text(dg, SK_DIAG_ERROR), "more than 32 outputs\n");
    sk_renewal_free(r);
    UNTIL(other.closed == 31);
    sk_outputs_free(o);
}

/* With a spool. */
static void the_spool_knows_who_comes_and_who_goes(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooling(s, PROBE);
    struct sk_renewal *r;

    push_n(o, 100, SK_NOTICE);
    r = renewal(o);
    assert_true(sk_renewal_keep(r, "probe", false));
    assert_int_equal(sk_renewal_add(r, &other_ops, NULL, false, NULL), 0);
    commit(r);
    push_n(o, 100, SK_NOTICE);
    r = renewal(o);
    assert_true(sk_renewal_keep(r, "other", false));
    commit(r);
    push_n(o, 100, SK_NOTICE);
    UNTIL(probe.closed == 1);
    UNTIL(other.written == 200);
    assert_int_equal(probe.written, 200);
    sk_outputs_free(o);
    assert_string_equal(log_text, "");
    assert_int_equal(stored_open(s, 1 << 20), 0);
    assert_string_equal(stored_ids(s->store, 0), "");
    uint64_t id;
    assert_int_equal(sk_store_cursor(s->store, "probe", &id), -ENOENT);
    assert_int_equal(sk_store_cursor(s->store, "other", &id), 0);
    assert_int_equal(id, 300);
}

static void what_a_sink_held_when_it_was_closed_comes_again_from_the_next_in_order(void **state)
{
    struct stored *s = *state;
    const struct sk_sink_options opt = {.name = "holder"};
    const struct sk_spool_options spool = {.dir = s->dir, .max_bytes = 64 << 20};
    struct sk_outputs *o = NULL;
    struct sk_renewal *r;

    targets_begin();
    assert_int_equal(sk_outputs_new(0, 5000, &o), 0);
    assert_int_equal(sk_outputs_add(o, &holder_ops, NULL, NULL), 0);
    assert_int_equal(sk_outputs_spool(o, &spool, s->dg), 0);
    assert_int_equal(sk_outputs_start(o), 0);
    probe.holds = 8;
    probe.held = 3;
    push_n(o, 10, SK_NOTICE);
    UNTIL(stat_of(o, 0).delivered == 10);
    r = renewal(o);
    assert_int_equal(sk_renewal_add(r, &renewed_ops, &opt, false, NULL), 0);
    target[0].last_id = 7;
    commit(r);
    push_n(o, 2, SK_NOTICE);
    UNTIL(written(&target[0]) == 5);
    assert_int_equal(target[0].disorder, 0);
    UNTIL(stat_of(o, 0).delivered == 12);
    sk_outputs_free(o);
    assert_string_equal(log_text, "");
}

/* Many renewals under load: each name gets each alert once, in order, from sinks that grow younger. */
struct load {
    struct sk_outputs *o;
    atomic_bool stop;
    uint64_t pushed;
    unsigned pause_us;
};

static void *load(void *arg)
{
    struct load *l = arg;

    while (!atomic_load(&l->stop)) {
        for (int i = 0; i < 20; i++)
            l->pushed += push(l->o, SK_STR("alert"), SK_NOTICE);
        usleep(l->pause_us);
    }
    return NULL;
}

static void many_renewals(struct sk_outputs *o, unsigned turns, unsigned pause_us)
{
    static const char *const name[NAMES] = {"a", "b", "c"};
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct load l = {.o = o, .pause_us = pause_us};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, load, &l), 0);
    for (generation = 1; generation < turns; generation++) {
        struct sk_renewal *r = renewal(o);

        for (unsigned i = 0; i < NAMES; i++) {
            struct sk_sink_options opt = named(name[i]);

            opt.form = generation % SK_FORM_PARTS;
            if ((generation + i) % 3 == 0)
                assert_true(sk_renewal_keep(r, name[i], false));
            else
                assert_int_equal(sk_renewal_add(r, &renewed_ops, &opt, i == 2, dg), 0);
        }
        if (generation % 2)
            assert_int_equal(sk_renewal_add(r, &other_ops, NULL, false, dg), 0);
        commit(r);
        usleep(500);
    }
    atomic_store(&l.stop, true);
    pthread_join(thread, NULL);
    sk_outputs_free(o);
    for (int i = 0; i < NAMES; i++) {
        assert_int_equal(target[i].n, l.pushed);
        assert_int_equal(target[i].last_id, l.pushed);
        assert_int_equal(target[i].twice, 0);
        assert_int_equal(target[i].disorder, 0);
    }
    assert_int_equal(opened, 0);
    assert_string_equal(log_text, "");
}

static struct sk_outputs *three(void)
{
    struct sk_outputs *o = NULL;
    struct sk_sink_options a = named("a"), b = named("b"), c = named("c");

    targets_begin();
    assert_int_equal(sk_outputs_new(0, 20000, &o), 0);
    assert_int_equal(sk_outputs_add(o, &renewed_ops, &a, NULL), 0);
    assert_int_equal(sk_outputs_add(o, &renewed_ops, &b, NULL), 0);
    assert_int_equal(sk_outputs_add(o, &renewed_ops, &c, NULL), 0);
    return o;
}

static void each_alert_arrives_once_and_in_order_across_many_renewals(void **state)
{
    struct sk_outputs *o = three();

    (void)state;
    assert_int_equal(sk_outputs_start(o), 0);
    many_renewals(o, 150, 200);
}

static void so_it_does_behind_a_spool(void **state)
{
    struct stored *s = *state;
    struct sk_spool_options opt = {.dir = s->dir, .max_bytes = 64 << 20};
    struct sk_outputs *o = three();

    assert_int_equal(sk_outputs_spool(o, &opt, s->dg), 0);
    assert_int_equal(sk_outputs_start(o), 0);
    many_renewals(o, 50, 10000); /* the disk has to keep up with it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_changed_output_goes_on_where_it_was_with_the_next_sink),
        T(an_alert_that_is_tried_again_is_tried_with_the_next_sink),
        T(an_output_that_is_new_begins_and_one_that_is_kept_is_not_touched),
        T(an_output_that_is_gone_delivers_what_it_has_first),
        T(what_an_output_that_is_gone_cannot_deliver_in_its_time_is_lost_and_told),
        T(nothing_has_changed_when_a_renewal_is_given_up),
        T(a_sink_that_is_stuck_is_left_behind_and_the_others_go_on),
        T(an_output_that_is_gone_and_stuck_is_left_behind),
        T(a_sink_that_cannot_be_open_beside_the_other_is_opened_after_it),
        T(limits_are_those_of_the_last_renewal),
        T(there_is_a_limit_to_the_number_of_outputs_here_too),
        S(the_spool_knows_who_comes_and_who_goes),
        S(what_a_sink_held_when_it_was_closed_comes_again_from_the_next_in_order),
        T(each_alert_arrives_once_and_in_order_across_many_renewals),
        S(so_it_does_behind_a_spool),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
