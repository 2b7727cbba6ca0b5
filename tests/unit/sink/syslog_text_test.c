/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/syslog_text.h"

#include <syslog.h>

#include "tests/unit/sink/util.h"

static struct sk_syslog_style rfc5424 = {
    .rfc5424 = true, .facility = LOG_LOCAL3, .max_bytes = 8192, .host = "h", .app = "saker"};

/* The message; valid until the next call. */
static const char *text(const struct sk_syslog_style *s, const char *line, const char *rule)
{
    static struct sk_buf b;
    struct sk_sink_alert a = {.line = sk_str(line),
                              .priority = SK_WARNING,
                              .id = 7,
                              .ts_ns = 1700000000123456789,
                              .rule = sk_str(rule)};

    sk_buf_done(&b);
    b = SK_BUF(1 << 20);
    sk_syslog_text(s, &a, &b);
    return b.p;
}

static void facilities_that_are_none_are_refused(void **state)
{
    int f;

    (void)state;
    assert_int_equal(sk_syslog_facility("local8", &f), -EINVAL);
    assert_int_equal(sk_syslog_facility("", &f), -EINVAL);
    assert_int_equal(sk_syslog_facility("mark", &f), -EINVAL);
    assert_int_equal(sk_syslog_facility("local7", &f), 0);
    assert_int_equal(f, LOG_LOCAL7);
    assert_int_equal(sk_syslog_facility("daemon", &f), 0);
    assert_int_equal(f, LOG_DAEMON);
}

static void names_hold_no_blanks(void **state)
{
    char name[8];

    (void)state;
    sk_syslog_name(name, sizeof(name),
                   "a b\n\xc3\xa4"
                   "ab");
    assert_string_equal(name, "a_b___a");
    sk_syslog_name(name, sizeof(name), "");
    assert_string_equal(name, "-");
}

static void a_message_of_rfc5424_has_structured_data(void **state)
{
    char expected[256];

    (void)state;
    snprintf(
        expected, sizeof(expected),
        "<156>1 2023-11-14T22:13:20.123456Z h saker %d alert [saker@32473 id=\"7\" rule=\"Open "
        "\\\"x\\] \\\\\" priority=\"Warning\"] 100%%s done",
        (int)getpid());
    assert_string_equal(text(&rfc5424, "100%s done", "Open \"x] \\"), expected);
}

static void only_valid_utf8_beyond_ascii_has_a_byte_order_mark(void **state)
{
    (void)state;
    assert_non_null(strstr(text(&rfc5424, "gr\xc3\xbc\xc3\x9f", "r"), "] \xef\xbb\xbfgr\xc3\xbc"));
    assert_null(strstr(text(&rfc5424, "ascii", "r"), "\xef\xbb\xbf"));
    assert_null(strstr(text(&rfc5424, "\xc3\xbc \xff", "r"), "\xef\xbb\xbf"));
    assert_null(strstr(text(&rfc5424, "\xed\xa0\x80", "r"), "\xef\xbb\xbf"));
    assert_null(strstr(text(&rfc5424, "\xc0\x80", "r"), "\xef\xbb\xbf"));
    assert_null(strstr(text(&rfc5424, "cut \xe2\x82", "r"), "\xef\xbb\xbf"));
    assert_non_null(strstr(text(&rfc5424, "x", "a\xff"), "rule=\"a?\""));
}

static void a_long_message_is_cut_at_a_character_and_says_so(void **state)
{
    struct sk_syslog_style small = rfc5424;
    char line[1000];
    const char *m;

    (void)state;
    small.max_bytes = 480;
    for (size_t i = 0; i < sizeof(line) - 2; i += 2)
        memcpy(line + i, "\xc3\xbc", 2);
    line[998] = '\0';
    m = text(&small, line, "r");
    assert_non_null(strstr(m, " cut=\"yes\"] "));
    assert_in_range(strlen(m), 479, 480);
    assert_int_equal((unsigned char)m[strlen(m) - 2], 0xc3);
    assert_int_equal((unsigned char)m[strlen(m) - 1], 0xbc);
    small.rfc5424 = false;
    assert_in_range(strlen(text(&small, line, "r")), 479, 480);
}

static void a_message_of_rfc3164_is_that_of_the_c_library(void **state)
{
    struct sk_syslog_style s = {
        .local = true, .facility = LOG_USER, .max_bytes = SIZE_MAX, .host = "h", .app = "saker"};
    const char *m = text(&s, "x%s", "r");
    char now[32];
    struct tm tm;
    time_t t = time(NULL);

    (void)state;
    localtime_r(&t, &tm);
    strftime(now, sizeof(now), "%b %e", &tm);
    assert_memory_equal(m, "<12>", 4);
    assert_memory_equal(m + 4, now, strlen(now));
    assert_string_equal(m + 4 + 15, " saker: x%s");
    s.local = false;
    assert_string_equal(text(&s, "x", "r") + 4 + 15, " h saker: x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(facilities_that_are_none_are_refused),
        T(names_hold_no_blanks),
        T(a_message_of_rfc5424_has_structured_data),
        T(only_valid_utf8_beyond_ascii_has_a_byte_order_mark),
        T(a_long_message_is_cut_at_a_character_and_says_so),
        T(a_message_of_rfc3164_is_that_of_the_c_library),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
