/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "tests/unit/conf/util.h"

static int load(struct fixture *f, const char *path)
{
    struct sk_conf_input in = {.path = path};

    return sk_conf_load(&in, &f->conf, f->dg);
}

static void an_unreadable_file_is_named(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(load(f, "/no/such.yaml"), -ENOENT);
    assert_null(f->conf);
    assert_string_equal(errors(f),
                        "Cannot read config file (/no/such.yaml): No such file or directory\n");
}

static void a_directory_is_no_configuration(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(load(f, f->dir), -EISDIR);
}

static void a_section_that_is_one_value_is_an_error(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "falco_libs: 512\n", NULL), -EINVAL);
    assert_non_null(strstr(errors(f), "built-in configuration:1:13: Config error at key "
                                      "\"falco_libs.thread_table_size\""));
}

static void both_names_of_rules_files_are_an_error_and_the_old_one_is_warned_of(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "rules_file: a\nrules_files: [b]\n", NULL), -EINVAL);
    assert_non_null(strstr(errors(f), "both 'rules_files' and 'rules_file' keys set"));
    assert_int_equal(conf_text(f, "rules_file: a\n", NULL), 0);
    assert_int_equal(f->conf->rules_files.n, 1);
    assert_non_null(strstr(warnings(f), "Using deprecated config key 'rules_file'"));
}

static void inclusion_of_itself_and_of_includers_is_an_error(void **state)
{
    struct fixture *f = *state;
    char text[256];
    const char *inner = write_file(f, "inner.yaml", "config_files: [x]\n");

    snprintf(text, sizeof(text), "config_files: [%s/main.yaml]\n", f->dir);
    assert_int_equal(load(f, write_file(f, "main.yaml", text)), -EINVAL);
    assert_non_null(strstr(errors(f), "tried to recursively include main config file"));
    snprintf(text, sizeof(text), "config_files: [%s]\n", inner);
    assert_int_equal(load(f, write_file(f, "main.yaml", text)), -EINVAL);
    assert_non_null(strstr(errors(f), "directive in included config file"));
}

static void defaults_are_those_of_the_rows(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "", NULL), 0);
    assert_string_equal(f->conf->engine_kind, "modern_ebpf");
    assert_int_equal(f->conf->output_timeout, 2000);
    assert_true(f->conf->drops_threshold == .1);
    assert_true(f->conf->log_syslog);
    assert_false(f->conf->log_stderr);
    assert_int_equal(f->conf->min_priority, SK_DEBUG);
    assert_int_equal(f->conf->thread_table_size, 262144);
    assert_int_equal(f->conf->drop_actions, 0);
    assert_string_equal(f->conf->file[0].schema, "none");
}

static void a_scalar_is_a_list_of_one(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "rules_files: x.yaml\n", NULL), 0);
    assert_int_equal(f->conf->rules_files.n, 1);
    assert_string_equal(f->conf->rules_files.text[0], "x.yaml");
}

static void a_wrong_type_gives_the_default_and_a_warning(void **state)
{
    static const char *const option[] = {"json_output=perhaps", NULL};
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "output_timeout: abc\n", option), 0);
    assert_int_equal(f->conf->output_timeout, 2000);
    assert_non_null(strstr(warnings(f), "built-in configuration:1:17: 'output_timeout' is 'abc'"));
    assert_non_null(strstr(warnings(f), "-o json_output=perhaps: not a value of this key"));
    assert_false(f->conf->file[0].ok);
}

static void environment_is_expanded_in_files_but_not_in_options(void **state)
{
    static const char *const option[] = {"file_output.filename=${SK_FILE}", NULL};
    struct fixture *f = *state;

    setenv("SK_FILE", "/f", 1);
    assert_int_equal(conf_text(f, "engine: {replay: {capture_file: '${SK_FILE}'}}\n", option), 0);
    assert_string_equal(f->conf->capture_file, "/f");
    assert_string_equal(f->conf->file_name, "${SK_FILE}");
}

static void included_files_are_merged_in_order_of_their_names(void **state)
{
    struct fixture *f = *state;
    char dir[256], text[512];

    snprintf(dir, sizeof(dir), "%s/d", f->dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    write_file(f, "d/b.yaml", "priority: error\nrules_files: [b]\n");
    write_file(f, "d/a.yaml", "priority: notice\nrules_files: [a]\nwebserver: {listen_port: 1}\n");
    write_file(f, "only.yaml", "priority: alert\njson_output: true\n");
    snprintf(
        text, sizeof(text),
        "config_files: [%s, /not/there, {path: %s/only.yaml, strategy: add-only}]\nrules_files: [m]\n"
        "webserver: {threadiness: 7}\n",
        dir, f->dir);
    assert_int_equal(load(f, write_file(f, "main.yaml", text)), 0);
    assert_int_equal(f->conf->min_priority, SK_ERROR);
    assert_int_equal(f->conf->rules_files.n, 3);
    assert_string_equal(f->conf->rules_files.text[1], "a");
    assert_int_equal(f->conf->web_threads, 0);
    assert_int_equal(f->conf->web_port, 1);
    assert_true(f->conf->json_output);
    assert_int_equal(f->conf->nfiles, 4);
    assert_string_equal(f->conf->file[0].path + strlen(f->dir), "/d/a.yaml");
}

static void options_can_name_files_to_include(void **state)
{
    struct fixture *f = *state;
    const char *path = write_file(f, "x.yaml", "json_output: true\n");
    char option[256];
    const char *const options[] = {option, "json_output=false", NULL};

    snprintf(option, sizeof(option), "config_files[]=%s", path);
    assert_int_equal(conf_text(f, "", options), 0);
    assert_int_equal(f->conf->nfiles, 2);
    assert_false(f->conf->json_output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_unreadable_file_is_named),
        T(a_directory_is_no_configuration),
        T(a_section_that_is_one_value_is_an_error),
        T(both_names_of_rules_files_are_an_error_and_the_old_one_is_warned_of),
        T(inclusion_of_itself_and_of_includers_is_an_error),
        T(defaults_are_those_of_the_rows),
        T(a_scalar_is_a_list_of_one),
        T(a_wrong_type_gives_the_default_and_a_warning),
        T(environment_is_expanded_in_files_but_not_in_options),
        T(included_files_are_merged_in_order_of_their_names),
        T(options_can_name_files_to_include),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
