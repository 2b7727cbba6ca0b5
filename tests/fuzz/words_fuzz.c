/* SPDX-License-Identifier: Apache-2.0 */
/* words_fuzz.c - any text as one of the small texts that configuration and rules hold: durations,
 * addresses of log servers, numbers, levels, version numbers.  What a parser takes must mean the same
 * when it is written again. */
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <sys/un.h>

#include "base/interval.h"
#include "base/log.h"
#include "conf/conf.h"
#include "rule/loader.h"
#include "sink/link.h"

#define MAX_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Blanks mean nothing, and a sum of milliseconds is a duration itself. */
static void interval(const char *text)
{
    const uint64_t ms = sk_parse_interval(text);
    char tight[MAX_BYTES + 1], again[32];
    size_t n = 0;

    for (; *text; text++)
        if (!isspace((unsigned char)*text))
            tight[n++] = *text;
    tight[n] = '\0';
    assert(sk_parse_interval(tight) == ms);
    snprintf(again, sizeof(again), "%llums", (unsigned long long)ms);
    assert(ms > UINT64_MAX / 10 || sk_parse_interval(again) == ms);
}

static void address(const char *text)
{
    struct sk_link_address a = {0}, b = {0};
    const char *fault = sk_link_parse(text, &a);
    static const char *const scheme[] = {"unix", "udp", "tcp", "tls"};
    char again[sizeof(a.host) + 32];
    uint64_t port;

    if (fault) {
        assert(*fault);
        return;
    }
    assert(*a.host && memchr(a.host, '\0', sizeof(a.host)));
    if (a.kind == SK_LINK_UNIX) {
        assert(strlen(a.host) < sizeof(((struct sockaddr_un *)0)->sun_path));
        return;
    }
    assert(!sk_parse_u64(a.port, strlen(a.port), &port) && port > 0 && port <= 65535);
    snprintf(again, sizeof(again), "%s://%s%s%s:%s", scheme[a.kind], strchr(a.host, ':') ? "[" : "",
             a.host, strchr(a.host, ':') ? "]" : "", a.port);
    if (*a.host == '[')
        return;
    assert(!sk_link_parse(again, &b) && a.kind == b.kind);
    assert(!strcmp(a.host, b.host) && !strcmp(a.port, b.port));
}

static void number(const char *text)
{
    const size_t n = strlen(text);
    char again[32];
    uint64_t u, v;
    int64_t i, j;
    double d;

    if (!sk_parse_u64(text, n, &u)) {
        snprintf(again, sizeof(again), "%llu", (unsigned long long)u);
        assert(!sk_parse_u64(again, strlen(again), &v) && u == v);
        assert(sk_conf_number(text, UINT64_MAX, &v) && u == v);
    }
    if (!sk_parse_i64(text, n, &i)) {
        snprintf(again, sizeof(again), "%lld", (long long)i);
        assert(!sk_parse_i64(again, strlen(again), &j) && i == j);
    }
    (void)sk_conf_double(text, &d);
}

static void names(const char *text)
{
    struct sk_version version;
    enum sk_level level;

    if (!sk_level_parse(text, &level))
        assert(level <= SK_DEBUG);
    (void)sk_version_parse(sk_str(text), &version);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = size <= MAX_BYTES ? malloc(size + 1) : NULL; /* a wall behind its last byte */

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    interval(text);
    address(text);
    number(text);
    names(text);
    free(text);
    return 0;
}
