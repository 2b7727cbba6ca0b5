/* SPDX-License-Identifier: Apache-2.0 */
/* scap.c - replay of a capture; see scap.h.
 *
 * open() reads the first header, the first apply() the lists up to the first event: then both can
 * still refuse a file that is none.  What is damaged later ends the replay when everything before it
 * was delivered. */
#include "source/scap/scap.h"

#include <errno.h>

#include "event/convert.h"
#include "source/scap/reader.h"

#define SK_STEPS 4096u /* of one poll, beyond the events that are read at once */

struct scap {
    struct sk_scap_reader *reader;
    struct sk_converter *converter;
    bool began;   /* the lists were read */
    bool passes;  /* the scope lets events pass */
    bool initial; /* nothing but what tells the state of the machine came until now */
    int ended;    /* what poll() says from now on: -ENODATA or the error; 0: goes on */
    struct sk_source_stats stats;
    uint64_t undelivered; /* kept for the event that ends the call, old, or damaged */
};

static int scap_open(void *self, const struct sk_source_options *opt, struct sk_diag *dg)
{
    struct scap *sc = self;
    int err = sk_converter_new(&sc->converter);

    if (err)
        return sk_err(dg, err, NULL, "no memory to convert old events");
    err = sk_scap_reader_open(opt->capture_file ? opt->capture_file : "", &sc->reader, dg);
    if (err)
        sk_converter_free(SK_TAKE(sc->converter));
    return err;
}

/* Reads the lists in front of the events. */
static int begin(struct scap *sc, const struct sk_capture *cap, struct sk_state *st,
                 struct sk_diag *dg)
{
    struct sk_scap_record ignored;
    int step;

    (void)cap;
    sk_scap_reader_set_state(sc->reader, st);
    do {
        step = sk_scap_reader_step(sc->reader, &ignored);
    } while (step == SK_SCAP_STEP_LIST);
    if (step == -ENODATA)
        return sk_err(dg, step, NULL, "no events in file: the capture ends behind its lists");
    if (step < 0)
        return sk_err(dg, step, NULL, "%s", sk_scap_reader_why(sc->reader));
    if (sk_scap_reader_skipped_lists(sc->reader))
        sk_warn(dg, NULL, "the list of addresses in the capture is damaged: it is left out");
    sc->began = sc->initial = true;
    return 0;
}

static int scap_apply(void *self, const struct sk_capture *cap, struct sk_state *st,
                      struct sk_diag *dg)
{
    struct scap *sc = self;
    int err = sc->began ? 0 : begin(sc, cap, st, dg);

    sc->passes = !err && cap->scope != SK_SCOPE_NONE;
    return err;
}

static int scap_fd(void *self)
{
    (void)self;
    return -1;
}

/* Events that a capture may begin with and that describe the machine, not what happens on it. */
static bool tells_state(uint16_t type)
{
    static const char *const names[] = {
        "PPME_CONTAINER_JSON_2_E", "PPME_USER_ADDED_E",    "PPME_USER_DELETED_E",
        "PPME_GROUP_ADDED_E",      "PPME_GROUP_DELETED_E", "PPME_ASYNCEVENT_E",
    };

    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        if (strcmp(sk_events[type].enum_name, names[i]) == 0)
            return true;
    return false;
}

static int bad_record(struct scap *sc)
{
    sc->stats.bad_records++;
    sc->undelivered++;
    return 0;
}

/* enum sk_convert, or -errno of a record that is damaged. */
static int decode(struct scap *sc, const struct sk_scap_record *r, struct sk_event *ev)
{
    const void *rec = r->rec;
    const char *why;
    size_t len = r->len;
    int what, err;

    if (r->ours)
        return sk_event_decode_more(rec, len, &r->more, r->cpu, ev);
    what = sk_convert(sc->converter, r->rec, r->len, &rec, &len, &why);
    if (what < 0 || what == SK_CONVERT_DROP)
        return what;
    err = sk_event_decode(rec, len, r->cpu, ev);
    return err ? err : what;
}

/* Calls that have not happened yet are for the state only: what they will do is in the exit event. */
static inline bool hand_on(struct scap *sc, struct sk_event *ev, uint32_t flags, sk_event_fn *fn,
                           void *fn_self)
{
    if (SK_UNLIKELY(sc->initial))
        sc->initial = tells_state(ev->type);
    ev->state_only = sc->initial || flags & SK_SCAP_STATE_ONLY || sk_event_shapes[ev->type].begin;
    sc->stats.received++;
    return fn(fn_self, ev) != 0;
}

/* 1: delivered; 0: not an event for the engine; the receiver's wish to stop in *stop. */
static int deliver(struct scap *sc, const struct sk_scap_record *r, sk_event_fn *fn, void *fn_self,
                   bool *stop)
{
    struct sk_event ev;
    int what = decode(sc, r, &ev);

    if (what == SK_CONVERT_DROP) {
        sc->undelivered++;
        sc->initial = false;
        return 0;
    }
    if (what < 0)
        return bad_record(sc);
    *stop = hand_on(sc, &ev, r->flags, fn, fn_self);
    return 1;
}

/* One step of the reader: 1 event delivered, or 0. */
static int step(struct scap *sc, sk_event_fn *fn, void *fn_self, bool *stop)
{
    struct sk_scap_record r;
    int what = sk_scap_reader_step(sc->reader, &r);

    if (what < 0) {
        sc->ended = what;
        return 0;
    }
    switch ((enum sk_scap_step)what) {
    case SK_SCAP_STEP_EVENT:
        return deliver(sc, &r, fn, fn_self, stop);
    case SK_SCAP_STEP_BAD:
        return bad_record(sc);
    case SK_SCAP_STEP_RESTART:
        sk_converter_reset(sc->converter);
        sc->initial = true;
        return 0;
    case SK_SCAP_STEP_LIST:
    case SK_SCAP_STEP_AT_EVENT:
    case SK_SCAP_STEP_NEWER:
        return 0;
    }
    return 0;
}

static int scap_poll(void *self, unsigned max, sk_event_fn *fn, void *fn_self)
{
    struct scap *sc = self;
    unsigned n = 0, steps = 0; /* that gave no event at once */
    bool stop = false;
    struct sk_event ev;

    if (!sc->passes)
        return 0;
    while (n < max && !stop) {
        if (SK_LIKELY(sk_scap_reader_event(sc->reader, &ev))) {
            stop = hand_on(sc, &ev, 0, fn, fn_self);
            n++;
            continue;
        }
        /* Blocks that are no events count as well: signals are looked at between two polls. */
        if (steps++ >= SK_STEPS)
            break;
        n += (unsigned)step(sc, fn, fn_self, &stop);
        if (sc->ended)
            break;
    }
    return n ? (int)n : sc->ended;
}

static const char *scap_error(void *self)
{
    struct scap *sc = self;

    return sc->reader ? sk_scap_reader_why(sc->reader) : "";
}

static void scap_stats(void *self, struct sk_source_stats *out)
{
    const struct scap *sc = self;

    *out = sc->stats;
    out->seen = out->sent = sc->stats.received + sc->undelivered;
}

static void scap_close(void *self)
{
    struct scap *sc = self;

    sk_scap_reader_free(SK_TAKE(sc->reader));
    sk_converter_free(SK_TAKE(sc->converter));
}

const struct sk_source_ops sk_source_scap = {
    .name = "scap",
    .caps = SK_SOURCE_REPLAYS,
    .size = sizeof(struct scap),
    .open = scap_open,
    .apply = scap_apply,
    .fd = scap_fd,
    .poll = scap_poll,
    .error = scap_error,
    .stats = scap_stats,
    .close = scap_close,
};
