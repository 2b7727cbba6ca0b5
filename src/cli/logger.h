/* SPDX-License-Identifier: Apache-2.0 */
/* logger.h - the operational log: standard error and syslog, as the configuration says. */
#pragma once
#include <stdatomic.h>

#include "base/log.h"

/* A reload changes it while other threads log; one message in the old way does no harm. */
struct sk_logger {
    atomic_bool to_stderr, to_syslog, iso;
    _Atomic(enum sk_level) level; /* least important one that is logged */
};

/* sk_log_fn; self: struct sk_logger. Any thread. */
void sk_logger_write(void *self, enum sk_level level, const char *text);
