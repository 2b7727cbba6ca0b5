/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "source/scap/lists.h"

#include "make.h"

static bool read_iface(const struct sk_buf *b, unsigned v, struct sk_iface *i, uint64_t *size)
{
    struct sk_scap_cursor c = {.p = (const uint8_t *)b->p, .n = b->n};

    return sk_scap_read_iface(&c, v, i, size);
}

static bool read_user(const struct sk_buf *b, unsigned v, struct sk_scap_user *u, uint64_t *size)
{
    struct sk_scap_cursor c = {.p = (const uint8_t *)b->p, .n = b->n};

    return sk_scap_read_user(&c, v, u, size);
}

static void put_iface(struct sk_buf *b, unsigned type)
{
    unsigned words = type == SK_SCAP_IPV6 || type == SK_SCAP_IPV6_NOSPEED ? 12 : 3;

    put(b, type, 2);
    put(b, 2, 2);
    for (unsigned i = 0; i < words; i++)
        put(b, 0x01010101u * (i + 1), 4);
    if (type <= SK_SCAP_IPV6)
        put(b, 1000, 8);
    sk_buf_addz(b, "lo");
}

static void addresses_of_every_type_are_read(void **state)
{
    (void)state;
    for (unsigned type = SK_SCAP_IPV4; type <= SK_SCAP_IPV6_NOSPEED; type++) {
        for (unsigned v = 1; v <= 2; v++) {
            sk_auto(buf) struct sk_buf b = SK_BUF(4096);
            struct sk_iface ifc;
            uint64_t size = 0;
            size_t hole = v == 2 ? put_hole(&b) : 0;

            put_iface(&b, type);
            if (v == 2) {
                put_len(&b, hole);
                b.p[hole] = (char)(b.p[hole] - 4); /* does not count itself */
            }
            assert_true(read_iface(&b, v, &ifc, &size));
            assert_int_equal(size, b.n);
            assert_int_equal(ifc.v6, type == SK_SCAP_IPV6 || type == SK_SCAP_IPV6_NOSPEED);
            assert_int_equal(ifc.mask[0], ifc.v6 ? 5 : 2);
            assert_int_equal(ifc.bcast[0], ifc.v6 ? 9 : 3);
        }
    }
}

static void an_address_of_no_known_type_or_cut_is_refused(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_iface ifc;
    uint64_t size;

    (void)state;
    put(&b, 9, 2);
    for (int i = 0; i < 5; i++)
        put(&b, 0, 8);
    assert_false(read_iface(&b, 1, &ifc, &size));
    sk_buf_reset(&b);
    put_iface(&b, SK_SCAP_IPV4);
    for (size_t whole = b.n, n = 0; n < whole; n++) {
        b.n = n;
        assert_false(read_iface(&b, 1, &ifc, &size));
    }
}

static void users_and_groups_are_told_apart(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_scap_user u;
    uint64_t size;
    size_t hole = put_hole(&b);

    (void)state;
    put(&b, 0, 1);
    put(&b, 1000, 4);
    put(&b, 100, 4);
    put_text(&b, "ann");
    put_text(&b, "/home/ann");
    put_text(&b, "/bin/sh");
    put_len(&b, hole);
    assert_true(read_user(&b, 2, &u, &size));
    assert_false(u.is_group);
    assert_true(sk_str_eqz(u.user.name, "ann"));
    assert_true(sk_str_eqz(u.user.shell, "/bin/sh"));
    sk_buf_reset(&b);
    put(&b, 1, 1);
    put(&b, 100, 4);
    put_text(&b, "staff");
    assert_true(read_user(&b, 1, &u, &size));
    assert_int_equal(size, b.n);
    assert_true(u.is_group);
    assert_true(sk_str_eqz(u.group.name, "staff"));
    b.n--;
    assert_false(read_user(&b, 1, &u, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_of_no_known_type_or_cut_is_refused),
        cmocka_unit_test(addresses_of_every_type_are_read),
        cmocka_unit_test(users_and_groups_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
