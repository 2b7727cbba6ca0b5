/* SPDX-License-Identifier: Apache-2.0 */
/* queue.c - lists of packed alerts. */
#include "grpc/queue.h"

struct sk_grpc_item *sk_grpc_item_new(uint64_t id, size_t n)
{
    struct sk_grpc_item *it = malloc(sizeof(*it) + n);

    if (it)
        *it = (struct sk_grpc_item){.id = id, .n = n};
    return it;
}

void sk_grpc_list_init(struct sk_grpc_list *l)
{
    *l = (struct sk_grpc_list){.last = &l->first};
}

size_t sk_grpc_list_clear(struct sk_grpc_list *l)
{
    size_t n = l->n;

    for (struct sk_grpc_item *it = l->first, *next; it; it = next) {
        next = it->next;
        free(it);
    }
    sk_grpc_list_init(l);
    return n;
}

void sk_grpc_list_add(struct sk_grpc_list *l, struct sk_grpc_item *it)
{
    it->next = NULL;
    *l->last = it;
    l->last = &it->next;
    l->last_id = it->id;
    l->n++;
    l->bytes += it->n;
}

void sk_grpc_list_insert(struct sk_grpc_list *l, struct sk_grpc_item *it)
{
    struct sk_grpc_list one;

    if (!l->first || it->id > l->last_id) {
        sk_grpc_list_add(l, it);
        return;
    }
    sk_grpc_list_init(&one);
    sk_grpc_list_add(&one, it);
    sk_grpc_list_merge(l, &one);
}

struct sk_grpc_item *sk_grpc_list_take(struct sk_grpc_list *l)
{
    struct sk_grpc_item *it = l->first;

    if (!it)
        return NULL;
    l->first = it->next;
    if (!l->first)
        l->last = &l->first;
    l->n--;
    l->bytes -= it->n;
    it->next = NULL;
    return it;
}

void sk_grpc_list_merge(struct sk_grpc_list *l, struct sk_grpc_list *from)
{
    struct sk_grpc_item **at = &l->first, *it;

    while ((it = sk_grpc_list_take(from))) {
        while (*at && (*at)->id < it->id)
            at = &(*at)->next;
        it->next = *at;
        *at = it;
        if (!it->next) {
            l->last = &it->next;
            l->last_id = it->id;
        }
        l->n++;
        l->bytes += it->n;
        at = &it->next;
    }
}

void sk_grpc_list_forget(struct sk_grpc_list *l, uint64_t before_ns, size_t max_bytes)
{
    while (l->first && (l->first->sent_ns < before_ns || l->bytes > max_bytes))
        free(sk_grpc_list_take(l));
}
