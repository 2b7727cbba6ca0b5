/* SPDX-License-Identifier: Apache-2.0 */
#include <zlib.h>

#include "tests/unit/sink/util.h"
/* After util.h: it asserts. */
#include "tests/unit/sink/server.h"

#define ANSWERS(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct server s;
static char url[80];

static void *http(const char *const *answers, const char *option, const char *option2, bool json)
{
    server_start(&s, answers);
    snprintf(url, sizeof(url), "http_output.url=http://127.0.0.1:%u/in", s.port);
    return opened_with(&sk_sink_http, CONF(url, option, option2), json, NULL);
}

#define NONE "http_output.keep_alive=true"

static int give(void *self, const char *text)
{
    return put(&sk_sink_http, self, text);
}

static void end(void *self)
{
    closed_with(&sk_sink_http, self);
    server_stop(&s);
}

static const char *why(void *self)
{
    return sk_sink_http.why(self);
}

static void values_that_can_never_work_are_refused(void **state)
{
    (void)state;
    opened_with(&sk_sink_http, CONF("http_output.url=ftp://x/"), false,
                "http_output.url 'ftp://x/': the scheme is 'ftp'; http or https is expected\n");
    opened_with(
        &sk_sink_http, CONF("http_output.url=http://:99999999/"), false,
        "http_output.url 'http://:99999999/' is not a URL: Port number was not a decimal number "
        "between 0 and 65535\n");
    opened_with(&sk_sink_http, CONF("http_output.url=http://x/", "http_output.headers[0]=no"),
                false, "http_output.headers: 'no': 'Name: value' is expected\n");
    opened_with(
        &sk_sink_http, CONF("http_output.url=http://x/", "http_output.headers[0]=a b: c"), false,
        "http_output.headers: 'a b: c': its name contains a character that names of headers "
        "cannot have\n");
    opened_with(&sk_sink_http, CONF("http_output.url=https://x/", "http_output.ca_cert=/no/ca"),
                false, "http_output.ca_cert '/no/ca': No such file or directory\n");
    opened_with(&sk_sink_http,
                CONF("http_output.url=https://x/", "http_output.mtls=true",
                     "http_output.client_cert=/no/c"),
                false, "http_output.client_cert '/no/c': No such file or directory\n");
}

static void nobody_there_is_a_temporary_error_that_says_where(void **state)
{
    char text[80];
    void *self = http(ANSWERS(OK_200), NONE, NONE, false);

    (void)state;
    server_stop(&s);
    assert_int_equal(give(self, "x"), -ECONNREFUSED);
    snprintf(text, sizeof(text), "Couldn't connect to server (http://127.0.0.1:%u: ", s.port);
    assert_non_null(strstr(why(self), "libcurl failed to perform call: "));
    assert_non_null(strstr(why(self), text));
    closed_with(&sk_sink_http, self);
}

static void a_server_that_never_answers_is_a_timeout_told_after_the_limit(void **state)
{
    void *self = http(ANSWERS(SILENCE), "http_output.timeout=50",
                      "http_output.max_consecutive_timeouts=1", false);

    (void)state;
    assert_int_equal(give(self, "x"), -ETIMEDOUT);
    assert_string_equal(log_text, "");
    for (int i = 0; i < 3; i++)
        assert_int_equal(give(self, "x"), -ETIMEDOUT);
    assert_non_null(strstr(log_text, " gave no answer within 50 ms, 2 times in a row\n"));
    assert_null(strstr(strstr(log_text, "in a row\n") + 5, "in a row\n"));
    end(self);
}

static void a_connection_that_is_closed_without_an_answer_is_a_temporary_error(void **state)
{
    void *self = http(ANSWERS("", OK_200), NONE, NONE, false);

    (void)state;
    assert_int_equal(give(self, "x"), -EIO);
    assert_non_null(strstr(why(self), "Server returned nothing"));
    assert_int_equal(give(self, "x"), 0);
    end(self);
}

static void the_status_decides_between_later_and_never(void **state)
{
    static const struct {
        const char *answer;
        int err;
        const char *why;
    } c[] = {
        {"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", -EAGAIN, "500: it is tried again"},
        {"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n", -EAGAIN, "503: it is tried again"},
        {"HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n", -EAGAIN, "429: it is tried again"},
        {"HTTP/1.1 408 X\r\nContent-Length: 0\r\n\r\n", -EAGAIN, "408: it is tried again"},
        {"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n", -EBADMSG, "404: it refuses the alert"},
        {"HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n", -EMSGSIZE, "413: it refuses the alert"},
        {"HTTP/1.1 301 X\r\nContent-Length: 0\r\nLocation: http://127.0.0.1/b\r\n\r\n", -EBADMSG,
         "301: redirections are not followed; http_output.url must name http://127.0.0.1/b"},
        {"HTTP/1.1 202 X\r\nContent-Length: 2\r\n\r\nok", 0, ""},
        {"HTTP/1.1 204 X\r\n\r\n", 0, ""},
        {"HTTP/1.1 200 X\r\nContent-Length: 100\r\nConnection: close\r\n\r\ncut", 0, ""},
        {"HTTP/1.0 nonsense\r\n\r\n", -EIO, ""},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(c); i++) {
        void *self = http(ANSWERS(c[i].answer), "http_output.timeout=1000", NONE, false);

        assert_int_equal(give(self, "x"), c[i].err);
        assert_non_null(strstr(why(self), c[i].why));
        end(self);
    }
}

static void a_retry_after_is_waited_for(void **state)
{
    void *self =
        http(ANSWERS("HTTP/1.1 429 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", OK_200), NONE,
             NONE, false);
    uint64_t began = sk_boottime_ns();

    (void)state;
    assert_int_equal(give(self, "x"), -EAGAIN);
    while (give(self, "x") == -EAGAIN)
        usleep(10000);
    assert_int_equal(s.requests, 2);
    assert_true(sk_boottime_ns() - began >= 1000000000);
    end(self);
}

static void a_body_without_end_is_cut_off_and_the_alert_is_delivered(void **state)
{
    void *self = http(ANSWERS(FLOOD), NONE, NONE, false);

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(give(self, "x"), 0);
    end(self);
}

static void headers_without_end_are_cut_off(void **state)
{
    size_t n = 400000;
    char *many = malloc(n + 64);
    void *self;

    (void)state;
    n = (size_t)snprintf(many, 64, "HTTP/1.1 200 OK\r\n");
    while (n < 400000)
        n += (size_t)snprintf(many + n, 64, "A: 0123456789012345678901234567890123456789\r\n");
    self = http(ANSWERS(many), "http_output.timeout=1000", NONE, false);
    (void)give(self, "x");
    end(self);
    free(many);
}

static void the_request_is_what_receivers_know(void **state)
{
    void *self = http(ANSWERS(OK_200), "http_output.headers[0]=X-Token: secret",
                      "http_output.compress_uploads=true", true);

    (void)state;
    assert_int_equal(give(self, "{\"a\":1}"), 0);
    assert_non_null(strstr(s.got, "POST /in HTTP/1.1\r\n"));
    assert_non_null(strstr(s.got, "\r\nUser-Agent: falcosecurity/falco\r\n"));
    assert_non_null(strstr(s.got, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(s.got, "\r\nX-Token: secret\r\n"));
    assert_non_null(strstr(s.got, "\r\nTE: gzip\r\n"));
    assert_non_null(strstr(s.got, "\r\nContent-Length: 7\r\n"));
    assert_null(strstr(s.got, "Content-Encoding"));
    assert_string_equal(s.body, "{\"a\":1}");
    assert_int_equal(give(self, ""), 0);
    assert_int_equal(s.connections, 1);
    end(self);
    self = http(ANSWERS(OK_200), NONE, NONE, false);
    assert_int_equal(give(self, "text"), 0);
    assert_non_null(strstr(s.got, "\r\nContent-Type: text/plain\r\n"));
    end(self);
}

static void bodies_are_compressed_when_asked(void **state)
{
    void *self = http(ANSWERS(OK_200), "http_output.content_encoding=gzip", NONE, true);
    z_stream z = {0};
    char text[64] = "";

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(give(self, i ? "second" : "first first first"), 0);
        assert_non_null(strstr(s.got, "\r\nContent-Encoding: gzip\r\n"));
        memset(text, 0, sizeof(text));
        assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
        z.next_in = (unsigned char *)(uintptr_t)s.body;
        z.avail_in = (unsigned)s.body_n;
        z.next_out = (unsigned char *)text;
        z.avail_out = sizeof(text);
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        inflateEnd(&z);
        assert_string_equal(text, i ? "second" : "first first first");
    }
    end(self);
}

static void answers_are_echoed_as_lines_of_their_own(void **state)
{
    const char *path = temp_path();
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), keep, err;
    void *self = http(ANSWERS("HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\nthere", OK_200),
                      "http_output.echo=true", NONE, false);

    (void)state;
    fflush(stdout);
    keep = dup(1);
    dup2(fd, 1);
    err = give(self, "x");
    if (!err)
        err = give(self, "x");
    dup2(keep, 1);
    close(keep);
    close(fd);
    end(self);
    assert_int_equal(err, 0);
    assert_string_equal(content(path), "there\n");
    unlink(path);
}

static void a_proxy_of_the_environment_is_used(void **state)
{
    char proxy[80];
    void *self;

    (void)state;
    server_start(&s, ANSWERS(OK_200));
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", s.port);
    setenv("http_proxy", proxy, 1);
    self = opened_with(&sk_sink_http, CONF("http_output.url=http://siem.invalid/in"), false, NULL);
    assert_int_equal(give(self, "x"), 0);
    unsetenv("http_proxy");
    assert_non_null(strstr(s.got, "POST http://siem.invalid/in HTTP/1.1\r\n"));
    end(self);
}

static void quotes_around_the_url_are_cut_off(void **state)
{
    char quoted[100];
    void *self;

    (void)state;
    server_start(&s, ANSWERS(OK_200));
    snprintf(quoted, sizeof(quoted), "http_output.url='http://127.0.0.1:%u/q'", s.port);
    self = opened_with(&sk_sink_http, CONF(quoted), false, NULL);
    assert_int_equal(give(self, "x"), 0);
    assert_non_null(strstr(s.got, "POST /q "));
    assert_int_equal(sk_sink_http.reopen(self), 0);
    end(self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(values_that_can_never_work_are_refused),
        T(nobody_there_is_a_temporary_error_that_says_where),
        T(a_server_that_never_answers_is_a_timeout_told_after_the_limit),
        T(a_connection_that_is_closed_without_an_answer_is_a_temporary_error),
        T(the_status_decides_between_later_and_never),
        T(a_retry_after_is_waited_for),
        T(a_body_without_end_is_cut_off_and_the_alert_is_delivered),
        T(headers_without_end_are_cut_off),
        T(the_request_is_what_receivers_know),
        T(bodies_are_compressed_when_asked),
        T(answers_are_echoed_as_lines_of_their_own),
        T(a_proxy_of_the_environment_is_used),
        T(quotes_around_the_url_are_cut_off),
    };

    unsetenv("http_proxy");
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
