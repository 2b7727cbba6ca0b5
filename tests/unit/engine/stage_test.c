/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/stage.h"

#include "tests/unit/engine/util.h"

static void a_stage_has_what_its_configuration_says(void **state)
{
    struct fix *f = *state;
    sk_auto(stage) struct sk_stage *s = NULL;

    conf(f, "rule_matching: all\ntime_format_iso_8601: true\njson_include_tags_property: false\n");
    assert_int_equal(gen(f, RULE("A", "evt.type=openat") RULE("B", "evt.type=connect")), 0);
    assert_int_equal(sk_stage_new(f->conf, f->gen, 1u << SK_FORM_TEXT, &s), 0);
    assert_int_equal(s->max_hits, 2);
    assert_true(s->alert.iso_time);
    assert_true(s->alert.include_output);
    assert_false(s->alert.include_tags);
    assert_ptr_equal(s->conf, f->conf);
    assert_ptr_equal(s->gen, f->gen);
}

static void by_default_one_match_is_enough(void **state)
{
    struct fix *f = *state;
    sk_auto(stage) struct sk_stage *s = NULL;

    conf(f, "");
    assert_int_equal(gen(f, RULE("A", "evt.type=openat") RULE("B", "evt.type=connect")), 0);
    assert_int_equal(sk_stage_new(f->conf, f->gen, 1u << SK_FORM_TEXT, &s), 0);
    assert_int_equal(s->max_hits, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_stage_has_what_its_configuration_says),
        T(by_default_one_match_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
