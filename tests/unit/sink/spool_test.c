/* SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/sink/spooled.h"

static void alerts_reach_all_outputs_and_leave_the_spool(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooling(s, PROBE | OTHER);

    push_n(o, 1000, SK_NOTICE);
    UNTIL(probe.written == 1000 && other.written == 1000);
    sk_outputs_free(o);
    assert_string_equal(log_text, "");
    assert_int_equal(stored_open(s, 1 << 20), 0);
    assert_string_equal(stored_ids(s->store, 0), "");
    assert_int_equal(sk_store_last_id(s->store), 1000);
}

static void an_output_that_was_down_gets_its_alerts_in_the_next_run_first(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooled(s, PROBE | OTHER, 64 << 20, 200);

    assert_int_equal(sk_outputs_start(o), 0);
    probe.answer = -EIO;
    push_n(o, 500, SK_NOTICE);
    UNTIL(other.written == 500);
    sk_outputs_free(o);
    assert_non_null(strstr(log_text, "5 output channels still blocked, the remaining notifications "
                                     "stay in the spool\n5 probe: 0 alerts delivered, 0 lost, 0 "
                                     "dropped, 0 shed, 500 stay in the spool\n"));
    log_text[0] = '\0';
    o = spooling(s, PROBE | OTHER);
    assert_int_equal(stat_of(o, 0).queued, 500);
    push_n(o, 3, SK_ALERT);
    UNTIL(probe.written == 503 && other.written == 3);
    sk_outputs_free(o);
    assert_int_equal(probe.last_id, 503);
    assert_true(sk_str_ends(sk_str(probe.text), SK_STR("5:x\n1:x\n1:x\n1:x\n")));
    assert_string_equal(other.text, "1:x\n1:x\n1:x\n");
    assert_string_equal(log_text, "5 probe: 500 alerts of earlier runs are in the spool; 0 were "
                                  "shed so far\n");
}

static void an_output_that_is_far_behind_costs_no_memory_and_delays_no_other(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooling(s, PROBE | OTHER);

    probe.gated = true;
    push_n(o, 3000, SK_NOTICE);
    UNTIL(other.written == 3000);
    assert_true(stat_of(o, 0).waiting <= 256);
    UNTIL(stat_of(o, 0).waiting + stat_of(o, 0).spooled == 3000);
    probe.gated = false;
    sem_post(&probe.gate);
    UNTIL(probe.written == 3000);
    UNTIL(stat_of(o, 0).waiting == 0);
    assert_int_equal(stat_of(o, 0).spooled, 0);
    sk_outputs_free(o);
}

static void an_alert_whose_id_comes_late_is_not_passed_over(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooling(s, PROBE);
    uint64_t early = sk_outputs_next_id(o), late = sk_outputs_next_id(o);
    struct sk_sink_alert a = {.line = SK_STR("late"), .priority = SK_NOTICE, .id = late};

    assert_true(sk_outputs_push(o, &a));
    UNTIL(probe.written == 1);
    a.id = early;
    a.line = SK_STR("early");
    assert_true(sk_outputs_push(o, &a));
    UNTIL(probe.written == 2);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "5:late\n5:early\n");
    assert_int_equal(probe.last_id, late + 1);
}

static void an_output_that_is_new_begins_now(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooled(s, PROBE, 64 << 20, 100);

    assert_int_equal(sk_outputs_start(o), 0);
    probe.answer = -EIO;
    push_n(o, 5, SK_NOTICE);
    UNTIL(stat_of(o, 0).last_error_ns);
    sk_outputs_free(o);
    o = spooling(s, PROBE | OTHER);
    push_n(o, 2, SK_ERROR);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "5:x\n5:x\n5:x\n5:x\n5:x\n3:x\n3:x\n");
    assert_string_equal(other.text, "3:x\n3:x\n");
}

static void an_output_that_cannot_be_opened_keeps_its_alerts_for_another_run(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooling(s, PROBE | OTHER);

    push_n(o, 2, SK_NOTICE);
    sk_outputs_free(o);
    o = spooling(s, PROBE | OTHER_ABSENT);
    push_n(o, 3, SK_ERROR);
    UNTIL(probe.written == 3);
    UNTIL(stat_of(o, 1).spooled == 3);
    sk_outputs_free(o);
    o = spooling(s, PROBE | OTHER);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "");
    assert_string_equal(other.text, "3:x\n3:x\n3:x\n");
}

static void an_alert_that_is_less_important_than_wanted_is_not_kept(void **state)
{
    const struct sk_sink_options opt = {.min_priority = SK_ERROR, .has_min = true};
    struct stored *s = *state;
    const struct sk_spool_options spool = {.dir = s->dir, .max_bytes = 1 << 20};
    struct sk_outputs *o = NULL;

    probes_begin();
    assert_int_equal(sk_outputs_new(0, 5000, &o), 0);
    assert_int_equal(sk_outputs_add(o, &probe_ops, &opt, NULL), 0);
    assert_int_equal(sk_outputs_spool(o, &spool, s->dg), 0);
    assert_int_equal(sk_outputs_start(o), 0);
    push_n(o, 3, SK_WARNING);
    push_n(o, 1, SK_ERROR);
    push_n(o, 3, SK_WARNING);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "3:x\n");
    assert_int_equal(stored_open(s, 1 << 20), 0);
    assert_string_equal(stored_ids(s->store, 0), "");
}

static void change(const struct stored *s, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(s->file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void damaged_alerts_are_passed_over_and_counted(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooled(s, PROBE, 64 << 20, 100);

    assert_int_equal(sk_outputs_start(o), 0);
    probe.answer = -EIO;
    push_n(o, 6, SK_NOTICE);
    sk_outputs_free(o);
    change(s, "UPDATE alerts SET body = x'00112233' WHERE id = 2;"
              "UPDATE alerts SET priority = 99 WHERE id = 4;"
              "UPDATE alerts SET body = 'text' WHERE id = 5");
    log_text[0] = '\0';
    o = spooling(s, PROBE);
    UNTIL(probe.written == 3);
    UNTIL(stat_of(o, 0).failed == 2); /* who has priority 99 is wanted by nobody */
    sk_outputs_free(o);
    assert_int_equal(probe.last_id, 6);
    assert_non_null(strstr(log_text, "3 probe: 2 damaged alerts in the spool were passed over\n"));
}

/* A limit to the size of files stands for a disk that refuses. */
static void set_file_limit(rlim_t n)
{
    struct rlimit r;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
    r.rlim_cur = SK_MIN(n, r.rlim_max);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void a_disk_that_refuses_stops_nothing_and_is_used_again_later(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooling(s, PROBE | OTHER);

    push_n(o, 10, SK_NOTICE);
    UNTIL(probe.written == 10);
    probe.gated = true;
    set_file_limit(4096);
    push_n(o, 1500, SK_NOTICE);
    UNTIL(other.written == 1510);
    UNTIL(log_has("alerts are kept in memory until it can be written again"));
    set_file_limit(RLIM_INFINITY);
    UNTIL(log_has("5 spool: it is written again\n"));
    probe.gated = false;
    sem_post(&probe.gate);
    UNTIL(probe.written == 1510);
    sk_outputs_free(o);
    assert_int_equal(probe.last_id, 1510);
    assert_int_equal(stored_open(s, 1 << 20), 0);
    assert_string_equal(stored_ids(s->store, 0), "");
}

static void without_the_disk_what_is_not_delivered_at_the_end_is_counted_as_lost(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooled(s, PROBE, 64 << 20, 100);

    assert_int_equal(sk_outputs_start(o), 0);
    push_n(o, 1, SK_NOTICE);
    UNTIL(probe.written == 1);
    probe.answer = -EIO;
    set_file_limit(4096);
    push_n(o, 7, SK_NOTICE);
    sk_outputs_free(o);
    set_file_limit(RLIM_INFINITY);
    assert_non_null(
        strstr(log_text, "3 spool: 7 deliveries are lost: their alerts were in memory alone\n"));
    assert_non_null(strstr(log_text, "5 probe: 1 alerts delivered, 7 lost, 0 dropped, 0 shed, 0 "
                                     "stay in the spool\n"));
}

static void a_spool_that_cannot_be_there_is_an_error(void **state)
{
    struct stored *s = *state;
    const struct sk_spool_options opt = {.dir = "/dev/null/spool", .max_bytes = 1 << 20};
    struct sk_outputs *o = NULL;

    probes_begin();
    assert_int_equal(sk_outputs_new(0, 100, &o), 0);
    assert_int_equal(sk_outputs_add(o, &probe_ops, NULL, NULL), 0);
    assert_int_equal(sk_outputs_spool(o, &opt, s->dg), -ENOTDIR);
    assert_non_null(strstr(sk_diag_text(s->dg, SK_DIAG_ERROR),
                           "cannot open the spool '/dev/null/spool/alerts.db'"));
    sk_outputs_free(o);
}

/* A run that ends as by a crash, with an output that holds what it has taken from that alert on;
 * later it holds nothing. */
static void crashed(const struct stored *s, uint64_t holds, bool delivered)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (!pid) {
        struct sk_outputs *o = spooling(s, HOLDER);

        probe.holds = holds;
        push_n(o, 10, SK_NOTICE);
        UNTIL(probe.written == 10);
        if (delivered)
            probe.holds = 0;
        usleep(delivered ? 2000000 : 500000);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void what_a_sink_holds_comes_again_after_a_crash(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o;

    crashed(s, 4, false);
    o = spooling(s, HOLDER);
    assert_int_equal(stat_of(o, 0).queued, 7);
    UNTIL(probe.written == 7);
    sk_outputs_free(o);
    assert_int_equal(probe.last_id, 10);
}

static void what_a_sink_delivers_later_leaves_the_spool_without_another_alert(void **state)
{
    struct stored *s = *state;

    crashed(s, 1, true);
    assert_int_equal(stored_open(s, 1 << 20), 0);
    assert_string_equal(stored_ids(s->store, 0), "");
}

static void what_a_sink_holds_at_the_end_stays_and_is_not_counted_as_delivered(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooling(s, HOLDER | OTHER);

    probe.holds = 8;
    probe.held = 3;
    push_n(o, 10, SK_NOTICE);
    sk_outputs_free(o);
    assert_string_equal(log_text, "5 holder: 7 alerts delivered, 0 lost, 0 dropped, 0 shed, 3 stay "
                                  "in the spool\n");
    log_text[0] = '\0';
    o = spooling(s, HOLDER | OTHER);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "5:x\n5:x\n5:x\n");
    assert_string_equal(other.text, "");
    assert_string_equal(
        log_text, "5 holder: 3 alerts of earlier runs are in the spool; 0 were shed so far\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        S(alerts_reach_all_outputs_and_leave_the_spool),
        S(an_output_that_was_down_gets_its_alerts_in_the_next_run_first),
        S(an_output_that_is_far_behind_costs_no_memory_and_delays_no_other),
        S(an_alert_whose_id_comes_late_is_not_passed_over),
        S(an_output_that_is_new_begins_now),
        S(an_output_that_cannot_be_opened_keeps_its_alerts_for_another_run),
        S(an_alert_that_is_less_important_than_wanted_is_not_kept),
        S(damaged_alerts_are_passed_over_and_counted),
        S(a_disk_that_refuses_stops_nothing_and_is_used_again_later),
        S(without_the_disk_what_is_not_delivered_at_the_end_is_counted_as_lost),
        S(a_spool_that_cannot_be_there_is_an_error),
        S(what_a_sink_holds_comes_again_after_a_crash),
        S(what_a_sink_delivers_later_leaves_the_spool_without_another_alert),
        S(what_a_sink_holds_at_the_end_stays_and_is_not_counted_as_delivered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
