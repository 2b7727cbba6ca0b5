/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - a state with processes, one event, and the text of any field of it. */
#pragma once
#include <errno.h>

#include "field/field.h"
#include "tests/unit/test.h"

#define WORLD_TS 1700000000000000000ull

/* Codes of events that the tests make. */
enum {
    EV_CLOSE = 5,
    EV_SOCKET = 19,
    EV_BIND = 21,
    EV_CONNECT = 23,
    EV_SENDTO = 31,
    EV_RECVFROM = 35,
    EV_POLL = 81,
    EV_ACCEPT = 247,
    EV_OPENAT = 307,
    EV_FCHMOD = 317,
    EV_PLUGIN = 322,
};

struct world {
    struct sk_state *st;
    struct sk_arena *mem; /* of parsed fields */
    struct sk_arena *tmp;
    struct sk_buf rec, text;
    struct sk_event ev;
    struct sk_event_writer w;
    struct sk_ctx cx;
};

static inline int world_setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    w->rec = SK_BUF(1 << 16);
    w->text = SK_BUF(1 << 16);
    w->mem = sk_arena_new(1 << 20);
    w->tmp = sk_arena_new(1 << 20);
    assert_non_null(w->mem);
    assert_non_null(w->tmp);
    assert_int_equal(sk_state_new(NULL, NULL, &w->st), 0);
    *state = w;
    return 0;
}

static inline int world_teardown(void **state)
{
    struct world *w = *state;

    sk_state_free(w->st);
    sk_arena_free(w->mem);
    sk_arena_free(w->tmp);
    sk_buf_done(&w->rec);
    sk_buf_done(&w->text);
    free(w);
    return 0;
}

/* A process of one thread, with what its makers usually know. */
static inline struct sk_task_info world_task(uint32_t pid, uint32_t ppid, const char *comm)
{
    return (struct sk_task_info){
        .pid = pid,
        .tid = pid,
        .ppid = ppid,
        .vpid = pid,
        .vtid = pid,
        .sid = -1,
        .pgid = -1,
        .vpgid = -1,
        .comm = sk_str(comm),
        .exe = sk_str(comm),
        .exepath = SK_STR("/usr/bin/x"),
        .loginuid = UINT32_MAX,
    };
}

static inline void world_add(struct world *w, const struct sk_task_info *ti)
{
    assert_int_equal(sk_state_add(w->st, ti), 0);
}

static inline void world_begin(struct world *w)
{
    sk_buf_reset(&w->rec);
    sk_event_write_begin(&w->w, &w->rec);
}

/* Fills what a row has no value for, then appends an extension and its path. */
static inline void world_ext(struct world *w, uint16_t type, const void *x, size_t n,
                             const char *path)
{
    char all[512];

    while (w->w.nparams < sk_events[type].nparams)
        sk_event_write_param(&w->w, NULL, 0);
    memcpy(all, x, n);
    if (path)
        memcpy(all + n, path, strlen(path) + 1);
    sk_event_write_param(&w->w, all, n + (path ? strlen(path) + 1 : 0));
}

static inline void world_send(struct world *w, uint16_t type, uint32_t tid)
{
    while (w->w.nparams < sk_events[type].nparams)
        sk_event_write_param(&w->w, NULL, 0);
    assert_int_equal(sk_event_write_end(&w->w, type, WORLD_TS, tid), 0);
    assert_int_equal(sk_event_decode(w->rec.p, w->rec.n, 0, &w->ev), 0);
    w->cx = (struct sk_ctx){.ev = &w->ev, .st = w->st, .tmp = w->tmp};
    w->cx.th = sk_state_thread(w->st, tid);
    w->cx.proc = w->cx.th ? w->cx.th->proc : NULL;
}

/* The same of a capture: the state follows the event, and knows its descriptors from a table. */
static inline void world_replay(struct world *w, uint16_t type, uint32_t tid)
{
    world_send(w, type, tid);
    sk_state_apply(w->st, &w->ev, &w->cx.th);
    w->cx.proc = w->cx.th ? w->cx.th->proc : NULL;
}

/* A descriptor of the capture's list. */
static inline void world_add_fd(struct world *w, uint32_t tid, const struct sk_fd_info *fi)
{
    struct sk_fd_info copy = *fi;

    if (!copy.name.p)
        copy.name = SK_STR("");
    assert_int_equal(sk_state_add_fd(w->st, tid, &copy), 0);
}

/* An event without parameters: enough for what only concerns the process. */
static inline void world_event(struct world *w, uint32_t tid)
{
    world_begin(w);
    world_send(w, EV_CLOSE, tid);
}

/* Text of a field, values joined by '|'; "(absent)". Valid until the next call. */
static inline const char *world_text(struct world *w, const char *field)
{
    static struct sk_vals vals;
    struct sk_field_ref ref;
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);

    sk_buf_reset(&w->text);
    sk_buf_addz(&w->text, "");
    if (sk_field_parse(sk_str(field), w->mem, &ref, &err) < 0)
        fail_msg("%s", err.p);
    if (!sk_field_extract(&w->cx, &ref, &vals))
        return "(absent)";
    for (size_t i = 0; i < vals.n; i++) {
        if (i)
            sk_buf_addc(&w->text, '|');
        sk_val_text(&vals.v[i], ref.fmt, &w->text);
    }
    assert_false(w->text.failed);
    return w->text.n ? w->text.p : "";
}

static inline const char *world_output(struct world *w, const char *field)
{
    const char *text;

    w->cx.for_output = true;
    text = world_text(w, field);
    w->cx.for_output = false;
    return text;
}

#define assert_field(w, field, want)  assert_string_equal(world_text(w, field), want)
#define assert_output(w, field, want) assert_string_equal(world_output(w, field), want)
#define WORLD_TEST(f)                 cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
