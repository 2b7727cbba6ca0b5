/* SPDX-License-Identifier: Apache-2.0 */
#include "server/listen.h"

#include <sys/stat.h>

#include "tests/unit/server/util.h"

static void what_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = {"localhost",       "",     "1.2.3", "unix://",
                                      "unix://relative", "[::1]"};
    char longest[200] = "unix:///";

    (void)state;
    memset(longest + 8, 'a', 150);
    for (size_t i = 0; i <= SK_ARRAY_LEN(bad); i++) {
        const char *address = i < SK_ARRAY_LEN(bad) ? bad[i] : longest;
        sk_auto(diag) struct sk_diag *dg = sk_diag_new();
        int fd = -1;

        assert_int_equal(sk_listen(address, 1, &fd, dg), -EINVAL);
        assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "is no address to listen on"));
        assert_int_equal(fd, -1);
    }
}

static void a_port_that_is_taken_is_named(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    const uint16_t port = free_port();
    sk_auto(fd) int a = -1;
    int b = -1;

    (void)state;
    assert_int_equal(sk_listen("127.0.0.1", port, &a, dg), 0);
    assert_int_equal(sk_listen("127.0.0.1", port, &b, dg), -EADDRINUSE);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "cannot listen on '127.0.0.1' port "));
    close(dial(port));
}

static void a_path_is_for_its_owner_and_a_stale_one_is_taken_over(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    char dir[] = "/tmp/saker-listen-XXXXXX", address[96];
    struct stat st;
    int fd = -1, second = -1;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(address, sizeof(address), "unix://%s/s", dir);
    assert_int_equal(sk_listen(address, 0, &fd, NULL), 0);
    assert_int_equal(stat(address + 7, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    /* Somebody listens: it is not ours to remove. */
    assert_int_equal(sk_listen(address, 0, &second, dg), -EADDRINUSE);
    close(fd);
    assert_int_equal(sk_listen(address, 0, &second, NULL), 0);
    close(dial_path(address + 7));
    close(second);
    unlink(address + 7);
    rmdir(dir);
}

static void a_file_in_the_way_stays(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    char path[] = "/tmp/saker-listen-XXXXXX", address[96];
    int fd = mkstemp(path), out = -1;

    (void)state;
    snprintf(address, sizeof(address), "unix://%s", path);
    assert_int_equal(sk_listen(address, 0, &out, dg), -EADDRINUSE);
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
    close(fd);
}

static void local_is_what_only_this_machine_reaches(void **state)
{
    static const struct {
        const char *address;
        bool local;
    } row[] = {{"127.0.0.1", true},        {"127.9.9.9", true},     {"::1", true},
               {"0.0.0.0", false},         {"::", false},           {"10.0.0.1", false},
               {"2001:db8::1", false},     {"unix:///run/x", true}, {"::ffff:127.0.0.1", true},
               {"::ffff:10.0.0.1", false}, {"nonsense", false}};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(row); i++)
        assert_int_equal(sk_listen_is_local(row[i].address), row[i].local);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_no_address_is_refused),
        T(a_port_that_is_taken_is_named),
        T(a_path_is_for_its_owner_and_a_stale_one_is_taken_over),
        T(a_file_in_the_way_stays),
        T(local_is_what_only_this_machine_reaches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
