/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* check.h - the prefilter: is there a rule that may want this event?  A program of its own between sk_sys_exit
 * and the fillers, for the event codes that are filtered: a kernel that refuses it sends everything. */
#pragma once
#include "prenet.h"

/* Is `v` in the set?  Behind a call, because its loop would be walked for each atom. */
__noinline int pf_in_set(__u64 set, __u64 v)
{
    const struct sk_pf *pf = pf_get();

    return pf && sk_pf_mark_find(pf, sk_pf_mark_key(pf, SK_PF_S_SET | (__u32)set << 8, v)) != 0;
}

/* Numbers.  Bits grow in memory: in a register each would be a state of its own to the verifier. */
static __always_inline void pf_numbers(const struct sk_pf *pf, const struct sk_pf_event *e,
                                       struct sk_rec *r, struct sk_tmp *t)
{
    __u32 last = ~0u;
    __u64 v = 0;

    t->pf.value = t->pf.known = 0;
    for (__u32 i = 0; i < SK_PF_ATOMS_MAX; i++) {
        const struct sk_pf_atom *a = &pf->atom[(e->first_atom + i) & (SK_PF_ATOMS - 1)];
        bool holds;

        if (i >= e->natoms)
            break;
        if (a->fact == SK_PF_F_RET) {
            v = r->ret;
            last = ~0u;
            t->pf.fact_known = 1;
        } else if (last != (a->fact | (__u32)a->n << 8)) { /* the same stand side by side */
            last = a->fact | (__u32)a->n << 8;
            v = pf_fact(a->fact, a->n);
        }
        if (!t->pf.fact_known)
            continue;
        t->pf.known |= 1ull << i;
        holds = a->op == SK_PF_IN ? pf_in_set(a->value, v) : sk_pf_holds_number(a, v);
        if (holds)
            t->pf.value |= 1ull << i;
    }
}

/* Name of the thread. */
static __always_inline void pf_comm(const struct sk_pf *pf, struct sk_rec *r, struct sk_tmp *t)
{
    __u64 at = (__u64) & ((struct task_struct *)r->task)->comm;
    __u64 len = 0, h, w = text_word(kernel_word(at), &len);

    h = sk_pf_mix(pf->seed, w);
    if (len == 8) {
        w = text_word(kernel_word(at + 8), &len);
        if (w)
            h = sk_pf_mix(h, w);
    }
    if (!len)
        h = pf->seed;
    t->pf.value = pf_mark(SK_PF_S_COMM, sk_pf_hash_end(h, len));
    t->pf.known = sk_pf_known(pf, SK_PF_COMM, t->pf.value, 0);
}

/* Of its executable, as it was at the execve. */
static __always_inline void pf_exe(const struct sk_pf *pf, struct sk_tmp *t)
{
    __u32 tgid = bpf_get_current_pid_tgid() >> 32;
    const struct sk_pf_exe *exe = bpf_map_lookup_elem(&sk_pf_exe, &tgid);
    bool ours = exe && exe->gen == pf->gen;

    t->pf.value = ours ? exe->value : 0;
    t->pf.known = ours ? exe->known : 0;
}

/* Of the event's descriptor. */
static __always_inline void pf_fd_path(const struct sk_pf *pf, struct sk_rec *r, struct sk_tmp *t)
{
    __u64 file = pf_file(r, t), magic;
    struct file *f = (struct file *)file;
    struct inode *inode;
    struct dentry *d;
    __u8 type;

    t->pf.value = t->pf.known = 0;
    if (!file)
        return;
    inode = BPF_CORE_READ(f, f_inode);
    magic = BPF_CORE_READ(inode, i_sb, s_magic);
    if (magic == SOCKFS_MAGIC_) {
        /* Its name is made of addresses, or there is none. */
        if (pf_sock() && t->pf.sock.family && t->pf.sock.family != AF_UNIX_)
            t->pf.known = ~0ull;
        return;
    }
    d = BPF_CORE_READ(f, f_path.dentry);
    type = type_of(d, magic, BPF_CORE_READ(inode, i_mode));
    if (type == SK_FD_FILE || type == SK_FD_DIRECTORY) {
        if (magic != NSFS_MAGIC_ && !is_deleted(d, inode))
            pf_path(pf, t, SK_PF_PATH, (__u64)d, (__u64)BPF_CORE_READ(f, f_path.mnt),
                    (struct task_struct *)r->task);
    } else if (type != SK_FD_MEMFD && (type != SK_FD_FIFO || magic == PIPEFS_MAGIC_)) {
        t->pf.known = ~0ull; /* it has no name */
    }
}

/* Clauses that stay alive when the facts in tmp->pf are known. */
static __always_inline __u64 pf_narrow(const struct sk_pf *pf, const struct sk_pf_event *e,
                                       struct sk_tmp *t, __u32 word, __u64 alive)
{
    __u64 value = t->pf.value, known = t->pf.known;

    for (__u32 i = 0; i < SK_PF_CLAUSES_MAX; i++) {
        const struct sk_pf_clause *c = &pf->clause[(e->first_clause + i) & (SK_PF_CLAUSES - 1)];
        __u64 dead;

        if (i >= e->nclauses)
            break;
        dead = known & ((c->must[word] & ~value) | (c->never[word] & value));
        dead |= -dead;
        SK_OPAQUE(dead); /* no branch: the verifier would follow both ways at every turn */
        alive &= ~(dead >> 63 << i);
    }
    return alive;
}

#define PF_STAGE(word, find)                      \
    if (alive && e->words >> (word) & 1) {        \
        find;                                     \
        alive = pf_narrow(pf, e, t, word, alive); \
    }

/* May a rule want the event in r? */
static __always_inline bool pf_pass(struct sk_rec *r, struct sk_tmp *t)
{
    const struct sk_pf *pf = pf_get();
    const struct sk_pf_event *e;
    __u64 alive;

    if (!pf)
        return true;
    e = &pf->event[r->type & (SK_PF_EVENTS - 1)];
    if (!e->filtered)
        return true;
    t->pf.file_known = t->pf.sock_known = 0;
    alive = e->nclauses >= 64 ? ~0ull : (1ull << (e->nclauses & 63)) - 1;
    PF_STAGE(SK_PF_NUM, pf_numbers(pf, e, r, t))
    PF_STAGE(SK_PF_COMM, pf_comm(pf, r, t))
    PF_STAGE(SK_PF_EXE, pf_exe(pf, t))
    PF_STAGE(SK_PF_NET, pf_net())
    PF_STAGE(SK_PF_PATH, pf_fd_path(pf, r, t))
    return alive != 0; /* REQ is not found: never known */
}

SK_HOOK(sys_exit)
int check_event(__u64 *ctx)
{
    struct sk_bpf_config *cfg = config_get();
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    struct sk_event_count *count;

    if (!cfg || !r || !t)
        return 0;
    if (cfg->scope == SK_SCOPE_CONTAINERS && !task_in_container(r->task))
        return 0;
    if (pf_pass(r, t)) {
        bpf_tail_call(ctx, &sk_fill, r->type);
        count_bug(rows[r->type & (SK_BPF_EVENTS - 1)].klass);
        return 0;
    }
    count = event_count(r->type);
    if (count)
        count->filtered++;
    return 0;
}
