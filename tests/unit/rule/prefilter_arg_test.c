/* SPDX-License-Identifier: Apache-2.0 */
/* Which parameters, and which texts of numbers, let an event through. */
#include "prefiltering.h"

#define O_READ   0x1
#define O_WRITE  0x2
#define O_CREATE 0x4
#define O_TRUNCS 0x100
#define O_MADE   0x4000
#define PTRACE_X 169u
#define CHMOD_X  315u
#define SOCKET_X 19u
#define GENERIC  1u

static void flags_are_found_by_their_names(void **state)
{
    struct made m = made_open("/x");

    (void)state;
    made_num(&m, "flags", O_WRITE | O_CREATE);
    assert_sent("evt.type=openat and evt.arg.flags contains O_CREAT", &m);
    assert_dropped("evt.type=openat and evt.arg.flags contains O_TRUNC", &m);
    assert_dropped("evt.type=openat and not evt.arg.flags contains O_CREAT", &m);
    assert_sent("evt.type=openat and not evt.arg.flags contains O_TRUNC", &m);
    /* O_RDWR has the bits of both: neither is told from it. */
    assert_sent("evt.type=openat and evt.arg.flags contains O_RDWR", &m);
    assert_sent("evt.type=openat and not evt.arg.flags contains O_WRONLY", &m);
    assert_sent("evt.type=openat and evt.arg.flags contains \"O_CREAT|O_WRONLY\"", &m);
    assert_sent("evt.type=openat and evt.arg.flags contains 4", &m);
    made_num(&m, "flags", 0);
    assert_sent("evt.type=openat and evt.arg.flags contains O_NONE", &m);
    assert_dropped("evt.type=openat and evt.arg.flags contains O_CREAT", &m);
}

static void kinds_of_opening_are_flags(void **state)
{
    struct made m = made_open("/x"), read = made_new(READ_X), creat = made_new(CREAT_X);

    (void)state;
    made_num(&m, "flags", O_WRITE | O_CREATE);
    made_num(&m, "mode", 0644);
    assert_sent("evt.type=openat and evt.is_open_write=true", &m);
    assert_dropped("evt.type=openat and evt.is_open_read=true", &m);
    assert_sent("evt.type=openat and evt.is_open_read=false", &m);
    assert_dropped("evt.type=openat and evt.is_open_write != true", &m);
    assert_dropped("evt.type=openat and evt.is_open_create=true", &m);
    assert_dropped("evt.type=openat and evt.is_open_exec=true", &m);
    assert_sent("evt.type=openat and not evt.is_open_exec=true", &m);
    made_num(&m, "flags", O_WRITE | O_CREATE | O_MADE);
    made_num(&m, "mode", 0755);
    assert_sent("evt.type=openat and evt.is_open_create=true", &m);
    assert_sent("evt.type=openat and evt.is_open_exec=true", &m);
    assert_dropped("evt.type=openat and not evt.is_open_exec=true", &m);
    assert_dropped("evt.type=openat and evt.is_open_create=false", &m);
    assert_dropped("evt.type=read and evt.is_open_read=true", &read);
    assert_sent("evt.type=read and evt.is_open_read=false", &read);
    made_num(&creat, "mode", 0755);
    assert_sent("evt.type=creat and evt.is_open_exec=true", &creat);
    assert_dropped("evt.type=creat and evt.is_open_write=true", &creat);
}

static void results_have_names(void **state)
{
    struct made ok = made_open("/x"), failed = made_new(OPENAT_X);

    (void)state;
    made_num(&failed, "fd", (uint64_t)-2);
    assert_sent("evt.type=openat and evt.res=SUCCESS", &ok);
    assert_dropped("evt.type=openat and evt.res=SUCCESS", &failed);
    assert_sent("evt.type=openat and evt.res in (SUCCESS, ENOENT)", &failed);
    assert_dropped("evt.type=openat and evt.res in (SUCCESS, EACCES)", &failed);
    assert_dropped("evt.type=openat and evt.res != SUCCESS", &ok);
    assert_sent("evt.type=openat and evt.res != SUCCESS", &failed);
    assert_sent("evt.type=openat and evt.failed=true", &failed);
    assert_dropped("evt.type=openat and evt.failed=false", &failed);
    assert_dropped("evt.type=openat and evt.failed=true", &ok);
    assert_sent("evt.type=openat and evt.res contains E", &failed);
}

static void numbers_with_one_name_are_that_number(void **state)
{
    struct made m = made_new(SOCKET_X), t = made_new(PTRACE_X);

    (void)state;
    made_num(&m, "domain", 2);
    assert_sent("evt.type=socket and evt.arg.domain=AF_INET", &m);
    assert_dropped("evt.type=socket and evt.arg.domain=AF_INET6", &m);
    assert_sent("evt.type=socket and evt.arg.domain contains AF_INET", &m);
    assert_dropped("evt.type=socket and not evt.arg.domain in (AF_INET, AF_INET6)", &m);
    assert_sent("evt.type=socket and evt.rawarg.domain=2", &m);
    assert_dropped("evt.type=socket and evt.rawarg.domain != 2", &m);
    made_num(&m, "type", 3);
    assert_sent("evt.type=socket and evt.arg.type=3", &m);
    assert_dropped("evt.type=socket and evt.arg.type=03", &m);
    assert_dropped("evt.type=socket and evt.arg[2] in (1, 2)", &m);
    assert_sent("evt.type=socket and not evt.arg.type=1", &m);
    made_num(&t, "request", 12);
    assert_sent(
        "evt.type=ptrace and evt.arg.request in (PTRACE_ATTACH, PTRACE_CONT, PTRACE_SEIZE) or "
        "evt.type=ptrace",
        &t);
}

static void modes_are_flags(void **state)
{
    struct made m = made_new(CHMOD_X);

    (void)state;
    made_num(&m, "mode", 0x800 | 0x1);
    assert_dropped("evt.type=chmod and evt.arg.mode contains S_ISGID and evt.rawres=1", &m);
}

static void descriptors_are_told_by_type(void **state)
{
    struct made file = made_open("/x"), sock = made_new(CONNECT_X), none = made_new(OPENAT_X);

    (void)state;
    sock.has_sock = true;
    assert_sent("evt.type=openat and fd.typechar='f'", &file);
    assert_dropped("evt.type=openat and fd.typechar='d'", &file);
    assert_dropped("evt.type=openat and fd.type in (directory, pipe)", &file);
    assert_dropped("evt.type=openat and fd.type != file", &file);
    assert_dropped("evt.type=openat and fd.typechar='f'", &none);
    assert_sent("evt.type=openat and fd.typechar='o'", &none);
    assert_sent("evt.type=connect and fd.type in (ipv4, ipv6)", &sock);
    assert_dropped("evt.type=connect and fd.type=unix", &sock);
    assert_sent("evt.type=connect and fd.sockfamily=ip", &sock);
    assert_dropped("evt.type=connect and fd.sockfamily=unix", &sock);
    assert_dropped("evt.type=connect and fd.l4proto=udp", &sock);
    assert_sent("evt.type=connect and fd.l4proto=tcp", &sock);
    /* An IPv6 socket may turn out to be one of IPv4. */
    sock.sock.family = AF_INET6;
    sock.sock.type = SK_FD_IPV6_SOCK;
    assert_sent("evt.type=connect and fd.type=ipv4", &sock);
}

static void containers_are_told_from_the_host(void **state)
{
    struct made m = made_open("/x");

    (void)state;
    assert_sent("evt.type=openat and container.id=host", &m);
    assert_dropped("evt.type=openat and container.id != host", &m);
    m.container_id = "0123456789ab";
    assert_sent("evt.type=openat and container.id != host", &m);
    assert_dropped("evt.type=openat and container.id=host", &m);
    assert_sent("evt.type=openat and container.id=another", &m);
}

static void calls_without_a_row_are_told_by_their_number(void **state)
{
    struct made m = made_new(GENERIC);
    size_t sc = 0, other = 0;

    (void)state;
    for (size_t i = 1; i < sk_ppm_sc_n; i++) {
        if (!sk_ppm_sc[i].name || !sk_ppm_sc[i].nevents || sk_ppm_sc[i].event[0] > 1)
            continue;
        other = sc;
        sc = i;
    }
    assert_true(sc && other);
    sk_auto(buf) struct sk_buf cond = SK_BUF(1000);
    sk_buf_printf(&cond, "evt.type=%s", sk_ppm_sc[sc].name);
    m.num[0] = sc;
    assert_sent(sk_buf_str(&cond).p, &m);
    m.num[0] = other;
    assert_dropped(sk_buf_str(&cond).p, &m);
    m.num[0] = 0;
    assert_sent(sk_buf_str(&cond).p, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_are_found_by_their_names),
        cmocka_unit_test(kinds_of_opening_are_flags),
        cmocka_unit_test(results_have_names),
        cmocka_unit_test(numbers_with_one_name_are_that_number),
        cmocka_unit_test(modes_are_flags),
        cmocka_unit_test(descriptors_are_told_by_type),
        cmocka_unit_test(containers_are_told_from_the_host),
        cmocka_unit_test(calls_without_a_row_are_told_by_their_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
