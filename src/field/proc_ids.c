/* SPDX-License-Identifier: Apache-2.0 */
/* proc_ids.c - proc.*: process, session and group ids, their leaders, namespaces. */
#include "field/extract.h"
#include "state/ids.h"

#define ANCESTORS_MAX 1024

/* Ids of -1 are unknown. */
static bool give_id(const struct sk_field_ref *ref, int64_t id, struct sk_vals *out)
{
    return id != -1 && sk_give_i64(ref, id, out);
}

bool sk_f_proc_pid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    if (cx->proc)
        return !(cx->proc->pid & SK_ID_WIDE) && sk_give_i64(ref, sk_proc_pid(cx->proc), out);
    return cx->ev->task && sk_give_i64(ref, cx->ev->task->pid, out);
}

bool sk_f_proc_ppid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    uint32_t ppid = cx->ev->task ? cx->ev->task->ppid : 0;

    if (cx->proc)
        ppid = cx->proc->ppid;
    return ppid && !(ppid & SK_ID_WIDE) && sk_give_i64(ref, ppid, out);
}

bool sk_f_proc_vpid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && give_id(ref, cx->proc->vpid, out);
}

bool sk_f_proc_pvpid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && cx->proc->parent && give_id(ref, cx->proc->parent->vpid, out);
}

/* Unknown sessions and groups print as -1. */
bool sk_f_proc_sid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && sk_give_i64(ref, cx->proc->sid, out);
}

bool sk_f_proc_vpgid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && sk_give_i64(ref, cx->proc->vpgid, out);
}

bool sk_f_proc_pgid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && sk_give_i64(ref, cx->proc->pgid, out);
}

bool sk_f_proc_is_leader(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                         struct sk_vals *out)
{
    const struct sk_proc *p = cx->proc;

    if (!p)
        return false;
    switch (sk_field_id(ref)) {
    case SK_FLD_PROC_IS_SID_LEADER: /* an id of the host, or what setsid returned */
        return sk_give_bool(ref, p->sid == sk_proc_pid(p) || p->sid == p->vpid, out);
    case SK_FLD_PROC_IS_VPGID_LEADER:
        return sk_give_bool(ref, p->vpgid == p->vpid, out);
    default:
        return sk_give_bool(ref, p->pgid == sk_proc_pid(p), out);
    }
}

enum id_kind { ID_SID, ID_VPGID, ID_PGID };

static int64_t id_of(const struct sk_proc *p, enum id_kind kind)
{
    return kind == ID_SID ? p->sid : kind == ID_VPGID ? p->vpgid : p->pgid;
}

/* The process whose pid is the id of the session or group.  When it has ended, or when the id is
 * one of a pid namespace (no pid of the host), the oldest ancestor that has the same id. */
static const struct sk_proc *find_leader(const struct sk_ctx *cx, enum id_kind kind)
{
    const struct sk_proc *p = cx->proc, *leader = NULL;
    int64_t id = id_of(p, kind);
    int left = ANCESTORS_MAX;

    if (id == -1)
        return NULL; /* not known: nobody else with an unknown one is meant */
    if (id > 0 && id <= UINT32_MAX && (kind != ID_VPGID || p->vpid == p->pid))
        leader = sk_state_proc(cx->st, (uint32_t)id);
    if (leader)
        return leader;
    if (kind == ID_VPGID && p->vpid == id)
        leader = p;
    for (p = p->parent; p && left-- > 0 && id_of(p, kind) == id; p = p->parent)
        leader = p;
    return leader;
}

static enum id_kind leader_kind(enum sk_field_id id)
{
    switch (id) {
    case SK_FLD_PROC_SNAME:
    case SK_FLD_PROC_SID_EXE:
    case SK_FLD_PROC_SID_EXEPATH:
        return ID_SID;
    case SK_FLD_PROC_VPGID_NAME:
    case SK_FLD_PROC_VPGID_EXE:
    case SK_FLD_PROC_VPGID_EXEPATH:
        return ID_VPGID;
    default:
        return ID_PGID;
    }
}

bool sk_f_proc_leader(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    enum sk_field_id id = sk_field_id(ref);
    const struct sk_proc *leader;

    if (!cx->proc)
        return false;
    leader = find_leader(cx, leader_kind(id));
    if (!leader)
        return sk_give_text(ref, SK_STR(""), out);
    switch (id) {
    case SK_FLD_PROC_SID_EXE:
    case SK_FLD_PROC_VPGID_EXE:
    case SK_FLD_PROC_PGID_EXE:
        return sk_give_text(ref, leader->image->exe, out);
    case SK_FLD_PROC_SID_EXEPATH:
    case SK_FLD_PROC_VPGID_EXEPATH:
    case SK_FLD_PROC_PGID_EXEPATH:
        return sk_give_text(ref, leader->image->exepath, out);
    default:
        return sk_give_text(ref, sk_proc_comm(leader), out);
    }
}

/* Namespaces in the order in which proc.ns.host lists them. */
static const struct ns_row {
    enum sk_field_id id;
    const char *name;
    size_t offset;
} ns_rows[] = {
    {SK_FLD_PROC_NS_MNT, "mnt", offsetof(struct sk_proc, ns_mnt)},
    {SK_FLD_PROC_NS_PID, "pid", offsetof(struct sk_proc, ns_pid)},
    {SK_FLD_PROC_NS_NET, "net", offsetof(struct sk_proc, ns_net)},
    {SK_FLD_PROC_NS_USER, "user", offsetof(struct sk_proc, ns_user)},
    {SK_FLD_PROC_NS_IPC, "ipc", offsetof(struct sk_proc, ns_ipc)},
    {SK_FLD_PROC_NS_UTS, "uts", offsetof(struct sk_proc, ns_uts)},
    {SK_FLD_PROC_NS_CGROUP, "cgroup", offsetof(struct sk_proc, ns_cgroup)},
};

static uint32_t ns_of(const struct sk_proc *p, const struct ns_row *row)
{
    uint32_t ino;

    memcpy(&ino, (const char *)p + row->offset, sizeof(ino));
    return ino;
}

bool sk_f_proc_ns(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    for (size_t i = 0; cx->proc && i < SK_ARRAY_LEN(ns_rows); i++) {
        uint32_t ino = ns_of(cx->proc, &ns_rows[i]);

        if (ns_rows[i].id == sk_field_id(ref))
            return ino && sk_give_u64(ref, ino, out);
    }
    return false;
}

bool sk_f_proc_ns_host(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_proc *init = cx->proc ? sk_state_proc(cx->st, 1) : NULL;
    bool known = false;

    for (size_t i = 0; init && i < SK_ARRAY_LEN(ns_rows); i++) {
        uint32_t own = ns_of(cx->proc, &ns_rows[i]), host = ns_of(init, &ns_rows[i]);

        known = known || (own && host);
        if (own && own == host)
            sk_give_text(ref, sk_str(ns_rows[i].name), out);
    }
    return known;
}
