/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "source/scap/reader.h"

#include <errno.h>

#include "make.h"

struct bench {
    char path[64];
    struct sk_diag *dg;
    struct sk_scap_reader *r;
    struct sk_state *st;
};

static int open_it(struct bench *b, const struct sk_buf *bytes)
{
    *b = (struct bench){.dg = sk_diag_new()};
    write_file(bytes, "wbT", b->path);
    assert_int_equal(sk_state_new(NULL, NULL, &b->st), 0);
    int err = sk_scap_reader_open(b->path, &b->r, b->dg);
    if (!err)
        sk_scap_reader_set_state(b->r, b->st);
    return err;
}

static void done(struct bench *b)
{
    unlink(b->path);
    sk_scap_reader_free(b->r);
    sk_state_free(b->st);
    sk_diag_free(b->dg);
}

static const char *said(struct bench *b)
{
    return sk_diag_text(b->dg, SK_DIAG_ERROR);
}

/* Steps until the end; how many events. */
static unsigned read_all(struct bench *b, int *out_end)
{
    struct sk_scap_record rec;
    unsigned n = 0;
    int step;

    while ((step = sk_scap_reader_step(b->r, &rec)) >= 0)
        n += step == SK_SCAP_STEP_EVENT;
    *out_end = step;
    return n;
}

static void refused(const struct sk_buf *bytes, int err, const char *text)
{
    struct bench b;

    assert_int_equal(open_it(&b, bytes), err);
    if (!strstr(said(&b), text))
        fail_msg("'%s' is not in '%s'", text, said(&b));
    assert_non_null(strstr(said(&b), b.path));
    done(&b);
}

static void what_is_no_capture_is_refused_by_name(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);

    (void)state;
    refused(&b, -ENODATA, "is empty");
    sk_buf_addz(&b, "- rule: this is YAML");
    refused(&b, -EBADMSG, "is not a capture");
    sk_buf_reset(&b);
    sk_buf_addz(&b, "abc");
    refused(&b, -EBADMSG, "is not a capture");
}

static void foreign_byte_orders_and_newer_versions_are_refused(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);

    (void)state;
    put_section(&b);
    memcpy(b.p + 8, "\x1a\x2b\x3c\x4d", 4);
    refused(&b, -ENOTSUP, "byte order");
    b.p[8] = 0;
    refused(&b, -EBADMSG, "magic");
    memcpy(b.p + 8, "\x4d\x3c\x2b\x1a\x02\x00\x07\x00", 8);
    refused(&b, -ENOTSUP, "incompatible file version 2.7");
}

static void lists_go_into_the_state_and_events_come_out(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct bench t;
    int end;

    (void)state;
    put_section(&b);
    put_task(&b, 100, "one");
    size_t at = block_begin(&b, 0x999); /* a block of the future */
    put(&b, 1, 8);
    block_end(&b, at);
    put_event(&b, 1000, 100);
    put_event(&b, 1001, 100);
    assert_int_equal(open_it(&t, &b), 0);
    assert_int_equal(read_all(&t, &end), 2);
    assert_int_equal(end, -ENODATA);
    assert_string_equal(sk_scap_reader_why(t.r), "");
    struct sk_thread *th = sk_state_thread(t.st, 100);
    assert_non_null(th);
    assert_string_equal(th->comm, "one");
    assert_int_equal(th->uid, 33);
    assert_true(sk_str_eqz(th->proc->cwd, "/tmp/"));
    assert_int_equal(th->proc->image->args.n, 3);
    done(&t);
}

static void options_of_the_section_are_skipped(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct bench t;
    int end;

    (void)state;
    put_section(&b);
    b.n -= 4;
    sk_buf_addz(&b, "comment!");
    block_end(&b, 0);
    put_event(&b, 1000, 100);
    assert_int_equal(open_it(&t, &b), 0);
    assert_int_equal(read_all(&t, &end), 1);
    done(&t);
}

static void cut_at_any_byte_all_that_is_whole_is_read(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    size_t first, one;

    (void)state;
    put_section(&b);
    put_task(&b, 100, "one");
    first = b.n;
    put_event(&b, 1000, 100);
    one = b.n - first;
    put_event(&b, 1001, 100);
    put_event(&b, 1002, 100);
    for (size_t whole = b.n, n = 28; n < whole; n++) {
        struct bench t;
        int end;

        b.n = n;
        assert_int_equal(open_it(&t, &b), 0);
        assert_int_equal(read_all(&t, &end), n < first ? 0 : (n - first) / one);
        if (n == 28 || (n >= first && (n - first) % one == 0)) {
            assert_int_equal(end, -ENODATA);
        } else {
            assert_int_equal(end, -EBADMSG);
            assert_non_null(strstr(sk_scap_reader_why(t.r), "ends in the middle of a block"));
            assert_non_null(strstr(sk_scap_reader_why(t.r), t.path));
        }
        done(&t);
    }
}

static void a_length_of_four_gigabytes_costs_nothing(void **state)
{
    const uint32_t ids[] = {SK_SCAP_ID_PL_V9, SK_SCAP_ID_FDL_V1,      SK_SCAP_ID_IL_V2,
                            SK_SCAP_ID_UL_V2, SK_SCAP_ID_EV_V2_LARGE, 0x12345};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(ids); i++) {
        sk_auto(buf) struct sk_buf b = SK_BUF(65536);
        struct bench t;
        int end;

        put_section(&b);
        put(&b, ids[i], 4);
        put(&b, 0xfffffff0u, 4);
        put(&b, 0xffffff00u, 4);
        put(&b, 0, 8);
        assert_int_equal(open_it(&t, &b), 0);
        assert_int_equal(read_all(&t, &end), 0);
        assert_int_equal(end, -EBADMSG);
        done(&t);
    }
}

static void an_ordinary_event_is_at_most_64_kib(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1 << 20);
    struct bench t;
    int end;

    (void)state;
    put_section(&b);
    size_t at = block_begin(&b, SK_SCAP_ID_EV_V2);
    for (int i = 0; i < 10000; i++)
        put(&b, 0, 8);
    block_end(&b, at);
    assert_int_equal(open_it(&t, &b), 0);
    assert_int_equal(read_all(&t, &end), 0);
    assert_int_equal(end, -EBADMSG);
    done(&t);
}

static void lengths_that_differ_are_damage(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct bench t;
    int end;

    (void)state;
    put_section(&b);
    put_task(&b, 100, "one");
    b.p[b.n - 4]++;
    put_event(&b, 1000, 100);
    assert_int_equal(open_it(&t, &b), 0);
    assert_int_equal(read_all(&t, &end), 0);
    assert_int_equal(end, -EBADMSG);
    assert_non_null(strstr(sk_scap_reader_why(t.r), "lengths of a block differ"));
    done(&t);
}

static void a_capture_behind_another_begins_anew(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct bench t;
    int end;

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        put_section(&b);
        put_task(&b, 100 + i, "one");
        put_event(&b, 1000, 100 + i);
    }
    put_task(&b, 102, "three"); /* a list in the middle: likewise */
    put_event(&b, 1000, 102);
    assert_int_equal(open_it(&t, &b), 0);
    assert_int_equal(read_all(&t, &end), 3);
    assert_int_equal(end, -ENODATA);
    assert_null(sk_state_thread(t.st, 100));
    assert_null(sk_state_thread(t.st, 101));
    assert_non_null(sk_state_thread(t.st, 102));
    done(&t);
}

static void a_damaged_list_of_addresses_is_left_out(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct bench t;
    int end;

    (void)state;
    put_section(&b);
    size_t at = block_begin(&b, SK_SCAP_ID_IL_V2);
    put(&b, 70, 4);
    put(&b, 1, 2);
    put(&b, 0, 8);
    block_end(&b, at);
    put_event(&b, 1000, 100);
    assert_int_equal(open_it(&t, &b), 0);
    assert_int_equal(read_all(&t, &end), 1);
    assert_int_equal(end, -ENODATA);
    assert_int_equal(sk_scap_reader_skipped_lists(t.r), 1);
    done(&t);
}

static void other_damaged_lists_end_the_reading(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct bench t;
    int end;

    (void)state;
    put_section(&b);
    size_t at = block_begin(&b, SK_SCAP_ID_UL_V2);
    put(&b, 3, 4);
    put(&b, 0, 8);
    put(&b, 0, 8);
    block_end(&b, at);
    put_event(&b, 1000, 100);
    assert_int_equal(open_it(&t, &b), 0);
    assert_int_equal(read_all(&t, &end), 0);
    assert_int_equal(end, -EBADMSG);
    assert_non_null(strstr(sk_scap_reader_why(t.r), "UL_V2"));
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_capture_is_refused_by_name),
        cmocka_unit_test(foreign_byte_orders_and_newer_versions_are_refused),
        cmocka_unit_test(a_length_of_four_gigabytes_costs_nothing),
        cmocka_unit_test(an_ordinary_event_is_at_most_64_kib),
        cmocka_unit_test(lengths_that_differ_are_damage),
        cmocka_unit_test(other_damaged_lists_end_the_reading),
        cmocka_unit_test(a_damaged_list_of_addresses_is_left_out),
        cmocka_unit_test(cut_at_any_byte_all_that_is_whole_is_read),
        cmocka_unit_test(lists_go_into_the_state_and_events_come_out),
        cmocka_unit_test(options_of_the_section_are_skipped),
        cmocka_unit_test(a_capture_behind_another_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
