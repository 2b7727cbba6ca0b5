/* SPDX-License-Identifier: Apache-2.0 */
/* params_net.c - sockets of IPv4 and IPv6, and those without an address: tuples, both ends, roles. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

union addr {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    char room[128];
};

static socklen_t make_addr(union addr *a, const char *ip, uint16_t port)
{
    memset(a, 0, sizeof(*a));
    if (strchr(ip, ':')) {
        a->in6.sin6_family = AF_INET6;
        a->in6.sin6_port = htons(port);
        NEED(inet_pton(AF_INET6, ip, &a->in6.sin6_addr) == 1);
        return sizeof(a->in6);
    }
    a->in.sin_family = AF_INET;
    a->in.sin_port = htons(port);
    NEED(inet_pton(AF_INET, ip, &a->in.sin_addr) == 1);
    return sizeof(a->in);
}

static uint16_t own_port(int fd)
{
    union addr a;
    socklen_t n = sizeof(a);

    NEED(getsockname(fd, &a.sa, &n) == 0);
    return ntohs(a.sa.sa_family == AF_INET ? a.in.sin_port : a.in6.sin6_port);
}

static int bound(const char *ip, int type)
{
    union addr a;
    socklen_t n = make_addr(&a, ip, 0);
    int fd = socket(a.sa.sa_family, type, 0);

    if (fd < 0 || bind(fd, &a.sa, n))
        skip_case("no such address here");
    if (type == SOCK_STREAM)
        NEED(listen(fd, 8) == 0);
    return fd;
}

/* The text of a tuple: "1.2.3.4:5->6.7.8.9:10" as it is shown. */
static void is_tuple(const char *from, uint16_t from_port, const char *to, uint16_t to_port)
{
    char text[160];

    snprintf(text, sizeof(text), "%s:%u->%s:%u", from, from_port, to, to_port);
    is_shown("tuple", text);
}

static void is_addr(const char *ip, uint16_t port)
{
    char text[80];

    snprintf(text, sizeof(text), "%s:%u", ip, port);
    is_shown("addr", text);
}

static void sockets(void)
{
    start();
    long fd = CALL(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    event("socket");
    is_int("fd", fd);
    is_shown("domain", "AF_INET");
    is_int("type", SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK);
    is_int("proto", IPPROTO_TCP);
    is_shown("flags", "O_NONBLOCK|O_CLOEXEC");
    is_sock(fd, &(struct sock_want){.type = SK_FD_IPV4_SOCK,
                                    .family = AF_INET,
                                    .sk_type = SOCK_STREAM,
                                    .l4 = SK_L4_TCP});
    fd = CALL(SYS_socket, AF_INET6, SOCK_DGRAM, 0);
    event("socket");
    is_shown("domain", "AF_INET6");
    is_int("type", SOCK_DGRAM);
    is_int("flags", 0);
    is_sock(fd, &(struct sock_want){.type = SK_FD_IPV6_SOCK,
                                    .family = AF_INET6,
                                    .sk_type = SOCK_DGRAM,
                                    .l4 = SK_L4_UDP});
    fd = CALL(SYS_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP);
    event("socket");
    is_int("type", SOCK_RAW);
    is_sock(fd,
            &(struct sock_want){
                .type = SK_FD_IPV4_SOCK, .family = AF_INET, .sk_type = SOCK_RAW, .l4 = SK_L4_RAW});
    fd = CALL(SYS_socket, 4444, SOCK_STREAM, 0);
    event("socket");
    is_shown("fd", "EAFNOSUPPORT");
}

static void sockets_without_address(void)
{
    start();
    long fd = CALL(SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    event("socket");
    is_int("fd", fd);
    is_int("domain", AF_NETLINK);
    is_sock(fd,
            &(struct sock_want){
                .type = SK_FD_NETLINK, .family = AF_NETLINK, .sk_type = SOCK_RAW, .l4 = SK_L4_NA});
    struct sockaddr_nl nl = {.nl_family = AF_NETLINK};
    long ret = CALL(SYS_bind, fd, P(&nl), sizeof(nl));
    event("bind");
    is_result("res", ret);
    is_null("addr");
    fd = CALL(SYS_socket, AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    event("socket");
    is_result("fd", fd);
    is_shown("domain", "AF_PACKET");
    if (fd >= 0)
        is_sock(fd, &(struct sock_want){.type = SK_FD_UNSUPPORTED,
                                        .family = AF_PACKET,
                                        .sk_type = SOCK_RAW,
                                        .l4 = SK_L4_NA});
}

static void server_of(const char *ip, int type)
{
    bool v6 = strchr(ip, ':');
    union addr a;
    socklen_t n = make_addr(&a, ip, 0);
    int fd = socket(a.sa.sa_family, SOCK_STREAM, 0), probe = bound(ip, SOCK_STREAM);
    uint16_t port = own_port(probe);

    NEED(fd >= 0 && close(probe) == 0);
    n = make_addr(&a, ip, port);
    start();
    long ret = CALL(SYS_bind, fd, P(&a), n);
    event("bind");
    is_result("res", ret);
    is_int("fd", fd);
    is_addr(ip, port);
    is_sock(fd, &(struct sock_want){.type = type,
                                    .family = v6 ? AF_INET6 : AF_INET,
                                    .sk_type = SOCK_STREAM,
                                    .l4 = SK_L4_TCP,
                                    .local = ip,
                                    .lport = port});
    ret = CALL(SYS_listen, fd, 7);
    event("listen");
    is_result("res", ret);
    is_int("fd", fd);
    is_int("backlog", 7);
    is_sock(fd, &(struct sock_want){.type = v6 ? SK_FD_IPV6_SERVSOCK : SK_FD_IPV4_SERVSOCK,
                                    .family = v6 ? AF_INET6 : AF_INET,
                                    .sk_type = SOCK_STREAM,
                                    .l4 = SK_L4_TCP,
                                    .server = 1,
                                    .local = ip,
                                    .lport = port});
}

static void server4(void)
{
    server_of("127.0.0.1", SK_FD_IPV4_SOCK);
}
static void server6(void)
{
    server_of("::1", SK_FD_IPV6_SOCK);
}

/* connect, accept, accept4 and what both ends say. */
static void connection_of(const char *ip)
{
    int family = strchr(ip, ':') ? AF_INET6 : AF_INET, type;
    int lfd = bound(ip, SOCK_STREAM), fd = socket(family, SOCK_STREAM, 0);
    uint16_t port = own_port(lfd);
    union addr a;
    socklen_t n = make_addr(&a, ip, port);

    type = family == AF_INET ? SK_FD_IPV4_SOCK : SK_FD_IPV6_SOCK;
    start();
    long ret = CALL(SYS_connect, fd, P(&a), n);
    uint16_t mine = own_port(fd);
    event("connect");
    is_result("res", ret);
    is_int("fd", fd);
    is_tuple(ip, mine, ip, port);
    is_addr(ip, port);
    is_sock(fd, &(struct sock_want){.type = type,
                                    .family = family,
                                    .sk_type = SOCK_STREAM,
                                    .l4 = SK_L4_TCP,
                                    .local = ip,
                                    .lport = mine,
                                    .remote = ip,
                                    .rport = port});
    int fd2 = socket(family, SOCK_STREAM, 0);
    CALL(SYS_connect, fd2, P(&a), n);
    event("connect");
    is_int("fd", fd2);
    is_int("res", 0);
    union addr peer;
    socklen_t peer_n = sizeof(peer);
    long in = CALL(SYS_accept4, lfd, P(&peer), P(&peer_n), SOCK_CLOEXEC);
    event("accept4");
    is_int("fd", in);
    is_tuple(ip, mine, ip, port);
    is_int("queuemax", 8);
    is_int("queuelen", 1);
    is_int("queuepct", 12);
    is_int("flags", 0x1000); /* O_CLOEXEC on the wire */
    is_sock(in, &(struct sock_want){.type = type,
                                    .family = family,
                                    .sk_type = SOCK_STREAM,
                                    .l4 = SK_L4_TCP,
                                    .server = 1,
                                    .local = ip,
                                    .lport = port,
                                    .remote = ip,
                                    .rport = mine});
#ifdef SYS_accept
    in = CALL(SYS_accept, lfd, 0, 0);
    event("accept");
    is_int("fd", in);
    is_tuple(ip, own_port(fd2), ip, port);
    is_int("queuelen", 0);
#endif
}

static void connection4(void)
{
    connection_of("127.0.0.1");
}
static void connection6(void)
{
    connection_of("::1");
}

/* IPv4 through an IPv6 socket is IPv4. */
static void connection_mapped(void)
{
    int lfd = bound("127.0.0.1", SOCK_STREAM), fd = socket(AF_INET6, SOCK_STREAM, 0);
    uint16_t port = own_port(lfd);
    union addr a;

    if (fd < 0)
        skip_case("no IPv6 here");
    make_addr(&a, "::ffff:127.0.0.1", port);
    start();
    CALL(SYS_connect, fd, P(&a), sizeof(a.in6));
    uint16_t mine = own_port(fd);
    event("connect");
    is_int("res", 0);
    is_sock(fd, &(struct sock_want){.type = SK_FD_IPV4_SOCK,
                                    .family = AF_INET,
                                    .sk_type = SOCK_STREAM,
                                    .l4 = SK_L4_TCP,
                                    .local = "127.0.0.1",
                                    .lport = mine,
                                    .remote = "127.0.0.1",
                                    .rport = port});
    long in = CALL(SYS_accept4, lfd, 0, 0, 0);
    event("accept4");
    is_int("fd", in);
    is_tuple("127.0.0.1", mine, "127.0.0.1", port);
}

static void connect_fails(void)
{
    int lfd = bound("127.0.0.1", SOCK_STREAM), fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    uint16_t port = own_port(lfd);
    union addr a;

    make_addr(&a, "127.0.0.1", port);
    close(lfd);
    start();
    long ret = CALL(SYS_connect, fd, P(&a), sizeof(a.in));
    event("connect");
    is_result("res", ret);
    is_addr("127.0.0.1", port);
    ret = CALL(SYS_connect, 99, P(&a), sizeof(a.in));
    event("connect");
    is_shown("res", "EBADF");
    is_int("fd", 99);
    is_null("tuple");
    is_addr("127.0.0.1", port);
    ret = CALL(SYS_connect, fd, P(8), 16);
    event("connect");
    is_shown("res", "EFAULT");
    is_null("tuple");
    is_null("addr");
    ret = CALL(SYS_accept4, fd, 0, 0, 0);
    event("accept4");
    is_shown("fd", "EINVAL");
    is_null("tuple");
    ret = CALL(SYS_shutdown, fd, SHUT_WR);
    event("shutdown");
    is_result("res", ret);
    is_int("fd", fd);
    is_shown("how", "SHUT_WR");
}

/* Datagrams of a socket that is not connected: the peer is in the arguments. */
static void datagrams_of(const char *ip)
{
    int family = strchr(ip, ':') ? AF_INET6 : AF_INET;
    int to = bound(ip, SOCK_DGRAM), from = bound(ip, SOCK_DGRAM);
    uint16_t to_port = own_port(to), from_port = own_port(from);
    union addr a, b = {0};
    socklen_t n = make_addr(&a, ip, to_port), bn = sizeof(b);
    char buf[32];
    struct iovec iov[2] = {{(char *)"he", 2}, {(char *)"llo", 3}}, in = {buf, sizeof(buf)};
    struct msghdr out_msg = {.msg_name = &a, .msg_namelen = n, .msg_iov = iov, .msg_iovlen = 2};
    struct msghdr in_msg = {
        .msg_name = &b, .msg_namelen = sizeof(b), .msg_iov = &in, .msg_iovlen = 1};
    int type = family == AF_INET ? SK_FD_IPV4_SOCK : SK_FD_IPV6_SOCK;

    start();
    CALL(SYS_sendto, from, P("payload"), 7, 0, P(&a), n);
    event("sendto");
    is_int("res", 7);
    is_bytes("data", "payload", 7);
    is_int("fd", from);
    is_int("size", 7);
    is_tuple(ip, from_port, ip, to_port);
    is_sock(from, &(struct sock_want){.type = type,
                                      .family = family,
                                      .sk_type = SOCK_DGRAM,
                                      .l4 = SK_L4_UDP,
                                      .local = ip,
                                      .lport = from_port,
                                      .remote = ip,
                                      .rport = to_port});
    CALL(SYS_recvfrom, to, P(buf), sizeof(buf), 0, P(&b), P(&bn));
    event("recvfrom");
    is_int("res", 7);
    is_bytes("data", "payload", 7);
    is_int("fd", to);
    is_int("size", sizeof(buf));
    is_tuple(ip, from_port, ip, to_port);
    is_sock(to, &(struct sock_want){.type = type,
                                    .family = family,
                                    .sk_type = SOCK_DGRAM,
                                    .l4 = SK_L4_UDP,
                                    .local = ip,
                                    .lport = to_port,
                                    .remote = ip,
                                    .rport = from_port});
    CALL(SYS_sendmsg, from, P(&out_msg), 0);
    event("sendmsg");
    is_int("res", 5);
    is_bytes("data", "hello", 5);
    is_int("fd", from);
    is_int("size", 5);
    is_tuple(ip, from_port, ip, to_port);
    CALL(SYS_recvmsg, to, P(&in_msg), 0);
    event("recvmsg");
    is_int("res", 5);
    is_int("size", 5);
    is_bytes("data", "hello", 5);
    is_tuple(ip, from_port, ip, to_port);
    is_int("fd", to);
    is_null("msgcontrol");
}

static void datagrams4(void)
{
    datagrams_of("127.0.0.1");
}
static void datagrams6(void)
{
    datagrams_of("::1");
}

/* A connected socket, and calls that fail. */
static void stream_data(void)
{
    int lfd = bound("127.0.0.1", SOCK_STREAM), fd = socket(AF_INET, SOCK_STREAM, 0);
    uint16_t port = own_port(lfd);
    union addr a;
    char buf[16];

    make_addr(&a, "127.0.0.1", port);
    NEED(connect(fd, &a.sa, sizeof(a.in)) == 0);
    int in = accept(lfd, NULL, NULL);
    uint16_t mine = own_port(fd);
    start();
    CALL(SYS_sendto, fd, P("abc"), 3, 0, 0, 0);
    event("sendto");
    is_int("res", 3);
    is_tuple("127.0.0.1", mine, "127.0.0.1", port);
    CALL(SYS_recvfrom, in, P(buf), 16, 0, 0, 0);
    event("recvfrom");
    is_bytes("data", "abc", 3);
    is_tuple("127.0.0.1", mine, "127.0.0.1", port);
    CALL(SYS_recvfrom, in, P(buf), 16, MSG_DONTWAIT, 0, 0);
    event("recvfrom");
    is_shown("res", "EAGAIN");
    is_null("data");
    is_null("tuple");
    is_int("size", 16);
    CALL(SYS_write, in, P("xyz"), 3);
    event("write");
    is_int("fd", in);
    is_sock(in, &(struct sock_want){.type = SK_FD_IPV4_SOCK,
                                    .family = AF_INET,
                                    .sk_type = SOCK_STREAM,
                                    .l4 = SK_L4_TCP,
                                    .server = 1,
                                    .local = "127.0.0.1",
                                    .lport = port,
                                    .remote = "127.0.0.1",
                                    .rport = mine});
    CALL(SYS_sendto, 98, P("abc"), 3, 0, 0, 0);
    event("sendto");
    is_shown("res", "EBADF");
    is_bytes("data", "abc", 3);
    is_null("tuple");
}

/* One event a message. */
static void many_messages(void)
{
    int to = bound("127.0.0.1", SOCK_DGRAM), from = bound("127.0.0.1", SOCK_DGRAM);
    union addr a;
    char buf[2][16];
    struct iovec out[2] = {{(char *)"one", 3}, {(char *)"three", 5}};
    struct iovec in[2] = {{buf[0], 16}, {buf[1], 16}};
    struct mmsghdr m[2] = {0}, r[2] = {0};

    make_addr(&a, "127.0.0.1", own_port(to));
    for (int i = 0; i < 2; i++) {
        m[i].msg_hdr = (struct msghdr){
            .msg_name = &a, .msg_namelen = sizeof(a.in), .msg_iov = &out[i], .msg_iovlen = 1};
        r[i].msg_hdr = (struct msghdr){.msg_iov = &in[i], .msg_iovlen = 1};
    }
    start();
    CALL(SYS_sendmmsg, from, P(m), 2, 0);
    CALL(SYS_recvmmsg, to, P(r), 2, 0, 0);
    event("sendmmsg");
    is_int("res", 3);
    is_int("fd", from);
    is_int("size", 3);
    is_bytes("data", "one", 3);
    is_tuple("127.0.0.1", own_port(from), "127.0.0.1", own_port(to));
    event("sendmmsg");
    is_int("res", 5);
    is_bytes("data", "three", 5);
    event("recvmmsg");
    is_int("res", 3);
    is_int("fd", to);
    is_int("size", 3);
    is_bytes("data", "one", 3);
    event("recvmmsg");
    is_int("res", 5);
    is_bytes("data", "three", 5);
    CALL(SYS_recvmmsg, to, P(r), 2, MSG_DONTWAIT, 0);
    event("recvmmsg");
    is_shown("res", "EAGAIN");
    is_int("size", 0);
    is_null("data");
    is_null("tuple");
}

const struct param_case cases_net[] = {{"socket", sockets},
                                       {"socket without address", sockets_without_address},
                                       {"bind, listen IPv4", server4},
                                       {"bind, listen IPv6", server6},
                                       {"connect, accept IPv4", connection4},
                                       {"connect, accept IPv6", connection6},
                                       {"connect IPv4 over IPv6", connection_mapped},
                                       {"connect fails", connect_fails},
                                       {"datagrams IPv4", datagrams4},
                                       {"datagrams IPv6", datagrams6},
                                       {"stream data", stream_data},
                                       {"sendmmsg, recvmmsg", many_messages},
                                       {NULL, NULL}};
