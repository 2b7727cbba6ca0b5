/* SPDX-License-Identifier: Apache-2.0 */
/* What is put is what is read. */
#include "tests/unit/test.h"

#include "source/scap/put.h"

#include "source/scap/record.h"

static struct sk_scap_scratch scratch;

static struct sk_scap_cursor cursor(const struct sk_buf *b)
{
    return (struct sk_scap_cursor){.p = (const uint8_t *)b->p, .n = b->n};
}

static void a_task_comes_back_whole(void **state)
{
    const struct sk_task_info in = {
        .pid = 10,
        .tid = 11,
        .ppid = 1,
        .vpid = 2,
        .vtid = 3,
        .sid = 4,
        .pgid = 5,
        .vpgid = 6,
        .comm = SK_STR("c"),
        .exe = SK_STR("e"),
        .exepath = SK_STR("/e"),
        .args = SK_STR("a\0b\0"),
        .env = SK_STR("E=1\0"),
        .cwd = SK_STR("/cwd/"),
        .root = SK_STR("/"),
        .cgroups = SK_STR("cpu=/x\0"),
        .uid = 7,
        .gid = 8,
        .loginuid = 9,
        .tty = 10,
        .flags = 0x2001,
        .fdlimit = 1024,
        .vm_size_kb = 1,
        .vm_rss_kb = 2,
        .vm_swap_kb = 3,
        .pgft_maj = 4,
        .pgft_min = 5,
        .cap_inheritable = 6,
        .cap_permitted = 7,
        .cap_effective = 8,
        .exe_ino = 12,
        .exe_ctime_ns = 13,
        .exe_mtime_ns = 14,
        .pidns_init_start_ns = 15,
        .exe_writable = true,
        .exe_lower = true,
    };
    sk_auto(buf) struct sk_buf b = SK_BUF(65536), again = SK_BUF(65536);
    struct sk_scap_cursor c;
    struct sk_task_info out;
    uint64_t size = 0;

    (void)state;
    sk_scap_put_task(&b, &in);
    c = cursor(&b);
    assert_true(sk_scap_read_task(&c, 9, &scratch, &out, &size));
    assert_int_equal(size, b.n);
    assert_int_equal(out.tid, 11);
    assert_int_equal(out.pgid, 5);
    assert_true(sk_str_eq(out.env, in.env));
    assert_int_equal(out.exe_mtime_ns, 14);
    assert_true(out.exe_lower && out.exe_writable && !out.exe_upper);
    sk_scap_put_task(&again, &out);
    assert_true(sk_str_eq(sk_buf_str(&b), sk_buf_str(&again)));
}

static void texts_are_cut_to_what_readers_accept(void **state)
{
    static char longtext[8000];
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct sk_task_info in = {.pid = 1, .tid = 1}, out;
    struct sk_scap_cursor c;
    uint64_t size;

    (void)state;
    memset(longtext, 'x', sizeof(longtext));
    in.exe = in.args = in.env = in.cwd = in.root = in.cgroups = in.exepath =
        (struct sk_str){longtext, sizeof(longtext)};
    sk_scap_put_task(&b, &in);
    c = cursor(&b);
    assert_true(sk_scap_read_task(&c, 9, &scratch, &out, &size));
    assert_int_equal(out.exe.n, SK_SCAP_PATH_MAX - 1);
    assert_int_equal(out.args.n, SK_SCAP_ARGS_MAX + 1); /* and its NUL */
}

static void descriptors_of_every_type_come_back(void **state)
{
    (void)state;
    for (unsigned type = 0; type <= SK_FD_PIDFD; type++) {
        sk_auto(buf) struct sk_buf b = SK_BUF(65536);
        struct sk_fd_info in = {.num = 3,
                                .ino = 4,
                                .type = type,
                                .sip = {1, 2},
                                .dip = {3, 4},
                                .sport = 5,
                                .dport = 6,
                                .l4proto = SK_L4_UDP,
                                .unix_src = 7,
                                .open_flags = 8,
                                .dev = 9,
                                .name = SK_STR("/name")};
        struct sk_fd_info out;
        struct sk_scap_cursor c;
        uint64_t size = 0;

        sk_scap_put_fd(&b, &in);
        c = cursor(&b);
        assert_true(sk_scap_read_fd(&c, 2, &scratch, &out, &size));
        assert_int_equal(size, b.n);
        assert_int_equal(out.type, type);
        assert_int_equal(out.num, 3);
        if (type == SK_FD_FILE)
            assert_int_equal(out.dev, 9);
        if (type == SK_FD_IPV6_SOCK)
            assert_int_equal(out.dport, 6);
    }
}

static void addresses_and_names_come_back(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    const struct sk_iface in = {.ip = {127, 0, 0, 1}, .mask = {255}};
    const struct sk_scap_user user = {.user = {1, 2, SK_STR("u"), SK_STR("/h"), SK_STR("/sh")}};
    struct sk_iface ifc;
    struct sk_scap_user u;
    struct sk_scap_cursor c;
    uint64_t size = 0;

    (void)state;
    sk_scap_put_iface(&b, &in, "lo");
    c = cursor(&b);
    assert_true(sk_scap_read_iface(&c, 2, &ifc, &size));
    assert_int_equal(size, b.n);
    assert_int_equal(ifc.ip[0], 127);
    sk_buf_reset(&b);
    sk_scap_put_user(&b, &user);
    c = cursor(&b);
    assert_true(sk_scap_read_user(&c, 2, &u, &size));
    assert_int_equal(size, b.n);
    assert_true(sk_str_eqz(u.user.home, "/h"));
}

/* A record of close with one extension. */
static void put_close(struct sk_buf *b, bool extended)
{
    static struct sk_event_writer w;
    const struct sk_x_task task = {.tag = SK_X_TASK, .pid = 5, .comm = "it"};

    sk_event_write_begin(&w, b);
    sk_event_write_int(&w, 0, 8);
    sk_event_write_int(&w, 3, 8);
    if (extended)
        sk_event_write_param(&w, &task, sizeof(task));
    assert_int_equal(sk_event_write_end(&w, 5, 1000, 5), 0);
}

static void assert_same(const struct sk_event *a, const struct sk_event *b)
{
    assert_int_equal(a->ts_ns, b->ts_ns);
    assert_int_equal(a->tid, b->tid);
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->nparams, b->nparams);
    for (uint32_t i = 0; i < a->nparams; i++) {
        struct sk_str p = sk_event_bytes(a, i), q = sk_event_bytes(b, i);

        assert_int_equal(p.n, q.n);
        assert_memory_equal(p.p, q.p, p.n);
    }
    assert_int_equal(!a->task, !b->task);
    if (a->task)
        assert_memory_equal(a->task, b->task, sizeof(*a->task));
    assert_int_equal(!a->file.x, !b->file.x);
    if (a->file.x)
        assert_memory_equal(a->file.x, b->file.x, sizeof(*a->file.x));
    assert_true(sk_str_eq(a->file.path, b->file.path));
}

/* Puts and reads back; `shown` is the number of parameters that other readers see. */
static void round_trip(struct sk_event *ev, uint32_t *shown)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536), again = SK_BUF(65536);
    static struct sk_buf buffer = SK_BUF(65536);
    struct sk_scap_record r;
    struct sk_event out;
    struct sk_rec_hdr h;

    assert_true(sk_scap_put_event(&b, ev));
    assert_int_equal(b.n % 4, 0);
    memcpy(&h, b.p + 10 + (ev->state_only ? 4 : 0), sizeof(h));
    *shown = h.nparams;
    assert_int_equal(
        sk_scap_read_event((const uint8_t *)b.p + 8, b.n - 12, 2, ev->state_only, &buffer, &r), 0);
    assert_int_equal(r.flags, ev->state_only ? SK_SCAP_STATE_ONLY : 0);
    assert_int_equal(r.ours ? sk_event_decode_more(r.rec, r.len, &r.more, r.cpu, &out)
                            : sk_event_decode(r.rec, r.len, r.cpu, &out),
                     0);
    assert_int_equal(out.cpu, 3);
    assert_same(&out, ev);
    /* What was read can be recorded again. */
    out.state_only = ev->state_only;
    assert_true(sk_scap_put_event(&again, &out));
    assert_int_equal(again.n, b.n);
    assert_memory_equal(again.p, b.p, b.n);
    sk_buf_done(&buffer);
}

static void what_saker_knows_more_is_hidden_from_others_and_comes_back(void **state)
{
    sk_auto(buf) struct sk_buf rec = SK_BUF(65536);
    struct sk_event ev;
    uint32_t shown;

    (void)state;
    for (int i = 0; i < 4; i++) {
        sk_buf_reset(&rec);
        put_close(&rec, i & 1);
        assert_int_equal(sk_event_decode(rec.p, rec.n, 3, &ev), 0);
        ev.state_only = i & 2;
        round_trip(&ev, &shown);
        assert_int_equal(shown, ev.info->nparams);
    }
}

static void an_event_that_does_not_fit_is_left_out(void **state)
{
    sk_auto(buf) struct sk_buf rec = SK_BUF(65536), b = SK_BUF(64);
    struct sk_event ev;

    (void)state;
    put_close(&rec, true);
    assert_int_equal(sk_event_decode(rec.p, rec.n, 3, &ev), 0);
    assert_false(sk_scap_put_event(&b, &ev));
    assert_int_equal(b.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_that_does_not_fit_is_left_out),
        cmocka_unit_test(texts_are_cut_to_what_readers_accept),
        cmocka_unit_test(a_task_comes_back_whole),
        cmocka_unit_test(descriptors_of_every_type_come_back),
        cmocka_unit_test(addresses_and_names_come_back),
        cmocka_unit_test(what_saker_knows_more_is_hidden_from_others_and_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
