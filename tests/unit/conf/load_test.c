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
    assert_non_null(strstr(warnings(f), "command line: 'json_output' is 'perhaps'"));
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

static void a_number_outside_of_its_limits_gives_the_default(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(
        conf_text(f, "webserver: {listen_port: 70000}\ncapture: {max_file_size_mb: -1}\n", NULL),
        0);
    assert_int_equal(f->conf->web_port, 8765);
    assert_int_equal(f->conf->capture_max_file_size_mb, 0);
}

static void what_is_no_file_is_not_waited_for(void **state)
{
    struct fixture *f = *state;
    char fifo[128], text[256];

    snprintf(fifo, sizeof(fifo), "%s/fifo", f->dir);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    snprintf(text, sizeof(text), "config_files: [%s]\n", fifo);
    assert_int_equal(conf_text(f, text, NULL), 0);
    assert_non_null(strstr(warnings(f), "is neither a file nor a directory: it is left out"));
}

static void an_included_file_that_is_no_map_is_told(void **state)
{
    struct fixture *f = *state;
    char text[256];

    snprintf(text, sizeof(text), "config_files: [%s]\n", write_file(f, "README", "only words\n"));
    assert_int_equal(conf_text(f, text, NULL), 0);
    assert_non_null(strstr(warnings(f), "/README:1:1: the file is not a map of keys"));
}

static void strategies_differ_in_lists_maps_and_what_is_there(void **state)
{
    static const struct {
        const char *strategy;
        size_t rules;
        uint32_t port;
        bool enabled;
    } tests[] = {{"append", 2, 1, false},
                 {"override", 1, 1, false},
                 {"add-only", 1, 8765, true},
                 {"mix", 2, 1, false}};
    struct fixture *f = *state;
    const char *inner = write_file(
        f, "i.yaml", "rules_files: [i]\nwebserver: {listen_port: 1}\nlog_level: debug\n");

    for (size_t i = 0; i < SK_ARRAY_LEN(tests); i++) {
        char text[512];

        snprintf(text, sizeof(text),
                 "config_files: [{path: %s, strategy: %s}]\nrules_files: [m]\n"
                 "webserver: {enabled: true}\n",
                 inner, tests[i].strategy);
        assert_int_equal(conf_text(f, text, NULL), 0);
        assert_int_equal(f->conf->rules_files.n, tests[i].rules);
        assert_string_equal(f->conf->rules_files.text[0],
                            !strcmp(tests[i].strategy, "override") ? "i" : "m");
        assert_int_equal(f->conf->web_port, tests[i].port);
        assert_int_equal(f->conf->web_enabled, tests[i].enabled);
        assert_int_equal(f->conf->level, SK_DEBUG);
        sk_conf_free(f->conf);
        f->conf = NULL;
    }
}

static void only_the_first_document_of_a_file_counts(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "json_output: true\n---\njson_output: false\n", NULL), 0);
    assert_true(f->conf->json_output);
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
        T(a_number_outside_of_its_limits_gives_the_default),
        T(what_is_no_file_is_not_waited_for),
        T(an_included_file_that_is_no_map_is_told),
        T(strategies_differ_in_lists_maps_and_what_is_there),
        T(only_the_first_document_of_a_file_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
