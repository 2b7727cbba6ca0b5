/* SPDX-License-Identifier: Apache-2.0 */
/* fd.c - fd.*: what the descriptor of an event is, where it leads, and who is at its ends.
 *
 * The whole class is absent for events that have no descriptor.  A descriptor that the kernel did
 * not resolve (the call failed) still has a number, a name (what was requested), the type 'o'. */
#include <arpa/inet.h>

#include "field/extract.h"
#include "field/fd_view.h"
#include "field/path.h"
#include "field/render.h"

#define IP_TEXT_MAX (INET6_ADDRSTRLEN + sizeof(":65535"))

static const struct {
    const char *name, *letter;
} types[] = {
    [SK_FD_UNKNOWN] = {NULL, "o"},
    [SK_FD_FILE_V1] = {"file", "f"},
    [SK_FD_DIRECTORY] = {"directory", "d"},
    [SK_FD_IPV4_SOCK] = {"ipv4", "4"},
    [SK_FD_IPV6_SOCK] = {"ipv6", "6"},
    [SK_FD_IPV4_SERVSOCK] = {"ipv4", "4"},
    [SK_FD_IPV6_SERVSOCK] = {"ipv6", "6"},
    [SK_FD_FIFO] = {"pipe", "p"},
    [SK_FD_UNIX] = {"unix", "u"},
    [SK_FD_EVENT] = {"event", "e"},
    [SK_FD_UNSUPPORTED] = {NULL, "X"},
    [SK_FD_SIGNALFD] = {"signalfd", "s"},
    [SK_FD_EVENTPOLL] = {"eventpoll", "l"},
    [SK_FD_INOTIFY] = {"inotify", "i"},
    [SK_FD_TIMERFD] = {"timerfd", "t"},
    [SK_FD_NETLINK] = {"netlink", "n"},
    [SK_FD_FILE] = {"file", "f"},
    [SK_FD_BPF] = {"bpf", "b"},
    [SK_FD_USERFAULTFD] = {"userfaultfd", "u"},
    [SK_FD_IO_URING] = {"io_uring", "r"},
    [SK_FD_MEMFD] = {"memfd", "m"},
    [SK_FD_PIDFD] = {"pidfd", "P"},
};

struct sk_str sk_fd_type_name(enum sk_fd_type t)
{
    return sk_str(t < SK_ARRAY_LEN(types) && types[t].name ? types[t].name : "<NA>");
}

char sk_fd_type_char(enum sk_fd_type t)
{
    return t < SK_ARRAY_LEN(types) ? types[t].letter[0] : '?';
}

/* What a call was to give, when the capture does not say what it gave. */
static const char *letter_of_call(const char *event)
{
    static const struct {
        const char *event, *letter;
    } list[] = {
        {"openat", "f"},         {"openat2", "f"},      {"creat", "f"},         {"socket", "4"},
        {"accept", "4"},         {"accept4", "4"},      {"pipe", "p"},          {"pipe2", "p"},
        {"eventfd", "e"},        {"eventfd2", "e"},     {"signalfd", "s"},      {"signalfd4", "s"},
        {"timerfd_create", "t"}, {"inotify_init", "i"}, {"inotify_init1", "i"},
    };

    for (size_t i = 0; i < SK_ARRAY_LEN(list); i++)
        if (strcmp(event, list[i].event) == 0)
            return list[i].letter;
    return "o";
}

static bool is_file(const struct sk_fd_view *v)
{
    return v->type == SK_FD_FILE || v->type == SK_FD_FILE_V1;
}

bool sk_f_fd_num(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;

    return sk_fd_view(cx, &v) && sk_give_i64(ref, v.num, out);
}

bool sk_f_fd_type(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;

    if (!sk_fd_view(cx, &v) || (v.table && !v.fd))
        return false;
    if (v.fd)
        return sk_give_text(ref, sk_fd_type_name(v.type), out);
    if (v.type >= SK_ARRAY_LEN(types) || !types[v.type].name)
        return false;
    return sk_give_text(ref, sk_str(types[v.type].name), out);
}

bool sk_f_fd_typechar(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;

    if (!sk_fd_view(cx, &v))
        return false;
    if (v.table && !v.fd)
        return sk_give_text(ref, sk_str(letter_of_call(cx->ev->info->name)), out);
    if (v.type >= SK_ARRAY_LEN(types))
        return sk_give_text(ref, SK_STR("?"), out);
    return sk_give_text(ref, sk_str(types[v.type].letter), out);
}

/* "ADDRESS:PORT"; returns its length, 0 when the address has no text. */
static size_t end_text(const struct sk_fd_end *e, char *to, size_t max)
{
    size_t n;

    if (!inet_ntop(e->ip.n == 4 ? AF_INET : AF_INET6, e->ip.p, to, (socklen_t)max))
        return 0;
    n = strlen(to);
    return n + (size_t)snprintf(to + n, max - n, ":%u", e->port);
}

static struct sk_str sock_name(const struct sk_ctx *cx, const struct sk_fd_view *v)
{
    const struct sk_fd_end *client = sk_fd_client(v), *server = sk_fd_server(v);
    char *text = sk_arena_alloc(cx->tmp, 2 * IP_TEXT_MAX + 2);
    size_t n = 0;

    if (!text)
        return SK_STR("");
    if (v->remote.known && v->local.ip.n) {
        n = end_text(client, text, IP_TEXT_MAX);
        memcpy(text + n, "->", 2);
        n += 2;
    } else if (!v->remote.known) {
        server = &v->local;
    }
    n += end_text(server, text + n, IP_TEXT_MAX);
    return (struct sk_str){text, n};
}

/* The request made absolute: its base is the directory behind dirfd, else the working directory. */
static struct sk_str requested_path(const struct sk_ctx *cx)
{
    struct sk_str path = sk_fd_requested(cx->ev), base = SK_STR("");
    char *with_slash;

    if (!path.p || (path.n && path.p[0] == '/'))
        return path.p ? sk_path_join(cx->tmp, base, path) : path;
    if (cx->ev->dir[SK_ROLE_OLD - 1].x)
        base = cx->ev->dir[SK_ROLE_OLD - 1].path;
    else if (cx->proc)
        base = cx->proc->cwd;
    if (base.n && base.p[base.n - 1] != '/') {
        with_slash = sk_arena_alloc(cx->tmp, base.n + 2);
        if (!with_slash)
            return (struct sk_str){NULL, 0};
        memcpy(with_slash, base.p, base.n);
        with_slash[base.n] = '/';
        base = (struct sk_str){with_slash, base.n + 1};
    }
    return sk_path_join(cx->tmp, base, path);
}

/* What the event of a capture says of a descriptor that is not known. {NULL, 0}: nothing. */
static struct sk_str name_of_event(const struct sk_ctx *cx)
{
    const char *call = cx->ev->info->name;
    struct sk_str text = SK_STR("");
    int64_t dirfd;

    if (!cx->ev->info->exit)
        return (struct sk_str){NULL, 0};
    if (strcmp(call, "open") == 0 || strcmp(call, "creat") == 0 || strcmp(call, "connect") == 0 ||
        strncmp(call, "accept", 6) == 0) {
        sk_render_arg(cx, 1, &text);
    } else if (strcmp(call, "openat") == 0 || strcmp(call, "openat2") == 0) {
        text = sk_event_text(cx->ev, 2);
        if (text.p && sk_event_i64(cx->ev, 1, &dirfd))
            text = sk_path_join(
                cx->tmp, text.n && text.p[0] == '/' ? SK_STR("") : sk_path_of_dirfd(cx, dirfd),
                text);
    } else if (strcmp(call, "open_by_handle_at") == 0) {
        text = sk_event_text(cx->ev, 3);
        return text.p ? text : SK_STR("<NA>");
    }
    return text;
}

static struct sk_str entry_text(const struct sk_ctx *cx, const struct sk_fd *fd)
{
    char *buf;

    if (!(fd->flags & SK_FDF_NAMED))
        return fd->name;
    buf = sk_arena_alloc(cx->tmp, SK_FD_TEXT_MAX);
    return buf ? sk_fd_text(fd, buf) : SK_STR("");
}

struct sk_str sk_fd_name_of(const struct sk_ctx *cx, const struct sk_fd_view *v)
{
    struct sk_str requested;

    if (v->fd)
        return entry_text(cx, v->fd);
    if (v->table)
        return name_of_event(cx);
    if (v->path.n)
        return v->path;
    if (v->local.known || v->remote.known)
        return sock_name(cx, v);
    if (v->resolved)
        return SK_STR("");
    requested = requested_path(cx);
    return requested.p ? requested : SK_STR("");
}

bool sk_f_fd_name(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;

    struct sk_str name;

    if (!sk_fd_view(cx, &v))
        return false;
    name = sk_fd_name_of(cx, &v);
    return name.p && sk_give_text(ref, name, out);
}

static const char *last_slash(struct sk_str s)
{
    return s.n ? memrchr(s.p, '/', s.n) : NULL;
}

/* {NULL, 0}: neither file nor directory. */
static struct sk_str directory_of(const struct sk_ctx *cx, const struct sk_fd_view *v)
{
    struct sk_str name;
    const char *slash;

    if (!is_file(v) && v->type != SK_FD_DIRECTORY && (v->fd || v->type != SK_FD_UNKNOWN))
        return (struct sk_str){NULL, 0};
    name = sk_fd_name_of(cx, v);
    if (!name.p)
        return name;
    if (v->type == SK_FD_DIRECTORY && name.n)
        return name;
    slash = last_slash(name);
    if (!slash || slash == name.p)
        return SK_STR("/");
    if (slash == name.p + name.n - 1)
        return name;
    return (struct sk_str){name.p, (size_t)(slash - name.p)};
}

bool sk_f_fd_directory(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;
    struct sk_str dir;

    if (!sk_fd_view(cx, &v))
        return false;
    dir = directory_of(cx, &v);
    return dir.p && sk_give_text(ref, dir, out);
}

bool sk_f_fd_filename(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;
    struct sk_str name;
    const char *slash;

    if (!sk_fd_view(cx, &v) || !is_file(&v))
        return false;
    name = sk_fd_name_of(cx, &v);
    slash = last_slash(name);
    if (!slash)
        return sk_give_text(ref, SK_STR("/"), out);
    if (slash == name.p + name.n - 1)
        return sk_give_text(ref, name, out);
    return sk_give_text(ref, (struct sk_str){slash + 1, (size_t)(name.p + name.n - slash) - 1},
                        out);
}

/* Calls after which the descriptor leads to something else than before. */
static bool names_its_fd(const char *event)
{
    static const char *const list[] = {
        "open",    "openat", "openat2", "creat",  "open_by_handle_at", "memfd_create", "pidfd_open",
        "connect", "bind",   "accept",  "accept4"};

    for (size_t i = 0; i < SK_ARRAY_LEN(list); i++)
        if (strcmp(event, list[i]) == 0)
            return true;
    return false;
}

bool sk_f_fd_name_changed(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                          struct sk_vals *out)
{
    struct sk_fd_view v;
    bool named;

    if (!sk_fd_view(cx, &v) || !v.resolved)
        return false;
    if (v.fd)
        return sk_give_bool(ref, sk_state_event_fd(cx->st)->name_changed, out);
    named = v.path.n || v.local.known || v.remote.known;
    return sk_give_bool(ref, named && (v.adopted || names_its_fd(cx->ev->info->name)), out);
}

bool sk_f_fd_uid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;
    char *text;

    if (!sk_fd_view(cx, &v))
        return false;
    text = sk_arena_alloc(cx->tmp, 48);
    if (!text)
        return false;
    snprintf(text, 48, "%llu%lld", (unsigned long long)cx->ev->tid, (long long)v.num);
    return sk_give_text(ref, sk_str(text), out);
}

/* fd.containername, fd.containerdirectory */
bool sk_f_fd_containername(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                           struct sk_vals *out)
{
    struct sk_fd_view v;
    struct sk_str piece[3] = {SK_STR(""), SK_STR(":"), SK_STR("")};

    if (!sk_fd_view(cx, &v))
        return false;
    if (cx->proc)
        piece[0] = cx->proc->container_id;
    if (sk_field_id(ref) == SK_FLD_FD_CONTAINERDIRECTORY)
        piece[2] = directory_of(cx, &v);
    else
        piece[2] = sk_fd_name_of(cx, &v);
    return piece[2].p && sk_give_joined(cx, ref, piece, 3, out);
}

/* Device numbers of captures are as the kernel gives them to programs. */
static bool give_inode_of_entry(const struct sk_fd *fd, const struct sk_field_ref *ref,
                                struct sk_vals *out)
{
    switch (sk_field_id(ref)) {
    case SK_FLD_FD_DEV:
        return sk_give_i64(ref, (int32_t)fd->dev, out);
    case SK_FLD_FD_DEV_MAJOR:
        return sk_give_i64(ref, (fd->dev & 0xfff00) >> 8, out);
    case SK_FLD_FD_DEV_MINOR:
        return sk_give_i64(ref, (fd->dev & 0xff) | (fd->dev >> 12 & 0xfff00), out);
    default:
        return sk_give_u64(ref, fd->ino, out);
    }
}

bool sk_f_fd_inode(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_x_file *x = cx->ev->file.x;
    uint32_t dev = x ? x->dev : 0;
    struct sk_fd_view v;

    if (!sk_fd_view(cx, &v) || !v.resolved)
        return false;
    if (v.fd)
        return give_inode_of_entry(v.fd, ref, out);
    switch (sk_field_id(ref)) {
    case SK_FLD_FD_DEV:
        return sk_give_i64(ref, (int32_t)dev, out);
    case SK_FLD_FD_DEV_MAJOR:
        return sk_give_i64(ref, dev >> 20, out);
    case SK_FLD_FD_DEV_MINOR:
        return sk_give_i64(ref, dev & 0xfffff, out);
    default:
        return sk_give_u64(ref, x ? x->ino : cx->ev->sock.x->ino, out);
    }
}

/* fd.is_upper_layer, fd.is_lower_layer */
bool sk_f_fd_layer(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    uint8_t flag = sk_field_id(ref) == SK_FLD_FD_IS_UPPER_LAYER ? SK_FILE_UPPER : SK_FILE_LOWER;
    struct sk_fd_view v;

    if (!sk_fd_view(cx, &v) || !v.resolved)
        return false;
    if (v.fd)
        return sk_give_bool(
            ref, (v.fd->flags & (flag == SK_FILE_UPPER ? SK_FDF_UPPER : SK_FDF_LOWER)) != 0, out);
    return sk_give_bool(ref, cx->ev->file.x && (cx->ev->file.x->flags & flag), out);
}

bool sk_f_fd_deleted(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;

    if (!sk_fd_view(cx, &v) || !cx->ev->file.x)
        return false;
    return sk_give_bool(ref, (cx->ev->file.x->flags & SK_FILE_DELETED) != 0, out);
}

static struct sk_str raw_of_event(const struct sk_ctx *cx)
{
    if (strncmp(cx->ev->info->name, "openat", 6) == 0 && cx->ev->info->exit)
        return sk_event_text(cx->ev, 2);
    return name_of_event(cx);
}

/* Runs of slashes count as one, as upstream prints them; everything else stays as it was given. */
bool sk_f_fd_nameraw(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_str raw = sk_fd_requested(cx->ev);
    struct sk_fd_view v;
    size_t n = 0;
    char *text;

    if (!sk_fd_view(cx, &v))
        return false;
    if (v.table) {
        raw = v.fd ? v.fd->raw : raw_of_event(cx);
        if (!raw.p)
            return false;
    }
    if (!raw.p)
        return sk_give_text(ref, SK_STR(""), out);
    text = sk_arena_alloc(cx->tmp, raw.n + 1);
    if (!text)
        return false;
    for (size_t i = 0; i < raw.n; i++)
        if (raw.p[i] != '/' || !n || text[n - 1] != '/')
            text[n++] = raw.p[i];
    return sk_give_text(ref, (struct sk_str){text, n}, out);
}

bool sk_f_fd_name_requested(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                            struct sk_vals *out)
{
    struct sk_str path = requested_path(cx);

    return path.p && sk_give_text(ref, path, out);
}
