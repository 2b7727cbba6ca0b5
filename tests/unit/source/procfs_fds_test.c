/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors of this very process, as /proc shows them. */
#include "source/procfs_fds.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/test.h"

struct found {
    int64_t num;
    unsigned n;
    struct sk_fd_info fi;
    char name[4096];
};

static void on_fd(void *self, const struct sk_fd_info *fi)
{
    struct found *f = self;

    f->n++;
    if (fi->num != f->num)
        return;
    f->fi = *fi;
    snprintf(f->name, sizeof(f->name), "%.*s", (int)fi->name.n, fi->name.p);
}

static struct found *look_up(int fd)
{
    static struct found f;
    sk_auto(procfs_nets) struct sk_procfs_nets *nets = sk_procfs_nets_new();

    f = (struct found){.num = fd};
    assert_non_null(nets);
    sk_procfs_fds("/proc", (uint32_t)getpid(), nets, on_fd, &f);
    assert_true(f.n > 0);
    assert_int_equal(f.fi.num, fd);
    close(fd);
    return &f;
}

static void files_have_a_path_and_flags(void **state)
{
    struct found *f;
    struct stat sb;

    (void)state;
    assert_int_equal(stat("/etc/passwd", &sb), 0);
    f = look_up(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    assert_int_equal(f->fi.type, SK_FD_FILE);
    assert_string_equal(f->name, "/etc/passwd");
    assert_int_equal(f->fi.ino, sb.st_ino);
    assert_int_equal(f->fi.open_flags & 3, 1);
    assert_int_equal(f->fi.open_flags & 0x1000, 0x1000);
    assert_int_equal(look_up(open("/", O_RDONLY | O_DIRECTORY))->fi.type, SK_FD_DIRECTORY);
}

static void what_has_no_file_has_a_type(void **state)
{
    (void)state;
    assert_int_equal(look_up(eventfd(0, 0))->fi.type, SK_FD_EVENT);
    assert_int_equal(look_up(memfd_create("m", 0))->fi.type, SK_FD_MEMFD);
}

static void a_socket_that_listens_is_a_server(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(sin);
    struct found *f;

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &n), 0);
    f = look_up(fd);
    assert_int_equal(f->fi.type, SK_FD_IPV4_SERVSOCK);
    assert_int_equal(f->fi.l4proto, SK_L4_TCP);
    assert_int_equal(f->fi.sport, ntohs(sin.sin_port));
    assert_int_equal(f->fi.sip[0], 127);
    assert_int_equal(f->fi.sip[3], 1);
}

static void a_unix_socket_has_its_path(void **state)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    struct found *f;

    (void)state;
    snprintf(sun.sun_path, sizeof(sun.sun_path), "/tmp/saker_fds_%d", (int)getpid());
    assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
    f = look_up(fd);
    unlink(sun.sun_path);
    assert_int_equal(f->fi.type, SK_FD_UNIX);
    assert_string_equal(f->name, sun.sun_path);
}

static void a_process_that_is_gone_has_none(void **state)
{
    struct found f = {0};

    (void)state;
    sk_procfs_fds("/proc", 4194305, NULL, on_fd, &f);
    sk_procfs_fds("/no/such/proc", 1, NULL, on_fd, &f);
    assert_int_equal(f.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_that_is_gone_has_none),
        cmocka_unit_test(files_have_a_path_and_flags),
        cmocka_unit_test(what_has_no_file_has_a_type),
        cmocka_unit_test(a_socket_that_listens_is_a_server),
        cmocka_unit_test(a_unix_socket_has_its_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
