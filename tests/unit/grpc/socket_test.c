/* SPDX-License-Identifier: Apache-2.0 */
#include "grpc/socket.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/test.h"

static char dir[32];

static int make(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/saker-grpc-XXXXXX");
    return !mkdtemp(dir);
}

static const char *in_dir(const char *name)
{
    static char path[4][64];
    static unsigned turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
    return path[turn];
}

/* Nothing may be left behind. */
static int gone(void **state)
{
    (void)state;
    rmdir(in_dir("sub"));
    return rmdir(dir);
}

static int bound(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 5), 0);
    return fd;
}

static void refused(const char *path, int want, const char *said)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_grpc_socket s;

    assert_int_equal(sk_grpc_socket_begin(&s, path, dg), want);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), said));
    sk_grpc_socket_end(&s);
}

static void places_that_cannot_be_are_refused(void **state)
{
    char longer[200];
    const char *file = in_dir("file");

    (void)state;
    memset(longer, 'x', sizeof(longer));
    longer[0] = '/';
    longer[sizeof(longer) - 1] = '\0';
    refused("relative.sock", -EINVAL, "'unix://relative.sock': write the whole path");
    refused("", -EINVAL, "write the whole path");
    refused("/tmp/", -EINVAL, "write the whole path");
    refused(longer, -EINVAL, "is too long for a socket (at most 107 bytes");
    close(open(file, O_CREAT | O_WRONLY, 0600));
    refused(file, -EEXIST, "is there and is no socket; remove it");
    refused("/dev/null/x/s", -ENOTDIR, "no folder for '/dev/null/x/s'");
    unlink(file);
}

static void a_socket_that_somebody_listens_on_stays_his(void **state)
{
    const char *path = in_dir("s");
    int fd = bound(path);

    (void)state;
    refused(path, -EADDRINUSE, "somebody listens on");
    close(fd);
    unlink(path);
}

static void it_appears_with_its_mode_where_a_left_over_one_was(void **state)
{
    const char *path = in_dir("sub/s");
    struct sk_grpc_socket s;
    struct stat st;
    int fd;

    (void)state;
    assert_int_equal(mkdir(in_dir("sub"), 0700), 0);
    close(bound(path));
    assert_int_equal(sk_grpc_socket_begin(&s, path, NULL), 0);
    assert_string_not_equal(s.bind, path);
    assert_int_equal(stat(s.dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    fd = bound(s.bind);
    assert_int_equal(sk_grpc_socket_publish(&s, 0640, NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0640);
    refused(path, -EADDRINUSE, "somebody listens on"); /* that is, a client gets there */
    sk_grpc_socket_end(&s);
    assert_int_equal(stat(path, &st), -1);
    close(fd);
}

static void folders_of_the_path_are_made(void **state)
{
    struct sk_grpc_socket s;

    (void)state;
    assert_int_equal(sk_grpc_socket_begin(&s, in_dir("sub/s"), NULL), 0);
    sk_grpc_socket_end(&s); /* never published: the temporary folder goes */
    assert_int_equal(access(in_dir("sub"), W_OK), 0);
}

static void the_socket_of_a_successor_is_left_alone(void **state)
{
    const char *path = in_dir("s");
    struct sk_grpc_socket s;
    int fd, other;

    (void)state;
    assert_int_equal(sk_grpc_socket_begin(&s, path, NULL), 0);
    fd = bound(s.bind);
    assert_int_equal(sk_grpc_socket_publish(&s, 0600, NULL), 0);
    unlink(path);
    other = bound(path);
    sk_grpc_socket_end(&s);
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
    close(fd);
    close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(places_that_cannot_be_are_refused, make, gone),
        cmocka_unit_test_setup_teardown(a_socket_that_somebody_listens_on_stays_his, make, gone),
        cmocka_unit_test_setup_teardown(it_appears_with_its_mode_where_a_left_over_one_was, make,
                                        gone),
        cmocka_unit_test_setup_teardown(folders_of_the_path_are_made, make, gone),
        cmocka_unit_test_setup_teardown(the_socket_of_a_successor_is_left_alone, make, gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
