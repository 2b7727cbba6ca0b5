/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* ringreq.h - requests of io_uring: what the kernel keeps of them, and what we keep between submission,
 * when arguments and submitter are known, and completion, when the result is.
 *
 * The structures of the kernel are private to its io_uring/, hence named here: CO-RE finds them by the
 * name in front of the three underscores (6.0 and later have them). */
#pragma once
#include "end.h"

#define SK_RING_REQS  2048
#define SK_RING_TEXT  512
#define SK_RING_LONG  (2 * SK_PATH_MAX)
#define SK_RING_TEXTS 1024
#define SK_RING_LONGS 64

#define URING(id, nr, call) RING_##id = nr,
enum ring_op {
#include "uring.def"
};

enum ring_flag {
    RING_GIVEN = 1,    /* arg[0] is a descriptor that the request uses */
    RING_FIXED = 2,    /* ... of the ring's own table */
    RING_MAKES = 4,    /* the result is a new descriptor */
    RING_MEMORY = 8,   /* arg[1] points into the submitter's memory */
    RING_MANY = 16,    /* may complete more than once, and then without its request */
    RING_SKIPPED = 32, /* on the list of ringskip.h */
};

struct sk_ring_req {
    __u64 ctx, user_data;
    __u64 arg[6]; /* those of the system call; texts and addresses: kernel memory */
    __u32 tid;
    __u32
        slot; /* of the ring's table for a new descriptor, from 1; ~0: any; 0: the process's own */
    __u16 type, text_len, addr_len;
    __u8 klass, flags;
    __u8 text[2];      /* which arguments are texts, from 1 */
    __u8 opcode, lies; /* where the texts are: TEXT_* */
    __u8 addr[128];
    __u32 claimed; /* by the one that tells a request of ringskip.h: several may look */
    struct sk_x_task x;
};

enum { TEXT_NONE, TEXT_SHORT, TEXT_LONG };

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, SK_BPF_RING_CALLS);
    __type(key, __u32);
    __type(value, __u16);
} sk_ring_calls SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, SK_RING_REQS);
    __type(key, __u64); /* struct io_kiocb */
    __type(value, struct sk_ring_req);
} sk_ring_req SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, SK_RING_TEXTS);
    __type(key, __u64);
    __type(value, char[SK_RING_TEXT]);
} sk_ring_text SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, SK_RING_LONGS);
    __type(key, __u64);
    __type(value, char[SK_RING_LONG]);
} sk_ring_long SEC(".maps");

struct ring_user {
    __u64 ctx, user_data;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, SK_RING_REQS);
    __type(key, struct ring_user);
    __type(value, __u64); /* struct io_kiocb of a request that completes many times */
} sk_ring_user SEC(".maps");

/* Where a request is put together: too long for the stack. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct sk_ring_req);
} sk_ring_new SEC(".maps");

#define RING_TYPE __attribute__((preserve_access_index))

struct io_uring_task___ring {
    const struct task_struct *task;
} RING_TYPE;
struct io_kiocb___ring { /* tctx since 6.13 */
    struct task_struct *task;
    struct io_uring_task___ring *tctx;
} RING_TYPE;
struct io_fixed_file___ring {
    unsigned long file_ptr;
} RING_TYPE;
struct io_rsrc_node___ring {
    unsigned long file_ptr;
} RING_TYPE;
struct io_rsrc_data___ring {
    unsigned int nr;
    struct io_rsrc_node___ring **nodes;
} RING_TYPE;
struct io_file_table___ring { /* data since 6.13 */
    struct io_rsrc_data___ring data;
} RING_TYPE;
struct io_file_table___array {
    struct io_fixed_file___ring *files;
} RING_TYPE;
struct io_ring_ctx___ring {
    struct io_file_table___ring file_table;
} RING_TYPE;
struct io_ring_ctx___array {
    struct io_file_table___array file_table;
    unsigned int nr_user_files;
} RING_TYPE;

static __always_inline struct task_struct *ring_task(struct io_kiocb *req)
{
    struct io_kiocb___ring *r = (void *)req;

    if (bpf_core_field_exists(r->tctx))
        return (void *)BPF_CORE_READ(r, tctx, task);
    return BPF_CORE_READ(r, task);
}

#define RING_FILE_BITS 7ul /* what the kernel keeps in the low bits of a pointer */

static __always_inline __u64 slot_in_nodes(struct io_ring_ctx___ring *ctx, __u32 slot)
{
    struct io_rsrc_node___ring *node = 0;

    if (slot >= BPF_CORE_READ(ctx, file_table.data.nr))
        return 0;
    READ_KERNEL(node, BPF_CORE_READ(ctx, file_table.data.nodes) + slot);
    return node ? BPF_CORE_READ(node, file_ptr) & ~RING_FILE_BITS : 0;
}

static __always_inline __u64 slot_in_array(struct io_ring_ctx___array *ctx, __u32 slot)
{
    __u64 v = 0;

    if (slot >= BPF_CORE_READ(ctx, nr_user_files))
        return 0;
    READ_KERNEL(v, BPF_CORE_READ(ctx, file_table.files) + slot);
    return v & ~RING_FILE_BITS;
}

/* struct file in a slot of the ring's table. */
static __always_inline __u64 ring_slot(__u64 ctx_ptr, __u32 slot)
{
    struct io_ring_ctx___ring *ctx = (void *)ctx_ptr;

    if (bpf_core_field_exists(ctx->file_table.data))
        return slot_in_nodes(ctx, slot);
    return slot_in_array((void *)ctx_ptr, slot);
}
