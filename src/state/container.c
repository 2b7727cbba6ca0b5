/* SPDX-License-Identifier: Apache-2.0 */
/* container.c - which container a process is in, told by the names of its cgroups.
 *
 * The kernel does not know containers: each runtime names the cgroup after the id, in its own way.
 * Names with 64 hex digits are certain.  containerd lets its user choose the id and puts it below
 * the namespace ("/default/web"), which is only told from host groups by the suffixes of systemd.
 */
#include "state/internal.h"

#define HEX_ID   64u
#define SHORT_ID 12u /* how Falco shows ids */

/* What may stand in front of the digits of the last or an inner component, and behind them. */
static const struct sk_str prefixes[] = {
    SK_STR(""),
    SK_STR("docker-"),
    SK_STR("libpod-"),
    SK_STR("libpod-payload-"),
    SK_STR("cri-containerd-"),
    SK_STR("crio-"),
    SK_STR("nerdctl-"),
    SK_STR("runc-"),
};

static const struct sk_str unit_suffixes[] = {
    SK_STR(".slice"),
    SK_STR(".scope"),
    SK_STR(".service"),
};

/* Units that only a slice of systemd holds. */
static const struct sk_str slice_suffixes[] = {
    SK_STR(".mount"),
    SK_STR(".socket"),
    SK_STR(".swap"),
};

static bool ends_with_any(struct sk_str s, const struct sk_str *suffix, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sk_str_ends(s, suffix[i]))
            return true;
    return false;
}

static bool is_hex_id(struct sk_str s)
{
    if (s.n != HEX_ID)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return true;
}

static struct sk_str shorten(struct sk_str id)
{
    return (struct sk_str){id.p, SK_MIN(id.n, (size_t)SHORT_ID)};
}

/* One component: "docker-<id>.scope", "<slice>:cri-containerd:<id>", "<id>". */
static struct sk_str hex_component(struct sk_str c)
{
    const char *colon = memrchr(c.p, ':', c.n);

    if (colon)
        c = (struct sk_str){colon + 1, c.n - (size_t)(colon + 1 - c.p)};
    if (sk_str_ends(c, SK_STR(".scope")))
        c.n -= strlen(".scope");
    for (size_t i = 0; i < SK_ARRAY_LEN(prefixes); i++) {
        struct sk_str id = {c.p + prefixes[i].n, c.n - prefixes[i].n};

        if (sk_str_starts(c, prefixes[i]) && is_hex_id(id))
            return shorten(id);
    }
    return SK_STR("");
}

/* Innermost first: a container in a container is the inner one. */
static struct sk_str hex_path(struct sk_str path)
{
    while (path.n != 0) {
        const char *slash = memrchr(path.p, '/', path.n);
        size_t at = slash ? (size_t)(slash - path.p) : 0;
        struct sk_str id;

        if (!slash)
            break;
        id = hex_component((struct sk_str){slash + 1, path.n - at - 1});
        if (id.n != 0)
            return id;
        path.n = at;
    }
    return SK_STR("");
}

/* "/lxc/NAME", "/lxc.payload/NAME", "/lxc.payload.NAME": lxc shows whole names. */
static struct sk_str lxc_path(struct sk_str path)
{
    static const struct sk_str root[] = {SK_STR("/lxc/"), SK_STR("/lxc.payload/"),
                                         SK_STR("/lxc.payload.")};

    for (size_t i = 0; i < SK_ARRAY_LEN(root); i++) {
        if (sk_str_starts(path, root[i])) {
            struct sk_str name = {path.p + root[i].n, path.n - root[i].n};
            const char *slash = memchr(name.p, '/', name.n);

            return slash ? (struct sk_str){name.p, (size_t)(slash - name.p)} : name;
        }
    }
    return SK_STR("");
}

/* "/NAMESPACE/ID" and nothing else. */
static struct sk_str named_path(struct sk_str path)
{
    const char *slash = path.n > 1 ? memchr(path.p + 1, '/', path.n - 1) : NULL;
    struct sk_str space, id;

    if (!slash || path.p[0] != '/')
        return SK_STR("");
    space = (struct sk_str){path.p + 1, (size_t)(slash - path.p - 1)};
    id = (struct sk_str){slash + 1, path.n - space.n - 2};
    if (space.n == 0 || id.n == 0 || memchr(id.p, '/', id.n))
        return SK_STR("");
    if (ends_with_any(id, unit_suffixes, SK_ARRAY_LEN(unit_suffixes)))
        return SK_STR("");
    if (sk_str_ends(space, SK_STR(".slice")) &&
        ends_with_any(id, slice_suffixes, SK_ARRAY_LEN(slice_suffixes)))
        return SK_STR("");
    return shorten(id);
}

struct sk_str sk_container_id(struct sk_str cgroup_path)
{
    struct sk_str id = hex_path(cgroup_path);

    if (id.n == 0)
        id = lxc_path(cgroup_path);
    return id.n != 0 ? id : named_path(cgroup_path);
}

/* Calls `find` for the path of every "subsystem=path" string until one has an id. */
static struct sk_str find_in(struct sk_str cgroups, struct sk_str (*find)(struct sk_str))
{
    while (cgroups.n != 0) {
        size_t len = strnlen(cgroups.p, cgroups.n), skip = SK_MIN(len + 1, cgroups.n);
        const char *eq = memchr(cgroups.p, '=', len);

        if (eq) {
            struct sk_str path = {eq + 1, len - (size_t)(eq + 1 - cgroups.p)};
            struct sk_str id = find(path);

            if (id.n != 0)
                return id;
        }
        cgroups = (struct sk_str){cgroups.p + skip, cgroups.n - skip};
    }
    return SK_STR("");
}

struct sk_str sk_cgroups_container_id(struct sk_str cgroups)
{
    struct sk_str id = find_in(cgroups, hex_path);

    return id.n != 0 ? id : find_in(cgroups, sk_container_id);
}

struct sk_cgroup {
    struct sk_str cgroups; /* interned */
};

struct sk_str sk_state_cgroup_path(const struct sk_state *st, uint64_t id)
{
    const struct sk_cgroup *c = sk_map_get_u64(st->cgroups, id);
    struct sk_str left = c ? c->cgroups : (struct sk_str){0}, best = {0};

    /* In hybrid hierarchies most subsystems may say "/", which tells nothing. */
    while (left.n) {
        size_t len = strnlen(left.p, left.n), skip = SK_MIN(len + 1, left.n);
        const char *eq = memchr(left.p, '=', len);

        if (eq && (size_t)(left.p + len - (eq + 1)) > SK_MAX(best.n, (size_t)1))
            best = (struct sk_str){eq + 1, (size_t)(left.p + len - (eq + 1))};
        left = (struct sk_str){left.p + skip, left.n - skip};
    }
    return best;
}

static void forget(struct sk_state *st)
{
    size_t it = 0;
    struct sk_cgroup *c;

    while ((c = sk_map_next(st->cgroups, &it))) {
        sk_map_del_u64(st->cgroups, sk_map_key_u64(st->cgroups, it));
        sk_string_put(st, &c->cgroups);
        sk_pool_put(st->nodes, c);
    }
}

void sk_cgroups_free(struct sk_state *st)
{
    if (st->cgroups)
        forget(st);
    map_freep(&st->cgroups);
}

/* Remembers which paths belong to a cgroup id: a process that moves to another cgroup tells only
 * the id.  When the table is full it starts anew: ids of groups that are gone would fill it for
 * ever. */
static void learn(struct sk_state *st, uint64_t id, struct sk_str cgroups)
{
    struct sk_cgroup *c;

    if (id == 0 || cgroups.n == 0)
        return;
    c = sk_map_get_u64(st->cgroups, id);
    if (c) {
        sk_string_set(st, &c->cgroups, cgroups);
        return;
    }
    if (sk_map_count(st->cgroups) >= SK_STATE_CGROUPS)
        forget(st);
    c = sk_pool_get(st->nodes, sizeof(*c));
    if (!c)
        return;
    c->cgroups = sk_string_get(st, cgroups);
    if (c->cgroups.n == 0 || sk_map_put_u64(st->cgroups, id, c)) {
        sk_string_put(st, &c->cgroups);
        sk_pool_put(st->nodes, c);
    }
}

void sk_proc_set_cgroups(struct sk_state *st, struct sk_proc *p, struct sk_str cgroups)
{
    learn(st, p->cgroup_id, cgroups);
    if (sk_str_eq(p->cgroups, cgroups))
        return;
    sk_string_set(st, &p->cgroups, cgroups);
    sk_string_set(st, &p->container_id, sk_cgroups_container_id(cgroups));
}

void sk_proc_set_cgroup_id(struct sk_state *st, struct sk_proc *p, uint64_t id)
{
    struct sk_cgroup *c;

    if (id == 0 || id == p->cgroup_id)
        return;
    st->changes++;
    if (p->cgroup_id == 0 && p->cgroups.n != 0) {
        p->cgroup_id = id;
        learn(st, id, p->cgroups);
        return;
    }
    p->cgroup_id = id;
    c = sk_map_get_u64(st->cgroups, id);
    if (c)
        sk_proc_set_cgroups(st, p, c->cgroups);
}
