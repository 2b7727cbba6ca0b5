/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - the operational log.  Libraries report, one callback (set by the program) prints. */
#pragma once
#include <stdarg.h>

#include "base/base.h"

/* Numbers are those of syslog and of rule priorities. */
enum sk_level {
    SK_EMERGENCY,
    SK_ALERT,
    SK_CRITICAL,
    SK_ERROR,
    SK_WARNING,
    SK_NOTICE,
    SK_INFO,
    SK_DEBUG,
    SK_LEVEL_N
};

typedef void sk_log_fn(void *self, enum sk_level level, const char *text);

/* Any thread may log once this is set; set it before threads start. NULL: silence. */
void sk_log_to(sk_log_fn *fn, void *self);
void sk_log(enum sk_level level, const char *fmt, ...) SK_PRINTF(2, 3);

/* "Emergency" ... "Debug" as alerts print them (6 is "Informational"). */
const char *sk_level_name(enum sk_level level);
/* Case-insensitive; accepts "info" and "informational".  -EINVAL. */
SK_MUST int sk_level_parse(const char *text, enum sk_level *out);
