/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/notify.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/test.h"

/* The manager's end. */
static int listen_at(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));

    snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
    if (path[0] == '@')
        a.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
    return fd;
}

static const char *heard(int fd, int timeout_ms)
{
    static char text[2048];
    struct pollfd p = {.fd = fd, .events = POLLIN};
    ssize_t n;

    if (poll(&p, 1, timeout_ms) != 1)
        return "";
    n = recv(fd, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void without_a_manager_nothing_happens(void **state)
{
    static const char *const path[] = {"", "relative", "@", "/"};
    struct sk_notify n;

    (void)state;
    unsetenv("NOTIFY_SOCKET");
    sk_notify_open(&n);
    sk_notify_say(&n, "READY=1");
    sk_notify_feed(&n);
    assert_int_equal(n.fd, -1);
    for (size_t i = 0; i < SK_ARRAY_LEN(path); i++) {
        setenv("NOTIFY_SOCKET", path[i], 1);
        sk_notify_open(&n);
        assert_int_equal(n.fd, -1);
    }
    sk_notify_close(&n);
}

static void a_manager_hears_by_path_or_abstract_name(void **state)
{
    char path[64];

    (void)state;
    for (int abstract = 0; abstract < 2; abstract++) {
        struct sk_notify n;
        int fd;

        snprintf(path, sizeof(path), "%ssaker-notify-%d", abstract ? "@" : "/tmp/", (int)getpid());
        fd = listen_at(path);
        sk_notify_open(&n);
        assert_null(getenv("NOTIFY_SOCKET"));
        sk_notify_say(&n, "STATUS=%d rules", 93);
        assert_string_equal(heard(fd, 1000), "STATUS=93 rules");
        sk_notify_reloading(&n);
        assert_non_null(strstr(heard(fd, 1000), "RELOADING=1\nMONOTONIC_USEC="));
        sk_notify_close(&n);
        close(fd);
        if (!abstract)
            unlink(path);
    }
}

static void a_manager_that_is_gone_is_no_error(void **state)
{
    struct sk_notify n;

    (void)state;
    setenv("NOTIFY_SOCKET", "/tmp/saker-no-such-socket", 1);
    sk_notify_open(&n);
    sk_notify_say(&n, "READY=1");
    sk_notify_close(&n);
    assert_int_equal(n.fd, -1);
}

static void the_watchdog_is_fed_twice_in_its_time(void **state)
{
    char path[64], pid[16];
    struct sk_notify n;
    int fd;

    (void)state;
    snprintf(path, sizeof(path), "@saker-watchdog-%d", (int)getpid());
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    fd = listen_at(path);
    setenv("WATCHDOG_USEC", "100000", 1);
    setenv("WATCHDOG_PID", pid, 1);
    sk_notify_open(&n);
    sk_notify_feed(&n); /* too early */
    assert_string_equal(heard(fd, 0), "");
    struct pollfd p = {.fd = n.timer_fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 1000), 1);
    sk_notify_feed(&n);
    assert_string_equal(heard(fd, 1000), "WATCHDOG=1");
    sk_notify_close(&n);
    setenv("NOTIFY_SOCKET", path, 1);
    setenv("WATCHDOG_USEC", "100000", 1);
    setenv("WATCHDOG_PID", "1", 1); /* it is for another process */
    sk_notify_open(&n);
    assert_int_equal(n.timer_fd, -1);
    sk_notify_close(&n);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_manager_nothing_happens),
        cmocka_unit_test(a_manager_hears_by_path_or_abstract_name),
        cmocka_unit_test(a_manager_that_is_gone_is_no_error),
        cmocka_unit_test(the_watchdog_is_fed_twice_in_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
