/* SPDX-License-Identifier: Apache-2.0 */
/* net.c - addresses of the captured machine, and what follows from them for its sockets.
 *
 * A capture tells the two ends of a connection, not which of them is local, nor who serves. */
#include <arpa/inet.h>
#include <errno.h>

#include "state/tuple.h"

#define IFACES_MAX 1024u
#define IPV6_NET   8u /* bytes of an IPv6 address that name its network */
#define PORT_BITS  65536u
#define WORD_BITS  64u

static const uint8_t none[16];

int sk_state_add_iface(struct sk_state *st, const struct sk_iface *ifc)
{
    if (st->ifaces_n >= IFACES_MAX) {
        st->stats.evicted++;
        return -ENOSPC;
    }
    if (!st->ifaces)
        st->ifaces = calloc(IFACES_MAX, sizeof(*st->ifaces));
    if (!st->ifaces)
        return -ENOMEM;
    st->ifaces[st->ifaces_n++] = *ifc;
    return 0;
}

void sk_ifaces_free(struct sk_state *st)
{
    free(st->ifaces);
    st->ifaces = NULL;
    st->ifaces_n = 0;
}

static bool same_net(const struct sk_iface *f, const uint8_t *ip)
{
    if (f->v6)
        return memcmp(f->ip, ip, IPV6_NET) == 0;
    for (unsigned i = 0; i < 4; i++)
        if ((f->ip[i] & f->mask[i]) != (ip[i] & f->mask[i]))
            return false;
    return true;
}

static bool is_loopback(const struct sk_iface *f)
{
    static const uint8_t lo4[4] = {127, 0, 0, 1}, lo6[16] = {[15] = 1};

    return memcmp(f->ip, f->v6 ? lo6 : lo4, f->v6 ? 16 : 4) == 0;
}

/* The local address from which `peer` is reached; zeros: unknown. */
static const uint8_t *address_to(const struct sk_state *st, const uint8_t *peer, bool v6)
{
    const uint8_t *net = NULL, *any = NULL;

    for (uint32_t i = 0; i < st->ifaces_n; i++) {
        const struct sk_iface *f = &st->ifaces[i];

        if (f->v6 != v6)
            continue;
        if (memcmp(f->ip, peer, v6 ? 16 : 4) == 0)
            return f->ip;
        if (!net && same_net(f, peer))
            net = f->ip;
        if (!any && !is_loopback(f))
            any = f->ip;
    }
    return net ? net : any ? any : none;
}

void sk_fd_complete(const struct sk_state *st, struct sk_fd *fd)
{
    bool v6 = fd->type == SK_FD_IPV6_SOCK;
    size_t n = v6 ? 16 : 4;
    uint8_t *missing, *other;
    const uint8_t *found;

    if (fd->type != SK_FD_IPV4_SOCK && !v6)
        return;
    if (memcmp(fd->sip, none, n) == 0) {
        missing = fd->sip;
        other = fd->dip;
    } else if (memcmp(fd->dip, none, n) == 0) {
        missing = fd->dip;
        other = fd->sip;
    } else {
        return;
    }
    found = address_to(st, other, v6);
    /* A socket does not talk to itself. */
    if (memcmp(found, other, n) != 0 || fd->sport != fd->dport)
        memcpy(missing, found, n);
}

bool sk_state_local_ip(const struct sk_state *st, const struct sk_proc *p, const uint8_t *ip,
                       bool v6)
{
    if (p && p->container_id.n != 0)
        return false;
    for (uint32_t i = 0; i < st->ifaces_n; i++) {
        const struct sk_iface *f = &st->ifaces[i];

        if (f->v6 == v6 && memcmp(f->ip, ip, v6 ? IPV6_NET : 4) == 0)
            return true;
    }
    return false;
}

/* Connections of which the local end has a port that somebody listens on are those of clients that
 * came to us; all others went out. */
void sk_fds_guess_roles(struct sk_state *st)
{
    static const uint64_t empty[PORT_BITS / WORD_BITS];
    uint64_t served[PORT_BITS / WORD_BITS];
    struct sk_proc *p;
    size_t it = 0;

    st->fds_fresh = false;
    memcpy(served, empty, sizeof(served));
    while ((p = sk_map_next(st->procs, &it))) {
        const struct sk_fd *fd;

        for (size_t k = 0; (fd = sk_fdtable_next(p->fds, &k));)
            if (fd->type == SK_FD_IPV4_SERVSOCK || fd->type == SK_FD_IPV6_SERVSOCK)
                served[fd->sport / WORD_BITS] |= 1ull << (fd->sport % WORD_BITS);
    }
    for (it = 0; (p = sk_map_next(st->procs, &it));) {
        struct sk_fd *fd;

        for (size_t k = 0; (fd = sk_fdtable_next(p->fds, &k));) {
            if (fd->type != SK_FD_IPV4_SOCK || fd->flags & (SK_FDF_CLIENT | SK_FDF_SERVER))
                continue;
            if (served[fd->sport / WORD_BITS] >> (fd->sport % WORD_BITS) & 1) {
                sk_fd_swap_ends(fd);
                fd->flags |= SK_FDF_SERVER;
            } else {
                fd->flags |= SK_FDF_CLIENT;
            }
        }
    }
}

enum sk_l4proto sk_fd_l4proto(const struct sk_fd *fd)
{
    switch (fd->type) {
    case SK_FD_IPV4_SERVSOCK:
    case SK_FD_IPV6_SERVSOCK:
        return (enum sk_l4proto)fd->l4proto;
    case SK_FD_IPV4_SOCK:
    case SK_FD_IPV6_SOCK:
        if (fd->l4proto != SK_L4_RAW && !(fd->flags & (SK_FDF_CLIENT | SK_FDF_SERVER)))
            return SK_L4_NA;
        return (enum sk_l4proto)fd->l4proto;
    default:
        return SK_L4_NA;
    }
}

static size_t end_text(const uint8_t *ip, bool v6, const uint16_t *port, char *to, size_t max)
{
    size_t n;

    if (!inet_ntop(v6 ? AF_INET6 : AF_INET, ip, to, (socklen_t)max))
        return 0;
    n = strlen(to);
    return port ? n + (size_t)snprintf(to + n, max - n, ":%u", *port) : n;
}

struct sk_str sk_fd_text(const struct sk_fd *fd, char buf[SK_FD_TEXT_MAX])
{
    bool v6 = fd->type == SK_FD_IPV6_SOCK || fd->type == SK_FD_IPV6_SERVSOCK;
    bool ports = fd->l4proto == SK_L4_TCP || fd->l4proto == SK_L4_UDP;
    size_t n, half = SK_FD_TEXT_MAX / 2;

    if (!(fd->flags & SK_FDF_NAMED))
        return fd->name;
    if (fd->type == SK_FD_IPV4_SERVSOCK || fd->type == SK_FD_IPV6_SERVSOCK)
        return (struct sk_str){buf, end_text(fd->sip, v6, &fd->sport, buf, half)};
    if (!ports && fd->l4proto != SK_L4_ICMP && (v6 || fd->l4proto != SK_L4_RAW))
        return SK_STR("<unknown>");
    n = end_text(fd->sip, v6, ports ? &fd->sport : NULL, buf, half);
    memcpy(buf + n, "->", 2);
    n += 2;
    n += end_text(fd->dip, v6, ports ? &fd->dport : NULL, buf + n, half);
    return (struct sk_str){buf, n};
}
