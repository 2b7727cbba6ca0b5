/* SPDX-License-Identifier: Apache-2.0 */
/* meter.c - see meter.h.
 *
 * The file is opened for each line: it may be moved or removed at any time, and a disk that is full or a
 * directory that is gone costs the lines of that time. */
#include "server/meter.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "fmt/lines.h"

#define LINE_MAX_BYTES (4u << 20)
#define AGAIN_MS       100
#define LONGEST_MS     (365ull * 86400000)

struct sk_meter {
    struct sk_meter_options opt;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool stop, woken;
    uint64_t samples;
    bool broken; /* the file could not be written the last time */
};

static void write_alert(struct sk_meter *m, const struct sk_meter_target *to,
                        const struct sk_metric_field *f, size_t n, uint64_t now_ns)
{
    static const char rule[] = "Falco internal: metrics snapshot";
    const struct sk_alert_options opt = {
        .hostname = m->opt.hostname, .id = to->with_id ? sk_outputs_next_id(m->opt.outputs) : 0};
    sk_auto(mem) struct sk_alert_kv *kv = calloc(n + 1, sizeof(*kv));
    sk_auto(alert_lines) struct sk_alert_lines lines;
    const struct sk_alert_note note = {.ts_ns = now_ns,
                                       .priority = SK_INFO,
                                       .rule = rule,
                                       .message = "Falco metrics snapshot",
                                       .kv = kv,
                                       .nkv = n};

    if (sk_alert_lines_init(&lines, sk_outputs_forms(m->opt.outputs), LINE_MAX_BYTES) || !kv)
        return;
    for (size_t i = 0; i < n; i++)
        kv[i] = (struct sk_alert_kv){f[i].key, f[i].json};
    sk_alert_lines_note(&opt, &note, &lines);
    const struct sk_sink_alert alert = {.forms = lines.line,
                                        .priority = note.priority,
                                        .id = opt.id,
                                        .ts_ns = now_ns,
                                        .rule = sk_str(rule)};
    if (!sk_outputs_push(m->opt.outputs, &alert))
        sk_log(SK_DEBUG, "a metrics snapshot was dropped: the queue of an output is full");
}

static int append(const char *path, struct sk_str line)
{
    sk_auto(fd) int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    ssize_t n;

    if (fd < 0)
        return -errno;
    if (sk_ends_torn(fd, path) && write(fd, "\n", 1) != 1)
        return -errno;
    n = write(fd, line.p, line.n);
    return n < 0 ? -errno : (size_t)n == line.n ? 0 : -ENOSPC;
}

static void write_file(struct sk_meter *m, const char *path, const struct sk_metric_field *f,
                       size_t n)
{
    sk_auto(buf) struct sk_buf line = SK_BUF(LINE_MAX_BYTES);
    int err;

    sk_buf_addz(&line, "{\"output_fields\":{");
    for (size_t i = 0; i < n; i++)
        sk_buf_printf(&line, "%s\"%s\":%s", i ? "," : "", f[i].key, f[i].json);
    sk_buf_printf(&line, "},\"sample\":%llu}\n", (unsigned long long)m->samples);
    err = line.failed ? -ENOMEM : append(path, sk_buf_str(&line));
    if (err && !m->broken)
        sk_log(SK_ERROR, "metrics.output_file '%s' cannot be written: %s; it is tried again", path,
               strerror(-err));
    else if (!err && m->broken)
        sk_log(SK_NOTICE, "metrics.output_file '%s' is written again", path);
    m->broken = err;
}

/* false: not yet. */
static bool sample(struct sk_meter *m)
{
    sk_auto(metrics) struct sk_metrics set = {0};
    struct sk_meter_target to;
    struct sk_metric_field *f;
    size_t n;

    if (sk_metrics_init(&set) || m->opt.collect(m->opt.self, &set, &to))
        return false;
    if (!sk_metrics_fields(&set, &to.fields, &f, &n)) {
        if (to.rule)
            write_alert(m, &to, f, n, to.now_ns);
        if (*to.file)
            write_file(m, to.file, f, n);
    }
    m->opt.done(m->opt.self);
    m->samples++;
    return true;
}

static void wait_until(struct sk_meter *m, uint64_t at_ms)
{
    const struct timespec at = {.tv_sec = (time_t)(at_ms / 1000),
                                .tv_nsec = (long)(at_ms % 1000) * 1000000};

    (void)pthread_cond_timedwait(&m->wake, &m->lock, &at);
}

static uint64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Snapshots keep their distance from the first, however long one takes; those that were missed are not
 * made up for. */
static void *run(void *self)
{
    struct sk_meter *m = self;
    uint64_t next = now_ms();

    pthread_mutex_lock(&m->lock);
    while (!m->stop) {
        const uint64_t every = SK_MIN(m->opt.interval_ms(m->opt.self), LONGEST_MS);
        uint64_t now = now_ms();

        if (m->woken && next > now + every)
            next = now + every;
        m->woken = false;
        if (!every || now < next) {
            wait_until(m, every ? next : now + LONGEST_MS);
            continue;
        }
        pthread_mutex_unlock(&m->lock);
        const bool done = sample(m);
        pthread_mutex_lock(&m->lock);
        now = now_ms();
        next += every * ((now - next) / every + 1);
        if (!done && !m->samples)
            next = now + AGAIN_MS;
    }
    pthread_mutex_unlock(&m->lock);
    if (!m->samples && m->opt.interval_ms(m->opt.self))
        (void)sample(m);
    return NULL;
}

int sk_meter_start(const struct sk_meter_options *opt, struct sk_meter **out)
{
    struct sk_meter *m = calloc(1, sizeof(*m));
    pthread_condattr_t attr;
    sigset_t all, old;
    int err;

    if (!m)
        return -ENOMEM;
    m->opt = *opt;
    pthread_mutex_init(&m->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&m->wake, &attr);
    pthread_condattr_destroy(&attr);
    sigfillset(&all); /* signals belong to the control thread */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    err = pthread_create(&m->thread, NULL, run, m);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (err) {
        free(m);
        return -err;
    }
    *out = m;
    return 0;
}

void sk_meter_wake(struct sk_meter *m)
{
    pthread_mutex_lock(&m->lock);
    m->woken = true;
    pthread_cond_signal(&m->wake);
    pthread_mutex_unlock(&m->lock);
}

void sk_meter_stop(struct sk_meter *m)
{
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    m->stop = true;
    pthread_cond_signal(&m->wake);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    pthread_cond_destroy(&m->wake);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void meter_freep(struct sk_meter **m)
{
    sk_meter_stop(*m);
    *m = NULL;
}
