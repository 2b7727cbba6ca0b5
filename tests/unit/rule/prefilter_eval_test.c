/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of records, as userspace finds them for a filter. */
#include "prefiltering.h"

static uint64_t known(struct asking *a, const struct made *m, enum sk_pf_word word)
{
    uint64_t value, k;

    ask_about(a, m);
    sk_prefilter_facts(sk_prefilter_pf(a->f), &a->cx, word, &value, &k);
    return k;
}

static void paths_are_known_of_files_that_are_where_they_were(void **state)
{
    struct made m = made_open("/etc/x"), s = made_new(CONNECT_X), u = made_new(UNLINK_X);
    char deep[3 * SK_PF_DEPTH + 8] = "";
    struct asking a;

    (void)state;
    asking_rule(&a, "evt.type in (openat, connect, unlink) and fd.name=/x and proc.exepath=/x");
    assert_true(known(&a, &m, SK_PF_PATH) & 1);
    for (unsigned flag = SK_FILE_DELETED; flag <= SK_FILE_UNREACHABLE; flag *= 2) {
        m.file.flags = (uint8_t)flag;
        assert_int_equal(known(&a, &m, SK_PF_PATH) & 1,
                         flag == SK_FILE_UPPER || flag == SK_FILE_LOWER);
    }
    m.file.flags = 0;
    m.file.type = SK_FD_FIFO;
    assert_false(known(&a, &m, SK_PF_PATH) & 1);
    m.path = "";
    assert_true(known(&a, &m, SK_PF_PATH) & 1);
    m.file.type = SK_FD_FILE;
    m.path = "/a/../b";
    assert_false(known(&a, &m, SK_PF_PATH) & 1);
    for (int i = 0; i <= SK_PF_DEPTH; i++)
        snprintf(deep + strlen(deep), 3, "/d");
    m.path = deep;
    assert_false(known(&a, &m, SK_PF_PATH) & 1);
    s.has_sock = true;
    assert_true(known(&a, &s, SK_PF_PATH) & 1);
    s.sock.family = AF_UNIX;
    assert_false(known(&a, &s, SK_PF_PATH) & 1);
    u.has_file = true;
    assert_false(known(&a, &u, SK_PF_PATH) & 1);
    asking_done(&a);
}

static void executables_are_known_of_processes_that_are(void **state)
{
    struct made m = made_open("/etc/x");
    struct asking a;

    (void)state;
    asking_rule(&a, "evt.type=openat and proc.exepath=/x");
    assert_true(known(&a, &m, SK_PF_EXE) & 1);
    m.exepath = "memfd:x";
    assert_false(known(&a, &m, SK_PF_EXE) & 1);
    m.exepath = NULL;
    assert_false(known(&a, &m, SK_PF_EXE) & 1);
    asking_done(&a);
}

static void addresses_are_known_of_connections(void **state)
{
    struct made m = made_new(CONNECT_X);
    struct asking a;

    (void)state;
    asking_rule(&a, "evt.type=connect and fd.rip=1.2.3.4");
    assert_false(known(&a, &m, SK_PF_NET) & 1);
    m.has_sock = true;
    assert_false(known(&a, &m, SK_PF_NET) & 1);
    m.sock.raddr[0] = 1;
    assert_true(known(&a, &m, SK_PF_NET) & 1);
    m.sock.family = AF_INET6;
    assert_true(known(&a, &m, SK_PF_NET) & 1);
    memset(m.sock.raddr, 0, 16);
    m.sock.raddr[10] = m.sock.raddr[11] = 0xff;
    assert_false(known(&a, &m, SK_PF_NET) & 1);
    asking_done(&a);
}

static void a_driver_without_extensions_tells_nothing(void **state)
{
    struct made m = made_open("/etc/x");
    struct asking a;

    (void)state;
    asking_rule(&a, "evt.type=openat and evt.rawres=77 and proc.name=x");
    m.foreign = true;
    for (unsigned w = 0; w < SK_PF_WORDS; w++)
        assert_int_equal(known(&a, &m, (enum sk_pf_word)w), 0);
    assert_true(sk_prefilter_pass(sk_prefilter_pf(a.f), &a.cx));
    asking_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_known_of_files_that_are_where_they_were),
        cmocka_unit_test(executables_are_known_of_processes_that_are),
        cmocka_unit_test(addresses_are_known_of_connections),
        cmocka_unit_test(a_driver_without_extensions_tells_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
