/* SPDX-License-Identifier: Apache-2.0 */
/* fake_proc.h - a tree of files that stands for /proc. */
#pragma once
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/procfs.h"

#include "tests/unit/test.h"

#define HEX64 "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"

static char root[] = "/tmp/saker-procfs-XXXXXX";

static inline void put(const char *path, const char *text, size_t n)
{
    char full[512];
    FILE *f;

    snprintf(full, sizeof(full), "%s/%s", root, path);
    for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
        *p = '\0';
        (void)mkdir(full, 0700);
        *p = '/';
    }
    f = fopen(full, "we");
    assert_non_null(f);
    fwrite(text, 1, n, f);
    fclose(f);
}

static inline void putz(const char *path, const char *text)
{
    put(path, text, strlen(text));
}

static inline void put_link(const char *path, const char *to)
{
    char full[512];

    snprintf(full, sizeof(full), "%s/%s", root, path);
    assert_int_equal(symlink(to, full), 0);
}

/* A process with what every kernel shows of it. */
static inline void put_proc(unsigned pid, unsigned ppid, const char *cgroup)
{
    char dir[64], text[512];

    snprintf(dir, sizeof(dir), "%u/status", pid);
    snprintf(text, sizeof(text),
             "Name:\tx\nTgid:\t%u\nPid:\t%u\nPPid:\t%u\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n"
             "NStgid:\t%u\t7\nNSpid:\t%u\t7\nNSpgid:\t%u\t9\nVmSize:\t 100 kB\nVmRSS:\t 50 kB\n"
             "VmSwap:\t 25 kB\nCapInh:\t0000000000000001\nCapPrm:\t000001ffffffffff\n"
             "CapEff:\t00000000a80425fb\n",
             pid, pid, ppid, pid, pid, pid);
    putz(dir, text);
    snprintf(dir, sizeof(dir), "%u/stat", pid);
    snprintf(text, sizeof(text),
             "%u (a) b) S %u 11 12 34816 -1 4194304 21 22 23 24 0 0 0 0 20 0 1 "
             "0 500 1 2 3\n",
             pid, ppid);
    putz(dir, text);
    snprintf(dir, sizeof(dir), "%u/comm", pid);
    putz(dir, "a) b\n");
    snprintf(dir, sizeof(dir), "%u/cmdline", pid);
    put(dir, "/bin/sh\0-c\0true\0", 16);
    snprintf(dir, sizeof(dir), "%u/environ", pid);
    put(dir, "A=1\0B=2", 7);
    snprintf(dir, sizeof(dir), "%u/cgroup", pid);
    putz(dir, cgroup);
    snprintf(dir, sizeof(dir), "%u/loginuid", pid);
    putz(dir, "1000");
    snprintf(dir, sizeof(dir), "%u/limits", pid);
    putz(dir, "Limit     Soft    Hard   Units\nMax open files     1024    4096   files\n");
}

static inline int remove_one(const char *path, const struct stat *sb, int flag, struct FTW *ftw)
{
    (void)sb;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static inline int make_tree(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(root));
    put_proc(10, 1, "5:cpu,cpuacct:/v1\n1:name=systemd:/init\n0::/v2\n");
    put_link("10/cwd", "/var/tmp");
    put_link("10/exe", "/bin/true (deleted)");
    putz("10/task/10/comm", "not read");
    put_proc(20, 10, "0::/docker/" HEX64 "\n");
    put_proc(30, 1, "0::/user.slice/a.scope\n");
    putz("30/cmdline", "");
    put_proc(40, 20, "0::/user.slice/a.scope\n");
    putz("group/cgroup.procs", "10\n999\n");
    putz("group/deep/er/cgroup.procs", "40\n");
    putz("10/task/10/children", "20 ");
    putz("20/task/20/children", "40 77 ");
    return 0;
}

static inline int drop_tree(void **state)
{
    (void)state;
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline struct sk_state *empty_state(void)
{
    struct sk_state *st = NULL;

    assert_int_equal(sk_state_new(NULL, NULL, &st), 0);
    return st;
}
