/* SPDX-License-Identifier: Apache-2.0 */
/* scope.c - cgroups and process trees; see scope.h.
 *
 * Descendants come from /proc/PID/task/TID/children, so that only processes of the scope are read.
 * Kernels without that file (CONFIG_PROC_CHILDREN) offer only the parent in every /proc/PID/stat.
 */
#include "source/ebpf/scope.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "source/ebpf/features.h"

/* Deep enough for any honest tree; a list that grows while it is read cannot run away. */
#define SK_SCOPE_MAX_PIDS 65536

int sk_scope_open_cgroup(const char *path, struct sk_diag *dg, int *out_fd)
{
    sk_auto(fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char v2[PATH_MAX] = "";
    struct statfs fs;

    if (sk_mount_find("/proc/self/mounts", "cgroup2", v2, sizeof(v2)))
        return sk_err(dg, -ENOENT, NULL,
                      "no cgroup v2 hierarchy is mounted, which the scope '%s' needs: "
                      "mount -t cgroup2 none /sys/fs/cgroup",
                      path);
    if (fd < 0)
        return sk_err(dg, -errno, NULL, "no cgroup '%s' (%s): give a directory below '%s'", path,
                      strerror(errno), v2);
    if (fstatfs(fd, &fs))
        return sk_err(dg, -errno, NULL, "cannot examine '%s': %s", path, strerror(errno));
    if (fs.f_type == CGROUP_SUPER_MAGIC)
        return sk_err(dg, -EINVAL, NULL,
                      "'%s' is a cgroup of version 1: give a directory of the version 2 hierarchy, "
                      "which is mounted at '%s'",
                      path, v2);
    if (fs.f_type != CGROUP2_SUPER_MAGIC)
        return sk_err(dg, -EINVAL, NULL, "'%s' is not a cgroup: give a directory below '%s'", path,
                      v2);
    *out_fd = SK_TAKE_FD(fd);
    return 0;
}

uint64_t sk_scope_id(int cgroup_fd)
{
    struct stat st;

    return fstat(cgroup_fd, &st) ? 0 : st.st_ino;
}

int sk_scope_leader(const char *proc, uint32_t pid, uint32_t *out_pid)
{
    char path[PATH_MAX], line[256];
    unsigned tgid;

    snprintf(path, sizeof(path), "%s/%u/status", proc, pid);
    sk_auto(file) FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof(line), f)) {
        if (sscanf(line, "Tgid: %u", &tgid) == 1) {
            *out_pid = tgid;
            return 0;
        }
    }
    return -ESRCH;
}

/* The list of processes that the walk works off: found, but not yet asked for children. */
struct walk {
    uint32_t *pid;
    size_t n, cap;
};

static void walk_done(struct walk *w)
{
    free(w->pid);
}
static void walk_freep(struct walk *w)
{
    walk_done(w);
}

static int add(struct walk *w, uint32_t pid)
{
    if (w->n == SK_SCOPE_MAX_PIDS)
        return -ENOSPC;
    if (w->n == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 64;
        uint32_t *bigger = realloc(w->pid, cap * sizeof(*bigger));

        if (!bigger)
            return -ENOMEM;
        w->pid = bigger;
        w->cap = cap;
    }
    w->pid[w->n++] = pid;
    return 0;
}

/* Children of all threads of one process.  A process that is gone has none. */
static int add_children(struct walk *w, const char *proc, uint32_t pid)
{
    char path[PATH_MAX];
    struct dirent *de;
    int err = 0;

    snprintf(path, sizeof(path), "%s/%u/task", proc, pid);
    DIR *dir = opendir(path);
    if (!dir)
        return 0;
    while (!err && (de = readdir(dir))) {
        unsigned child;

        if (de->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%u/task/%.20s/children", proc, pid, de->d_name);
        sk_auto(file) FILE *f = fopen(path, "re");
        while (!err && f && fscanf(f, "%u", &child) == 1)
            err = add(w, child);
    }
    closedir(dir);
    return err;
}

static bool parent_of(const char *proc, const char *pid, uint32_t *out_ppid)
{
    char path[PATH_MAX], text[1024];
    unsigned ppid;

    snprintf(path, sizeof(path), "%s/%.20s/stat", proc, pid);
    sk_auto(file) FILE *f = fopen(path, "re");
    size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
    text[n] = '\0';
    /* The name in parentheses may itself hold parentheses and blanks. */
    const char *end = strrchr(text, ')');
    if (!end || sscanf(end + 1, " %*c %u", &ppid) != 1)
        return false;
    *out_ppid = ppid;
    return true;
}

/* The same from the parents of all processes. */
static int add_children_by_parent(struct walk *w, const char *proc, uint32_t pid)
{
    struct dirent *de;
    uint32_t ppid;
    uint64_t child;
    int err = 0;

    DIR *dir = opendir(proc);
    if (!dir)
        return -errno;
    while (!err && (de = readdir(dir)))
        if (sk_parse_u64(de->d_name, strlen(de->d_name), &child) == 0 &&
            parent_of(proc, de->d_name, &ppid) && ppid == pid)
            err = add(w, (uint32_t)child);
    closedir(dir);
    return err;
}

int sk_scope_walk(const char *proc, uint32_t pid, sk_scope_pid_fn *fn, void *self)
{
    sk_auto(walk) struct walk w = {0};
    char path[PATH_MAX];
    int err;

    snprintf(path, sizeof(path), "%s/%u", proc, pid);
    if (access(path, F_OK))
        return -ESRCH;
    snprintf(path, sizeof(path), "%s/%u/task/%u/children", proc, pid, pid);
    bool lists = access(path, F_OK) == 0;
    err = add(&w, pid);
    for (size_t i = 0; !err && i < w.n; i++) {
        err = fn(self, w.pid[i]);
        if (!err)
            err = lists ? add_children(&w, proc, w.pid[i])
                        : add_children_by_parent(&w, proc, w.pid[i]);
    }
    return err;
}

uint32_t sk_scope_host_ns(const char *proc, const char *kind)
{
    char path[PATH_MAX];
    struct stat st;

    snprintf(path, sizeof(path), "%s/1/ns/%s", proc, kind);
    return stat(path, &st) ? 0 : (uint32_t)st.st_ino;
}
