/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "source/scap/lists.h"

#include "make.h"

static struct sk_scap_scratch scratch;

static bool read_fd(const struct sk_buf *b, unsigned v, struct sk_fd_info *fi, uint64_t *size)
{
    struct sk_scap_cursor c = {.p = (const uint8_t *)b->p, .n = b->n};

    return sk_scap_read_fd(&c, v, &scratch, fi, size);
}

static void begin(struct sk_buf *b, unsigned type)
{
    sk_buf_reset(b);
    put(b, 5, 8);
    put(b, 77, 8);
    put(b, type, 1);
}

static void sockets_have_both_ends(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_fd_info fi;
    uint64_t size = 0;

    (void)state;
    begin(&b, SK_FD_IPV4_SOCK);
    put(&b, 0x0100007f, 4);
    put(&b, 0x02000008, 4);
    put(&b, 1000, 2);
    put(&b, 80, 2);
    put(&b, SK_L4_TCP, 1);
    assert_true(read_fd(&b, 1, &fi, &size));
    assert_int_equal(size, b.n);
    assert_int_equal(fi.num, 5);
    assert_int_equal(fi.ino, 77);
    assert_int_equal(fi.sip[0], 127);
    assert_int_equal(fi.dip[3], 2);
    assert_int_equal(fi.sport, 1000);
    assert_int_equal(fi.dport, 80);
    assert_int_equal(fi.l4proto, SK_L4_TCP);
    begin(&b, SK_FD_IPV6_SERVSOCK);
    for (int i = 0; i < 16; i++)
        put(&b, (unsigned)i, 1);
    put(&b, 443, 2);
    put(&b, SK_L4_UDP, 1);
    assert_true(read_fd(&b, 1, &fi, &size));
    assert_int_equal(size, b.n);
    assert_int_equal(fi.sip[15], 15);
    assert_int_equal(fi.sport, 443);
    assert_int_equal(fi.dport, 0);
}

static void files_have_flags_and_a_device_when_there_is_room(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_fd_info fi;
    uint64_t size;

    (void)state;
    for (int with_dev = 0; with_dev < 2; with_dev++) {
        sk_buf_reset(&b);
        size_t hole = put_hole(&b);

        put(&b, 5, 8);
        put(&b, 77, 8);
        put(&b, SK_FD_FILE, 1);
        put(&b, 3, 4);
        put_text(&b, "/etc/x");
        if (with_dev)
            put(&b, 0x801, 4);
        put_len(&b, hole);
        assert_true(read_fd(&b, 2, &fi, &size));
        assert_int_equal(fi.open_flags, 3);
        assert_true(sk_str_eqz(fi.name, "/etc/x"));
        assert_int_equal(fi.dev, with_dev ? 0x801 : 0);
    }
}

static void a_type_that_is_not_known_is_skipped_by_its_length(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_fd_info fi;
    uint64_t size;
    size_t hole = put_hole(&b);

    (void)state;
    put(&b, 5, 8);
    put(&b, 77, 8);
    put(&b, 99, 1);
    put(&b, 0, 8);
    put_len(&b, hole);
    assert_true(read_fd(&b, 2, &fi, &size));
    assert_int_equal(size, b.n);
    assert_int_equal(fi.type, SK_FD_UNSUPPORTED);
    assert_true(sk_str_eqz(fi.name, "unknown-type:[99]"));
}

static void an_entry_that_is_longer_than_it_says_is_refused(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_fd_info fi;
    uint64_t size;

    (void)state;
    put(&b, 20, 4);
    put(&b, 5, 8);
    put(&b, 77, 8);
    put(&b, SK_FD_FIFO, 1);
    put_text(&b, "pipe");
    assert_false(read_fd(&b, 2, &fi, &size));
}

static void every_type_that_is_cut_is_refused(void **state)
{
    (void)state;
    for (unsigned type = 1; type <= SK_FD_PIDFD; type++) {
        sk_auto(buf) struct sk_buf b = SK_BUF(4096);
        struct sk_fd_info fi;
        uint64_t size;

        begin(&b, type);
        assert_false(read_fd(&b, 1, &fi, &size));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_that_is_longer_than_it_says_is_refused),
        cmocka_unit_test(every_type_that_is_cut_is_refused),
        cmocka_unit_test(sockets_have_both_ends),
        cmocka_unit_test(files_have_flags_and_a_device_when_there_is_room),
        cmocka_unit_test(a_type_that_is_not_known_is_skipped_by_its_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
