/* SPDX-License-Identifier: Apache-2.0 */
/* alive.c - do events arrive?  At the start by a self-test; later by a look at how long it has been
 * quiet (syscall_event_timeouts).
 *
 * Falco counts reads that time out after 30 ms.  Saker sleeps while nothing happens, so it counts the
 * time.  A scope where nothing happens is no fault: before Saker speaks, it makes an event itself. */
#include <errno.h>
#include <inttypes.h>

#include "engine/run.h"

#define READ_NS 30000000ull

static void ready(struct sk_engine *e)
{
    if (e->opt.ready)
        e->opt.ready(e->opt.wake_self);
    e->opt.ready = NULL;
}

void sk_engine_begin(struct sk_engine *e)
{
    e->quiet_since_ns = sk_boottime_ns();
    if (!sk_selftest_start(e, false))
        ready(e);
}

static void notify(struct sk_engine *e, uint64_t reads)
{
    sk_auto(buf) struct sk_buf when = SK_BUF(64);
    char text[128];
    struct sk_alert_kv field = {"last_event_time", NULL};
    const struct sk_alert_note note = {
        .ts_ns = sk_now_ns(),
        .priority = SK_DEBUG,
        .rule = "Falco internal: timeouts notification",
        .message = text,
        .kv = &field,
        .nkv = 1,
    };

    snprintf(text, sizeof(text),
             "Falco internal: timeouts notification. %" PRIu64
             " consecutive timeouts without event.",
             reads);
    sk_buf_addc(&when, '"');
    if (e->last_ts_ns)
        sk_time_text(e->last_ts_ns, &when);
    else
        sk_buf_addz(&when, "none");
    sk_buf_addc(&when, '"');
    field.json = sk_buf_str(&when).p;
    if (!sk_engine_note(e, &note))
        sk_log(SK_DEBUG, "the alert about missing events was itself dropped");
}

static void watch_silence(struct sk_engine *e, uint64_t now_ns)
{
    uint64_t reads;

    if (e->heard || !e->quiet_since_ns)
        e->quiet_since_ns = now_ns;
    e->heard = false;
    reads = (now_ns - e->quiet_since_ns) / READ_NS;
    if (!e->source || !(e->opt.source->caps & SK_SOURCE_LIVE) || e->selftest.running ||
        reads <= e->opt.conf->max_consecutives)
        return;
    if (sk_selftest_start(e, true))
        return;
    notify(e, reads);
    e->quiet_since_ns = now_ns;
}

static void failed(struct sk_engine *e, uint64_t now_ns, const char *why)
{
    if (e->selftest.heartbeat) {
        sk_log(SK_ERROR, "%s", why);
        notify(e, (now_ns - e->quiet_since_ns) / READ_NS);
        e->quiet_since_ns = now_ns;
        return;
    }
    snprintf(e->why, sizeof(e->why), "%s", why);
    e->error = -ENODATA;
    e->stop = true;
}

void sk_engine_look(struct sk_engine *e, uint64_t now_ns)
{
    sk_auto(buf) struct sk_buf why = SK_BUF(4096);

    switch (sk_selftest_look(e, now_ns, &why)) {
    case SK_SELFTEST_PASSED:
        if (!e->selftest.heartbeat)
            sk_log(SK_DEBUG, "The self-test was seen");
        ready(e);
        break;
    case SK_SELFTEST_FAILED:
        failed(e, now_ns, sk_buf_str(&why).p);
        break;
    case SK_SELFTEST_GOES_ON:
        break;
    }
    watch_silence(e, now_ns);
}
