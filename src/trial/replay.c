/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - source -> state -> callback; see replay.h.  Every event is asked for, so that numbers
 * of events are those of the file. */
#include "trial/replay.h"

#include <errno.h>

#include "source/source.h"

#define BATCH 1024

struct replay {
    struct sk_state *state;
    struct sk_arena *tmp;
    sk_replay_fn *fn;
    void *self;
    uint64_t num, first_ts_ns, prev_ts_ns;
    int result;
};

static int on_event(void *self, struct sk_event *ev)
{
    struct replay *r = self;
    struct sk_thread *th = NULL;

    ev->num = ++r->num;
    if (!r->first_ts_ns)
        r->first_ts_ns = r->prev_ts_ns = ev->ts_ns;
    sk_state_apply(r->state, ev, &th);
    if (!ev->state_only) {
        struct sk_ctx cx = {.ev = ev,
                            .th = th,
                            .proc = th ? th->proc : NULL,
                            .st = r->state,
                            .tmp = r->tmp,
                            .hostname = "",
                            .source = "syscall",
                            .first_ts_ns = r->first_ts_ns,
                            .prev_ts_ns = r->prev_ts_ns};

        r->result = r->fn(r->self, &cx);
        sk_arena_reset(r->tmp);
    }
    r->prev_ts_ns = ev->ts_ns;
    return r->result;
}

static int pump(const struct sk_source_ops *ops, void *source, struct replay *r, struct sk_diag *dg)
{
    struct sk_capture all = {.snap_bytes = SK_SNAP_BYTES, .scope = SK_SCOPE_HOST};
    const char *why;
    int rc;

    memset(&all.events, 0xff, sizeof(all.events));
    rc = ops->apply(source, &all, r->state, dg);
    if (rc < 0)
        return rc; /* said in dg; also the end: a capture without events is none */
    while (rc >= 0 && !r->result)
        rc = ops->poll(source, BATCH, on_event, r);
    if (r->result)
        return r->result;
    if (rc == -ENODATA)
        return 0;
    why = ops->error ? ops->error(source) : NULL;
    return sk_err(dg, rc, NULL, "reading the capture ended: %s", why && *why ? why : strerror(-rc));
}

int sk_replay(const char *file, sk_replay_fn *fn, void *self, struct sk_diag *dg)
{
    const struct sk_source_ops *ops = sk_source_find("scap");
    const struct sk_source_options opt = {.capture_file = file};
    const struct sk_state_limits limits = {0};
    const struct sk_state_ops none = {.host_root = ""};
    struct replay r = {.fn = fn, .self = self};
    sk_auto(mem) void *source = ops ? calloc(1, ops->size) : NULL;
    int rc;

    if (!ops)
        return sk_err(dg, -ENOTSUP, NULL, "capture '%s': this Saker reads no captures", file);
    rc = source ? sk_state_new(&limits, &none, &r.state) : -ENOMEM;
    if (!rc)
        r.tmp = sk_arena_new(SK_TRIAL_TMP_BYTES);
    if (!r.tmp)
        rc = -ENOMEM;
    if (!rc)
        rc = ops->open(source, &opt, dg);
    if (!rc) {
        rc = pump(ops, source, &r, dg);
        ops->close(source);
    }
    sk_arena_free(r.tmp);
    sk_state_free(r.state);
    return rc;
}
