/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/record.h"

#include <errno.h>

#include "tests/unit/test.h"

#define ID 77u

static struct sk_item *item(unsigned forms)
{
    static const struct sk_str form[SK_FORM_N] = {
        [SK_FORM_TEXT] = SK_STR("text"), [SK_FORM_JSON] = SK_STR("{\"a\":1}")};
    const struct sk_sink_alert a = {.line = SK_STR("line"),
                                    .rule = SK_STR("Rule"),
                                    .priority = SK_ERROR,
                                    .id = ID,
                                    .ts_ns = 0x1122334455667788,
                                    .forms = form};
    struct sk_item *it = sk_item_new(&a, forms, 1);

    assert_non_null(it);
    return it;
}

static struct sk_buf record(unsigned forms)
{
    struct sk_buf b = SK_BUF(4096);
    struct sk_item *it = item(forms);

    sk_record_write(it, &b);
    assert_false(b.failed);
    sk_item_unref(it);
    return b;
}

static int reads(struct sk_str bytes, unsigned forms, struct sk_item **out)
{
    return sk_record_read(ID, SK_ERROR, bytes, forms, 2, out);
}

static void a_record_is_read_as_it_was_written(void **state)
{
    sk_auto(buf) struct sk_buf b = record(1u << SK_FORM_TEXT | 1u << SK_FORM_JSON);
    struct sk_item *it = NULL;

    (void)state;
    assert_int_equal(reads(sk_buf_str(&b), 1u << SK_FORM_TEXT | 1u << SK_FORM_JSON, &it), 0);
    assert_int_equal(it->id, ID);
    assert_int_equal(it->priority, SK_ERROR);
    assert_int_equal(it->ts_ns, 0x1122334455667788);
    assert_true(sk_str_eqz(it->rule, "Rule"));
    assert_true(sk_str_eqz(it->form[SK_FORM_TEXT], "text"));
    assert_true(sk_str_eqz(it->form[SK_FORM_JSON], "{\"a\":1}"));
    sk_item_unref(it);
}

static void a_form_that_was_not_kept_is_replaced_by_one_that_was(void **state)
{
    sk_auto(buf) struct sk_buf b = record(1u << SK_FORM_JSON);
    struct sk_item *it = NULL;

    (void)state;
    assert_int_equal(reads(sk_buf_str(&b), 1u << SK_FORM_TEXT, &it), 0);
    assert_true(sk_str_eqz(it->form[SK_FORM_TEXT], "{\"a\":1}"));
    assert_null(it->form[SK_FORM_JSON].p);
    sk_item_unref(it);
}

static void every_changed_or_missing_byte_is_noticed(void **state)
{
    sk_auto(buf) struct sk_buf b = record(1u << SK_FORM_TEXT);
    struct sk_item *it = NULL;

    (void)state;
    for (size_t n = 0; n < b.n; n++)
        assert_int_equal(reads((struct sk_str){b.p, n}, 1, &it), -EBADMSG);
    for (size_t i = 0; i < b.n; i++) {
        b.p[i] ^= 4;
        assert_int_equal(reads(sk_buf_str(&b), 1, &it), -EBADMSG);
        b.p[i] ^= 4;
    }
    assert_int_equal(sk_record_read(ID + 1, SK_ERROR, sk_buf_str(&b), 1, 2, &it), -EBADMSG);
    assert_int_equal(sk_record_read(ID, SK_ALERT, sk_buf_str(&b), 1, 2, &it), -EBADMSG);
    assert_int_equal(sk_record_read(ID, 8, sk_buf_str(&b), 1, 2, &it), -EBADMSG);
    assert_null(it);
}

/* A sealed record may still be nonsense: of a later version, or made by somebody else. */
static void lengths_are_checked_whatever_the_checksum_says(void **state)
{
    static const struct {
        size_t at;
        char value;
    } change[] = {{4, 0}, {4, 32}, {4, 3}, {7, 2}, {16, 100}, {19, -1}, {20, 5}, {20, 3}, {23, -1}};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(change); i++) {
        sk_auto(buf) struct sk_buf b = record(1u << SK_FORM_TEXT);
        struct sk_item *it = NULL;
        uint32_t sum;

        b.p[change[i].at] = change[i].value;
        sum = sk_record_sum(ID, SK_ERROR, sk_buf_str(&b));
        for (int k = 0; k < 4; k++)
            b.p[k] = (char)(sum >> 8 * k);
        assert_int_equal(reads(sk_buf_str(&b), 1, &it), -EBADMSG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_read_as_it_was_written),
        cmocka_unit_test(a_form_that_was_not_kept_is_replaced_by_one_that_was),
        cmocka_unit_test(every_changed_or_missing_byte_is_noticed),
        cmocka_unit_test(lengths_are_checked_whatever_the_checksum_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
