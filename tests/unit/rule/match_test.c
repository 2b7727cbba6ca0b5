/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>

#include "tests/unit/rule/compile.h"

static void texts_compare_by_byte(void **state)
{
    (void)state;
    fake_set_text(FAKE_PROC_NAME, "nginx");
    assert_true(holds("proc.name = nginx"));
    assert_false(holds("proc.name = ngin"));
    assert_true(holds("proc.name != ngin"));
    assert_true(holds("proc.name contains gin"));
    assert_false(holds("proc.name contains GIN"));
    assert_true(holds("proc.name icontains GIN"));
    assert_true(holds("proc.name startswith ng"));
    assert_true(holds("proc.name startswith ''"));
    assert_true(holds("proc.name endswith nx"));
    assert_false(holds("proc.name endswith ng"));
    assert_true(holds("proc.name < 1") == false);
    assert_true(holds("proc.name > 1"));
}

static void members_of_a_set_may_have_any_length(void **state)
{
    char text[200], rule[300];

    (void)state;
    for (size_t n = 1; n < sizeof(text); n += n < 60 ? 29 : 1) {
        memset(text, 'x', n);
        text[n] = '\0';
        snprintf(rule, sizeof(rule), "fd.name in (y, %s)", text);
        fake_set_text(FAKE_FD_NAME, text);
        assert_true(holds(rule));
        text[n - 1] = 'z';
        fake_set_text(FAKE_FD_NAME, text);
        assert_false(holds(rule));
        text[n - 1] = '\0';
        fake_set_text(FAKE_FD_NAME, text);
        assert_false(holds(rule));
    }
}

static void globs_match_slashes_and_dots(void **state)
{
    (void)state;
    fake_set_text(FAKE_FD_NAME, "/etc/.hidden/file");
    assert_true(holds("fd.name glob /etc*file"));
    assert_true(holds("fd.name iglob /ETC/*"));
    assert_true(holds("fd.name glob /etc/[.]hidden/fil?"));
    assert_false(holds("fd.name glob /etc"));
}

static void long_texts_are_matched_by_globs_too(void **state)
{
    char text[5000];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    fake_set_text(FAKE_FD_NAME, text);
    assert_true(holds("fd.name glob x*x"));
    assert_false(holds("fd.name glob x*y"));
}

static void regular_expressions_match_the_whole_text(void **state)
{
    (void)state;
    fake_set_text(FAKE_PROC_NAME, "nginx");
    assert_true(holds("proc.name regex 'n[a-z]+x'"));
    assert_false(holds("proc.name regex 'g[a-z]n'"));
    fake_set_text(FAKE_PROC_NAME, "a\xff\xfe z");
    assert_true(holds("proc.name regex 'a.. z'"));
    fake_set_text(FAKE_PROC_NAME, "");
    assert_true(holds("proc.name regex 'a*'"));
}

static void numbers_compare_with_their_sign(void **state)
{
    (void)state;
    fake_set_int(FAKE_EVT_RAWRES, (uint64_t)-2);
    assert_true(holds("evt.rawres < 0"));
    assert_true(holds("evt.rawres = -2"));
    assert_true(holds("evt.rawres in (1, -2)"));
    fake_set_int(FAKE_EVT_NUM, UINT64_MAX);
    assert_true(holds("evt.num > 5"));
    assert_true(holds("evt.num = -1"));
    fake_set_double(FAKE_THREAD_CPU, 1.5);
    assert_true(holds("thread.cpu > 1"));
    assert_false(holds("thread.cpu = 1"));
}

static void bools_compare_as_bools(void **state)
{
    (void)state;
    fake_set_int(FAKE_EVT_IS_IO, 1);
    assert_true(holds("evt.is_io = true"));
    assert_true(holds("evt.is_io != false"));
    assert_false(holds("evt.is_io in (false)"));
    fake_set_int(FAKE_EVT_IS_IO, 0);
    assert_true(holds("evt.is_io = false"));
}

static void buffers_may_hold_nul(void **state)
{
    (void)state;
    fake_set_bytes(FAKE_EVT_BUFFER, "ab\0cd", 5);
    assert_true(holds("evt.buffer bcontains 00"));
    assert_true(holds("evt.buffer bstartswith 616200"));
    assert_true(holds("evt.buffer endswith cd"));
    assert_false(holds("evt.buffer = ab"));
    assert_true(holds("evt.buffer = \"ab\\x00cd\""));
    assert_true(holds("evt.buffer in (\"ab\\x00cd\", x)"));
    assert_true(holds("len(evt.buffer) = 5"));
}

static void an_address_field_means_any_of_its_sides(void **state)
{
    uint32_t a = htonl(0x0a000001), b = htonl(0x08080808);

    (void)state;
    fake_add_bytes(FAKE_FD_IP, &a, 4);
    fake_add_bytes(FAKE_FD_IP, &b, 4);
    fake_add_bytes(FAKE_FD_NET, &a, 4);
    fake_add_bytes(FAKE_FD_NET, &b, 4);
    assert_true(holds("fd.ip = 8.8.8.8"));
    assert_true(holds("fd.ip in (1.1.1.1, 10.0.0.1)"));
    assert_false(holds("fd.ip != 8.8.8.8"));
    assert_true(holds("fd.ip != 1.1.1.1"));
    assert_true(holds("fd.net = 10.0.0.0/8"));
    assert_true(holds("fd.net in (1.0.0.0/8, 8.0.0.0/8)"));
    assert_false(holds("fd.net != 10.0.0.0/8"));
}

static void addresses_of_another_family_differ(void **state)
{
    uint32_t a = htonl(0x0a000001);

    (void)state;
    fake_add_bytes(FAKE_FD_IP, &a, 4);
    fake_add_bytes(FAKE_FD_NET, &a, 4);
    assert_false(holds("fd.ip = ::1"));
    assert_true(holds("fd.ip != ::1"));
    assert_false(holds("fd.net = fd00::/8"));
    assert_true(holds("fd.net != fd00::/8"));
}

static void one_ancestor_is_enough(void **state)
{
    (void)state;
    fake_add_text(FAKE_PROC_ANAME, "bash");
    fake_add_text(FAKE_PROC_ANAME, "sshd");
    assert_true(holds("proc.aname = sshd"));
    assert_true(holds("proc.aname in (init, bash)"));
    assert_true(holds("proc.aname != sshd"));
    assert_false(holds("proc.aname = init"));
    assert_true(holds("proc.aname exists"));
}

static void two_values_of_a_plain_field_satisfy_nothing(void **state)
{
    (void)state;
    fake_add_text(FAKE_PROC_NAME, "a");
    fake_add_text(FAKE_PROC_NAME, "b");
    assert_false(holds("proc.name = a"));
}

static void lists_are_in_or_intersect(void **state)
{
    (void)state;
    fake_add_text(FAKE_FD_TYPES, "file");
    fake_add_text(FAKE_FD_TYPES, "pipe");
    assert_true(holds("fd.types in (file, pipe, x)"));
    assert_false(holds("fd.types in (file)"));
    assert_true(holds("fd.types intersects (file)"));
    assert_false(holds("fd.types intersects (x)"));
    assert_true(holds("len(fd.types) = 2"));
    fake_values[FAKE_FD_TYPES].vals.n = 0;
    assert_true(holds("fd.types in (file)"));
    assert_true(holds("fd.types in ()"));
    assert_false(holds("fd.types intersects (file)"));
    assert_true(holds("fd.types exists"));
}

static void modifiers_count_the_constants_that_fit(void **state)
{
    (void)state;
    fake_set_text(FAKE_PROC_NAME, "nginx");
    assert_true(holds("proc.name contains anyof (gin, x1)"));
    assert_false(holds("proc.name contains anyof (y, x1)"));
    assert_true(holds("proc.name contains allof (gin, n)"));
    assert_false(holds("proc.name contains allof (gin, y)"));
    assert_true(holds("proc.name startswith oneof (ng, y)"));
    assert_false(holds("proc.name startswith oneof (ng, n)"));
    assert_true(holds("proc.name = anyof (a, nginx)"));
    assert_true(holds("proc.name != allof (a, b)"));
    assert_false(holds("proc.name != allof (a, nginx)"));
    assert_true(holds("proc.name regex anyof ('x', 'ng.*')"));
    assert_false(holds("proc.name = allof ()"));
}

static void paths_match_by_component(void **state)
{
    (void)state;
    fake_set_text(FAKE_FD_NAME, "/var/lib/x");
    assert_true(holds("fd.name pmatch (/etc, /var/lib)"));
    assert_false(holds("fd.name pmatch (/var/li)"));
    assert_false(holds("fd.name pmatch ()"));
}

static void fields_compare_with_fields(void **state)
{
    (void)state;
    fake_set_text(FAKE_PROC_NAME, "Bash");
    fake_set_text(FAKE_PROC_PNAME, "bash");
    assert_false(holds("proc.name = val(proc.pname)"));
    assert_true(holds("tolower(proc.name) = val(proc.pname)"));
    assert_true(holds("proc.pname = tolower(proc.name)"));
    assert_true(holds("proc.pname in val(proc.pname)"));
    assert_true(holds("proc.name glob val(proc.name)"));
    fake_add_text(FAKE_PROC_ARGS, "a");
    fake_add_text(FAKE_FD_TYPES, "a");
    fake_add_text(FAKE_FD_TYPES, "b");
    assert_true(holds("proc.args in val(fd.types)"));
    assert_false(holds("fd.types in val(proc.args)"));
    assert_true(holds("fd.types intersects val(proc.args)"));
}

static void transformers_change_the_value(void **state)
{
    (void)state;
    fake_set_text(FAKE_FD_NAME, "/usr/bin/Perl");
    assert_true(holds("basename(fd.name) = Perl"));
    assert_true(holds("toupper(basename(fd.name)) = PERL"));
    assert_true(holds("len(basename(fd.name)) = 4"));
    fake_set_text(FAKE_PROC_NAME, "aGk=");
    assert_true(holds("b64(proc.name) = hi"));
    fake_set_text(FAKE_PROC_NAME, "a*");
    assert_false(holds("b64(proc.name) exists"));
    fake_set_int(FAKE_PROC_PID, 7);
    assert_true(holds("join(\"-\", (fd.name, \"x\", proc.pid)) = /usr/bin/Perl-x-7"));
    assert_true(holds("concat(proc.name, \":\", fd.name) = a*:/usr/bin/Perl"));
}

static void options_are_found_as_getopt_finds_them(void **state)
{
    static const char *const args[] = {"-nv", "-t", "5", "--long", "-u9", "-x", "end", "-z"};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(args); i++)
        fake_add_text(FAKE_PROC_ARGS, args[i]);
    assert_true(holds("getopt(proc.args, \"nvt:u:\")[t] = 5"));
    assert_true(holds("getopt(proc.args, \"nvt:u:\")[u] = 9"));
    assert_true(holds("getopt(proc.args, \"nvt:u:\")[v] = v"));
    assert_false(holds("getopt(proc.args, \"nvt:u:z\")[z] exists"));
    assert_true(holds("getopt(proc.args, \"nvt:u:\") intersects (\"?\")"));
    assert_true(holds("len(getopt(proc.args, \"nvt:u:\")) = 7"));
}

/* The field gives the distance. */
static void around_a_time_is_at_most_that_far_from_it(void **state)
{
    (void)state;
    fake_set_int(FAKE_EVT_AROUND, 100);
    assert_true(holds("evt.around[5] = 100"));
    assert_true(holds("evt.around[5] == 101"));
    assert_false(holds("evt.around[5] = 99"));
    assert_true(holds("evt.around[5] = anyof (1, 100)"));
    refuses("evt.around[5] <= 100", "evt.around supports only '=' comparison operator");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(texts_compare_by_byte),
        T(members_of_a_set_may_have_any_length),
        T(globs_match_slashes_and_dots),
        T(long_texts_are_matched_by_globs_too),
        T(regular_expressions_match_the_whole_text),
        T(numbers_compare_with_their_sign),
        T(bools_compare_as_bools),
        T(buffers_may_hold_nul),
        T(an_address_field_means_any_of_its_sides),
        T(addresses_of_another_family_differ),
        T(one_ancestor_is_enough),
        T(two_values_of_a_plain_field_satisfy_nothing),
        T(lists_are_in_or_intersect),
        T(modifiers_count_the_constants_that_fit),
        T(paths_match_by_component),
        T(fields_compare_with_fields),
        T(transformers_change_the_value),
        T(options_are_found_as_getopt_finds_them),
        T(around_a_time_is_at_most_that_far_from_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
