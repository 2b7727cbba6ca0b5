/* SPDX-License-Identifier: Apache-2.0 */
/* fd_event.c - the descriptor that an event of a capture is about, and which handler it has. */
#include "state/fd_event.h"

#define EV_SPLICE 167

uint64_t sk_fd_u64(const struct sk_event *ev, unsigned i)
{
    uint64_t v = 0;

    return sk_event_u64(ev, i, &v) ? v : 0;
}

int64_t sk_fd_i64(const struct sk_event *ev, unsigned i)
{
    int64_t v = 0;

    return sk_event_i64(ev, i, &v) ? v : 0;
}

struct sk_str sk_fd_path(const struct sk_event *ev, unsigned i)
{
    struct sk_str s = sk_event_text(ev, i);

    return s.p && !sk_str_eqz(s, "(NULL)") ? s : SK_STR("<NA>");
}

/* Parameter 0 is the result, also where it is a descriptor.  splice is about what it writes to. */
static uint8_t find_param(unsigned code)
{
    const struct sk_event_info *info = &sk_events[code];

    if (!(info->flags & SK_EF_USES_FD))
        return 0;
    if (code == EV_SPLICE)
        return 2;
    for (unsigned i = info->exit; i < info->nparams; i++)
        if (info->param[i].type == SK_T_FD)
            return (uint8_t)(i + !info->exit); /* of calls that begin: one more than the index */
    return 0;
}

void sk_fd_find_params(struct sk_state *st)
{
    for (unsigned code = 0; code < SK_EVENT_N; code++)
        st->fd_at[code] = find_param(code);
}

void sk_fd_add(const struct sk_fd_op *op, const struct sk_fd *spec)
{
    struct sk_fd *fd = NULL;

    if (spec->num < 0)
        return;
    fd = sk_fdtable_add(op->st, sk_proc_fds(op->st, op->th->proc), spec);
    op->st->ev_fd = (struct sk_event_fd){.num = spec->num, .fd = fd};
    op->st->ev_fd.name_changed = fd && (fd->name.n || fd->flags & SK_FDF_NAMED);
}

struct sk_fd *sk_fd_edit(const struct sk_fd_op *op)
{
    struct sk_fd *fd;

    if (!op->st->ev_fd.fd)
        return NULL;
    fd = sk_fdtable_edit(op->st, op->th->proc->fds, op->st->ev_fd.num);
    if (fd)
        op->st->ev_fd.fd = fd;
    return fd;
}

void sk_fd_add_same_name(const struct sk_fd_op *op, const struct sk_fd *spec)
{
    sk_fd_add(op, spec);
    op->st->ev_fd.name_changed = false;
}

void sk_fd_rename(const struct sk_fd_op *op, const struct sk_fd *spec, struct sk_str name)
{
    const struct sk_fd *old = op->st->ev_fd.fd;
    struct sk_fd fresh = *spec;
    char buf[SK_FD_TEXT_MAX];
    bool changed = !old || !sk_str_eq(sk_fd_text(old, buf), name);

    fresh.name = name;
    fresh.flags &= ~(uint32_t)SK_FDF_NAMED;
    sk_fd_add(op, &fresh);
    op->st->ev_fd.name_changed = changed;
}

struct sk_str sk_fd_base(const struct sk_fd_op *op, int64_t dirfd, struct sk_str path)
{
    const struct sk_fd *fd;
    char *with_slash;

    if (path.n && path.p[0] == '/')
        return SK_STR("");
    if (dirfd == FD_AT_FDCWD)
        return sk_proc_cwd(op->th->proc);
    fd = dirfd >= 0 ? sk_fdtable_get(op->th->proc->fds, dirfd) : NULL;
    if (!fd)
        return SK_STR("<UNKNOWN>");
    if (!fd->name.n || fd->name.p[fd->name.n - 1] == '/')
        return fd->name;
    with_slash = sk_arena_alloc(op->st->tmp, fd->name.n + 1);
    if (!with_slash)
        return SK_STR("");
    memcpy(with_slash, fd->name.p, fd->name.n);
    with_slash[fd->name.n] = '/';
    return (struct sk_str){with_slash, fd->name.n + 1};
}

/* By event code; the name that the row must have is checked by the unit test. */
static sk_fd_handler *const handlers[SK_EVENT_N] = {
    [3] = sk_fd_on_open,          [5] = sk_fd_on_close,   [7] = sk_fd_on_read,
    [9] = sk_fd_on_write,         [19] = sk_fd_on_socket, [21] = sk_fd_on_bind,
    [23] = sk_fd_on_connect,      [29] = sk_fd_on_write,  [31] = sk_fd_on_write,
    [33] = sk_fd_on_read,         [35] = sk_fd_on_read,   [43] = sk_fd_on_socketpair,
    [47] = sk_fd_on_getsockopt,   [49] = sk_fd_on_write,  [51] = sk_fd_on_write,
    [53] = sk_fd_on_read,         [55] = sk_fd_on_read,   [59] = sk_fd_on_open,
    [61] = sk_fd_on_pipe,         [63] = sk_fd_on_anon,   [113] = sk_fd_on_read,
    [115] = sk_fd_on_write,       [117] = sk_fd_on_read,  [119] = sk_fd_on_write,
    [121] = sk_fd_on_read,        [123] = sk_fd_on_write, [127] = sk_fd_on_anon,
    [137] = sk_fd_on_anon,        [139] = sk_fd_on_anon,  [151] = sk_fd_on_fcntl,
    [247] = sk_fd_on_accept,      [307] = sk_fd_on_open,  [321] = sk_fd_on_anon,
    [327] = sk_fd_on_open,        [337] = sk_fd_on_open,  [339] = sk_fd_on_anon,
    [363] = sk_fd_on_dup,         [365] = sk_fd_on_dup,   [367] = sk_fd_on_dup,
    [369] = sk_fd_on_anon,        [375] = sk_fd_on_anon,  [377] = sk_fd_on_anon,
    [389] = sk_fd_on_accept,      [393] = sk_fd_on_pipe,  [395] = sk_fd_on_anon,
    [397] = sk_fd_on_anon,        [399] = sk_fd_on_anon,  [405] = sk_fd_on_memfd,
    [407] = sk_fd_on_pidfd_getfd, [409] = sk_fd_on_pidfd, [451] = sk_fd_on_close_range,
};

void sk_enter_drop(struct sk_state *st, struct sk_thread *th)
{
    sk_pool_put(st->fds, th->enter);
    th->enter = NULL;
}

const struct sk_enter *sk_enter_of(const struct sk_thread *th, const struct sk_event *ev)
{
    const struct sk_enter *e = th->enter;

    if (!e)
        return NULL;
    /* execveat that succeeds ends as execve. */
    return e->type + 1 == ev->type || (e->type == 330 && ev->type == 293) ? e : NULL;
}

/* What of a call's beginning may matter at its end: text or address, directory, flags. */
static bool read_enter(const struct sk_event *ev, struct sk_enter *e)
{
    *e = (struct sk_enter){.type = ev->type, .dirfd = FD_AT_FDCWD};
    switch (ev->type) {
    case 2: /* open */
        e->flags = (uint32_t)sk_fd_u64(ev, 1);
        e->bytes = sk_fd_path(ev, 0);
        return sk_event_param(ev, 0).len;
    case 58:  /* creat */
    case 292: /* execve */
        e->bytes = sk_fd_path(ev, 0);
        return sk_event_param(ev, 0).len;
    case 306: /* openat, openat2, execveat */
    case 326:
    case 330:
        if (!sk_event_i64(ev, 0, &e->dirfd) && ev->type != 330)
            return false;
        e->bytes = sk_fd_path(ev, 1);
        e->flags = (uint32_t)sk_fd_u64(ev, 2);
        return true;
    case 22: /* connect */
        e->bytes = sk_event_bytes(ev, 1);
        return e->bytes.n != 0;
    default:
        return false;
    }
}

static void keep_enter(struct sk_state *st, const struct sk_event *ev, struct sk_thread *th)
{
    struct sk_enter e;

    sk_enter_drop(st, th);
    if (!read_enter(ev, &e))
        return;
    e.bytes.n = SK_MIN(e.bytes.n, (size_t)SK_PATH_MAX);
    th->enter = sk_pool_get(st->fds, sizeof(e) + e.bytes.n + 1);
    if (!th->enter) {
        st->stats.evicted++;
        return;
    }
    memcpy(th->enter + 1, e.bytes.p, e.bytes.n);
    e.bytes.p = (const char *)(th->enter + 1);
    *th->enter = e;
}

static void look_up(struct sk_state *st, const struct sk_event *ev, struct sk_thread *th)
{
    unsigned at = st->fd_at[ev->type];
    int64_t num;

    if (at && sk_event_i64(ev, at - !ev->info->exit, &num)) {
        st->ev_fd.num = num;
        st->ev_fd.fd = num >= 0 ? sk_fdtable_get(th->proc->fds, num) : NULL;
    }
}

void sk_fd_apply(struct sk_state *st, const struct sk_event *ev, struct sk_thread *th)
{
    sk_fd_handler *h = handlers[ev->type];
    struct sk_fd_op op = {.st = st, .ev = ev, .th = th};

    if (ev->info->flags & SK_EF_USES_FD)
        look_up(st, ev, th);
    if (!ev->info->exit) {
        if (ev->info->flags & SK_EF_MODIFIES_STATE)
            keep_enter(st, ev, th);
        return;
    }
    if (h) {
        op.res = sk_fd_i64(ev, 0);
        h(&op);
    }
}

const struct sk_event_fd *sk_state_event_fd(const struct sk_state *st)
{
    return st->foreign ? &st->ev_fd : NULL;
}
