/* SPDX-License-Identifier: Apache-2.0 */
/* util.h - a sink to play with, files to read back, the log as text. */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "sink/sink.h"
#include "tests/unit/conf_with.h"
#include "tests/unit/test.h"

static char log_text[8192];
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static inline void log_keep(void *self, enum sk_level level, const char *text)
{
    size_t n;

    (void)self;
    pthread_mutex_lock(&log_lock);
    n = strlen(log_text);
    snprintf(log_text + n, sizeof(log_text) - n, "%u %s\n", level, text);
    pthread_mutex_unlock(&log_lock);
}

/* While other threads may log. */
static inline bool log_has(const char *text)
{
    bool has;

    pthread_mutex_lock(&log_lock);
    has = strstr(log_text, text);
    pthread_mutex_unlock(&log_lock);
    return has;
}

static inline int log_begin(void **state)
{
    (void)state;
    log_text[0] = '\0';
    sk_log_to(log_keep, NULL);
    return 0;
}

static inline int log_end(void **state)
{
    (void)state;
    sk_log_to(NULL, NULL);
    return 0;
}

static inline const char *temp_path(void)
{
    static char path[64];
    static unsigned turn;

    snprintf(path, sizeof(path), "/tmp/saker-sink-%d-%u", (int)getpid(), turn++);
    unlink(path);
    return path;
}

/* The whole file; valid until the next call. "" when there is none. */
static inline const char *content(const char *path)
{
    static char *text;
    size_t n;

    mem_freep(&text);
    return sk_read_file(path, 1 << 20, &text, &n) ? "" : text;
}

static inline int put(const struct sk_sink_ops *ops, void *self, const char *text)
{
    struct sk_sink_alert a = {.line = sk_str(text), .priority = SK_NOTICE, .rule = SK_STR("R")};

    return ops->write(self, &a);
}

/* Opens a sink of `ops` with that configuration, which is freed. NULL: refused, with `said`. */
static inline void *opened_with(const struct sk_sink_ops *ops, struct sk_conf *conf, bool json,
                                const char *said)
{
    struct sk_sink_options opt = {.conf = conf, .unbuffered = true, .json = json};
    struct sk_diag *dg = sk_diag_new();
    void *self = calloc(1, ops->size);
    int err = ops->open(self, &opt, dg);

    if (said) {
        assert_true(err < 0);
        assert_string_equal(sk_diag_text(dg, SK_DIAG_ERROR), said);
    } else if (err) {
        fail_msg("%d %s", err, sk_diag_text(dg, SK_DIAG_ERROR));
    }
    sk_conf_free(conf);
    sk_diag_free(dg);
    if (!err)
        return self;
    ops->close(self);
    free(self);
    return NULL;
}

static inline void closed_with(const struct sk_sink_ops *ops, void *self)
{
    ops->close(self);
    free(self);
}

/* As put(), for an alert with a number. */
static inline int put_id(const struct sk_sink_ops *ops, void *self, const char *text, uint64_t id)
{
    struct sk_sink_alert a = {.line = sk_str(text),
                              .priority = SK_NOTICE,
                              .id = id,
                              .ts_ns = 1700000000123456789,
                              .rule = SK_STR("R")};

    return ops->write(self, &a);
}

/* Waits until the condition holds. */
#define UNTIL(condition)                                   \
    do {                                                   \
        for (int i_ = 0; i_ < 10000 && !(condition); i_++) \
            usleep(1000);                                  \
        assert_true(condition);                            \
    } while (0)

/* One alert into the queue. */
static inline bool push(struct sk_outputs *o, struct sk_str line, enum sk_level priority)
{
    return sk_outputs_push(o, &(struct sk_sink_alert){.line = line, .priority = priority});
}

#define T(name) cmocka_unit_test_setup_teardown(name, log_begin, log_end)
