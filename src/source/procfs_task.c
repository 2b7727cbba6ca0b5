/* SPDX-License-Identifier: Apache-2.0 */
/* procfs_task.c - reads one process of /proc with all of its threads.
 *
 * Everything is opened below the descriptor of /proc/PID: when the process ends and its number is
 * given to another one, reads fail instead of mixing two processes. */
#include "source/procfs_task.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define STATUS_BYTES 8192u
#define FLAG_THREAD  0x2001u /* CLONE_THREAD | CLONE_FILES, Falco's numbers */
#define NS_PER_S     1000000000ull

/* What one process is read into; too large for the stack. */
struct reader {
    struct sk_task_info ti;
    uint64_t boot_ns; /* CLOCK_REALTIME of the boot */
    bool in_pidns, has_exe;
    char status[STATUS_BYTES], stat[1024], comm[64], cgroup[SK_ARGS_MAX], limits[2048];
    char cmdline[SK_ARGS_MAX + 1], env[SK_ARGS_MAX + 1];
    char exe[SK_PATH_MAX], cwd[SK_PATH_MAX], root[SK_PATH_MAX], cgroups[SK_ARGS_MAX];
};

/* Reads at most cap - 1 bytes and ends them with NUL. Number of bytes, 0 when it cannot be read. */
static size_t read_at(int dir, const char *name, char *buf, size_t cap)
{
    sk_auto(fd) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    size_t n = 0;

    while (fd >= 0 && n < cap - 1) {
        ssize_t got = read(fd, buf + n, cap - 1 - n);

        if (got <= 0)
            break;
        n += (size_t)got;
    }
    buf[n] = '\0';
    return n;
}

static struct sk_str link_at(int dir, const char *name, char *buf, size_t cap)
{
    ssize_t n = readlinkat(dir, name, buf, cap);

    return n > 0 ? (struct sk_str){buf, (size_t)n} : SK_STR("");
}

/* Reads a number at *p and moves behind it. */
static bool next_number(const char **p, int base, uint64_t *out)
{
    char *end;

    while (**p == ' ' || **p == '\t')
        (*p)++;
    if (!isalnum((unsigned char)**p) && **p != '-')
        return false;
    *out = strtoull(*p, &end, base);
    if (end == *p)
        return false;
    *p = end;
    return true;
}

/* The text behind "KEY:" in /proc/PID/status, or NULL. */
static const char *status_line(const char *status, const char *key)
{
    size_t n = strlen(key);

    for (const char *p = status; p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
        if (strncmp(p, key, n) == 0 && p[n] == ':')
            return p + n + 1;
    return NULL;
}

/* The i-th number of a line; false: has none. */
static bool status_number(const char *status, const char *key, unsigned i, int base, uint64_t *out)
{
    const char *p = status_line(status, key);
    uint64_t v = 0;

    for (unsigned k = 0; p && k <= i; k++)
        if (!next_number(&p, base, &v))
            return false;
    if (p)
        *out = v;
    return p != NULL;
}

/* Ids of all pid namespaces, the outermost first: the last is the task's own view. */
static int64_t innermost(const char *status, const char *key, bool *nested)
{
    const char *p = status_line(status, key);
    uint64_t v;
    int64_t last = -1;
    unsigned n = 0;

    while (p && next_number(&p, 10, &v)) {
        last = (int64_t)v;
        n++;
    }
    if (nested)
        *nested = n > 1;
    return last;
}

/* Ids, credentials and names that each thread has for itself. */
static bool read_task(struct reader *r, int dir)
{
    struct sk_task_info *ti = &r->ti;
    uint64_t v = 0;
    size_t n;

    if (read_at(dir, "status", r->status, sizeof(r->status)) == 0)
        return false;
    if (!status_number(r->status, "Tgid", 0, 10, &v) || v == 0 || v > UINT32_MAX)
        return false;
    ti->pid = (uint32_t)v;
    ti->ppid = status_number(r->status, "PPid", 0, 10, &v) ? (uint32_t)v : 0;
    ti->uid = status_number(r->status, "Uid", 1, 10, &v) ? (uint32_t)v : UINT32_MAX;
    ti->gid = status_number(r->status, "Gid", 1, 10, &v) ? (uint32_t)v : UINT32_MAX;
    ti->vtid = innermost(r->status, "NSpid", NULL);
    ti->vpid = innermost(r->status, "NStgid", &r->in_pidns);
    ti->vpgid = innermost(r->status, "NSpgid", NULL);
    (void)status_number(r->status, "CapInh", 0, 16, &ti->cap_inheritable);
    (void)status_number(r->status, "CapPrm", 0, 16, &ti->cap_permitted);
    (void)status_number(r->status, "CapEff", 0, 16, &ti->cap_effective);
    n = read_at(dir, "comm", r->comm, sizeof(r->comm));
    if (n != 0 && r->comm[n - 1] == '\n')
        n--;
    ti->comm = (struct sk_str){r->comm, n};
    return true;
}

/* Numbers of /proc/PID/stat; the name in brackets may hold anything, hence the last bracket. */
static void read_stat(struct reader *r, int dir)
{
    /* From the third on: state ppid pgrp session tty tpgid flags minflt cminflt majflt ... start.
     */
    enum { PGRP = 2, SESSION, TTY, MINFLT = 7, MAJFLT = 9, START = 19, FIELDS };
    struct sk_task_info *ti = &r->ti;
    uint64_t field[FIELDS] = {0};
    long ticks = sysconf(_SC_CLK_TCK);
    const char *p;

    ti->sid = ti->pgid = -1;
    if (read_at(dir, "stat", r->stat, sizeof(r->stat)) == 0 || !(p = strrchr(r->stat, ')')))
        return;
    p += strspn(p, ") ");
    if (*p)
        p++; /* the letter of the state */
    for (unsigned i = 1; i < FIELDS; i++)
        if (!next_number(&p, 10, &field[i]))
            return;
    ti->pgid = (int64_t)field[PGRP];
    ti->sid = (int64_t)field[SESSION];
    ti->tty = (uint32_t)field[TTY];
    ti->pgft_min = field[MINFLT];
    ti->pgft_maj = field[MAJFLT];
    if (ticks > 0)
        ti->start_ns = field[START] * (NS_PER_S / (uint64_t)ticks);
    ti->clone_ns = ti->start_ns ? r->boot_ns + ti->start_ns : 0;
}

static void read_memory(struct reader *r, int dir)
{
    struct sk_task_info *ti = &r->ti;
    const char *p;
    char loginuid[16];
    uint64_t v;

    ti->vm_size_kb = ti->vm_rss_kb = ti->vm_swap_kb = 0;
    (void)status_number(r->status, "VmSize", 0, 10, &ti->vm_size_kb);
    (void)status_number(r->status, "VmRSS", 0, 10, &ti->vm_rss_kb);
    (void)status_number(r->status, "VmSwap", 0, 10, &ti->vm_swap_kb);
    ti->loginuid = UINT32_MAX;
    read_at(dir, "loginuid", loginuid, sizeof(loginuid));
    p = loginuid;
    if (next_number(&p, 10, &v) && v <= UINT32_MAX)
        ti->loginuid = (uint32_t)v;
    ti->fdlimit = -1;
    read_at(dir, "limits", r->limits, sizeof(r->limits));
    p = strstr(r->limits, "Max open files");
    if (p) {
        p += strlen("Max open files");
        if (next_number(&p, 10, &v))
            ti->fdlimit = (int64_t)v;
    }
}

/* NUL-separated text: a text that was cut, or written over, still ends with NUL. */
static struct sk_str strings_at(int dir, const char *name, char *buf, size_t cap)
{
    size_t n = read_at(dir, name, buf, cap);

    if (n != 0 && buf[n - 1] != '\0')
        n += n < cap - 1 ? 1 : 0;
    if (n != 0)
        buf[n - 1] = '\0';
    return (struct sk_str){buf, n};
}

/* Could the process itself change the file? */
static bool may_write(const struct sk_task_info *ti, const struct stat *sb)
{
    return ti->uid == 0 || sb->st_uid == ti->uid || sb->st_mode & S_IWOTH ||
           (sb->st_gid == ti->gid && sb->st_mode & S_IWGRP);
}

static void read_exe(struct reader *r, int dir)
{
    struct sk_task_info *ti = &r->ti;
    struct sk_str path = link_at(dir, "exe", r->exe, sizeof(r->exe));
    struct sk_str cmdline = strings_at(dir, "cmdline", r->cmdline, sizeof(r->cmdline));
    size_t first = strnlen(cmdline.p, cmdline.n), skip = SK_MIN(first + 1, cmdline.n);
    struct stat sb;

    r->has_exe = path.n != 0 || cmdline.n != 0;
    ti->exe_memfd = sk_str_starts(path, SK_STR("/memfd:"));
    if (sk_str_ends(path, SK_STR(" (deleted)")))
        path.n -= strlen(" (deleted)");
    ti->exepath = path;
    ti->exe = (struct sk_str){cmdline.p, first};
    ti->args = (struct sk_str){cmdline.p + skip, cmdline.n - skip};
    ti->env = strings_at(dir, "environ", r->env, sizeof(r->env));
    if (path.n == 0 || fstatat(dir, "exe", &sb, 0))
        return;
    ti->exe_dev = (uint32_t)(major(sb.st_dev) << 20 | minor(sb.st_dev));
    ti->exe_ino = sb.st_ino;
    ti->exe_ctime_ns = (uint64_t)sb.st_ctim.tv_sec * NS_PER_S + (uint64_t)sb.st_ctim.tv_nsec;
    ti->exe_mtime_ns = (uint64_t)sb.st_mtim.tv_sec * NS_PER_S + (uint64_t)sb.st_mtim.tv_nsec;
    ti->exe_writable = may_write(ti, &sb);
}

static void add_cgroup(struct sk_buf *out, const char *name, size_t n, const char *path, size_t len)
{
    sk_buf_add(out, name, n);
    sk_buf_addc(out, '=');
    sk_buf_add(out, path, len);
    sk_buf_addc(out, '\0');
}

static bool has_cgroup(const struct sk_buf *b, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < b->n; i += strlen(b->p + i) + 1)
        if (strncmp(b->p + i, name, n) == 0 && b->p[i + n] == '=')
            return true;
    return false;
}

/* "blkio" is the older name of "io". */
static bool is_io(const char *name)
{
    return strcmp(name, "io") == 0;
}

/* "5:cpu,cpuacct:/x" -> "cpu=/x" "cpuacct=/x".  The unified hierarchy ("0::/x") stands for the
 * subsystems that events tell and that no older hierarchy has; below its root it is named, too. */
static void read_cgroup(struct reader *r, int dir)
{
    static const char *const told[] = {"cpuset", "cpu", "cpuacct", "io", "memory"};
    sk_auto(buf) struct sk_buf out = SK_BUF(sizeof(r->cgroups) - 1);
    const char *unified = NULL;
    size_t unified_n = 0;

    read_at(dir, "cgroup", r->cgroup, sizeof(r->cgroup));
    for (const char *line = r->cgroup, *next; *line; line = next) {
        size_t n = strcspn(line, "\n");
        const char *names = memchr(line, ':', n), *path;

        next = line + n + (line[n] == '\n');
        path = names ? memchr(names + 1, ':', n - (size_t)(names + 1 - line)) : NULL;
        if (!path)
            continue;
        names++;
        if (names == path) {
            unified = path + 1;
            unified_n = n - (size_t)(unified - line);
            continue;
        }
        while (names < path) {
            size_t len = strcspn(names, ",:");

            if (strncmp(names, "name=", 5) != 0)
                add_cgroup(&out, names, len, path + 1, n - (size_t)(path + 1 - line));
            names += len + 1;
        }
    }
    for (size_t i = 0; unified && i < SK_ARRAY_LEN(told); i++)
        if (!has_cgroup(&out, told[i]) && !(is_io(told[i]) && has_cgroup(&out, "blkio")))
            add_cgroup(&out, told[i], strlen(told[i]), unified, unified_n);
    if (unified_n > 1)
        add_cgroup(&out, "unified", strlen("unified"), unified, unified_n);
    if (out.n != 0)
        memcpy(r->cgroups, out.p, out.n);
    r->ti.cgroups = (struct sk_str){r->cgroups, out.n};
}

/* "net:[4026531840]" -> 4026531840. */
static uint32_t read_ns(int dir, const char *name)
{
    char buf[64];
    struct sk_str s = link_at(dir, name, buf, sizeof(buf));
    const char *open = s.n ? memchr(s.p, '[', s.n) : NULL;
    uint64_t v;

    if (!open || s.p[s.n - 1] != ']' ||
        sk_parse_u64(open + 1, (size_t)(s.p + s.n - 1 - (open + 1)), &v) || v > UINT32_MAX)
        return 0;
    return (uint32_t)v;
}

static void read_namespaces(struct reader *r, int dir)
{
    struct sk_task_info *ti = &r->ti;

    ti->ns_pid = read_ns(dir, "ns/pid");
    ti->ns_mnt = read_ns(dir, "ns/mnt");
    ti->ns_net = read_ns(dir, "ns/net");
    ti->ns_user = read_ns(dir, "ns/user");
    ti->ns_uts = read_ns(dir, "ns/uts");
    ti->ns_ipc = read_ns(dir, "ns/ipc");
    ti->ns_cgroup = read_ns(dir, "ns/cgroup");
}

/* When the first process of the pid namespace began, as its own /proc shows it; 0: unknown. Nothing
 * of a container is trusted to lead out of its root. */
static void read_pidns_start(struct reader *r, int dir)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    sk_auto(fd) int root = -1;
    sk_auto(fd) int fd = -1;
    struct stat sb;

    if (!r->in_pidns)
        return;
    root = openat(dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root >= 0)
        fd = (int)syscall(SYS_openat2, root, "proc/1/cmdline", &how, sizeof(how));
    if (fd >= 0 && fstat(fd, &sb) == 0)
        r->ti.pidns_init_start_ns =
            (uint64_t)sb.st_ctim.tv_sec * NS_PER_S + (uint64_t)sb.st_ctim.tv_nsec;
}

bool sk_procfs_number(const char *z, uint32_t *out)
{
    uint64_t v;

    if (sk_parse_u64(z, strlen(z), &v) || v == 0 || v > UINT32_MAX)
        return false;
    *out = (uint32_t)v;
    return true;
}

/* Threads share all but ids, name and credentials. */
static int add_threads(struct reader *r, int dir, struct sk_state *st)
{
    uint32_t pid = r->ti.pid, tid;
    int fd = openat(dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
    DIR *tasks = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *e;

    if (!tasks) {
        fd_freep(&fd);
        return 0;
    }
    while (!err && (e = readdir(tasks))) {
        sk_auto(fd) int task = -1;

        if (!sk_procfs_number(e->d_name, &tid) || tid == pid)
            continue;
        task = openat(fd, e->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (task < 0 || !read_task(r, task) || r->ti.pid != pid)
            continue;
        r->ti.tid = tid;
        r->ti.flags = FLAG_THREAD;
        err = sk_state_add(st, &r->ti);
    }
    closedir(tasks);
    return err;
}

static int read_process(struct reader *r, int dir, uint32_t pid, bool containers_only,
                        struct sk_state *st)
{
    struct sk_task_info *ti = &r->ti;
    int err;

    if (!read_task(r, dir) || ti->pid != pid)
        return -ESRCH;
    ti->tid = pid;
    read_exe(r, dir);
    if (!r->has_exe)
        return -ESRCH; /* a kernel thread, or a zombie */
    read_cgroup(r, dir);
    if (containers_only && sk_cgroups_container_id(ti->cgroups).n == 0)
        return -EPERM;
    read_stat(r, dir);
    read_memory(r, dir);
    read_namespaces(r, dir);
    read_pidns_start(r, dir);
    ti->cwd = link_at(dir, "cwd", r->cwd, sizeof(r->cwd));
    ti->root = link_at(dir, "root", r->root, sizeof(r->root));
    err = sk_state_add(st, ti);
    return err ? err : add_threads(r, dir, st);
}

int sk_procfs_read_pid(const char *proc, uint32_t pid, bool containers_only, struct sk_state *st)
{
    sk_auto(mem) struct reader *r = calloc(1, sizeof(*r));
    sk_auto(fd) int dir = -1;
    char path[SK_PATH_MAX];
    uint64_t up = sk_boottime_ns(), now = sk_now_ns();
    int n = snprintf(path, sizeof(path), "%s/%u", proc, pid);

    if (!r || n < 0 || (size_t)n >= sizeof(path))
        return -ENOMEM;
    dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -ESRCH;
    r->boot_ns = now > up ? now - up : 0;
    return read_process(r, dir, pid, containers_only, st);
}
