/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/about.h"
#include "tests/unit/conf/util.h"

static void every_key_stands_in_one_section(void **state)
{
    (void)state;
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        unsigned n = 0;

        for (size_t j = 0; j < sk_conf_sections_n; j++)
            n += sk_conf_in_section(&sk_conf_sections[j], &sk_conf_rows[i]);
        assert_int_equal(n, 1);
    }
}

static const struct sk_conf_row *row(const char *key)
{
    bool section;

    return sk_conf_row_of(key, &section);
}

static void versions_are_those_of_the_key_or_of_its_section(void **state)
{
    (void)state;
    assert_string_equal(sk_conf_since(row("capture.mode")), "0.42");
    assert_string_equal(sk_conf_since(row("capture.max_file_size_mb")), "0.44");
    assert_string_equal(sk_conf_since(row("rules_file")), "");
    assert_string_equal(sk_conf_since(row("rules_files")), "0.38");
    assert_string_equal(sk_conf_since(row("engine.scope.pid")), "Saker");
}

static void words_of_the_tables_are_keys_or_sections(void **state)
{
    static const char *const words[] = {
#define CONFIG_SECTION(title, names, intro)
#define CONFIG_SINCE(version, keys) keys,
#define CONFIG_SHIPPED(key, value)  " " key " ",
#define CONFIG_EXAMPLE(key, text)   " " key " ",
#include "config_about.def"
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(words); i++) {
        for (const char *p = words[i] + 1; *p; p = strchr(p, ' ') + 1) {
            char key[128];
            bool section;

            snprintf(key, sizeof(key), "%.*s", (int)strcspn(p, " "), p);
            if (!sk_conf_row_of(key, &section) && !section)
                fail_msg("'%s' is no key", key);
        }
    }
    for (size_t i = 0; i < sk_conf_items_n; i++)
        assert_int_equal(row(sk_conf_items[i].tree)->type, SK_CONF_TREE);
}

static void values_are_written_as_yaml_reads_them(void **state)
{
    static const struct {
        const char *key, *text;
    } tests[] = {{"http_output.url", "\"\""},
                 {"json_output", "false"},
                 {"http_output.ca_path", "/etc/ssl/certs"},
                 {"load_plugins", "[]"},
                 {"static_fields", "{}"},
                 {"append_output", "\n  - suggested_output: true"}};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(tests); i++) {
        sk_auto(buf) struct sk_buf out = SK_BUF(4096);

        sk_conf_shipped(row(tests[i].key), &out);
        assert_string_equal(sk_buf_str(&out).p, tests[i].text);
    }
}

static void our_own_keys_are_told_without_the_mark(void **state)
{
    static const struct {
        const char *doc, *text;
    } tests[] = {{"Saker: seconds.", "seconds."},
                 {"Saker: seconds of it.", "Seconds of it."},
                 {"Saker: `id` of it.", "`id` of it."},
                 {"Seconds.", "Seconds."}};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(tests); i++) {
        const struct sk_conf_row r = {.doc = tests[i].doc};
        sk_auto(buf) struct sk_buf out = SK_BUF(4096);

        sk_conf_doc(&r, &out);
        assert_string_equal(out.p, tests[i].text);
    }
}

static void limits_are_words(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);

    (void)state;
    sk_conf_limits("a|b!", &out);
    sk_conf_limits("1..10!", &out);
    sk_conf_limits("list|map", &out);
    assert_string_equal(out.p, "a, b1 to 10");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(every_key_stands_in_one_section),
        T(versions_are_those_of_the_key_or_of_its_section),
        T(words_of_the_tables_are_keys_or_sections),
        T(values_are_written_as_yaml_reads_them),
        T(our_own_keys_are_told_without_the_mark),
        T(limits_are_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
