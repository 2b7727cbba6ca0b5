/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/about.h"
#include "tests/unit/conf/util.h"

/* The default file read back: no warning, and the values that differ are those of config_about.def. */
static void it_is_read_without_a_warning_and_says_the_defaults(void **state)
{
    struct fixture *f = *state;
    sk_auto(buf) struct sk_buf out = SK_BUF(4u << 20);
    sk_auto(conf) struct sk_conf *none = NULL;
    size_t differ = 0, shipped = 0;

    sk_conf_yaml(&out);
    assert_false(out.failed);
    assert_int_equal(conf_text(f, "", NULL), 0);
    none = SK_TAKE(f->conf);
    assert_int_equal(conf_text(f, out.p, NULL), 0);
    assert_string_equal(warnings(f), "");
    assert_string_equal(f->conf->file[0].schema, "ok");
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];

        if (r->type != SK_CONF_TREE)
            differ += !sk_conf_same(r, f->conf, none);
    }
#define CONFIG_SECTION(title, names, intro)
#define CONFIG_SINCE(version, keys)
#define CONFIG_SHIPPED(key, value) shipped++;
#define CONFIG_EXAMPLE(key, text)
#include "config_about.def"
    assert_int_equal(differ, shipped - 2); /* config_files and append_output are trees */
}

static void every_key_that_has_a_meaning_stands_there(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4u << 20);

    (void)state;
    sk_conf_yaml(&out);
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const char *dot = strrchr(sk_conf_rows[i].key, '.');
        char line[160];

        if (sk_conf_rows[i].use != SK_CONF_NOW || !strcmp(sk_conf_rows[i].key, "rules_file") ||
            !strcmp(sk_conf_rows[i].key, "outputs_queue.recovery"))
            continue;
        snprintf(line, sizeof(line), dot ? "  %s:" : "\n%s:", dot ? dot + 1 : sk_conf_rows[i].key);
        assert_non_null(strstr(out.p, line));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(it_is_read_without_a_warning_and_says_the_defaults),
        T(every_key_that_has_a_meaning_stands_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
