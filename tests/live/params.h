/* SPDX-License-Identifier: Apache-2.0 */
/* params.h - what a case of params.c is made of.
 *
 * A case runs in a child of its own.  It prepares, calls start() (from here on it is traced), makes its
 * system calls, and notes what their events must say: event() opens a list of expectations, the
 * functions below it add to that list.  Notes are memory that the parent reads when the child is gone:
 * they may be made before the call, which is what a call that never returns needs.
 *
 * The k-th list of one name and thread is checked against the k-th event of that name and thread, and
 * there must be no further one. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct param_case {
    const char *name;
    void (*act)(void);
};

/* Groups of cases, each ended by {NULL}. */
extern const struct param_case cases_open[], cases_name[], cases_exec[], cases_fork[],
    cases_creds[], cases_net[], cases_unix[], cases_io[], cases_fd[], cases_kernel[], cases_bad[],
    cases_compat[], cases_more[];

extern char scratch[64];        /* an empty directory of the case, absolute; the child's cwd */
extern const char *nothing_exe; /* a static program that does nothing */

void start(void);
/* Not possible here: the case counts as skipped. Does not return. */
_Noreturn void skip_case(const char *why);
/* The case itself went wrong. Does not return. */
_Noreturn void broken(const char *what);
/* ok or broken: for preparations. */
#define NEED(cond)         \
    do {                   \
        if (!(cond))       \
            broken(#cond); \
    } while (0)

void event(const char *name);
void event_of(const char *name, pid_t tid);

/* Parameters by name. */
void is_int(const char *param, long long want);
void is_not(const char *param, long long not_wanted);
void is_text(const char *param, const char *want);
void is_null(const char *param);
void is_bytes(const char *param, const void *p, size_t n);
/* As evt.arg shows it: names of flags and errors. */
void is_shown(const char *param, const char *want);
/* Some bytes of the parameter. */
void has_text(const char *param, const char *part);
/* The result: -errno of a call that failed by libc's convention, else ret. */
void is_result(const char *param, long ret);

/* Extensions. `st`: what stat() says of `path`. */
struct stat;
/* Device numbers of extensions: the kernel's own. */
long long kernel_dev(const struct stat *st);
void is_file(long fd, const char *path, int type);
void is_file_flags(unsigned flags);
void no_file(void);
void is_dir(int role, const char *path);
void no_dir(int role);
struct sock_want {
    int type, family, sk_type, l4, server;
    const char *local, *remote; /* addresses; NULL: all zero */
    uint16_t lport, rport;
    const char *path;
};
void is_sock(long fd, const struct sock_want *w);
enum task_value {
    TASK_PID,
    TASK_PPID,
    TASK_UID,
    TASK_GID,
    TASK_VTID,
    TASK_VPID,
    TASK_FLAGS,
    TASK_SYS
};
void is_task(enum task_value v, long long want);
void is_comm(const char *want);
/* SK_TASK_MNTNS when the driver can know that the mount namespace is another than that of process 1:
 * after the call (changed), or now. */
long mntns_flag(bool changed);
/* "pid", "mnt", "net", "user", "uts", "ipc", "cgroup": that of /proc/self/ns now. */
void is_ns(const char *kind);
void is_exec_value(const char *what, long long want); /* "exe_dev", "sid" */

/* Raw calls: libc's wrappers choose others.  -errno of one that failed.  Pointers as P(x). */
long call6(long nr, const long a[6]);
#define CALL(nr, ...) call6(nr, (const long[6]){__VA_ARGS__})
#define P(x)          ((long)(uintptr_t)(x))
