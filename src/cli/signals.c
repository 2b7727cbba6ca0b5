/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c - signalfd + inotify + a timer that waits for the editor to finish, behind one epoll.
 */
#include "cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define QUIET_NS 100000000

static void mask_of(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGUSR1);
    sigaddset(set, SIGHUP);
}

static int watch(struct sk_signals *s, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

    return fd >= 0 && !epoll_ctl(s->fd, EPOLL_CTL_ADD, fd, &ev) ? 0 : -errno;
}

int sk_signals_open(struct sk_signals *s)
{
    sigset_t set, pipe_too;
    int err;

    *s = (struct sk_signals){-1, -1, -1, -1};
    mask_of(&set);
    pipe_too = set;
    sigaddset(&pipe_too, SIGPIPE); /* a closed pipe is an error of write() */
    err = pthread_sigmask(SIG_BLOCK, &pipe_too, NULL);
    if (err)
        return -err;
    s->fd = epoll_create1(EPOLL_CLOEXEC);
    s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    s->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (s->fd < 0)
        return -errno;
    err = watch(s, s->signal_fd);
    if (!err)
        err = watch(s, s->watch_fd);
    return err ? err : watch(s, s->timer_fd);
}

int sk_signals_watch(struct sk_signals *s, const char *path)
{
    struct stat st;
    uint32_t what = IN_CLOSE_WRITE | IN_MOVE_SELF | IN_DELETE_SELF;

    if (stat(path, &st))
        return -errno;
    if (S_ISDIR(st.st_mode))
        what = IN_CREATE | IN_DELETE | IN_MOVE | IN_CLOSE_WRITE;
    return inotify_add_watch(s->watch_fd, path, what) < 0 ? -errno : 0;
}

static unsigned read_signals(const struct sk_signals *s)
{
    struct signalfd_siginfo si;
    unsigned what = 0;

    while (read(s->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
        if (si.ssi_signo == SIGINT || si.ssi_signo == SIGTERM)
            what |= SK_SIG_STOP;
        else if (si.ssi_signo == SIGUSR1)
            what |= SK_SIG_REOPEN;
        else if (si.ssi_signo == SIGHUP)
            what |= SK_SIG_RELOAD;
    }
    return what;
}

/* Each change begins the quiet time anew. */
static void read_changes(const struct sk_signals *s)
{
    const struct itimerspec quiet = {.it_value.tv_nsec = QUIET_NS};
    char buf[4096];
    bool any = false;

    while (read(s->watch_fd, buf, sizeof(buf)) > 0)
        any = true;
    if (any && timerfd_settime(s->timer_fd, 0, &quiet, NULL))
        return; /* cannot fail with these arguments */
}

unsigned sk_signals_read(struct sk_signals *s)
{
    unsigned what = read_signals(s);
    uint64_t ticks;

    read_changes(s);
    if (read(s->timer_fd, &ticks, sizeof(ticks)) == (ssize_t)sizeof(ticks))
        what |= SK_SIG_RELOAD;
    return what;
}

void sk_signals_close(struct sk_signals *s)
{
    fd_freep(&s->fd);
    fd_freep(&s->signal_fd);
    fd_freep(&s->watch_fd);
    fd_freep(&s->timer_fd);
}

void signals_freep(struct sk_signals *s)
{
    sk_signals_close(s);
}
