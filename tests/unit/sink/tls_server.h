/* SPDX-License-Identifier: Apache-2.0 */
/* tls_server.h - certificates made for a test, and a server that keeps what it is sent. */
#pragma once
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "tests/unit/sink/util.h"

/* A certificate with the name `cn` for 127.0.0.1, signed by `ca` (NULL: by itself), and its key, as
 * PREFIX.crt and PREFIX.key. */
struct made {
    X509 *cert;
    EVP_PKEY *key;
    char crt[80], pem[80];
};

static inline void made_write(struct made *m, const char *prefix)
{
    FILE *f;

    snprintf(m->crt, sizeof(m->crt), "%s.crt", prefix);
    snprintf(m->pem, sizeof(m->pem), "%s.key", prefix);
    f = fopen(m->crt, "we");
    assert_true(f && PEM_write_X509(f, m->cert));
    fclose(f);
    f = fopen(m->pem, "we");
    assert_true(f && PEM_write_PrivateKey(f, m->key, NULL, NULL, 0, NULL, NULL));
    fclose(f);
}

static inline struct made make_cert(const char *prefix, const char *cn, const struct made *ca)
{
    struct made m = {X509_new(), EVP_EC_gen("P-256"), "", ""};
    X509_NAME *name = X509_get_subject_name(m.cert);
    X509V3_CTX ctx;
    X509_EXTENSION *ext;

    X509_set_version(m.cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(m.cert), ca ? 2 : 1);
    X509_gmtime_adj(X509_getm_notBefore(m.cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(m.cert), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(m.cert, ca ? X509_get_subject_name(ca->cert) : name);
    X509_set_pubkey(m.cert, m.key);
    X509V3_set_ctx(&ctx, ca ? ca->cert : m.cert, m.cert, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, ca ? NID_subject_alt_name : NID_basic_constraints,
                              ca ? "IP:127.0.0.1" : "critical,CA:TRUE");
    X509_add_ext(m.cert, ext, -1);
    X509_EXTENSION_free(ext);
    assert_true(X509_sign(m.cert, ca ? ca->key : m.key, EVP_sha256()) > 0);
    made_write(&m, prefix);
    return m;
}

static inline void made_done(struct made *m)
{
    X509_free(m->cert);
    EVP_PKEY_free(m->key);
    unlink(m->crt);
    unlink(m->pem);
}

struct tls_server {
    int fd;
    uint16_t port;
    SSL_CTX *ctx;
    pthread_t thread;
    char got[65536];
    atomic_size_t n;
    atomic_uint connections, refused;
    atomic_bool hang_up; /* after the next piece */
};

static inline void *tls_server_run(void *arg)
{
    struct tls_server *s = arg;

    for (;;) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC), n;
        SSL *ssl;

        if (fd < 0)
            return NULL;
        ssl = SSL_new(s->ctx);
        SSL_set_fd(ssl, fd);
        if (SSL_accept(ssl) == 1) {
            s->connections++;
            while ((n = SSL_read(ssl, s->got + s->n, (int)(sizeof(s->got) - 1 - s->n))) > 0) {
                s->n += (size_t)n;
                if (s->hang_up)
                    break;
            }
        } else {
            s->refused++;
        }
        ERR_clear_error();
        SSL_free(ssl);
        close(fd);
    }
}

/* client_ca: who may connect; NULL: everybody. */
static inline void tls_server_start(struct tls_server *s, const struct made *cert,
                                    const char *client_ca)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(a);

    memset(s, 0, sizeof(*s));
    s->ctx = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate_file(s->ctx, cert->crt, SSL_FILETYPE_PEM), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey_file(s->ctx, cert->pem, SSL_FILETYPE_PEM), 1);
    if (client_ca) {
        assert_int_equal(SSL_CTX_load_verify_file(s->ctx, client_ca), 1);
        SSL_CTX_set_verify(s->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(!bind(s->fd, (struct sockaddr *)&a, n) && !listen(s->fd, 8));
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &n), 0);
    s->port = ntohs(a.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, tls_server_run, s), 0);
}

static inline void tls_server_stop(struct tls_server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
    SSL_CTX_free(s->ctx);
}
