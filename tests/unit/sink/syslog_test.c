/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/sink/tls_server.h"

static char path[64], address[128];

static int bound_unix(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    unlink(path);
    snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static int bound_inet(int type, const char *scheme)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(a);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
    assert_true(type != SOCK_STREAM || !listen(fd, 8));
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    snprintf(address, sizeof(address), "syslog_output.address=%s://127.0.0.1:%u", scheme,
             ntohs(a.sin_port));
    return fd;
}

/* What comes next; valid until the next call. */
static const char *received(int fd)
{
    static char text[4096];
    ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static int give(void *self, const char *text, uint64_t id)
{
    return put_id(&sk_sink_syslog, self, text, id);
}

#define RFC5424 "syslog_output.protocol=rfc5424"

static void values_that_can_never_work_are_refused(void **state)
{
    (void)state;
    opened_with(
        &sk_sink_syslog, CONF("syslog_output.address=/dev/log"), false,
        "syslog_output.address '/dev/log': unix://, udp://, tcp:// or tls:// is expected\n");
    opened_with(
        &sk_sink_syslog, CONF("syslog_output.facility=local9"), false,
        "syslog_output.facility 'local9' is not known: kern, user, mail, daemon, auth, authpriv, "
        "cron, ftp, lpr, news, syslog, uucp or local0 to local7 is expected\n");
    opened_with(&sk_sink_syslog, CONF("syslog_output.client_cert=/x"), false,
                "syslog_output.client_cert and client_key go together: one of them is missing\n");
    opened_with(&sk_sink_syslog,
                CONF("syslog_output.address=tls://x", "syslog_output.ca_cert=/no/ca"), false,
                "CA file '/no/ca': No such file or directory\n");
}

static void the_priority_is_the_severity_and_the_text_is_no_format(void **state)
{
    int fd = bound_unix();
    void *self;
    const char *text;

    (void)state;
    snprintf(address, sizeof(address), "syslog_output.address=unix://%s", path);
    self = opened_with(&sk_sink_syslog, CONF(address, "syslog_output.app_name=falco"), false, NULL);
    assert_int_equal(give(self, "100%s done", 1), 0);
    text = received(fd);
    assert_memory_equal(text, "<13>", 4); /* user.notice */
    assert_string_equal(strstr(text, " falco"), " falco: 100%s done");
    assert_int_equal(sk_sink_syslog.reopen(self), 0);
    closed_with(&sk_sink_syslog, self);
    close(fd);
    unlink(path);
}

static void a_daemon_that_is_started_anew_is_found_again(void **state)
{
    int fd = bound_unix();
    void *self;

    (void)state;
    snprintf(address, sizeof(address), "syslog_output.address=unix://%s", path);
    self = opened_with(&sk_sink_syslog, CONF(address), false, NULL);
    assert_int_equal(give(self, "one", 1), 0);
    close(fd);
    assert_int_equal(give(self, "two", 2), -ECONNREFUSED);
    unlink(path);
    assert_int_equal(give(self, "two", 2), -ENOENT); /* it may come back */
    assert_non_null(strstr(sk_sink_syslog.why(self), path));
    fd = bound_unix();
    assert_int_equal(give(self, "two", 2), 0);
    assert_non_null(strstr(received(fd), ": two"));
    closed_with(&sk_sink_syslog, self);
    close(fd);
    unlink(path);
}

static void a_machine_without_a_log_daemon_is_not_waited_for(void **state)
{
    void *self = opened_with(&sk_sink_syslog, CONF("priority=debug"), false, NULL);

    (void)state;
    if (access("/dev/log", F_OK)) /* else the test would write into the machine's log */
        assert_int_equal(give(self, "x", 1), -EBADMSG);
    closed_with(&sk_sink_syslog, self);
}

static void datagrams_are_cut_at_the_limit(void **state)
{
    int fd = bound_inet(SOCK_DGRAM, "udp");
    void *self = opened_with(&sk_sink_syslog, CONF(address, RFC5424, "syslog_output.max_size=480"),
                             false, NULL);
    char line[1000];

    (void)state;
    memset(line, 'x', sizeof(line));
    line[999] = '\0';
    assert_int_equal(give(self, line, 1), 0);
    assert_int_equal(strlen(received(fd)), 480);
    closed_with(&sk_sink_syslog, self);
    close(fd);
}

static void streams_count_octets_and_are_connected_again(void **state)
{
    int fd = bound_inet(SOCK_STREAM, "tcp"), c;
    void *self = opened_with(&sk_sink_syslog, CONF(address, RFC5424), false, NULL);
    const char *text;
    char *end;
    size_t n;

    (void)state;
    assert_int_equal(give(self, "one", 1), 0);
    c = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    text = received(c);
    n = strtoul(text, &end, 10);
    assert_int_equal(strlen(end + 1), n);
    assert_memory_equal(end, " <13>1 ", 7);
    close(c);
    usleep(20000);
    assert_int_equal(give(self, "two", 2), 0);
    c = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    assert_non_null(strstr(received(c), "] two"));
    closed_with(&sk_sink_syslog, self);
    close(c);
    close(fd);
    assert_string_equal(log_text, "");
}

static void what_a_server_did_not_acknowledge_is_sent_again(void **state)
{
    int fd = bound_inet(SOCK_STREAM, "tcp"), c, err;
    void *self = opened_with(
        &sk_sink_syslog, CONF(address, "syslog_output.timeout=50", "syslog_output.max_size=60000"),
        false, NULL);
    static char line[50000], got[50100];
    uint64_t id = 0;

    (void)state;
    memset(line, 'x', sizeof(line) - 1);
    do
        err = give(self, line, ++id);
    while (!err);
    assert_int_equal(err, -ETIMEDOUT); /* it accepts and never reads */
    c = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    close(c);
    assert_int_equal(give(self, "", id), 0); /* connects again */
    c = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    assert_int_equal(recv(c, got, 6, MSG_WAITALL), 6);
    got[6] = '\0';
    assert_string_equal(got + 5, " "); /* whole messages, from their beginning */
    close(c);
    close(fd);
    closed_with(&sk_sink_syslog, self);
    assert_non_null(strstr(log_text, "alerts were not acknowledged by the server\n"));
}

static void tls_is_connected_again_too(void **state)
{
    static struct tls_server s;
    struct made ca, server;
    char option[128], prefix[64];
    void *self;

    (void)state;
    snprintf(prefix, sizeof(prefix), "%s", temp_path());
    ca = make_cert(prefix, "ca", NULL);
    server = make_cert(temp_path(), "server", &ca);
    tls_server_start(&s, &server, NULL);
    snprintf(address, sizeof(address), "syslog_output.address=tls://127.0.0.1:%u", s.port);
    snprintf(option, sizeof(option), "syslog_output.ca_cert=%s", ca.crt);
    self = opened_with(&sk_sink_syslog, CONF(address, option, RFC5424), false, NULL);
    s.hang_up = true;
    assert_int_equal(give(self, "one", 1), 0);
    UNTIL(strstr(s.got, "] one"));
    s.hang_up = false;
    usleep(50000);
    for (uint64_t id = 2; id < 50; id++) {
        while (give(self, "two", id))
            usleep(1000);
    }
    assert_int_equal(give(self, "last", 50), 0);
    UNTIL(strstr(s.got, "] last"));
    assert_int_equal(s.connections, 2);
    closed_with(&sk_sink_syslog, self);
    tls_server_stop(&s);
    made_done(&ca);
    made_done(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(values_that_can_never_work_are_refused),
        T(the_priority_is_the_severity_and_the_text_is_no_format),
        T(a_daemon_that_is_started_anew_is_found_again),
        T(a_machine_without_a_log_daemon_is_not_waited_for),
        T(datagrams_are_cut_at_the_limit),
        T(streams_count_octets_and_are_connected_again),
        T(what_a_server_did_not_acknowledge_is_sent_again),
        T(tls_is_connected_again_too),
    };

    signal(SIGPIPE, SIG_IGN);
    snprintf(path, sizeof(path), "%s", temp_path());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
