/* SPDX-License-Identifier: Apache-2.0 */
#include "source/source.h"

#include "tests/unit/test.h"

static void an_unknown_name_finds_nothing(void **state)
{
    (void)state;
    assert_null(sk_source_find(""));
    assert_null(sk_source_find("ebp"));
    assert_null(sk_source_find("ebpf2"));
}

static void every_source_is_found_by_its_name_and_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; sk_sources[i]; i++) {
        const struct sk_source_ops *ops = sk_sources[i];

        assert_ptr_equal(sk_source_find(ops->name), ops);
        assert_true(ops->size > 0);
        assert_true(ops->open && ops->apply && ops->fd && ops->poll && ops->stats && ops->close);
        assert_true(!(ops->caps & SK_SOURCE_SCOPES) || ops->caps & SK_SOURCE_LIVE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_name_finds_nothing),
        cmocka_unit_test(every_source_is_found_by_its_name_and_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
