/* SPDX-License-Identifier: Apache-2.0 */
/* syslog_text.c - RFC 3164 as syslog(3) writes it, and RFC 5424.
 *
 * The text of RFC 5424 begins with a byte order mark when it holds characters beyond ASCII and is
 * UTF-8 throughout (6.4): ASCII alone needs none, and bytes that are no UTF-8 must not claim to be. */
#define SYSLOG_NAMES /* facilitynames[] */
#include "sink/syslog_text.h"

#include <errno.h>
#include <syslog.h>
#include <unistd.h>

/* The number that RFC 5612 sets aside for documentation: Saker has none of its own at IANA. */
#define SD_ID "saker@32473"
#define BOM   "\xef\xbb\xbf"

int sk_syslog_facility(const char *name, int *out)
{
    for (const CODE *c = facilitynames; c->c_name; c++) {
        if (!strcmp(c->c_name, name) && c->c_val < LOG_NFACILITIES << 3) {
            *out = c->c_val;
            return 0;
        }
    }
    return -EINVAL;
}

void sk_syslog_name(char *to, size_t size, const char *from)
{
    size_t n = 0;

    for (; *from && n + 1 < size; from++)
        to[n++] = *from > ' ' && *from <= '~' ? *from : '_';
    if (!n)
        to[n++] = '-';
    to[n] = '\0';
}

/* Bytes of the UTF-8 character at p; 0: it is none (RFC 3629: no surrogates, nothing overlong). */
static size_t utf8_char(const unsigned char *p, size_t left)
{
    const unsigned char c = *p;
    const size_t n = c < 0x80                ? 1
                     : c >= 0xc2 && c < 0xe0 ? 2
                     : c >= 0xe0 && c < 0xf0 ? 3
                     : c >= 0xf0 && c < 0xf5 ? 4
                                             : 0;

    if (!n || n > left)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) || (c == 0xf0 && p[1] < 0x90) ||
        (c == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

static bool wants_bom(struct sk_str s)
{
    bool beyond = false;
    size_t n;

    for (size_t i = 0; i < s.n; i += n) {
        n = utf8_char((const unsigned char *)s.p + i, s.n - i);
        if (!n)
            return false;
        beyond |= n > 1;
    }
    return beyond;
}

static void add_param(struct sk_buf *out, const char *name, struct sk_str value)
{
    sk_buf_printf(out, " %s=\"", name);
    for (size_t i = 0, n; i < value.n; i += n) {
        n = utf8_char((const unsigned char *)value.p + i, value.n - i);
        if (n && strchr("\"\\]", value.p[i]) && value.p[i])
            sk_buf_addc(out, '\\');
        if (n)
            sk_buf_add(out, value.p + i, n);
        else
            sk_buf_addc(out, '?');
        n += !n;
    }
    sk_buf_addc(out, '"');
}

static void add_header_5424(const struct sk_syslog_style *s, const struct sk_sink_alert *a,
                            bool cut, struct sk_buf *out)
{
    const time_t seconds = (time_t)(a->ts_ns / 1000000000);
    char when[32] = "1970-01-01T00:00:00", id[24];
    struct tm tm;
    int n;

    if (gmtime_r(&seconds, &tm))
        strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
    sk_buf_printf(out, "<%d>1 %s.%06uZ %s %s %d alert [" SD_ID, s->facility | (int)a->priority,
                  when, (unsigned)(a->ts_ns / 1000 % 1000000), s->host, s->app, (int)getpid());
    n = snprintf(id, sizeof(id), "%llu", (unsigned long long)a->id);
    add_param(out, "id", (struct sk_str){id, (size_t)n});
    add_param(out, "rule", a->rule);
    add_param(out, "priority", sk_str(sk_level_name(a->priority)));
    if (cut)
        add_param(out, "cut", SK_STR("yes"));
    sk_buf_addz(out, "] ");
}

static void add_header_3164(const struct sk_syslog_style *s, const struct sk_sink_alert *a,
                            struct sk_buf *out)
{
    const time_t now = time(NULL);
    char when[32] = "Jan  1 00:00:00";
    struct tm tm;

    if (localtime_r(&now, &tm))
        strftime(when, sizeof(when), "%b %e %H:%M:%S", &tm);
    sk_buf_printf(out, "<%d>%s %s%s%s: ", s->facility | (int)a->priority, when,
                  s->local ? "" : s->host, s->local ? "" : " ", s->app);
}

void sk_syslog_text(const struct sk_syslog_style *s, const struct sk_sink_alert *a,
                    struct sk_buf *out)
{
    const bool bom = s->rfc5424 && wants_bom(a->line);
    size_t room, n = a->line.n;

    for (int cut = 0; cut < 2; cut++) {
        sk_buf_reset(out);
        if (s->rfc5424)
            add_header_5424(s, a, cut, out);
        else
            add_header_3164(s, a, out);
        if (bom)
            sk_buf_addz(out, BOM);
        room = out->n < s->max_bytes ? s->max_bytes - out->n : 0;
        if (n <= room)
            break;
    }
    if (n > room) {
        n = room;
        while (n && ((unsigned char)a->line.p[n] & 0xc0) == 0x80)
            n--;
    }
    if (n)
        sk_buf_add(out, a->line.p, n);
}
