/* SPDX-License-Identifier: Apache-2.0 */
/* features.h - what this kernel and these privileges allow; asked, never derived from a version.
 *
 * Nothing here traces anything: programs are loaded and closed again, never attached. */
#pragma once
#include "base/str.h"

#define SK_BTF_PATH "/sys/kernel/btf/vmlinux"

/* Every kernel has it. */
#if defined(__x86_64__)
#define SK_A_SYSCALL "__x64_sys_openat"
#else
#define SK_A_SYSCALL "__arm64_sys_openat"
#endif

/* Kinds of program that can be tried. */
enum sk_try {
    SK_TRY_TP_BTF, /* BTF-typed tracepoint; `name` e.g. "sys_exit" */
    SK_TRY_RAW_TP, /* no name */
    SK_TRY_FENTRY, /* function */
    SK_TRY_FEXIT,  /* function */
    SK_TRY_KPROBE, /* no name; only the type of program */
    SK_TRY_LSM,    /* hook, e.g. "file_open" */
    SK_TRY_ITER,   /* "task" */
};

struct btf;

/* Loads a program that returns 0 at once.  0; -ENOENT: the kernel's types lack the name; other
 * -errno: the kernel refused it. `btf` may be NULL for kinds without a name. */
SK_MUST int sk_try_program(enum sk_try kind, const struct btf *btf, const char *name);
/* Makes a ring buffer of one page. 0 or -errno. */
SK_MUST int sk_try_ringbuf(void);

/* Effective capabilities from a /proc/PID/status file; 0 when unreadable. */
uint64_t sk_caps_effective(const char *status_path);
/* Enough to load and attach tracing programs. */
bool sk_caps_suffice(uint64_t caps);

/* First mount of a type ("cgroup2") in a mount table ("/proc/self/mounts").  -ENOENT: none. */
SK_MUST int sk_mount_find(const char *table, const char *type, char *out, size_t size);
/* First line of a small file without its end; -errno. */
SK_MUST int sk_read_line(const char *path, char *out, size_t size);
/* Text of a [bracketed] choice, as in /sys/kernel/security/lockdown; false: none. */
bool sk_bracketed(const char *text, char *out, size_t size);
