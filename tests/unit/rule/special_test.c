/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a condition for events of one code. */
#include "rule/special.h"
#include "tests/unit/rule/compile.h"

#define OPEN_X     3u
#define SETSID_X   275u /* has no descriptor */
#define NOTHING    "proc.name in ()"
#define EVERYTHING "not proc.name in ()"

/* Asserts that `filter` is worth as much as `want` for events of that code. */
static void assert_left(unsigned code, const char *filter, const char *want)
{
    struct sk_special s;
    uint32_t root = ok(filter), expected = ok(want), got;

    assert_int_equal(sk_special_init(&s, pool), 0);
    sk_special_begin(&s, code);
    assert_int_equal(sk_special_root(&s, root, &got), 0);
    sk_special_done(&s);
    assert_int_equal(got, expected);
}

static void checks_of_the_events_name_are_decided(void **state)
{
    (void)state;
    assert_left(OPEN_X, "evt.type = open and proc.name = a", "proc.name = a");
    assert_left(OPEN_X, "evt.type in (close, open) and proc.name = a", "proc.name = a");
    assert_left(OPEN_X, "evt.type = close and proc.name = a", NOTHING);
    assert_left(OPEN_X, "evt.type != close or proc.name = a", EVERYTHING);
    assert_left(OPEN_X, "(evt.type = close and proc.pid = 1) or (evt.type = open and proc.pid = 2)",
                "proc.pid = 2");
    assert_left(OPEN_X, "not (evt.type = open and proc.name = a)", "not proc.name = a");
}

static void fields_that_the_event_cannot_have_are_absent(void **state)
{
    (void)state;
    assert_left(SETSID_X, "fd.name = /etc/passwd or proc.name = a", "proc.name = a");
    assert_left(SETSID_X, "fd.name != /etc/passwd", NOTHING);
    assert_left(SETSID_X, "not fd.name = /etc/passwd", EVERYTHING);
    assert_left(SETSID_X, "proc.name = val(fd.name)", NOTHING);
    assert_left(OPEN_X, "fd.name = /etc/passwd", "fd.name = /etc/passwd");
}

static void what_no_event_decides_stays_the_same_node(void **state)
{
    size_t before;
    const char *text = "proc.name = a and (proc.pid = 1 or not user.uid = 0)";

    (void)state;
    ok(text);
    before = sk_filter_pool_nodes(pool);
    assert_left(OPEN_X, text, text);
    assert_int_equal(sk_filter_pool_nodes(pool), before);
}

static void a_root_of_another_pool_is_refused(void **state)
{
    struct sk_special s;
    uint32_t got = 77;

    (void)state;
    assert_int_equal(sk_special_init(&s, pool), 0);
    sk_special_begin(&s, OPEN_X);
    assert_int_equal(sk_special_root(&s, s.n, &got), -EINVAL);
    assert_int_equal(got, 77);
    sk_special_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(checks_of_the_events_name_are_decided),
        T(fields_that_the_event_cannot_have_are_absent),
        T(what_no_event_decides_stays_the_same_node),
        T(a_root_of_another_pool_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
