/* SPDX-License-Identifier: Apache-2.0 */
/* thread.c - thread.*: ids, capabilities and control groups of the thread that made the event. */
#include "field/extract.h"

/* CAP_AUDIT_READ, the last capability of kernels before 5.8. */
#define CAP_OLD_LAST 37
/* More than any kernel has subsystems. */
#define CGROUPS_MAX 32

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
    return cx->ev->tid <= UINT32_MAX && sk_give_i64(ref, (int64_t)cx->ev->tid, out);
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

/* A subsystem under the name that /proc has for it, whatever the kernel calls it inside. */
static struct sk_str subsystem(struct sk_str name)
{
    static const struct {
        const char *in, *out;
    } rows[] = {{"io", "blkio"}, {"mem", "memory"}, {"perf", "perf_event"}};
    struct sk_str suffix = SK_STR("_cgroup");

    if (sk_str_ends(name, suffix))
        name.n -= suffix.n;
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++)
        if (sk_str_eqz(name, rows[i].in))
            return sk_str(rows[i].out);
    return name;
}

/* Cuts "SUBSYSTEM=PATH" off *rest; false: none left. */
static bool next_cgroup(struct sk_str *rest, struct sk_str *out_name, struct sk_str *out_path)
{
    struct sk_str one;
    const char *eq = NULL;

    while (!eq && sk_next_nul(rest, &one))
        eq = one.n ? memchr(one.p, '=', one.n) : NULL;
    if (!eq)
        return false;
    *out_name = subsystem((struct sk_str){one.p, (size_t)(eq - one.p)});
    *out_path = (struct sk_str){eq + 1, one.n - (size_t)(eq + 1 - one.p)};
    return true;
}

bool sk_f_thread_cgroups(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                         struct sk_vals *out)
{
    struct sk_str piece[4 * CGROUPS_MAX], rest;
    size_t n = 0;

    if (!cx->proc)
        return false;
    rest = cx->proc->cgroups;
    while (n + 4 <= SK_ARRAY_LEN(piece) && next_cgroup(&rest, &piece[n + 1], &piece[n + 3])) {
        piece[n] = n ? SK_STR(" ") : SK_STR("");
        piece[n + 2] = SK_STR("=");
        n += 4;
    }
    return n && sk_give_joined(cx, ref, piece, n, out);
}

bool sk_f_thread_cgroup(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    struct sk_str rest, name, path;

    if (!cx->proc)
        return false;
    rest = cx->proc->cgroups;
    while (next_cgroup(&rest, &name, &path))
        if (sk_str_eq(name, ref->key))
            return sk_give_text(ref, path, out);
    return false;
}

/* Only events of the scheduler tell it, and no source of Saker has those (captures lack the number of
 * processors that upstream needs for them): 0, as upstream says of every other event. */
bool sk_f_thread_exectime(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                          struct sk_vals *out)
{
    return (cx->th || sk_field_id(ref) == SK_FLD_THREAD_EXECTIME) && sk_give_u64(ref, 0, out);
}
