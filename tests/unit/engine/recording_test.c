/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings around alerts, and of everything. */
#include "tests/unit/engine/util.h"

#include <glob.h>
#include <inttypes.h>

#include "engine/run.h"
#include "source/scap/reader.h"

static char prefix[64];

static const char *conf_text(const char *more)
{
    static unsigned turn;
    static char text[512];

    snprintf(prefix, sizeof(prefix), "/tmp/saker-rec-%d-%u", (int)getpid(), turn++);
    snprintf(text, sizeof(text), "capture: {enabled: true, path_prefix: %s%s}", prefix, more);
    return text;
}

/* Recordings that there are, removed; events of the i-th in out[i]. */
static size_t files(unsigned out[8])
{
    char pattern[128];
    glob_t g;
    size_t n;

    snprintf(pattern, sizeof(pattern), "%s_*.scap", prefix);
    if (glob(pattern, 0, NULL, &g))
        return 0;
    n = g.gl_pathc;
    for (size_t i = 0; i < n; i++) {
        sk_auto(diag) struct sk_diag *dg = sk_diag_new();
        struct sk_scap_record rec;
        struct sk_scap_reader *r;
        int step;

        out[i] = 0;
        assert_int_equal(sk_scap_reader_open(g.gl_pathv[i], &r, dg), 0);
        while ((step = sk_scap_reader_step(r, &rec)) >= 0)
            out[i] += step == SK_SCAP_STEP_EVENT;
        assert_int_equal(step, -ENODATA);
        sk_scap_reader_free(r);
        unlink(g.gl_pathv[i]);
    }
    globfree(&g);
    return n;
}

#define CAPTURE RULE("A", "evt.arg.name=/bad") "  capture: true\n"

static void push_all(struct fix *f, const char *const *names)
{
    for (; *names; names++)
        assert_int_equal(push_open(f, *names), 1);
    finish(f);
}

static void an_alert_of_a_rule_with_capture_is_recorded_with_what_follows(void **state)
{
    const char *const names[] = {"a", "b", "/bad", "c", "d", "e", "f", "g", "h", NULL};
    char path[256];
    unsigned n[8];

    (void)state;
    start(*state, conf_text(""), CAPTURE, 0);
    push_all(*state, names);
    /* 5 s: the event that began it, at 1002 s, and up to 1007 s */
    snprintf(path, sizeof(path), "%s_%020" PRIu64 "_%020u.scap", prefix, (uint64_t)1002000000000,
             3);
    assert_int_equal(access(path, R_OK), 0);
    assert_int_equal(files(n), 1);
    assert_int_equal(n[0], 6);
}

static void a_rule_without_capture_starts_none_but_prolongs_one(void **state)
{
    const char *const quiet[] = {"/other", "a", NULL};
    const char *const names[] = {"/bad", "a", "/other", "b", "c", "d", "e", "f", "g", "h", NULL};
    unsigned n[8];

    start(*state, conf_text(""), CAPTURE RULE("B", "evt.arg.name=/other"), 0);
    push_all(*state, quiet);
    assert_int_equal(files(n), 0);
    assert_int_equal(fix_free(state), 0);
    assert_int_equal(fix_new(state), 0);
    start(*state, conf_text(""), CAPTURE RULE("B", "evt.arg.name=/other"), 0);
    push_all(*state, names);
    assert_int_equal(files(n), 1);
    assert_int_equal(n[0], 8);
}

static void in_mode_all_rules_every_alert_starts_one(void **state)
{
    const char *const names[] = {"a", "/other", "b", NULL};
    unsigned n[8];

    start(*state, conf_text(", mode: all_rules"), RULE("B", "evt.arg.name=/other"), 0);
    push_all(*state, names);
    assert_int_equal(files(n), 1);
    assert_int_equal(n[0], 2);
}

static void the_duration_of_the_rule_counts_and_the_next_alert_starts_another(void **state)
{
    const char *const names[] = {"/bad", "a", "b", "c", "/bad", "d", NULL};
    unsigned n[8];

    start(*state, conf_text(""), CAPTURE "  capture_duration: 2000\n", 0);
    push_all(*state, names);
    assert_int_equal(files(n), 2);
    assert_int_equal(n[0], 3);
    assert_int_equal(n[1], 2);
}

static void without_a_duration_each_alert_is_a_file(void **state)
{
    const char *const names[] = {"/bad", "a", "/bad", "/bad", NULL};
    unsigned n[8];

    start(*state, conf_text(", default_duration: 0"), CAPTURE, 0);
    push_all(*state, names);
    assert_int_equal(files(n), 3);
    assert_int_equal(n[0], 1);
}

/* Names that do not compress, until there is more than the limit. */
static void push_much(struct fix *f)
{
    static char name[4000];
    uint32_t v = 1;

    for (int turn = 0; turn < 12; turn++) {
        for (int i = 0; i < 100; i++) {
            for (size_t k = 0; k + 1 < sizeof(name); k++) {
                v = v * 1103515245u + 12345u;
                name[k] = (char)(1 + (v >> 16) % 255);
            }
            assert_int_equal(push_open(f, name), 1);
        }
        assert_true(sk_source_synth.poll(sk_engine_source(f->engine), 1000, sk_engine_event,
                                         f->engine) > 0);
    }
}

static void a_recording_that_is_full_ends_with_an_alert(void **state)
{
    struct fix *f = *state;
    struct stat sb;
    char path[256];
    const char *text;

    start(f, conf_text(", max_file_size_mb: 1, default_duration: 100000000"), CAPTURE, 0);
    assert_int_equal(push_open(f, "/bad"), 1);
    push_much(f);
    finish(f);
    snprintf(path, sizeof(path), "%s_%020" PRIu64 "_%020u.scap", prefix, (uint64_t)1000000000000,
             1);
    assert_int_equal(stat(path, &sb), 0);
    assert_true(sb.st_size >= 1 << 20 && sb.st_size < 2 << 20);
    unlink(path);
    text = alerts(f);
    assert_non_null(
        strstr(text, "Falco internal: capture size limit reached. Configured limit: 1 MB."));
}

static void nothing_is_recorded_unless_it_is_enabled(void **state)
{
    const char *const names[] = {"/bad", NULL};
    unsigned n[8];

    conf_text("");
    start(*state, "", CAPTURE, 0);
    push_all(*state, names);
    assert_int_equal(files(n), 0);
}

static void a_file_that_cannot_be_made_ends_the_run(void **state)
{
    struct fix *f = *state;

    start(f, "capture: {enabled: true, path_prefix: /no/such/folder/x}", CAPTURE, 0);
    assert_int_equal(push_open(f, "/bad"), 1);
    sk_synth_end(sk_engine_source(f->engine));
    assert_true(sk_engine_run(f->engine, f->dg) < 0);
    assert_non_null(
        strstr(sk_diag_text(f->dg, SK_DIAG_ERROR), "can't open /no/such/folder/x_0000000100"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(nothing_is_recorded_unless_it_is_enabled),
        T(a_file_that_cannot_be_made_ends_the_run),
        T(an_alert_of_a_rule_with_capture_is_recorded_with_what_follows),
        T(a_rule_without_capture_starts_none_but_prolongs_one),
        T(in_mode_all_rules_every_alert_starts_one),
        T(the_duration_of_the_rule_counts_and_the_next_alert_starts_another),
        T(without_a_duration_each_alert_is_a_file),
        T(a_recording_that_is_full_ends_with_an_alert),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
