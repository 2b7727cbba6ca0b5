/* SPDX-License-Identifier: Apache-2.0 */
/* fd_all.c - fields about descriptors of a process that the event does not name: its standard ones,
 * their number, the types of all.
 *
 * They need a table of descriptors: absent for live events, where the kernel resolves those that an
 * event is about and no others. */
#include "field/extract.h"
#include "field/fd_view.h"

/* NULL: no thread, or an event that needs no table. */
static const struct sk_thread *thread_with_table(const struct sk_ctx *cx)
{
    return cx->th && cx->st && sk_state_event_fd(cx->st) ? cx->th : NULL;
}

/* proc.fdopencount, proc.fdusage */
bool sk_f_proc_fdcount(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_thread *th = thread_with_table(cx);
    uint32_t n;
    double pct = 0;

    if (!th)
        return false;
    n = th->proc->fake ? 0 : sk_state_fd_count(th->proc);
    if (sk_field_id(ref) == SK_FLD_PROC_FDOPENCOUNT)
        return sk_give_u64(ref, n, out);
    if (th->proc->fdlimit > 0)
        pct = n <= (uint64_t)th->proc->fdlimit ? (double)n * 100 / (double)th->proc->fdlimit : 100;
    sk_vals_add(ref, out)->dbl = pct;
    return true;
}

/* proc.stdin.type, proc.stdin.name... */
bool sk_f_proc_std(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_thread *th = thread_with_table(cx);
    const struct sk_fd *fd;
    struct sk_fd_view v;
    bool name = false;
    int64_t num = 0;

    switch (sk_field_id(ref)) {
    case SK_FLD_PROC_STDIN_NAME:
        name = true;
        break;
    case SK_FLD_PROC_STDOUT_NAME:
        name = true;
        num = 1;
        break;
    case SK_FLD_PROC_STDOUT_TYPE:
        num = 1;
        break;
    case SK_FLD_PROC_STDERR_NAME:
        name = true;
        num = 2;
        break;
    case SK_FLD_PROC_STDERR_TYPE:
        num = 2;
        break;
    default:
        break;
    }
    fd = th ? sk_state_fd(th, num) : NULL;
    if (!fd)
        return false;
    sk_fd_view_entry(cx, fd, &v);
    return sk_give_text(ref, name ? sk_fd_name_of(cx, &v) : sk_fd_type_name(v.type), out);
}

/* fd.types, fd.types[N] */
bool sk_f_fd_types(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_thread *th = thread_with_table(cx);
    const struct sk_fd *fd;
    uint64_t seen = 0;
    struct sk_fd_view v;

    if (!th || !sk_fd_view(cx, &v))
        return false;
    if (ref->has_arg) {
        fd = sk_state_fd(th, ref->index);
        return fd && sk_give_text(ref, sk_fd_type_name((enum sk_fd_type)fd->type), out);
    }
    for (size_t it = 0; (fd = sk_state_fd_next(th, &it));) {
        struct sk_str name = sk_fd_type_name((enum sk_fd_type)fd->type);
        bool again = false;

        if (fd->type < 64 && seen >> fd->type & 1)
            continue;
        seen |= fd->type < 64 ? 1ull << fd->type : 0;
        for (size_t i = 0; i < out->n; i++)
            again = again || sk_str_eq(out->v[i].s, name);
        if (!again)
            sk_give_text(ref, name, out);
    }
    return true;
}
