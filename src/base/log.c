/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - the one mutable global of the library: who prints log lines. */
#include "base/log.h"

#include <errno.h>
#include <strings.h>

static sk_log_fn *log_fn;
static void *log_self;

static const char *const names[SK_LEVEL_N] = {
    "Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug",
};

void sk_log_to(sk_log_fn *fn, void *self)
{
    log_fn = fn;
    log_self = self;
}

void sk_log(enum sk_level level, const char *fmt, ...)
{
    sk_auto(mem) char *text = NULL;
    va_list ap;

    if (!log_fn)
        return;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        text = NULL;
    va_end(ap);
    if (text)
        log_fn(log_self, level, text);
}

const char *sk_level_name(enum sk_level level)
{
    return (unsigned)level < SK_LEVEL_N ? names[level] : "?";
}

int sk_level_parse(const char *text, enum sk_level *out)
{
    if (!strcasecmp(text, "info")) {
        *out = SK_INFO;
        return 0;
    }
    for (unsigned i = 0; i < SK_LEVEL_N; i++) {
        if (!strcasecmp(text, names[i])) {
            *out = (enum sk_level)i;
            return 0;
        }
    }
    return -EINVAL;
}
