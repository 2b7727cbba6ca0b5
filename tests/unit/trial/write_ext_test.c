/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver appends to a record: who, descriptors, directories, the executable. */
#include <arpa/inet.h>

#include "tests/unit/trial/util.h"

static struct told *made(const char *fields)
{
    struct told *t = told_new(fields, 1u << 20);

    if (told_scene(t) || told_record(t))
        fail_msg("%s: %s", fields, sk_diag_text(t->dg, SK_DIAG_ERROR));
    assert_int_equal(sk_event_decode(t->rec.p, t->rec.n, 0, &t->ev), 0);
    return t;
}

static void refused(const char *before, const char *value, const char *message)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);

    sk_buf_printf(&b, "%s%s", before, value);
    sk_auto(told) struct told *t = told_new(b.p, 1u << 20);
    assert_int_equal(told_scene(t), 0);
    assert_int_equal(told_record(t), -EINVAL);
    says(t, FIELDS_COL + (unsigned)strlen(before), message);
}

static uint64_t number(const struct told *t, const char *param)
{
    uint64_t v;

    assert_true(sk_event_u64(&t->ev, (unsigned)sk_event_param_index(t->ev.info, param), &v));
    return v;
}

#define CONNECT "evt.type: connect, "

static void what_is_no_descriptor_is_refused_at_its_value(void **state)
{
    (void)state;
    refused("evt.type: read, fd.type: ", "door", "'fd.type': there is no such type of descriptor");
    refused("evt.type: read, fd.typechar: ", "x",
            "'fd.typechar': there is no such type of descriptor");
    refused("evt.type: read, fd.typechar: f, fd.type: ", "pipe",
            "'fd.type': there is no such type of descriptor");
    refused(CONNECT "fd.sip: ", "1.2.3", "'fd.sip': an IP address is expected");
    refused(CONNECT "fd.lip: ", "''", "'fd.lip': an IP address is expected");
    refused(CONNECT "fd.sport: ", "65536", "'fd.sport': a port is expected");
    refused(CONNECT "fd.rport: ", "-1", "'fd.rport': a port is expected");
    refused(CONNECT "fd.cport: ", "http", "'fd.cport': a port is expected");
    refused(CONNECT "fd.l4proto: ", "sctp", "'fd.l4proto': tcp, udp, icmp or raw is expected");
    refused("evt.type: read, fd.ino: ", "five", "'fd.ino': a number is expected");
    refused("evt.type: read, fd.dev: ", "[1, 2]", "'fd.dev': a number is expected");
}

static void a_file_is_what_its_fields_say(void **state)
{
    sk_auto(told) struct told *t =
        made("evt.type: read, fd.name: /a, fd.num: 9, fd.ino: 0x10, fd.dev: 7, fd.deleted: true, "
             "fd.is_lower_layer: true, fd.is_upper_layer: false");
    sk_auto(told) struct told *pipe = made("evt.type: read, fd.type: pipe");
    sk_auto(told) struct told *nothing = made("evt.type: read, fd.name: relative");

    (void)state;
    assert_non_null(t->ev.file.x);
    assert_int_equal(t->ev.file.x->fd, 9);
    assert_int_equal(t->ev.file.x->ino, 16);
    assert_int_equal(t->ev.file.x->dev, 7);
    assert_int_equal(t->ev.file.x->type, SK_FD_FILE);
    assert_int_equal(t->ev.file.x->flags, SK_FILE_LOWER | SK_FILE_DELETED);
    assert_true(sk_str_eqz(t->ev.file.path, "/a"));
    assert_int_equal(pipe->ev.file.x->type, SK_FD_FIFO);
    assert_true(sk_str_eqz(pipe->ev.file.path, ""));
    assert_null(nothing->ev.file.x);
}

static void ends_of_a_socket_are_those_of_its_side(void **state)
{
    static const uint8_t one[4] = {1, 2, 3, 4}, ten[4] = {10, 0, 0, 1};
    sk_auto(told) struct told *client =
        made(CONNECT "fd.cip: 10.0.0.1, fd.cport: 5, fd.sip: 1.2.3.4, fd.sport: 80");
    sk_auto(told) struct told *server =
        made("evt.type: read, fd.cip: 10.0.0.1, fd.cport: 5, fd.sip: 1.2.3.4, fd.sport: 80, "
             "fd.is_server: true, fd.l4proto: udp");
    sk_auto(told) struct told *plain =
        made("evt.type: read, fd.lip: 10.0.0.1, fd.lport: 5, fd.rip: 1.2.3.4, fd.rport: 80");

    (void)state;
    assert_memory_equal(client->ev.sock.x->laddr, ten, 4);
    assert_memory_equal(client->ev.sock.x->raddr, one, 4);
    assert_int_equal(client->ev.sock.x->lport, 5);
    assert_int_equal(client->ev.sock.x->rport, 80);
    assert_int_equal(client->ev.sock.x->server, 0);
    assert_int_equal(client->ev.sock.x->l4proto, SK_L4_TCP);
    assert_int_equal(client->ev.sock.x->family, AF_INET);
    assert_memory_equal(server->ev.sock.x->laddr, one, 4);
    assert_memory_equal(server->ev.sock.x->raddr, ten, 4);
    assert_int_equal(server->ev.sock.x->lport, 80);
    assert_int_equal(server->ev.sock.x->rport, 5);
    assert_int_equal(server->ev.sock.x->server, 1);
    assert_int_equal(server->ev.sock.x->l4proto, SK_L4_UDP);
    assert_memory_equal(plain->ev.sock.x->laddr, ten, 4);
    assert_int_equal(plain->ev.sock.x->rport, 80);
}

static void families_follow_from_addresses_and_types(void **state)
{
    sk_auto(told) struct told *six = made(CONNECT "fd.sip: '::1', fd.sport: 80");
    sk_auto(told) struct told *local = made("evt.type: read, fd.type: unix, fd.name: /run/s");
    sk_auto(told) struct told *empty = made("evt.type: read, fd.type: ipv6");
    sk_auto(told) struct told *proto = made("evt.type: read, fd.l4proto: icmp");

    (void)state;
    assert_int_equal(six->ev.sock.x->family, AF_INET6);
    assert_int_equal(six->ev.sock.x->type, SK_FD_IPV6_SOCK);
    assert_int_equal(six->ev.sock.x->raddr[15], 1);
    assert_int_equal(local->ev.sock.x->family, AF_UNIX);
    assert_int_equal(local->ev.sock.x->type, SK_FD_UNIX);
    assert_true(sk_str_eqz(local->ev.sock.path, "/run/s"));
    assert_int_equal(empty->ev.sock.x->family, AF_INET6);
    assert_int_equal(proto->ev.sock.x->family, AF_INET);
    assert_int_equal(proto->ev.sock.x->l4proto, SK_L4_ICMP);
}

/* family, address, port: as in the parameters of the driver. */
static void parameters_hold_the_ends_too(void **state)
{
    static const uint8_t addr[] = {2, 1, 2, 3, 4, 80, 0};
    static const uint8_t tuple[] = {2, 10, 0, 0, 1, 5, 0, 1, 2, 3, 4, 80, 0};
    sk_auto(told) struct told *t =
        made(CONNECT "fd.cip: 10.0.0.1, fd.cport: 5, fd.sip: 1.2.3.4, fd.sport: 80");
    sk_auto(told) struct told *bound = made("evt.type: bind, fd.sip: 1.2.3.4, fd.sport: 80");
    sk_auto(told) struct told *accepted =
        made("evt.type: accept4, fd.cip: 10.0.0.1, fd.cport: 5, fd.sip: 1.2.3.4, fd.sport: 80");
    struct sk_str s;

    (void)state;
    s = sk_event_bytes(&t->ev, (unsigned)sk_event_param_index(t->ev.info, "addr"));
    assert_int_equal(s.n, sizeof(addr));
    assert_memory_equal(s.p, addr, sizeof(addr));
    s = sk_event_bytes(&t->ev, (unsigned)sk_event_param_index(t->ev.info, "tuple"));
    assert_int_equal(s.n, sizeof(tuple));
    assert_memory_equal(s.p, tuple, sizeof(tuple));
    s = sk_event_bytes(&bound->ev, (unsigned)sk_event_param_index(bound->ev.info, "addr"));
    assert_memory_equal(s.p, addr, sizeof(addr));
    s = sk_event_bytes(&accepted->ev, (unsigned)sk_event_param_index(accepted->ev.info, "tuple"));
    assert_int_equal(s.n, sizeof(tuple));
    assert_memory_equal(s.p, tuple, sizeof(tuple)); /* the peer first */
}

static void what_failed_opened_nothing(void **state)
{
    sk_auto(told) struct told *file =
        made("evt.type: openat, fd.name: /a, fd.type: file, evt.res: EPERM");
    sk_auto(told) struct told *sock = made("evt.type: accept4, fd.sip: 1.2.3.4, evt.res: EAGAIN");
    sk_auto(told) struct told *kept = made("evt.type: read, fd.name: /a, evt.res: EIO");

    (void)state;
    assert_null(file->ev.file.x);
    assert_null(sock->ev.sock.x);
    assert_non_null(kept->ev.file.x);
}

static void the_task_and_its_executable_are_those_of_the_scene(void **state)
{
    sk_auto(told) struct told *t = made(
        "evt.type: execve, proc.name: a-name-that-is-too-long, proc.exepath: /bin/x, proc.pid: 5, "
        "proc.pname: sh, proc.ppid: 4, proc.sid: 3, user.uid: 33, proc.is_exe_writable: true, "
        "proc.is_exe_from_memfd: true, container.id: 0123456789ab, proc.exe_ino: 77");
    sk_auto(told) struct told *host = made("evt.type: close");

    (void)state;
    assert_int_equal(t->ev.task->pid, 5);
    assert_int_equal(t->ev.task->ppid, 4);
    assert_int_equal(t->ev.task->uid, 33);
    assert_int_equal(t->ev.task->flags, SK_TASK_PIDNS | SK_TASK_MNTNS);
    assert_string_equal(t->ev.task->comm, "a-name-that-is-");
    assert_int_equal(t->ev.exec->sid, 3);
    assert_int_equal(t->ev.exec->ns_pid, t->scene.who[0].ns_pid);
    assert_int_equal(number(t, "flags"), 1 | 4);
    assert_int_equal(number(t, "exe_ino"), 77);
    assert_true(sk_str_eqz(
        sk_event_text(&t->ev, (unsigned)sk_event_param_index(t->ev.info, "trusted_exepath")),
        "/bin/x"));
    assert_int_equal(host->ev.task->flags, 0);
    assert_null(host->ev.exec);
}

static void what_is_too_long_for_a_record_is_said_at_the_event(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1u << 20);

    (void)state;
    sk_buf_addz(&b, "evt.type: read, fd.name: /");
    for (size_t i = 0; i < SK_REC_MAX_BYTES; i++)
        sk_buf_addc(&b, 'a');
    sk_auto(told) struct told *t = told_new(b.p, 1u << 20);
    assert_int_equal(told_scene(t), 0);
    assert_int_equal(told_record(t), -EMSGSIZE);
    says(t, FIELDS_COL - 1, "the event does not fit into a record");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_descriptor_is_refused_at_its_value),
        cmocka_unit_test(a_file_is_what_its_fields_say),
        cmocka_unit_test(ends_of_a_socket_are_those_of_its_side),
        cmocka_unit_test(families_follow_from_addresses_and_types),
        cmocka_unit_test(parameters_hold_the_ends_too),
        cmocka_unit_test(what_failed_opened_nothing),
        cmocka_unit_test(the_task_and_its_executable_are_those_of_the_scene),
        cmocka_unit_test(what_is_too_long_for_a_record_is_said_at_the_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
