/* SPDX-License-Identifier: Apache-2.0 */
/* fd_sock.c - sockets: made, bound, connected, accepted. */
#include <arpa/inet.h>

#include "state/tuple.h"

enum {
    EV_ACCEPT4 = 389,
    EINPROGRESS_NR = -115,
    TYPE_STREAM = 1,
    TYPE_DGRAM = 2,
    TYPE_RAW = 3,
    FAMILY_NETLINK = 16,
    PROTO_IP = 0,
    PROTO_ICMP = 1,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_RAW = 255,
    LEVEL_SOCKET = 1, /* flag tables sockopt_levels, sockopt_options; dynamic table of values */
    OPTION_ERROR = 4,
    VALUE_ERRNO = 1,
};
#define STATUS (SK_FDF_CONNECTED | SK_FDF_FAILED)
#define ROLES  (SK_FDF_CLIENT | SK_FDF_SERVER)

static uint8_t l4proto_of(uint64_t type, uint64_t proto)
{
    bool raw = type == TYPE_RAW;

    switch (proto) {
    case PROTO_TCP:
        return raw ? SK_L4_RAW : SK_L4_TCP;
    case PROTO_UDP:
        return raw ? SK_L4_RAW : SK_L4_UDP;
    case PROTO_ICMP:
        return raw ? SK_L4_RAW : SK_L4_ICMP;
    case PROTO_RAW:
        return SK_L4_RAW;
    case PROTO_IP:
        if ((type & 0xff) == TYPE_STREAM)
            return SK_L4_TCP;
        return (type & 0xff) == TYPE_DGRAM ? SK_L4_UDP : SK_L4_UNKNOWN;
    default:
        return SK_L4_UNKNOWN;
    }
}

void sk_fd_on_socket(const struct sk_fd_op *op)
{
    struct sk_fd fd = {.num = op->res};

    switch (sk_fd_u64(op->ev, 1)) {
    case TUPLE_UNIX:
        fd.type = SK_FD_UNIX;
        break;
    case TUPLE_IP4:
        fd.type = SK_FD_IPV4_SOCK;
        break;
    case TUPLE_IP6:
        fd.type = SK_FD_IPV6_SOCK;
        break;
    case FAMILY_NETLINK:
        fd.type = SK_FD_NETLINK;
        break;
    default:
        fd.type = SK_FD_UNKNOWN;
        break;
    }
    if (sk_fd_is_ip_sock(&fd))
        fd.l4proto = l4proto_of(sk_fd_u64(op->ev, 2), sk_fd_u64(op->ev, 3));
    fd.open_flags = (uint32_t)sk_fd_u64(op->ev, 4);
    sk_fd_add(op, &fd);
}

/* As the parameter is printed: an IPv6 address stays one, whatever it means. */
static struct sk_str addr_text(struct sk_arena *tmp, struct sk_str b, const struct sk_tuple *t)
{
    char *text = sk_arena_alloc(tmp, SK_FD_TEXT_MAX);
    const uint8_t *p = (const uint8_t *)b.p;
    size_t n;

    if (t->family == TUPLE_UNIX)
        return t->path;
    if (!text || !inet_ntop(p[0] == TUPLE_IP4 ? AF_INET : AF_INET6, p + 1, text, SK_FD_TEXT_MAX))
        return SK_STR("");
    n = strlen(text);
    snprintf(text + n, SK_FD_TEXT_MAX - n, ":%u", t->dport);
    return sk_str(text);
}

/* A socket with a port of its own waits for others. */
void sk_fd_on_bind(const struct sk_fd_op *op)
{
    struct sk_str b = sk_event_bytes(op->ev, 1);
    struct sk_tuple t;
    struct sk_fd fd;

    if (op->res < 0 || !op->st->ev_fd.fd || !sk_tuple_read_addr(b, &t))
        return;
    fd = *op->st->ev_fd.fd;
    if (t.family != TUPLE_UNIX && t.dport) {
        fd.type = t.family == TUPLE_IP4 ? SK_FD_IPV4_SERVSOCK : SK_FD_IPV6_SERVSOCK;
        memset(fd.sip, 0, sizeof(fd.sip));
        memset(fd.dip, 0, sizeof(fd.dip));
        memcpy(fd.sip, t.dip, t.family == TUPLE_IP4 ? 4 : 16);
        fd.sport = t.dport;
        fd.dport = 0;
        fd.flags |= SK_FDF_SERVER;
    }
    sk_fd_rename(op, &fd, addr_text(op->st->tmp, b, &t));
}

/* The address at the beginning of the call counts, unless the kernel went elsewhere than it was told
 * at the end. */
static void choose_peer(const struct sk_fd_op *op, const struct sk_enter *e, struct sk_tuple *t)
{
    struct sk_tuple told, asked;
    size_t n = t->family == TUPLE_IP4 ? 4 : 16;

    if (!e || !sk_tuple_read_addr(sk_event_bytes(op->ev, 3), &told) ||
        !sk_tuple_read_addr(e->bytes, &asked) || told.family != t->family ||
        asked.family != t->family)
        return;
    if (t->family == TUPLE_UNIX) {
        if (sk_str_eq(told.path, t->path))
            t->path = asked.path;
        return;
    }
    if (told.dport != t->dport || memcmp(told.dip, t->dip, n) != 0)
        return;
    t->dip = asked.dip;
    t->dport = asked.dport;
}

static void connect_to(const struct sk_fd_op *op, struct sk_fd fd, const struct sk_tuple *t)
{
    const struct sk_fd *old = op->st->ev_fd.fd;
    bool changed;

    if (t->family == TUPLE_UNIX) {
        if (fd.type != SK_FD_UNIX) {
            sk_fd_add_same_name(op, &fd);
            return;
        }
        fd.unix_src = t->src;
        fd.unix_dst = t->dst;
        fd.flags |= fd.flags & ROLES ? 0u : (uint32_t)SK_FDF_CLIENT;
        sk_fd_rename(op, &fd, sk_tuple_unix_name(op->st->tmp, t));
        return;
    }
    changed = sk_tuple_set_ends(&fd, t);
    /* A server of datagrams that chooses one of its clients. */
    if (changed && fd.flags & SK_FDF_SERVER && fd.type == SK_FD_IPV4_SOCK &&
        fd.l4proto == SK_L4_UDP)
        sk_fd_swap_ends(&fd);
    fd.flags |= SK_FDF_NAMED | (fd.flags & ROLES ? 0u : (uint32_t)SK_FDF_CLIENT);
    changed = changed || !(old->flags & SK_FDF_NAMED);
    fd.name = SK_STR("");
    sk_fd_add(op, &fd);
    op->st->ev_fd.name_changed = changed;
}

/* The end of the call does not say where to (TCP fast open): its beginning does. */
static void connect_by_enter(const struct sk_fd_op *op, struct sk_fd *fd, const struct sk_enter *e)
{
    struct sk_tuple t;

    if (!e || !sk_tuple_read_addr(e->bytes, &t)) {
        sk_fd_add_same_name(op, fd);
        return;
    }
    if (t.family == TUPLE_UNIX) {
        sk_fd_rename(op, fd, SK_STR("NULL")); /* as Falco prints the pair that is missing */
        return;
    }
    fd->type = t.family == TUPLE_IP4 ? SK_FD_IPV4_SOCK : SK_FD_IPV6_SOCK;
    memset(fd->dip, 0, sizeof(fd->dip));
    memcpy(fd->dip, t.dip, t.family == TUPLE_IP4 ? 4 : 16);
    fd->dport = t.dport;
    sk_fd_add_same_name(op, fd);
}

void sk_fd_on_connect(const struct sk_fd_op *op)
{
    const struct sk_enter *e = sk_enter_of(op->th, op->ev);
    struct sk_tuple t;
    struct sk_fd fd;

    /* What is still going on counts as connected: mostly it will be. */
    if (!op->st->ev_fd.fd || (op->res < 0 && op->res != EINPROGRESS_NR))
        return;
    fd = *op->st->ev_fd.fd;
    fd.flags = (fd.flags & ~(uint32_t)STATUS) | SK_FDF_CONNECTED;
    if (sk_event_bytes(op->ev, 1).n == 0) {
        connect_by_enter(op, &fd, e);
    } else if (sk_tuple_read(op->ev, 1, &t)) {
        choose_peer(op, e, &t);
        connect_to(op, fd, &t);
    } else {
        sk_fd_add_same_name(op, &fd);
    }
}

void sk_fd_on_accept(const struct sk_fd_op *op)
{
    struct sk_fd fd = {.num = op->res, .flags = SK_FDF_SERVER | SK_FDF_CONNECTED};
    struct sk_tuple t;

    if (op->res < 0)
        return;
    if (!sk_tuple_read(op->ev, 1, &t)) {
        op->st->ev_fd = (struct sk_event_fd){.num = op->res, .fd = sk_state_fd(op->th, op->res)};
        return;
    }
    if (op->ev->type == EV_ACCEPT4)
        fd.open_flags = (uint32_t)sk_fd_u64(op->ev, 5) & FD_O_CLOEXEC;
    if (t.family == TUPLE_UNIX) {
        fd.type = SK_FD_UNIX;
        fd.unix_src = t.src;
        fd.unix_dst = t.dst;
        fd.name = sk_tuple_unix_name(op->st->tmp, &t);
    } else {
        sk_tuple_set_ends(&fd, &t);
        fd.l4proto = SK_L4_TCP;
        fd.flags |= SK_FDF_NAMED;
    }
    sk_fd_add(op, &fd);
}

void sk_fd_on_socketpair(const struct sk_fd_op *op)
{
    struct sk_fd fd = {.type = SK_FD_UNIX};
    const struct sk_fd *first;
    int64_t other = sk_fd_i64(op->ev, 2);

    fd.num = sk_fd_i64(op->ev, 1);
    if (op->res < 0 || fd.num == other)
        return;
    fd.unix_src = sk_fd_u64(op->ev, 3);
    fd.unix_dst = sk_fd_u64(op->ev, 4);
    sk_fd_add(op, &fd);
    first = op->st->ev_fd.fd;
    fd.num = other;
    sk_fd_add(op, &fd);
    op->st->ev_fd.fd = first; /* Falco shows the number of the second, and the first */
}

/* How a connect that was still going on has ended. */
void sk_fd_on_getsockopt(const struct sk_fd_op *op)
{
    struct sk_str val = sk_event_bytes(op->ev, 4);
    struct sk_fd *fd;
    int64_t err;

    if (op->res < 0 || !op->st->ev_fd.fd || sk_fd_u64(op->ev, 2) != LEVEL_SOCKET ||
        sk_fd_u64(op->ev, 3) != OPTION_ERROR || val.n != 1 + sizeof(err))
        return;
    memcpy(&err, val.p + 1, sizeof(err));
    fd = sk_fd_edit(op);
    if (!fd)
        return;
    fd->flags = (fd->flags & ~(uint32_t)STATUS) | (err < 0 ? SK_FDF_FAILED : SK_FDF_CONNECTED);
    op->st->ev_fd.error = err;
}
