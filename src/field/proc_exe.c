/* SPDX-License-Identifier: Apache-2.0 */
/* proc_exe.c - proc.*: age of the process, its executable as a file, memory and limits.
 *
 * Times are nanoseconds of CLOCK_REALTIME, the clock of every record.  Absent where one end of a
 * duration is unknown, or where it would be negative (the clock was set; another boot's capture).
 */
#include "field/extract.h"

#define EV_PROCEXIT 186 /* tbl/events.def */

static bool give_since(const struct sk_field_ref *ref, uint64_t from, uint64_t to,
                       struct sk_vals *out)
{
    return from && to >= from && sk_give_u64(ref, to - from, out);
}

/* Threads are younger than their process. */
static uint64_t own_clone_ns(const struct sk_ctx *cx)
{
    return cx->th && cx->th->clone_ns ? cx->th->clone_ns : cx->proc->clone_ns;
}

bool sk_f_proc_duration(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    return cx->proc && give_since(ref, own_clone_ns(cx), cx->ev->ts_ns, out);
}

bool sk_f_proc_ppid_duration(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                             struct sk_vals *out)
{
    return cx->proc && cx->proc->parent &&
           give_since(ref, cx->proc->parent->clone_ns, cx->ev->ts_ns, out);
}

bool sk_f_proc_pid_ts(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && own_clone_ns(cx) && sk_give_u64(ref, own_clone_ns(cx), out);
}

bool sk_f_proc_ppid_ts(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && cx->proc->parent && sk_give_u64(ref, cx->proc->parent->clone_ns, out);
}

bool sk_f_proc_is_exe(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_image *im = cx->proc ? cx->proc->image : NULL;

    if (!im)
        return false;
    switch (sk_field_id(ref)) {
    case SK_FLD_PROC_IS_EXE_WRITABLE:
        return sk_give_bool(ref, im->exe_writable, out);
    case SK_FLD_PROC_IS_EXE_UPPER_LAYER:
        return sk_give_bool(ref, im->exe_upper, out);
    case SK_FLD_PROC_IS_EXE_LOWER_LAYER:
        return sk_give_bool(ref, im->exe_lower, out);
    case SK_FLD_PROC_EXE_DELETED:
        return sk_give_bool(ref, im->exe_deleted, out);
    default:
        return sk_give_bool(ref, im->exe_memfd, out);
    }
}

static bool give_known(const struct sk_field_ref *ref, uint64_t v, struct sk_vals *out)
{
    return v && sk_give_u64(ref, v, out);
}

bool sk_f_proc_exe_ino(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_proc *p = cx->proc;

    if (!p)
        return false;
    switch (sk_field_id(ref)) {
    case SK_FLD_PROC_EXE_INO_CTIME:
        return give_known(ref, p->image->exe_ctime_ns, out);
    case SK_FLD_PROC_EXE_INO_MTIME:
        return give_known(ref, p->image->exe_mtime_ns, out);
    case SK_FLD_PROC_EXE_INO_CTIME_PROC:
        return p->clone_ns && give_since(ref, p->image->exe_ctime_ns, p->clone_ns, out);
    case SK_FLD_PROC_EXE_INO_CTIME_PIDNS:
        return p->image->exe_ctime_ns &&
               give_since(ref, p->pidns_init_start_ns, p->image->exe_ctime_ns, out);
    default:
        return give_known(ref, p->image->exe_ino, out);
    }
}

bool sk_f_proc_pidns_init_start_ts(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                                   struct sk_vals *out)
{
    return cx->proc && give_known(ref, cx->proc->pidns_init_start_ns, out);
}

bool sk_f_proc_fdlimit(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && sk_give_i64(ref, cx->proc->fake ? 0 : cx->proc->fdlimit, out);
}

/* thread.vm* counts the memory of a process once, at its first thread. */
static bool give_thread_kb(const struct sk_ctx *cx, const struct sk_field_ref *ref, uint64_t kb,
                           uint64_t unit, struct sk_vals *out)
{
    bool main = cx->th && cx->th->tid == cx->proc->pid;

    return sk_give_u64(ref, main ? kb * unit : 0, out);
}

bool sk_f_proc_mem(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_proc *p = cx->proc;

    if (!p)
        return false;
    switch (sk_field_id(ref)) {
    case SK_FLD_PROC_VMSIZE:
        return sk_give_u64(ref, p->vm_size_kb, out);
    case SK_FLD_PROC_VMRSS:
        return sk_give_u64(ref, p->vm_rss_kb, out);
    case SK_FLD_PROC_VMSWAP:
        return sk_give_u64(ref, p->vm_swap_kb, out);
    case SK_FLD_THREAD_PFMAJOR:
        return cx->th && sk_give_u64(ref, cx->th->pgft_maj, out);
    case SK_FLD_THREAD_PFMINOR:
        return cx->th && sk_give_u64(ref, cx->th->pgft_min, out);
    case SK_FLD_THREAD_VMSIZE:
        return give_thread_kb(cx, ref, p->vm_size_kb, 1, out);
    case SK_FLD_THREAD_VMSIZE_B:
        return give_thread_kb(cx, ref, p->vm_size_kb, 1024, out);
    case SK_FLD_THREAD_VMRSS:
        return give_thread_kb(cx, ref, p->vm_rss_kb, 1, out);
    default:
        return give_thread_kb(cx, ref, p->vm_rss_kb, 1024, out);
    }
}

/* The thread that ends with this event is no more counted. */
static uint64_t threads_left(const struct sk_ctx *cx)
{
    const struct sk_proc *p = cx->proc;
    uint32_t ended = cx->ev->type == EV_PROCEXIT && cx->th ? 1 : 0;

    return p->fake || p->nthreads < ended ? 0 : p->nthreads - ended;
}

bool sk_f_proc_nthreads(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    return cx->proc && sk_give_u64(ref, threads_left(cx), out);
}

/* Threads beside the first one. */
bool sk_f_proc_nchilds(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    bool has_first;
    uint64_t n;

    if (!cx->proc)
        return false;
    n = threads_left(cx);
    has_first = cx->proc->leader && (cx->ev->type != EV_PROCEXIT || cx->th != cx->proc->leader);
    return sk_give_u64(ref, n && has_first ? n - 1 : n, out);
}
