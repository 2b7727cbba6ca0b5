/* SPDX-License-Identifier: Apache-2.0 */
/* procfs.c - which processes of /proc are read: all, those of a cgroup, or a process and those that
 * descend from it.  What is out of scope is not opened. */
#include "source/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "source/procfs_task.h"

#define DEPTH_MAX 64u /* of cgroups and of descendants */

int sk_procfs_read(const char *proc, uint32_t pid, struct sk_state *st)
{
    return sk_procfs_read_pid(proc, pid, false, st);
}

static int scan_all(const char *proc, bool containers_only, struct sk_state *st)
{
    DIR *d = opendir(proc);
    struct dirent *e;
    uint32_t pid;
    int n = 0;

    while (d && (e = readdir(d)))
        if (sk_procfs_number(e->d_name, &pid) &&
            sk_procfs_read_pid(proc, pid, containers_only, st) == 0)
            n++;
    if (d)
        closedir(d);
    return n;
}

/* Reads the processes whose numbers are in a file (cgroup.procs). */
static int scan_list(const char *proc, int dir, struct sk_state *st)
{
    int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC), n = 0;
    sk_auto(file) FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
    char line[32];

    if (!f) {
        fd_freep(&fd);
        return 0;
    }
    while (fgets(line, sizeof(line), f)) {
        uint32_t pid;

        line[strcspn(line, "\n")] = '\0';
        if (sk_procfs_number(line, &pid) && sk_procfs_read(proc, pid, st) == 0)
            n++;
    }
    return n;
}

static int scan_cgroup(const char *proc, int parent, const char *name, unsigned depth,
                       struct sk_state *st)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (depth ? O_NOFOLLOW : 0));
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *e;
    int n;

    if (!d) {
        fd_freep(&fd);
        return 0;
    }
    n = scan_list(proc, fd, st);
    while (depth < DEPTH_MAX && (e = readdir(d)))
        if (e->d_type == DT_DIR && e->d_name[0] != '.')
            n += scan_cgroup(proc, fd, e->d_name, depth + 1, st);
    closedir(d);
    return n;
}

static int scan_descendants(const char *proc, uint32_t pid, unsigned depth, struct sk_state *st);

/* Children are listed by the thread that made them. */
static int scan_children(const char *proc, const char *task, unsigned depth, struct sk_state *st)
{
    char path[SK_PATH_MAX];
    sk_auto(file) FILE *f = NULL;
    uint32_t pid;
    int n = 0;

    if (snprintf(path, sizeof(path), "%s/children", task) >= (int)sizeof(path))
        return 0;
    f = fopen(path, "re");
    while (f && fscanf(f, "%" SCNu32, &pid) == 1)
        n += scan_descendants(proc, pid, depth + 1, st);
    return n;
}

static int scan_descendants(const char *proc, uint32_t pid, unsigned depth, struct sk_state *st)
{
    char path[512], task[800];
    struct dirent *e;
    uint32_t tid;
    int n;
    DIR *d;

    if (depth > DEPTH_MAX ||
        snprintf(path, sizeof(path), "%s/%u/task", proc, pid) >= (int)sizeof(path))
        return 0;
    n = sk_procfs_read(proc, pid, st) == 0;
    d = opendir(path);
    while (d && (e = readdir(d))) {
        if (!sk_procfs_number(e->d_name, &tid))
            continue;
        snprintf(task, sizeof(task), "%s/%u", path, tid);
        n += scan_children(proc, task, depth, st);
    }
    if (d)
        closedir(d);
    return n;
}

int sk_procfs_scan(const char *proc, const struct sk_capture *scope, struct sk_state *st)
{
    int n = 0;

    switch (scope->scope) {
    case SK_SCOPE_HOST:
        n = scan_all(proc, false, st);
        break;
    case SK_SCOPE_CONTAINERS:
        n = scan_all(proc, true, st);
        break;
    case SK_SCOPE_CGROUP:
        if (scope->scope_cgroup)
            n = scan_cgroup(proc, AT_FDCWD, scope->scope_cgroup, 0, st);
        break;
    case SK_SCOPE_PID:
        n = scan_descendants(proc, scope->scope_pid, 0, st);
        break;
    case SK_SCOPE_NONE:
        break;
    }
    sk_state_link(st);
    return n;
}
