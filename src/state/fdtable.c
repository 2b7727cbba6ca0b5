/* SPDX-License-Identifier: Apache-2.0 */
/* fdtable.c - open addressing by number: descriptors are small and dense, so their number is their
 * hash.  An entry and its strings are one block.
 *
 * Nothing fails: what a cap refuses is counted, and the descriptor is then not known. */
#include "state/fdtable.h"

#define SLOTS_MIN    8u
#define NAME_MAX_LEN SK_PATH_MAX

struct sk_fdmap {
    uint32_t refs, n, mask;
    struct sk_fd **slot;
};

struct sk_fdtable {
    uint32_t refs;
    struct sk_fdmap *map; /* NULL: empty */
};

static uint32_t hash(int64_t num)
{
    uint64_t u = (uint64_t)num;

    return (uint32_t)(u ^ u >> 13 ^ u >> 32);
}

static void fd_put(struct sk_state *st, struct sk_fd *fd)
{
    if (fd && --fd->refs == 0)
        sk_pool_put(st->fds, fd);
}

static char *copy(char *at, struct sk_str *dst, struct sk_str src)
{
    if (src.n != 0)
        memcpy(at, src.p, src.n);
    at[src.n] = '\0';
    *dst = (struct sk_str){at, src.n};
    return at + src.n + 1;
}

static struct sk_fd *fd_new(struct sk_state *st, const struct sk_fd *spec)
{
    size_t name = spec->name.p ? SK_MIN(spec->name.n, (size_t)NAME_MAX_LEN) : 0;
    size_t raw = spec->raw.p ? SK_MIN(spec->raw.n, (size_t)NAME_MAX_LEN) : 0;
    struct sk_fd *fd = sk_pool_get(st->fds, sizeof(*fd) + name + raw + 2);
    char *at;

    if (!fd) {
        st->stats.evicted++;
        return NULL;
    }
    *fd = *spec;
    fd->refs = 1;
    at = copy((char *)(fd + 1), &fd->name, (struct sk_str){spec->name.p, name});
    copy(at, &fd->raw, (struct sk_str){spec->raw.p, raw});
    return fd;
}

static struct sk_fdmap *map_new(struct sk_state *st, uint32_t slots)
{
    struct sk_fdmap *m = sk_pool_get(st->fds, sizeof(*m));

    if (!m)
        return NULL;
    m->slot = sk_pool_get(st->fds, slots * sizeof(struct sk_fd *));
    if (!m->slot) {
        sk_pool_put(st->fds, m);
        return NULL;
    }
    m->refs = 1;
    m->mask = slots - 1;
    return m;
}

static void map_put(struct sk_state *st, struct sk_fdmap *m)
{
    if (!m || --m->refs != 0)
        return;
    for (uint32_t i = 0; i <= m->mask; i++)
        fd_put(st, m->slot[i]);
    sk_pool_put(st->fds, m->slot);
    sk_pool_put(st->fds, m);
}

/* Where the number is, or the free slot where it would be. A map is never full. */
static uint32_t find(const struct sk_fdmap *m, int64_t num)
{
    uint32_t i = hash(num) & m->mask;

    while (m->slot[i] && m->slot[i]->num != num)
        i = (i + 1) & m->mask;
    return i;
}

struct sk_fdtable *sk_fdtable_new(struct sk_state *st)
{
    struct sk_fdtable *t = sk_pool_get(st->fds, sizeof(*t));

    if (t)
        t->refs = 1;
    else
        st->stats.evicted++;
    return t;
}

struct sk_fdtable *sk_fdtable_ref(struct sk_fdtable *t)
{
    if (t)
        t->refs++;
    return t;
}

void sk_fdtable_put(struct sk_state *st, struct sk_fdtable *t)
{
    if (!t || --t->refs != 0)
        return;
    map_put(st, t->map);
    sk_pool_put(st->fds, t);
}

bool sk_fdtable_is_shared(const struct sk_fdtable *t)
{
    return t->refs > 1;
}

struct sk_fdtable *sk_fdtable_copy(struct sk_state *st, struct sk_fdtable *t)
{
    struct sk_fdtable *c = t ? sk_fdtable_new(st) : NULL;

    if (c && t->map) {
        c->map = t->map;
        c->map->refs++;
    }
    return c;
}

struct sk_fd *sk_fdtable_get(const struct sk_fdtable *t, int64_t num)
{
    return t && t->map ? t->map->slot[find(t->map, num)] : NULL;
}

uint32_t sk_fdtable_count(const struct sk_fdtable *t)
{
    return t && t->map ? t->map->n : 0;
}

struct sk_fd *sk_fdtable_next(const struct sk_fdtable *t, size_t *it)
{
    if (!t || !t->map)
        return NULL;
    while (*it <= t->map->mask) {
        struct sk_fd *fd = t->map->slot[(*it)++];

        if (fd)
            return fd;
    }
    return NULL;
}

/* A map of its own with room for one more. */
static bool own(struct sk_state *st, struct sk_fdtable *t)
{
    struct sk_fdmap *old = t->map, *m;
    uint32_t slots = old ? old->mask + 1 : SLOTS_MIN;
    bool full = old && (old->n + 1) * 4 > slots * 3;

    if (old && old->refs == 1 && !full)
        return true;
    m = map_new(st, full ? slots * 2 : slots);
    if (!m) {
        st->stats.evicted++;
        return false;
    }
    for (uint32_t i = 0; old && i <= old->mask; i++) {
        struct sk_fd *fd = old->slot[i];

        if (!fd)
            continue;
        m->slot[find(m, fd->num)] = fd;
        fd->refs++;
        m->n++;
    }
    map_put(st, old);
    t->map = m;
    return true;
}

struct sk_fd *sk_fdtable_add(struct sk_state *st, struct sk_fdtable *t, const struct sk_fd *spec)
{
    struct sk_fd *fd;
    uint32_t i;

    if (!t)
        return NULL;
    if (sk_fdtable_count(t) >= SK_FDS_MAX && !sk_fdtable_get(t, spec->num)) {
        st->stats.evicted++;
        return NULL;
    }
    fd = fd_new(st, spec);
    if (!fd)
        return NULL;
    if (!own(st, t)) {
        fd_put(st, fd);
        return NULL;
    }
    i = find(t->map, fd->num);
    if (t->map->slot[i])
        fd_put(st, t->map->slot[i]);
    else
        t->map->n++;
    t->map->slot[i] = fd;
    return fd;
}

struct sk_fd *sk_fdtable_edit(struct sk_state *st, struct sk_fdtable *t, int64_t num)
{
    struct sk_fd *fd = sk_fdtable_get(t, num);

    if (!fd || (t->map->refs == 1 && fd->refs == 1))
        return fd;
    return sk_fdtable_add(st, t, fd);
}

/* Closes the hole: whoever was pushed behind it by a collision moves up. */
static void del_at(struct sk_state *st, struct sk_fdmap *m, uint32_t hole)
{
    fd_put(st, m->slot[hole]);
    m->n--;
    for (uint32_t i = (hole + 1) & m->mask; m->slot[i]; i = (i + 1) & m->mask) {
        uint32_t home = hash(m->slot[i]->num) & m->mask;

        if (((i - home) & m->mask) < ((i - hole) & m->mask))
            continue;
        m->slot[hole] = m->slot[i];
        hole = i;
    }
    m->slot[hole] = NULL;
}

void sk_fdtable_del(struct sk_state *st, struct sk_fdtable *t, int64_t num)
{
    if (sk_fdtable_get(t, num) && own(st, t))
        del_at(st, t->map, find(t->map, num));
}

void sk_fdtable_filter(struct sk_state *st, struct sk_fdtable *t,
                       bool (*drop)(const struct sk_fd *fd, const void *arg), const void *arg)
{
    struct sk_fd *fd;
    size_t it = 0;

    /* Most programs have nothing to close: then the map stays shared. */
    do
        fd = sk_fdtable_next(t, &it);
    while (fd && !drop(fd, arg));
    if (!fd || !own(st, t))
        return;
    /* Deleting moves others to here from behind, or, around the end, some that were seen before. */
    for (uint32_t i = 0; i <= t->map->mask; i++)
        while (t->map->slot[i] && drop(t->map->slot[i], arg))
            del_at(st, t->map, i);
}

const struct sk_fd *sk_state_fd(const struct sk_thread *th, int64_t num)
{
    return sk_fdtable_get(th->proc->fds, num);
}

struct sk_fdtable *sk_proc_fds(struct sk_state *st, struct sk_proc *p)
{
    if (!p->fds)
        p->fds = sk_fdtable_new(st);
    return p->fds;
}

uint32_t sk_state_fd_count(const struct sk_proc *p)
{
    return sk_fdtable_count(p->fds);
}

const struct sk_fd *sk_state_fd_next(const struct sk_thread *th, size_t *it)
{
    return sk_fdtable_next(th->proc->fds, it);
}
