/* SPDX-License-Identifier: Apache-2.0 */
#include "event/convert.h"

#include <errno.h>

#include "event/event.h"
#include "tests/unit/test.h"

enum {
#define EVENT(code, en, ...) EV_##en = (code),
#include "events.def"
};

#define TID 25

struct fixture {
    struct sk_converter *c;
    struct sk_buf in;
    struct sk_event_writer w;
    const void *out;
    size_t n;
    const char *why;
    struct sk_event ev; /* of the last result */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (!f)
        return -1;
    f->in = SK_BUF(1 << 17);
    *state = f;
    return sk_converter_new(&f->c);
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    sk_converter_free(f->c);
    sk_buf_done(&f->in);
    free(f);
    return 0;
}

static void begin(struct fixture *f)
{
    sk_buf_reset(&f->in);
    sk_event_write_begin(&f->w, &f->in);
}

/* Converts the record that was begun. */
static int feed(struct fixture *f, unsigned type, uint64_t tid)
{
    assert_int_equal(sk_event_write_end(&f->w, (uint16_t)type, 7, tid), 0);
    f->why = NULL;
    return sk_convert(f->c, f->in.p, f->in.n, &f->out, &f->n, &f->why);
}

static void read_result(struct fixture *f, unsigned type, unsigned nparams)
{
    assert_int_equal(sk_event_decode(f->out, f->n, 0, &f->ev), 0);
    assert_int_equal(f->ev.type, type);
    assert_int_equal(f->ev.nparams, nparams);
    assert_int_equal(f->ev.raw_len, f->n);
    assert_int_equal(f->ev.ts_ns, 7);
}

static int64_t int_at(const struct fixture *f, unsigned i)
{
    int64_t v = 0;

    assert_true(sk_event_i64(&f->ev, i, &v));
    return v;
}

static int close_enter(struct fixture *f, uint64_t tid, uint64_t fd)
{
    begin(f);
    sk_event_write_int(&f->w, fd, 8);
    return feed(f, EV_SYSCALL_CLOSE_E, tid);
}

static int close_exit(struct fixture *f, uint64_t tid)
{
    begin(f);
    sk_event_write_int(&f->w, 0, 8);
    return feed(f, EV_SYSCALL_CLOSE_X, tid);
}

static int raw(struct fixture *f, struct sk_rec_hdr h, const void *tail, size_t n, size_t len)
{
    sk_buf_reset(&f->in);
    sk_buf_add(&f->in, &h, sizeof(h));
    sk_buf_add(&f->in, tail, n);
    f->why = NULL;
    return sk_convert(f->c, f->in.p, len, &f->out, &f->n, &f->why);
}

static void a_damaged_record_is_refused_with_a_reason(void **state)
{
    static const struct {
        struct sk_rec_hdr h;
        uint16_t lens[3];
        size_t n, len;
    } bad[] = {
        {{.len = 26, .type = 4}, {0}, 0, 25},                        /* cut header */
        {{.len = 25, .type = 4}, {0}, 0, 26},                        /* shorter than a header */
        {{.len = 27, .type = 4}, {0}, 0, 26},                        /* longer than its block */
        {{.len = 26, .type = SK_EVENT_N}, {0}, 0, 26},               /* no such type */
        {{.len = 26, .type = 4, .nparams = 1}, {0}, 0, 26},          /* no lengths */
        {{.len = 28, .type = 4, .nparams = 1}, {8}, 2, 28},          /* no parameter */
        {{.len = 32, .type = 4, .nparams = 1}, {0}, 6, 32},          /* bytes that nobody has */
        {{.len = 28, .type = 4, .nparams = 2}, {0}, 2, 28},          /* no such version */
        {{.len = 26, .type = 4, .nparams = UINT32_MAX}, {0}, 0, 26}, /* absurd */
        {{.len = 32, .type = 5, .nparams = 3}, {0}, 6, 32},          /* more than the row has */
        {{.len = 26, .type = 5, .nparams = 1000000}, {0}, 0, 26},    /* absurd, exit */
        {{.len = 32, .type = 5, .nparams = 3}, {9, 9, 9}, 6, 32},    /* past the end */
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < SK_ARRAY_LEN(bad); i++) {
        assert_int_equal(raw(f, bad[i].h, bad[i].lens, bad[i].n, bad[i].len), -EBADMSG);
        assert_non_null(f->why);
    }
}

static void a_result_longer_than_the_limit_is_refused(void **state)
{
    struct sk_rec_hdr h = {.type = EV_SYSCALL_WRITEV_X, .nparams = 2};
    size_t data = SK_CONVERT_MAX_BYTES - sizeof(h) - 4;
    struct fixture *f = *state;
    uint8_t *tail = calloc(1, data + 5);
    uint16_t lens[2] = {8};

    assert_non_null(tail);
    for (unsigned over = 0; over < 2; over++) {
        lens[1] = (uint16_t)(data - 8 + over);
        memcpy(tail, lens, sizeof(lens));
        h.len = (uint32_t)(sizeof(h) + 4 + data + over);
        assert_int_equal(raw(f, h, tail, 4 + data + over, h.len), -EBADMSG);
        assert_non_null(strstr(f->why, "64 KiB"));
    }
    free(tail);
}

static void an_event_of_today_is_not_copied(void **state)
{
    struct fixture *f = *state;

    begin(f);
    sk_event_write_int(&f->w, 0, 8);
    sk_event_write_int(&f->w, 3, 8);
    assert_int_equal(feed(f, EV_SYSCALL_CLOSE_X, TID), SK_CONVERT_PASS);
    assert_ptr_equal(f->out, f->in.p);
    assert_int_equal(f->n, f->in.n);
}

static void events_that_are_no_more_are_dropped(void **state)
{
    static const unsigned gone[] = {EV_SYSCALL_CLONE_20_E, EV_PROCEXIT_X, EV_CONTAINER_X,
                                    EV_SOCKET_ACCEPT_5_E};
    struct fixture *f = *state;

    for (size_t i = 0; i < SK_ARRAY_LEN(gone); i++) {
        begin(f);
        assert_int_equal(feed(f, gone[i], TID), SK_CONVERT_DROP);
    }
}

static void arguments_come_from_the_enter_event_of_the_thread(void **state)
{
    struct fixture *f = *state;
    size_t n;

    assert_int_equal(close_enter(f, TID, 3), SK_CONVERT_DROP);
    assert_int_equal(close_enter(f, TID + 1, 4), SK_CONVERT_DROP);
    assert_non_null(sk_converter_kept(f->c, TID, &n));
    assert_int_equal(close_exit(f, TID), SK_CONVERT_DONE);
    read_result(f, EV_SYSCALL_CLOSE_X, 2);
    assert_int_equal(int_at(f, 1), 3);
    assert_null(sk_converter_kept(f->c, TID, &n));
    assert_int_equal(close_exit(f, TID + 1), SK_CONVERT_DONE);
    read_result(f, EV_SYSCALL_CLOSE_X, 2);
    assert_int_equal(int_at(f, 1), 4);
}

static void without_the_enter_event_arguments_are_zero(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(close_exit(f, TID), SK_CONVERT_DONE);
    read_result(f, EV_SYSCALL_CLOSE_X, 2);
    assert_int_equal(int_at(f, 1), 0);
    begin(f);
    sk_event_write_int(&f->w, 0, 8);
    assert_int_equal(feed(f, EV_SYSCALL_SETUID_X, TID), SK_CONVERT_DONE);
    read_result(f, EV_SYSCALL_SETUID_X, 2);
    assert_int_equal(sk_event_param(&f->ev, 1).len, 0);
}

static void an_enter_event_of_another_call_is_none(void **state)
{
    struct fixture *f = *state;
    size_t n;

    begin(f);
    sk_event_write_int(&f->w, 9, 8);
    sk_event_write_int(&f->w, 10, 4);
    assert_int_equal(feed(f, EV_SYSCALL_READ_E, TID), SK_CONVERT_DROP);
    assert_int_equal(close_exit(f, TID), SK_CONVERT_DONE);
    read_result(f, EV_SYSCALL_CLOSE_X, 2);
    assert_int_equal(int_at(f, 1), 0);
    assert_non_null(sk_converter_kept(f->c, TID, &n));
    sk_converter_reset(f->c);
    assert_null(sk_converter_kept(f->c, TID, &n));
    assert_int_equal(sk_converter_lost(f->c), 0);
}

static void an_event_goes_through_all_its_versions(void **state)
{
    struct fixture *f = *state;
    int step;

    begin(f);
    sk_event_write_int(&f->w, 0, 8);
    sk_event_write_text(&f->w, SK_STR("/bin/cat"));
    sk_event_write_param(&f->w, "-n", 3);
    for (unsigned i = 3; i < 6; i++)
        sk_event_write_int(&f->w, 100 + i, 8);
    sk_event_write_text(&f->w, SK_STR("/tmp"));
    sk_event_write_int(&f->w, 1024, 8);
    assert_int_equal(feed(f, EV_SYSCALL_EXECVE_8_X, TID), SK_CONVERT_DONE);
    read_result(f, EV_SYSCALL_EXECVE_19_X, sk_events[EV_SYSCALL_EXECVE_19_X].nparams);
    assert_true(sk_str_eqz(sk_event_text(&f->ev, 1), "/bin/cat"));
    assert_int_equal(int_at(f, 3), 103);
    assert_int_equal(int_at(f, 7), 1024);
    step = sk_convert_step(f->c, f->in.p, f->in.n, &f->out, &f->n, &f->why);
    assert_int_equal(step, SK_CONVERT_MORE);
    read_result(f, EV_SYSCALL_EXECVE_13_X, 13);
}

static void an_enter_event_may_both_pass_and_be_kept(void **state)
{
    struct fixture *f = *state;
    unsigned row = sk_events[EV_SYSCALL_EXECVE_19_X].nparams;

    begin(f);
    sk_event_write_text(&f->w, SK_STR("./a"));
    assert_int_equal(feed(f, EV_SYSCALL_EXECVE_18_E, TID), SK_CONVERT_DONE);
    read_result(f, EV_SYSCALL_EXECVE_19_E, 1);
    begin(f);
    for (unsigned i = 0; i < row - 1; i++)
        sk_event_write_param(&f->w, NULL, 0);
    assert_int_equal(feed(f, EV_SYSCALL_EXECVE_19_X, TID), SK_CONVERT_DONE);
    read_result(f, EV_SYSCALL_EXECVE_19_X, row);
    assert_true(sk_str_eqz(sk_event_text(&f->ev, row - 1), "./a"));
}

static void an_old_container_event_becomes_json(void **state)
{
    struct fixture *f = *state;

    begin(f);
    sk_event_write_text(&f->w, SK_STR("3ad7b26ded6d"));
    sk_event_write_int(&f->w, 0, 4);
    sk_event_write_text(&f->w, SK_STR("a \"name\""));
    sk_event_write_text(&f->w, SK_STR("busybox"));
    assert_int_equal(feed(f, EV_CONTAINER_E, TID), SK_CONVERT_DONE);
    read_result(f, EV_CONTAINER_JSON_2_E, 1);
    assert_string_equal(sk_event_text(&f->ev, 0).p,
                        "{\"id\":\"3ad7b26ded6d\",\"type\":0,\"name\":\"a \\\"name\\\"\","
                        "\"image\":\"busybox\"}");
}

static void an_old_container_event_with_empty_parameters_is_converted(void **state)
{
    struct fixture *f = *state;

    begin(f);
    for (unsigned i = 0; i < 4; i++)
        sk_event_write_param(&f->w, NULL, 0);
    assert_int_equal(feed(f, EV_CONTAINER_E, TID), SK_CONVERT_DONE);
    read_result(f, EV_CONTAINER_JSON_2_E, 1);
    assert_string_equal(sk_event_text(&f->ev, 0).p,
                        "{\"id\":\"\",\"type\":0,\"name\":\"\",\"image\":\"\"}");
}

static void extensions_are_not_too_many_parameters(void **state)
{
    struct fixture *f = *state;
    struct sk_x_task x = {.tag = SK_X_TASK};

    for (unsigned odd = 0; odd < 2; odd++) {
        begin(f);
        sk_event_write_int(&f->w, 0, 8);
        sk_event_write_int(&f->w, 3, 8);
        x.tag = odd ? 200 : SK_X_TASK;
        sk_event_write_param(&f->w, &x, sizeof(x));
        assert_int_equal(feed(f, EV_SYSCALL_CLOSE_X, TID), odd ? -EBADMSG : SK_CONVERT_PASS);
    }
}

/* Each row takes only what is there and makes at most what the type has; chains end. */
static void rows_are_consistent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sk_convert_rules_n; i++) {
        const struct sk_convert_rule *r = &sk_convert_rules[i];
        unsigned n = r->n + (r->action == SK_CA_ADD ? r->nparams : 0);

        assert_true(sk_events[r->from].flags & SK_EF_CONVERTER_MANAGED);
        assert_true(n <= sk_events[r->to].nparams);
        assert_true((r->to == r->from) == (r->action != SK_CA_CHANGE));
        for (unsigned k = 0; k < r->n; k++) {
            unsigned op = r->param[k].op;

            if (op == SK_CO_OLD)
                assert_true(r->param[k].i < r->nparams);
            if (op == SK_CO_ENTER || op == SK_CO_ENTER_NUL)
                assert_true(r->from % 2 && r->param[k].i < sk_events[r->from - 1].nparams);
        }
    }
}

static void any_number_of_old_parameters_ends_in_an_event_of_today(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sk_convert_rules_n; i++) {
        const struct sk_convert_rule *r = &sk_convert_rules[i];
        int rc;

        begin(f);
        for (unsigned k = 0; k < r->nparams; k++)
            sk_event_write_param(&f->w, NULL, 0);
        rc = feed(f, r->from, TID);
        if (rc < 0)
            fail_msg("%s with %u: %s", sk_events[r->from].enum_name, r->nparams, f->why);
        if (rc == SK_CONVERT_DROP)
            continue;
        assert_int_equal(sk_event_decode(f->out, f->n, 0, &f->ev), 0);
        if (f->ev.info->exit)
            assert_int_equal(f->ev.nparams, f->ev.info->nparams);
    }
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_damaged_record_is_refused_with_a_reason),
        CASE(a_result_longer_than_the_limit_is_refused),
        CASE(an_event_of_today_is_not_copied),
        CASE(events_that_are_no_more_are_dropped),
        CASE(arguments_come_from_the_enter_event_of_the_thread),
        CASE(without_the_enter_event_arguments_are_zero),
        CASE(an_enter_event_of_another_call_is_none),
        CASE(an_event_goes_through_all_its_versions),
        CASE(an_enter_event_may_both_pass_and_be_kept),
        CASE(an_old_container_event_becomes_json),
        CASE(an_old_container_event_with_empty_parameters_is_converted),
        CASE(extensions_are_not_too_many_parameters),
        CASE(rows_are_consistent),
        CASE(any_number_of_old_parameters_ends_in_an_event_of_today),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
