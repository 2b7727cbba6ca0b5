/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of numbered events across many generations: each is alerted exactly once. */
#include "engine/stage.h"

#include <sys/eventfd.h>

#include "tests/unit/engine/util.h"

#define ROUNDS 100
#define EACH   7

/* A synth source that can refuse a capture, and notes what it was told. */
static struct sk_source_ops source;
static int refuse;
static struct sk_event_set seen[8];
static const struct sk_pf *filters[8];
static unsigned applies;

static int noted_apply(void *self, const struct sk_capture *cap, struct sk_state *st,
                       struct sk_diag *dg)
{
    if (refuse)
        return sk_err(dg, refuse, NULL, "not today");
    filters[applies % SK_ARRAY_LEN(seen)] = cap->prefilter;
    seen[applies++ % SK_ARRAY_LEN(seen)] = cap->events;
    return sk_source_synth.apply(self, cap, st, dg);
}

struct set { /* what a reload makes */
    struct sk_conf *conf;
    struct sk_gen *gen;
    struct sk_stage *stage;
};

static struct set now; /* what the engine runs, once it has swapped */

static void set_free(struct set *s)
{
    sk_stage_free(s->stage);
    sk_gen_free(s->gen);
    sk_conf_free(s->conf);
    *s = (struct set){0};
}

static int set_new(struct fix *f, const char *conf_text, const char *rules, struct set *out)
{
    struct sk_conf_input in = {.text = sk_str(conf_text)};
    struct sk_gen_input rin = {.builtin_name = "rules", .builtin = sk_str(rules)};
    int err;

    assert_int_equal(sk_conf_load(&in, &out->conf, f->dg), 0);
    rin.conf = out->conf;
    err = sk_gen_new(&rin, &out->gen, f->dg);
    if (!err)
        err =
            sk_stage_new(out->conf, out->gen, 1u << SK_FORM_TEXT | 1u << SK_FORM_JSON, &out->stage);
    return err;
}

static int swap(struct fix *f, struct set *next)
{
    struct sk_stage *old = NULL;
    int err = sk_engine_swap(f->engine, next->stage, &old, f->dg);

    if (err)
        return err;
    assert_ptr_equal(old, now.stage);
    set_free(&now);
    now = *next;
    *next = (struct set){0};
    return 0;
}

struct stream {
    struct fix *f;
    int wake_fd;
    unsigned round, number, failed;
};

static void push_some(struct stream *s)
{
    for (int i = 0; i < EACH; i++) {
        char name[16];

        snprintf(name, sizeof(name), "/n%u", s->number++);
        assert_int_equal(push_open(s->f, name), 1);
    }
}

/* Events that wait while the generation changes, and events right after it. */
static unsigned on_wake(void *self)
{
    struct stream *s = self;
    struct set next = {0};
    static const char *const rules[] = {
        RULE("A", "evt.type=openat"),
        RULE("B", "evt.type in (openat, connect)"),
        "- rule: [",
        RULE("A", "evt.type=openat and evt.arg.name startswith /n") RULE("B", "evt.type=openat"),
    };
    static const char *const conf_text[] = {"", "rule_matching: all", "falco_libs: {snaplen: 99}"};

    push_some(s);
    if (set_new(s->f, s->round % 3 == 1 ? "" : conf_text[s->round % 3], rules[s->round % 4], &next))
        s->failed++;
    else
        assert_int_equal(swap(s->f, &next), 0);
    set_free(&next);
    push_some(s);
    if (++s->round < ROUNDS)
        return 0;
    sk_synth_end(sk_engine_source(s->f->engine));
    assert_int_equal(read(s->wake_fd, &(uint64_t){0}, 8), 8);
    return 0;
}

static void open_engine_as(struct fix *f, struct stream *s, const char *conf_text,
                           const char *rules)
{
    struct sk_engine_options opt = {
        .hostname = "h", .host_root = "/nonexistent", .wake = on_wake, .wake_self = s};
    const struct sk_conf to = {.file_name = f->path, .file_keep_alive = true};
    const struct sk_sink_options sink = {.conf = &to, .unbuffered = true};

    source = sk_source_synth;
    source.apply = noted_apply;
    refuse = 0;
    applies = 0;
    conf(f, conf_text);
    assert_int_equal(gen(f, rules), 0);
    assert_int_equal(sk_outputs_new(0, 2000, &f->outputs), 0);
    assert_int_equal(sk_outputs_add(f->outputs, &sk_sink_file, &sink, f->dg), 0);
    assert_int_equal(sk_outputs_start(f->outputs), 0);
    s->f = f;
    s->wake_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    opt.wake_fd = s->wake_fd;
    opt.gen = f->gen;
    opt.conf = f->conf;
    opt.outputs = f->outputs;
    opt.source = &source;
    assert_int_equal(sk_engine_new(&opt, &f->engine, f->dg), 0);
}

static void open_engine(struct fix *f, struct stream *s, const char *rules)
{
    open_engine_as(f, s, "", rules);
}

static void close_engine(struct fix *f, struct stream *s)
{
    sk_engine_free(SK_TAKE(f->engine));
    set_free(&now);
    close(s->wake_fd);
}

static void each_event_of_a_stream_is_alerted_once_across_many_generations(void **state)
{
    struct fix *f = *state;
    struct stream s = {0};
    struct sk_engine_stats st;
    unsigned expected = 0;

    open_engine(f, &s, RULE("First", "evt.type=openat"));
    assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
    assert_int_equal(s.number, 2 * EACH * ROUNDS);
    assert_int_equal(s.failed, ROUNDS / 4);
    sk_engine_get_stats(f->engine, &st);
    assert_int_equal(st.events, s.number);
    assert_int_equal(st.alerts, s.number);
    assert_int_equal(matches(&st, "First") + matches(&st, "A") + matches(&st, "B"), s.number);
    close_engine(f, &s);
    for (const char *p = strstr(alerts(f), "num="); p; p = strstr(p + 1, "num="), expected++) {
        char wanted[64];

        snprintf(wanted, sizeof(wanted), "num=%u name=/n%u\n", expected + 1, expected);
        assert_memory_equal(p, wanted, strlen(wanted));
    }
    assert_int_equal(expected, s.number);
}

static void the_capture_is_widened_before_and_narrowed_after(void **state)
{
    struct fix *f = *state;
    struct stream s = {0};
    struct set next = {0};
    struct sk_event_set both = {0};

    open_engine(f, &s, RULE("A", "evt.type=openat"));
    assert_int_equal(applies, 1);
    assert_int_equal(set_new(f, "", RULE("A", "evt.type=symlink"), &next), 0);
    assert_int_equal(swap(f, &next), 0);
    assert_int_equal(applies, 3);
    sk_event_set_or(&both, &seen[0]);
    sk_event_set_or(&both, &seen[2]);
    assert_memory_equal(&both, &seen[1], sizeof(both));
    assert_true(sk_event_set_has(&seen[1], OPENAT_X));
    assert_false(sk_event_set_has(&seen[2], OPENAT_X));
    assert_int_equal(set_new(f, "priority: error", RULE("B", "evt.type=symlink"), &next), 0);
    close_engine(f, &s);
    set_free(&next);
}

static void nothing_is_applied_when_the_same_is_wanted(void **state)
{
    struct fix *f = *state;
    struct stream s = {0};
    struct set next = {0};

    open_engine_as(f, &s, "engine: {prefilter: false}", RULE("A", "evt.type=openat"));
    assert_int_equal(set_new(f, "engine: {prefilter: false}", RULE("B", "evt.type=openat"), &next),
                     0);
    assert_int_equal(swap(f, &next), 0);
    assert_int_equal(applies, 1);
    assert_null(filters[0]);
    close_engine(f, &s);
}

/* What one generation leaves out the other may want. */
static void nothing_is_left_out_between_two_filters(void **state)
{
    struct fix *f = *state;
    struct stream s = {0};
    struct set next = {0};
    const struct sk_pf *filter;

    open_engine(f, &s, RULE("A", "evt.type=openat and fd.name=/a"));
    assert_ptr_equal(filters[0], sk_gen_prefilter(f->gen));
    assert_non_null(filters[0]);
    assert_int_equal(set_new(f, "", RULE("B", "evt.type=openat and fd.name=/b"), &next), 0);
    filter = sk_gen_prefilter(next.gen);
    assert_int_equal(swap(f, &next), 0);
    assert_int_equal(applies, 3);
    assert_null(filters[1]);
    assert_ptr_equal(filters[2], filter);
    close_engine(f, &s);
}

static void a_capture_that_is_refused_leaves_the_old_generation(void **state)
{
    struct fix *f = *state;
    struct stream s = {0};
    struct set next = {0};
    struct sk_engine_stats st;

    open_engine(f, &s, RULE("A", "evt.type=openat"));
    assert_int_equal(set_new(f, "", RULE("B", "evt.type in (openat, symlink)"), &next), 0);
    refuse = -EPERM;
    assert_int_equal(swap(f, &next), -EPERM);
    assert_string_equal(sk_diag_text(f->dg, SK_DIAG_ERROR), "not today\n");
    set_free(&next);
    refuse = 0;
    assert_int_equal(push_open(f, "x"), 1);
    s.round = ROUNDS; /* on_wake ends the stream */
    finish(f);
    sk_engine_get_stats(f->engine, &st);
    assert_true(matches(&st, "A") > 0);
    close_engine(f, &s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(each_event_of_a_stream_is_alerted_once_across_many_generations),
        T(the_capture_is_widened_before_and_narrowed_after),
        T(nothing_is_applied_when_the_same_is_wanted),
        T(nothing_is_left_out_between_two_filters),
        T(a_capture_that_is_refused_leaves_the_old_generation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
