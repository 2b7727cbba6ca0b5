/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "field/services.h"
#include "tests/unit/test.h"

static char path[] = "/tmp/sk_services_XXXXXX";

static void write_file(const char *text)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static int make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int drop_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void assert_name(const struct sk_services *sv, uint16_t port, bool udp, const char *want)
{
    struct sk_str got = sk_services_name(sv, port, udp);

    if (!want) {
        assert_null(got.p);
        return;
    }
    assert_non_null(got.p);
    assert_string_equal(got.p, want);
}

static void a_missing_file_leaves_the_result_alone(void **state)
{
    struct sk_services *sv = NULL;

    (void)state;
    assert_int_equal(sk_services_read("/no/such/file", &sv), -ENOENT);
    assert_null(sv);
    assert_name(NULL, 80, false, NULL);
}

static void lines_that_are_no_services_are_skipped(void **state)
{
    sk_auto(services) struct sk_services *sv = NULL;

    (void)state;
    write_file("# comment\n\nlonely\nbad port/tcp\nhuge 70000/tcp\nsctp 80/sctp\nnoslash 80\nx 7/");
    assert_int_equal(sk_services_read(path, &sv), 0);
    assert_name(sv, 80, false, NULL);
    assert_name(sv, 7, false, NULL);
}

static void the_first_name_of_a_port_wins_for_each_protocol(void **state)
{
    sk_auto(services) struct sk_services *sv = NULL;

    (void)state;
    write_file("http\t\t80/tcp\twww # web\nother 80/tcp\ndomain 53/udp\nlast 1/tcp");
    assert_int_equal(sk_services_read(path, &sv), 0);
    assert_name(sv, 80, false, "http");
    assert_name(sv, 80, true, NULL);
    assert_name(sv, 53, true, "domain");
    assert_name(sv, 1, false, "last");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_file_leaves_the_result_alone),
        cmocka_unit_test(lines_that_are_no_services_are_skipped),
        cmocka_unit_test(the_first_name_of_a_port_wins_for_each_protocol),
    };

    return cmocka_run_group_tests(tests, make_file, drop_file);
}
