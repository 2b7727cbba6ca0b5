/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sink/tls_server.h"
/* After it: base/banned.h takes names away that OpenSSL's headers use. */
#include "sink/io.h"
#include "sink/tls.h"

static struct made ca, server, client, stranger;
static struct tls_server s;

static int connect_tcp(uint16_t port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static int tried(const struct sk_tls_files *files, const char *host, char *why, size_t size)
{
    struct sk_tls *t = NULL;
    int fd = connect_tcp(s.port), err = sk_tls_new(files, &t, NULL);

    assert_int_equal(err, 0);
    err = sk_tls_connect(t, fd, host, sk_io_deadline(5000));
    if (!err && sk_tls_write(t, "hello", 5, sk_io_deadline(5000)) == 5) {
        for (int i = 0; i < 5000 && !s.n; i++)
            usleep(1000);
    }
    snprintf(why, size, "%s", sk_tls_why(t));
    sk_tls_free(t);
    close(fd);
    return err;
}

static void files_that_cannot_be_used_are_named(void **state)
{
    const struct {
        struct sk_tls_files files;
        const char *said;
    } bad[] = {
        {{"/no/ca", "", "", false}, "CA file '/no/ca': "},
        {{"", "/no/cert", "", false}, "client certificate '/no/cert': "},
        {{"", client.crt, "/no/key", false}, "client key '/no/key': "},
        {{"", client.crt, server.pem, false}, "client key '"},
        {{"/dev/null", "", "", false}, "CA file '/dev/null': "},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(bad); i++) {
        sk_auto(diag) struct sk_diag *dg = sk_diag_new();
        struct sk_tls *t = NULL;

        assert_int_equal(sk_tls_new(&bad[i].files, &t, dg), -EINVAL);
        assert_null(t);
        assert_memory_equal(sk_diag_text(dg, SK_DIAG_ERROR), bad[i].said, strlen(bad[i].said));
    }
}

static void a_server_that_is_not_trusted_or_named_otherwise_is_refused(void **state)
{
    const struct sk_tls_files strange = {stranger.crt, "", "", false},
                              right = {ca.crt, "", "", false},
                              careless = {stranger.crt, "", "", true};
    char why[256];

    (void)state;
    tls_server_start(&s, &server, NULL);
    assert_int_equal(tried(&strange, "127.0.0.1", why, sizeof(why)), -EPROTO);
    assert_non_null(strstr(why, "TLS: certificate verify failed: "));
    assert_int_equal(tried(&right, "localhost", why, sizeof(why)), -EPROTO);
    assert_non_null(strstr(why, "hostname mismatch"));
    assert_int_equal(s.n, 0);
    assert_int_equal(tried(&right, "127.0.0.1", why, sizeof(why)), 0);
    assert_memory_equal(s.got, "hello", 5);
    assert_int_equal(tried(&careless, "localhost", why, sizeof(why)), 0);
    tls_server_stop(&s);
}

static void a_client_shows_who_it_is(void **state)
{
    const struct sk_tls_files nobody = {ca.crt, "", "", false},
                              someone = {ca.crt, client.crt, client.pem, false};
    char why[256];

    (void)state;
    tls_server_start(&s, &server, ca.crt);
    assert_int_equal(tried(&nobody, "127.0.0.1", why, sizeof(why)), -ECONNREFUSED);
    assert_string_equal(why, "TLS: tlsv13 alert certificate required");
    assert_int_equal(s.n, 0);
    assert_int_equal(tried(&someone, "127.0.0.1", why, sizeof(why)), 0);
    tls_server_stop(&s);
}

static void a_server_that_does_not_speak_is_a_timeout(void **state)
{
    const struct sk_tls_files files = {ca.crt, "", "", false};
    struct sk_tls *t = NULL;
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(sk_tls_new(&files, &t, NULL), 0);
    assert_int_equal(sk_tls_connect(t, pair[0], "127.0.0.1", sk_io_deadline(50)), -ETIMEDOUT);
    close(pair[1]);
    assert_true(sk_tls_connect(t, pair[0], "127.0.0.1", sk_io_deadline(50)) < 0);
    sk_tls_free(t);
    sk_tls_free(NULL);
    close(pair[0]);
}

static void a_server_that_speaks_another_language_is_an_error(void **state)
{
    const struct sk_tls_files files = {ca.crt, "", "", false};
    struct sk_tls *t = NULL;
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(write(pair[1], "HTTP/1.1 400 no\r\n\r\n", 19), 19);
    assert_int_equal(sk_tls_new(&files, &t, NULL), 0);
    assert_int_equal(sk_tls_connect(t, pair[0], "127.0.0.1", sk_io_deadline(5000)), -EPROTO);
    assert_string_equal(sk_tls_why(t), "TLS: wrong version number");
    sk_tls_free(t);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(files_that_cannot_be_used_are_named),
        T(a_server_that_is_not_trusted_or_named_otherwise_is_refused),
        T(a_client_shows_who_it_is),
        T(a_server_that_does_not_speak_is_a_timeout),
        T(a_server_that_speaks_another_language_is_an_error),
    };
    char prefix[64];
    int failed;

    signal(SIGPIPE, SIG_IGN);
    snprintf(prefix, sizeof(prefix), "%s", temp_path());
    ca = make_cert(prefix, "ca", NULL);
    server = make_cert(temp_path(), "server", &ca);
    client = make_cert(temp_path(), "client", &ca);
    stranger = make_cert(temp_path(), "stranger", NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    made_done(&ca);
    made_done(&server);
    made_done(&client);
    made_done(&stranger);
    return failed;
}
