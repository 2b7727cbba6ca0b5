/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/fexit.h"

#include "tests/unit/test.h"

/* No kernel is asked here: what it would be asked is tested in guests (tests/vm). */
static const struct sk_bpf_image btf = {"tp_btf", "", 0}, raw = {"raw_tp", "", 0};

static void nothing_moves_where_it_cannot(void **state)
{
    struct sk_bpf b = {0};
    struct sk_event_set set = {0};
    struct sk_fexit f;

    (void)state;
    sk_event_set_add(&set, 3);
    const struct {
        enum sk_attach how;
        const struct sk_bpf_image *image;
    } rows[] = {{SK_ATTACH_SYS_EXIT, &btf}, {SK_ATTACH_AUTO, &raw}, {SK_ATTACH_FEXIT, &btf}};
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        assert_int_equal(sk_fexit_init(&f, rows[i].how, rows[i].image, &b), 0);
        assert_int_equal(f.state, SK_FEXIT_REFUSED); /* the last: the object lacks the map */
        assert_int_equal(sk_fexit_before(&f, &set, NULL), 0);
        sk_fexit_after(&f, &set);
        assert_false(f.threaded);
        assert_int_equal(sk_fexit_fd(&f), -1);
        sk_fexit_done(&f);
        sk_fexit_done(&f);
    }
}

static void a_kernel_that_cannot_says_why(void **state)
{
    const char *why = NULL;

    (void)state;
    if (!sk_fexit_possible(&why))
        assert_true(why && *why);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_moves_where_it_cannot),
        cmocka_unit_test(a_kernel_that_cannot_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
