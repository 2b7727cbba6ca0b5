/* SPDX-License-Identifier: Apache-2.0 */
/* clients.c - a table of connections under one lock; see clients.h.
 *
 * A socket is shut down only under the lock and only while its entry is there; the entry goes before the
 * socket is closed: its number cannot have become someone else's. */
#include "server/clients.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>

#define LOOK_NS 1000000000ull

struct sk_client {
    bool used, ended; /* ended: shut down, not closed yet */
    int fd;
    uint64_t number; /* in the order of coming */
    uint64_t deadline_ns;
    uint8_t address[16];
    bool has_address;
};

struct sk_clients {
    struct sk_clients_limits limits;
    pthread_mutex_t lock;
    pthread_cond_t wake; /* someone came, or the end */
    pthread_t thread;
    bool stop;
    uint64_t last;
    unsigned open, room;
    struct sk_clients_stats stats;
    struct sk_client client[];
};

static void *run(void *self)
{
    struct sk_clients *c = self;

    pthread_mutex_lock(&c->lock);
    while (!c->stop) {
        struct timespec at;

        if (!c->open) {
            pthread_cond_wait(&c->wake, &c->lock);
            continue;
        }
        clock_gettime(CLOCK_MONOTONIC, &at);
        at.tv_sec += LOOK_NS / 1000000000;
        (void)pthread_cond_timedwait(&c->wake, &c->lock, &at);
        pthread_mutex_unlock(&c->lock);
        sk_clients_expire(c, sk_boottime_ns());
        pthread_mutex_lock(&c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

int sk_clients_new(const struct sk_clients_limits *limits, struct sk_clients **out)
{
    /* As many again may wait for the library to close them. */
    const unsigned room = 2 * SK_MIN(limits->total, (unsigned)SK_CLIENTS_MAX);
    struct sk_clients *c = calloc(1, sizeof(*c) + room * sizeof(c->client[0]));
    pthread_condattr_t attr;
    sigset_t all, old;
    int err;

    if (!c)
        return -ENOMEM;
    c->limits = *limits;
    c->room = room;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->wake, &attr);
    pthread_condattr_destroy(&attr);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    err = pthread_create(&c->thread, NULL, run, c);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (err) {
        free(c);
        return -err;
    }
    *out = c;
    return 0;
}

void sk_clients_free(struct sk_clients *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->stop = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void clients_freep(struct sk_clients **c)
{
    sk_clients_free(*c);
    *c = NULL;
}

static void end(struct sk_client *cl)
{
    cl->ended = true;
    (void)shutdown(cl->fd, SHUT_RDWR); /* a peer that is gone already is as good */
}

static void set_address(struct sk_client *cl, const struct sockaddr *peer)
{
    cl->has_address = peer->sa_family == AF_INET || peer->sa_family == AF_INET6;
    memset(cl->address, 0, sizeof(cl->address));
    if (peer->sa_family == AF_INET)
        memcpy(cl->address, &((const struct sockaddr_in *)peer)->sin_addr, 4);
    else if (peer->sa_family == AF_INET6)
        memcpy(cl->address, &((const struct sockaddr_in6 *)peer)->sin6_addr, 16);
}

static bool same_address(const struct sk_client *a, const struct sk_client *b)
{
    return a->has_address && b->has_address && !memcmp(a->address, b->address, sizeof(a->address));
}

/* Ends the oldest of those that have the address of `who` (NULL: of all) when there are more than max. */
static void make_room(struct sk_clients *c, const struct sk_client *who, unsigned max)
{
    struct sk_client *oldest = NULL;
    unsigned n = 0;

    for (unsigned i = 0; i < c->room; i++) {
        struct sk_client *cl = &c->client[i];

        if (!cl->used || cl->ended || (who && !same_address(who, cl)))
            continue;
        n++;
        if (!oldest || cl->number < oldest->number)
            oldest = cl;
    }
    if (n <= max || !oldest)
        return;
    end(oldest);
    c->stats.evicted++;
}

struct sk_client *sk_clients_add(struct sk_clients *c, int fd, const struct sockaddr *peer,
                                 uint64_t deadline_ns)
{
    struct sk_client *cl = NULL;

    pthread_mutex_lock(&c->lock);
    c->stats.accepted++;
    for (unsigned i = 0; i < c->room && !cl; i++)
        cl = c->client[i].used ? NULL : &c->client[i];
    if (cl) {
        *cl = (struct sk_client){
            .used = true, .fd = fd, .number = ++c->last, .deadline_ns = deadline_ns};
        set_address(cl, peer);
        if (!c->open++)
            pthread_cond_signal(&c->wake);
        make_room(c, cl, c->limits.per_address);
        make_room(c, NULL, c->limits.total);
    } else {
        c->stats.evicted++;
        (void)shutdown(fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&c->lock);
    return cl;
}

void sk_clients_deadline(struct sk_clients *c, struct sk_client *cl, uint64_t deadline_ns)
{
    if (!cl)
        return;
    pthread_mutex_lock(&c->lock);
    cl->deadline_ns = deadline_ns;
    pthread_mutex_unlock(&c->lock);
}

void sk_clients_del(struct sk_clients *c, struct sk_client *cl)
{
    if (!cl)
        return;
    pthread_mutex_lock(&c->lock);
    cl->used = false;
    c->open--;
    pthread_mutex_unlock(&c->lock);
}

void sk_clients_expire(struct sk_clients *c, uint64_t now_ns)
{
    pthread_mutex_lock(&c->lock);
    for (unsigned i = 0; i < c->room; i++) {
        struct sk_client *cl = &c->client[i];

        if (!cl->used || cl->ended || now_ns < cl->deadline_ns)
            continue;
        end(cl);
        c->stats.expired++;
    }
    pthread_mutex_unlock(&c->lock);
}

void sk_clients_get_stats(struct sk_clients *c, struct sk_clients_stats *out)
{
    pthread_mutex_lock(&c->lock);
    *out = c->stats;
    out->now = c->open;
    pthread_mutex_unlock(&c->lock);
}
