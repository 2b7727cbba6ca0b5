/* SPDX-License-Identifier: Apache-2.0 */
/* Which checks the kernel side makes, and why not the others. */
#include "prefiltering.h"
#include "rule/loader.h"

static const char *last_why;

static void note(void *self, uint32_t pred, const char *why)
{
    (void)self;
    (void)pred;
    last_why = why;
}

/* What is said of the checks of that condition for openat. */
static const char *why(const char *condition, unsigned code)
{
    struct asking a;
    struct sk_pfc c;

    asking_rule(&a, condition);
    assert_int_equal(sk_pfc_init(&c, sk_ruleset_pool(a.l.rs)), 0);
    c.tell = note;
    last_why = "";
    (void)sk_pf_event_dnf(&c, a.l.rs->gen, code);
    assert_false(c.failed);
    sk_pfc_done(&c);
    asking_done(&a);
    return last_why;
}

static void a_check_that_is_made_says_nothing(void **state)
{
    (void)state;
    assert_string_equal(why("evt.type=openat and fd.name=/x", OPENAT_X), "");
    assert_string_equal(why("evt.type=openat and evt.dir=<", OPENAT_X), "");
    assert_string_equal(why("evt.type=openat and evt.is_open_write=true", OPENAT_X), "");
}

static void others_say_why(void **state)
{
    (void)state;
    assert_non_null(strstr(why("evt.type=openat and proc.cmdline=x", OPENAT_X), "this field"));
    assert_non_null(
        strstr(why("evt.type=openat and fd.name=val(proc.name)", OPENAT_X), "two fields"));
    assert_non_null(strstr(why("evt.type=openat and tolower(fd.name)=x", OPENAT_X), "function"));
    assert_non_null(strstr(why("evt.type=openat and fd.name exists", OPENAT_X), "a value"));
    assert_non_null(
        strstr(why("evt.type=openat and fd.name contains anyof (a, b)", OPENAT_X), "modifier"));
    assert_non_null(strstr(why("evt.type=openat and fd.name contains x", OPENAT_X), "comparison"));
    assert_non_null(strstr(why("evt.type=close and fd.name=/x", 5), "descriptor"));
    assert_non_null(strstr(why("evt.type=connect and fd.sport=1", CONNECT_X), "client"));
}

static void where_the_order_of_events_counts_nothing_is_filtered(void **state)
{
    struct made m = made_open("/x");

    (void)state;
    assert_sent("(evt.type=openat and fd.name=/y) or (evt.type=read and evt.deltatime > 5)", &m);
}

static void what_a_row_decides_is_decided(void **state)
{
    struct made m = made_open("/x");

    (void)state;
    assert_dropped("evt.type=openat and evt.dir=>", &m);
    assert_sent("evt.type=openat and evt.dir=<", &m);
    assert_dropped("evt.type=openat and evt.is_io=true", &m);
    assert_dropped("evt.type=openat and not evt.source=syscall", &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_that_is_made_says_nothing),
        cmocka_unit_test(others_say_why),
        cmocka_unit_test(where_the_order_of_events_counts_nothing_is_filtered),
        cmocka_unit_test(what_a_row_decides_is_decided),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
