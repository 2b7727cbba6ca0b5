/* SPDX-License-Identifier: Apache-2.0 */
/* proc_fd.c - proc.*: how many descriptors a process has, and where its first three lead.
 *
 * Captures list descriptors.  A running system is asked about a descriptor when an event uses it, so
 * nothing is known of the others there: these fields are absent. */
#include "field/extract.h"
#include "field/names.h"
#include "state/fd.h"

static bool has_table(const struct sk_ctx *cx)
{
    return cx->proc && cx->st && !cx->ev->task && !sk_state_live_root(cx->st);
}

const struct sk_fd *sk_table_fd(const struct sk_ctx *cx, int64_t num)
{
    return cx->th && has_table(cx) ? sk_state_fd(cx->th, num) : NULL;
}

struct sk_str sk_table_fd_name(const struct sk_ctx *cx, const struct sk_fd *fd)
{
    char *buf = sk_arena_alloc(cx->tmp, SK_FD_TEXT_MAX);

    return buf ? sk_fd_text(fd, buf) : (struct sk_str){NULL, 0};
}

bool sk_f_proc_fdopencount(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                           struct sk_vals *out)
{
    return has_table(cx) && sk_give_u64(ref, sk_state_fd_count(cx->proc), out);
}

bool sk_f_proc_fdusage(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    double limit, n;

    if (!has_table(cx))
        return false;
    limit = (double)cx->proc->fdlimit;
    n = sk_state_fd_count(cx->proc);
    sk_vals_add(ref, out)->dbl = limit <= 0 ? 0 : n >= limit ? 100 : n * 100 / limit;
    return true;
}

/* proc.stdin.type, proc.stdin.name... */
bool sk_f_proc_stdio(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    enum sk_field_id id = sk_field_id(ref);
    const struct sk_fd *fd;
    int num = 0;

    if (id == SK_FLD_PROC_STDOUT_TYPE || id == SK_FLD_PROC_STDOUT_NAME)
        num = 1;
    else if (id == SK_FLD_PROC_STDERR_TYPE || id == SK_FLD_PROC_STDERR_NAME)
        num = 2;
    fd = sk_table_fd(cx, num);
    if (!fd)
        return false;
    if (id == SK_FLD_PROC_STDIN_TYPE || id == SK_FLD_PROC_STDOUT_TYPE ||
        id == SK_FLD_PROC_STDERR_TYPE) {
        const char *name = sk_fd_type_name(fd->type);

        return sk_give_text(ref, name ? sk_str(name) : SK_STR("<NA>"), out);
    }
    return sk_give_text(ref, sk_table_fd_name(cx, fd), out);
}
