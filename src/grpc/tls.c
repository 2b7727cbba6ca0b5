/* SPDX-License-Identifier: Apache-2.0 */
/* tls.c - certificates of the server. */
#include "grpc/tls.h"

#include <errno.h>

#define PEM_MAX (1u << 20)

static const char *const key_name[SK_GRPC_PEMS] = {
    [SK_GRPC_KEY] = "grpc.private_key",
    [SK_GRPC_CHAIN] = "grpc.cert_chain",
    [SK_GRPC_ROOTS] = "grpc.root_certs",
};

void sk_grpc_tls_init(struct sk_grpc_tls *t)
{
    *t = (struct sk_grpc_tls){0};
    pthread_mutex_init(&t->lock, NULL);
}

void sk_grpc_tls_done(struct sk_grpc_tls *t)
{
    for (int i = 0; i < SK_GRPC_PEMS; i++) {
        if (t->pem[i])
            explicit_bzero(t->pem[i], strlen(t->pem[i]));
        free(t->pem[i]);
        free(t->path[i]);
    }
    pthread_mutex_destroy(&t->lock);
}

static int read_pem(const char *path, const char *key, char **out, struct sk_diag *dg)
{
    sk_auto(mem) char *text = NULL;
    size_t n = 0;
    int err = sk_read_file(path, PEM_MAX, &text, &n);

    if (err)
        return sk_err(dg, err, NULL, "%s: cannot read '%s': %s", key, path, strerror(-err));
    if (strlen(text) != n || !strstr(text, "-----BEGIN "))
        return sk_err(dg, -EINVAL, NULL, "%s: '%s' is no PEM file", key, path);
    *out = SK_TAKE(text);
    return 0;
}

int sk_grpc_tls_read(struct sk_grpc_tls *t, struct sk_diag *dg)
{
    char *pem[SK_GRPC_PEMS] = {0};
    int err = 0;

    for (int i = 0; i < SK_GRPC_PEMS && !err; i++)
        err = read_pem(t->path[i], key_name[i], &pem[i], dg);
    pthread_mutex_lock(&t->lock);
    for (int i = 0; i < SK_GRPC_PEMS && !err; i++) {
        char *old = t->pem[i];

        t->pem[i] = pem[i];
        pem[i] = old;
        t->fresh = true;
    }
    pthread_mutex_unlock(&t->lock);
    for (int i = 0; i < SK_GRPC_PEMS; i++)
        free(pem[i]);
    return err;
}

int sk_grpc_tls_open(struct sk_grpc_tls *t, const struct sk_grpc_options *opt, struct sk_diag *dg)
{
    const char *const path[SK_GRPC_PEMS] = {
        [SK_GRPC_KEY] = opt->private_key,
        [SK_GRPC_CHAIN] = opt->cert_chain,
        [SK_GRPC_ROOTS] = opt->root_certs,
    };

    for (int i = 0; i < SK_GRPC_PEMS; i++) {
        t->path[i] = strdup(path[i] ? path[i] : "");
        if (!t->path[i])
            return -ENOMEM;
    }
    return sk_grpc_tls_read(t, dg);
}

/* Asked before each handshake. */
static grpc_ssl_certificate_config_reload_status fetch(void *self,
                                                       grpc_ssl_server_certificate_config **out)
{
    struct sk_grpc_tls *t = self;
    bool fresh;

    pthread_mutex_lock(&t->lock);
    fresh = t->fresh;
    if (fresh) {
        const grpc_ssl_pem_key_cert_pair pair = {.private_key = t->pem[SK_GRPC_KEY],
                                                 .cert_chain = t->pem[SK_GRPC_CHAIN]};

        *out = grpc_ssl_server_certificate_config_create(t->pem[SK_GRPC_ROOTS], &pair, 1);
        t->fresh = false;
    }
    pthread_mutex_unlock(&t->lock);
    return fresh ? GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW
                 : GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
}

grpc_server_credentials *sk_grpc_tls_credentials(struct sk_grpc_tls *t)
{
    return grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY, fetch, t));
}
