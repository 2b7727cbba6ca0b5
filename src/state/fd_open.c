/* SPDX-License-Identifier: Apache-2.0 */
/* fd_open.c - calls that make descriptors which are not sockets. */
#include "state/fd_event.h"

enum {
    EV_OPEN = 3,
    EV_CREAT = 59,
    EV_OPENAT = 307,
    EV_OPENAT2 = 327,
    EV_OPEN_BY_HANDLE_AT = 337,
    CREAT_UPPER = 1,
    CREAT_LOWER = 2,
};

/* What the rows of the family call by different numbers. */
struct opened {
    struct sk_str path;
    int64_t dirfd;
    uint32_t flags, dev;
    uint64_t ino;
};

static void read_creat(const struct sk_event *ev, struct opened *o)
{
    uint64_t layer = sk_fd_u64(ev, 5);

    o->path = sk_fd_path(ev, 1);
    o->dev = (uint32_t)sk_fd_u64(ev, 3);
    o->ino = sk_fd_u64(ev, 4);
    if (layer & CREAT_UPPER)
        o->flags = FD_UPPER_LAYER;
    else if (layer & CREAT_LOWER)
        o->flags = FD_LOWER_LAYER;
}

static void read_opened(const struct sk_event *ev, struct opened *o)
{
    unsigned dev = ev->type == EV_OPENAT2 ? 6 : ev->type == EV_OPENAT ? 5 : 4;
    unsigned path = ev->type == EV_OPEN ? 1 : ev->type == EV_OPEN_BY_HANDLE_AT ? 3 : 2;

    *o = (struct opened){.dirfd = FD_AT_FDCWD};
    if (ev->type == EV_CREAT) {
        read_creat(ev, o);
        return;
    }
    o->path = sk_fd_path(ev, path);
    o->flags = (uint32_t)sk_fd_u64(ev, path == 2 ? 3 : 2);
    o->dev = (uint32_t)sk_fd_u64(ev, dev);
    o->ino = sk_fd_u64(ev, dev + 1);
    if (path == 2 && !sk_event_i64(ev, 1, &o->dirfd))
        o->dirfd = INT64_MIN;
}

/* What the call began with counts; what the kernel found out about the file stays. */
static void prefer_enter(const struct sk_enter *e, struct opened *o)
{
    if (!e || sk_str_eqz(e->bytes, "<NA>"))
        return;
    o->path = e->bytes;
    if (e->type != EV_CREAT - 1)
        o->flags = e->flags | (o->flags & ~(uint32_t)(FD_O_F_CREATED - 1));
    else
        o->flags |= e->flags;
    o->dirfd = e->dirfd;
}

void sk_fd_on_open(const struct sk_fd_op *op)
{
    struct opened o;
    struct sk_fd fd = {.num = op->res, .type = SK_FD_FILE};
    struct sk_str base;

    if (op->res < 0)
        return;
    read_opened(op->ev, &o);
    if (op->ev->type != EV_OPEN_BY_HANDLE_AT)
        prefer_enter(sk_enter_of(op->th, op->ev), &o);
    /* The path of a handle is where the kernel arrived. */
    if (op->ev->type == EV_OPEN_BY_HANDLE_AT || o.dirfd == INT64_MIN)
        base = SK_STR("");
    else
        base = sk_fd_base(op, o.dirfd, o.path);
    if (o.flags & FD_O_DIRECTORY)
        fd.type = SK_FD_DIRECTORY;
    if (o.flags & FD_UPPER_LAYER)
        fd.flags |= SK_FDF_UPPER;
    if (o.flags & FD_LOWER_LAYER)
        fd.flags |= SK_FDF_LOWER;
    fd.open_flags = o.flags;
    fd.dev = o.dev;
    fd.ino = o.ino;
    fd.raw = o.path;
    fd.name = sk_path_join(op->st->tmp, base, o.path);
    sk_fd_add(op, &fd);
}

void sk_fd_on_memfd(const struct sk_fd_op *op)
{
    struct sk_fd fd = {.num = op->res, .type = SK_FD_MEMFD};

    fd.name = sk_fd_path(op->ev, 1);
    fd.open_flags = (uint32_t)sk_fd_u64(op->ev, 2);
    sk_fd_add(op, &fd);
}

void sk_fd_on_pidfd(const struct sk_fd_op *op)
{
    struct sk_fd fd = {.num = op->res, .type = SK_FD_PIDFD};
    char path[32];

    fd.pid = sk_fd_i64(op->ev, 1);
    fd.open_flags = (uint32_t)sk_fd_u64(op->ev, 2);
    fd.name = (struct sk_str){
        path, (size_t)snprintf(path, sizeof(path), "/proc/%lld", (long long)fd.pid)};
    sk_fd_add(op, &fd);
}

/* The other process goes on with its own. */
void sk_fd_on_pidfd_getfd(const struct sk_fd_op *op)
{
    const struct sk_fd *pidfd = sk_state_fd(op->th, sk_fd_i64(op->ev, 1)), *target;
    const struct sk_thread *of;
    struct sk_fd fd;

    if (op->res < 0 || !pidfd || pidfd->type != SK_FD_PIDFD || pidfd->pid <= 0 ||
        pidfd->pid > UINT32_MAX)
        return;
    of = sk_state_thread(op->st, (uint32_t)pidfd->pid);
    target = of ? sk_state_fd(of, sk_fd_i64(op->ev, 2)) : NULL;
    if (!target)
        return;
    fd = *target;
    fd.num = op->res;
    fd.open_flags = FD_O_CLOEXEC | (fd.open_flags & ~(uint32_t)(FD_O_CLOEXEC | 1));
    sk_fd_add(op, &fd);
    op->st->ev_fd.name_changed = false;
}

/* Descriptors without a name: the result, and at most flags. */
void sk_fd_on_anon(const struct sk_fd_op *op)
{
    static const struct {
        uint16_t code;
        uint8_t type;
        uint8_t flags; /* index of the parameter; 0: none */
    } rows[] = {
        {63, SK_FD_EVENT, 0},    {127, SK_FD_SIGNALFD, 0},    {137, SK_FD_TIMERFD, 2},
        {139, SK_FD_INOTIFY, 0}, {321, SK_FD_USERFAULTFD, 0}, {339, SK_FD_IO_URING, 0},
        {369, SK_FD_BPF, 0},     {375, SK_FD_EVENTPOLL, 0},   {377, SK_FD_EVENTPOLL, 1},
        {395, SK_FD_INOTIFY, 1}, {397, SK_FD_EVENT, 1},       {399, SK_FD_SIGNALFD, 1},
    };
    struct sk_fd fd = {.num = op->res};

    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        if (rows[i].code != op->ev->type)
            continue;
        fd.type = rows[i].type;
        if (rows[i].flags)
            fd.open_flags = (uint32_t)sk_fd_u64(op->ev, rows[i].flags);
    }
    if (op->ev->type == 377) /* EPOLL_CLOEXEC has another value than O_CLOEXEC */
        fd.open_flags = fd.open_flags & 1 ? FD_O_CLOEXEC : 0;
    sk_fd_add(op, &fd);
}

void sk_fd_on_pipe(const struct sk_fd_op *op)
{
    struct sk_fd fd = {.type = SK_FD_FIFO};

    if (op->res < 0)
        return;
    fd.ino = sk_fd_u64(op->ev, 3);
    fd.open_flags = op->ev->type == 393 ? (uint32_t)sk_fd_u64(op->ev, 4) : 0;
    for (unsigned i = 1; i <= 2; i++) {
        fd.num = sk_fd_i64(op->ev, i);
        sk_fd_add(op, &fd);
    }
}
