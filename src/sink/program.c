/* SPDX-License-Identifier: Apache-2.0 */
/* program.c - alerts as lines to a program's standard input.
 *
 * keep_alive: one program takes all alerts, and another one takes its place when it ends; lines that
 * it left unread in the pipe go to the successor.  Otherwise each alert has a run of its own, whose
 * end is waited for: it is delivered when the program took it, whatever its exit status, unless the
 * shell could not start it at all. */
#include <errno.h>
#include <sys/wait.h>

#include "sink/child.h"
#include "sink/io.h"
#include "sink/sink.h"
#include "sink/tail.h"

#define SK_PROGRAM_GRACE_MS     2000 /* for what it has not read yet, at its end */
#define SK_PROGRAM_LOOK_MS      50   /* how long the end of Saker may stay unseen */
#define SK_PROGRAM_STEADY_MS    1000 /* who lives longer than this may be restarted at once */
#define SK_PROGRAM_PAUSE_MAX_MS 30000

struct program {
    char name[64]; /* of this output, for the log */
    struct sk_child child;
    struct sk_child_log log;
    struct sk_tail tail;
    bool torn; /* only the beginning of the last one in `tail`, torn_id, is in the pipe */
    uint64_t torn_id;
    char *command;
    bool keep_alive;
    uint32_t timeout_ms, pause_ms; /* pause: before the next start, after quick ends */
    uint64_t not_before_ns;
    const atomic_bool *over;
    char why[128];
};

static bool program_enabled(const struct sk_conf *conf)
{
    return conf->program_enabled;
}

static int program_open(void *self, const struct sk_sink_options *opt, struct sk_diag *dg)
{
    struct program *p = self;

    (void)dg;
    snprintf(p->name, sizeof(p->name), "%s", opt->name ? opt->name : sk_sink_program.name);
    p->log.name = p->name;
    p->over = opt->over;
    p->keep_alive = opt->conf->program_keep_alive;
    p->timeout_ms = SK_MAX(opt->conf->program_timeout, 1u);
    p->command = strdup(opt->conf->program_name);
    return p->command ? 0 : -ENOMEM;
}

static int fault(struct program *p, int err, const char *what)
{
    snprintf(p->why, sizeof(p->why), "%s", what);
    return err;
}

static bool over(const struct program *p)
{
    return p->over && atomic_load(p->over);
}

/* At the end of the program nobody waits for a child any more. -EINTR. */
static int wait_room(struct program *p, uint64_t deadline)
{
    int err;

    do
        err = sk_child_wait_room(&p->child, SK_MIN(deadline, sk_io_deadline(SK_PROGRAM_LOOK_MS)));
    while (err == -ETIMEDOUT && sk_io_left(deadline) && !over(p));
    return err == -ETIMEDOUT && over(p) ? -EINTR : err;
}

static int wait_end(struct program *p, uint64_t deadline)
{
    int err;

    do
        err = sk_child_wait(&p->child, SK_MIN(deadline, sk_io_deadline(SK_PROGRAM_LOOK_MS)));
    while (err == -ETIMEDOUT && sk_io_left(deadline) && !over(p));
    return err == -ETIMEDOUT && over(p) ? -EINTR : err;
}

/* What it did not read is first in line for the next program, but for an alert that was not handed
 * over whole: the caller brings it again. */
static void end_child(struct program *p, uint32_t grace_ms)
{
    sk_tail_trim(&p->tail, sk_child_end(&p->child, grace_ms, true));
    sk_tail_rewind(&p->tail);
    if (p->torn)
        sk_tail_cancel(&p->tail);
    p->torn = false;
}

/* It has ended by itself. The next one has to wait when this one did not live long. */
static void bury(struct program *p)
{
    bool steady = sk_boottime_ns() - p->child.started_ns > SK_PROGRAM_STEADY_MS * 1000000ull;

    end_child(p, 0);
    p->pause_ms = steady ? 0 : SK_MIN(SK_MAX(p->pause_ms * 2, 100u), SK_PROGRAM_PAUSE_MAX_MS);
    p->not_before_ns = sk_io_deadline(p->pause_ms);
}

static int start(struct program *p, bool quiet)
{
    int err = sk_child_start(&p->child, p->command, &p->log, quiet);

    if (err)
        snprintf(p->why, sizeof(p->why), "Failed to open program output: %.60s (error: %s)",
                 p->command, strerror(-err));
    return err;
}

static int ensure_running(struct program *p)
{
    if (p->child.command && atomic_load(&p->child.ended))
        bury(p);
    if (p->child.command)
        return 0;
    if (sk_boottime_ns() < p->not_before_ns)
        return fault(p, -EAGAIN,
                     "the program ended as soon as it was started; it is started again later");
    return start(p, false);
}

/* Hands over what is in the tail. */
static int pump(struct program *p, uint64_t deadline)
{
    for (struct sk_str rest; rest = sk_tail_rest(&p->tail), rest.n;) {
        ssize_t w = sk_child_write(&p->child, rest.p, rest.n);

        if (w > 0)
            sk_tail_sent(&p->tail, (size_t)w);
        else if (w == -EAGAIN)
            w = wait_room(p, deadline);
        if (w < 0)
            return (int)w;
    }
    sk_tail_trim(&p->tail, sk_child_unread(&p->child));
    return 0;
}

static int to_lasting(struct program *p, const struct sk_sink_alert *alert)
{
    const uint64_t deadline = sk_io_deadline(p->timeout_ms);
    int err = ensure_running(p);
    bool mine = p->torn && p->torn_id == alert->id; /* the last in the tail is this alert */

    if (err)
        return err;
    if (!mine) {
        err = pump(p, deadline); /* what was left over, after an end or a pause */
        if (!err) {
            p->torn = false;
            err = sk_tail_add(&p->tail, alert->line, SK_STR("\n"));
            mine = !err;
        }
    }
    if (!err)
        err = pump(p, deadline);
    if (!err) {
        p->torn = false;
        return 0;
    }
    if (mine && (err == -EPIPE || !sk_tail_cancel(&p->tail))) {
        p->torn = true;
        p->torn_id = alert->id;
    }
    if (err == -EPIPE)
        bury(p);
    return err == -EPIPE       ? fault(p, err, "the program has ended")
           : err == -ETIMEDOUT ? fault(p, err, "the program does not read")
                               : err;
}

static void forget_tail(struct program *p)
{
    sk_tail_rewind(&p->tail);
    while (sk_tail_cancel(&p->tail))
        continue;
}

/* The run was too long. It is delivered when it was read. */
static int overdue(struct program *p)
{
    if (sk_child_end(&p->child, 0, true))
        return fault(p, -ETIMEDOUT, "the program does not read");
    sk_log(SK_WARNING, "%s: '%s' did not end within %u ms: it was ended", p->name, p->command,
           p->timeout_ms);
    return 0;
}

static int to_fresh(struct program *p, const struct sk_sink_alert *alert)
{
    const uint64_t deadline = sk_io_deadline(p->timeout_ms);
    int err = start(p, true), status;

    if (err)
        return err;
    err = sk_tail_add(&p->tail, alert->line, SK_STR("\n"));
    if (!err)
        err = pump(p, deadline);
    forget_tail(p);
    sk_child_close_input(&p->child);
    /* -EPIPE: it ended without reading to the end, which is its own affair. */
    if (!err || err == -EPIPE)
        err = wait_end(p, deadline);
    if (err == -ETIMEDOUT)
        return overdue(p);
    status = atomic_load(&p->child.status);
    sk_child_end(&p->child, 0, false);
    if (!err && WIFEXITED(status) && (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127))
        return fault(p, -ENOEXEC, "the shell cannot run the program");
    return err;
}

static int program_write(void *self, const struct sk_sink_alert *alert)
{
    struct program *p = self;

    p->why[0] = '\0';
    return p->keep_alive ? to_lasting(p, alert) : to_fresh(p, alert);
}

/* A program that ended with lines unread has a successor at once, not with the next alert. */
static void program_tend(void *self)
{
    struct program *p = self;

    if (!p->keep_alive || !p->tail.n || p->torn)
        return;
    if (!p->child.command || !atomic_load(&p->child.ended))
        sk_tail_trim(&p->tail, sk_child_unread(&p->child));
    if (p->tail.n && (!p->child.command || atomic_load(&p->child.ended)) && !ensure_running(p) &&
        pump(p, sk_io_deadline(SK_PROGRAM_LOOK_MS)) == -EPIPE)
        bury(p);
}

static int program_reopen(void *self)
{
    struct program *p = self;
    int err;

    p->why[0] = '\0';
    if (!p->keep_alive)
        return 0;
    end_child(p, SK_PROGRAM_GRACE_MS);
    p->pause_ms = 0;
    p->not_before_ns = 0;
    err = start(p, false);
    return err ? err : pump(p, sk_io_deadline(p->timeout_ms));
}

static void program_close(void *self)
{
    struct program *p = self;

    end_child(p, over(p) ? 0 : SK_PROGRAM_GRACE_MS);
    if (p->tail.n)
        sk_log(SK_ERROR, "%s: '%s' ended without reading the last %zu alerts", p->name, p->command,
               p->tail.n);
    sk_tail_done(&p->tail);
    mem_freep(&p->command);
}

static const char *program_why(const void *self)
{
    return ((const struct program *)self)->why;
}

const struct sk_sink_ops sk_sink_program = {
    .name = "program",
    .size = sizeof(struct program),
    .enabled = program_enabled,
    .open = program_open,
    .write = program_write,
    .reopen = program_reopen,
    .close = program_close,
    .tend = program_tend,
    .why = program_why,
};
