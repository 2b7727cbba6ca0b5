/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "field/field.h"
#include "tests/unit/test.h"

static struct sk_arena *mem;
static struct sk_field_ref ref;

static int make_arena(void **state)
{
    (void)state;
    mem = sk_arena_new(1 << 20);
    return mem ? 0 : -1;
}

static int drop_arena(void **state)
{
    (void)state;
    sk_arena_free(mem);
    return 0;
}

/* The message of a field that must not parse, and its errno. */
static void assert_bad(const char *text, int code, const char *message)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);

    assert_int_equal(sk_field_parse(sk_str(text), mem, &ref, &err), code);
    assert_string_equal(err.p, message);
}

static void assert_good(const char *text, const char *canonical)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);

    if (sk_field_parse(sk_str(text), mem, &ref, &err) < 0)
        fail_msg("%s", err.p);
    assert_int_equal(ref.text.n, strlen(canonical));
    assert_memory_equal(ref.text.p, canonical, ref.text.n);
}

static void unknown_fields_are_named_whole(void **state)
{
    (void)state;
    assert_bad("foo.bar", -ENOENT, "filter_check called with nonexistent field foo.bar");
    assert_bad("", -ENOENT, "filter_check called with nonexistent field ");
    assert_bad("proc", -ENOENT, "filter_check called with nonexistent field proc");
    assert_bad("proc.namex", -ENOENT, "filter_check called with nonexistent field proc.namex");
    assert_bad("proc.name[", -ENOENT, "filter_check called with nonexistent field proc.name[");
}

static void arguments_where_none_belong_make_a_field_unknown(void **state)
{
    (void)state;
    assert_bad("proc.pname[1]", -ENOENT,
               "filter_check called with nonexistent field proc.pname[1]");
    assert_bad("proc.aname[x]", -ENOENT,
               "filter_check called with nonexistent field proc.aname[x]");
    assert_bad("proc.aname[1x]", -ENOENT,
               "filter_check called with nonexistent field proc.aname[1x]");
    assert_bad("proc.aname[]", -ENOENT, "filter_check called with nonexistent field proc.aname[]");
    assert_bad("proc.aname[99999999999]", -ENOENT,
               "filter_check called with nonexistent field proc.aname[99999999999]");
    assert_bad("proc.args[x]", -ENOENT, "filter_check called with nonexistent field proc.args[x]");
    assert_bad("proc.env[]", -ENOENT, "filter_check called with nonexistent field proc.env[]");
}

static void control_groups_need_a_subsystem_behind_a_dot(void **state)
{
    (void)state;
    assert_bad("thread.cgroup", -EINVAL, "filter syntax error: thread.cgroup");
    assert_bad("thread.cgroup[cpu]", -EINVAL, "filter syntax error: thread.cgroup[cpu]");
    assert_bad("thread.cgroup.", -ENOENT,
               "filter_check called with nonexistent field thread.cgroup.");
    assert_bad("thread.cgroupx", -EINVAL, "filter syntax error: thread.cgroupx");
    assert_bad("thread.cgroupsx", -ENOENT,
               "filter_check called with nonexistent field thread.cgroupsx");
    assert_good("thread.cgroup.cpu", "thread.cgroup.cpu");
    assert_string_equal(ref.key.p, "cpu");
    assert_false(ref.arg_is_index);
    assert_good("thread.cgroups", "thread.cgroups");
    assert_string_equal(ref.field->name, "thread.cgroups");
}

static void arguments_of_events_are_named_or_numbered(void **state)
{
    (void)state;
    assert_bad("evt.arg", -EINVAL, "filter syntax error: evt.arg");
    assert_bad("evt.arg[1x]", -EINVAL, "1x is not a valid number");
    assert_bad("evt.arg.nosuch", -EINVAL, "unknown event argument nosuch");
    assert_bad("evt.arg.fd[1]", -ENOENT,
               "filter_check called with nonexistent field evt.arg.fd[1]");
    assert_bad("evt.arg.fdx", -ENOENT, "filter_check called with nonexistent field evt.arg.fdx");
    assert_bad("evt.argsx", -ENOENT, "filter_check called with nonexistent field evt.argsx");
    assert_bad("evt.argx", -EINVAL, "filter syntax error: evt.argx");
    assert_good("evt.arg[99]", "evt.arg[99]");
    assert_int_equal(ref.index, 99);
    assert_good("evt.arg.flags", "evt.arg.flags");
    assert_string_equal(ref.key.p, "flags");
    assert_int_equal(sk_field_prefix(SK_STR("evt.arg.pathend")), strlen("evt.arg.path"));
}

static void raw_arguments_have_the_type_of_their_parameter(void **state)
{
    (void)state;
    assert_bad("evt.rawarg", -EINVAL, "filter syntax error: evt.rawarg");
    assert_bad("evt.rawarg[0]", -EINVAL, "evt.arg fields must be expressed explicitly");
    assert_good("evt.rawarg.fd", "evt.rawarg.fd");
    assert_int_equal(ref.type, SK_T_FD);
    assert_good("evt.rawarg.flags", "evt.rawarg.flags");
    assert_int_equal(ref.type, SK_T_FLAGS32);
    assert_int_equal(ref.fmt, SK_PF_HEX);
}

static void other_arguments_of_events_have_their_own_rules(void **state)
{
    (void)state;
    assert_bad("evt.type.is", -EINVAL, "filter syntax error: evt.type.is");
    assert_bad("evt.type.is.foo", -ENOENT,
               "filter_check called with nonexistent field evt.type.is.foo");
    assert_good("evt.type.is.open", "evt.type.is.open");
    assert_int_equal(ref.index, 2);
    assert_int_equal(ref.extra, 3);
    assert_good("evt.type.is.307", "evt.type.is.307");
    assert_int_equal(ref.index, 307);
    assert_int_equal(ref.extra, 307);
    assert_bad("evt.abspath.foo", -ENOENT,
               "filter_check called with nonexistent field evt.abspath.foo");
    assert_good("evt.abspath", "evt.abspath");
    assert_int_equal(ref.extra, 0);
    assert_good("evt.abspath.dst", "evt.abspath.dst");
    assert_int_equal(ref.extra, 2);
    assert_bad("evt.around", -EINVAL, "filter syntax error: evt.around");
    assert_bad("evt.around[x]", -EINVAL, "x is not a valid number");
    assert_good("evt.around[1404996934793590564]", "evt.around[1404996934793590564]");
    assert_int_equal(ref.index, 1404996934793590564);
}

static void arguments_that_an_event_lacks_are_impossible(void **state)
{
    (void)state;
    assert_good("evt.arg.backlog", "evt.arg.backlog");
    assert_true(sk_field_possible(&ref, 25)); /* listen */
    assert_false(sk_field_possible(&ref, 5)); /* close */
    assert_good("evt.arg[5]", "evt.arg[5]");
    assert_true(sk_field_possible(&ref, 5));
}

static void container_fields_speak_as_plugins_do(void **state)
{
    (void)state;
    assert_bad("container.label", -EINVAL,
               "filter 'container.label': container.label requires an argument but none provided");
    assert_bad("container.id[1]", -EINVAL,
               "filter 'container.id[1]': container.id does not allow nor require an argument but "
               "one is provided: 1");
    assert_bad("container.label[a", -EINVAL,
               "filter 'container.label[a': container.label terminates with incomplete argument "
               "brackets");
    assert_good("container.mount[0]", "container.mount[0]");
    assert_true(ref.arg_is_index);
    assert_good("container.mount[/var/run]", "container.mount[/var/run]");
    assert_false(ref.arg_is_index);
    assert_string_equal(ref.key.p, "/var/run");
}

static void numbers_are_indexes(void **state)
{
    (void)state;
    assert_good("proc.aname[2]", "proc.aname[2]");
    assert_true(ref.has_arg);
    assert_true(ref.arg_is_index);
    assert_int_equal(ref.index, 2);
    assert_good("proc.aname[-1]", "proc.aname[-1]");
    assert_int_equal(ref.index, -1);
    assert_good("proc.aname[00]", "proc.aname[00]");
    assert_good("proc.env[0]", "proc.env[0]");
    assert_true(ref.arg_is_index);
}

static void quotes_around_an_argument_are_dropped(void **state)
{
    (void)state;
    assert_good("proc.env[\"A B\"]", "proc.env[A B]");
    assert_string_equal(ref.key.p, "A B");
    assert_good("container.label['x]y']", "container.label[x]y]");
    assert_string_equal(ref.key.p, "x]y");
}

static void a_plain_field_has_the_type_of_its_row(void **state)
{
    (void)state;
    assert_good("fd.sport", "fd.sport");
    assert_int_equal(ref.type, SK_T_PORT);
    assert_int_equal(ref.fmt, SK_PF_DEC);
    assert_false(ref.is_list);
    assert_false(ref.has_arg);
    assert_int_equal(ref.key.n, 0);
    assert_good("proc.lineage", "proc.lineage");
    assert_true(ref.is_list);
}

static void no_memory_is_reported(void **state)
{
    struct sk_arena *tiny = sk_arena_new(1);
    sk_auto(buf) struct sk_buf err = SK_BUF(100);

    (void)state;
    assert_int_equal(sk_field_parse(SK_STR("proc.name"), tiny, &ref, &err), -ENOMEM);
    sk_arena_free(tiny);
}

static void formats_take_the_longest_prefix(void **state)
{
    (void)state;
    assert_int_equal(sk_field_prefix(SK_STR("")), 0);
    assert_int_equal(sk_field_prefix(SK_STR("some.field end")), 0);
    assert_int_equal(sk_field_prefix(SK_STR("proc.nameand%")), strlen("proc.name"));
    assert_int_equal(sk_field_prefix(SK_STR("proc.aname[0]and")), strlen("proc.aname[0]"));
    assert_int_equal(sk_field_prefix(SK_STR("proc.name[0]")), strlen("proc.name"));
    assert_int_equal(sk_field_prefix(SK_STR("proc.aname[")), strlen("proc.aname"));
    assert_int_equal(sk_field_prefix(SK_STR("proc.env[\"A ]\"] x")), strlen("proc.env[\"A ]\"]"));
    assert_int_equal(sk_field_prefix(SK_STR("proc.pid.")), strlen("proc.pid"));
}

static void a_very_long_word_is_not_tried_byte_by_byte(void **state)
{
    static char text[1 << 20];

    (void)state;
    memset(text, 'a', sizeof(text));
    assert_int_equal(sk_field_prefix((struct sk_str){text, sizeof(text)}), 0);
    memcpy(text, "proc.name", 9);
    assert_int_equal(sk_field_prefix((struct sk_str){text, sizeof(text)}), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_fields_are_named_whole),
        cmocka_unit_test(arguments_where_none_belong_make_a_field_unknown),
        cmocka_unit_test(control_groups_need_a_subsystem_behind_a_dot),
        cmocka_unit_test(arguments_of_events_are_named_or_numbered),
        cmocka_unit_test(raw_arguments_have_the_type_of_their_parameter),
        cmocka_unit_test(other_arguments_of_events_have_their_own_rules),
        cmocka_unit_test(arguments_that_an_event_lacks_are_impossible),
        cmocka_unit_test(container_fields_speak_as_plugins_do),
        cmocka_unit_test(numbers_are_indexes),
        cmocka_unit_test(a_very_long_word_is_not_tried_byte_by_byte),
        cmocka_unit_test(quotes_around_an_argument_are_dropped),
        cmocka_unit_test(a_plain_field_has_the_type_of_its_row),
        cmocka_unit_test(no_memory_is_reported),
        cmocka_unit_test(formats_take_the_longest_prefix),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
