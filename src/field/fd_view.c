/* SPDX-License-Identifier: Apache-2.0 */
/* fd_view.c - files and sockets, resolved by the kernel, as fd.* sees them. */
#include "field/fd_view.h"

#include <sys/socket.h>

#include "field/resolve.h"

#define HAS_FD (SK_EF_CREATES_FD | SK_EF_USES_FD | SK_EF_DESTROYS_FD)

/* Bytes of an IPv4 and an IPv6 end in SOCKADDR and SOCKTUPLE parameters: address and port. */
#define END4_BYTES 6
#define END6_BYTES 18

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_zero(struct sk_str ip)
{
    for (size_t i = 0; i < ip.n; i++)
        if (ip.p[i])
            return false;
    return true;
}

static bool is_mapped(struct sk_str ip)
{
    return ip.n == 16 && memcmp(ip.p, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

static void unmap(struct sk_str *ip)
{
    if (ip->n == 16)
        *ip = (struct sk_str){ip->p + 12, 4};
}

/* Address and port as parameters hold them; ports are little-endian there. */
static struct sk_fd_end read_end(const uint8_t *p, size_t ip_bytes)
{
    struct sk_fd_end e = {.ip = {(const char *)p, ip_bytes}};

    e.port = (uint16_t)(p[ip_bytes] | p[ip_bytes + 1] << 8);
    e.known = e.port || !is_zero(e.ip);
    return e;
}

/* The first parameter of that type; length 0: none, or empty. */
static struct sk_param param_of_type(const struct sk_event *ev, enum sk_type type)
{
    for (unsigned i = 0; i < ev->nparams; i++)
        if (ev->info->param[i].type == type)
            return sk_event_param(ev, i);
    return (struct sk_param){0};
}

/* In tuples of calls that receive, and of accept, the peer comes first. */
static bool peer_is_first(const struct sk_event *ev)
{
    return (ev->info->flags & (SK_EF_READS_FROM_FD | SK_EF_CREATES_FD)) != 0;
}

static bool ends_of_tuple(const struct sk_event *ev, struct sk_fd_view *v)
{
    struct sk_param p = param_of_type(ev, SK_T_SOCKTUPLE);
    size_t ip, one;
    struct sk_fd_end first, second;

    if (!p.len)
        return false;
    if (p.data[0] == AF_INET && p.len >= 1 + 2 * END4_BYTES)
        ip = 4, one = END4_BYTES;
    else if (p.data[0] == AF_INET6 && p.len >= 1 + 2 * END6_BYTES)
        ip = 16, one = END6_BYTES;
    else
        return false;
    first = read_end(p.data + 1, ip);
    second = read_end(p.data + 1 + one, ip);
    v->local = peer_is_first(ev) ? second : first;
    v->remote = peer_is_first(ev) ? first : second;
    return true;
}

/* A lone address is the peer, except of bind. */
static bool ends_of_addr(const struct sk_event *ev, struct sk_fd_view *v)
{
    struct sk_param p = param_of_type(ev, SK_T_SOCKADDR);
    struct sk_fd_end *end = strcmp(ev->info->name, "bind") == 0 ? &v->local : &v->remote;

    if (!p.len)
        return false;
    if (p.data[0] == AF_INET && p.len >= 1 + END4_BYTES)
        *end = read_end(p.data + 1, 4);
    else if (p.data[0] == AF_INET6 && p.len >= 1 + END6_BYTES)
        *end = read_end(p.data + 1, 16);
    else
        return false;
    return true;
}

/* Path of a unix socket among the parameters: behind family and, in tuples, two pointers. */
static struct sk_str unix_path(const struct sk_event *ev)
{
    struct sk_param p = param_of_type(ev, SK_T_SOCKTUPLE);
    size_t skip = 1 + 16;

    if (!p.len || p.data[0] != AF_UNIX) {
        p = param_of_type(ev, SK_T_SOCKADDR);
        skip = 1;
    }
    if (!p.len || p.data[0] != AF_UNIX || p.len <= skip)
        return SK_STR("");
    return (struct sk_str){(const char *)p.data + skip,
                           strnlen((const char *)p.data + skip, p.len - skip)};
}

/* IPv4 through an IPv6 socket is IPv4. */
static void unmap_ends(struct sk_fd_view *v)
{
    bool l4 = is_mapped(v->local.ip), r4 = is_mapped(v->remote.ip);

    if (!l4 && !r4)
        return;
    if ((v->local.known && !l4 && !is_zero(v->local.ip)) ||
        (v->remote.known && !r4 && !is_zero(v->remote.ip)))
        return;
    unmap(&v->local.ip);
    unmap(&v->remote.ip);
    if (v->type == SK_FD_IPV6_SOCK)
        v->type = SK_FD_IPV4_SOCK;
    else if (v->type == SK_FD_IPV6_SERVSOCK)
        v->type = SK_FD_IPV4_SERVSOCK;
}

static void view_ip(const struct sk_event *ev, struct sk_fd_view *v)
{
    const struct sk_x_sock *x = ev->sock.x;
    size_t n = x->family == AF_INET ? 4 : 16;

    v->local.ip = (struct sk_str){(const char *)x->laddr, n};
    v->remote.ip = (struct sk_str){(const char *)x->raddr, n};
    v->local.port = x->lport;
    v->remote.port = x->rport;
    v->local.known = x->lport || !is_zero(v->local.ip);
    v->remote.known = x->rport || !is_zero(v->remote.ip);
    v->server = x->server;
    if (!v->remote.known && !x->server) {
        struct sk_fd_end own = v->local;

        v->adopted = ends_of_tuple(ev, v) || ends_of_addr(ev, v);
        if (own.known && (!v->local.known || (is_zero(v->local.ip) && v->local.port == own.port)))
            v->local = own;
        /* A datagram between two strangers: the lower port is the service. */
        if (v->adopted && v->remote.known && v->local.port && x->l4proto == SK_L4_UDP &&
            strcmp(ev->info->name, "connect") != 0)
            v->server = v->local.port < v->remote.port;
    }
    unmap_ends(v);
    if (v->remote.known || !v->local.port)
        return;
    v->server = true; /* bound, and waiting for others */
    v->type = v->local.ip.n == 4 ? SK_FD_IPV4_SERVSOCK : SK_FD_IPV6_SERVSOCK;
}

static void view_sock(const struct sk_event *ev, struct sk_fd_view *v)
{
    const struct sk_x_sock *x = ev->sock.x;

    v->resolved = true;
    v->type = (enum sk_fd_type)x->type;
    v->l4proto = (enum sk_l4proto)x->l4proto;
    if (x->family == AF_INET || x->family == AF_INET6) {
        view_ip(ev, v);
        return;
    }
    v->server = x->server;
    if (x->family == AF_UNIX) {
        v->path = ev->sock.path.n ? ev->sock.path : unix_path(ev);
        v->adopted = !ev->sock.path.n && v->path.n;
    }
}

/* Only paths are names: pipes and anonymous inodes have none, memory files one without a place. */
static struct sk_str file_name(const struct sk_event *ev)
{
    struct sk_str path = ev->file.path, memfd = SK_STR("/memfd:");

    if (ev->file.x->type == SK_FD_MEMFD && sk_str_starts(path, memfd))
        return (struct sk_str){path.p + memfd.n, path.n - memfd.n};
    return path.n && path.p[0] == '/' ? path : SK_STR("");
}

/* Connections are told as client and server: which of them is here is a matter of addresses. */
static void view_entry_ends(const struct sk_ctx *cx, const struct sk_fd *fd, struct sk_fd_view *v)
{
    bool v6 = fd->type == SK_FD_IPV6_SOCK || fd->type == SK_FD_IPV6_SERVSOCK;
    struct sk_fd_end s = {true, fd->sport, {(const char *)fd->sip, v6 ? 16 : 4}};
    struct sk_fd_end d = {true, fd->dport, {(const char *)fd->dip, v6 ? 16 : 4}};

    v->roleless = !(fd->flags & (SK_FDF_CLIENT | SK_FDF_SERVER));
    if (fd->type == SK_FD_IPV4_SERVSOCK || fd->type == SK_FD_IPV6_SERVSOCK) {
        v->server = true;
        v->local = s;
        return;
    }
    v->server = !sk_state_local_ip(cx->st, cx->proc, fd->sip, v6);
    v->local = v->server ? d : s;
    v->remote = v->server ? s : d;
}

void sk_fd_view_entry(const struct sk_ctx *cx, const struct sk_fd *fd, struct sk_fd_view *out)
{
    *out = (struct sk_fd_view){
        .num = fd->num,
        .resolved = true,
        .table = true,
        .fd = fd,
        .type = (enum sk_fd_type)fd->type,
        .path = fd->flags & SK_FDF_NAMED ? SK_STR("") : fd->name,
        .l4proto = sk_fd_l4proto(fd),
    };
    if (sk_fd_is_ip(out->type))
        view_entry_ends(cx, fd, out);
}

bool sk_fd_type_of(const struct sk_ctx *cx, enum sk_fd_type *out)
{
    const struct sk_event_fd *efd = cx->st ? sk_state_event_fd(cx->st) : NULL;

    if (efd && efd->fd)
        *out = (enum sk_fd_type)efd->fd->type;
    else if (cx->ev->sock.x)
        *out = (enum sk_fd_type)cx->ev->sock.x->type;
    else if (cx->ev->file.x)
        *out = (enum sk_fd_type)cx->ev->file.x->type;
    else
        return false;
    return true;
}

/* An open that was told when it was submitted: no file is there yet, but its name can be followed. */
static void view_early(const struct sk_ctx *cx, struct sk_fd_view *v)
{
    struct sk_str path = sk_fd_requested(cx->ev);

    if (!path.n)
        return;
    v->type = SK_FD_FILE;
    path = sk_path_resolve(cx, cx->ev->dir[0].path, path, true);
    v->resolved = path.n != 0;
    v->path = v->resolved ? path : SK_STR("");
}

bool sk_fd_view(const struct sk_ctx *cx, struct sk_fd_view *out)
{
    const struct sk_event *ev = cx->ev;
    const struct sk_event_fd *efd;
    int64_t num;

    if (!(ev->info->flags & HAS_FD))
        return false;
    *out = (struct sk_fd_view){.num = -1, .path = SK_STR("")};
    efd = cx->st ? sk_state_event_fd(cx->st) : NULL;
    if (efd) {
        if (efd->fd)
            sk_fd_view_entry(cx, efd->fd, out);
        out->table = true;
        out->num = efd->num;
        return cx->th != NULL;
    }
    if (sk_event_fd(ev, &num) && num >= 0)
        out->num = num;
    if (ev->sock.x) {
        view_sock(ev, out);
    } else if (ev->file.x) {
        out->resolved = true;
        out->type = (enum sk_fd_type)ev->file.x->type;
        out->path = file_name(ev);
    } else if (strcmp(ev->info->name, "connect") == 0 ||
               strncmp(ev->info->name, "accept", 6) == 0) {
        /* Not resolved: the parameters still tell the ends. */
        out->adopted = ends_of_tuple(ev, out) || ends_of_addr(ev, out);
        out->server = ev->info->name[0] == 'a';
        out->path = unix_path(ev);
        unmap_ends(out);
    } else if (ev->task && ev->task->flags & SK_TASK_EARLY) {
        view_early(cx, out);
    }
    return true;
}

const struct sk_fd_end *sk_fd_client(const struct sk_fd_view *v)
{
    if (v->server)
        return &v->remote;
    return v->remote.known ? &v->local : &v->remote;
}

const struct sk_fd_end *sk_fd_server(const struct sk_fd_view *v)
{
    return v->server ? &v->local : &v->remote;
}

struct sk_str sk_fd_requested(const struct sk_event *ev)
{
    if (ev->info->flags & SK_EF_CREATES_FD) {
        for (unsigned i = 0; i < ev->nparams; i++) {
            enum sk_type t = ev->info->param[i].type;

            if (t == SK_T_FSPATH || t == SK_T_FSRELPATH)
                return sk_event_text(ev, i);
        }
    }
    return (struct sk_str){NULL, 0};
}
