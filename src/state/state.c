/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - birth and end of a state, and what a scan of /proc puts into it. */
#include "state/fd_event.h"

#include <errno.h>

#define DEFAULT_THREADS    262144u
#define DEFAULT_BYTES      (256ull * 1024 * 1024)
#define DEFAULT_FD_BYTES   (256ull * 1024 * 1024)
#define DEFAULT_USER_LISTS 256u
#define STRINGS_MAX        (1u << 20)
#define TMP_BYTES          65536u

static int make_tables(struct sk_state *st)
{
    static const struct sk_image none;

    st->nodes = sk_pool_new(UINT64_MAX / 8);
    st->text = sk_pool_new(st->limit.bytes);
    st->fds = sk_pool_new(st->limit.fd_bytes);
    st->threads = sk_map_new(st->limit.threads);
    st->procs = sk_map_new(st->limit.threads);
    st->strings = sk_map_new(STRINGS_MAX);
    st->cgroups = sk_map_new(SK_STATE_CGROUPS);
    st->tmp = sk_arena_new(TMP_BYTES);
    st->recent = calloc(SK_STATE_RECENT, sizeof(*st->recent));
    st->empty = calloc(1, sizeof(*st->empty));
    if (!st->nodes || !st->text || !st->fds || !st->threads || !st->procs || !st->strings ||
        !st->cgroups || !st->tmp || !st->recent || !st->empty)
        return -ENOMEM;
    sk_fd_find_params(st);
    sk_state_find_plain(st);
    st->ev_fd.num = -1;
    *st->empty = none;
    st->empty->refs = 1;
    st->empty->comm = st->empty->exe = st->empty->exepath = st->empty->filename = SK_STR("");
    st->empty->args = st->empty->env = SK_STR("");
    return 0;
}

int sk_state_new(const struct sk_state_limits *limits, const struct sk_state_ops *ops,
                 struct sk_state **out)
{
    sk_auto(state) struct sk_state *st = calloc(1, sizeof(*st));
    int err;

    if (!st)
        return -ENOMEM;
    if (limits)
        st->limit = *limits;
    if (!st->limit.threads)
        st->limit.threads = DEFAULT_THREADS;
    if (!st->limit.bytes)
        st->limit.bytes = DEFAULT_BYTES;
    if (!st->limit.fd_bytes)
        st->limit.fd_bytes = DEFAULT_FD_BYTES;
    if (!st->limit.user_lists)
        st->limit.user_lists = DEFAULT_USER_LISTS;
    if (ops)
        st->ops = *ops;
    st->host_root = strdup(st->ops.host_root ? st->ops.host_root : "");
    if (!st->host_root)
        return -ENOMEM;
    err = make_tables(st);
    if (err)
        return err;
    *out = SK_TAKE(st);
    return 0;
}

void sk_state_free(struct sk_state *st)
{
    if (!st)
        return;
    sk_users_free(st->users);
    map_freep(&st->threads);
    map_freep(&st->procs);
    map_freep(&st->strings);
    map_freep(&st->cgroups);
    map_freep(&st->seen_users);
    map_freep(&st->seen_groups);
    sk_pool_free(st->nodes);
    sk_pool_free(st->text);
    sk_pool_free(st->fds);
    sk_ifaces_free(st);
    sk_arena_free(st->tmp);
    free(st->recent);
    free(st->empty);
    free(st->host_root);
    free(st);
}

void state_freep(struct sk_state **st)
{
    sk_state_free(*st);
    *st = NULL;
}

void sk_state_get_stats(const struct sk_state *st, struct sk_state_stats *out)
{
    *out = st->stats;
    out->threads = sk_map_count(st->threads);
    out->procs = st->procs_n;
    out->images = st->images_n;
    out->bytes = sk_pool_used(st->text) + sk_pool_used(st->nodes) + sk_pool_used(st->fds);
}

/* The image stays when it still says the same: it knows more (when it was executed, by whom). */
static void add_image(struct sk_state *st, struct sk_proc *p, const struct sk_task_info *ti)
{
    struct sk_image from = {
        .comm = ti->comm,
        .exe = ti->exe,
        .exepath = ti->exepath,
        .args = ti->args,
        .env = ti->env,
        .exe_dev = ti->exe_dev,
        .exe_ino = ti->exe_ino,
        .exe_ctime_ns = ti->exe_ctime_ns,
        .exe_mtime_ns = ti->exe_mtime_ns,
        .exe_writable = ti->exe_writable,
        .exe_upper = ti->exe_upper,
        .exe_lower = ti->exe_lower,
        .exe_memfd = ti->exe_memfd,
    };
    struct sk_str mark = SK_STR(" (deleted)");

    if (sk_str_ends(from.exepath, mark)) { /* older captures leave it in their lists */
        from.exepath.n -= mark.n;
        from.exe_deleted = true;
    }
    if (p->image != st->empty && sk_str_eq(p->image->exepath, from.exepath) &&
        sk_str_eq(p->image->exe, ti->exe) && sk_str_eq(p->image->args, ti->args))
        return;
    if (p->image != st->empty && p->image->exepath.n != 0)
        st->stats.repaired++;
    sk_image_set(st, p, sk_image_new(st, &from, p->parent ? p->parent->image : NULL));
}

static void add_proc(struct sk_state *st, struct sk_proc *p, const struct sk_task_info *ti)
{
    p->vpid = ti->vpid;
    p->reaper = p->reaper || ti->pid == 1 || ti->vpid == 1;
    if (p->start_ns == 0 || !sk_same_start(p->start_ns, ti->start_ns))
        p->start_ns = ti->start_ns;
    if (p->clone_ns == 0)
        p->clone_ns = ti->clone_ns;
    sk_arena_reset(st->tmp);
    sk_proc_set_parent(st, p, ti->ppid);
    sk_string_set_dir(st, &p->cwd, ti->cwd);
    sk_string_set_dir(st, &p->root, ti->root);
    p->sid = ti->sid;
    p->pgid = ti->pgid;
    p->vpgid = ti->vpgid;
    p->tty = ti->tty;
    p->loginuid = ti->loginuid;
    p->fdlimit = ti->fdlimit;
    p->vm_size_kb = ti->vm_size_kb;
    p->vm_rss_kb = ti->vm_rss_kb;
    p->vm_swap_kb = ti->vm_swap_kb;
    p->pidns_init_start_ns = ti->pidns_init_start_ns;
    p->ns_pid = ti->ns_pid;
    p->ns_mnt = ti->ns_mnt;
    p->ns_net = ti->ns_net;
    p->ns_user = ti->ns_user;
    p->ns_uts = ti->ns_uts;
    p->ns_ipc = ti->ns_ipc;
    p->ns_cgroup = ti->ns_cgroup;
    if (ti->cgroup_id)
        p->cgroup_id = ti->cgroup_id;
    sk_proc_set_cgroups(st, p, ti->cgroups);
    add_image(st, p, ti);
    p->fake = false;
}

void sk_state_link(struct sk_state *st)
{
    size_t it = 0;
    struct sk_proc *p;

    while ((p = sk_map_next(st->procs, &it)))
        if (!p->parent && p->ppid)
            sk_proc_set_parent(st, p, p->ppid);
    if (!st->ops.live && st->scanning) {
        st->scanning = false;
        for (it = 0; (p = sk_map_next(st->procs, &it));)
            p->ppid = p->parent ? p->ppid : 0;
    }
}

int sk_state_add(struct sk_state *st, const struct sk_task_info *ti)
{
    struct sk_proc *p = sk_state_proc(st, ti->pid);
    struct sk_thread *th;
    bool fresh = false;

    st->scanning = st->pending = true;
    st->changes++;
    if (p && !sk_same_start(p->start_ns, ti->start_ns)) {
        st->stats.repaired++;
        sk_proc_remove_threads(st, p, NULL);
        p = NULL;
    }
    th = sk_state_thread(st, ti->tid);
    if (th && th->proc != p) {
        st->stats.repaired++;
        sk_thread_remove(st, th, 0);
        th = NULL;
    }
    if (!p) {
        p = sk_proc_new(st, ti->pid);
        fresh = true;
    }
    if (!p)
        return -ENOSPC;
    if (!th)
        th = sk_thread_new(st, p, ti->tid);
    if (!th) {
        sk_proc_drop_empty(st, p);
        return -ENOSPC;
    }
    th->marked = th->missing = false;
    th->vtid = ti->vtid;
    th->uid = ti->uid;
    th->gid = ti->gid;
    th->flags = ti->flags;
    if (th->clone_ns == 0)
        th->clone_ns = ti->clone_ns;
    th->cap_inheritable = ti->cap_inheritable;
    th->cap_permitted = ti->cap_permitted;
    th->cap_effective = ti->cap_effective;
    th->pgft_maj = ti->pgft_maj;
    th->pgft_min = ti->pgft_min;
    sk_thread_set_comm(th, ti->comm);
    if (ti->tid == ti->pid || fresh || p->fake)
        add_proc(st, p, ti);
    return 0;
}

const char *sk_state_live_root(const struct sk_state *st)
{
    return st->ops.live ? st->host_root : NULL;
}
