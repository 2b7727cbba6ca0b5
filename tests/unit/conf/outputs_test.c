/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/util.h"

static void rejected(struct fixture *f, const char *text, const char *message)
{
    assert_int_equal(conf_text(f, text, NULL), -EINVAL);
    assert_null(f->conf);
    if (!strstr(errors(f), message))
        fail_msg("'%s' is not in '%s'", message, errors(f));
}

static void malformed_items_are_errors_with_a_place(void **state)
{
    struct fixture *f = *state;

    rejected(f, "outputs: x\n", "built-in configuration:1:10: 'outputs' must be a list");
    rejected(f, "outputs: [x]\n", ":1:11: an item of 'outputs' must be a map");
    rejected(f, "outputs:\n  - name: a\n", ":2:5: an output of 'outputs' needs 'type'");
    rejected(f, "outputs:\n  - type: pigeon\n",
             ":2:11: 'type' of an output is 'pigeon': the name of a section NAME_output");
    rejected(f, "outputs: [{type: [file]}]\n", "'type' of an output: text is expected");
    rejected(f, "outputs:\n  - type: file\n    path: /f\n",
             ":3:5: an output of type 'file' has no key 'path'");
    rejected(f, "outputs:\n  - type: file\n    filename: /f\n    keep_alive: perhaps\n",
             ":4:17: 'keep_alive' of an output is 'perhaps': true or false is expected");
    rejected(f, "outputs:\n  - type: file\n",
             ":2:5: Error reading config file (built-in configuration): file output enabled but no "
             "filename");
    rejected(f, "outputs: [{type: stdout, min_priority: loud}]\n",
             "'min_priority' of an output is 'loud': a priority (emergency ... debug) is expected");
    rejected(f, "outputs: [{type: stdout, format: xml}]\n",
             "'format' of an output is 'xml': line|text|json|ecs|ocsf is expected");
    rejected(f, "outputs: [{type: stdout, enabled: [x]}]\n",
             "'enabled' of an output: true or false is expected");
}

static void names_are_there_once_and_can_be_printed_anywhere(void **state)
{
    struct fixture *f = *state;

    rejected(f, "outputs: [{type: stdout, name: a}, {type: stdout, name: a}]\n",
             "'name' of an output is 'a': a name that no other output has is expected");
    rejected(f, "outputs: [{type: stdout, name: 'a b'}]\n", "1 to 64 letters");
    rejected(f, "stdout_output: {enabled: true}\noutputs: [{type: stdout, name: stdout}]\n",
             "a name that no other output has");
    assert_int_equal(conf_text(f,
                               "stdout_output: {enabled: true}\n"
                               "outputs: [{type: stdout}, {type: syslog}, {type: stdout}]\n",
                               NULL),
                     0);
    assert_int_equal(f->conf->noutputs, 3);
    assert_string_equal(f->conf->output[0].name, "stdout-2");
    assert_string_equal(f->conf->output[1].name, "syslog");
    assert_string_equal(f->conf->output[2].name, "stdout-3");
}

static void an_item_has_its_keys_and_what_the_section_says(void **state)
{
    struct fixture *f = *state;
    const struct sk_conf_output *o;

    assert_int_equal(
        conf_text(f,
                  "file_output: {keep_alive: true, filename: /main}\n"
                  "outputs:\n"
                  "  - {type: file, filename: /a, min_priority: WARNING, format: json}\n"
                  "  - {type: file, keep_alive: false, enabled: false, name: off}\n"
                  "  - {type: syslog, format: ~}\n",
                  NULL),
        0);
    assert_int_equal(f->conf->noutputs, 3);
    o = f->conf->output;
    assert_false(f->conf->file_enabled);
    assert_string_equal(f->conf->file_name, "/main");
    assert_true(o[0].conf->file_enabled && o[0].conf->file_keep_alive);
    assert_string_equal(o[0].conf->file_name, "/a");
    assert_string_equal(o[0].format, "json");
    assert_int_equal(o[0].min_priority, SK_WARNING);
    assert_false(o[1].conf->file_enabled || o[1].conf->file_keep_alive);
    assert_string_equal(o[1].conf->file_name, "/main");
    assert_int_equal(o[1].min_priority, SK_DEBUG);
    assert_true(o[2].conf->syslog_enabled && !o[2].conf->file_enabled);
    assert_string_equal(o[2].format, "line");
    assert_string_equal(warnings(f), "");
}

static void an_item_can_be_changed_on_the_command_line(void **state)
{
    static const char *const option[] = {"outputs[0].filename=/b", "outputs[1].type=stdout", NULL};
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "outputs: [{type: file, filename: /a}]\n", option), 0);
    assert_int_equal(f->conf->noutputs, 2);
    assert_string_equal(f->conf->output[0].conf->file_name, "/b");
    assert_string_equal(f->conf->output[1].type, "stdout");
}

static void the_old_map_is_accepted_with_a_warning(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "outputs:\n  rate: 1\n  max_burst: 1000\n", NULL), 0);
    assert_int_equal(f->conf->noutputs, 0);
    assert_string_equal(f->conf->file[0].schema, "ok");
    assert_non_null(strstr(warnings(f), "built-in configuration:2:9: 'outputs.rate' is a key"));
    assert_non_null(strstr(warnings(f), "built-in configuration:3:14: 'outputs.max_burst'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(malformed_items_are_errors_with_a_place),
        T(names_are_there_once_and_can_be_printed_anywhere),
        T(an_item_has_its_keys_and_what_the_section_says),
        T(an_item_can_be_changed_on_the_command_line),
        T(the_old_map_is_accepted_with_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
