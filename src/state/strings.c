/* SPDX-License-Identifier: Apache-2.0 */
/* strings.c - interned strings: directories, cgroups and container ids repeat in most processes. */
#include "state/internal.h"

struct istr {
    uint32_t refs, n;
    char text[];
};

static struct istr *object_of(struct sk_str s)
{
    return (struct istr *)(uintptr_t)(s.p - offsetof(struct istr, text));
}

struct sk_str sk_string_get(struct sk_state *st, struct sk_str s)
{
    struct istr *o;

    s.n = SK_MIN(s.n, (size_t)SK_ARGS_MAX);
    if (s.n == 0)
        return SK_STR("");
    o = sk_map_get(st->strings, s);
    if (!o) {
        o = sk_pool_get(st->text, sizeof(*o) + s.n + 1);
        if (!o) {
            st->stats.evicted++;
            return SK_STR("");
        }
        o->n = (uint32_t)s.n;
        memcpy(o->text, s.p, s.n);
        if (sk_map_put(st->strings, (struct sk_str){o->text, o->n}, o)) {
            st->stats.evicted++;
            sk_pool_put(st->text, o);
            return SK_STR("");
        }
    }
    o->refs++;
    return (struct sk_str){o->text, o->n};
}

struct sk_str sk_string_ref(struct sk_str s)
{
    if (s.n == 0)
        return SK_STR("");
    object_of(s)->refs++;
    return s;
}

void sk_string_put(struct sk_state *st, struct sk_str *s)
{
    if (s->n != 0 && --object_of(*s)->refs == 0) {
        struct istr *o = object_of(*s);

        sk_map_del(st->strings, *s);
        sk_pool_put(st->text, o);
    }
    *s = SK_STR("");
}

void sk_string_set(struct sk_state *st, struct sk_str *dst, struct sk_str s)
{
    struct sk_str fresh;

    if (dst->n == s.n && (s.n == 0 || memcmp(dst->p, s.p, s.n) == 0))
        return;
    fresh = sk_string_get(st, s);
    sk_string_put(st, dst);
    *dst = fresh;
}

void sk_string_set_dir(struct sk_state *st, struct sk_str *dst, struct sk_str path)
{
    char *with_slash;

    if (path.n == 0 || path.p[0] != '/')
        return;
    if (path.p[path.n - 1] == '/') {
        sk_string_set(st, dst, path);
        return;
    }
    with_slash = sk_arena_alloc(st->tmp, path.n + 1);
    if (!with_slash)
        return;
    memcpy(with_slash, path.p, path.n);
    with_slash[path.n] = '/';
    sk_string_set(st, dst, (struct sk_str){with_slash, path.n + 1});
}
