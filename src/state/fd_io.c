/* SPDX-License-Identifier: Apache-2.0 */
/* fd_io.c - what reading and writing tell about sockets: that they are connected or not, and, of
 * those that are not bound to one peer, who the peer of this datagram is. */
#include "state/tuple.h"

enum {
    EV_SEND = 29,
    EV_SENDTO = 31,
    EV_RECV = 33,
    EV_RECVFROM = 35,
    EV_SENDMSG = 49,
    EV_SENDMMSG = 51,
    EV_RECVMSG = 53,
    EV_RECVMMSG = 55,
};
#define STATUS (SK_FDF_CONNECTED | SK_FDF_FAILED)
#define ROLES  (SK_FDF_CLIENT | SK_FDF_SERVER)

static void set_connected(const struct sk_fd_op *op)
{
    const struct sk_fd *fd = op->st->ev_fd.fd;
    struct sk_fd *mine;

    if (!sk_fd_is_ip_sock(fd) || (fd->flags & STATUS) == SK_FDF_CONNECTED)
        return;
    mine = sk_fd_edit(op);
    if (mine)
        mine->flags = (mine->flags & ~(uint32_t)STATUS) | SK_FDF_CONNECTED;
}

/* Does the process use that port with another socket as well? */
static bool has_port(const struct sk_fd_op *op, uint16_t port, bool as_server)
{
    const struct sk_fd *fd;

    for (size_t it = 0; (fd = sk_state_fd_next(op->th, &it));) {
        if (fd->type == SK_FD_IPV4_SOCK && (as_server ? fd->dport : fd->sport) == port)
            return true;
        if (as_server && fd->type == SK_FD_IPV4_SERVSOCK && fd->sport == port)
            return true;
    }
    return false;
}

/* A server usually begins with a read, a client with a write. */
static uint32_t guess_role(const struct sk_fd_op *op, const struct sk_fd *fd, bool incoming)
{
    bool own = fd->type == SK_FD_IPV4_SOCK; /* it counts itself */

    if (!own && !has_port(op, fd->dport, true))
        return SK_FDF_CLIENT;
    if (!own && !has_port(op, fd->sport, false))
        return SK_FDF_SERVER;
    return incoming ? SK_FDF_SERVER : SK_FDF_CLIENT;
}

static bool same_ends(const struct sk_fd *a, const struct sk_fd *b)
{
    return a->type == b->type && a->sport == b->sport && a->dport == b->dport &&
           memcmp(a->sip, b->sip, sizeof(a->sip)) == 0 &&
           memcmp(a->dip, b->dip, sizeof(a->dip)) == 0;
}

static void adopt(const struct sk_fd_op *op, const struct sk_tuple *t, bool incoming)
{
    const struct sk_fd *old = op->st->ev_fd.fd;
    struct sk_fd fd = *old, *mine;
    bool named = old->flags & SK_FDF_NAMED, changed;

    if (t->family == TUPLE_UNIX) {
        fd.type = SK_FD_UNIX;
        fd.unix_src = t->src;
        fd.unix_dst = t->dst;
        sk_fd_rename(op, &fd, sk_tuple_unix_name(op->st->tmp, t));
        return;
    }
    if (!sk_tuple_set_ends(&fd, t))
        return;
    /* A connection would not change its ends. */
    if (fd.l4proto == SK_L4_UNKNOWN)
        fd.l4proto = SK_L4_UDP;
    sk_fd_complete(op->st, &fd);
    if (!(fd.flags & ROLES))
        fd.flags |= guess_role(op, &fd, incoming);
    if (fd.flags & (incoming ? SK_FDF_CLIENT : SK_FDF_SERVER))
        sk_fd_swap_ends(&fd);
    fd.flags |= SK_FDF_NAMED;
    /* It may only be told again, without the address that was filled in. */
    changed = !named || !same_ends(&fd, old);
    if (!named && fd.name.n) {
        fd.name = SK_STR("");
        sk_fd_add(op, &fd);
    } else {
        mine = sk_fd_edit(op);
        if (!mine)
            return;
        fd.refs = mine->refs;
        fd.name = mine->name;
        fd.raw = mine->raw;
        *mine = fd;
    }
    op->st->ev_fd.name_changed = changed;
}

static void io(const struct sk_fd_op *op, unsigned tuple_at, bool incoming)
{
    const struct sk_fd *fd = op->st->ev_fd.fd;
    struct sk_tuple t;
    bool tcp;

    if (!fd || op->res < 0)
        return;
    set_connected(op);
    fd = op->st->ev_fd.fd;
    tcp = fd->type == SK_FD_IPV4_SOCK && fd->l4proto == SK_L4_TCP;
    if (!tuple_at || (tcp && (fd->name.n || fd->flags & SK_FDF_NAMED)) ||
        !sk_tuple_read(op->ev, tuple_at, &t))
        return;
    if (t.family == TUPLE_UNIX || sk_tuple_is_news(fd, &t))
        adopt(op, &t, incoming);
}

void sk_fd_on_read(const struct sk_fd_op *op)
{
    unsigned at = 0;

    switch (op->ev->type) {
    case EV_RECVFROM:
        at = 2;
        break;
    case EV_RECVMSG:
        at = 3;
        break;
    case EV_RECVMMSG:
    case EV_RECV:
        at = 4;
        break;
    default:
        break;
    }
    if (sk_event_bytes(op->ev, 0).n)
        io(op, at, true);
}

/* Who sends through what nobody saw being made has lost its `socket`: most likely it is UDP. */
static void infer_socket(const struct sk_fd_op *op)
{
    struct sk_fd fd = {.l4proto = SK_L4_UDP};
    struct sk_str tuple = sk_event_bytes(op->ev, 4);

    fd.num = op->st->ev_fd.num;
    if (op->res < 0 || !tuple.n || (tuple.p[0] != TUPLE_IP4 && tuple.p[0] != TUPLE_IP6))
        return;
    fd.type = tuple.p[0] == TUPLE_IP4 ? SK_FD_IPV4_SOCK : SK_FD_IPV6_SOCK;
    sk_fd_add(op, &fd);
}

void sk_fd_on_write(const struct sk_fd_op *op)
{
    uint16_t type = op->ev->type;
    bool one = type == EV_SEND || type == EV_SENDTO || type == EV_SENDMSG;

    if (!sk_event_bytes(op->ev, 0).n)
        return;
    if (one && !op->st->ev_fd.fd)
        infer_socket(op);
    io(op, one || type == EV_SENDMMSG ? 4 : 0, false);
}
