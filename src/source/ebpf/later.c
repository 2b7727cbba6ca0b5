/* SPDX-License-Identifier: Apache-2.0 */
/* later.c - see later.h.  The thread and its caller share nothing but what the join orders. */
#include "source/ebpf/later.h"

#include <errno.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void *load(void *arg)
{
    struct sk_later *l = arg;
    const uint64_t one = 1;

    l->err = sk_bpf_load_rest(l->first, l->dg, &l->rest);
    if (!l->err)
        l->err = sk_bpf_put_rest(&l->rest);
    if (!l->err)
        l->err = sk_bpf_attach(&l->rest, l->dg);
    malloc_trim(0);
    /* The counter is 0: this neither blocks nor fails. */
    return write(l->fd, &one, sizeof(one)) < 0 ? l : NULL;
}

int sk_later_start(struct sk_later *l, const struct sk_bpf *first, int epoll_fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    int err;

    *l = (struct sk_later){.first = first, .dg = sk_diag_new()};
    l->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!l->dg)
        return -ENOMEM;
    if (l->fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, l->fd, &ev))
        return -errno;
    err = pthread_create(&l->thread, NULL, load, l);
    l->running = !err;
    return -err;
}

static void warn(const struct sk_later *l, struct sk_diag *dg)
{
    const char *text = sk_diag_text(l->dg, SK_DIAG_WARNING);
    const char *why = sk_diag_text(l->dg, SK_DIAG_ERROR);

    if (*text)
        sk_warn(dg, NULL, "%.*s", (int)strcspn(text, "\n"), text);
    while (*(text += strcspn(text, "\n")) && *++text)
        sk_warn(dg, NULL, "%.*s", (int)strcspn(text, "\n"), text);
    if (l->err)
        sk_warn(dg, NULL,
                "degraded: no events of io_uring, of failed execs, sendmmsg and recvmmsg: %.*s",
                (int)strcspn(why, "\n"), *why ? why : strerror(-l->err));
}

static void join(struct sk_later *l)
{
    if (l->running)
        pthread_join(l->thread, NULL);
    l->running = false;
}

bool sk_later_over(struct sk_later *l, struct sk_diag *dg)
{
    uint64_t n;

    if (!l->running || read(l->fd, &n, sizeof(n)) < 0)
        return false;
    join(l);
    warn(l, dg);
    return true;
}

void sk_later_done(struct sk_later *l)
{
    join(l);
    sk_bpf_close(&l->rest);
    if (l->dg) /* or it was never started, and 0 is no descriptor of ours */
        fd_freep(&l->fd);
    sk_diag_free(l->dg);
    *l = (struct sk_later){0};
}
