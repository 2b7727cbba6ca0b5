/* SPDX-License-Identifier: Apache-2.0 */
/* server.h - an HTTP server that answers what a test tells it to, one request after the other. */
#pragma once
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"

#define SILENCE "silence" /* accepts the request and says nothing, until the client goes */
#define FLOOD   "flood"   /* status 200 and a body without end */
#define OK_200  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

struct server {
    int fd;
    uint16_t port;
    pthread_t thread;
    const char *const *answer; /* NULL-terminated; the last one is for all further requests */
    char got[65536];           /* the last request */
    size_t got_n, body_n;
    const char *body;
    atomic_uint connections, requests;
    atomic_bool stop;
};

/* Reads one request; false: the client has gone. */
static inline bool server_read(struct server *s, int fd)
{
    char *end = NULL, *length;
    size_t need = SIZE_MAX;

    s->got_n = 0;
    while (s->got_n < need) {
        ssize_t n = read(fd, s->got + s->got_n, sizeof(s->got) - 1 - s->got_n);

        if (n <= 0)
            return false;
        s->got_n += (size_t)n;
        s->got[s->got_n] = '\0';
        if (!end && (end = strstr(s->got, "\r\n\r\n"))) {
            length = strstr(s->got, "Content-Length: ");
            s->body_n = length ? strtoul(length + 16, NULL, 10) : 0;
            s->body = end + 4;
            need = (size_t)(s->body - s->got) + s->body_n;
        }
    }
    return true;
}

static inline bool server_answer(struct server *s, int fd, const char *text)
{
    static const char zeros[65536];
    char c;

    (void)s;
    if (!strcmp(text, SILENCE)) {
        while (read(fd, &c, 1) > 0)
            continue;
        return false;
    }
    if (!strcmp(text, FLOOD)) {
        text = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n";
        if (send(fd, text, strlen(text), MSG_NOSIGNAL) > 0) {
            while (send(fd, zeros, sizeof(zeros), MSG_NOSIGNAL) > 0)
                continue;
        }
        return false;
    }
    return send(fd, text, strlen(text), MSG_NOSIGNAL) > 0 && !strstr(text, "Connection: close");
}

static inline void *server_run(void *arg)
{
    struct server *s = arg;

    for (;;) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0 || s->stop)
            return fd < 0 ? NULL : (close(fd), NULL);
        s->connections++;
        while (server_read(s, fd)) {
            const char *text = *s->answer;

            if (s->answer[1])
                s->answer++;
            s->requests++;
            if (!*text || !server_answer(s, fd, text))
                break;
        }
        close(fd);
    }
}

static inline void server_start(struct server *s, const char *const *answer)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(a);

    *s = (struct server){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .answer = answer};
    assert_true(s->fd >= 0 && !bind(s->fd, (struct sockaddr *)&a, n) && !listen(s->fd, 8));
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &n), 0);
    s->port = ntohs(a.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
}

/* The clients must have gone. */
static inline void server_stop(struct server *s)
{
    s->stop = true;
    shutdown(s->fd, SHUT_RDWR); /* accept() returns */
    pthread_join(s->thread, NULL);
    close(s->fd);
}
