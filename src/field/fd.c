/* SPDX-License-Identifier: Apache-2.0 */
/* fd.c - fd.*: what the descriptor of an event is, where it leads, and who is at its ends.
 *
 * The whole class is absent for events that have no descriptor.  A descriptor that the kernel did
 * not resolve (the call failed) still has a number, a name (what was requested), the type 'o'. */
#include <arpa/inet.h>

#include "field/extract.h"
#include "field/fd_view.h"
#include "field/services.h"

/* include/net/tcp_states.h */
enum { SOCK_ESTABLISHED = 1, SOCK_CLOSE = 7, SOCK_LISTEN = 10 };

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

static bool is_file(const struct sk_fd_view *v)
{
    return v->type == SK_FD_FILE || v->type == SK_FD_FILE_V1;
}

bool sk_f_fd_num(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;

    return sk_fd_view(cx->ev, &v) && sk_give_i64(ref, v.num, out);
}

bool sk_f_fd_type(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;

    if (!sk_fd_view(cx->ev, &v) || v.type >= SK_ARRAY_LEN(types) || !types[v.type].name)
        return false;
    return sk_give_text(ref, sk_str(types[v.type].name), out);
}

bool sk_f_fd_typechar(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;

    if (!sk_fd_view(cx->ev, &v))
        return false;
    if (v.type >= SK_ARRAY_LEN(types))
        v.type = SK_FD_UNKNOWN;
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

static struct sk_str name_of(const struct sk_ctx *cx, const struct sk_fd_view *v)
{
    struct sk_str requested;

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

    return sk_fd_view(cx->ev, &v) && sk_give_text(ref, name_of(cx, &v), out);
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

    if (!is_file(v) && v->type != SK_FD_DIRECTORY && v->type != SK_FD_UNKNOWN)
        return (struct sk_str){NULL, 0};
    name = name_of(cx, v);
    if (v->type == SK_FD_DIRECTORY && name.n)
        return name;
    slash = last_slash(name);
    if (!slash || slash == name.p)
        return SK_STR("/");
    return (struct sk_str){name.p, (size_t)(slash - name.p)};
}

bool sk_f_fd_directory(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;
    struct sk_str dir;

    if (!sk_fd_view(cx->ev, &v))
        return false;
    dir = directory_of(cx, &v);
    return dir.p && sk_give_text(ref, dir, out);
}

bool sk_f_fd_filename(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;
    struct sk_str name;
    const char *slash;

    if (!sk_fd_view(cx->ev, &v) || !is_file(&v))
        return false;
    name = name_of(cx, &v);
    slash = last_slash(name);
    if (!slash)
        return sk_give_text(ref, SK_STR("/"), out);
    if (slash == name.p + name.n - 1)
        return sk_give_text(ref, name, out);
    return sk_give_text(ref, (struct sk_str){slash + 1, (size_t)(name.p + name.n - slash) - 1},
                        out);
}

/* Which of the two ends a field asks for. */
enum which { END_CLIENT, END_SERVER, END_LOCAL, END_REMOTE, END_ANY };

static enum which which_end(enum sk_field_id id)
{
    switch (id) {
    case SK_FLD_FD_CIP:
    case SK_FLD_FD_CPORT:
    case SK_FLD_FD_CPROTO:
    case SK_FLD_FD_CNET:
        return END_CLIENT;
    case SK_FLD_FD_SIP:
    case SK_FLD_FD_SPORT:
    case SK_FLD_FD_SPROTO:
    case SK_FLD_FD_SNET:
        return END_SERVER;
    case SK_FLD_FD_LIP:
    case SK_FLD_FD_LPORT:
    case SK_FLD_FD_LPROTO:
    case SK_FLD_FD_LNET:
        return END_LOCAL;
    case SK_FLD_FD_RIP:
    case SK_FLD_FD_RPORT:
    case SK_FLD_FD_RPROTO:
    case SK_FLD_FD_RNET:
        return END_REMOTE;
    default:
        return END_ANY;
    }
}

/* The ends of an internet socket; returns how many are known. A bound socket without peer only has
 * a server: local and remote are questions about connections. */
static size_t ends_for(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                       struct sk_fd_view *v, const struct sk_fd_end *end[2])
{
    const struct sk_fd_end *e;
    size_t n = 0;

    if (!sk_fd_view(cx->ev, v) || !sk_fd_is_ip(v->type))
        return 0;
    switch (which_end(sk_field_id(ref))) {
    case END_CLIENT:
        e = sk_fd_client(v);
        break;
    case END_SERVER:
        e = sk_fd_server(v);
        break;
    case END_LOCAL:
        if (!v->remote.known)
            return 0;
        e = &v->local;
        break;
    case END_REMOTE:
        e = &v->remote;
        break;
    default:
        if (v->local.known)
            end[n++] = &v->local;
        if (v->remote.known)
            end[n++] = &v->remote;
        return n;
    }
    if (e->known)
        end[n++] = e;
    return n;
}

/* Networks are compared with addresses: fields of type IPNET give values of type IPADDR. */
bool sk_f_fd_ip(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;
    const struct sk_fd_end *end[2];
    size_t n = ends_for(cx, ref, &v, end);

    for (size_t i = 0; i < n; i++) {
        struct sk_val *val = sk_vals_add(ref, out);

        val->type = SK_T_IPADDR;
        val->s = end[i]->ip;
    }
    return n > 0;
}

bool sk_f_fd_port(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;
    const struct sk_fd_end *end[2];
    size_t n = ends_for(cx, ref, &v, end);

    for (size_t i = 0; i < n; i++)
        sk_give_u64(ref, end[i]->port, out);
    return n > 0;
}

bool sk_f_fd_proto(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;
    const struct sk_fd_end *end[2];
    struct sk_str name;
    char *digits;

    if (!ends_for(cx, ref, &v, end))
        return false;
    name = sk_services_name(cx->services, end[0]->port,
                            cx->ev->sock.x && cx->ev->sock.x->l4proto == SK_L4_UDP);
    if (name.p)
        return sk_give_text(ref, name, out);
    digits = sk_arena_alloc(cx->tmp, sizeof("65535"));
    if (!digits)
        return false;
    snprintf(digits, sizeof("65535"), "%u", end[0]->port);
    return sk_give_text(ref, sk_str(digits), out);
}

bool sk_f_fd_l4proto(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    static const char *const names[] = {
        [SK_L4_TCP] = "tcp", [SK_L4_UDP] = "udp", [SK_L4_ICMP] = "icmp", [SK_L4_RAW] = "raw"};
    const struct sk_x_sock *x = cx->ev->sock.x;
    struct sk_fd_view v;
    const char *name = "<NA>";

    if (!sk_fd_view(cx->ev, &v) || !v.resolved)
        return false;
    if (x && x->l4proto < SK_ARRAY_LEN(names) && names[x->l4proto])
        name = names[x->l4proto];
    return sk_give_text(ref, sk_str(name), out);
}

bool sk_f_fd_sockfamily(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    struct sk_fd_view v;

    if (!sk_fd_view(cx->ev, &v))
        return false;
    if (sk_fd_is_ip(v.type))
        return sk_give_text(ref, SK_STR("ip"), out);
    return v.type == SK_FD_UNIX && sk_give_text(ref, SK_STR("unix"), out);
}

bool sk_f_fd_is_server(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;

    return sk_fd_view(cx->ev, &v) && v.resolved && sk_give_bool(ref, v.server, out);
}

bool sk_f_fd_connected(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_x_sock *x = cx->ev->sock.x;
    struct sk_fd_view v;
    bool yes = false;

    if (!sk_fd_view(cx->ev, &v) || !v.resolved)
        return false;
    if (x && x->l4proto == SK_L4_TCP)
        yes = v.remote.known && !v.adopted && x->state != SOCK_CLOSE && x->state != SOCK_LISTEN;
    else if (x)
        yes = x->state == SOCK_ESTABLISHED;
    return sk_give_bool(ref, yes, out);
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

    if (!sk_fd_view(cx->ev, &v) || !v.resolved)
        return false;
    named = v.path.n || v.local.known || v.remote.known;
    return sk_give_bool(ref, named && (v.adopted || names_its_fd(cx->ev->info->name)), out);
}

bool sk_f_fd_uid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;
    char *text;

    if (!sk_fd_view(cx->ev, &v))
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

    if (!sk_fd_view(cx->ev, &v))
        return false;
    if (cx->proc)
        piece[0] = cx->proc->container_id;
    if (sk_field_id(ref) == SK_FLD_FD_CONTAINERDIRECTORY)
        piece[2] = directory_of(cx, &v);
    else
        piece[2] = name_of(cx, &v);
    return piece[2].p && sk_give_joined(cx, ref, piece, 3, out);
}

bool sk_f_fd_inode(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_x_file *x = cx->ev->file.x;
    uint32_t dev = x ? x->dev : 0;
    struct sk_fd_view v;

    if (!sk_fd_view(cx->ev, &v) || !v.resolved)
        return false;
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

    if (!sk_fd_view(cx->ev, &v) || !v.resolved)
        return false;
    return sk_give_bool(ref, cx->ev->file.x && (cx->ev->file.x->flags & flag), out);
}

bool sk_f_fd_deleted(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;

    if (!sk_fd_view(cx->ev, &v) || !cx->ev->file.x)
        return false;
    return sk_give_bool(ref, (cx->ev->file.x->flags & SK_FILE_DELETED) != 0, out);
}

/* Runs of slashes count as one, as upstream prints them; everything else stays as it was given. */
bool sk_f_fd_nameraw(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_str raw = sk_fd_requested(cx->ev);
    struct sk_fd_view v;
    size_t n = 0;
    char *text;

    if (!sk_fd_view(cx->ev, &v))
        return false;
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
