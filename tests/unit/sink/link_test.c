/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/link.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "sink/io.h"
#include "tests/unit/sink/util.h"

static int listening(int type, uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(a);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0 && !bind(fd, (struct sockaddr *)&a, n));
    assert_true(type != SOCK_STREAM || !listen(fd, 8));
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static struct sk_link link_to(const char *fmt, unsigned port)
{
    struct sk_link l = {.fd = -1, .timeout_ms = 200};
    char text[128];

    snprintf(text, sizeof(text), fmt, port);
    assert_null(sk_link_parse(text, &l.to));
    return l;
}

static void addresses_that_are_none_are_told_what_is_wrong(void **state)
{
    static const struct {
        const char *text, *fault;
    } bad[] = {
        {"", "unix://, udp://, tcp:// or tls:// is expected"},
        {"/dev/log", "unix://, udp://, tcp:// or tls:// is expected"},
        {"http://x", "unix://, udp://, tcp:// or tls:// is expected"},
        {"unix://log", "an absolute path is expected"},
        {"unix:///0123456789012345678901234567890123456789012345678901234567890123456789012345678901"
         "2345678901234567890123456789",
         "the path is too long for a socket"},
        {"udp://", "a host is missing"},
        {"udp://:514", "a host is missing"},
        {"tcp://h:0", "the port must be a number from 1 to 65535"},
        {"tcp://h:65536", "the port must be a number from 1 to 65535"},
        {"tcp://h:x", "the port must be a number from 1 to 65535"},
        {"tcp://h/path", "this is no name of a host"},
        {"tls://[::1", "']' is missing behind the address"},
        {"tls://[::1]x", "':PORT' is expected behind the host"},
    };
    struct sk_link_address a;

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(bad); i++) {
        const char *fault = sk_link_parse(bad[i].text, &a);

        assert_non_null(fault);
        assert_string_equal(fault, bad[i].fault);
    }
}

static void addresses_have_their_usual_ports(void **state)
{
    struct sk_link_address a;

    (void)state;
    assert_null(sk_link_parse("udp://log.example", &a));
    assert_string_equal(a.host, "log.example");
    assert_string_equal(a.port, "514");
    assert_null(sk_link_parse("tls://[::1]", &a));
    assert_string_equal(a.host, "::1");
    assert_string_equal(a.port, "6514");
    assert_null(sk_link_parse("tcp://[::1]:99", &a));
    assert_string_equal(a.port, "99");
    assert_null(sk_link_parse("unix:///dev/log", &a));
    assert_string_equal(a.host, "/dev/log");
    assert_int_equal(a.kind, SK_LINK_UNIX);
}

static void a_port_where_nobody_listens_is_said_with_its_number(void **state)
{
    char text[64];
    uint16_t port;
    struct sk_link l;

    (void)state;
    close(listening(SOCK_STREAM, &port));
    l = link_to("tcp://127.0.0.1:%u", port);
    assert_int_equal(sk_link_open(&l), -ECONNREFUSED);
    snprintf(text, sizeof(text), "127.0.0.1 port %u: Connection refused", port);
    assert_string_equal(l.why, text);
    sk_link_close(&l);
    l = link_to("unix:///no/such/socket", 0);
    assert_int_equal(sk_link_open(&l), -ENOENT);
    assert_string_equal(l.why, "/no/such/socket: No such file or directory");
    l = link_to("tcp://no.such.host.invalid", 0);
    assert_int_equal(sk_link_open(&l), -EHOSTUNREACH);
    assert_non_null(strstr(l.why, "no.such.host.invalid port 514: "));
}

static void a_stream_whose_reader_stands_still_is_a_timeout(void **state)
{
    static char zeros[65536];
    uint16_t port;
    int fd = listening(SOCK_STREAM, &port);
    struct sk_link l = link_to("tcp://127.0.0.1:%u", port);
    ssize_t n;

    (void)state;
    assert_int_equal(sk_link_open(&l), 0);
    do
        n = sk_link_write(&l, (struct sk_str){zeros, sizeof(zeros)}, sk_io_deadline(50));
    while (n > 0);
    assert_int_equal(n, -ETIMEDOUT);
    assert_true(sk_link_unread(&l) > 0);
    assert_false(sk_link_gone(&l));
    close(fd); /* never accepted: it is reset */
    UNTIL(sk_link_gone(&l));
    sk_link_close(&l);
    assert_int_equal(l.fd, -1);
}

static void what_a_server_says_is_read_and_forgotten(void **state)
{
    uint16_t port;
    int fd = listening(SOCK_STREAM, &port), c;
    struct sk_link l = link_to("tcp://127.0.0.1:%u", port);

    (void)state;
    assert_int_equal(sk_link_open(&l), 0);
    c = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    assert_int_equal(write(c, "hello", 5), 5);
    assert_false(sk_link_gone(&l));
    assert_int_equal(sk_link_write(&l, SK_STR("x"), sk_io_deadline(1000)), 1);
    UNTIL(sk_link_unread(&l) == 0);
    close(c);
    UNTIL(sk_link_gone(&l));
    sk_link_close(&l);
    close(fd);
}

static void datagrams_to_a_daemon_that_is_stuck_are_a_timeout(void **state)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct sk_link l = {.fd = -1, .timeout_ms = 50};
    char text[128];
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

    (void)state;
    snprintf(a.sun_path, sizeof(a.sun_path), "%s", temp_path());
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    snprintf(text, sizeof(text), "unix://%s", a.sun_path);
    assert_null(sk_link_parse(text, &l.to));
    assert_int_equal(sk_link_open(&l), 0);
    do
        err = sk_link_send(&l, SK_STR("x"));
    while (!err);
    assert_int_equal(err, -ETIMEDOUT);
    assert_int_equal(recv(fd, text, sizeof(text), 0), 1);
    assert_int_equal(sk_link_send(&l, SK_STR("x")), 0);
    close(fd);
    assert_int_equal(sk_link_send(&l, SK_STR("x")), -ECONNREFUSED);
    sk_link_close(&l);
    unlink(a.sun_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(addresses_that_are_none_are_told_what_is_wrong),
        T(addresses_have_their_usual_ports),
        T(a_port_where_nobody_listens_is_said_with_its_number),
        T(a_stream_whose_reader_stands_still_is_a_timeout),
        T(what_a_server_says_is_read_and_forgotten),
        T(datagrams_to_a_daemon_that_is_stuck_are_a_timeout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
