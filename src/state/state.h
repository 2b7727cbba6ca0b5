/* SPDX-License-Identifier: Apache-2.0 */
/* state.h - what runs on the system: processes, threads, images, users, as events tell it.
 *
 * Fed by life-cycle events (clone, fork, execve, exit, credentials, directories, names); filled at
 * start from /proc (source/) and repaired after drops.  One thread owns a state.  Memory: slabs
 * with hard caps; what does not fit is counted in sk_state_stats and the event goes on without it.
 *
 * Lifetimes: a struct sk_image is immutable and counted; fork shares it.  A struct sk_proc lives
 * while one of its threads lives, or while a child names it as parent (then `dead` is set). */
#pragma once
#include "base/arena.h"
#include "event/event.h"

/* A program image: fixed at execve, shared by every process that was forked from it. */
struct sk_image {
    uint32_t refs;
    uint32_t exe_dev;
    struct sk_image *parent; /* image of the parent when this one was executed; NULL: unknown */
    struct sk_str comm;      /* at execve */
    struct sk_str exe;       /* argv[0] */
    struct sk_str exepath;   /* resolved by the kernel, " (deleted)" cut off */
    struct sk_str filename;  /* as requested from execve */
    struct sk_str args;      /* argv[1..], each with its NUL */
    struct sk_str env;       /* each with its NUL */
    uint64_t exec_ns;        /* CLOCK_REALTIME of the execve; 0: before Saker */
    uint64_t exe_ino, exe_ctime_ns, exe_mtime_ns; /* 0: unknown */
    bool exe_writable, exe_upper, exe_lower, exe_memfd;
    bool exe_deleted; /* had no name left when it was executed */
};

struct sk_proc {
    uint32_t pid;             /* thread group id, initial pid namespace */
    int64_t vpid;             /* -1: unknown */
    char comm[SK_COMM_MAX];   /* of the leader, as last seen: stays when the leader is gone */
    uint32_t refs;            /* children, and itself while it lives */
    bool dead;                /* no thread left */
    bool fake;                /* made because an event named it, never seen otherwise */
    bool reaper;              /* PR_SET_CHILD_SUBREAPER, or init of a pid namespace */
    struct sk_proc *parent;   /* counted; NULL: unknown or pid 1 */
    uint32_t ppid;            /* as last told, also where parent is NULL */
    struct sk_image *image;   /* counted; never NULL (an empty one for a fake entry) */
    struct sk_thread *leader; /* may be NULL when the leader ended before the others */
    uint32_t nthreads, nchildren;
    struct sk_thread *threads; /* all of them, linked by next */
    struct sk_fdtable *fds;    /* counted; NULL: nothing known, as for live events; see fd.h */
    struct sk_proc *children, *sibling_next, *sibling_prev;
    uint64_t start_ns; /* CLOCK_BOOTTIME start of the leader: identity with pid; 0: unknown */
    uint64_t clone_ns; /* CLOCK_REALTIME of creation; 0: unknown */
    struct sk_str cwd; /* ends with '/'; "" unknown */
    struct sk_str root;
    int64_t sid, pgid, vpgid; /* -1: unknown */
    uint32_t tty;             /* device number; 0: none */
    uint32_t loginuid;        /* UINT32_MAX: not set */
    int64_t fdlimit;          /* -1: unknown */
    uint64_t vm_size_kb, vm_rss_kb, vm_swap_kb;
    struct sk_str cgroups;      /* "subsystem=path" strings, each with its NUL */
    uint64_t cgroup_id;         /* v2; 0: unknown */
    struct sk_str container_id; /* interned; "" : host; from the cgroup path */
    uint64_t pidns_init_start_ns;
    uint32_t ns_pid, ns_mnt, ns_net, ns_user, ns_uts, ns_ipc, ns_cgroup; /* 0: unknown */
};

struct sk_thread {
    uint32_t tid;
    int64_t vtid;
    struct sk_proc *proc;   /* never NULL */
    char comm[SK_COMM_MAX]; /* NUL-terminated */
    uint32_t uid, gid;      /* effective; UINT32_MAX: unknown */
    uint64_t cap_inheritable, cap_permitted, cap_effective;
    uint64_t clone_ns;             /* CLOCK_REALTIME of creation; 0: unknown */
    uint64_t pgft_maj, pgft_min;   /* page faults */
    uint32_t flags;                /* clone flags (Falco's PPM_CL_*) */
    bool inverted;                 /* the child's own event came first */
    bool marked, missing;          /* by sk_state_mark and sk_state_sweep */
    struct sk_enter *enter;        /* of a capture: the call that has begun; NULL: none */
    uint64_t seen[7], seen_at;     /* struct sk_x_task from `pid` on, as last applied; when */
    struct sk_thread *next, *prev; /* threads of the process */
};

struct sk_user {
    uint32_t uid, gid;
    struct sk_str name, home, shell;
};
struct sk_group {
    uint32_t gid;
    struct sk_str name;
};

struct sk_state_limits {
    uint32_t threads;    /* default 262144 */
    uint64_t bytes;      /* strings and images; default 256 MiB */
    uint64_t fd_bytes;   /* descriptors of captures; default 256 MiB */
    uint32_t user_lists; /* containers whose user files are kept; default 256 */
};

struct sk_state_stats {
    uint64_t threads, procs, images, bytes;
    uint64_t added, removed, fake;
    uint64_t evicted;  /* refused, or cut short, by a cap */
    uint64_t repaired; /* entries that were wrong: a reused pid, an exit that was never seen */
    uint64_t lookups, lookup_misses;
};

struct sk_state;
/* Where live details come from; NULL members for replay.  `refill` reads /proc (source/procfs). */
struct sk_state_ops {
    void *self;
    /* Reads one process (all its threads) into the state; 0 or -errno. */
    int (*lookup)(void *self, struct sk_state *st, uint32_t pid);
    const char *host_root; /* prefix of /proc and /etc: "" or $HOST_ROOT */
    bool live;
};

SK_MUST int sk_state_new(const struct sk_state_limits *limits, const struct sk_state_ops *ops,
                         struct sk_state **out);
void sk_state_free(struct sk_state *st);
void state_freep(struct sk_state **st);

/* Applies one event; never fails (caps count).  Afterwards *out is the thread that made the event,
 * or NULL (events without a thread).  The pointer is valid until the next apply.  A process that
 * ends is removed when the next event is applied, so that rules still see it. */
void sk_state_apply(struct sk_state *st, const struct sk_event *ev, struct sk_thread **out);

struct sk_thread *sk_state_thread(struct sk_state *st, uint32_t tid);
struct sk_proc *sk_state_proc(struct sk_state *st, uint32_t pid);

/* Everything that a scan of /proc knows about one thread; strings are copied. */
struct sk_task_info {
    uint32_t pid, tid, ppid;
    int64_t vpid, vtid, sid, pgid, vpgid;
    struct sk_str comm, exe, exepath, args, env, cwd, root, cgroups;
    uint32_t uid, gid, loginuid, tty, flags, exe_dev;
    int64_t fdlimit;
    uint64_t vm_size_kb, vm_rss_kb, vm_swap_kb, pgft_maj, pgft_min;
    uint64_t cap_inheritable, cap_permitted, cap_effective;
    uint64_t start_ns, clone_ns, exe_ino, exe_ctime_ns, exe_mtime_ns, pidns_init_start_ns,
        cgroup_id;
    uint32_t ns_pid, ns_mnt, ns_net, ns_user, ns_uts, ns_ipc, ns_cgroup;
    bool exe_writable, exe_upper, exe_lower, exe_memfd;
};
/* Adds or refreshes one thread (leaders first). -ENOSPC when a cap refuses it. */
SK_MUST int sk_state_add(struct sk_state *st, const struct sk_task_info *ti);
/* What the descriptor list of a capture knows about one descriptor (replay only). */
struct sk_fd_info {
    int64_t num;
    uint64_t ino;
    enum sk_fd_type type;
    enum sk_l4proto l4proto;
    uint8_t sip[16], dip[16]; /* network order, IPv4 in the first four bytes; server sockets: sip */
    uint16_t sport, dport;    /* host order */
    uint64_t unix_src, unix_dst;
    uint32_t open_flags, dev;
    struct sk_str name; /* path of files and unix sockets */
};
/* Adds or replaces a descriptor of the process of thread `tid`; strings are copied.  -ENOENT: no
 * such thread; -ENOSPC: a cap refuses it (counted). */
SK_MUST int sk_state_add_fd(struct sk_state *st, uint32_t tid, const struct sk_fd_info *fi);

/* An address of the captured machine: tells which end of a connection is local. */
struct sk_iface {
    uint8_t ip[16], mask[16], bcast[16]; /* network order, IPv4 in the first four bytes */
    bool v6;
};
SK_MUST int sk_state_add_iface(struct sk_state *st, const struct sk_iface *ifc);
/* Users and groups of the captured machine; strings are copied. -ENOSPC: a cap refuses it. */
SK_MUST int sk_state_add_user(struct sk_state *st, const struct sk_user *u);
SK_MUST int sk_state_add_group(struct sk_state *st, const struct sk_group *g);
/* Forgets everything: another capture begins in the same file. Statistics stay. */
void sk_state_reset(struct sk_state *st);

/* After a scan: gives processes their parents that were added after them. */
void sk_state_link(struct sk_state *st);
/* After a drop: mark all, add what a new scan finds, sweep what it did not find.  Records older
 * than the scan may still wait in the rings: a swept thread is removed when the first event arrives
 * that is younger than the mark, or at once when no event was applied yet. */
void sk_state_mark(struct sk_state *st);
void sk_state_sweep(struct sk_state *st);

/* Users and groups: host files, or those below the root of a container's process.  NULL: no name,
 * or not live.  The pointer is valid until the next apply. */
const struct sk_user *sk_state_user(struct sk_state *st, const struct sk_proc *p, uint32_t uid);
const struct sk_group *sk_state_group(struct sk_state *st, const struct sk_proc *p, uint32_t gid);

/* The path of a cgroup of the v2 hierarchy that a process was seen in; {NULL, 0}: not known. */
struct sk_str sk_state_cgroup_path(const struct sk_state *st, uint64_t id);
/* Container id in a cgroup path ("": host): docker, podman, containerd, CRI, crio, runc names. */
struct sk_str sk_container_id(struct sk_str cgroup_path);
/* The same for "subsystem=path" strings, each with its NUL: a certain name wins over a guessed one.
 */
struct sk_str sk_cgroups_container_id(struct sk_str cgroups);

/* $HOST_ROOT or "" when the state is fed by this machine's events; NULL in a replay. */
const char *sk_state_live_root(const struct sk_state *st);

void sk_state_get_stats(const struct sk_state *st, struct sk_state_stats *out);

/* a + b normalised as Falco does it: `b` absolute wins; "." and ".." resolved textually, clamped at
 * "/"; result of SK_PATH_MAX or more: "/DIR_TOO_LONG/FILENAME_TOO_LONG".  Returns memory of `tmp`.
 */
struct sk_str sk_path_join(struct sk_arena *tmp, struct sk_str base, struct sk_str path);
