/* SPDX-License-Identifier: Apache-2.0 */
/* time.c - times of alerts: local for people, UTC for machines. */
#include "fmt/alert.h"

#define NS_PER_S 1000000000ull

void sk_time_text(uint64_t ts_ns, struct sk_buf *out)
{
    time_t s = (time_t)(ts_ns / NS_PER_S);
    struct tm tm = {0};

    localtime_r(&s, &tm);
    sk_buf_printf(out, "%02d:%02d:%02d.%09u", tm.tm_hour, tm.tm_min, tm.tm_sec,
                  (unsigned)(ts_ns % NS_PER_S));
}

void sk_time_iso(uint64_t ts_ns, const char *suffix, struct sk_buf *out)
{
    time_t s = (time_t)(ts_ns / NS_PER_S);
    struct tm tm = {0};

    gmtime_r(&s, &tm);
    sk_buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%09u%s", tm.tm_year + 1900, tm.tm_mon + 1,
                  tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (unsigned)(ts_ns % NS_PER_S),
                  suffix);
}
