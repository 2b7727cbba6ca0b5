/* SPDX-License-Identifier: Apache-2.0 */
#include "field/render.h"

#include <sys/socket.h>

#include "tests/unit/field/calls.h"

static const char *json(struct world *w, unsigned i)
{
    sk_buf_reset(&w->text);
    sk_render_json(&w->cx, i, &w->text);
    assert_false(w->text.failed);
    return w->text.p;
}

static void a_parameter_that_is_not_there_has_no_text(void **state)
{
    struct world *w = *state;
    struct sk_rendered r;
    struct sk_str s;

    world_begin(w);
    assert_int_equal(sk_event_write_end(&w->w, EV_CLOSE, 1, 1), 0);
    assert_int_equal(sk_event_decode(w->rec.p, w->rec.n, 0, &w->ev), 0);
    w->cx = (struct sk_ctx){.ev = &w->ev, .st = w->st, .tmp = w->tmp};
    assert_false(sk_render(&w->cx, 0, &r));
    assert_false(sk_render(&w->cx, 99, &r));
    assert_false(sk_render_arg(&w->cx, 0, &s));
    assert_string_equal(json(w, 0), "null");
    assert_field(w, "evt.args", "");
}

static void no_memory_means_no_text(void **state)
{
    struct world *w = *state;
    struct sk_rendered r;
    struct sk_str s;

    CALL(w, 1, "openat", N(3), N(-100), T("a"), N(1), N(0));
    w->cx.tmp = sk_arena_new(1);
    assert_false(sk_render(&w->cx, 0, &r));
    assert_false(sk_render_args(&w->cx, &s));
    sk_arena_free(w->cx.tmp);
}

static void empty_parameters_say_so(void **state)
{
    struct world *w = *state;

    world_begin(w);
    world_send(w, 9, 1);
    assert_field(w, "evt.args", "res=<NA> data=NULL fd=<NA> size=<NA>");
    world_begin(w);
    world_send(w, EV_CONNECT, 1);
    assert_field(w, "evt.args", "res=<NA> tuple=NULL fd=<NA> addr=<NA>");
}

static void errors_and_descriptors_get_names(void **state)
{
    struct world *w = *state;

    CALL_FD(w, 1, 5, "/etc/shadow", "close", N(-9), N(5));
    assert_field(w, "evt.args", "res=-9(EBADF) fd=5(<f>/etc/shadow)");
    assert_field(w, "evt.arg.fd", "<f>/etc/shadow");
    assert_field(w, "evt.arg[0]", "EBADF");
    assert_string_equal(json(w, 0), "\"EBADF\"");
    CALL_FD(w, 1, 5, "/etc/shadow", "close", N(0), N(6));
    assert_field(w, "evt.args", "res=0 fd=6");
    assert_string_equal(json(w, 1), "6");
    CALL(w, 1, "mmap", N(0x7f0000001000));
    assert_field(w, "evt.arg.res", "139637976731648");
    CALL(w, 1, "close", N(-9999), N(-2));
    assert_field(w, "evt.args", "res=-9999 fd=-2(ENOENT)");
}

static void sockets_show_family_protocol_and_ends(void **state)
{
    struct world *w = *state;
    struct sk_x_sock x = {.tag = SK_X_SOCK,
                          .type = SK_FD_IPV4_SOCK,
                          .l4proto = SK_L4_TCP,
                          .fd = 4,
                          .family = AF_INET,
                          .lport = 1,
                          .rport = 80,
                          .laddr = {10, 0, 0, 1},
                          .raddr = {10, 0, 0, 2}};
    static const uint8_t tuple6[37] = {AF_INET6, [16] = 1, 0x39, 5, [34] = 2, 0xbb, 1};

    world_begin(w);
    sk_event_write_int(&w->w, 0, 8);
    sk_event_write_param(&w->w, "\x02\x0a\0\0\1\1\0\x0a\0\0\2\x50\0", 13);
    sk_event_write_int(&w->w, 4, 8);
    world_ext(w, EV_CONNECT, &x, sizeof(x), NULL);
    world_send(w, EV_CONNECT, 1);
    assert_field(w, "evt.args",
                 "res=0 tuple=10.0.0.1:1->10.0.0.2:80 fd=4(<4t>10.0.0.1:1->10.0.0.2:80) addr=<NA>");

    world_begin(w);
    sk_event_write_int(&w->w, 0, 8);
    sk_event_write_param(&w->w, tuple6, sizeof(tuple6));
    world_send(w, EV_CONNECT, 1);
    assert_field(w, "evt.arg.tuple", "::1:1337->::2:443");
}

static void addresses_of_every_family_have_a_text(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *want;
    } rows[] = {
        {"\x02\x7f\0\0\1\x50\0", 7, "127.0.0.1:80"},
        {"\x01/run/x.sock", 13, "/run/x.sock"},
        {"\x10", 1, "family 16"},
        {"\x02\x7f", 2, "family 2"},
        {"\x0a\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4\5\0", 19, "1.2.3.4:5"},
    };

    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        world_begin(w);
        sk_event_write_int(&w->w, 0, 8);
        sk_event_write_param(&w->w, rows[i].bytes, rows[i].n);
        world_send(w, EV_BIND, 1);
        assert_field(w, "evt.arg.addr", rows[i].want);
    }
}

static void flags_are_walked_in_the_order_of_their_table(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "openat", N(3), N(-100), T("/a"), N(0x1001 | 0x4), N(0644), N(0), N(7));
    assert_field(w, "evt.args",
                 "fd=3 dirfd=-100(AT_FDCWD) name=/a flags=4101(O_CREAT|O_RDONLY|O_CLOEXEC) "
                 "mode=0644 dev=0 ino=7");
    CALL(w, 1, "openat", N(3), N(-100), T("/a"), N(3), N(0));
    assert_field(w, "evt.arg.flags", "O_RDWR");
    CALL(w, 1, "openat", N(3), N(-100), T("/a"), N(0), N(0));
    assert_field(w, "evt.arg.flags", "O_NONE");
    CALL(w, 1, "openat", N(3), N(-100), T("/a"), N(0x40000000), N(0));
    assert_field(w, "evt.arg.flags", "1073741824");
}

static void enumerations_match_exactly_and_by_every_name(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "socket", N(4), N(1), N(1), N(0));
    assert_field(w, "evt.arg.domain", "AF_LOCAL|AF_UNIX");
    CALL(w, 1, "socket", N(4), N(1000), N(1), N(0));
    assert_field(w, "evt.arg.domain", "1000");
}

static void modes_are_octal_with_their_bits(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "chmod", N(0), T("/a"), N(04100));
    assert_field(w, "evt.args", "res=0 filename=/a mode=04100(S_IXUSR|S_ISUID)");
    CALL(w, 1, "chmod", N(0), T("/a"), N(0));
    assert_field(w, "evt.args", "res=0 filename=/a mode=0");
}

static void ids_and_tasks_get_names(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(50, 1, "bash");

    world_add(w, &ti);
    CALL(w, 50, "setresuid", N(0), N(-1), N(0), N(77777));
    assert_field(w, "evt.args", "res=0 ruid=-1(<NONE>) euid=0(root) suid=77777(<NA>)");
    CALL(w, 50, "kill", N(0), N(50), N(9));
    assert_field(w, "evt.args", "res=0 pid=50(bash) sig=9(SIGKILL)");
    CALL(w, 50, "kill", N(0), N(-1), N(0));
    assert_field(w, "evt.args", "res=0 pid=-1 sig=0");
}

static void relative_paths_show_where_they_lead(void **state)
{
    struct world *w = *state;

    CALL_IN(w, 1, "/srv/www", "unlinkat", N(0), N(7), T("../x"), N(0));
    assert_field(w, "evt.args", "res=0 dirfd=7(<d>/srv/www) name=../x(/srv/x) flags=0");
    assert_field(w, "evt.arg.name", "/srv/x");
    CALL(w, 1, "unlinkat", N(0), N(7), T("x"), N(0));
    assert_field(w, "evt.args", "res=0 dirfd=7 name=x flags=0");
    CALL_IN(w, 1, "/srv", "unlink", N(0), T("/a/../b"));
    assert_field(w, "evt.args", "res=0 path=/a/../b");
}

static void texts_lose_what_a_terminal_would_obey(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "chdir", N(0), T("/a\x1b[31m\n/\x7f\xff"));
    assert_field(w, "evt.arg.path", "/a[31m/\xff");
    CALL(w, 1, "chdir", N(0), T("(NULL)"));
    assert_field(w, "evt.arg.path", "<NA>");
    world_begin(w);
    sk_event_write_int(&w->w, 3, 8);
    sk_event_write_param(&w->w, "a\0\n\x80z", 5);
    world_send(w, 9, 1);
    assert_field(w, "evt.arg.data", "a...z");
}

static void dynamic_parameters_are_of_the_type_they_tell(void **state)
{
    struct world *w = *state;
    uint16_t code = call_code("ptrace");

    world_begin(w);
    sk_event_write_int(&w->w, 0, 8);
    sk_event_write_param(&w->w, "\0\xff\0\0\0\0\0\0\0", 9);
    sk_event_write_param(&w->w, "\1\x0b", 2);
    world_send(w, code, 1);
    assert_field(w, "evt.args", "res=0 addr=FF data=11(SIGSEGV) request=<NA> pid=<NA>");
    world_begin(w);
    sk_event_write_int(&w->w, 0, 8);
    sk_event_write_param(&w->w, "\7", 1);   /* no such variant */
    sk_event_write_param(&w->w, "\0\1", 2); /* too short */
    world_send(w, code, 1);
    assert_field(w, "evt.args", "res=0 addr=. data=<NA> request=<NA> pid=<NA>");
}

static void lists_of_descriptors_are_cut_where_the_record_ends(void **state)
{
    struct world *w = *state;

    world_begin(w);
    sk_event_write_int(&w->w, 1, 8);
    sk_event_write_param(&w->w, "\3\0\4\0\0\0\0\0\0\0\x41\0\5\0\0\0\0\0\0\0\1\0\6", 23);
    world_send(w, EV_POLL, 1);
    assert_field(w, "evt.arg.fds", "4:?41 5:?1");
    world_begin(w);
    sk_event_write_int(&w->w, 1, 8);
    sk_event_write_param(&w->w, "\3", 1);
    world_send(w, EV_POLL, 1);
    assert_field(w, "evt.arg.fds", "");
}

static void durations_and_dates_are_readable(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "nanosleep", N(0), N(1500000000));
    assert_field(w, "evt.args", "res=0 interval=1500000000(1.5s)");
    CALL(w, 1, "nanosleep", N(0), N(-1));
    assert_field(w, "evt.args", "res=0 interval=none");
}

static void a_generic_call_has_no_arguments_to_list(void **state)
{
    struct world *w = *state;

    world_begin(w);
    sk_event_write_int(&w->w, sk_syscall_by_name(SK_STR("pause"))->ppm_sc, 2);
    sk_event_write_int(&w->w, 34, 2);
    world_send(w, 1, 1);
    assert_field(w, "evt.args", "");
    assert_field(w, "evt.arg[0]", "pause");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_parameter_that_is_not_there_has_no_text),
        WORLD_TEST(no_memory_means_no_text),
        WORLD_TEST(empty_parameters_say_so),
        WORLD_TEST(errors_and_descriptors_get_names),
        WORLD_TEST(sockets_show_family_protocol_and_ends),
        WORLD_TEST(addresses_of_every_family_have_a_text),
        WORLD_TEST(flags_are_walked_in_the_order_of_their_table),
        WORLD_TEST(enumerations_match_exactly_and_by_every_name),
        WORLD_TEST(modes_are_octal_with_their_bits),
        WORLD_TEST(ids_and_tasks_get_names),
        WORLD_TEST(relative_paths_show_where_they_lead),
        WORLD_TEST(texts_lose_what_a_terminal_would_obey),
        WORLD_TEST(dynamic_parameters_are_of_the_type_they_tell),
        WORLD_TEST(lists_of_descriptors_are_cut_where_the_record_ends),
        WORLD_TEST(durations_and_dates_are_readable),
        WORLD_TEST(a_generic_call_has_no_arguments_to_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
