/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - see replay.h. */
#include "tests/compat/replay.h"

#include <errno.h>

#include "source/source.h"

struct run {
    struct sk_state *st;
    struct sk_arena *tmp;
    uint64_t num, first_ts_ns, prev_ts_ns;
    replay_fn *fn;
    void *self;
};

static int one(void *self, struct sk_event *ev)
{
    struct run *r = self;
    struct sk_thread *th = NULL;
    struct sk_ctx cx;

    ev->num = ++r->num;
    if (!r->first_ts_ns && !(ev->info->category & SK_EC_METAEVENT))
        r->first_ts_ns = ev->ts_ns;
    sk_state_apply(r->st, ev, &th);
    cx = (struct sk_ctx){
        .ev = ev,
        .th = th,
        .proc = th ? th->proc : NULL,
        .st = r->st,
        .tmp = r->tmp,
        .hostname = "",
        .source = "syscall",
        .first_ts_ns = r->first_ts_ns,
        .prev_ts_ns = r->prev_ts_ns,
    };
    r->fn(r->self, &cx);
    sk_arena_reset(r->tmp);
    if (!ev->state_only)
        r->prev_ts_ns = ev->ts_ns;
    return 0;
}

static int drive(struct run *r, const struct sk_source_ops *ops, void *src,
                 const struct sk_source_options *opt, struct sk_diag *dg)
{
    struct sk_capture cap = {.snap_bytes = SK_SNAP_BYTES};
    int rc = ops->open(src, opt, dg);

    memset(&cap.events, 0xff, sizeof(cap.events));
    if (!rc)
        rc = ops->apply(src, &cap, r->st, dg);
    if (rc) {
        fprintf(stderr, "%s: %s", opt->capture_file, sk_diag_text(dg, SK_DIAG_ERROR));
        return rc;
    }
    do
        rc = ops->poll(src, 256, one, r);
    while (rc >= 0);
    if (rc == -ENODATA)
        return 0;
    fprintf(stderr, "%s: stopped behind event %llu: %s\n", opt->capture_file,
            (unsigned long long)r->num, strerror(-rc));
    return rc;
}

int replay(const char *path, replay_fn *fn, void *self)
{
    const struct sk_source_ops *ops = sk_source_find("scap");
    struct sk_source_options opt = {.capture_file = path};
    struct run r = {.fn = fn, .self = self, .tmp = sk_arena_new(64u << 20)};
    sk_auto(state) struct sk_state *st = NULL;
    void *src = calloc(1, ops->size);
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    int rc = -ENOMEM;

    if (src && dg && r.tmp && !sk_state_new(NULL, NULL, &st)) {
        r.st = st;
        rc = drive(&r, ops, src, &opt, dg);
        ops->close(src);
    }
    free(src);
    sk_arena_free(r.tmp);
    return rc;
}
