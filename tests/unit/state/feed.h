/* SPDX-License-Identifier: Apache-2.0 */
/* feed.h - makes records of life-cycle events and applies them to a state. */
#pragma once
#include "state/state.h"

#include "tests/unit/test.h"

struct feed {
    struct sk_state *st;
    struct sk_buf rec;
    struct sk_event ev;
    struct sk_thread *th; /* of the last event */
    uint64_t ts_ns;
    struct sk_event_writer w;
};

static inline void feed_init(struct feed *f, const struct sk_state_limits *limits,
                             const struct sk_state_ops *ops)
{
    *f = (struct feed){.rec = SK_BUF(1 << 20), .ts_ns = 1700000000000000000ull};
    assert_int_equal(sk_state_new(limits, ops, &f->st), 0);
}

static inline void feed_done(struct feed *f)
{
    sk_state_free(f->st);
    sk_buf_done(&f->rec);
}

static inline void feed_begin(struct feed *f)
{
    sk_buf_reset(&f->rec);
    sk_event_write_begin(&f->w, &f->rec);
}

static inline void feed_send(struct feed *f, uint16_t type, uint32_t tid)
{
    f->ts_ns += 1000;
    assert_int_equal(sk_event_write_end(&f->w, type, f->ts_ns, tid), 0);
    assert_int_equal(sk_event_decode(f->rec.p, f->rec.n, 0, &f->ev), 0);
    sk_state_apply(f->st, &f->ev, &f->th);
}

/* Fills what a row has no value for, so that an extension can follow. */
static inline void feed_pad(struct feed *f, uint16_t type)
{
    while (f->w.nparams < sk_events[type].nparams)
        sk_event_write_param(&f->w, NULL, 0);
}

static inline void feed_task(struct feed *f, uint16_t type, const struct sk_x_task *task)
{
    struct sk_x_task x = *task;

    x.tag = SK_X_TASK;
    feed_pad(f, type);
    sk_event_write_param(&f->w, &x, sizeof(x));
}

/* An event of `type` with one integer of 8 bytes as result. */
static inline void feed_result(struct feed *f, uint16_t type, int64_t res)
{
    (void)type;
    feed_begin(f);
    sk_event_write_int(&f->w, (uint64_t)res, 8);
}

static inline void feed_bytes(struct feed *f, const char *p, size_t n)
{
    sk_event_write_param(&f->w, p, n);
}

static inline void feed_text(struct feed *f, const char *z)
{
    sk_event_write_text(&f->w, sk_str(z));
}

/* Common begin of clone and execve: exe "sh", no args. */
static inline void feed_life(struct feed *f, int64_t res, const char *exe, uint32_t tid,
                             uint32_t pid, uint32_t ptid, const char *comm, const char *cgroups)
{
    feed_begin(f);
    sk_event_write_int(&f->w, (uint64_t)res, 8);
    feed_text(f, exe);
    feed_bytes(f, "-x\0y", 5);
    sk_event_write_int(&f->w, tid, 8);
    sk_event_write_int(&f->w, pid, 8);
    sk_event_write_int(&f->w, ptid, 8);
    feed_text(f, "/work");
    sk_event_write_int(&f->w, 1024, 8);
    sk_event_write_int(&f->w, 1, 8);
    sk_event_write_int(&f->w, 2, 8);
    sk_event_write_int(&f->w, 300, 4);
    sk_event_write_int(&f->w, 200, 4);
    sk_event_write_int(&f->w, 100, 4);
    feed_text(f, comm);
    feed_bytes(f, cgroups, cgroups[0] ? strlen(cgroups) + 1 : 0);
}

#define FEED_CLONE        223
#define FEED_EXECVE       293
#define FEED_EXIT         186
#define FEED_PLUGIN       322
#define FEED_GETPPID_LIKE 275 /* setsid: any event with a thread */

/* clone: res 0 is told by the child, else by the caller (then tid and pid are the caller's). */
static inline void feed_clone(struct feed *f, int64_t res, uint32_t tid, uint32_t pid,
                              uint32_t ptid, uint32_t flags, const char *exe)
{
    feed_life(f, res, exe, tid, pid, ptid, "sh", "");
    sk_event_write_int(&f->w, flags, 4);
    sk_event_write_int(&f->w, 1000, 4);
    sk_event_write_int(&f->w, 100, 4);
    sk_event_write_int(&f->w, tid, 8);
    sk_event_write_int(&f->w, pid, 8);
    sk_event_write_int(&f->w, 0, 8);
}

static inline void feed_exec(struct feed *f, uint32_t pid, uint32_t ptid, const char *path,
                             const char *cgroups)
{
    const char *slash = strrchr(path, '/');

    feed_life(f, 0, path, pid, pid, ptid, slash ? slash + 1 : path, cgroups);
    feed_bytes(f, "HOME=/root\0A=b", 15);
    sk_event_write_int(&f->w, 34816, 4);
    sk_event_write_int(&f->w, 7, 8);
    sk_event_write_int(&f->w, 1001, 4);
    sk_event_write_int(&f->w, 1, 4);
    sk_event_write_int(&f->w, 0x1, 8);
    sk_event_write_int(&f->w, 0x2, 8);
    sk_event_write_int(&f->w, 0x3, 8);
    sk_event_write_int(&f->w, 77, 8);
    sk_event_write_int(&f->w, 88, 8);
    sk_event_write_int(&f->w, 99, 8);
    sk_event_write_int(&f->w, 500, 4);
    feed_text(f, path);
    sk_event_write_int(&f->w, 8, 8);
    sk_event_write_int(&f->w, 501, 4);
    feed_text(f, "requested");
}

static inline void feed_exit(struct feed *f, uint32_t tid, uint32_t reaper)
{
    feed_begin(f);
    sk_event_write_int(&f->w, 0, 8);
    sk_event_write_int(&f->w, 0, 8);
    sk_event_write_int(&f->w, 0, 1);
    sk_event_write_int(&f->w, 0, 1);
    sk_event_write_int(&f->w, reaper, 8);
    feed_send(f, FEED_EXIT, tid);
}

/* Any event of the thread, from a driver of others (no extension). */
static inline void feed_touch(struct feed *f, uint32_t tid)
{
    feed_result(f, 297, -1);
    feed_send(f, 275, tid);
}
