/* SPDX-License-Identifier: Apache-2.0 */
#include "server/about.h"

#include "tests/unit/server/made.h"

static void it_outlives_what_it_was_made_from(void **state)
{
    struct made m =
        made_of("metrics: {enabled: true, interval: 1m, output_file: /x/y, "
                "resource_utilization_enabled: false, kernel_event_counters_enabled: false}");
    struct sk_about *a = NULL;
    char hash[SK_SHA256_TEXT];

    (void)state;
    assert_int_equal(sk_about_new(m.conf, m.gen, &a), 0);
    made_free(&m);
    assert_string_equal(a->file, "/x/y");
    assert_int_equal(a->interval_ms, 60000);
    assert_true(a->group[SK_METRICS_BASE] && a->group[SK_METRICS_RULES]);
    assert_false(a->group[SK_METRICS_RESOURCES]);
    assert_true(a->group[SK_METRICS_KERNEL]); /* per CPU implies it */
    assert_int_equal(a->nrules, 1);
    assert_string_equal(a->rules[0].name, "rules.yaml");
    sk_sha256(SK_STR(RULES), hash);
    assert_string_equal(a->rules[0].sha256, hash);
    assert_int_equal(a->nconfig, 1);
    assert_string_equal(a->config[0].name, "built-in configuration");
    sk_about_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(it_outlives_what_it_was_made_from)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
