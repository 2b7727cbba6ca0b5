/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c - signalfd and what is added, behind one epoll. */
#include "cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

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

    *s = (struct sk_signals){-1, -1};
    mask_of(&set);
    pipe_too = set;
    sigaddset(&pipe_too, SIGPIPE); /* a closed pipe is an error of write() */
    err = pthread_sigmask(SIG_BLOCK, &pipe_too, NULL);
    if (err)
        return -err;
    s->fd = epoll_create1(EPOLL_CLOEXEC);
    s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->fd < 0)
        return -errno;
    return watch(s, s->signal_fd);
}

int sk_signals_add(struct sk_signals *s, int fd)
{
    return fd < 0 ? -EBADF : watch(s, fd);
}

void sk_signals_remove(struct sk_signals *s, int fd)
{
    (void)epoll_ctl(s->fd, EPOLL_CTL_DEL, fd, NULL);
}

void sk_signals_release(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

unsigned sk_signals_read(struct sk_signals *s)
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

void sk_signals_close(struct sk_signals *s)
{
    fd_freep(&s->fd);
    fd_freep(&s->signal_fd);
}

void signals_freep(struct sk_signals *s)
{
    sk_signals_close(s);
}
