/* SPDX-License-Identifier: Apache-2.0 */
/* logger.h - the operational log: standard error and syslog, as the configuration says. */
#pragma once
#include "base/log.h"

struct sk_logger {
    bool to_stderr, to_syslog, iso;
    enum sk_level level; /* least important one that is logged */
};

/* sk_log_fn; self: struct sk_logger. Any thread. */
void sk_logger_write(void *self, enum sk_level level, const char *text);
