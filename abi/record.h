/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* record.h - the bytes that drivers write and userspace reads; shared by BPF, kmod and userspace.
 *
 * A record is an event block of the .scap format: this header, `nparams` lengths of 16 bits, then the
 * parameters' bytes without padding.  Numbers and parameters are those of tbl/events.def.
 *
 * Saker's own drivers append extensions behind the parameters of the row: further parameters, each
 * beginning with a tag byte (enum sk_x_tag).  A reader that does not know them stops at the row's
 * count.  They hold what the kernel knew when the event happened (who did it, which file or socket a
 * descriptor really was), so that userspace needs no table of descriptors and a lost event leaves no
 * hole behind.
 *
 * Includers provide the fixed-width types (u8.. u64, s64): <stdint.h> in userspace, vmlinux.h in BPF. */
#pragma once

#ifndef __BPF__
#include <assert.h>
#include <stdint.h>
typedef uint8_t sk_u8;
typedef uint16_t sk_u16;
typedef uint32_t sk_u32;
typedef uint64_t sk_u64;
typedef int64_t sk_s64;
#else
typedef __u8 sk_u8;
typedef __u16 sk_u16;
typedef __u32 sk_u32;
typedef __u64 sk_u64;
typedef __s64 sk_s64;
#endif

struct sk_rec_hdr {
    sk_u64 ts_ns; /* CLOCK_REALTIME; drivers write CLOCK_BOOTTIME, the source adds the offset */
    sk_u64 tid;
    sk_u32 len; /* header, lengths and parameters */
    sk_u16 type;
    sk_u32 nparams;
} __attribute__((packed));

#define SK_REC_HDR_BYTES  26
#define SK_REC_MAX_PARAMS 36 /* 31 of the longest row and up to 5 extensions */
#define SK_REC_MAX_BYTES  (24 * 1024)
#define SK_PATH_MAX       4096 /* a path with its NUL */
#define SK_ARGS_MAX       4096 /* args, env, cgroups: each with their NULs */
#define SK_COMM_MAX       16
#define SK_SNAP_BYTES     80 /* of an I/O buffer */

enum sk_x_tag {
    SK_X_TASK = 1, /* struct sk_x_task: every record of a Saker driver */
    SK_X_FILE = 2, /* struct sk_x_file + path: a descriptor that is not a socket */
    SK_X_SOCK = 3, /* struct sk_x_sock + unix path: a descriptor that is a socket */
    SK_X_DIR = 4,  /* struct sk_x_dir + path: what a relative path argument is relative to */
    SK_X_EXEC = 5, /* struct sk_x_exec: identity of the executable, namespaces */
};

/* Who did it. Numbers are those of the initial pid namespace, ids those of the initial user ns. */
struct sk_x_task {
    sk_u8 tag;
    sk_u8 flags;   /* enum sk_task_flag */
    sk_u16 sys_nr; /* native syscall number, 0xffff: not from a syscall */
    sk_u32 pid;    /* thread group id */
    sk_u32 ppid;   /* thread group id of the real parent */
    sk_u32 vtid;   /* in the task's own pid namespace */
    sk_u32 vpid;
    sk_u32 uid, gid;  /* effective */
    sk_u64 start_ns;  /* CLOCK_BOOTTIME start of the thread group leader: tells a reused pid */
    sk_u64 cgroup_id; /* of the v2 hierarchy */
    char comm[SK_COMM_MAX];
} __attribute__((packed));

enum sk_task_flag {
    SK_TASK_COMPAT = 1,   /* 32-bit system call */
    SK_TASK_IO_URING = 2, /* submitted through a ring; identity is the submitter's */
    SK_TASK_PIDNS = 4,    /* not in the initial pid namespace */
    SK_TASK_MNTNS = 8,    /* mount namespace differs from that of pid 1 */
    SK_TASK_EARLY =
        16, /* told when it was submitted: the result is not known, a success is assumed */
};

enum sk_x_role {
    SK_ROLE_FD = 0,  /* what the extension belongs to: the event's descriptor (fd.*) */
    SK_ROLE_OLD = 1, /* dirfd of the first path */
    SK_ROLE_NEW = 2, /* dirfd of the second path (renameat, linkat, symlinkat...) */
};

/* A resolved descriptor. The path (with NUL) follows: seen from the task's own root; "" when it has
 * none; for a deleted file the last name it had (SK_FILE_DELETED). */
struct sk_x_file {
    sk_u8 tag;
    sk_u8 role;  /* enum sk_x_role */
    sk_u8 type;  /* enum sk_fd_type */
    sk_u8 flags; /* enum sk_file_flag */
    sk_s64 fd;
    sk_u32 dev;  /* major << 20 | minor of the kernel's s_dev, as in Falco's dev parameter */
    sk_u32 mode; /* i_mode */
    sk_u64 ino;
} __attribute__((packed));

enum sk_file_flag {
    SK_FILE_DELETED = 1,
    SK_FILE_UPPER = 2,        /* overlayfs: in the upper layer */
    SK_FILE_LOWER = 4,        /* overlayfs: from a lower layer */
    SK_FILE_TRUNCATED = 8,    /* the path was longer than SK_PATH_MAX: its end is kept */
    SK_FILE_UNREACHABLE = 16, /* outside the task's root (detached or other mount namespace) */
};

/* Values are those of the .scap descriptor list. */
enum sk_fd_type {
    SK_FD_UNKNOWN = 0,
    SK_FD_FILE_V1 = 1,
    SK_FD_DIRECTORY = 2,
    SK_FD_IPV4_SOCK = 3,
    SK_FD_IPV6_SOCK = 4,
    SK_FD_IPV4_SERVSOCK = 5,
    SK_FD_IPV6_SERVSOCK = 6,
    SK_FD_FIFO = 7,
    SK_FD_UNIX = 8,
    SK_FD_EVENT = 9,
    SK_FD_UNSUPPORTED = 10,
    SK_FD_SIGNALFD = 11,
    SK_FD_EVENTPOLL = 12,
    SK_FD_INOTIFY = 13,
    SK_FD_TIMERFD = 14,
    SK_FD_NETLINK = 15,
    SK_FD_FILE = 16,
    SK_FD_BPF = 17,
    SK_FD_USERFAULTFD = 18,
    SK_FD_IO_URING = 19,
    SK_FD_MEMFD = 20,
    SK_FD_PIDFD = 21,
};

/* A resolved socket. For AF_UNIX the path (with NUL) follows; abstract names begin with '@'. */
struct sk_x_sock {
    sk_u8 tag;
    sk_u8 role;
    sk_u8 type;    /* enum sk_fd_type */
    sk_u8 l4proto; /* enum sk_l4proto */
    sk_s64 fd;
    sk_u16 family;       /* AF_* */
    sk_u16 sk_type;      /* SOCK_* */
    sk_u8 state;         /* TCP_* state of the kernel, also used by other protocols */
    sk_u8 server;        /* 1: listening, or accepted from a listener; 0: client or unknown */
    sk_u16 lport, rport; /* host order; 0: not bound, not connected */
    sk_u8 laddr[16], raddr[16]; /* network order; IPv4 in the first four bytes */
    sk_u64 ino;
} __attribute__((packed));

enum sk_l4proto {
    SK_L4_UNKNOWN = 0,
    SK_L4_NA = 1,
    SK_L4_TCP = 2,
    SK_L4_UDP = 3,
    SK_L4_ICMP = 4,
    SK_L4_RAW = 5,
};

/* Base of a relative path argument: behind dirfd, or the working directory. The path (with NUL) follows. */
struct sk_x_dir {
    sk_u8 tag;
    sk_u8 role;  /* SK_ROLE_OLD, SK_ROLE_NEW */
    sk_u8 flags; /* enum sk_file_flag */
} __attribute__((packed));

/* Behind execve and process creation: what the row of the event has no parameter for. */
struct sk_x_exec {
    sk_u8 tag;
    sk_u8 pad[3];
    sk_u32 exe_dev;
    sk_u32 sid; /* session id, initial pid namespace */
    sk_u32 ns_pid, ns_mnt, ns_net, ns_user, ns_uts, ns_ipc, ns_cgroup; /* inode numbers */
} __attribute__((packed));

/* Who may not wait behind whom. Critical rows have their own ring. */
enum sk_lane { SK_LANE_CRITICAL, SK_LANE_BULK, SK_LANE_N };

#include "counters.h"

enum sk_scope_mode {
    SK_SCOPE_HOST = 0,       /* everything but Saker */
    SK_SCOPE_CGROUP = 1,     /* tasks below one cgroup (v2 hierarchy) */
    SK_SCOPE_PID = 2,        /* one process and its descendants */
    SK_SCOPE_CONTAINERS = 3, /* tasks in containers */
    SK_SCOPE_NONE = 4,       /* nothing: until the scope is known */
};

#ifndef __BPF__
static_assert(sizeof(struct sk_rec_hdr) == SK_REC_HDR_BYTES, "header of the .scap format");
static_assert(sizeof(struct sk_x_task) == 60, "sk_x_task has no holes");
static_assert(sizeof(struct sk_x_file) == 28, "sk_x_file has no holes");
#endif
