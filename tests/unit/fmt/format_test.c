/* SPDX-License-Identifier: Apache-2.0 */
#include "fmt/format.h"

#include "tests/unit/field/world.h"

static void refuses(const char *format, const char *want)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(1000);
    struct sk_format *f = NULL;

    assert_int_equal(sk_format_compile(sk_str(format), &f, &err), -EINVAL);
    assert_null(f);
    assert_string_equal(err.p, want);
}

static void broken_formats_are_refused_with_the_known_message(void **state)
{
    static const char *const unknown[] = {
        "%some.field end",
        "% end",
        "100% done",
        "%%",
        "%(",
        "%toupper(",
        "%touper(",
        "%toupper(proc.name",
        "%toupper (proc.name)",
        "%toupper(val(proc.name)",
        "%5 x",
    };

    (void)state;
    refuses("", "empty formatting token");
    refuses("100%", "invalid formatting syntax: formatting cannot end with a %");
    refuses("a %25", "invalid formatting syntax: formatting cannot end with a number");
    for (size_t i = 0; i < SK_ARRAY_LEN(unknown); i++)
        refuses(unknown[i], "unknown filter: unexpected token after '");
}

static void setup(struct world *w)
{
    struct sk_task_info init = world_task(1, 0, "init"), bash = world_task(2, 1, "bash"),
                        child = world_task(3, 2, "child");

    world_add(w, &init);
    world_add(w, &bash);
    world_add(w, &child);
    world_event(w, 3);
}

static void prints(struct world *w, const char *format, const char *want)
{
    sk_auto(format) struct sk_format *f = NULL;
    sk_auto(buf) struct sk_buf err = SK_BUF(1000), out = SK_BUF(100000);

    if (sk_format_compile(sk_str(format), &f, &err))
        fail_msg("%s: %s", format, err.p);
    sk_format_text(f, &w->cx, &out);
    assert_string_equal(out.p ? out.p : "", want);
}

static void fields_are_replaced_and_text_stays(void **state)
{
    struct world *w = *state;

    setup(w);
    prints(w, "plain", "plain");
    prints(w, "*", "");
    prints(w, "*start %proc.name end", "start child end");
    prints(w, "%proc.name%thread.tid", "child3");
    prints(w, "start%proc.nameand%thread.tidend", "startchildand3end");
    prints(w, "%proc.name. %proc.name[1] \"%proc.name\"", "child. child[1] \"child\"");
    prints(w, "%proc.aname[1]/%proc.aname[2]", "bash/init");
    prints(w, "|%proc.aname|", "|bash init|");
}

static void absent_fields_print_na(void **state)
{
    struct world *w = *state;

    setup(w);
    prints(w, "%proc.aname[9] %8fd.sport|", "<NA> <NA>    |");
    world_event(w, 77);
    prints(w, "%proc.name", "<NA>");
}

static void a_width_pads_or_cuts(void **state)
{
    struct world *w = *state;

    setup(w);
    prints(w, "[%2proc.name]", "[ch]");
    prints(w, "[%8proc.name]", "[child   ]");
    prints(w, "[%0proc.name]", "[child]");
    prints(w, "[%3toupper(proc.name)]", "[CHI]");
}

static void transformers_are_applied(void **state)
{
    struct world *w = *state;

    setup(w);
    prints(w, "%toupper( tolower( proc.name ) )!", "CHILD!");
    prints(w, "%concat(toupper(proc.name), proc.pname)", "CHILDbash");
    prints(w, "%join(\"->\", (proc.name, proc.pname))", "child->bash");
    prints(w, "%len(proc.name)", "5");
    prints(w, "%basename(proc.exepath)", "x");
}

static void every_plain_field_is_listed_once_in_order(void **state)
{
    static const char *const want[] = {"proc.aname[2]", "proc.exe", "proc.name", "proc.pname",
                                       "thread.tid"};
    const struct sk_field_ref *const *field;
    sk_auto(format) struct sk_format *f = NULL;
    sk_auto(buf) struct sk_buf err = SK_BUF(1000);

    (void)state;
    assert_int_equal(sk_format_compile(SK_STR("%thread.tid %tolower(proc.name) %proc.name "
                                              "%concat(proc.exe, proc.pname) %proc.aname[2]"),
                                       &f, &err),
                     0);
    assert_int_equal(sk_format_fields(f, &field), SK_ARRAY_LEN(want));
    for (size_t i = 0; i < SK_ARRAY_LEN(want); i++)
        assert_true(sk_str_eqz(field[i]->text, want[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_formats_are_refused_with_the_known_message),
        cmocka_unit_test_setup_teardown(fields_are_replaced_and_text_stays, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(absent_fields_print_na, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_width_pads_or_cuts, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(transformers_are_applied, world_setup, world_teardown),
        cmocka_unit_test(every_plain_field_is_listed_once_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
