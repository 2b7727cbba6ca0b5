/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - what the files of state/ share. */
#pragma once
#include "base/map.h"
#include "state/fd.h"
#include "state/ids.h"
#include "state/pool.h"
#include "state/state.h"

#define SK_STATE_RECENT      8192u         /* ends that are remembered */
#define SK_STATE_RECENT_NS   2000000000ull /* for how long */
#define SK_STATE_DEAD_CHAIN  16u         /* dead ancestors in a row that are kept for their names */
#define SK_STATE_IMAGE_CHAIN 64u         /* images of ancestors that are kept */
#define SK_STATE_CGROUPS     16384u      /* cgroup ids whose paths are remembered */
#define SK_STATE_TICK_NS     10000000ull /* /proc gives start times in this unit */
#define SK_STATE_NEAR        256u        /* threads that are found without a hash */

struct sk_users;
struct sk_fdtable;

struct sk_state {
    struct sk_state_limits limit;
    struct sk_state_ops ops;
    char *host_root;
    struct sk_pool *nodes;  /* threads, processes: limited by their number */
    struct sk_pool *text;   /* strings, images: limited by limit.bytes */
    struct sk_pool *fds;    /* descriptors and their tables: limited by limit.fd_bytes */
    struct sk_map *threads; /* tid -> struct sk_thread */
    struct sk_map *procs;   /* pid -> struct sk_proc that lives */
    struct sk_map *strings; /* text -> struct istr */
    struct sk_map *cgroups; /* v2 id -> struct sk_cgroup */
    struct sk_users *users;
    struct sk_map *seen_users, *seen_groups; /* of a capture; NULL: none */
    struct sk_iface *ifaces;                 /* of the captured machine */
    uint32_t ifaces_n;
    uint8_t fd_at
        [SK_EVENT_N]; /* by event code: parameter with the descriptor it uses; see fd_event.c */
    /* By event code: an event of a known thread that tells nothing new about it is done (1), or has
     * but a handler that changes what only it changes (2); 0: anything else. */
    uint8_t plain[SK_EVENT_N];
    bool pending; /* sk_state_apply has more to do than the event: see begin() */
    /* How often something changed that threads are told from (struct sk_x_task), or that could be
     * told differently now: creation and end, parents, what handlers set. */
    uint64_t changes;
    struct sk_thread *near[SK_STATE_NEAR]; /* by tid, those that were looked up last; or NULL */
    bool foreign;                          /* the event is of a capture that others recorded */
    bool scanning;            /* a scan adds processes: parents may come after their children */
    bool fds_fresh;           /* descriptors were added by a scan: their roles are not known yet */
    struct sk_event_fd ev_fd; /* of the last event */
    struct sk_fdtable *closing; /* counted: closing_num is removed by the next event */
    int64_t closing_num;
    struct sk_image *empty;  /* image of whoever is unknown */
    struct sk_thread *dying; /* ended by the last event: removed by the next */
    uint64_t dying_reaper;
    uint64_t procs_n, images_n; /* with the dead ones */
    uint64_t seq;               /* events applied */
    uint64_t sweep_ns;          /* CLOCK_REALTIME of the last mark; 0: nothing is missing */
    struct sk_arena *tmp;       /* of one apply */
    struct sk_recent {
        uint32_t tid, ppid;
        uint64_t ts_ns;
    } *recent;
    struct sk_state_stats stats;
};

/* strings.c: equal strings exist once and are counted. "" is no object. On failure "" (counted). */
struct sk_str sk_string_get(struct sk_state *st, struct sk_str s);
struct sk_str sk_string_ref(struct sk_str s);
void sk_string_put(struct sk_state *st, struct sk_str *s);
/* Replaces *dst. */
void sk_string_set(struct sk_state *st, struct sk_str *dst, struct sk_str s);

/* The same for a directory: it gets a '/' at its end; a path that is not absolute is ignored. */
void sk_string_set_dir(struct sk_state *st, struct sk_str *dst, struct sk_str path);

/* image.c. `from` has borrowed strings and the numbers; parent is counted by the new image.  Never
 * NULL: the empty image when a cap refuses it. */
struct sk_image *sk_image_new(struct sk_state *st, const struct sk_image *from,
                              struct sk_image *parent);
struct sk_image *sk_image_ref(struct sk_image *im);
void sk_image_put(struct sk_state *st, struct sk_image *im);
void sk_image_set(struct sk_state *st, struct sk_proc *p, struct sk_image *im); /* takes im */

/* table.c. NULL over the cap (counted). */
struct sk_proc *sk_proc_new(struct sk_state *st, uint32_t pid);
struct sk_thread *sk_thread_new(struct sk_state *st, struct sk_proc *p, uint32_t tid);
/* Ends a process that got no thread, because a cap refused it. */
void sk_proc_drop_empty(struct sk_state *st, struct sk_proc *p);
/* Removes a thread; with the last one its process ends and the children get a new parent: the
 * process of thread `reaper` when it is known, else the nearest ancestor that reaps, else they keep
 * it. */
void sk_thread_remove(struct sk_state *st, struct sk_thread *th, uint64_t reaper);
/* Removes all threads but `keep` (NULL: all, and so the process). */
void sk_proc_remove_threads(struct sk_state *st, struct sk_proc *p, struct sk_thread *keep);
/* Sets ppid, and the parent when it is known. */
void sk_proc_set_parent(struct sk_state *st, struct sk_proc *p, uint32_t ppid);
void sk_thread_set_comm(struct sk_thread *th, struct sk_str comm);
/* Is it the same process? Tells by start times, of which one may be in ticks. */
bool sk_same_start(uint64_t a_ns, uint64_t b_ns);

/* container.c */
void sk_proc_set_cgroups(struct sk_state *st, struct sk_proc *p, struct sk_str cgroups);
void sk_proc_set_cgroup_id(struct sk_state *st, struct sk_proc *p, uint64_t id);
void sk_cgroups_free(struct sk_state *st);

/* fork.c, life.c: handlers of creation, execution and end. */
void sk_state_fork(struct sk_state *st, const struct sk_event *ev, struct sk_thread **out);
void sk_state_exec(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th);
void sk_state_exit(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th);

/* apply.c: fills st->plain. */
void sk_state_find_plain(struct sk_state *st);
/* The thread of an event: found, checked, created. */
struct sk_thread *sk_state_resolve(struct sk_state *st, const struct sk_event *ev);
/* Reads a process that is not known from /proc when live. NULL: not found. */
struct sk_thread *sk_state_look_up(struct sk_state *st, uint32_t pid, uint32_t tid);
/* Text of a parameter; "" when absent or Falco's null text. */
struct sk_str sk_ev_text(const struct sk_event *ev, unsigned i);

/* users.c */
void sk_users_free(struct sk_users *u);
