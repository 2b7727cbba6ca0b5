/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/util.h"

static void every_old_key_is_accepted_and_warned_of(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        sk_auto(buf) struct sk_buf text = SK_BUF(4096);
        const char *key = r->key;
        char name[64];
        int depth = 0;

        if (r->use != SK_CONF_OLD)
            continue;
        for (const char *dot; (dot = strchr(key, '.')); key = dot + 1, depth++)
            sk_buf_printf(&text, "%*s%.*s:\n", depth * 2, "", (int)(dot - key), key);
        sk_buf_printf(&text, "%*s%s: %s\n", depth * 2, "", key, *r->def ? r->def : "x");
        assert_int_equal(conf_text(f, text.p, NULL), 0);
        assert_string_equal(f->conf->file[0].schema, "ok");
        snprintf(name, sizeof(name), "'%.*s", (int)strcspn(r->key, "."), r->key);
        assert_non_null(strstr(warnings(f), name));
        sk_conf_free(f->conf);
        f->conf = NULL;
    }
}

static void a_key_that_moved_keeps_its_value_unless_the_new_one_is_there(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "syscall_buf_size_preset: 7\n", NULL), 0);
    assert_int_equal(f->conf->buf_size_preset, 7);
    assert_non_null(strstr(warnings(f),
                           "built-in configuration:1:26: 'syscall_buf_size_preset' is a "
                           "key of Falco up to 0.37: the key has moved; it is read as "
                           "'engine.modern_ebpf.buf_size_preset'"));
    sk_conf_free(f->conf);
    assert_int_equal(conf_text(f,
                               "syscall_buf_size_preset: 7\n"
                               "engine: {modern_ebpf: {buf_size_preset: 3}}\n",
                               NULL),
                     0);
    assert_int_equal(f->conf->buf_size_preset, 3);
}

static void an_old_key_on_the_command_line_wins_over_the_new_one_of_a_file(void **state)
{
    static const char *const old[] = {"syscall_drop_failed_exit=true", NULL},
                             *const both[] = {"engine.modern_ebpf.drop_failed_exit=false",
                                              "syscall_drop_failed_exit=true", NULL};
    const char *text = "engine: {modern_ebpf: {drop_failed_exit: false}}\n";
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, text, old), 0);
    assert_true(f->conf->drop_failed_exit);
    sk_conf_free(f->conf);
    assert_int_equal(conf_text(f, text, both), 0);
    assert_false(f->conf->drop_failed_exit);
}

static void the_settings_of_another_driver_count_for_that_driver_alone(void **state)
{
    static const char *const ebpf[] = {"engine.kind=ebpf", NULL}, *const kmod[] = {
                                                                      "engine.kind=kmod", NULL};
    const char *text = "engine: {kmod: {buf_size_preset: 2}, ebpf: {buf_size_preset: 3}}\n";
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, text, NULL), 0);
    assert_int_equal(f->conf->buf_size_preset, 4);
    sk_conf_free(f->conf);
    assert_int_equal(conf_text(f, text, ebpf), 0);
    assert_int_equal(f->conf->buf_size_preset, 3);
    sk_conf_free(f->conf);
    assert_int_equal(conf_text(f, text, kmod), 0);
    assert_int_equal(f->conf->buf_size_preset, 2);
}

static void a_section_that_is_gone_is_told_of_once(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "metadata_download:\n  max_mb: 1\n  watch_freq_sec: 1\n", NULL),
                     0);
    assert_string_equal(warnings(f),
                        "built-in configuration:2:11: 'metadata_download' is a section of "
                        "Falco up to 0.36: Saker asks no Kubernetes or Mesos API server\n");
}

static void gvisor_is_an_error_that_says_what_there_is(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "engine: {kind: gvisor, gvisor: {config: x}}\n", NULL), -EINVAL);
    assert_non_null(strstr(errors(f), "engine.kind 'gvisor' is no longer a kind of engine"));
}

static void a_new_section_that_is_no_map_is_left_to_the_typed_reading(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "syscall_buf_size_preset: 7\nengine: {modern_ebpf: 1}\n", NULL),
                     -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(every_old_key_is_accepted_and_warned_of),
        T(a_key_that_moved_keeps_its_value_unless_the_new_one_is_there),
        T(an_old_key_on_the_command_line_wins_over_the_new_one_of_a_file),
        T(the_settings_of_another_driver_count_for_that_driver_alone),
        T(a_section_that_is_gone_is_told_of_once),
        T(gvisor_is_an_error_that_says_what_there_is),
        T(a_new_section_that_is_no_map_is_left_to_the_typed_reading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
