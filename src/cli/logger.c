/* SPDX-License-Identifier: Apache-2.0 */
/* logger.c - one write() a message, so that lines of two threads never mix. */
#include "cli/logger.h"

#include <syslog.h>
#include <unistd.h>

#include "base/str.h"

#define SK_LOG_MAX_BYTES (16u << 20)

static void write_stderr(const struct sk_logger *l, struct sk_str text)
{
    sk_auto(buf) struct sk_buf line = SK_BUF(SK_LOG_MAX_BYTES);
    char when[64] = "";
    time_t now = time(NULL);
    struct tm tm;

    if (l->iso ? gmtime_r(&now, &tm) : localtime_r(&now, &tm))
        strftime(when, sizeof(when), l->iso ? "%Y-%m-%dT%H:%M:%S+0000" : "%a %b %d %H:%M:%S %Y",
                 &tm);
    sk_buf_printf(&line, "%s: ", when);
    sk_buf_adds(&line, text);
    sk_buf_addc(&line, '\n');
    if (write(STDERR_FILENO, line.p, line.n) < 0)
        return; /* nobody to tell */
}

void sk_logger_write(void *self, enum sk_level level, const char *text)
{
    const struct sk_logger *l = self;
    struct sk_str s = sk_str(text);

    if (level > l->level)
        return;
    while (s.n && s.p[s.n - 1] == '\n')
        s.n--;
    if (l->to_stderr)
        write_stderr(l, s);
    if (l->to_syslog)
        syslog((int)level, "%.*s", (int)SK_MIN(s.n, (size_t)INT32_MAX), s.p);
}
