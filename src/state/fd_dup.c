/* SPDX-License-Identifier: Apache-2.0 */
/* fd_dup.c - descriptors that are copied, closed, or closed by an execve. */
#include "state/fd_event.h"

enum {
    EV_DUP3 = 365,
    F_DUPFD_NR = 1, /* flag table fcntl_commands */
    F_SETFD_NR = 3,
    F_DUPFD_CLOEXEC_NR = 26,
    FD_CLOEXEC_BIT = 1,
    RANGE_CLOEXEC = 4, /* flag table close_range_flags */
    OWN_CLOEXEC = 1,   /* of epoll_create1 and memfd_create */
};

static uint32_t without_cloexec(uint32_t flags)
{
    return flags & ~(uint32_t)(FD_O_CLOEXEC | OWN_CLOEXEC);
}

/* Rules still see what is closed: the next event removes it. */
void sk_fd_on_close(const struct sk_fd_op *op)
{
    struct sk_state *st = op->st;

    if (op->res < 0 || !st->ev_fd.fd)
        return;
    st->closing = sk_fdtable_ref(op->th->proc->fds);
    st->closing_num = st->ev_fd.num;
}

struct range {
    uint32_t first, last;
};

static bool in_range(const struct sk_fd *fd, const void *arg)
{
    const struct range *r = arg;

    return fd->num >= r->first && fd->num <= r->last;
}

void sk_fd_on_close_range(const struct sk_fd_op *op)
{
    struct sk_fdtable *t = op->th->proc->fds;
    struct range r = {(uint32_t)sk_fd_u64(op->ev, 1), (uint32_t)sk_fd_u64(op->ev, 2)};
    struct sk_fd *fd;
    bool first = true;

    if (op->res < 0 || !t)
        return;
    if (!(sk_fd_u64(op->ev, 3) & RANGE_CLOEXEC)) {
        sk_fdtable_filter(op->st, t, in_range, &r);
        return;
    }
    for (size_t it = 0; (fd = sk_fdtable_next(t, &it));) {
        if (!in_range(fd, &r) || fd->open_flags & FD_O_CLOEXEC)
            continue;
        fd = sk_fdtable_edit(op->st, t, fd->num);
        if (!fd)
            return;
        fd->open_flags |= FD_O_CLOEXEC;
        if (first) /* it may have a map of its own now, in another order */
            it = 0;
        first = false;
    }
}

/* The name was there before, under another number. */
static void add_copy(const struct sk_fd_op *op, bool cloexec)
{
    struct sk_fd fd = *op->st->ev_fd.fd;

    fd.num = op->res;
    fd.open_flags = without_cloexec(fd.open_flags) | (cloexec ? FD_O_CLOEXEC : 0u);
    sk_fd_add(op, &fd);
    op->st->ev_fd.name_changed = false;
}

void sk_fd_on_dup(const struct sk_fd_op *op)
{
    if (op->res < 0 || !op->st->ev_fd.fd)
        return;
    add_copy(op, op->ev->type == EV_DUP3 && sk_fd_u64(op->ev, 3) & FD_O_CLOEXEC);
}

void sk_fd_on_fcntl(const struct sk_fd_op *op)
{
    uint64_t cmd = sk_fd_u64(op->ev, 2);
    struct sk_fd *fd;

    if (op->res < 0 || !op->st->ev_fd.fd)
        return;
    if (cmd == F_DUPFD_NR || cmd == F_DUPFD_CLOEXEC_NR) {
        add_copy(op, cmd == F_DUPFD_CLOEXEC_NR);
    } else if (cmd == F_SETFD_NR) {
        fd = sk_fd_edit(op);
        if (!fd)
            return;
        fd->open_flags = without_cloexec(fd->open_flags);
        if (sk_fd_u64(op->ev, 3) & FD_CLOEXEC_BIT)
            fd->open_flags |= FD_O_CLOEXEC;
    }
}

static bool ends_at_exec(const struct sk_fd *fd, const void *arg)
{
    (void)arg;
    return fd->open_flags & FD_O_CLOEXEC ||
           ((fd->type == SK_FD_EVENTPOLL || fd->type == SK_FD_MEMFD) &&
            fd->open_flags & OWN_CLOEXEC);
}

void sk_fd_on_exec(struct sk_state *st, struct sk_proc *p)
{
    struct sk_fdtable *shared = p->fds;

    /* A program does not go on sharing with whom it was cloned from. */
    if (shared && sk_fdtable_is_shared(shared)) {
        p->fds = sk_fdtable_copy(st, shared);
        sk_fdtable_put(st, shared);
    }
    sk_fdtable_filter(st, p->fds, ends_at_exec, NULL);
}
