/* SPDX-License-Identifier: Apache-2.0 */
/* evt_call.c - evt.* of system calls: their name, kind, parameters and result. */
#include <inttypes.h>

#include "field/extract.h"
#include "field/fd_view.h"
#include "field/names.h"
#include "field/path.h"
#include "field/render.h"

/* Calls return when they are seen: there is no latency to tell. */
bool sk_f_evt_latency(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    (void)cx;
    if (sk_field_id(ref) == SK_FLD_EVT_LATENCY_HUMAN)
        return sk_give_text(ref, SK_STR("0ns"), out);
    return sk_give_u64(ref, 0, out);
}

bool sk_f_evt_deltatime(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    uint64_t now = cx->ev->ts_ns, before = cx->prev_ts_ns;
    uint64_t d = before && now > before ? now - before : 0;

    if (sk_field_id(ref) == SK_FLD_EVT_DELTATIME_S)
        d /= 1000000000u;
    else if (sk_field_id(ref) == SK_FLD_EVT_DELTATIME_NS)
        d %= 1000000000u;
    return sk_give_u64(ref, d, out);
}

bool sk_f_evt_dir(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return sk_give_text(ref, cx->ev->info->exit ? SK_STR("<") : SK_STR(">"), out);
}

/* The submitter's identity comes with both; how they came is a flag of it. */
bool sk_f_evt_via(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_x_task *t = cx->ev->task;

    if (!t || t->sys_nr == 0xffff)
        return false;
    return sk_give_text(ref, t->flags & SK_TASK_IO_URING ? SK_STR("io_uring") : SK_STR("syscall"),
                        out);
}

bool sk_f_evt_is_early(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_x_task *t = cx->ev->task;

    return t && sk_give_bool(ref, (t->flags & SK_TASK_EARLY) != 0, out);
}

bool sk_f_evt_type(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    /* An asynchronous event is called what its maker called it. */
    if (strcmp(cx->ev->info->name, "asyncevent") == 0)
        return sk_f_evt_asynctype(cx, ref, out);
    return sk_give_text(ref, sk_str(sk_event_name(cx->ev)), out);
}

bool sk_f_evt_type_is(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return sk_give_u64(ref, cx->ev->type >= ref->index && cx->ev->type <= ref->extra, out);
}

bool sk_f_evt_syscall_type(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                           struct sk_vals *out)
{
    if (!(cx->ev->info->category & SK_EC_SYSCALL))
        return false;
    return sk_give_text(ref, sk_str(sk_event_name(cx->ev)), out);
}

/* Reading and writing is of the kind of the descriptor. */
static const char *io_kind(const struct sk_ctx *cx)
{
    enum sk_fd_type type;

    if (!sk_fd_type_of(cx, &type))
        return "unknown";
    switch (type) {
    case SK_FD_FILE:
    case SK_FD_FILE_V1:
    case SK_FD_DIRECTORY:
        return "file";
    case SK_FD_IPV4_SOCK:
    case SK_FD_IPV6_SOCK:
    case SK_FD_IPV4_SERVSOCK:
    case SK_FD_IPV6_SERVSOCK:
        return "net";
    case SK_FD_FIFO:
    case SK_FD_UNIX:
    case SK_FD_EVENT:
    case SK_FD_SIGNALFD:
    case SK_FD_INOTIFY:
    case SK_FD_USERFAULTFD:
        return "ipc";
    default:
        return "unknown";
    }
}

bool sk_f_evt_category(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    static const char *const names[] = {"unknown", "other",   "file",      "net",    "IPC",
                                        "memory",  "process", "sleep",     "system", "signal",
                                        "user",    "time",    "processing"};
    uint32_t c = cx->ev->info->category, low = c & 63;
    const char *text = "unknown";

    if (low >= SK_EC_IO_READ && low <= SK_EC_IO_OTHER)
        text = io_kind(cx);
    else if (c & SK_EC_WAIT)
        text = "wait";
    else if (c & SK_EC_SCHEDULER)
        text = "scheduler";
    else if (c & SK_EC_INTERNAL)
        text = "internal";
    else if (low < SK_ARRAY_LEN(names))
        text = names[low];
    return sk_give_text(ref, sk_str(text), out);
}

bool sk_f_evt_cpu(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return sk_give_i64(ref, (int16_t)cx->ev->cpu, out);
}

/* evt.args, evt.info */
bool sk_f_evt_args(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_str s;

    return sk_render_args(cx, &s) && sk_give_text(ref, s, out);
}

/* Index of the parameter that an argument names; -1: this event has none of that name or number. */
static int param_of(const struct sk_event *ev, const struct sk_field_ref *ref)
{
    if (ref->arg_is_index)
        return ref->index >= 0 && ref->index < ev->info->nparams ? (int)ref->index : -1;
    for (int i = 0; i < ev->info->nparams; i++)
        if (sk_str_eqz(ref->key, ev->info->param[i].name))
            return i;
    return -1;
}

bool sk_f_evt_arg(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    int i = param_of(cx->ev, ref);
    struct sk_str s;

    return i >= 0 && sk_render_arg(cx, (unsigned)i, &s) && sk_give_text(ref, s, out);
}

/* The value's type is that of this event's parameter; the name may have another one elsewhere. */
bool sk_f_evt_rawarg(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    int i = param_of(cx->ev, ref);
    struct sk_str bytes;
    struct sk_val *v;
    enum sk_type type;
    uint64_t u64 = 0;

    if (i < 0)
        return false;
    type = cx->ev->info->param[i].type;
    bytes = sk_event_bytes(cx->ev, (unsigned)i);
    if (sk_type_is_text(type) && bytes.p && !bytes.n) {
        v = sk_vals_add(ref, out);
        v->type = type;
        v->s = SK_STR("<NA>");
        return true;
    }
    if (!bytes.n || (sk_type_is_int(type) && !sk_event_u64(cx->ev, (unsigned)i, &u64)))
        return false;
    v = sk_vals_add(ref, out);
    v->type = type;
    v->fmt = cx->ev->info->param[i].fmt;
    if (sk_type_is_int(type))
        v->u64 = u64;
    else
        v->s = sk_type_is_text(type) ? sk_event_text(cx->ev, (unsigned)i) : bytes;
    return true;
}

bool sk_f_evt_buffer(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    int i = sk_event_param_index(cx->ev->info, "data");

    if (i < 0 || cx->ev->info->param[i].type != SK_T_BYTEBUF)
        return false;
    return sk_give_text(ref, sk_event_bytes(cx->ev, (unsigned)i), out);
}

bool sk_f_evt_res(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const char *name;
    int64_t res;
    char *text;

    if (!sk_event_result(cx->ev, &res))
        return false;
    if (res >= 0)
        return sk_give_text(ref, SK_STR("SUCCESS"), out);
    name = res > INT32_MIN ? sk_errno_name((int)-res) : NULL;
    if (name)
        return sk_give_text(ref, sk_str(name), out);
    text = sk_arena_alloc(cx->tmp, 32);
    if (!text)
        return false;
    snprintf(text, 32, "%" PRId64, res);
    return sk_give_text(ref, sk_str(text), out);
}

bool sk_f_evt_rawres(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    int64_t res;

    return sk_event_result(cx->ev, &res) && sk_give_i64(ref, res, out);
}

bool sk_f_evt_failed(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    int64_t res;

    return sk_event_result(cx->ev, &res) && sk_give_bool(ref, res < 0, out);
}

/* Which parameter holds the path that evt.abspath is about; calls with one path know no difference.
 */
static const char *abspath_param(const struct sk_event_info *info, bool dst)
{
    static const struct {
        const char *call, *src, *dst;
    } rows[] = {
        {"renameat", "oldpath", "newpath"},
        {"renameat2", "oldpath", "newpath"},
        {"symlinkat", "linkpath", "linkpath"},
        {"linkat", "oldpath", "newpath"},
        {"openat", "name", "name"},
        {"openat2", "name", "name"},
        {"open_by_handle_at", "path", "path"},
        {"unlinkat", "name", "name"},
        {"mkdirat", "path", "path"},
        {"fchmodat", "filename", "filename"},
        {"fchownat", "pathname", "pathname"},
    };

    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].call, info->name) == 0)
            return dst ? rows[i].dst : rows[i].src;
    return NULL;
}

bool sk_f_evt_abspath(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const char *name = abspath_param(cx->ev->info, ref->extra == 2);
    int i = name && cx->ev->info->exit ? sk_event_param_index(cx->ev->info, name) : -1;
    struct sk_str path;

    if (i < 0)
        return false;
    if (!sk_event_text(cx->ev, (unsigned)i).n)
        return sk_give_text(ref, SK_STR("<NA>"), out);
    path = sk_path_text(cx, (unsigned)i);
    return path.p && sk_give_text(ref, path, out);
}
