/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/metrics/util.h"

/* A name or help that a scraper would refuse is a mistake in a row. */
static void every_row_is_fit_for_prometheus(void **state)
{
    (void)state;
    for (int i = 0; i < SK_METRIC_N; i++) {
        const struct sk_metric_row *r = &sk_metric_rows[i];
        size_t n = strlen(r->prom);

        assert_true(*r->field || *r->prom);
        assert_true(*r->help);
        assert_null(strchr(r->help, '\n'));
        assert_null(strchr(r->help, '\\'));
        assert_int_equal(strspn(r->prom, "abcdefghijklmnopqrstuvwxyz0123456789_*"), n);
        assert_int_equal((r->kind == SK_KIND_INFO), (r->unit == SK_UNIT_TEXT));
        if (n && r->kind == SK_KIND_COUNTER)
            assert_string_equal(r->prom + n - 6, "_total");
        if (n && r->kind == SK_KIND_INFO)
            assert_string_equal(r->prom + n - 5, "_info");
        if (!strncmp(r->prom, "saker_", 6) && r->kind == SK_KIND_GAUGE)
            assert_null(strstr(r->prom, "_total"));
    }
}

static void no_name_stands_in_two_rows(void **state)
{
    (void)state;
    for (int i = 0; i < SK_METRIC_N; i++) {
        for (int j = 0; j < i; j++) {
            const struct sk_metric_row *a = &sk_metric_rows[i], *b = &sk_metric_rows[j];

            assert_false(*a->prom && !strcmp(a->prom, b->prom));
            assert_false(*a->field && !strcmp(a->field, b->field));
        }
    }
}

static void labels_are_escaped(void **state)
{
    struct sk_metrics m;
    struct sk_metric *s;

    (void)state;
    assert_int_equal(sk_metrics_init(&m), 0);
    s = sk_metric_u64(&m, SK_METRIC_RULE_MATCHES, 1);
    sk_metric_label(&m, s, "rule_name", "a \"b\" \\ c\nd");
    sk_metric_label(&m, s, "tag_x-y.z", "true");
    sk_metric_label(&m, s, "9", "\xff");
    assert_string_equal(
        s->labels, "rule_name=\"a \\\"b\\\" \\\\ c\\nd\",tag_x_y_z=\"true\",_9=\"\xef\xbf\xbd\"");
    assert_false(m.failed);
    sk_metrics_done(&m);
}

static void names_are_made_as_falco_makes_them(void **state)
{
    struct sk_metrics m;

    (void)state;
    assert_int_equal(sk_metrics_init(&m), 0);
    assert_string_equal(sk_metric_name(&m, "Read sensitive file (untrusted)"),
                        "Read_sensitive_file_untrusted");
    assert_string_equal(sk_metric_name(&m, "a__b::c.yaml"), "a_b::c_yaml");
    assert_string_equal(sk_metric_name(&m, "((("), "");
    assert_string_equal(sk_metric_name(&m, ""), "");
    sk_metrics_done(&m);
}

static void without_memory_the_set_says_so(void **state)
{
    struct sk_metrics m;
    struct sk_metric_field *f;
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);
    char *huge = malloc(1u << 20);
    size_t n;

    (void)state;
    memset(huge, 'x', (1u << 20) - 1);
    huge[(1u << 20) - 1] = '\0';
    assert_int_equal(sk_metrics_init(&m), 0);
    for (int i = 0; i < 70; i++)
        assert_non_null(sk_metric_text(&m, SK_METRIC_VERSION, huge));
    assert_true(m.failed);
    assert_int_equal(sk_metrics_fields(&m, &(struct sk_metric_options){0}, &f, &n), -ENOMEM);
    sk_metrics_prometheus(&m, &out);
    assert_true(out.failed);
    sk_metrics_done(&m);
    free(huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(every_row_is_fit_for_prometheus),
        T(no_name_stands_in_two_rows),
        T(labels_are_escaped),
        T(names_are_made_as_falco_makes_them),
        T(without_memory_the_set_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
