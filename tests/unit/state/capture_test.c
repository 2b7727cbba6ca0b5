/* SPDX-License-Identifier: Apache-2.0 */
#include "state/capture.h"

#include <errno.h>

#include "tests/unit/state/feed.h"

#define USER_ADDED    354
#define USER_DELETED  356
#define GROUP_ADDED   358
#define GROUP_DELETED 360

static void add_thread(struct feed *f, uint32_t pid, uint32_t tid)
{
    struct sk_task_info ti = {.pid = pid, .tid = tid, .ppid = 1, .uid = 5, .gid = 6};

    assert_int_equal(sk_state_add(f->st, &ti), 0);
}

static void a_descriptor_needs_a_thread(void **state)
{
    struct sk_fd_info fi = {.num = 1, .type = SK_FD_FILE, .name = SK_STR("/a")};
    struct feed f;
    (void)state;

    feed_init(&f, NULL, NULL);
    assert_int_equal(sk_state_add_fd(f.st, 7, &fi), -ENOENT);
    feed_done(&f);
}

static void threads_share_what_their_leader_has(void **state)
{
    struct sk_fd_info fi = {.num = 1, .type = SK_FD_FILE, .name = SK_STR("/a"), .ino = 5, .dev = 6};
    const struct sk_fd *fd;
    struct feed f;
    (void)state;

    feed_init(&f, NULL, NULL);
    add_thread(&f, 10, 10);
    add_thread(&f, 10, 11);
    assert_int_equal(sk_state_add_fd(f.st, 10, &fi), 0);
    fi.name = SK_STR("/other");
    assert_int_equal(sk_state_add_fd(f.st, 11, &fi), 0);
    fd = sk_state_fd(sk_state_thread(f.st, 11), 1);
    assert_string_equal(fd->name.p, "/a");
    assert_int_equal(fd->ino, 5);
    assert_int_equal(fd->dev, 6);
    assert_int_equal(sk_state_fd_count(sk_state_proc(f.st, 10)), 1);
    feed_done(&f);
}

static void a_mapped_address_is_ipv4(void **state)
{
    struct sk_fd_info fi = {
        .num = 1,
        .type = SK_FD_IPV6_SOCK,
        .l4proto = SK_L4_TCP,
        .sip = {[10] = 0xff, 0xff, 1, 2, 3, 4},
        .dip = {[10] = 0xff, 0xff, 5, 6, 7, 8},
        .sport = 1,
        .dport = 2,
        .name = SK_STR(""),
    };
    char buf[SK_FD_TEXT_MAX];
    const struct sk_fd *fd;
    struct sk_str s;
    struct feed f;
    (void)state;

    feed_init(&f, NULL, NULL);
    add_thread(&f, 10, 10);
    assert_int_equal(sk_state_add_fd(f.st, 10, &fi), 0);
    fd = sk_state_fd(sk_state_thread(f.st, 10), 1);
    assert_int_equal(fd->type, SK_FD_IPV4_SOCK);
    assert_true(fd->flags & SK_FDF_CONNECTED);
    s = sk_fd_text(fd, buf);
    assert_true(sk_str_eqz(s, "1.2.3.4:1->5.6.7.8:2"));
    feed_done(&f);
}

static void names_are_those_of_the_capture(void **state)
{
    struct sk_user root = {
        .uid = 0, .name = SK_STR("toor"), .home = SK_STR("/r"), .shell = SK_STR("sh")};
    struct sk_group wheel = {.gid = 3, .name = SK_STR("wheel")};
    struct feed f;
    (void)state;

    feed_init(&f, NULL, NULL);
    assert_null(sk_state_user(f.st, NULL, 0));
    assert_int_equal(sk_state_add_user(f.st, &root), 0);
    assert_int_equal(sk_state_add_group(f.st, &wheel), 0);
    assert_string_equal(sk_state_user(f.st, NULL, 0)->name.p, "toor");
    assert_string_equal(sk_state_user(f.st, NULL, 0)->home.p, "/r");
    assert_string_equal(sk_state_group(f.st, NULL, 3)->name.p, "wheel");
    assert_null(sk_state_group(f.st, NULL, 0));
    root.name = SK_STR("again");
    assert_int_equal(sk_state_add_user(f.st, &root), 0);
    assert_string_equal(sk_state_user(f.st, NULL, 0)->name.p, "again");
    feed_done(&f);
}

static void send_user(struct feed *f, uint16_t type, uint32_t uid, const char *name,
                      const char *container)
{
    feed_begin(f);
    sk_event_write_int(&f->w, uid, 4);
    sk_event_write_int(&f->w, 9, 4);
    feed_text(f, name);
    feed_text(f, "/home");
    feed_text(f, "/bin/sh");
    feed_text(f, container);
    feed_send(f, type, 0);
}

static void send_group(struct feed *f, uint16_t type, uint32_t gid, const char *name,
                       const char *container)
{
    feed_begin(f);
    sk_event_write_int(&f->w, gid, 4);
    feed_text(f, name);
    feed_text(f, container);
    feed_send(f, type, 0);
}

static void events_add_and_remove_names(void **state)
{
    struct sk_proc in = {.container_id = SK_STR("c0ffee")}, other = {.container_id = SK_STR("x")};
    struct feed f;
    (void)state;

    assert_string_equal(sk_events[USER_ADDED].name, "useradded");
    assert_string_equal(sk_events[USER_DELETED].name, "userdeleted");
    assert_string_equal(sk_events[GROUP_ADDED].name, "groupadded");
    assert_string_equal(sk_events[GROUP_DELETED].name, "groupdeleted");
    feed_init(&f, NULL, NULL);
    send_user(&f, USER_ADDED, 1000, "host", "");
    send_user(&f, USER_ADDED, 1000, "guest", "c0ffee");
    send_group(&f, GROUP_ADDED, 9, "staff", "");
    assert_string_equal(sk_state_user(f.st, &in, 1000)->name.p, "guest");
    assert_string_equal(sk_state_user(f.st, &other, 1000)->name.p, "host");
    assert_string_equal(sk_state_group(f.st, &in, 9)->name.p, "staff");
    send_user(&f, USER_DELETED, 1000, "guest", "c0ffee");
    send_group(&f, GROUP_DELETED, 9, "staff", "");
    assert_string_equal(sk_state_user(f.st, &in, 1000)->name.p, "host");
    assert_null(sk_state_group(f.st, &in, 9));
    feed_done(&f);
}

static void a_reset_state_knows_nothing(void **state)
{
    struct sk_fd_info fi = {.num = 1, .type = SK_FD_FILE, .name = SK_STR("/a")};
    struct sk_iface ifc = {.ip = {1, 2, 3, 4}};
    struct sk_user u = {.uid = 1, .name = SK_STR("u"), .home = SK_STR(""), .shell = SK_STR("")};
    struct sk_state_stats stats;
    struct feed f;
    (void)state;

    feed_init(&f, NULL, NULL);
    for (uint32_t i = 1; i < 50; i++) {
        add_thread(&f, i, i);
        add_thread(&f, i, i + 1000);
        assert_int_equal(sk_state_add_fd(f.st, i, &fi), 0);
    }
    assert_int_equal(sk_state_add_iface(f.st, &ifc), 0);
    assert_int_equal(sk_state_add_user(f.st, &u), 0);
    sk_state_link(f.st);
    feed_exit(&f, 3, 0);
    sk_state_reset(f.st);
    sk_state_get_stats(f.st, &stats);
    assert_int_equal(stats.threads, 0);
    assert_int_equal(stats.procs, 0);
    assert_int_equal(stats.bytes, 0);
    assert_null(sk_state_user(f.st, NULL, 1));
    assert_false(sk_state_local_ip(f.st, NULL, ifc.ip, false));
    add_thread(&f, 3, 3);
    assert_int_equal(sk_state_fd_count(sk_state_proc(f.st, 3)), 0);
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_descriptor_needs_a_thread),
        cmocka_unit_test(threads_share_what_their_leader_has),
        cmocka_unit_test(a_mapped_address_is_ipv4),
        cmocka_unit_test(names_are_those_of_the_capture),
        cmocka_unit_test(events_add_and_remove_names),
        cmocka_unit_test(a_reset_state_knows_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
