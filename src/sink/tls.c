/* SPDX-License-Identifier: Apache-2.0 */
/* tls.c - OpenSSL behind deadlines.  Its writes raise SIGPIPE on a dead socket; threads of outputs
 * have it blocked. */

/* Before ours: parameters in these headers have names that base/banned.h takes away. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "sink/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>

#include "sink/io.h"

#define SK_TLS_VERDICT_MS    300   /* for the server's opinion of us, after the handshake */
#define SK_TLS_IGNORED_BYTES 65536 /* that a server may send at once without being asked */

struct sk_tls {
    SSL_CTX *ctx;
    SSL *ssl; /* NULL: not connected */
    char why[256];
};

static const char *reason(void)
{
    const unsigned long first = ERR_peek_error();
    const char *text = ERR_reason_error_string(ERR_peek_last_error());

    if (ERR_SYSTEM_ERROR(first)) /* of a file: what lies above it says less */
        return strerror(ERR_GET_REASON(first));
    return text ? text : "unknown error";
}

static int load_files(SSL_CTX *ctx, const struct sk_tls_files *f, struct sk_diag *dg)
{
    if (!f->insecure && *f->ca && SSL_CTX_load_verify_file(ctx, f->ca) != 1)
        return sk_err(dg, -EINVAL, NULL, "CA file '%s': %s", f->ca, reason());
    if (!f->insecure && !*f->ca && SSL_CTX_set_default_verify_paths(ctx) != 1)
        return sk_err(dg, -EINVAL, NULL, "the system's CA certificates: %s", reason());
    if (*f->cert && SSL_CTX_use_certificate_chain_file(ctx, f->cert) != 1)
        return sk_err(dg, -EINVAL, NULL, "client certificate '%s': %s", f->cert, reason());
    if (*f->key && SSL_CTX_use_PrivateKey_file(ctx, f->key, SSL_FILETYPE_PEM) != 1)
        return sk_err(dg, -EINVAL, NULL, "client key '%s': %s", f->key, reason());
    if (*f->cert && *f->key && SSL_CTX_check_private_key(ctx) != 1)
        return sk_err(dg, -EINVAL, NULL, "client key '%s' does not belong to certificate '%s'",
                      f->key, f->cert);
    return 0;
}

int sk_tls_new(const struct sk_tls_files *files, struct sk_tls **out, struct sk_diag *dg)
{
    struct sk_tls *t = calloc(1, sizeof(*t));
    int err;

    if (!t)
        return -ENOMEM;
    ERR_clear_error();
    t->ctx = SSL_CTX_new(TLS_client_method());
    if (!t->ctx) {
        sk_tls_free(t);
        return -ENOMEM;
    }
    SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
    SSL_CTX_set_verify(t->ctx, files->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
    err = load_files(t->ctx, files, dg);
    if (err)
        sk_tls_free(t);
    else
        *out = t;
    return err;
}

void sk_tls_free(struct sk_tls *t)
{
    if (!t)
        return;
    sk_tls_close(t);
    SSL_CTX_free(t->ctx);
    free(t);
}

/* After a call of OpenSSL that gave `rc`: waits for the socket (0: call again), or -errno. */
static int step(struct sk_tls *t, int rc, uint64_t deadline_ns)
{
    const int fd = SSL_get_fd(t->ssl), was = errno, kind = SSL_get_error(t->ssl, rc);
    long verify;
    int err;

    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
        err = sk_io_wait(fd, kind == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline_ns);
        if (err)
            snprintf(t->why, sizeof(t->why), "TLS: %s", strerror(-err));
        return err;
    }
    if (kind == SSL_ERROR_ZERO_RETURN || (kind == SSL_ERROR_SYSCALL && !was)) {
        snprintf(t->why, sizeof(t->why), "TLS: the server closed the connection");
        return -ECONNRESET;
    }
    if (kind == SSL_ERROR_SYSCALL) {
        snprintf(t->why, sizeof(t->why), "TLS: %s", strerror(was));
        return -was;
    }
    verify = SSL_get_verify_result(t->ssl);
    snprintf(t->why, sizeof(t->why), "TLS: %s%s%s", reason(), verify != X509_V_OK ? ": " : "",
             verify != X509_V_OK ? X509_verify_cert_error_string(verify) : "");
    return -EPROTO;
}

/* The name that its certificate must bear, and that it may choose one by. */
static int name_server(struct sk_tls *t, const char *host)
{
    unsigned char ip[16];

    if (inet_pton(AF_INET, host, ip) == 1 || inet_pton(AF_INET6, host, ip) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(t->ssl), host);
    return SSL_set_tlsext_host_name(t->ssl, host) == 1 && SSL_set1_host(t->ssl, host) == 1;
}

/* TLS 1.3 is complete for the client before the server has looked at the client's certificate. A
 * server that refuses it says so at once, one that takes it mostly sends a ticket; without this wait
 * the first messages would go to one that throws them away. */
static int await_verdict(struct sk_tls *t, int fd, uint64_t deadline_ns)
{
    const uint64_t until = SK_MIN(deadline_ns, sk_io_deadline(SK_TLS_VERDICT_MS));

    if (SSL_version(t->ssl) < TLS1_3_VERSION || sk_io_wait(fd, POLLIN, until))
        return 0;
    return sk_tls_gone(t) ? -ECONNREFUSED : 0;
}

int sk_tls_connect(struct sk_tls *t, int fd, const char *host, uint64_t deadline_ns)
{
    int err = 0, rc;

    ERR_clear_error();
    t->ssl = SSL_new(t->ctx);
    if (!t->ssl || SSL_set_fd(t->ssl, fd) != 1 || name_server(t, host) != 1) {
        sk_tls_close(t);
        return -ENOMEM;
    }
    do {
        ERR_clear_error();
        errno = 0;
        rc = SSL_connect(t->ssl);
        err = rc == 1 ? 0 : step(t, rc, deadline_ns);
    } while (rc != 1 && !err);
    if (!err)
        err = await_verdict(t, fd, deadline_ns);
    if (err)
        sk_tls_close(t);
    return err;
}

ssize_t sk_tls_write(struct sk_tls *t, const char *p, size_t n, uint64_t deadline_ns)
{
    size_t done = 0;
    int err = 0, rc;

    do {
        ERR_clear_error();
        errno = 0;
        rc = SSL_write_ex(t->ssl, p, n, &done);
        err = rc == 1 ? 0 : step(t, rc, deadline_ns);
    } while (rc != 1 && !err);
    return err ? err : (ssize_t)done;
}

bool sk_tls_gone(struct sk_tls *t)
{
    char p[4096];
    size_t n, total = 0;
    int rc, kind;

    do {
        ERR_clear_error();
        errno = 0;
        rc = SSL_read_ex(t->ssl, p, sizeof(p), &n);
        total += rc == 1 ? n : 0;
    } while (rc == 1 && total < SK_TLS_IGNORED_BYTES);
    if (rc == 1)
        return false;
    kind = SSL_get_error(t->ssl, rc);
    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE)
        return false;
    return step(t, rc, 0) != 0; /* for its words */
}

void sk_tls_close(struct sk_tls *t)
{
    if (!t->ssl)
        return;
    ERR_clear_error();
    if (SSL_is_init_finished(t->ssl))
        SSL_shutdown(t->ssl); /* says goodbye, does not wait for the answer */
    ERR_clear_error();
    SSL_free(t->ssl);
    t->ssl = NULL;
}

const char *sk_tls_why(const struct sk_tls *t)
{
    return t->why;
}
