/* SPDX-License-Identifier: Apache-2.0 */
/* procfs_fds.c - descriptors in /proc/PID/fd, sockets in the tables of /proc/PID/net.
 *
 * A socket's link tells its inode only; what it is stands in the tables of its network namespace,
 * which are read once for each namespace that is met. */
#include "source/procfs_fds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/map.h"

#define SOCKETS_MAX    262144u
#define NAMESPACES_MAX 4096u
#define FDS_MAX        65536u /* of one process */

struct socket {
    struct sk_fd_info fi;
    char path[]; /* of a unix socket */
};

struct sk_procfs_nets {
    struct sk_map *sockets; /* inode -> struct socket */
    struct sk_map *read;    /* inode of a namespace -> something */
};

struct sk_procfs_nets *sk_procfs_nets_new(void)
{
    struct sk_procfs_nets *n = calloc(1, sizeof(*n));

    if (!n)
        return NULL;
    n->sockets = sk_map_new(SOCKETS_MAX);
    n->read = sk_map_new(NAMESPACES_MAX);
    if (n->sockets && n->read)
        return n;
    sk_procfs_nets_free(n);
    return NULL;
}

void sk_procfs_nets_free(struct sk_procfs_nets *n)
{
    struct socket *s;
    size_t it = 0;

    if (!n)
        return;
    while (n->sockets && (s = sk_map_next(n->sockets, &it)))
        free(s);
    sk_map_free(n->sockets);
    sk_map_free(n->read);
    free(n);
}

void procfs_nets_freep(struct sk_procfs_nets **n)
{
    sk_procfs_nets_free(*n);
    *n = NULL;
}

static void add_socket(struct sk_procfs_nets *n, const struct sk_fd_info *fi, const char *path)
{
    size_t len = strlen(path);
    struct socket *s, *old = sk_map_get_u64(n->sockets, fi->ino);

    if (old || fi->ino == 0)
        return;
    s = malloc(sizeof(*s) + len + 1);
    if (!s)
        return;
    s->fi = *fi;
    memcpy(s->path, path, len + 1);
    s->fi.name = (struct sk_str){s->path, len};
    if (sk_map_put_u64(n->sockets, fi->ino, s))
        free(s);
}

/* Words of hex digits as the kernel prints addresses: 32 bits at a time, in its own byte order. */
static bool parse_address(const char *text, uint8_t *out, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i += 4) {
        char word[9] = "";
        char *end;
        uint32_t v;

        memcpy(word, text + 2 * (size_t)i, 8);
        v = (uint32_t)strtoul(word, &end, 16);
        if (*end)
            return false;
        memcpy(out + i, &v, sizeof(v));
    }
    return true;
}

static void read_inet_line(struct sk_procfs_nets *n, const char *line, bool v6,
                           enum sk_l4proto proto)
{
    static const uint8_t none[16];
    char local[33] = "", remote[33] = "";
    unsigned lport, rport, bytes = v6 ? 16 : 4;
    struct sk_fd_info fi = {.l4proto = proto};
    bool server;

    if (sscanf(line,
               " %*u: %32[0-9A-F]:%4x %32[0-9A-F]:%4x %*x %*x:%*x %*x:%*x %*x %*u %*u %" SCNu64,
               local, &lport, remote, &rport, &fi.ino) != 5 ||
        strlen(local) != 2 * (size_t)bytes || strlen(remote) != 2 * (size_t)bytes ||
        !parse_address(local, fi.sip, bytes) || !parse_address(remote, fi.dip, bytes))
        return;
    server = rport == 0 && memcmp(fi.dip, none, sizeof(none)) == 0;
    fi.sport = (uint16_t)lport;
    fi.dport = (uint16_t)rport;
    if (v6)
        fi.type = server ? SK_FD_IPV6_SERVSOCK : SK_FD_IPV6_SOCK;
    else
        fi.type = server ? SK_FD_IPV4_SERVSOCK : SK_FD_IPV4_SOCK;
    add_socket(n, &fi, "");
}

static void read_unix_line(struct sk_procfs_nets *n, char *line)
{
    struct sk_fd_info fi = {.type = SK_FD_UNIX};
    int at = 0;

    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%" SCNx64 ": %*x %*x %*x %*x %*x %" SCNu64 "%n", &fi.unix_src, &fi.ino,
               &at) != 2)
        return;
    add_socket(n, &fi, line + at + strspn(line + at, " "));
}

static void read_netlink_line(struct sk_procfs_nets *n, const char *line)
{
    struct sk_fd_info fi = {.type = SK_FD_NETLINK};

    if (sscanf(line, "%*x %*d %*u %*x %*d %*d %*d %*d %*u %" SCNu64, &fi.ino) == 1)
        add_socket(n, &fi, "");
}

static const struct table {
    const char *name;
    bool v6;
    enum sk_l4proto proto;
} tables[] = {
    {"tcp", false, SK_L4_TCP}, {"tcp6", true, SK_L4_TCP},    {"udp", false, SK_L4_UDP},
    {"udp6", true, SK_L4_UDP}, {"raw", false, SK_L4_RAW},    {"raw6", true, SK_L4_RAW},
    {"unix", false, SK_L4_NA}, {"netlink", false, SK_L4_NA},
};

static void read_table(struct sk_procfs_nets *n, const char *proc, uint32_t pid,
                       const struct table *t)
{
    char line[1024];
    sk_auto(file) FILE *f = NULL;

    snprintf(line, sizeof(line), "%s/%u/net/%s", proc, pid, t->name);
    f = fopen(line, "re");
    if (!f || !fgets(line, sizeof(line), f)) /* the first line is a heading */
        return;
    while (fgets(line, sizeof(line), f)) {
        if (t->proto != SK_L4_NA)
            read_inet_line(n, line, t->v6, t->proto);
        else if (strcmp(t->name, "unix") == 0)
            read_unix_line(n, line);
        else
            read_netlink_line(n, line);
    }
}

/* Reads the tables of the process's namespace, once. */
static void meet(struct sk_procfs_nets *n, const char *proc, uint32_t pid)
{
    char path[512];
    struct stat sb;

    snprintf(path, sizeof(path), "%s/%u/ns/net", proc, pid);
    if (stat(path, &sb) || sk_map_get_u64(n->read, sb.st_ino) ||
        sk_map_put_u64(n->read, sb.st_ino, n))
        return;
    for (size_t i = 0; i < SK_ARRAY_LEN(tables); i++)
        read_table(n, proc, pid, &tables[i]);
}

/* Flags of open(2) as the wire has them. */
static uint32_t wire_flags(uint64_t v)
{
    uint32_t out = (v & O_ACCMODE) == O_RDWR ? 3 : (v & O_ACCMODE) == O_WRONLY ? 2 : 1;

#define KFLAGS(table) if (strcmp(#table, "open") == 0) {
#define K(kernel, wire) \
    if (v & (kernel))   \
        out |= (wire);
#define KFLAGS_END(table) }
#define KENUM(table)
#define KV(kernel, wire)
#define KENUM_END(table, other)
#include "kernel_flags.def"
    return out;
}

static uint32_t open_flags(const char *proc, uint32_t pid, const char *fd)
{
    sk_auto(mem) char *text = NULL;
    char path[512];
    const char *at;
    size_t n;

    snprintf(path, sizeof(path), "%s/%u/fdinfo/%s", proc, pid, fd);
    if (sk_read_file(path, 65536, &text, &n))
        return 0;
    at = strstr(text, "flags:");
    return at ? wire_flags(strtoull(at + strlen("flags:"), NULL, 8)) : 0;
}

static const struct {
    const char *name;
    enum sk_fd_type type;
} anonymous[] = {
    {"[eventpoll]", SK_FD_EVENTPOLL},     {"[eventfd]", SK_FD_EVENT},   {"inotify", SK_FD_INOTIFY},
    {"[signalfd]", SK_FD_SIGNALFD},       {"[timerfd]", SK_FD_TIMERFD}, {"bpf-map", SK_FD_BPF},
    {"[userfaultfd]", SK_FD_USERFAULTFD}, {"bpf-prog", SK_FD_BPF},      {"bpf_link", SK_FD_BPF},
    {"[io_uring]", SK_FD_IO_URING},       {"[pidfd]", SK_FD_PIDFD},
};

static enum sk_fd_type type_of(const char *target, mode_t mode)
{
    static const char anon[] = "anon_inode:";

    if (strncmp(target, anon, sizeof(anon) - 1) == 0) {
        for (size_t i = 0; i < SK_ARRAY_LEN(anonymous); i++)
            if (strcmp(target + sizeof(anon) - 1, anonymous[i].name) == 0)
                return anonymous[i].type;
        return SK_FD_UNSUPPORTED;
    }
    if (strncmp(target, "/memfd:", 7) == 0)
        return SK_FD_MEMFD;
    if (S_ISDIR(mode))
        return SK_FD_DIRECTORY;
    return S_ISFIFO(mode) ? SK_FD_FIFO : SK_FD_FILE;
}

static bool read_fd(const char *proc, uint32_t pid, int dir, const char *name,
                    struct sk_procfs_nets *nets, char target[SK_PATH_MAX], struct sk_fd_info *fi)
{
    ssize_t n = readlinkat(dir, name, target, SK_PATH_MAX - 1);
    const struct socket *s;
    struct stat sb;
    uint64_t ino;

    if (n <= 0 || fstatat(dir, name, &sb, 0))
        return false;
    target[n] = '\0';
    *fi = (struct sk_fd_info){.ino = sb.st_ino, .name = {target, (size_t)n}};
    if (sscanf(target, "socket:[%" SCNu64 "]", &ino) == 1) {
        s = nets ? sk_map_get_u64(nets->sockets, ino) : NULL;
        if (s)
            *fi = s->fi;
        else
            fi->type = SK_FD_UNSUPPORTED;
    } else {
        fi->type = type_of(target, sb.st_mode);
        if (fi->type == SK_FD_FILE) {
            fi->open_flags = open_flags(proc, pid, name);
            fi->dev = (uint32_t)(major(sb.st_dev) << 20 | minor(sb.st_dev));
        }
    }
    return sk_parse_i64(name, strlen(name), &fi->num) == 0;
}

void sk_procfs_fds(const char *proc, uint32_t pid, struct sk_procfs_nets *nets,
                   void (*fn)(void *self, const struct sk_fd_info *fi), void *self)
{
    char path[512], target[SK_PATH_MAX];
    struct sk_fd_info fi;
    struct dirent *e;
    int dir;
    DIR *d;

    snprintf(path, sizeof(path), "%s/%u/fd", proc, pid);
    d = opendir(path);
    dir = d ? dirfd(d) : -1;
    if (dir >= 0 && nets)
        meet(nets, proc, pid);
    for (unsigned n = 0; dir >= 0 && n < FDS_MAX && (e = readdir(d)); n++)
        if (e->d_name[0] != '.' && read_fd(proc, pid, dir, e->d_name, nets, target, &fi))
            fn(self, &fi);
    if (d)
        closedir(d);
}
