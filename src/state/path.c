/* SPDX-License-Identifier: Apache-2.0 */
/* path.c - joins a directory and a path by their text alone, as Falco's filters expect it.
 *
 * The base is kept as it is, also its dots, and is joined without a separator: a base that does not
 * end in '/' continues in the first component of the path. */
#include "state/state.h"

static const char too_long[] = "/DIR_TOO_LONG/FILENAME_TOO_LONG";

static struct sk_str keep(struct sk_arena *tmp, struct sk_str s)
{
    char *p = sk_arena_dup(tmp, s);

    return p ? (struct sk_str){p, s.n} : SK_STR("");
}

/* Length of `out` without its last component: "/a/b/" -> "/a/", "/" -> "/", "a/" -> "". */
static size_t pop(const char *out, size_t n)
{
    size_t root = n != 0 && out[0] == '/';

    while (n > root && out[n - 1] == '/')
        n--;
    while (n > root && out[n - 1] != '/')
        n--;
    return n;
}

/* Appends one component, of which `len` bytes end at a '/' or at the end. */
static size_t add(char *out, size_t n, const char *p, size_t len)
{
    bool starts = n == 0 || out[n - 1] == '/';

    if (starts && (len == 0 || (len == 1 && p[0] == '.')))
        return n;
    if (starts && len == 2 && p[0] == '.' && p[1] == '.')
        return pop(out, n);
    memcpy(out + n, p, len);
    out[n + len] = '/';
    return n + len + 1;
}

struct sk_str sk_path_join(struct sk_arena *tmp, struct sk_str base, struct sk_str path)
{
    char out[2 * SK_PATH_MAX];
    size_t n = 0;

    if (path.n != 0 && path.p[0] == '/')
        base.n = 0;
    if (base.n >= SK_PATH_MAX || path.n >= SK_PATH_MAX)
        return keep(tmp, sk_str(too_long));
    if (base.n != 0)
        memcpy(out, base.p, base.n);
    n = base.n;
    if (path.n != 0 && path.p[0] == '/')
        out[n++] = '/';
    for (size_t i = 0; i < path.n;) {
        const char *p = path.p + i;
        const char *slash = memchr(p, '/', path.n - i);
        size_t len = slash ? (size_t)(slash - p) : path.n - i;

        n = add(out, n, p, len);
        i += len + 1;
    }
    if (n > 1 && out[n - 1] == '/')
        n--;
    if (n >= SK_PATH_MAX)
        return keep(tmp, sk_str(too_long));
    return keep(tmp, (struct sk_str){out, n});
}
