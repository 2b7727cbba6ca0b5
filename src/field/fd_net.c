/* SPDX-License-Identifier: Apache-2.0 */
/* fd_net.c - fd.*: who is at the ends of a socket, and how they talk. */
#include "field/extract.h"
#include "field/fd_view.h"
#include "field/services.h"

/* include/net/tcp_states.h */
enum { SOCK_ESTABLISHED = 1, SOCK_CLOSE = 7, SOCK_LISTEN = 10 };

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

/* A capture says of which port a socket waits, whoever made it wait. */
static bool is_own_port(const struct sk_fd_view *v, enum sk_field_id id)
{
    return !v->remote.known && (id == SK_FLD_FD_SPORT || id == SK_FLD_FD_SPROTO);
}

/* The ends of an internet socket; returns how many are known. A bound socket without peer only has
 * a server: local and remote are questions about connections. */
static size_t ends_for(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                       struct sk_fd_view *v, const struct sk_fd_end *end[2])
{
    const struct sk_fd_end *e;
    size_t n = 0;

    if (!sk_fd_view(cx, v) || !sk_fd_is_ip(v->type))
        return 0;
    if (v->roleless && which_end(sk_field_id(ref)) != END_ANY && !is_own_port(v, sk_field_id(ref)))
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

/* Sockets of captures that have no such end have no service either, but are not without an answer. */
static bool is_empty_proto(const struct sk_fd_view *v, enum sk_field_id id)
{
    uint32_t roles = SK_FDF_CLIENT | SK_FDF_SERVER;

    if (!v->fd || (v->remote.known && sk_fd_is_ip(v->type)))
        return false;
    if (id == SK_FLD_FD_CPROTO)
        return (v->fd->flags & roles) != 0;
    return id == SK_FLD_FD_SPROTO && sk_fd_is_ip(v->type);
}

bool sk_f_fd_proto(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v = {0};
    const struct sk_fd_end *end[2];
    size_t n = ends_for(cx, ref, &v, end);
    struct sk_str name;
    char *digits;

    if (is_empty_proto(&v, sk_field_id(ref)))
        return sk_give_text(ref, SK_STR(""), out);
    if (!n)
        return false;
    name = sk_services_name(cx->services, end[0]->port, v.l4proto == SK_L4_UDP);
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
    struct sk_fd_view v;
    const char *name = "<NA>";

    if (!sk_fd_view(cx, &v) || !v.resolved)
        return false;
    if (v.l4proto < SK_ARRAY_LEN(names) && names[v.l4proto])
        name = names[v.l4proto];
    return sk_give_text(ref, sk_str(name), out);
}

bool sk_f_fd_sockfamily(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    struct sk_fd_view v;

    if (!sk_fd_view(cx, &v))
        return false;
    if (sk_fd_is_ip(v.type))
        return sk_give_text(ref, SK_STR("ip"), out);
    return v.type == SK_FD_UNIX && sk_give_text(ref, SK_STR("unix"), out);
}

bool sk_f_fd_is_server(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_fd_view v;

    if (!sk_fd_view(cx, &v) || !v.resolved)
        return false;
    if (v.fd && sk_fd_is_ip_sock(v.fd)) /* whose is the address that is served */
        v.server = sk_state_local_ip(cx->st, cx->proc, v.fd->dip, v.type == SK_FD_IPV6_SOCK);
    return sk_give_bool(ref, v.server, out);
}

bool sk_f_fd_connected(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_x_sock *x = cx->ev->sock.x;
    struct sk_fd_view v;
    bool yes = false;

    if (!sk_fd_view(cx, &v) || !v.resolved)
        return false;
    if (v.fd)
        yes = (v.fd->flags & SK_FDF_CONNECTED) != 0;
    else if (x && x->l4proto == SK_L4_TCP)
        yes = v.remote.known && !v.adopted && x->state != SOCK_CLOSE && x->state != SOCK_LISTEN;
    else if (x)
        yes = x->state == SOCK_ESTABLISHED;
    return sk_give_bool(ref, yes, out);
}
