/* SPDX-License-Identifier: Apache-2.0 */
/* evt_count.c - evt.* of system calls: what they read, wrote, opened, and how many of which kind.
 */
#include "field/extract.h"
#include "field/fd_view.h"

enum kind { KIND_NONE, KIND_FILE, KIND_NET, KIND_OTHER };

static enum kind fd_kind(const struct sk_ctx *cx)
{
    enum sk_fd_type type;

    if (!sk_fd_type_of(cx, &type))
        return KIND_NONE;
    if (sk_fd_is_ip(type) || type == SK_FD_UNIX)
        return KIND_NET;
    if (type == SK_FD_FILE || type == SK_FD_FILE_V1 || type == SK_FD_DIRECTORY)
        return KIND_FILE;
    return KIND_OTHER;
}

bool sk_f_evt_is_io(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    uint32_t want = SK_EF_READS_FROM_FD | SK_EF_WRITES_TO_FD;

    if (sk_field_id(ref) == SK_FLD_EVT_IS_IO_READ)
        want = SK_EF_READS_FROM_FD;
    else if (sk_field_id(ref) == SK_FLD_EVT_IS_IO_WRITE)
        want = SK_EF_WRITES_TO_FD;
    return sk_give_bool(ref, (cx->ev->info->flags & want) != 0, out);
}

bool sk_f_evt_io_dir(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    if (cx->ev->info->flags & SK_EF_READS_FROM_FD)
        return sk_give_text(ref, SK_STR("read"), out);
    if (cx->ev->info->flags & SK_EF_WRITES_TO_FD)
        return sk_give_text(ref, SK_STR("write"), out);
    return false;
}

bool sk_f_evt_is_wait(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return sk_give_bool(ref, (cx->ev->info->flags & SK_EF_WAITS) != 0, out);
}

bool sk_f_evt_is_syslog(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    const struct sk_event *ev = cx->ev;
    struct sk_str log = SK_STR("/dev/log");
    const struct sk_event_fd *efd = cx->st ? sk_state_event_fd(cx->st) : NULL;
    bool is_log = sk_str_ends(ev->file.path, log) || sk_str_ends(ev->sock.path, log);

    if (efd && efd->fd && efd->fd->name.n)
        is_log = memmem(efd->fd->name.p, efd->fd->name.n, log.p, log.n) != NULL;
    return sk_give_bool(ref, ev->info->flags & SK_EF_WRITES_TO_FD && is_log, out);
}

static bool is_procinfo(const struct sk_event *ev)
{
    return strcmp(ev->info->name, "procinfo") == 0;
}

/* evt.count, evt.count.exit, evt.count.procinfo, evt.count.threadinfo */
bool sk_f_evt_count(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_event *ev = cx->ev;

    switch (sk_field_id(ref)) {
    case SK_FLD_EVT_COUNT_EXIT:
        return ev->info->exit && sk_give_u64(ref, 1, out);
    case SK_FLD_EVT_COUNT_PROCINFO:
        return sk_give_u64(
            ref, is_procinfo(ev) && cx->proc && sk_proc_pid(cx->proc) == (int64_t)ev->tid, out);
    case SK_FLD_EVT_COUNT_THREADINFO:
        return sk_give_u64(ref, is_procinfo(ev), out);
    default:
        return sk_give_u64(ref, 1, out);
    }
}

/* Calls that are to give a file, of which a failed one has no descriptor to tell. */
static bool opens_file(const struct sk_event_info *info)
{
    return strncmp(info->name, "open", 4) == 0 || strcmp(info->name, "creat") == 0;
}

static bool counts_as(const struct sk_ctx *cx, enum sk_field_id id)
{
    const struct sk_event *ev = cx->ev;
    enum kind k = fd_kind(cx);
    bool memory = (ev->info->category & 63) == SK_EC_MEMORY;
    bool file = k == KIND_FILE || (k == KIND_NONE && opens_file(ev->info));
    bool net = k == KIND_NET || (k == KIND_NONE && (ev->info->category & 63) == SK_EC_NET &&
                                 ev->info->flags & SK_EF_CREATES_FD);

    switch (id) {
    case SK_FLD_EVT_COUNT_ERROR_FILE:
        return file;
    case SK_FLD_EVT_COUNT_ERROR_NET:
        return net;
    case SK_FLD_EVT_COUNT_ERROR_MEMORY:
        return memory;
    case SK_FLD_EVT_COUNT_ERROR_OTHER:
        return k == KIND_OTHER || (!file && !net && !memory);
    default:
        return true;
    }
}

bool sk_f_evt_count_error(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                          struct sk_vals *out)
{
    int64_t res;

    return sk_event_result(cx->ev, &res) && counts_as(cx, sk_field_id(ref)) &&
           sk_give_u64(ref, res < 0, out);
}

/* The direction and kind of descriptor that a field of the evt.buflen family wants. */
bool sk_f_evt_buflen(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_event *ev = cx->ev;
    uint32_t low = ev->info->category & 63, want_dir = 0;
    enum kind k = fd_kind(cx), want = KIND_NONE;
    enum sk_fd_type type;
    int64_t res;

    switch (sk_field_id(ref)) {
    case SK_FLD_EVT_BUFLEN_FILE_IN:
    case SK_FLD_EVT_BUFLEN_NET_IN:
    case SK_FLD_EVT_BUFLEN_IN:
        want_dir = SK_EC_IO_READ;
        break;
    case SK_FLD_EVT_BUFLEN_FILE_OUT:
    case SK_FLD_EVT_BUFLEN_NET_OUT:
    case SK_FLD_EVT_BUFLEN_OUT:
        want_dir = SK_EC_IO_WRITE;
        break;
    default:
        break;
    }
    if (strncmp(ref->field->name, "evt.buflen.file", 15) == 0)
        want = KIND_FILE;
    else if (strncmp(ref->field->name, "evt.buflen.net", 14) == 0)
        want = KIND_NET;
    if (low < SK_EC_IO_READ || low > SK_EC_IO_OTHER || k == KIND_NONE ||
        (want_dir && low != want_dir) || (want && k != want) ||
        (want == KIND_NET && sk_fd_type_of(cx, &type) && type == SK_FD_UNIX))
        return false;
    return sk_event_result(ev, &res) && res >= 0 && sk_give_u64(ref, (uint64_t)res, out);
}

/* Flags as parameters hold them, tbl/flags/file_flags.def. */
enum open_flag {
#define FLAG(name, value) OPEN_##name = (value),
#include "flags/file_flags.def"
#undef FLAG
};

static uint64_t param_u64(const struct sk_event *ev, const char *name)
{
    int i = sk_event_param_index(ev->info, name);
    uint64_t v;

    return i >= 0 && sk_event_u64(ev, (unsigned)i, &v) ? v : 0;
}

/* evt.is_open_read, _write, _exec, _create: false for calls that open nothing. */
bool sk_f_evt_is_open(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_event *ev = cx->ev;
    const char *name = ev->info->exit ? ev->info->name : "";
    bool creat = name[0] == 'c' && strcmp(name, "creat") == 0;
    bool open = name[0] == 'o' && name[1] == 'p' && name[2] == 'e' && name[3] == 'n';
    uint64_t flags = open ? param_u64(ev, "flags") : 0;
    int64_t fd = -1;
    bool is = false;

    switch (sk_field_id(ref)) {
    case SK_FLD_EVT_IS_OPEN_READ:
        is = (flags & OPEN_O_RDONLY) != 0;
        break;
    case SK_FLD_EVT_IS_OPEN_WRITE:
        is = (flags & OPEN_O_WRONLY) != 0;
        break;
    case SK_FLD_EVT_IS_OPEN_EXEC:
        is = (creat || flags & (OPEN_O_CREAT | OPEN_O_TMPFILE)) && param_u64(ev, "mode") & 0111;
        break;
    default:
        is = flags & OPEN_O_F_CREATED ||
             (flags & OPEN_O_TMPFILE && sk_event_result(ev, &fd) && fd >= 0);
    }
    return sk_give_bool(ref, is, out);
}
