/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/stat.h>

#include "tests/unit/grpc/client.h"

static void refused(const struct sk_grpc_options *opt, int want, const char *said)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_grpc *g = NULL;

    assert_int_equal(sk_grpc_start(opt, &g, dg), want);
    assert_null(g);
    if (!strstr(sk_diag_text(dg, SK_DIAG_ERROR), said))
        fail_msg("%s", sk_diag_text(dg, SK_DIAG_ERROR));
}

static void addresses_that_are_none_are_refused(void **state)
{
    static const char *const bad[] = {"",         "5060",      ":5060",          "host",
                                      "host:",    "host:0",    "host:65536",     "host:x",
                                      "::1:5060", "[::1:5060", "unix:rel",       "ipv4:1.2.3.4:5",
                                      "host:1 2", "/run/x:1",  "unix-abstract:x"};
    struct sk_grpc_options opt = options();

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(bad); i++) {
        opt.address = bad[i];
        refused(&opt, -EINVAL, "' is neither unix:///PATH nor HOST:PORT");
    }
    opt.address = "unix://rel";
    refused(&opt, -EINVAL, "write the whole path");
}

static void tcp_without_certificates_is_refused(void **state)
{
    struct sk_grpc_options opt = options();

    (void)state;
    opt.address = "127.0.0.1:5060";
    opt.private_key = "/no/such/key";
    refused(&opt, -ENOENT, "grpc.private_key: cannot read '/no/such/key': No such file");
    opt.private_key = opt.cert_chain = opt.root_certs = "/etc/passwd";
    refused(&opt, -EINVAL, "'/etc/passwd' is no PEM file");
}

static void certificates_that_are_no_certificates_are_refused(void **state)
{
    struct sk_grpc_options opt = options();
    char path[64];
    FILE *f;

    (void)state;
    snprintf(path, sizeof(path), "/tmp/saker-grpc-%d.pem", (int)getpid());
    f = fopen(path, "we");
    fputs("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n", f);
    fclose(f);
    opt.address = "127.0.0.1:15060";
    opt.private_key = opt.cert_chain = opt.root_certs = path;
    refused(&opt, -EADDRNOTAVAIL, "grpc.bind_address: cannot listen on '127.0.0.1:15060': ");
    unlink(path);
}

static void a_second_server_does_not_take_the_place_of_the_first(void **state)
{
    struct sk_grpc_options opt = options();
    struct sk_grpc *g = started(&opt);
    struct stat st;

    (void)state;
    refused(&opt, -EADDRINUSE, "somebody listens on");
    assert_int_equal(stat(place() + strlen(SK_GRPC_UNIX), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    sk_grpc_stop(g);
    assert_int_equal(stat(place() + strlen(SK_GRPC_UNIX), &st), -1);
}

static void it_tells_what_it_does(void **state)
{
    struct sk_grpc_options opt = options();
    char want[1000];

    (void)state;
    sk_grpc_stop(started(&opt));
    snprintf(want, sizeof(want),
             "6 gRPC server threadiness equals to 2\n6 Starting gRPC server at %s\n"
             "6 Shutting down gRPC server. Waiting until external connections are closed by "
             "clients\n6 Waiting for the gRPC threads to complete\n"
             "6 Draining all the remaining gRPC events\n6 Shutting down gRPC server complete\n",
             place());
    assert_string_equal(log_text, want);
}

static void a_full_queue_refuses_for_good_when_nobody_reads(void **state)
{
    struct sk_grpc_options opt = options();
    struct sk_grpc_held left;
    struct sk_grpc *g;
    struct rpc *r;

    (void)state;
    opt.capacity = 2;
    g = started(&opt);
    assert_int_equal(put_id(g, 1), 0);
    assert_int_equal(put_id(g, 2), 0);
    assert_int_equal(put_id(g, 3), -ENOBUFS);
    r = get();
    reads(r, 1);
    reads(r, 2);
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
    assert_int_equal(put_id(g, 4), 0);
    left = sk_grpc_stop(g);
    assert_int_equal(left.n, 1);
    assert_int_equal(left.oldest, 4);
}

static void a_full_queue_asks_to_come_again_while_somebody_reads(void **state)
{
    static char large[4000000];
    const struct sk_grpc_alert alert = {.line = {large, sizeof(large)}, .id = 1};
    struct sk_grpc_options opt = options();
    struct rpc *r;
    struct sk_grpc *g;
    grpc_slice slice;
    int n = 0, err;

    (void)state;
    memset(large, 'x', sizeof(large));
    opt.capacity = 2;
    g = started(&opt);
    r = sub();
    UNTIL(g, sk_grpc_calls_have_reader(g));
    while (!(err = sk_grpc_put(g, &alert)) && n < 100)
        n++;
    assert_int_equal(err, -EAGAIN); /* it reads nothing yet */
    for (int i = 0; i < n; i++) {
        assert_true(receives(r, &slice));
        grpc_slice_unref(slice);
    }
    assert_int_equal(sk_grpc_put(g, &alert), 0);
    broken(r);
    sk_grpc_stop(g);
}

static void bytes_are_limited_too_and_one_alert_is_always_taken(void **state)
{
    struct sk_grpc_options opt = options();
    struct sk_grpc *g;
    struct rpc *r;

    (void)state;
    opt.max_bytes = 10;
    g = started(&opt);
    assert_int_equal(put_id(g, 1), 0);
    assert_int_equal(put_id(g, 2), -ENOBUFS);
    r = sub();
    reads(r, 1);
    UNTIL(g, !sk_grpc_calls_busy(g));
    assert_int_equal(sk_grpc_held(g).n, 0); /* nor is more than that kept of what was sent */
    assert_int_equal(put_id(g, 3), 0);
    reads(r, 3);
    broken(r);
    assert_int_equal(sk_grpc_stop(g).n, 0);
}

static void the_end_gives_readers_what_waits_and_ends_their_calls(void **state)
{
    struct sk_grpc_options opt = options();
    struct sk_grpc *g = started(&opt);
    struct rpc *r = sub();
    uint64_t begin;

    (void)state;
    UNTIL(g, sk_grpc_calls_have_reader(g));
    for (uint64_t id = 1; id <= 50; id++)
        assert_int_equal(put_id(g, id), 0);
    begin = sk_boottime_ns();
    sk_grpc_stop(g);
    assert_true(sk_boottime_ns() - begin < 2500000000);
    for (uint64_t id = 1; id <= 50; id++)
        reads(r, id);
    reads(r, 0);
    assert_int_equal(ended(r), GRPC_STATUS_OK);
}

static void the_end_does_not_wait_for_a_reader_that_takes_nothing(void **state)
{
    static char large[3000000];
    const struct sk_grpc_alert alert = {.line = {large, sizeof(large)}, .id = 1};
    struct sk_grpc_options opt = options();
    struct sk_grpc *g = started(&opt);
    struct rpc *r = sub();
    struct sk_grpc_held left;
    uint64_t begin;

    (void)state;
    memset(large, 'x', sizeof(large));
    UNTIL(g, sk_grpc_calls_have_reader(g));
    for (int i = 0; i < 5; i++)
        assert_int_equal(sk_grpc_put(g, &alert), 0);
    begin = sk_boottime_ns();
    left = sk_grpc_stop(g);
    assert_true(sk_boottime_ns() - begin < 3000000000);
    assert_true(left.n > 0);
    assert_int_equal(left.oldest, 1);
    reads_all(r);
    assert_int_not_equal(ended(r), GRPC_STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_are_none_are_refused),
        cmocka_unit_test(tcp_without_certificates_is_refused),
        cmocka_unit_test(certificates_that_are_no_certificates_are_refused),
        cmocka_unit_test(a_second_server_does_not_take_the_place_of_the_first),
        cmocka_unit_test(it_tells_what_it_does),
        cmocka_unit_test(a_full_queue_refuses_for_good_when_nobody_reads),
        cmocka_unit_test(a_full_queue_asks_to_come_again_while_somebody_reads),
        cmocka_unit_test(bytes_are_limited_too_and_one_alert_is_always_taken),
        cmocka_unit_test(the_end_gives_readers_what_waits_and_ends_their_calls),
        cmocka_unit_test(the_end_does_not_wait_for_a_reader_that_takes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
