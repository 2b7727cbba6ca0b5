/* SPDX-License-Identifier: Apache-2.0 */
/* stdout.c - alerts on standard output, one a line. */
#include <errno.h>
#include <unistd.h>

#include "sink/line.h"
#include "sink/sink.h"

static bool stdout_enabled(const struct sk_conf *conf)
{
    return conf->stdout_enabled;
}

static int stdout_open(void *self, const struct sk_sink_options *opt, struct sk_diag *dg)
{
    struct sk_line *l = self;

    (void)dg;
    l->fd = STDOUT_FILENO;
    l->buffered = !opt->unbuffered;
    return 0;
}

static int stdout_write(void *self, const struct sk_sink_alert *alert)
{
    int err = sk_line_write(self, alert->line);

    return err == -EPIPE ? -ESHUTDOWN : err; /* whoever read it is gone and does not come back */
}

static int stdout_reopen(void *self)
{
    (void)self;
    return 0;
}

static void stdout_tend(void *self)
{
    sk_line_tend(self);
}

static void stdout_close(void *self)
{
    sk_line_done(self, "stdout");
}

const struct sk_sink_ops sk_sink_stdout = {
    .name = "stdout",
    .size = sizeof(struct sk_line),
    .enabled = stdout_enabled,
    .open = stdout_open,
    .write = stdout_write,
    .reopen = stdout_reopen,
    .close = stdout_close,
    .tend = stdout_tend,
};
