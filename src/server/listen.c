/* SPDX-License-Identifier: Apache-2.0 */
/* listen.c - binds the socket ourselves, so that "the port is taken" and "the certificate is bad" are two
 * messages, and so that a path works like an address. */
#include "server/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

union any {
    struct sockaddr sa;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un un;
};

static int to_unix(const char *path, union any *out, socklen_t *out_n)
{
    const size_t n = strlen(path);

    if (path[0] != '/' || n >= sizeof(out->un.sun_path))
        return -EINVAL;
    out->un = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out->un.sun_path, path, n + 1);
    *out_n = sizeof(out->un);
    return 0;
}

static int parse(const char *address, uint16_t port, union any *out, socklen_t *out_n)
{
    const size_t scheme = strlen(SK_UNIX_SCHEME);

    *out = (union any){0};
    if (!strncmp(address, SK_UNIX_SCHEME, scheme))
        return to_unix(address + scheme, out, out_n);
    if (inet_pton(AF_INET, address, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        *out_n = sizeof(out->v4);
        return 0;
    }
    if (inet_pton(AF_INET6, address, &out->v6.sin6_addr) != 1)
        return -EINVAL;
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(port);
    *out_n = sizeof(out->v6);
    return 0;
}

/* A path where nobody answers any more is free. */
static void remove_stale(const struct sockaddr_un *un)
{
    sk_auto(fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct stat st;

    if (fd < 0 || lstat(un->sun_path, &st) || !S_ISSOCK(st.st_mode))
        return;
    if (connect(fd, (const struct sockaddr *)un, sizeof(*un)) && errno == ECONNREFUSED)
        (void)unlink(un->sun_path);
}

int sk_listen(const char *address, uint16_t port, int *out, struct sk_diag *dg)
{
    const int one = 1;
    union any a;
    socklen_t n;

    if (parse(address, port, &a, &n))
        return sk_err(dg, -EINVAL, NULL, "'%s' is no address to listen on", address);
    sk_auto(fd) int fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return sk_err(dg, -errno, NULL, "cannot make a socket for '%s': %s", address,
                      strerror(errno));
    if (a.sa.sa_family == AF_UNIX) {
        remove_stale(&a.un);
        /* Linux gives the path the mode of the socket's own inode. */
        if (fchmod(fd, 0600))
            return sk_err(dg, -errno, NULL, "cannot protect '%s': %s", address, strerror(errno));
    } else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one))) {
        return sk_err(dg, -errno, NULL, "cannot prepare '%s': %s", address, strerror(errno));
    }
    if (bind(fd, &a.sa, n) || listen(fd, BACKLOG))
        return sk_err(dg, -errno, NULL, "cannot listen on '%s' port %u: %s", address, port,
                      strerror(errno));
    *out = SK_TAKE_FD(fd);
    return 0;
}

static bool v6_is_local(const struct in6_addr *a)
{
    return IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

bool sk_peer_is_local(const struct sockaddr *peer)
{
    if (peer->sa_family == AF_UNIX)
        return true;
    if (peer->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)peer)->sin_addr.s_addr) >> 24 == 127;
    return peer->sa_family == AF_INET6 &&
           v6_is_local(&((const struct sockaddr_in6 *)peer)->sin6_addr);
}

bool sk_listen_is_local(const char *address)
{
    union any a;
    socklen_t n;

    return !parse(address, 0, &a, &n) && sk_peer_is_local(&a.sa);
}
