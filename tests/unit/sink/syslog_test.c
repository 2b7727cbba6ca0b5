/* SPDX-License-Identifier: Apache-2.0 */
#include <syslog.h>

#include "tests/unit/sink/util.h"

/* The test stands in for the C library: nothing reaches the machine's log. */
static char sent[256];

void syslog(int priority, const char *format, ...)
{
    va_list ap;
    int n = snprintf(sent, sizeof(sent), "%d:", priority);

    va_start(ap, format);
    vsnprintf(sent + n, sizeof(sent) - (size_t)n, format, ap);
    va_end(ap);
}

static void the_priority_is_the_severity_and_the_text_is_no_format(void **state)
{
    char self[1];
    struct sk_sink_alert a = {{"100%s done, and more", 10}, SK_CRITICAL};

    (void)state;
    assert_int_equal(sk_sink_syslog.open(self, NULL, NULL), 0);
    assert_int_equal(sk_sink_syslog.write(self, &a), 0);
    assert_string_equal(sent, "2:100%s done");
    assert_int_equal(LOG_CRIT, SK_CRITICAL);
    assert_int_equal(LOG_DEBUG, SK_DEBUG);
    assert_int_equal(sk_sink_syslog.reopen(self), 0);
    sk_sink_syslog.close(self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(the_priority_is_the_severity_and_the_text_is_no_format)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
