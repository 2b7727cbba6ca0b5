/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sink/util.h"
/* After util.h: it is for tests. */
#include "tests/unit/sink/module.h"

#define OPS &sk_sink_grpc

static int begin(void **state)
{
    memset(&fake, 0, sizeof(fake));
    fake.version = SAKER_VERSION;
    return log_begin(state);
}

#define G(name) cmocka_unit_test_setup_teardown(name, begin, log_end)

static void a_module_that_is_missing_or_of_another_version_is_an_error_of_the_output(void **state)
{
    (void)state;
    fake.version = NULL;
    opened_with(OPS, CONF("grpc.enabled=true"), false,
                "'saker-grpc.so' with 'sk_grpc_module' is not there\n");
    assert_string_equal(log_text, "0 Error starting gRPC server\n");
    fake.version = "0.0.7";
    opened_with(OPS, CONF("grpc.enabled=true"), false,
                "saker-grpc.so is of Saker '0.0.7', the program of '" SAKER_VERSION "'\n");
    assert_int_equal(fake.started + fake.stopped, 0);
}

static void a_server_that_does_not_start_says_why(void **state)
{
    (void)state;
    fake.start_error = -EADDRINUSE;
    opened_with(OPS, CONF("grpc.enabled=true"), false, "it does not start\n");
    assert_string_equal(log_text, "0 Error starting gRPC server\n");
}

static void a_mode_that_is_none_is_refused(void **state)
{
    (void)state;
    opened_with(OPS, CONF("grpc.socket_mode=rw"), false,
                "grpc.socket_mode: 'rw' is no octal mode between 0 and 0777\n");
    opened_with(OPS, CONF("grpc.socket_mode=01777"), false,
                "grpc.socket_mode: '01777' is no octal mode between 0 and 0777\n");
    opened_with(OPS, CONF("grpc.socket_mode=0680"), false,
                "grpc.socket_mode: '0680' is no octal mode between 0 and 0777\n");
}

static void the_keys_reach_the_server(void **state)
{
    void *self = opened_with(OPS,
                             CONF("grpc.socket_mode=0660", "grpc.threadiness=3",
                                  "grpc.bind_address=unix:///x", "grpc_output.queue_capacity=5",
                                  "output_timeout=600"),
                             false, NULL);

    (void)state;
    assert_int_equal(fake.socket_mode, 0660);
    assert_int_equal(fake.threads, 3);
    assert_int_equal(fake.capacity, 5);
    assert_int_equal(fake.drain_ms, 300);
    assert_string_equal(fake.address, "unix:///x");
    assert_string_equal(fake.version_told, SAKER_VERSION " " SAKER_VERSION " -");
    assert_string_equal(log_text, "6 100% started\n");
    closed_with(OPS, self);
    assert_int_equal(fake.stopped, 1);
}

static void defaults_are_those_of_falco_s_file(void **state)
{
    void *self = opened_with(OPS, CONF("grpc.enabled=true"), false, NULL);

    (void)state;
    assert_string_equal(fake.address, "unix:///run/falco/falco.sock");
    assert_int_equal(fake.socket_mode, 0600);
    assert_int_equal(fake.capacity, 10000);
    closed_with(OPS, self);
}

static void it_serves_without_output_and_gets_alerts_when_both_switches_are_on(void **state)
{
    struct sk_conf *none = CONF("log_level=info"), *both = CONF("grpc.enabled=true"),
                   *server = CONF("grpc.enabled=true", "grpc_output.enabled=false");

    (void)state;
    assert_false(sk_sink_grpc.enabled(none) || sk_sink_grpc.serves(none));
    assert_true(sk_sink_grpc.enabled(both) && sk_sink_grpc.serves(both));
    assert_true(!sk_sink_grpc.enabled(server) && sk_sink_grpc.serves(server));
    sk_conf_free(none);
    sk_conf_free(both);
    sk_conf_free(server);
}

static void alerts_are_passed_on_with_their_number_and_the_answer_back(void **state)
{
    void *self = opened_with(OPS, CONF("grpc.enabled=true"), false, NULL);

    (void)state;
    assert_int_equal(put_id(OPS, self, "a\n{}", 12), 0);
    assert_int_equal(fake.id, 12);
    assert_string_equal(fake.line, "a\n{}");
    fake.put_error = -ENOBUFS;
    assert_int_equal(put(OPS, self, "b"), -ENOBUFS);
    assert_int_equal(sk_sink_grpc.reopen(self), 0);
    assert_int_equal(fake.reloaded, 1);
    closed_with(OPS, self);
}

static void with_a_spool_nothing_is_refused_for_want_of_room(void **state)
{
    void *self = opened_with(OPS, CONF("grpc.enabled=true", "spool.enabled=true"), false, NULL);

    (void)state;
    fake.put_error = -ENOBUFS;
    assert_int_equal(put(OPS, self, "b"), -EAGAIN);
    fake.put_error = -EMSGSIZE;
    assert_int_equal(put(OPS, self, "b"), -EMSGSIZE);
    closed_with(OPS, self);
}

static uint64_t held_by(void *self, uint64_t want_n)
{
    uint64_t n = 99, id = sk_sink_grpc.holds(self, &n);

    assert_int_equal(n, want_n);
    return id;
}

static void what_the_server_holds_is_told_also_when_it_has_ended(void **state)
{
    struct sk_conf *conf = CONF("grpc.enabled=true", "spool.enabled=true", "spool.max_mb=8192");
    const struct sk_sink_options opt = {
        .conf = conf, .falco_version = "1", .engine_version = "2", .fields_checksum = "3"};
    void *self = calloc(1, sk_sink_grpc.size);

    (void)state;
    assert_int_equal(sk_sink_grpc.open(self, &opt, NULL), 0);
    assert_true(fake.max_bytes == (size_t)512 << 20);
    assert_string_equal(fake.version_told, "1 2 3");
    assert_int_equal(held_by(self, 0), 0);
    fake.held = (struct sk_grpc_held){3, 17};
    assert_int_equal(held_by(self, 3), 17);
    sk_sink_grpc.close(self);
    assert_int_equal(held_by(self, 3), 17);
    assert_int_equal(fake.stopped, 1);
    assert_null(strstr(log_text, "lost")); /* the spool has them */
    sk_conf_free(conf);
    free(self);
}

static void without_a_spool_what_nobody_fetched_is_told_as_lost(void **state)
{
    void *self = opened_with(OPS, CONF("grpc.enabled=true"), false, NULL);

    (void)state;
    assert_int_equal(fake.max_bytes, 0);
    fake.held = (struct sk_grpc_held){3, 17};
    closed_with(OPS, self);
    assert_non_null(strstr(log_text, "5 grpc: 3 alerts were fetched by nobody and are lost\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        G(a_module_that_is_missing_or_of_another_version_is_an_error_of_the_output),
        G(a_server_that_does_not_start_says_why),
        G(a_mode_that_is_none_is_refused),
        G(the_keys_reach_the_server),
        G(defaults_are_those_of_falco_s_file),
        G(it_serves_without_output_and_gets_alerts_when_both_switches_are_on),
        G(alerts_are_passed_on_with_their_number_and_the_answer_back),
        G(what_the_server_holds_is_told_also_when_it_has_ended),
        G(without_a_spool_what_nobody_fetched_is_told_as_lost),
        G(with_a_spool_nothing_is_refused_for_want_of_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
