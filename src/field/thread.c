/* SPDX-License-Identifier: Apache-2.0 */
/* thread.c - thread.*: ids, capabilities and control groups of the thread that made the event. */
#include "field/extract.h"

/* CAP_AUDIT_READ, the last capability of kernels before 5.8. */
#define CAP_OLD_LAST 37

static const char *const cap_names[64] = {
#define CAP(number, name) [number] = name,
#include "capabilities.def"
};

/* All that are named here. */
static uint64_t caps_known(void)
{
    uint64_t all = 0;

#define CAP(number, name) all |= 1ull << (number);
#include "capabilities.def"
    return all;
}

bool sk_f_thread_tid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return sk_give_i64(ref, (int64_t)cx->ev->tid, out);
}

bool sk_f_thread_vtid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    if (cx->th)
        return cx->th->vtid != -1 && sk_give_i64(ref, cx->th->vtid, out);
    return cx->ev->task && sk_give_i64(ref, cx->ev->task->vtid, out);
}

bool sk_f_thread_ismain(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    if (cx->th && cx->proc)
        return sk_give_bool(ref, cx->th->tid == sk_proc_pid(cx->proc), out);
    return cx->ev->task && sk_give_bool(ref, cx->ev->tid == cx->ev->task->pid, out);
}

bool sk_f_thread_nametid(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                         struct sk_vals *out)
{
    struct sk_str comm = sk_thread_comm(cx);
    char *text;
    size_t n;

    if (!cx->th)
        return false;
    text = sk_arena_alloc(cx->tmp, comm.n + 24);
    if (!text)
        return false;
    n = (size_t)snprintf(text, comm.n + 24, "%.*s%llu", (int)comm.n, comm.p,
                         (unsigned long long)cx->ev->tid);
    return sk_give_text(ref, (struct sk_str){text, n}, out);
}

static bool give_caps(const struct sk_ctx *cx, const struct sk_field_ref *ref, uint64_t caps,
                      struct sk_vals *out)
{
    struct sk_str piece[2 * 64];
    size_t n = 0;

    for (unsigned i = 0; i < 64; i++) {
        if (!(caps >> i & 1) || !cap_names[i])
            continue;
        if (n)
            piece[n++] = SK_STR(" ");
        piece[n++] = sk_str(cap_names[i]);
    }
    return sk_give_joined(cx, ref, piece, n, out);
}

bool sk_f_thread_cap(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    if (!cx->th)
        return false;
    switch (sk_field_id(ref)) {
    case SK_FLD_THREAD_CAP_PERMITTED:
        return give_caps(cx, ref, cx->th->cap_permitted, out);
    case SK_FLD_THREAD_CAP_INHERITABLE:
        return give_caps(cx, ref, cx->th->cap_inheritable, out);
    default:
        return give_caps(cx, ref, cx->th->cap_effective, out);
    }
}

/* What the kernel knows is what process 1 may have, unless that was cut down itself. */
bool sk_f_thread_cap_full(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                          struct sk_vals *out)
{
    const uint64_t old_kernels = (1ull << (CAP_OLD_LAST + 1)) - 1;
    const struct sk_proc *init;
    uint64_t all = caps_known();

    if (!cx->th)
        return false;
    init = sk_state_proc(cx->st, 1);
    if (init && init->leader && (init->leader->cap_permitted & old_kernels) == old_kernels)
        all = init->leader->cap_permitted;
    return sk_give_bool(ref, (cx->th->cap_effective & all) == all, out);
}

bool sk_f_thread_cgroups(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                         struct sk_vals *out)
{
    struct sk_str all;

    if (!cx->proc)
        return false;
    all = sk_join_nuls(cx, cx->proc->cgroups);
    return all.n && sk_give_text(ref, all, out);
}

bool sk_f_thread_cgroup(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    struct sk_str rest, one;

    if (!cx->proc)
        return false;
    rest = cx->proc->cgroups;
    while (sk_next_nul(&rest, &one))
        if (one.n > ref->key.n && one.p[ref->key.n] == '=' && sk_str_starts(one, ref->key))
            return sk_give_text(
                ref, (struct sk_str){one.p + ref->key.n + 1, one.n - ref->key.n - 1}, out);
    return false;
}

/* Only events of the scheduler tell it, and no source of Saker has those (captures lack the number of
 * processors that upstream needs for them): 0, as upstream says of every other event. */
bool sk_f_thread_exectime(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                          struct sk_vals *out)
{
    return (cx->th || sk_field_id(ref) == SK_FLD_THREAD_EXECTIME) && sk_give_u64(ref, 0, out);
}
