/* SPDX-License-Identifier: Apache-2.0 */
/* source.h - where events come from: one small table of functions per kind. */
#pragma once
#include "base/diag.h"
#include "base/log.h"
#include "event/event.h"
#include "state/state.h"

struct sk_pf;

/* What the rules want; apply() may be called again while running. */
struct sk_capture {
    struct sk_event_set events;
    uint32_t snap_bytes;
    enum sk_scope_mode scope;
    const char *scope_cgroup; /* path of a cgroup v2 directory */
    uint32_t scope_pid;
    bool drop_failed; /* system calls that failed are not wanted */
    /* What else an event must be like to be sent (abi/prefilter.h); NULL: nothing.  Borrowed for the
     * length of apply(), but told apart by its address. */
    const struct sk_pf *prefilter;
};

/* Where the programs for system calls are attached. */
enum sk_attach {
    SK_ATTACH_AUTO,  /* at the functions of the wanted calls where the kernel lets, else sys_exit */
    SK_ATTACH_FEXIT, /* the same, and a warning where it does not */
    SK_ATTACH_SYS_EXIT, /* one at the end of every call */
};

struct sk_source_options {
    uint32_t ring_bytes; /* of each bulk ring; a power of two of pages */
    uint32_t critical_ring_bytes;
    uint32_t cpus_per_ring;   /* 0: one bulk ring for all CPUs */
    const char *capture_file; /* replay */
    enum sk_level libs_least; /* of messages of libbpf that go to the log; SK_EMERGENCY: none */
    bool staged;              /* open() returns as soon as alerts are possible; see complete() */
    enum sk_attach attach;    /* ebpf */
    bool force_raw;           /* ebpf, for tests: only the programs for raw tracepoints */
};

/* Totals since open. */
struct sk_source_stats {
    uint64_t seen, sent, received, faults;
    uint64_t drops[SK_CLASS_MAX][SK_DROP_N];
    uint64_t bad_records; /* could not be decoded */
};

/* The driver's share of one CPU, and the runs of one of its programs. */
struct sk_cpu_stats {
    uint32_t cpu;
    uint64_t seen, drops;
};
struct sk_prog_stats {
    char name[32];
    uint64_t runs, time_ns;
};

/* What became of events of one code that were in scope and wanted: dropped by the prefilter, or filled, and
 * then sent or lost. */
struct sk_event_stats {
    uint16_t code;
    uint64_t seen, filtered, sent, dropped;
};

/* Events of one cgroup that were lost since somebody asked. */
struct sk_cgroup_drops {
    uint64_t id;                /* of the v2 hierarchy */
    uint64_t first_ns, last_ns; /* CLOCK_REALTIME */
    uint64_t drops[SK_CLASS_MAX][SK_DROP_N];
};

enum sk_source_cap {
    SK_SOURCE_LIVE = 1,
    SK_SOURCE_RESOLVES = 2, /* records carry extensions */
    SK_SOURCE_SCOPES = 4,
    /* A recording: all of its events come, whatever is wanted, so that their numbers are its own. */
    SK_SOURCE_REPLAYS = 8,
};

/* Receives one decoded event; the bytes are borrowed until it returns. Non-zero stops the poll. */
typedef int sk_event_fn(void *self, struct sk_event *ev);

struct sk_source_ops {
    const char *name;
    uint32_t caps;
    size_t size; /* of the private state, zeroed, passed as self */
    /* Loads and attaches with SK_SCOPE_NONE. */
    int (*open)(void *self, const struct sk_source_options *opt, struct sk_diag *dg);
    /* Sets the wanted capture; fills the state with the tasks in scope on the first call. */
    int (*apply)(void *self, const struct sk_capture *cap, struct sk_state *st, struct sk_diag *dg);
    /* Is everything there that open() began (staged)?  Becomes true in the event thread, once the
     * descriptor was readable; what is left out is a warning.  Then apply() is due once more.  NULL:
     * always. */
    bool (*complete)(void *self, struct sk_diag *dg);
    /* A descriptor for epoll that becomes readable when events wait; -1: poll at once. */
    int (*fd)(void *self);
    /* Delivers at most max events, oldest first.  Returns their number; fewer than max: no more wait,
     * and the descriptor becomes readable anew when they do; -ENODATA: the end of a capture; other
     * -errno: fatal. */
    int (*poll)(void *self, unsigned max, sk_event_fn *fn, void *fn_self);
    /* What ended the source, in words, after poll() failed; NULL, or "": the errno says it. */
    const char *(*error)(void *self);
    void (*stats)(void *self, struct sk_source_stats *out);
    /* Adds a process, by its number in our own pid namespace, to a scope that is a list of processes;
     * NULL: there are no such scopes.  -ENOTSUP: that number means nothing to the kernel. */
    int (*admit)(void *self, uint32_t pid);
    /* At most max of them; how many.  NULL, or 0: not known. */
    size_t (*by_cpu)(void *self, struct sk_cpu_stats *out, size_t max);
    size_t (*by_prog)(void *self, struct sk_prog_stats *out, size_t max);
    /* Of codes that were seen at all: at most max; how many.  NULL, or 0: not known. */
    size_t (*by_event)(void *self, struct sk_event_stats *out, size_t max);
    /* At most max of them, and forgets them; how many.  NULL: not known. */
    size_t (*by_cgroup)(void *self, struct sk_cgroup_drops *out, size_t max);
    /* Reads processes again after drops; NULL: cannot. */
    int (*refill)(void *self, struct sk_state *st);
    /* A descriptor that becomes readable when the source needs no rights any more to load and attach programs; NULL,
     * or -1: so it is. */
    int (*settled_fd)(void *self);
    void (*close)(void *self);
};

extern const struct sk_source_ops *const sk_sources[]; /* NULL-terminated */
const struct sk_source_ops *sk_source_find(const char *name);
