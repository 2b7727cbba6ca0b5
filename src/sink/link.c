/* SPDX-License-Identifier: Apache-2.0 */
/* link.c - sockets that do not block, and deadlines for everything that waits. */
#include "sink/link.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sink/io.h"
#include "sink/tls.h"

#define SK_LINK_SEND_BYTES (256 << 10) /* what may wait unread in the kernel */

static const char *parse_port(const char *text, char *out, size_t size)
{
    uint64_t port;

    if (sk_parse_u64(text, strlen(text), &port) || !port || port > 65535)
        return "the port must be a number from 1 to 65535";
    snprintf(out, size, "%u", (unsigned)port);
    return NULL;
}

static const char *parse_host(const char *text, struct sk_link_address *out)
{
    const char *end = *text == '[' ? strchr(text, ']') : strchrnul(text, ':');
    const char *host = *text == '[' ? text + 1 : text;

    if (!end)
        return "']' is missing behind the address";
    if (end == host)
        return "a host is missing";
    if ((size_t)(end - host) >= sizeof(out->host) || strcspn(host, "/ \t") < (size_t)(end - host))
        return "this is no name of a host";
    snprintf(out->host, sizeof(out->host), "%.*s", (int)(end - host), host);
    end += *end == ']';
    snprintf(out->port, sizeof(out->port), "%s", out->kind == SK_LINK_TLS ? "6514" : "514");
    if (*end == ':')
        return parse_port(end + 1, out->port, sizeof(out->port));
    return *end ? "':PORT' is expected behind the host" : NULL;
}

const char *sk_link_parse(const char *text, struct sk_link_address *out)
{
    static const struct {
        const char *scheme;
        enum sk_link_kind kind;
    } known[] = {{"unix://", SK_LINK_UNIX},
                 {"udp://", SK_LINK_UDP},
                 {"tcp://", SK_LINK_TCP},
                 {"tls://", SK_LINK_TLS}};

    for (size_t i = 0; i < SK_ARRAY_LEN(known); i++) {
        size_t n = strlen(known[i].scheme);

        if (strncmp(text, known[i].scheme, n) != 0)
            continue;
        *out = (struct sk_link_address){.kind = known[i].kind};
        text += n;
        if (out->kind != SK_LINK_UNIX)
            return parse_host(text, out);
        if (*text != '/')
            return "an absolute path is expected";
        if (strlen(text) >= sizeof(((struct sockaddr_un *)0)->sun_path))
            return "the path is too long for a socket";
        snprintf(out->host, sizeof(out->host), "%s", text);
        return NULL;
    }
    return "unix://, udp://, tcp:// or tls:// is expected";
}

static int fault(struct sk_link *l, int err, const char *text)
{
    if (l->to.kind == SK_LINK_UNIX)
        snprintf(l->why, sizeof(l->why), "%s: %s", l->to.host, text);
    else
        snprintf(l->why, sizeof(l->why), "%s port %s: %.128s", l->to.host, l->to.port, text);
    return err;
}

static int fault_errno(struct sk_link *l, int err)
{
    return fault(l, err, strerror(-err));
}

/* Waits for a connect() that goes on. */
static int finish_connect(int fd, uint64_t deadline)
{
    socklen_t n = sizeof(int);
    int err = sk_io_wait(fd, POLLOUT, deadline), so = 0;

    if (err)
        return err;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &so, &n) ? -errno : -so;
}

static int connect_to(const struct sockaddr *a, socklen_t n, int type, uint64_t deadline)
{
    sk_auto(fd) int fd = socket(a->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int err = 0;

    if (fd < 0)
        return -errno;
    if (connect(fd, a, n))
        err = errno == EINPROGRESS || errno == EAGAIN ? finish_connect(fd, deadline) : -errno;
    return err ? err : SK_TAKE_FD(fd);
}

static int open_unix(struct sk_link *l, uint64_t deadline)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    /* sk_link_parse() has seen to its length. */
    memcpy(a.sun_path, l->to.host, strnlen(l->to.host, sizeof(a.sun_path) - 1));
    return connect_to((struct sockaddr *)&a, sizeof(a), SOCK_DGRAM, deadline);
}

static void tune_stream(const struct sk_link *l, int fd)
{
    const int one = 1, bytes = SK_LINK_SEND_BYTES;
    const unsigned ms = l->timeout_ms;

    /* None of them is vital: an old kernel may refuse one. */
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
}

/* The first address of the host that answers. */
static int open_inet(struct sk_link *l, uint64_t deadline)
{
    const int type = sk_link_is_stream(l) ? SOCK_STREAM : SOCK_DGRAM;
    const struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    int rc = getaddrinfo(l->to.host, l->to.port, &hints, &list), fd = -EHOSTUNREACH;

    if (rc)
        return fault(l, -EHOSTUNREACH, gai_strerror(rc));
    for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next)
        fd = connect_to(a->ai_addr, a->ai_addrlen, type, deadline);
    freeaddrinfo(list);
    if (fd >= 0 && type == SOCK_STREAM)
        tune_stream(l, fd);
    return fd < 0 ? fault_errno(l, fd) : fd;
}

int sk_link_open(struct sk_link *l)
{
    const uint64_t deadline = sk_io_deadline(l->timeout_ms);
    int err = 0;

    if (l->fd >= 0)
        return 0;
    l->fd = l->to.kind == SK_LINK_UNIX ? open_unix(l, deadline) : open_inet(l, deadline);
    if (l->fd < 0) {
        err = l->to.kind == SK_LINK_UNIX ? fault_errno(l, l->fd) : l->fd;
        l->fd = -1;
        return err;
    }
    if (l->to.kind == SK_LINK_TLS)
        err = sk_tls_connect(l->tls, l->fd, l->to.host, deadline);
    if (err) {
        fault(l, err, sk_tls_why(l->tls));
        fd_freep(&l->fd);
    }
    return err;
}

int sk_link_send(struct sk_link *l, struct sk_str text)
{
    const uint64_t deadline = sk_io_deadline(l->timeout_ms);

    for (;;) {
        int err;

        if (send(l->fd, text.p, text.n, MSG_NOSIGNAL) >= 0)
            return 0;
        err = -errno;
        if (err == -EAGAIN || err == -ENOBUFS) {
            /* ENOBUFS is no matter of poll(): the pause is what helps. */
            if (err == -ENOBUFS)
                poll(NULL, 0, 1);
            err = sk_io_wait(l->fd, POLLOUT, deadline);
            if (!err && sk_io_left(deadline))
                continue;
            err = -ETIMEDOUT;
        }
        if (err != -EINTR)
            return fault_errno(l, err);
    }
}

ssize_t sk_link_write(struct sk_link *l, struct sk_str text, uint64_t deadline_ns)
{
    ssize_t n;
    int err;

    if (l->to.kind == SK_LINK_TLS) {
        n = sk_tls_write(l->tls, text.p, text.n, deadline_ns);
        return n < 0 ? fault(l, (int)n, sk_tls_why(l->tls)) : n;
    }
    for (;;) {
        n = send(l->fd, text.p, text.n, MSG_NOSIGNAL);
        if (n >= 0)
            return n;
        err = errno == EAGAIN ? sk_io_wait(l->fd, POLLOUT, deadline_ns) : -errno;
        if (err && err != -EINTR)
            return fault_errno(l, err);
    }
}

bool sk_link_gone(struct sk_link *l)
{
    char p[4096];
    ssize_t n;

    if (l->to.kind == SK_LINK_TLS)
        return sk_tls_gone(l->tls);
    /* A log server says nothing; what it says nevertheless is read, or it would fill the buffer. */
    do
        n = recv(l->fd, p, sizeof(p), MSG_DONTWAIT);
    while (n == (ssize_t)sizeof(p));
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

size_t sk_link_unread(const struct sk_link *l)
{
    int n = 0;

    return l->fd >= 0 && !ioctl(l->fd, SIOCOUTQ, &n) && n > 0 ? (size_t)n : 0;
}

void sk_link_close(struct sk_link *l)
{
    if (l->to.kind == SK_LINK_TLS && l->tls)
        sk_tls_close(l->tls);
    fd_freep(&l->fd);
}
