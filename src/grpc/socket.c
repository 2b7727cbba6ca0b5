/* SPDX-License-Identifier: Apache-2.0 */
/* socket.c - the unix socket of the server.
 *
 * The library binds and listens in one step, with the mode that the umask leaves.  So it binds in a
 * new folder that is closed to others; the socket gets its mode there and is then moved to its
 * place, over a left-over one.  Whoever connects by path follows the move. */
#include "grpc/socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* As `mkdir -p` of all but the last part. */
static int make_folders(const char *path)
{
    char part[sizeof(((struct sockaddr_un *)0)->sun_path)];

    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        if (mkdir(part, 0755) && errno != EEXIST)
            return -errno;
    }
    return 0;
}

static bool answers(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    sk_auto(fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    return fd >= 0 && (!connect(fd, (struct sockaddr *)&to, sizeof(to)) || errno == EAGAIN);
}

static int check_place(const char *path, struct sk_diag *dg)
{
    struct stat st;

    if (lstat(path, &st))
        return errno == ENOENT
                   ? 0
                   : sk_err(dg, -errno, NULL, "grpc.bind_address: '%s': %s", path, strerror(errno));
    if (!S_ISSOCK(st.st_mode))
        return sk_err(dg, -EEXIST, NULL,
                      "grpc.bind_address: '%s' is there and is no socket; remove it", path);
    if (answers(path))
        return sk_err(dg, -EADDRINUSE, NULL, "grpc.bind_address: somebody listens on '%s' already",
                      path);
    return 0;
}

int sk_grpc_socket_begin(struct sk_grpc_socket *s, const char *path, struct sk_diag *dg)
{
    const size_t folder = path[0] == '/' ? (size_t)(strrchr(path, '/') - path) : 0;
    static const char end[] = "/.saker-XXXXXX";
    int err;

    *s = (struct sk_grpc_socket){0};
    if (path[0] != '/' || strlen(path) == folder + 1)
        return sk_err(dg, -EINVAL, NULL,
                      "grpc.bind_address: '%s%s': write the whole path, as unix:///run/falco.sock",
                      SK_GRPC_UNIX, path);
    if (strlen(path) >= sizeof(s->path) || folder + sizeof(end) + 2 > sizeof(s->bind))
        return sk_err(
            dg, -EINVAL, NULL,
            "grpc.bind_address: '%s' is too long for a socket (at most %zu bytes, and %zu "
            "for its folder)",
            path, sizeof(s->path) - 1, sizeof(s->bind) - sizeof(end) - 2);
    err = make_folders(path);
    if (err)
        return sk_err(dg, err, NULL, "grpc.bind_address: no folder for '%s': %s", path,
                      strerror(-err));
    err = check_place(path, dg);
    if (err)
        return err;
    snprintf(s->dir, sizeof(s->dir), "%.*s%s", (int)folder, path, end);
    if (!mkdtemp(s->dir)) {
        err = -errno;
        s->dir[0] = '\0';
        return sk_err(dg, err, NULL, "grpc.bind_address: cannot write in the folder of '%s': %s",
                      path, strerror(-err));
    }
    snprintf(s->path, sizeof(s->path), "%s", path);
    snprintf(s->bind, sizeof(s->bind), "%.*s/s", (int)(sizeof(s->bind) - 3), s->dir);
    return 0;
}

int sk_grpc_socket_publish(struct sk_grpc_socket *s, uint32_t mode, struct sk_diag *dg)
{
    struct stat st;

    if (chmod(s->bind, mode) || stat(s->bind, &st) || rename(s->bind, s->path))
        return sk_err(dg, -errno, NULL, "grpc.bind_address: cannot put a socket at '%s': %s",
                      s->path, strerror(errno));
    s->dev = st.st_dev;
    s->ino = st.st_ino;
    rmdir(s->dir);
    s->dir[0] = '\0';
    return 0;
}

void sk_grpc_socket_end(struct sk_grpc_socket *s)
{
    struct stat st;

    if (s->ino && !stat(s->path, &st) && st.st_dev == s->dev && st.st_ino == s->ino)
        unlink(s->path);
    if (*s->dir) {
        unlink(s->bind);
        rmdir(s->dir);
    }
    *s = (struct sk_grpc_socket){0};
}
