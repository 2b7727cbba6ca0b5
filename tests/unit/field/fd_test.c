/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>

#include "tests/unit/field/world.h"

static void file_event(struct world *w, uint16_t type, uint8_t fd_type, const char *path,
                       uint8_t flags)
{
    struct sk_x_file x = {.tag = SK_X_FILE,
                          .type = fd_type,
                          .fd = 3,
                          .dev = 8u << 20 | 5,
                          .ino = 1234,
                          .flags = flags};

    world_begin(w);
    world_ext(w, type, &x, sizeof(x), path);
    world_send(w, type, 7);
}

static void ip_event(struct world *w, uint16_t type, struct sk_x_sock x)
{
    x.tag = SK_X_SOCK;
    x.fd = 4;
    world_begin(w);
    world_ext(w, type, &x, sizeof(x), NULL);
    world_send(w, type, 7);
}

/* 10.0.0.1:40000 -> 10.0.0.2:443 */
static const struct sk_x_sock https = {.type = SK_FD_IPV4_SOCK,
                                       .l4proto = SK_L4_TCP,
                                       .family = AF_INET,
                                       .state = 1,
                                       .lport = 40000,
                                       .rport = 443,
                                       .laddr = {10, 0, 0, 1},
                                       .raddr = {10, 0, 0, 2},
                                       .ino = 99};

static void events_without_a_descriptor_have_no_fd_fields(void **state)
{
    struct world *w = *state;

    world_begin(w);
    world_send(w, EV_POLL, 7);
    for (size_t i = 0; i < sk_fields_n; i++)
        if (strcmp(sk_fields[i].klass->name, "fd") == 0 &&
            !(sk_fields[i].flags & SK_FF_ARG_REQUIRED))
            assert_field(w, sk_fields[i].name, "(absent)");
}

static void an_unresolved_descriptor_has_a_number_and_no_type(void **state)
{
    struct world *w = *state;

    world_begin(w);
    sk_event_write_int(&w->w, 0, 8);
    sk_event_write_int(&w->w, 66, 8);
    world_send(w, EV_FCHMOD, 7);
    assert_field(w, "fd.num", "66");
    assert_field(w, "fd.type", "(absent)");
    assert_field(w, "fd.typechar", "o");
    assert_field(w, "fd.name", "");
    assert_field(w, "fd.directory", "/");
    assert_field(w, "fd.filename", "(absent)");
    assert_field(w, "fd.nameraw", "");
    assert_field(w, "fd.containername", ":");
    assert_field(w, "fd.containerdirectory", ":/");
    assert_field(w, "fd.uid", "766");
    assert_field(w, "fd.dev", "(absent)");
    assert_field(w, "fd.l4proto", "(absent)");
    assert_field(w, "fd.connected", "(absent)");
    assert_field(w, "fd.name.requested", "(absent)");
}

static void a_failed_open_is_named_by_what_was_requested(void **state)
{
    struct sk_x_dir dir = {.tag = SK_X_DIR, .role = SK_ROLE_OLD};
    struct world *w = *state;
    struct sk_task_info ti = world_task(7, 0, "x");

    ti.cwd = SK_STR("/home/me/");
    world_add(w, &ti);
    world_begin(w);
    sk_event_write_int(&w->w, (uint64_t)-2, 8);
    sk_event_write_int(&w->w, (uint64_t)-100, 8);
    sk_event_write_text(&w->w, SK_STR("..//shadow"));
    world_send(w, EV_OPENAT, 7);
    assert_field(w, "fd.num", "-1");
    assert_field(w, "fd.name", "/home/shadow");
    assert_field(w, "fd.name.requested", "/home/shadow");
    assert_field(w, "fd.nameraw", "../shadow");
    assert_field(w, "fd.directory", "/home");
    assert_field(w, "fd.uid", "7-1");

    world_begin(w);
    sk_event_write_int(&w->w, (uint64_t)-2, 8);
    sk_event_write_int(&w->w, 9, 8);
    sk_event_write_text(&w->w, SK_STR("shadow"));
    world_ext(w, EV_OPENAT, &dir, sizeof(dir), "/etc");
    world_send(w, EV_OPENAT, 7);
    assert_field(w, "fd.name", "/etc/shadow");

    world_begin(w);
    sk_event_write_int(&w->w, (uint64_t)-2, 8);
    sk_event_write_int(&w->w, 9, 8);
    sk_event_write_text(&w->w, SK_STR("/a/./b/../c"));
    world_send(w, EV_OPENAT, 7);
    assert_field(w, "fd.name", "/a/c");
}

static void an_opened_file_is_named_by_where_the_kernel_went(void **state)
{
    struct sk_x_file x = {.tag = SK_X_FILE, .type = SK_FD_FILE, .fd = 3};
    struct world *w = *state;

    world_begin(w);
    sk_event_write_int(&w->w, 3, 8);
    sk_event_write_int(&w->w, (uint64_t)-100, 8);
    sk_event_write_text(&w->w, SK_STR("/tmp/link"));
    world_ext(w, EV_OPENAT, &x, sizeof(x), "/etc/shadow");
    world_send(w, EV_OPENAT, 7);
    assert_field(w, "fd.name", "/etc/shadow");
    assert_field(w, "fd.nameraw", "/tmp/link");
    assert_field(w, "fd.name.requested", "/tmp/link");
    assert_field(w, "fd.name_changed", "true");
}

static void files_have_a_directory_a_device_and_an_inode(void **state)
{
    struct world *w = *state;

    file_event(w, EV_CLOSE, SK_FD_FILE, "/etc/ssh/config", SK_FILE_UPPER);
    assert_field(w, "fd.num", "3");
    assert_field(w, "fd.type", "file");
    assert_field(w, "fd.typechar", "f");
    assert_field(w, "fd.name", "/etc/ssh/config");
    assert_field(w, "fd.directory", "/etc/ssh");
    assert_field(w, "fd.filename", "config");
    assert_field(w, "fd.containername", ":/etc/ssh/config");
    assert_field(w, "fd.containerdirectory", ":/etc/ssh");
    assert_field(w, "fd.dev", "800005");
    assert_field(w, "fd.dev.major", "8");
    assert_field(w, "fd.dev.minor", "5");
    assert_field(w, "fd.ino", "1234");
    assert_field(w, "fd.is_upper_layer", "true");
    assert_field(w, "fd.is_lower_layer", "false");
    assert_field(w, "fd.deleted", "false");
    assert_field(w, "fd.connected", "false");
    assert_field(w, "fd.is_server", "false");
    assert_field(w, "fd.l4proto", "<NA>");
    assert_field(w, "fd.sockfamily", "(absent)");
    assert_field(w, "fd.cip", "(absent)");
    assert_field(w, "fd.name_changed", "false");
}

static void names_at_the_root_and_odd_names_split_as_upstream_splits_them(void **state)
{
    struct world *w = *state;

    file_event(w, EV_CLOSE, SK_FD_FILE, "/vmlinuz", SK_FILE_DELETED);
    assert_field(w, "fd.directory", "/");
    assert_field(w, "fd.filename", "vmlinuz");
    assert_field(w, "fd.deleted", "true");
    file_event(w, EV_CLOSE, SK_FD_FILE, "/", 0);
    assert_field(w, "fd.filename", "/");
    file_event(w, EV_CLOSE, SK_FD_FILE, "", 0);
    assert_field(w, "fd.filename", "/");
    file_event(w, EV_CLOSE, SK_FD_DIRECTORY, "/var/log", 0);
    assert_field(w, "fd.type", "directory");
    assert_field(w, "fd.directory", "/var/log");
    assert_field(w, "fd.filename", "(absent)");
}

static void only_paths_are_names(void **state)
{
    struct world *w = *state;

    file_event(w, EV_CLOSE, SK_FD_FIFO, "pipe:[123]", 0);
    assert_field(w, "fd.type", "pipe");
    assert_field(w, "fd.name", "");
    assert_field(w, "fd.directory", "(absent)");
    assert_field(w, "fd.containerdirectory", "(absent)");
    file_event(w, EV_CLOSE, SK_FD_MEMFD, "/memfd:payload", 0);
    assert_field(w, "fd.name", "payload");
    file_event(w, EV_CLOSE, SK_FD_UNSUPPORTED, "", 0);
    assert_field(w, "fd.type", "(absent)");
    assert_field(w, "fd.typechar", "X");
}

static void a_connection_is_named_client_first(void **state)
{
    struct world *w = *state;

    ip_event(w, EV_CONNECT, https);
    assert_field(w, "fd.type", "ipv4");
    assert_field(w, "fd.typechar", "4");
    assert_field(w, "fd.name", "10.0.0.1:40000->10.0.0.2:443");
    assert_field(w, "fd.cip", "10.0.0.1");
    assert_field(w, "fd.sip", "10.0.0.2");
    assert_field(w, "fd.lip", "10.0.0.1");
    assert_field(w, "fd.rip", "10.0.0.2");
    assert_field(w, "fd.cport", "40000");
    assert_field(w, "fd.sport", "443");
    assert_field(w, "fd.lport", "40000");
    assert_field(w, "fd.rport", "443");
    assert_field(w, "fd.ip", "10.0.0.1|10.0.0.2");
    assert_field(w, "fd.port", "40000|443");
    assert_field(w, "fd.proto", "40000|443");
    assert_field(w, "fd.net", "10.0.0.1|10.0.0.2");
    assert_field(w, "fd.snet", "10.0.0.2");
    assert_field(w, "fd.cproto", "40000");
    assert_field(w, "fd.sproto", "443");
    assert_field(w, "fd.l4proto", "tcp");
    assert_field(w, "fd.sockfamily", "ip");
    assert_field(w, "fd.is_server", "false");
    assert_field(w, "fd.connected", "true");
    assert_field(w, "fd.name_changed", "true");
    assert_field(w, "fd.ino", "99");
    assert_field(w, "fd.sip.name", "(absent)");
    assert_field(w, "fd.filename", "(absent)");
}

static void a_listener_has_a_server_only(void **state)
{
    struct sk_x_sock x = {.type = SK_FD_IPV6_SERVSOCK,
                          .l4proto = SK_L4_TCP,
                          .family = AF_INET6,
                          .state = 10,
                          .server = 1,
                          .lport = 80};
    struct world *w = *state;

    ip_event(w, EV_BIND, x);
    assert_field(w, "fd.name", ":::80");
    assert_field(w, "fd.type", "ipv6");
    assert_field(w, "fd.sip", "::");
    assert_field(w, "fd.sport", "80");
    assert_field(w, "fd.cip", "(absent)");
    assert_field(w, "fd.cport", "(absent)");
    assert_field(w, "fd.lip", "(absent)");
    assert_field(w, "fd.rport", "(absent)");
    assert_field(w, "fd.port", "80");
    assert_field(w, "fd.is_server", "true");
    assert_field(w, "fd.connected", "false");
}

static void a_new_socket_has_no_name(void **state)
{
    struct sk_x_sock x = {
        .type = SK_FD_IPV4_SOCK, .l4proto = SK_L4_TCP, .family = AF_INET, .state = 7};
    struct world *w = *state;

    ip_event(w, EV_SOCKET, x);
    assert_field(w, "fd.name", "");
    assert_field(w, "fd.cip", "(absent)");
    assert_field(w, "fd.sip", "(absent)");
    assert_field(w, "fd.ip", "(absent)");
    assert_field(w, "fd.connected", "false");
    assert_field(w, "fd.name_changed", "false");
}

static void unix_sockets_are_named_by_their_path(void **state)
{
    struct sk_x_sock x = {
        .tag = SK_X_SOCK, .type = SK_FD_UNIX, .family = AF_UNIX, .fd = 4, .state = 1};
    struct world *w = *state;

    world_begin(w);
    world_ext(w, EV_CONNECT, &x, sizeof(x), "/run/docker.sock");
    world_send(w, EV_CONNECT, 7);
    assert_field(w, "fd.type", "unix");
    assert_field(w, "fd.name", "/run/docker.sock");
    assert_field(w, "fd.sockfamily", "unix");
    assert_field(w, "fd.connected", "true");
    assert_field(w, "fd.cip", "(absent)");
    assert_field(w, "fd.l4proto", "<NA>");
}

static void a_connect_that_failed_early_is_named_by_its_address(void **state)
{
    struct world *w = *state;

    world_begin(w);
    sk_event_write_int(&w->w, (uint64_t)-111, 8);
    sk_event_write_param(&w->w, NULL, 0);
    sk_event_write_int(&w->w, 5, 8);
    sk_event_write_param(&w->w, "\2\x0a\0\0\x09\x50\0", 7);
    world_send(w, EV_CONNECT, 7);
    assert_field(w, "fd.name", "10.0.0.9:80");
    assert_field(w, "fd.typechar", "o");

    world_begin(w);
    sk_event_write_int(&w->w, (uint64_t)-2, 8);
    sk_event_write_param(&w->w, NULL, 0);
    sk_event_write_int(&w->w, 5, 8);
    sk_event_write_param(&w->w, "\1/run/x", 8);
    world_send(w, EV_CONNECT, 7);
    assert_field(w, "fd.name", "/run/x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(events_without_a_descriptor_have_no_fd_fields),
        WORLD_TEST(an_unresolved_descriptor_has_a_number_and_no_type),
        WORLD_TEST(a_failed_open_is_named_by_what_was_requested),
        WORLD_TEST(an_opened_file_is_named_by_where_the_kernel_went),
        WORLD_TEST(files_have_a_directory_a_device_and_an_inode),
        WORLD_TEST(names_at_the_root_and_odd_names_split_as_upstream_splits_them),
        WORLD_TEST(only_paths_are_names),
        WORLD_TEST(a_connection_is_named_client_first),
        WORLD_TEST(a_listener_has_a_server_only),
        WORLD_TEST(a_new_socket_has_no_name),
        WORLD_TEST(unix_sockets_are_named_by_their_path),
        WORLD_TEST(a_connect_that_failed_early_is_named_by_its_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
