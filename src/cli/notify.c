/* SPDX-License-Identifier: Apache-2.0 */
/* notify.c - see notify.h.  A message that cannot be sent is no reason to stop. */
#include "cli/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define TEXT_MAX 1024

/* A path, or '@' and a name in the abstract name space. */
static bool set_address(struct sk_notify *n, const char *path)
{
    size_t len = strlen(path);

    if ((path[0] != '/' && path[0] != '@') || len < 2 || len >= sizeof(n->to.sun_path))
        return false;
    n->to.sun_family = AF_UNIX;
    memcpy(n->to.sun_path, path, len);
    if (path[0] == '@')
        n->to.sun_path[0] = '\0';
    n->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return true;
}

static void open_watchdog(struct sk_notify *n)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    struct itimerspec t = {0};
    uint64_t us, mine = (uint64_t)getpid();

    if (!usec || sk_parse_u64(usec, strlen(usec), &us) || !us)
        return;
    if (pid && (sk_parse_u64(pid, strlen(pid), &mine) || mine != (uint64_t)getpid()))
        return;
    us = SK_MAX(us / 2, (uint64_t)1000);
    t.it_interval.tv_sec = t.it_value.tv_sec = (time_t)(us / 1000000);
    t.it_interval.tv_nsec = t.it_value.tv_nsec = (long)(us % 1000000) * 1000;
    n->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (n->timer_fd >= 0 && timerfd_settime(n->timer_fd, 0, &t, NULL))
        fd_freep(&n->timer_fd);
}

void sk_notify_open(struct sk_notify *n)
{
    static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
    const char *path = getenv(names[0]);

    *n = (struct sk_notify){.fd = -1, .timer_fd = -1};
    if (path && set_address(n, path))
        n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (n->fd >= 0)
        open_watchdog(n);
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        unsetenv(names[i]);
}

void sk_notify_close(struct sk_notify *n)
{
    fd_freep(&n->fd);
    fd_freep(&n->timer_fd);
}

void sk_notify_say(const struct sk_notify *n, const char *fmt, ...)
{
    char text[TEXT_MAX];
    va_list ap;
    int len;

    if (n->fd < 0)
        return;
    va_start(ap, fmt);
    len = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (len < 0 || sendto(n->fd, text, SK_MIN((size_t)len, sizeof(text) - 1), MSG_NOSIGNAL,
                          (const struct sockaddr *)&n->to, n->to_len) < 0)
        return;
}

void sk_notify_reloading(const struct sk_notify *n)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    sk_notify_say(n, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=Loading configuration and rules",
                  (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

void sk_notify_feed(const struct sk_notify *n)
{
    uint64_t ticks;

    if (n->timer_fd >= 0 && read(n->timer_fd, &ticks, sizeof(ticks)) == (ssize_t)sizeof(ticks))
        sk_notify_say(n, "WATCHDOG=1");
}
