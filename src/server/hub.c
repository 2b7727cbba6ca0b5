/* SPDX-License-Identifier: Apache-2.0 */
/* hub.c - see hub.h. */
#include "server/hub.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct sk_hub {
    int fd;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    uint64_t asked, done; /* questions, and how many of them the last answer is for */
    bool any, last;
    struct sk_facts facts;
};

int sk_hub_new(struct sk_hub **out)
{
    struct sk_hub *h = calloc(1, sizeof(*h));
    pthread_condattr_t attr;

    if (!h)
        return -ENOMEM;
    pthread_mutex_init(&h->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&h->answered, &attr);
    pthread_condattr_destroy(&attr);
    h->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (h->fd < 0) {
        const int err = -errno;

        sk_hub_free(h);
        return err;
    }
    *out = h;
    return 0;
}

void sk_hub_free(struct sk_hub *h)
{
    if (!h)
        return;
    fd_freep(&h->fd);
    pthread_cond_destroy(&h->answered);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

void hub_freep(struct sk_hub **h)
{
    sk_hub_free(*h);
    *h = NULL;
}

int sk_hub_fd(const struct sk_hub *h)
{
    return h->fd;
}

bool sk_hub_asked(struct sk_hub *h)
{
    uint64_t n;
    bool asked;

    if (read(h->fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
        return false;
    pthread_mutex_lock(&h->lock);
    asked = h->asked != h->done;
    pthread_mutex_unlock(&h->lock);
    return asked;
}

/* Arrays as far as they are filled. */
static void copy(struct sk_facts *to, const struct sk_facts *from)
{
    memcpy(to, from, offsetof(struct sk_facts, cpu));
    memcpy(to->cpu, from->cpu, from->ncpus * sizeof(from->cpu[0]));
    memcpy(to->prog, from->prog, from->nprogs * sizeof(from->prog[0]));
    memcpy(to->event, from->event, from->nevents * sizeof(from->event[0]));
}

void sk_hub_answer(struct sk_hub *h, const struct sk_facts *facts, bool last)
{
    pthread_mutex_lock(&h->lock);
    copy(&h->facts, facts);
    h->done = h->asked;
    h->any = true;
    h->last = last;
    pthread_cond_broadcast(&h->answered);
    pthread_mutex_unlock(&h->lock);
}

void sk_hub_close(struct sk_hub *h)
{
    pthread_mutex_lock(&h->lock);
    h->last = true;
    pthread_cond_broadcast(&h->answered);
    pthread_mutex_unlock(&h->lock);
}

int sk_hub_ask(struct sk_hub *h, unsigned timeout_ms, struct sk_facts *out)
{
    const uint64_t one = 1;
    struct timespec at;
    uint64_t mine;
    int err = 0;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += timeout_ms / 1000;
    at.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    pthread_mutex_lock(&h->lock);
    mine = ++h->asked;
    if (!h->last && write(h->fd, &one, sizeof(one)) < 0)
        err = EAGAIN; /* a full counter is readable all the same */
    while (!h->last && h->done < mine && err != ETIMEDOUT)
        err = pthread_cond_timedwait(&h->answered, &h->lock, &at);
    if (h->any)
        copy(out, &h->facts);
    err = h->any ? 0 : -ETIMEDOUT;
    pthread_mutex_unlock(&h->lock);
    return err;
}
