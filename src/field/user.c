/* SPDX-License-Identifier: Apache-2.0 */
/* user.c - user.* and group.*: ids of the thread, and their names in the process's own root. */
#include "field/extract.h"

/* UINT32_MAX: unknown. */
static bool own_uid(const struct sk_ctx *cx, uint32_t *out)
{
    if (!cx->th && !cx->ev->task)
        return false;
    *out = cx->th ? cx->th->uid : cx->ev->task->uid;
    return true;
}

static bool own_gid(const struct sk_ctx *cx, uint32_t *out)
{
    if (!cx->th && !cx->ev->task)
        return false;
    *out = cx->th ? cx->th->gid : cx->ev->task->gid;
    return true;
}

bool sk_f_user_uid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    uint32_t uid;

    return own_uid(cx, &uid) && sk_give_u64(ref, uid, out);
}

bool sk_f_group_gid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    uint32_t gid;

    return own_gid(cx, &gid) && sk_give_u64(ref, gid, out);
}

static struct sk_str or_na(struct sk_str s)
{
    return s.n ? s : SK_STR("<NA>");
}

static struct sk_str user_name(const struct sk_ctx *cx, uint32_t uid)
{
    const struct sk_user *u = cx->proc ? sk_state_user(cx->st, cx->proc, uid) : NULL;

    if (u && u->name.n)
        return u->name;
    return uid == 0 ? SK_STR("root") : SK_STR("<NA>");
}

/* user.name, user.homedir, user.shell */
bool sk_f_user_text(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_user *u;
    uint32_t uid;

    if (!own_uid(cx, &uid))
        return false;
    if (sk_field_id(ref) == SK_FLD_USER_NAME)
        return sk_give_text(ref, user_name(cx, uid), out);
    u = cx->proc ? sk_state_user(cx->st, cx->proc, uid) : NULL;
    if (sk_field_id(ref) == SK_FLD_USER_HOMEDIR && !u && uid == 0)
        return sk_give_text(ref, SK_STR("/root"), out);
    if (sk_field_id(ref) == SK_FLD_USER_HOMEDIR)
        return sk_give_text(ref, u ? or_na(u->home) : SK_STR("<NA>"), out);
    return sk_give_text(ref, u ? or_na(u->shell) : SK_STR("<NA>"), out);
}

bool sk_f_user_loginuid(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    if (!cx->proc)
        return false;
    if (cx->proc->loginuid == UINT32_MAX)
        return sk_give_i64(ref, -1, out);
    return sk_give_i64(ref, cx->proc->loginuid, out);
}

bool sk_f_user_loginname(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                         struct sk_vals *out)
{
    if (!cx->proc)
        return false;
    if (cx->proc->loginuid == UINT32_MAX)
        return sk_give_text(ref, SK_STR("<NA>"), out);
    return sk_give_text(ref, user_name(cx, cx->proc->loginuid), out);
}

bool sk_f_group_name(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_group *g;
    uint32_t gid;

    if (!own_gid(cx, &gid))
        return false;
    g = cx->proc ? sk_state_group(cx->st, cx->proc, gid) : NULL;
    if (g && g->name.n)
        return sk_give_text(ref, g->name, out);
    return sk_give_text(ref, gid == 0 ? SK_STR("root") : SK_STR("<NA>"), out);
}
