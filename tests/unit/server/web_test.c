/* SPDX-License-Identifier: Apache-2.0 */
#include "server/web.h"

#include "tests/unit/server/util.h"

static int reloads, reload_answer, metrics_answer;

static int on_reload(void *self, struct sk_buf *why)
{
    (void)self;
    reloads++;
    if (reload_answer)
        sk_buf_addz(why, "line \"3\"");
    return reload_answer;
}

static int on_metrics(void *self, const struct sk_web_stats *web, struct sk_buf *out)
{
    (void)self;
    sk_buf_printf(out, "a %u\n", web->connections);
    return metrics_answer;
}

static struct sk_web *started(uint16_t port)
{
    const struct sk_web_options opt = {.address = "127.0.0.1",
                                       .port = port,
                                       .threads = 2,
                                       .healthz = "/healthz",
                                       .versions = "{\"v\":\"1\"}",
                                       .metrics = on_metrics,
                                       .reload = on_reload};
    struct sk_web *w = NULL;

    assert_int_equal(sk_web_start(&opt, &w, NULL), 0);
    return w;
}

/* Status line, blank, body; or what the headers hold. */
static char *ask(uint16_t port, const char *method, const char *path, const char *header)
{
    char request[512];

    snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: x\r\n%sConnection: close\r\n\r\n",
             method, path, header);
    return ask_fd(dial(port), request);
}

static void expect(uint16_t port, const char *method, const char *path, const char *header,
                   const char *const *parts)
{
    sk_auto(mem) char *text = ask(port, method, path, header);

    for (; *parts; parts++) {
        if (!strstr(text, *parts))
            fail_msg("%s %s: '%s' is not in: %s", method, path, *parts, text);
    }
}
#define EXPECT(port, method, path, header, ...) \
    expect(port, method, path, header, (const char *const[]){__VA_ARGS__, NULL})

static void a_port_that_is_taken_and_a_bad_certificate_are_two_errors(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    const uint16_t port = free_port();
    struct sk_web *w = started(port), *none = NULL;
    struct sk_web_options opt = {
        .address = "127.0.0.1", .port = port, .healthz = "/h", .versions = ""};

    (void)state;
    assert_int_equal(sk_web_start(&opt, &none, dg), -SK_WEB_LISTEN);
    opt.port = free_port();
    opt.pem = "/no/such/file.pem";
    assert_int_equal(sk_web_start(&opt, &none, dg), -SK_WEB_CONFIG);
    opt.pem = "/proc/self/status";
    assert_int_equal(sk_web_start(&opt, &none, dg), -SK_WEB_CONFIG);
    assert_non_null(
        strstr(sk_diag_text(dg, SK_DIAG_ERROR), "does not hold a certificate and its key"));
    assert_null(none);
    sk_web_stop(w);
}

static void every_path_has_its_answer(void **state)
{
    const uint16_t port = free_port();
    struct sk_web *w = started(port);
    struct sk_web_stats st;

    (void)state;
    EXPECT(port, "GET", "/healthz", "", "HTTP/1.1 200 ", "Content-Type: application/json\r\n",
           "\r\n\r\n{\"status\": \"ok\"}");
    EXPECT(port, "GET", "/healthz?x=1", "", "HTTP/1.1 200 ");
    EXPECT(port, "GET", "/versions", "", "HTTP/1.1 200 ", "\r\n\r\n{\"v\":\"1\"}");
    EXPECT(port, "GET", "/metrics", "", "HTTP/1.1 200 ",
           "Content-Type: text/plain; version=0.0.4\r\n", "\r\n\r\na 1\n");
    EXPECT(port, "GET", "/", "", "HTTP/1.1 404 ", "Content-Length: 0\r\n");
    EXPECT(port, "POST", "/", "", "HTTP/1.1 404 ");
    EXPECT(port, "POST", "/healthz", "", "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
    EXPECT(port, "DELETE", "/metrics", "", "HTTP/1.1 405 ");
    EXPECT(port, "GET", "/reload", "", "HTTP/1.1 405 ", "Allow: POST\r\n");
    sk_web_get_stats(w, &st);
    assert_int_equal(st.requests, 9);
    assert_int_equal(st.accepted, 9);
    sk_web_stop(w);
}

static void head_is_get_without_a_body(void **state)
{
    const uint16_t port = free_port();
    struct sk_web *w = started(port);
    sk_auto(mem) char *text = ask(port, "HEAD", "/healthz", "");

    (void)state;
    assert_non_null(strstr(text, "HTTP/1.1 200 "));
    assert_non_null(strstr(text, "Content-Length: 16\r\n"));
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
    sk_web_stop(w);
}

static void a_reload_is_for_programs_of_this_machine(void **state)
{
    const uint16_t port = free_port();
    struct sk_web *w = started(port);

    (void)state;
    reloads = 0;
    EXPECT(port, "POST", "/reload", "Origin: http://evil.example\r\n", "HTTP/1.1 403 ");
    assert_int_equal(reloads, 0);
    EXPECT(port, "POST", "/reload", "Content-Length: 5\r\n", "HTTP/1.1 200 ",
           "{\"status\": \"ok\"}");
    assert_int_equal(reloads, 1);
    reload_answer = -EINVAL;
    EXPECT(port, "POST", "/reload", "", "HTTP/1.1 422 ",
           "{\"status\": \"failed\", \"error\": \"line \\\"3\\\"\"}");
    reload_answer = -ETIMEDOUT;
    EXPECT(port, "POST", "/reload", "", "HTTP/1.1 202 ", "{\"status\": \"requested\"}");
    reload_answer = 0;
    sk_web_stop(w);
}

static void what_is_not_known_now_is_unavailable_or_absent(void **state)
{
    const struct sk_web_options opt = {
        .address = "127.0.0.1", .port = free_port(), .healthz = "/h", .versions = ""};
    const uint16_t port = free_port();
    struct sk_web *w = started(port), *bare = NULL;

    (void)state;
    metrics_answer = -EAGAIN;
    EXPECT(port, "GET", "/metrics", "", "HTTP/1.1 503 ");
    metrics_answer = 0;
    sk_web_stop(w);
    assert_int_equal(sk_web_start(&opt, &bare, NULL), 0);
    EXPECT(opt.port, "GET", "/metrics", "", "HTTP/1.1 404 ");
    EXPECT(opt.port, "POST", "/reload", "", "HTTP/1.1 404 ");
    EXPECT(opt.port, "GET", "/h", "", "HTTP/1.1 200 ");
    sk_web_stop(bare);
}

static void a_unix_socket_answers_and_goes_with_the_server(void **state)
{
    char dir[] = "/tmp/saker-web-XXXXXX", address[96];
    struct sk_web_options opt = {
        .address = address, .healthz = "/healthz", .versions = "", .reload = on_reload};
    struct sk_web *w = NULL;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(address, sizeof(address), "unix://%s/s", dir);
    assert_int_equal(sk_web_start(&opt, &w, NULL), 0);
    sk_auto(mem) char *text = ask_fd(
        dial_path(address + 7), "POST /reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(text, "HTTP/1.1 200 "));
    sk_web_stop(w);
    assert_int_equal(access(address + 7, F_OK), -1);
    assert_int_equal(rmdir(dir), 0);
}

static void a_request_that_is_too_long_is_refused(void **state)
{
    const uint16_t port = free_port();
    struct sk_web *w = started(port);
    char *request = calloc(1, 200000);
    int fd = dial(port);
    size_t n = (size_t)snprintf(request, 200000, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: ");

    (void)state;
    memset(request + n, 'x', 100000);
    (void)send(fd, request, n + 100000, MSG_NOSIGNAL);
    assert_true(hangs_up(fd, 10000));
    close(fd);
    free(request);
    EXPECT(port, "GET", "/healthz", "", "HTTP/1.1 200 ");
    sk_web_stop(w);
}

static void a_thousand_connections_keep_nobody_out(void **state)
{
    const uint16_t port = free_port();
    struct sk_web *w = started(port);
    struct sk_web_stats st;
    int fd[300], gone = 0;

    (void)state;
    for (int round = 0; round < 4; round++) { /* few descriptors at once are needed for the test */
        for (size_t i = 0; i < SK_ARRAY_LEN(fd); i++) {
            fd[i] = dial(port);
            (void)send(fd[i], "GET /hea", 8, MSG_NOSIGNAL);
        }
        EXPECT(port, "GET", "/healthz", "", "HTTP/1.1 200 ", "{\"status\": \"ok\"}");
        for (size_t i = 0; i < SK_ARRAY_LEN(fd); i++) {
            gone += hangs_up(fd[i], 0);
            close(fd[i]);
        }
    }
    assert_true(gone >= 900);
    sk_web_get_stats(w, &st);
    assert_true(st.evicted >= 900);
    assert_true(st.connections <= 2 * SK_WEB_CONNECTIONS);
    sk_web_stop(w);
}

static void threads_are_limited(void **state)
{
    (void)state;
    assert_int_equal(sk_web_threads(3), 3);
    assert_int_equal(sk_web_threads(4000000000u), SK_WEB_THREADS);
    assert_true(sk_web_threads(0) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_port_that_is_taken_and_a_bad_certificate_are_two_errors),
        T(every_path_has_its_answer),
        T(head_is_get_without_a_body),
        T(a_reload_is_for_programs_of_this_machine),
        T(what_is_not_known_now_is_unavailable_or_absent),
        T(a_unix_socket_answers_and_goes_with_the_server),
        T(a_request_that_is_too_long_is_refused),
        T(a_thousand_connections_keep_nobody_out),
        T(threads_are_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
