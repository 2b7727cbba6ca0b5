/* SPDX-License-Identifier: Apache-2.0 */
/* syslog_text.h - within sink/: an alert as a message of syslog. */
#pragma once
#include "sink/sink.h"

#define SK_SYSLOG_HOST_MAX 255 /* RFC 5424, 6 */
#define SK_SYSLOG_APP_MAX  48

struct sk_syslog_style {
    bool rfc5424; /* else RFC 3164, as the C library writes it */
    bool local;   /* 3164: no host, as /dev/log wants it */
    int facility; /* LOG_USER... */
    size_t max_bytes;
    char host[SK_SYSLOG_HOST_MAX + 1], app[SK_SYSLOG_APP_MAX + 1];
};

/* "kern" ... "local7", as in syslog.conf(5). -EINVAL. */
SK_MUST int sk_syslog_facility(const char *name, int *out);
/* Copies a name, with '_' for what a header cannot hold; "-" for nothing. */
void sk_syslog_name(char *to, size_t size, const char *from);
/* Replaces the content of `out`. A message that is too long is cut at a character. */
void sk_syslog_text(const struct sk_syslog_style *s, const struct sk_sink_alert *a,
                    struct sk_buf *out);
