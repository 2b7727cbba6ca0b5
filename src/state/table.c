/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - threads and processes, and the tree that they form.
 *
 * The tree has no loops by construction: a process gets a parent when it is made (it has no
 * children then), later only after a walk from the new parent upwards has not met it. */
#include "state/fdtable.h"

#include <assert.h>
#include <errno.h>

struct sk_thread *sk_state_thread(struct sk_state *st, uint32_t tid)
{
    struct sk_thread **near = &st->near[tid % SK_STATE_NEAR], *th = *near;

    if (th && th->tid == tid)
        return th;
    th = sk_map_get_u64(st->threads, tid);
    if (th)
        *near = th;
    return th;
}

struct sk_proc *sk_state_proc(struct sk_state *st, uint32_t pid)
{
    return sk_map_get_u64(st->procs, pid);
}

bool sk_same_start(uint64_t a_ns, uint64_t b_ns)
{
    if (a_ns == 0 || b_ns == 0 || a_ns == b_ns)
        return true;
    if (a_ns % SK_STATE_TICK_NS != 0 && b_ns % SK_STATE_TICK_NS != 0)
        return false;
    return a_ns / SK_STATE_TICK_NS == b_ns / SK_STATE_TICK_NS;
}

static void unlink_parent(struct sk_proc *p)
{
    struct sk_proc *parent = p->parent;

    if (p->sibling_prev)
        p->sibling_prev->sibling_next = p->sibling_next;
    else
        parent->children = p->sibling_next;
    if (p->sibling_next)
        p->sibling_next->sibling_prev = p->sibling_prev;
    p->sibling_next = p->sibling_prev = NULL;
    p->parent = NULL;
    parent->nchildren--;
}

/* Drops one reference; the last one frees the process and its hold on its own parent. */
static void proc_put(struct sk_state *st, struct sk_proc *p)
{
    while (p && --p->refs == 0) {
        struct sk_proc *parent = p->parent;

        if (parent)
            unlink_parent(p);
        sk_image_put(st, p->image);
        sk_string_put(st, &p->cwd);
        sk_string_put(st, &p->root);
        sk_string_put(st, &p->cgroups);
        sk_string_put(st, &p->container_id);
        sk_pool_put(st->nodes, p);
        st->procs_n--;
        p = parent;
    }
}

static void link_parent(struct sk_state *st, struct sk_proc *p, struct sk_proc *parent)
{
    struct sk_proc *old = p->parent;

    if (old == parent)
        return;
    st->changes++;
    if (old)
        unlink_parent(p);
    if (parent) {
        p->parent = parent;
        p->sibling_next = parent->children;
        if (p->sibling_next)
            p->sibling_next->sibling_prev = p;
        parent->children = p;
        parent->nchildren++;
        parent->refs++;
    }
    proc_put(st, old);
}

/* Is `p` the process `of` itself or above it? */
static bool is_above(const struct sk_proc *p, const struct sk_proc *of)
{
    while (of && of != p)
        of = of->parent;
    return of != NULL;
}

void sk_proc_set_parent(struct sk_state *st, struct sk_proc *p, uint32_t ppid)
{
    struct sk_proc *parent = ppid ? sk_state_proc(st, ppid) : NULL;

    assert(p);
    if (parent && p->children && is_above(p, parent))
        parent = NULL;
    if (parent == p)
        parent = NULL;
    /* An unknown reaper (out of scope) does not take away the name of a parent that has ended. */
    if (parent || !p->parent || !p->parent->dead)
        link_parent(st, p, parent);
    /* In a capture whoever is not known when a process appears is not its parent later either: the
     * number may be another's by then. */
    ppid = parent || !st->foreign ? ppid : 0;
    st->changes += p->ppid != ppid;
    p->ppid = ppid;
}

struct sk_proc *sk_proc_new(struct sk_state *st, uint32_t pid)
{
    /* Dead parents may be as many as threads. */
    struct sk_proc *p =
        st->procs_n < 2ull * st->limit.threads ? sk_pool_get(st->nodes, sizeof(*p)) : NULL;

    if (!p || sk_map_put_u64(st->procs, pid, p)) {
        sk_pool_put(st->nodes, p);
        st->stats.evicted++;
        return NULL;
    }
    *p = (struct sk_proc){
        .pid = pid,
        .vpid = -1,
        .refs = 1,
        .reaper = pid == 1,
        .image = sk_image_ref(st->empty),
        .cwd = SK_STR(""),
        .root = SK_STR(""),
        .sid = -1,
        .pgid = -1,
        .vpgid = -1,
        .loginuid = UINT32_MAX,
        .fdlimit = -1,
        .cgroups = SK_STR(""),
        .container_id = SK_STR(""),
    };
    st->procs_n++;
    st->changes++;
    return p;
}

struct sk_thread *sk_thread_new(struct sk_state *st, struct sk_proc *p, uint32_t tid)
{
    struct sk_thread *th = sk_state_thread(st, tid);

    if (th && th->proc == p)
        return th;
    if (th) { /* of a process that has ended unseen */
        st->stats.repaired++;
        sk_thread_remove(st, th, 0);
    }
    th = sk_map_count(st->threads) < st->limit.threads ? sk_pool_get(st->nodes, sizeof(*th)) : NULL;
    if (!th || sk_map_put_u64(st->threads, tid, th)) {
        sk_pool_put(st->nodes, th);
        st->stats.evicted++;
        return NULL;
    }
    *th =
        (struct sk_thread){.tid = tid, .vtid = -1, .proc = p, .uid = UINT32_MAX, .gid = UINT32_MAX};
    th->next = p->threads;
    if (th->next)
        th->next->prev = th;
    p->threads = th;
    p->nthreads++;
    if (tid == p->pid)
        p->leader = th;
    st->stats.added++;
    st->changes++;
    return th;
}

void sk_thread_set_comm(struct sk_thread *th, struct sk_str comm)
{
    size_t n = SK_MIN(strnlen(comm.p ? comm.p : "", comm.n), (size_t)SK_COMM_MAX - 1);

    if (comm.n == 0)
        return;
    memset(th->comm, 0, sizeof(th->comm));
    memcpy(th->comm, comm.p, n);
    if (th->tid == th->proc->pid)
        memcpy(th->proc->comm, th->comm, sizeof(th->comm));
}

/* Nearest living ancestor that adopts orphans and is in the same kind of pid namespace. */
static struct sk_proc *find_reaper(const struct sk_proc *p)
{
    bool own_ns = p->vpid != p->pid && p->vpid != -1;

    for (struct sk_proc *a = p->parent; a; a = a->parent) {
        if ((a->vpid != a->pid && a->vpid != -1) != own_ns)
            return NULL;
        if (!a->dead && a->reaper)
            return a;
    }
    return NULL;
}

/* Forgets ancestors beyond a row of dead ones: nobody else would ever let go of them. */
static void limit_dead(struct sk_state *st, struct sk_proc *p)
{
    for (unsigned n = 0; p && p->dead; n++, p = p->parent) {
        if (n >= SK_STATE_DEAD_CHAIN) {
            link_parent(st, p, NULL);
            return;
        }
    }
}

static void orphan(struct sk_state *st, struct sk_proc *p, uint64_t reaper)
{
    struct sk_thread *th =
        reaper && reaper <= UINT32_MAX ? sk_state_thread(st, (uint32_t)reaper) : NULL;
    struct sk_proc *heir = th && th->proc != p ? th->proc : NULL;

    /* A reaper out of scope is told by its number; guessing another would be wrong. */
    if (!heir && (reaper == 0 || st->foreign))
        heir = find_reaper(p);
    if (heir && st->foreign && p->children)
        heir->reaper = true; /* it has just been one */
    for (struct sk_proc *c = p->children, *next; c; c = next) {
        next = c->sibling_next;
        if (c->dead)
            continue;
        if (heir && !is_above(c, heir)) {
            link_parent(st, c, heir);
            c->ppid = heir->pid;
        } else if (st->foreign) {
            link_parent(st, c, NULL);
            c->ppid = 0;
        } else if (reaper && reaper <= UINT32_MAX) {
            c->ppid = (uint32_t)reaper;
        }
    }
}

static void proc_end(struct sk_state *st, struct sk_proc *p, uint64_t reaper)
{
    if (sk_state_proc(st, p->pid) == p)
        sk_map_del_u64(st->procs, p->pid);
    p->dead = true;
    p->refs++; /* while children leave */
    orphan(st, p, reaper);
    sk_string_put(st, &p->cwd);
    sk_fdtable_put(st, p->fds);
    p->fds = NULL;
    limit_dead(st, p);
    proc_put(st, p);
    proc_put(st, p);
}

void sk_proc_drop_empty(struct sk_state *st, struct sk_proc *p)
{
    if (p->nthreads == 0 && !p->dead)
        proc_end(st, p, 0);
}

void sk_thread_remove(struct sk_state *st, struct sk_thread *th, uint64_t reaper)
{
    struct sk_proc *p = th->proc;

    if (st->dying == th)
        st->dying = NULL;
    if (st->near[th->tid % SK_STATE_NEAR] == th)
        st->near[th->tid % SK_STATE_NEAR] = NULL;
    st->changes++;
    sk_map_del_u64(st->threads, th->tid);
    if (th->prev)
        th->prev->next = th->next;
    else
        p->threads = th->next;
    if (th->next)
        th->next->prev = th->prev;
    if (p->leader == th)
        p->leader = NULL;
    sk_pool_put(st->fds, th->enter);
    sk_pool_put(st->nodes, th);
    st->stats.removed++;
    if (--p->nthreads == 0)
        proc_end(st, p, reaper);
}

void sk_proc_remove_threads(struct sk_state *st, struct sk_proc *p, struct sk_thread *keep)
{
    struct sk_thread *next;

    p->refs++; /* the last thread takes the process with it */
    for (struct sk_thread *th = p->threads; th; th = next) {
        next = th->next;
        if (th != keep)
            sk_thread_remove(st, th, 0);
    }
    proc_put(st, p);
}

void sk_state_mark(struct sk_state *st)
{
    size_t it = 0;
    struct sk_thread *th;

    while ((th = sk_map_next(st->threads, &it)))
        th->marked = true;
    st->sweep_ns = sk_now_ns();
    st->pending = true;
}

void sk_state_sweep(struct sk_state *st)
{
    size_t it = 0;
    struct sk_thread *th;

    while ((th = sk_map_next(st->threads, &it))) {
        th->missing = th->marked;
        th->marked = false;
        if (th->missing && st->seq == 0)
            sk_thread_remove(st, th, 0);
    }
}
