/* SPDX-License-Identifier: Apache-2.0 */
/* syslog.c - alerts to the system log: priorities of rules are the severities of syslog. */
#include <syslog.h>

#include "sink/sink.h"

static bool syslog_enabled(const struct sk_conf *conf)
{
    return conf->syslog_enabled;
}

static int syslog_open(void *self, const struct sk_sink_options *opt, struct sk_diag *dg)
{
    (void)self, (void)opt, (void)dg;
    return 0;
}

static int syslog_write(void *self, const struct sk_sink_alert *alert)
{
    (void)self;
    syslog((int)alert->priority, "%.*s", (int)alert->line.n, alert->line.p);
    return 0;
}

static int syslog_reopen(void *self)
{
    (void)self;
    return 0;
}

static void syslog_close(void *self)
{
    (void)self;
}

const struct sk_sink_ops sk_sink_syslog = {
    .name = "syslog",
    .size = 1,
    .enabled = syslog_enabled,
    .open = syslog_open,
    .write = syslog_write,
    .reopen = syslog_reopen,
    .close = syslog_close,
};
