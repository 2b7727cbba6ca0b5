/* SPDX-License-Identifier: Apache-2.0 */
/* evt.c - evt.* of every source: number, times, origin. */
#include <inttypes.h>

#include "field/extract.h"

#define SECOND      1000000000u
#define MILLISECOND 1000000u

bool sk_f_evt_num(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return sk_give_u64(ref, cx->ev->num, out);
}

/* Text of the event's time; fmt is that of strftime. */
static bool give_time(const struct sk_ctx *cx, const struct sk_field_ref *ref, bool utc,
                      const char *fmt, const char *after_ns, struct sk_vals *out)
{
    time_t sec = (time_t)(cx->ev->ts_ns / SECOND);
    struct tm tm;
    char *text = sk_arena_alloc(cx->tmp, 64);
    size_t n;

    if (!text || !(utc ? gmtime_r(&sec, &tm) : localtime_r(&sec, &tm)))
        return false;
    n = strftime(text, 40, fmt, &tm);
    if (after_ns)
        n += (size_t)snprintf(text + n, 64 - n, ".%09" PRIu64 "%s", cx->ev->ts_ns % SECOND,
                              after_ns);
    return sk_give_text(ref, (struct sk_str){text, n}, out);
}

/* evt.time, evt.datetime... and evt.outputtime, which prints the same as evt.time. */
bool sk_f_evt_time(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    switch (sk_field_id(ref)) {
    case SK_FLD_EVT_TIME_S:
        return give_time(cx, ref, false, "%H:%M:%S", NULL, out);
    case SK_FLD_EVT_TIME_ISO8601:
        return give_time(cx, ref, true, "%Y-%m-%dT%H:%M:%S", "+0000", out);
    case SK_FLD_EVT_DATETIME:
        return give_time(cx, ref, false, "%Y-%m-%d %H:%M:%S", "", out);
    case SK_FLD_EVT_DATETIME_S:
        return give_time(cx, ref, false, "%Y-%m-%d %H:%M:%S", NULL, out);
    default:
        return give_time(cx, ref, false, "%H:%M:%S", "", out);
    }
}

bool sk_f_evt_rawtime(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    uint64_t ts = cx->ev->ts_ns;

    if (sk_field_id(ref) == SK_FLD_EVT_RAWTIME_S)
        ts /= SECOND;
    else if (sk_field_id(ref) == SK_FLD_EVT_RAWTIME_NS)
        ts %= SECOND;
    return sk_give_u64(ref, ts, out);
}

/* An event that is older than the first one (another processor's buffer) has no negative age. */
bool sk_f_evt_reltime(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    uint64_t t = cx->ev->ts_ns > cx->first_ts_ns ? cx->ev->ts_ns - cx->first_ts_ns : 0;

    if (sk_field_id(ref) == SK_FLD_EVT_RELTIME_S)
        t /= SECOND;
    else if (sk_field_id(ref) == SK_FLD_EVT_RELTIME_NS)
        t %= SECOND;
    return sk_give_u64(ref, t, out);
}

bool sk_f_evt_source(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    /* The event of a plugin that is not there has no source. */
    return cx->source && !(cx->ev->info->category & SK_EC_PLUGIN) &&
           sk_give_text(ref, sk_str(cx->source), out);
}

static bool is_async(const struct sk_ctx *cx)
{
    return (cx->ev->info->category & SK_EC_METAEVENT) != 0;
}

bool sk_f_evt_is_async(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return sk_give_bool(ref, is_async(cx), out);
}

bool sk_f_evt_asynctype(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    struct sk_str name;
    int i;

    if (!is_async(cx))
        return false;
    i = strcmp(cx->ev->info->name, "asyncevent") == 0 ? sk_event_param_index(cx->ev->info, "name")
                                                      : -1;
    name = i >= 0 ? sk_event_text(cx->ev, (unsigned)i) : sk_str(cx->ev->info->name);
    return name.p && sk_give_text(ref, name, out);
}

bool sk_f_evt_hostname(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->hostname && sk_give_text(ref, sk_str(cx->hostname), out);
}

/* Milliseconds between the event and the time in brackets, rounded up: `evt.around[T] = D` is
 * compiled to `<= D`. */
bool sk_f_evt_around(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    uint64_t ts = cx->ev->ts_ns, at = (uint64_t)ref->index, d = ts > at ? ts - at : at - ts;

    return sk_give_u64(ref, d / MILLISECOND + (d % MILLISECOND != 0), out);
}

bool sk_f_util_cnt(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    (void)cx;
    return ref->counter && sk_give_u64(ref, ++*ref->counter, out);
}
