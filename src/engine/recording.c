/* SPDX-License-Identifier: Apache-2.0 */
/* recording.c - recordings; see recording.h.
 *
 * A recording begins with what is known of all processes, which takes the longer the more there are;
 * the events that come meanwhile wait in the rings. */
#include "engine/recording.h"

#include <errno.h>
#include <inttypes.h>

#include "engine/run.h"

#define SK_GENERIC_X 1 /* calls without an event of their own; 0: their beginning */
#define MIB          (1u << 20)
#define MS_NS        1000000ull

void sk_record_events(bool generic, struct sk_event_set *out)
{
    for (unsigned code = generic ? 0 : SK_GENERIC_X + 1; code < SK_EVENT_N; code++)
        if (sk_events[code].supported)
            sk_event_set_add(out, code);
}

static int open_file(struct sk_engine *e, const struct sk_scap_writer_options *opt,
                     struct sk_diag *dg)
{
    int err = sk_scap_writer_open(opt, &e->record.writer, dg);

    if (!err)
        sk_scap_write_state(e->record.writer, e->state,
                            sk_state_live_root(e->state) ? e->proc : NULL);
    return err;
}

int sk_record_begin(struct sk_engine *e, struct sk_diag *dg)
{
    const struct sk_scap_writer_options opt = {.path = e->opt.record.path,
                                               .plain = e->opt.record.plain};

    if (!opt.path)
        return 0;
    snprintf(e->record.path, sizeof(e->record.path), "%s", opt.path);
    return open_file(e, &opt, dg);
}

static void fail(struct sk_engine *e, int err, const char *text)
{
    snprintf(e->why, sizeof(e->why), "%s", text);
    e->error = err;
    e->stop = true;
}

/* Around an alert: named after the event that began it. */
static void start(struct sk_engine *e, const struct sk_event *ev)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    const struct sk_scap_writer_options opt = {.path = e->record.path, .exclusive = true};
    int err = dg ? 0 : -ENOMEM;

    snprintf(e->record.path, sizeof(e->record.path), "%s_%020" PRIu64 "_%020" PRIu64 ".scap",
             e->opt.conf->capture_path_prefix, ev->ts_ns, ev->num);
    if (!err)
        err = open_file(e, &opt, dg);
    if (err)
        fail(e, err, dg ? sk_diag_text(dg, SK_DIAG_ERROR) : "no memory for a recording");
    else
        e->record.files++;
}

int sk_record_end(struct sk_engine *e)
{
    int err = sk_scap_writer_close(SK_TAKE(e->record.writer));

    if (err)
        sk_log(SK_ERROR, "the recording %s is not complete: %s", e->record.path, strerror(-err));
    return err;
}

static void tell_size(struct sk_engine *e, uint64_t ts_ns, uint64_t written)
{
    uint64_t limit = e->opt.conf->capture_max_file_size_mb;
    char text[160], mb[24], bytes[24];
    const struct sk_alert_kv kv[] = {{"max_file_size_mb", mb}, {"written_bytes", bytes}};
    const struct sk_alert_note note = {
        .ts_ns = ts_ns,
        .priority = SK_INFO,
        .rule = "Falco internal: capture size limit reached",
        .message = text,
        .kv = kv,
        .nkv = SK_ARRAY_LEN(kv),
    };

    snprintf(text, sizeof(text),
             "Falco internal: capture size limit reached. Configured limit: %" PRIu64 " MB.",
             limit);
    snprintf(mb, sizeof(mb), "%" PRIu64, limit);
    snprintf(bytes, sizeof(bytes), "%" PRIu64, written);
    if (!sk_engine_note(e, &note))
        sk_log(SK_DEBUG, "the alert about the size of a recording was itself dropped");
}

/* Begins or prolongs the recording as the rules that matched ask for it. */
static void ask(struct sk_engine *e, const struct sk_event *ev, const struct sk_rule *const *hit,
                size_t n)
{
    const struct sk_conf *c = e->opt.conf;
    bool wanted = e->record.writer || strcmp(c->capture_mode, "all_rules") == 0;
    uint64_t end_ns = 0;

    for (size_t i = 0; i < n; i++) {
        uint64_t ms =
            hit[i]->capture_duration_ms ? hit[i]->capture_duration_ms : c->capture_default_duration;

        wanted |= hit[i]->capture;
        end_ns = SK_MAX(end_ns, ev->ts_ns + ms * MS_NS);
    }
    if (!wanted)
        return;
    if (!e->record.writer) {
        start(e, ev);
        e->record.end_ns = 0;
    }
    e->record.end_ns = SK_MAX(e->record.end_ns, end_ns);
}

static void around_alerts(struct sk_engine *e, const struct sk_event *ev)
{
    uint64_t limit = e->opt.conf->capture_max_file_size_mb * MIB, written;

    if (ev->ts_ns >= e->record.end_ns) {
        (void)sk_record_end(e);
        return;
    }
    written = limit ? sk_scap_writer_bytes(e->record.writer) : 0;
    if (!limit || written < limit)
        return;
    tell_size(e, ev->ts_ns, written);
    (void)sk_record_end(e);
}

static void everything(struct sk_engine *e)
{
    uint64_t limit = e->opt.record.max_bytes;
    int err = sk_scap_writer_error(e->record.writer);
    char text[5000];

    if (err) {
        snprintf(text, sizeof(text), "cannot write %s: %s", e->record.path, strerror(-err));
        fail(e, err, text);
    }
    if (limit && sk_scap_writer_bytes(e->record.writer) >= limit)
        e->stop = true;
}

void sk_record_event(struct sk_engine *e, const struct sk_event *ev,
                     const struct sk_rule *const *hit, size_t n)
{
    if (n && e->opt.conf->capture_enabled && !e->opt.record.path)
        ask(e, ev, hit, n);
    if (!e->record.writer)
        return;
    sk_scap_write_event(e->record.writer, ev);
    e->stats.recorded = sk_scap_writer_events(e->record.writer);
    if (e->opt.record.path)
        everything(e);
    else
        around_alerts(e, ev);
}
