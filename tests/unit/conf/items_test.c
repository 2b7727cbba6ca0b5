/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/util.h"

static void rejected(struct fixture *f, const char *text, const char *message)
{
    assert_int_equal(conf_text(f, text, NULL), -EINVAL);
    assert_null(f->conf);
    assert_non_null(strstr(errors(f), message));
}

static void malformed_items_are_errors_with_a_place(void **state)
{
    struct fixture *f = *state;

    rejected(f, "rules:\n  - on: x\n", "built-in configuration:2:5: bad conversion");
    rejected(f, "rules:\n  - enable: {}\n", "need 'rule' or 'tag'");
    rejected(f, "rules: x\n", "'rules' must be a list");
    rejected(f, "append_output: [x]\n", "must be a map");
    rejected(f, "append_output: [{suggested_output: perhaps}]\n",
             "'suggested_output' is true or false");
    rejected(f, "append_output: [{match: {tags: x}}]\n", "'tags' must be a list");
    rejected(f, "append_output: [{extra_fields: x}]\n", "'extra_fields' must be a list");
    rejected(f, "append_output: [{extra_fields: [{a: b, c: d}]}]\n",
             "is a field or {name: format}");
    rejected(f, "append_output: [{extra_fields: [a, {a: b}]}]\n", "is there twice");
}

static void selections_keep_their_order(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(
        conf_text(f, "rules:\n  - disable: {rule: '*'}\n  - enable: {tag: net, rule: x}\n", NULL),
        0);
    assert_int_equal(f->conf->nselect, 2);
    assert_false(f->conf->select[0].enable);
    assert_string_equal(f->conf->select[0].rule, "*");
    assert_null(f->conf->select[0].tag);
    assert_true(f->conf->select[1].enable);
    assert_string_equal(f->conf->select[1].tag, "net");
}

static void appended_outputs_are_read_whole(void **state)
{
    static const char *const option[] = {
        "append_output[]={\"match\":{\"source\":\"syscall\",\"tags\":[\"a\",\"b\"]},\"extra_output\":\"on %evt.cpu\","
        "\"extra_fields\":[\"evt.hostname\",{\"x\":\"%proc.name\"}]}",
        NULL};
    struct fixture *f = *state;
    const struct sk_conf_append *a;

    assert_int_equal(conf_text(f, "append_output: [{suggested_output: true}]\n", option), 0);
    assert_int_equal(f->conf->nappend, 2);
    assert_true(f->conf->append[0].suggested);
    a = &f->conf->append[1];
    assert_string_equal(a->source, "syscall");
    assert_null(a->rule);
    assert_int_equal(a->tags.n, 2);
    assert_string_equal(a->extra_output, "on %evt.cpu");
    assert_int_equal(a->nextra, 2);
    assert_true(a->extra[0].raw);
    assert_string_equal(a->extra[0].format, "%evt.hostname");
    assert_string_equal(a->extra[1].key, "x");
    assert_false(a->extra[1].raw);
}

static void a_map_in_place_of_the_list_is_empty(void **state)
{
    static const char *const option[] = {"append_output.suggested_output=false", NULL};
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "append_output: [{suggested_output: true}]\n", option), 0);
    assert_int_equal(f->conf->nappend, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(malformed_items_are_errors_with_a_place),
        T(selections_keep_their_order),
        T(appended_outputs_are_read_whole),
        T(a_map_in_place_of_the_list_is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
