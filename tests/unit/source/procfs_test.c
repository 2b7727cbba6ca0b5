/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of files stands for /proc; the live tests read only this program and its own children. */
#include "source/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

#define HEX64 "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"

static char root[] = "/tmp/saker-procfs-XXXXXX";

static void put(const char *path, const char *text, size_t n)
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

static void putz(const char *path, const char *text)
{
    put(path, text, strlen(text));
}

static void put_link(const char *path, const char *to)
{
    char full[512];

    snprintf(full, sizeof(full), "%s/%s", root, path);
    assert_int_equal(symlink(to, full), 0);
}

/* A process with what every kernel shows of it. */
static void put_proc(unsigned pid, unsigned ppid, const char *cgroup)
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

static int remove_one(const char *path, const struct stat *sb, int flag, struct FTW *ftw)
{
    (void)sb;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int make_tree(void **state)
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

static int drop_tree(void **state)
{
    (void)state;
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct sk_state *empty_state(void)
{
    struct sk_state *st = NULL;

    assert_int_equal(sk_state_new(NULL, NULL, &st), 0);
    return st;
}

static void missing_foreign_and_kernel_processes_are_refused(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    assert_int_equal(sk_procfs_read(root, 999, st), -ESRCH);
    assert_int_equal(sk_procfs_read("/no/such/proc", 10, st), -ESRCH);
    assert_int_equal(sk_procfs_read(root, 30, st), -ESRCH);
    assert_null(sk_state_proc(st, 30));
}

static void files_that_lie_give_no_process(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    putz("50/status", "Tgid:\t51\n");
    putz("50/cmdline", "x");
    assert_int_equal(sk_procfs_read(root, 50, st), -ESRCH);
    putz("50/status", "Tgid:\nPPid:\tabc\n");
    assert_int_equal(sk_procfs_read(root, 50, st), -ESRCH);
    putz("50/status", "Tgid:\t50");
    putz("50/stat", "50 (x) R");
    assert_int_equal(sk_procfs_read(root, 50, st), 0);
    assert_int_equal(sk_state_proc(st, 50)->sid, -1);
    assert_int_equal(sk_state_proc(st, 50)->leader->uid, UINT32_MAX);
    putz("50/status", "");
    putz("50/cmdline", "");
}

static void everything_that_proc_tells_is_kept(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();
    const struct sk_proc *p;
    const struct sk_thread *th;

    (void)state;
    assert_int_equal(sk_procfs_read(root, 10, st), 0);
    p = sk_state_proc(st, 10);
    th = p->leader;
    assert_string_equal(th->comm, "a) b");
    assert_int_equal(th->uid, 2);
    assert_int_equal(th->gid, 6);
    assert_int_equal(th->vtid, 7);
    assert_int_equal(th->cap_effective, 0xa80425fb);
    assert_int_equal(th->cap_inheritable, 1);
    assert_int_equal(p->vpid, 7);
    assert_int_equal(p->vpgid, 9);
    assert_int_equal(p->ppid, 1);
    assert_int_equal(p->pgid, 11);
    assert_int_equal(p->sid, 12);
    assert_int_equal(p->tty, 34816);
    assert_int_equal(p->pgft_min, 21);
    assert_int_equal(p->pgft_maj, 23);
    assert_int_equal(p->start_ns, 5000000000);
    assert_true(p->clone_ns > p->start_ns);
    assert_int_equal(p->loginuid, 1000);
    assert_int_equal(p->fdlimit, 1024);
    assert_int_equal(p->vm_size_kb, 100);
    assert_int_equal(p->vm_rss_kb, 50);
    assert_int_equal(p->vm_swap_kb, 25);
    assert_true(sk_str_eqz(p->cwd, "/var/tmp/"));
    assert_true(sk_str_eqz(p->image->exepath, "/bin/true"));
    assert_true(sk_str_eqz(p->image->exe, "/bin/sh"));
    assert_true(sk_str_eq(p->image->args, (struct sk_str){"-c\0true", 8}));
    assert_true(sk_str_eq(p->image->env, (struct sk_str){"A=1\0B=2", 8}));
    assert_true(
        sk_str_eq(p->cgroups, SK_STR("cpu=/v1\0cpuacct=/v1\0cpuset=/v2\0io=/v2\0memory=/v2\0")));
    assert_int_equal(p->container_id.n, 0);
}

static void names_of_cgroups_tell_the_container(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    assert_int_equal(sk_procfs_read(root, 20, st), 0);
    assert_true(sk_str_eqz(sk_state_proc(st, 20)->container_id, "0f1e2d3c4b5a"));
}

static int scan(struct sk_state *st, struct sk_capture scope)
{
    return sk_procfs_scan(root, &scope, st);
}

static void a_host_scope_reads_all_and_links_them(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    assert_int_equal(scan(st, (struct sk_capture){.scope = SK_SCOPE_HOST}), 3);
    assert_ptr_equal(sk_state_proc(st, 40)->parent, sk_state_proc(st, 20));
    assert_ptr_equal(sk_state_proc(st, 20)->parent, sk_state_proc(st, 10));
}

static void a_container_scope_leaves_out_the_host(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    assert_int_equal(scan(st, (struct sk_capture){.scope = SK_SCOPE_CONTAINERS}), 1);
    assert_non_null(sk_state_proc(st, 20));
}

static void a_cgroup_scope_reads_what_is_listed_below_it(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();
    char path[512];

    (void)state;
    snprintf(path, sizeof(path), "%s/group", root);
    assert_int_equal(scan(st, (struct sk_capture){.scope = SK_SCOPE_CGROUP, .scope_cgroup = path}),
                     2);
    assert_null(sk_state_proc(st, 20));
    assert_non_null(sk_state_proc(st, 40));
    assert_int_equal(
        scan(st, (struct sk_capture){.scope = SK_SCOPE_CGROUP, .scope_cgroup = "/no/such"}), 0);
}

static void a_pid_scope_reads_the_process_and_its_descendants(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    assert_int_equal(scan(st, (struct sk_capture){.scope = SK_SCOPE_PID, .scope_pid = 20}), 2);
    assert_null(sk_state_proc(st, 10));
    assert_non_null(sk_state_proc(st, 40));
    assert_int_equal(scan(st, (struct sk_capture){.scope = SK_SCOPE_NONE}), 0);
}

static void a_real_child_is_read_with_its_name_and_parent(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();
    struct sk_capture scope = {.scope = SK_SCOPE_PID, .scope_pid = (uint32_t)getpid()};
    const struct sk_proc *p;
    int ready[2];
    char c = 0;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_NAME, "sk-child");
        (void)!write(ready[1], &c, 1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_true(sk_procfs_scan("/proc", &scope, st) >= 1);
    assert_int_equal(sk_procfs_read("/proc", (uint32_t)pid, st), 0);
    p = sk_state_proc(st, (uint32_t)pid);
    assert_string_equal(p->comm, "sk-child");
    assert_int_equal(p->parent->pid, getpid());
    assert_int_equal(p->leader->uid, geteuid());
    assert_true(p->ns_mnt != 0 && p->image->exe_ino != 0);
    assert_true(p->start_ns != 0 && p->clone_ns < sk_now_ns());
    assert_true(sk_now_ns() - p->clone_ns < 60000000000ull);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(ready[0]);
    close(ready[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_foreign_and_kernel_processes_are_refused),
        cmocka_unit_test(files_that_lie_give_no_process),
        cmocka_unit_test(everything_that_proc_tells_is_kept),
        cmocka_unit_test(names_of_cgroups_tell_the_container),
        cmocka_unit_test(a_host_scope_reads_all_and_links_them),
        cmocka_unit_test(a_container_scope_leaves_out_the_host),
        cmocka_unit_test(a_cgroup_scope_reads_what_is_listed_below_it),
        cmocka_unit_test(a_pid_scope_reads_the_process_and_its_descendants),
        cmocka_unit_test(a_real_child_is_read_with_its_name_and_parent),
    };

    return cmocka_run_group_tests(tests, make_tree, drop_tree);
}
