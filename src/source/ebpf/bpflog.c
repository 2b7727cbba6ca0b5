/* SPDX-License-Identifier: Apache-2.0 */
/* bpflog.c - reads libbpf's warnings; see bpflog.h.
 *
 * The lines that matter (libbpf 1.x):
 *   libbpf: prog 'NAME': BPF program load failed: Permission denied
 *   libbpf: prog 'NAME': -- BEGIN PROG LOAD LOG --\n<verifier's log>-- END PROG LOAD LOG --
 *   libbpf: prog 'NAME': failed to load: -13
 *   libbpf: map 'NAME': failed to create: Cannot allocate memory(-12) */
#include "source/ebpf/bpflog.h"

#include <bpf/libbpf.h>

#define SK_BPFLOG_REASON_MAX 1024
#define SK_BPFLOG_TOLD_MAX   4096

static struct sk_bpflog *catcher;
static enum sk_level least_told = SK_EMERGENCY; /* of libbpf's messages; EMERGENCY: none is */

/* Copies what stands between `before` and the next quote. */
static bool quoted(const char *text, const char *before, char *out, size_t size)
{
    const char *at = strstr(text, before);
    const char *end = at ? strchr(at + strlen(before), '\'') : NULL;

    if (!end)
        return false;
    at += strlen(before);
    size_t n = SK_MIN((size_t)(end - at), size - 1);
    memcpy(out, at, n);
    out[n] = '\0';
    return true;
}

/* The verifier's last line that is not bookkeeping is the complaint. */
static struct sk_str last_words(struct sk_str log)
{
    struct sk_str best = {0};

    while (log.n) {
        const char *nl = memchr(log.p, '\n', log.n);
        size_t n = nl ? (size_t)(nl - log.p) : log.n;
        struct sk_str line = sk_str_trim((struct sk_str){log.p, n});

        if (line.n && !sk_str_starts(line, SK_STR("processed ")) &&
            !sk_str_starts(line, SK_STR("-- ")) &&
            !sk_str_starts(line, SK_STR("verification time")) &&
            !sk_str_starts(line, SK_STR("stack depth")))
            best = line;
        log.p += n + (nl ? 1 : 0);
        log.n -= n + (nl ? 1 : 0);
    }
    return best;
}

static void add_reason(struct sk_bpflog *log, struct sk_str text)
{
    if (!text.n)
        return;
    if (log->reason.n)
        sk_buf_addz(&log->reason, ": ");
    sk_buf_adds(&log->reason, text);
}

void sk_bpflog_line(struct sk_bpflog *log, const char *text)
{
    static const char begin[] = "-- BEGIN PROG LOAD LOG --";
    char name[sizeof(log->program)] = "";
    bool prog = quoted(text, "prog '", name, sizeof(name));
    const char *said = strstr(text, "': ");

    if (!prog && quoted(text, "map '", log->map, sizeof(log->map)) && said)
        add_reason(log, sk_str_trim(sk_str(said + 3)));
    if (!prog || !said)
        return;
    if (strcmp(name, log->program) != 0) {
        /* The last program named is the one at which loading stopped. */
        memcpy(log->program, name, sizeof(name));
        sk_buf_reset(&log->reason);
    }
    const char *verifier = strstr(text, begin);
    if (verifier)
        add_reason(log, last_words(sk_str(verifier + sizeof(begin) - 1)));
    else if (!log->reason.n)
        add_reason(log, sk_str_trim(sk_str(said + 3)));
}

static bool told(enum libbpf_print_level level)
{
    static const enum sk_level as[] = {
        [LIBBPF_WARN] = SK_WARNING, [LIBBPF_INFO] = SK_INFO, [LIBBPF_DEBUG] = SK_DEBUG};

    return as[level] <= least_told;
}

static int catch_line(enum libbpf_print_level level, const char *fmt, va_list ap)
{
    char *text = NULL;
    int n;

    if (!catcher || (level != LIBBPF_WARN && !told(level)))
        return 0;
    n = vasprintf(&text, fmt, ap);
    if (n < 0)
        return n;
    if (level == LIBBPF_WARN)
        sk_bpflog_line(catcher, text);
    /* What it means is said by whoever catches; the words themselves are for the curious. */
    if (told(level))
        sk_log(SK_DEBUG, "[libs]: %.*s", (int)SK_MIN((size_t)n, (size_t)SK_BPFLOG_TOLD_MAX), text);
    free(text);
    return n;
}

void sk_bpflog_tell(enum sk_level least)
{
    least_told = least;
}

void sk_bpflog_begin(struct sk_bpflog *log)
{
    *log = (struct sk_bpflog){.reason = SK_BUF(SK_BPFLOG_REASON_MAX)};
    catcher = log;
    libbpf_set_print(catch_line);
}

void sk_bpflog_end(void)
{
    catcher = NULL;
}

void sk_bpflog_done(struct sk_bpflog *log)
{
    if (catcher == log)
        catcher = NULL;
    sk_buf_done(&log->reason);
}

void bpflog_freep(struct sk_bpflog *log)
{
    sk_bpflog_done(log);
}
