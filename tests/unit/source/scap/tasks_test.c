/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "source/scap/lists.h"

#include "make.h"

/* An entry as version `v` has it, without what only V9 has around it. */
static void put_entry(struct sk_buf *b, unsigned v)
{
    put(b, 12, 8);
    put(b, 11, 8);
    put(b, 1, 8);
    if (v >= 6)
        put(b, 6, 8);
    if (v >= 8)
        put(b, 8, 8);
    put_text(b, "comm");
    put_text(b, "exe");
    if (v >= 7)
        put_text(b, "/exepath");
    put(b, 4, 2);
    sk_buf_add(b, "a\0b\0", 4);
    put_text(b, "/cwd");
    put(b, 1024, 8);
    put(b, 3, 4);
    put(b, 100, 4);
    put(b, 200, 4);
    if (v >= 2) {
        put(b, 10, 4);
        put(b, 20, 4);
        put(b, 30, 4);
        put(b, 40, 8);
        put(b, 50, 8);
    }
    if (v >= 3)
        put_text(b, "E=1");
    if (v >= 4) {
        put(b, 2, 8);
        put(b, 1, 8);
        put_text(b, "cpu=/x");
    }
    if (v >= 5)
        put_text(b, "/root");
}

static void put_old_tail(struct sk_buf *b)
{
    put(b, 7, 4);
    put(b, 1, 1);
    for (int i = 0; i < 3; i++)
        put(b, 0x10 + (unsigned)i, 8);
}

static bool read_task(const struct sk_buf *b, unsigned v, struct sk_task_info *ti, uint64_t *size)
{
    static struct sk_scap_scratch scratch;
    struct sk_scap_cursor c = {.p = (const uint8_t *)b->p, .n = b->n};

    return sk_scap_read_task(&c, v, &scratch, ti, size);
}

static void every_layout_gives_what_it_has(void **state)
{
    (void)state;
    for (unsigned v = 1; v <= 9; v++) {
        sk_auto(buf) struct sk_buf b = SK_BUF(4096);
        struct sk_task_info ti;
        uint64_t size = 0;
        size_t hole = v == 9 ? put_hole(&b) : 0;

        put_entry(&b, v);
        if (v == 9)
            put_len(&b, hole);
        assert_true(read_task(&b, v, &ti, &size));
        assert_int_equal(size, b.n);
        assert_int_equal(ti.tid, 12);
        assert_int_equal(ti.sid, v >= 6 ? 6 : -1);
        assert_int_equal(ti.vpgid, v >= 8 ? 8 : -1);
        assert_true(sk_str_eqz(ti.exepath, v >= 7 ? "/exepath" : ""));
        assert_int_equal(ti.args.n, 4);
        assert_int_equal(ti.gid, 200);
        assert_int_equal(ti.pgft_min, v >= 2 ? 50 : 0);
        assert_int_equal(ti.env.n, v >= 3 ? 4 : 0); /* with the NUL that it missed */
        assert_int_equal(ti.vtid, v >= 4 ? 2 : -1);
        assert_true(sk_str_eqz(ti.root, v >= 5 ? "/root" : ""));
        assert_int_equal(ti.loginuid, UINT32_MAX);
    }
}

static void the_tail_of_an_older_writer_has_neither_start_nor_terminal(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_task_info ti;
    uint64_t size;
    size_t hole = put_hole(&b);

    (void)state;
    put_entry(&b, 9);
    put_old_tail(&b);
    put_len(&b, hole);
    assert_true(read_task(&b, 9, &ti, &size));
    assert_int_equal(ti.loginuid, 7);
    assert_true(ti.exe_writable);
    assert_int_equal(ti.cap_effective, 0x12);
    assert_int_equal(ti.tty, 0);
}

static void the_tail_of_today_is_read_and_what_follows_it_is_skipped(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_task_info ti;
    uint64_t size;
    size_t hole = put_hole(&b);

    (void)state;
    put_entry(&b, 9);
    put(&b, 77, 8);
    put(&b, 34816, 4);
    put_old_tail(&b);
    put(&b, 1, 1);
    put(&b, 101, 8);
    put(&b, 102, 8);
    put(&b, 103, 8);
    put(&b, 0, 1);
    put(&b, 1, 1);
    put(&b, 9, 8);
    put(&b, 99, 8);
    put_len(&b, hole);
    assert_true(read_task(&b, 9, &ti, &size));
    assert_int_equal(size, b.n);
    assert_int_equal(ti.pidns_init_start_ns, 77);
    assert_int_equal(ti.tty, 34816);
    assert_int_equal(ti.exe_mtime_ns, 103);
    assert_true(ti.exe_upper && ti.exe_lower && !ti.exe_memfd);
    assert_int_equal(ti.pgid, 9);
}

static void an_entry_that_is_cut_anywhere_is_refused(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_task_info ti;
    uint64_t size;

    (void)state;
    put_entry(&b, 8);
    for (size_t n = 0, whole = b.n; n < whole; n++) {
        b.n = n;
        assert_false(read_task(&b, 8, &ti, &size));
    }
}

static void texts_that_are_too_long_are_refused(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct sk_task_info ti;
    uint64_t size;

    (void)state;
    for (int i = 0; i < 3; i++)
        put(&b, 1, 8);
    put(&b, 1025, 2);
    for (int i = 0; i < 20000; i++)
        put(&b, 'x', 1);
    assert_false(read_task(&b, 1, &ti, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_that_is_cut_anywhere_is_refused),
        cmocka_unit_test(texts_that_are_too_long_are_refused),
        cmocka_unit_test(every_layout_gives_what_it_has),
        cmocka_unit_test(the_tail_of_an_older_writer_has_neither_start_nor_terminal),
        cmocka_unit_test(the_tail_of_today_is_read_and_what_follows_it_is_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
