/* SPDX-License-Identifier: Apache-2.0 */
/* library.c - the messages of the gRPC library. They are for the whole process, as its callback. */
#include "grpc/library.h"

#include <grpc/support/log.h>
#include <pthread.h>

#define MINUTE_NS  60000000000ull
#define PER_MINUTE 10

static struct {
    pthread_mutex_t lock;
    char last[512];
    uint64_t minute_ns; /* when it began */
    unsigned told, kept;
} said = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void on_message(gpr_log_func_args *m)
{
    const uint64_t now = sk_boottime_ns();
    unsigned kept = 0;
    bool tell;

    if (m->severity != GPR_LOG_SEVERITY_ERROR)
        return;
    pthread_mutex_lock(&said.lock);
    if (!said.minute_ns || now > said.minute_ns + MINUTE_NS) {
        kept = said.kept;
        said.minute_ns = now;
        said.told = said.kept = 0;
    }
    tell = said.told < PER_MINUTE;
    said.told += tell;
    said.kept += !tell;
    snprintf(said.last, sizeof(said.last), "%s", m->message);
    pthread_mutex_unlock(&said.lock);
    if (kept)
        sk_log(SK_ERROR, "grpc: %u more messages in the last minute", kept);
    if (tell)
        sk_log(SK_ERROR, "grpc: %s", m->message);
}

void sk_grpc_library_begin(sk_log_fn *log)
{
    if (log)
        sk_log_to(log, NULL);
    pthread_mutex_lock(&said.lock);
    said.last[0] = '\0';
    pthread_mutex_unlock(&said.lock);
    gpr_set_log_function(on_message);
    gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
}

void sk_grpc_library_error(char *out, size_t n)
{
    pthread_mutex_lock(&said.lock);
    snprintf(out, n, "%s", said.last);
    pthread_mutex_unlock(&said.lock);
}
