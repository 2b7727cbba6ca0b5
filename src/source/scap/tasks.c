/* SPDX-License-Identifier: Apache-2.0 */
/* tasks.c - one thread of a process list, in each of the nine layouts it had. */
#include "source/scap/lists.h"

/* What writers before libs 0.10 put behind `root`; newer ones have two members in front of it. */
#define OLD_TAIL_BYTES 29u

uint32_t sk_scap_entry_begin(struct sk_scap_cursor *c)
{
    uint32_t len = sk_scap_u32(c);

    if (len)
        c->n = SK_MIN(c->n, (size_t)len);
    return len;
}

bool sk_scap_entry_end(const struct sk_scap_cursor *c, uint32_t len, uint64_t *out_size)
{
    if (c->bad)
        return false;
    *out_size = len ? len : c->at;
    return true;
}

/* A vector of strings, each with its NUL: the last one may have been cut. */
static struct sk_str vector(struct sk_scap_cursor *c, char *scratch)
{
    struct sk_str s = sk_scap_text(c, SK_SCAP_ARGS_MAX);

    if (!s.n || s.p[s.n - 1] == '\0')
        return s;
    memcpy(scratch, s.p, s.n);
    scratch[s.n] = '\0';
    return (struct sk_str){scratch, s.n + 1};
}

static bool has(const struct sk_scap_cursor *c, size_t n)
{
    return !c->bad && c->n - c->at >= n;
}

static uint64_t more(struct sk_scap_cursor *c, unsigned bytes, uint64_t absent)
{
    return has(c, bytes) ? sk_scap_int(c, bytes) : absent;
}

/* Behind `root`, as far as the entry goes. */
static void read_tail(struct sk_scap_cursor *c, struct sk_task_info *ti)
{
    if (c->n - c->at > OLD_TAIL_BYTES) {
        ti->pidns_init_start_ns = more(c, 8, 0);
        ti->tty = (uint32_t)more(c, 4, 0);
    }
    ti->loginuid = (uint32_t)more(c, 4, UINT32_MAX);
    ti->exe_writable = more(c, 1, 0);
    ti->cap_inheritable = more(c, 8, 0);
    ti->cap_permitted = more(c, 8, 0);
    ti->cap_effective = more(c, 8, 0);
    ti->exe_upper = more(c, 1, 0);
    ti->exe_ino = more(c, 8, 0);
    ti->exe_ctime_ns = more(c, 8, 0);
    ti->exe_mtime_ns = more(c, 8, 0);
    ti->exe_memfd = more(c, 1, 0);
    ti->exe_lower = more(c, 1, 0);
    ti->pgid = (int64_t)more(c, 8, UINT64_MAX);
}

static void read_names(struct sk_scap_cursor *c, unsigned version, struct sk_scap_scratch *s,
                       struct sk_task_info *ti)
{
    ti->comm = sk_scap_text(c, SK_SCAP_PATH_MAX);
    ti->exe = sk_scap_text(c, SK_SCAP_PATH_MAX);
    if (version >= 7)
        ti->exepath = sk_scap_text(c, SK_SCAP_PATH_MAX);
    ti->args = vector(c, s->args);
    ti->cwd = sk_scap_text(c, SK_SCAP_PATH_MAX);
}

bool sk_scap_read_task(struct sk_scap_cursor *c, unsigned version, struct sk_scap_scratch *s,
                       struct sk_task_info *out, uint64_t *out_size)
{
    struct sk_task_info ti = {.vtid = -1, .vpid = -1, .sid = -1, .pgid = -1, .vpgid = -1};
    uint32_t len = version >= 9 ? sk_scap_entry_begin(c) : 0;

    ti.exepath = ti.env = ti.root = ti.cgroups = SK_STR("");
    ti.loginuid = UINT32_MAX;
    ti.tid = (uint32_t)sk_scap_u64(c);
    ti.pid = (uint32_t)sk_scap_u64(c);
    ti.ppid = (uint32_t)sk_scap_u64(c);
    if (version >= 6)
        ti.sid = (int64_t)sk_scap_u64(c);
    if (version >= 8)
        ti.vpgid = (int64_t)sk_scap_u64(c);
    read_names(c, version, s, &ti);
    ti.fdlimit = (int64_t)sk_scap_u64(c);
    ti.flags = sk_scap_u32(c);
    ti.uid = sk_scap_u32(c);
    ti.gid = sk_scap_u32(c);
    if (version >= 2) {
        ti.vm_size_kb = sk_scap_u32(c);
        ti.vm_rss_kb = sk_scap_u32(c);
        ti.vm_swap_kb = sk_scap_u32(c);
        ti.pgft_maj = sk_scap_u64(c);
        ti.pgft_min = sk_scap_u64(c);
    }
    if (version >= 3)
        ti.env = vector(c, s->env);
    if (version >= 4) {
        ti.vtid = (int64_t)sk_scap_u64(c);
        ti.vpid = (int64_t)sk_scap_u64(c);
        ti.cgroups = vector(c, s->cgroups);
    }
    if (version >= 5)
        ti.root = sk_scap_text(c, SK_SCAP_PATH_MAX);
    if (version >= 9 && len && !c->bad)
        read_tail(c, &ti);
    *out = ti;
    return sk_scap_entry_end(c, len, out_size);
}

bool sk_scap_read_task_more(struct sk_scap_cursor *c, struct sk_task_info *out, uint64_t *out_size)
{
    uint32_t len = sk_scap_entry_begin(c);
    struct sk_task_info ti = {.tid = sk_scap_u32(c)};

    ti.start_ns = sk_scap_u64(c);
    ti.clone_ns = sk_scap_u64(c);
    ti.cgroup_id = sk_scap_u64(c);
    ti.ns_pid = sk_scap_u32(c);
    ti.ns_mnt = sk_scap_u32(c);
    ti.ns_net = sk_scap_u32(c);
    ti.ns_user = sk_scap_u32(c);
    ti.ns_uts = sk_scap_u32(c);
    ti.ns_ipc = sk_scap_u32(c);
    ti.ns_cgroup = sk_scap_u32(c);
    *out = ti;
    return sk_scap_entry_end(c, len, out_size);
}
