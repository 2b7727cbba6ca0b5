/* SPDX-License-Identifier: Apache-2.0 */
#include "grpc/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/test.h"

static char path[SK_GRPC_PEMS][48];

static void put(int which, const char *text)
{
    FILE *f = fopen(path[which], "we");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int make(void **state)
{
    (void)state;
    for (int i = 0; i < SK_GRPC_PEMS; i++) {
        snprintf(path[i], sizeof(path[i]), "/tmp/saker-grpc-%d-%d.pem", (int)getpid(), i);
        put(i, "-----BEGIN A-----\nx\n");
    }
    return 0;
}

static int gone(void **state)
{
    (void)state;
    for (int i = 0; i < SK_GRPC_PEMS; i++)
        unlink(path[i]);
    return 0;
}

static int opened(struct sk_grpc_tls *t, struct sk_diag *dg)
{
    const struct sk_grpc_options opt = {.private_key = path[SK_GRPC_KEY],
                                        .cert_chain = path[SK_GRPC_CHAIN],
                                        .root_certs = path[SK_GRPC_ROOTS]};

    sk_grpc_tls_init(t);
    return sk_grpc_tls_open(t, &opt, dg);
}

static void a_file_that_cannot_be_used_is_named_with_its_key(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_grpc_tls t;

    (void)state;
    put(SK_GRPC_ROOTS, "hello");
    assert_int_equal(opened(&t, dg), -EINVAL);
    sk_grpc_tls_done(&t);
    unlink(path[SK_GRPC_CHAIN]);
    assert_int_equal(opened(&t, dg), -ENOENT);
    sk_grpc_tls_done(&t);
    const char *said = sk_diag_text(dg, SK_DIAG_ERROR);
    assert_non_null(strstr(said, "grpc.root_certs: '/tmp/saker-grpc-"));
    assert_non_null(strstr(said, "-2.pem' is no PEM file"));
    assert_non_null(strstr(said, "grpc.cert_chain: cannot read '/tmp/saker-grpc-"));
}

static void reading_again_takes_new_files_and_keeps_the_old_ones_when_one_is_bad(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_grpc_tls t;

    (void)state;
    assert_int_equal(opened(&t, dg), 0);
    assert_true(t.fresh);
    t.fresh = false;
    put(SK_GRPC_KEY, "-----BEGIN B-----\ny\n");
    put(SK_GRPC_ROOTS, "");
    assert_int_equal(sk_grpc_tls_read(&t, dg), -EINVAL);
    assert_false(t.fresh);
    assert_string_equal(t.pem[SK_GRPC_KEY], "-----BEGIN A-----\nx\n");
    put(SK_GRPC_ROOTS, "-----BEGIN C-----\nz\n");
    assert_int_equal(sk_grpc_tls_read(&t, dg), 0);
    assert_true(t.fresh);
    assert_string_equal(t.pem[SK_GRPC_KEY], "-----BEGIN B-----\ny\n");
    assert_string_equal(t.pem[SK_GRPC_ROOTS], "-----BEGIN C-----\nz\n");
    sk_grpc_tls_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_used_is_named_with_its_key, make,
                                        gone),
        cmocka_unit_test_setup_teardown(
            reading_again_takes_new_files_and_keeps_the_old_ones_when_one_is_bad, make, gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
