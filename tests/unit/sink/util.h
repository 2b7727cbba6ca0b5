/* SPDX-License-Identifier: Apache-2.0 */
/* util.h - a sink to play with, files to read back, the log as text. */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "sink/sink.h"
#include "tests/unit/test.h"

static char log_text[8192];

static inline void log_keep(void *self, enum sk_level level, const char *text)
{
    size_t n = strlen(log_text);

    (void)self;
    snprintf(log_text + n, sizeof(log_text) - n, "%u %s\n", level, text);
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

/* One alert into the queue. */
static inline bool push(struct sk_outputs *o, struct sk_str line, enum sk_level priority)
{
    return sk_outputs_push(o, &(struct sk_sink_alert){.line = line, .priority = priority});
}

#define T(name) cmocka_unit_test_setup_teardown(name, log_begin, log_end)
