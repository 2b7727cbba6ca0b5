/* SPDX-License-Identifier: Apache-2.0 */
/* life.h - what the handlers of creation and of execution share: parameters of their rows. */
#pragma once
#include "state/internal.h"

/* Parameters of the rows of clone, fork, vfork and clone3; execve and execveat begin alike. */
enum {
    P_RES,
    P_EXE,
    P_ARGS,
    P_TID,
    P_PID,
    P_PTID,
    P_CWD,
    P_FDLIMIT,
    P_PGFT_MAJ,
    P_PGFT_MIN,
    P_VM_SIZE,
    P_VM_RSS,
    P_VM_SWAP,
    P_COMM,
    P_CGROUPS,
    P_CLONE_FLAGS = 15,
    P_CLONE_UID,
    P_CLONE_GID,
    P_CLONE_VTID,
    P_CLONE_VPID,
    P_CLONE_PIDNS,
    P_EXEC_ENV = 15,
    P_EXEC_TTY,
    P_EXEC_VPGID,
    P_EXEC_LOGINUID,
    P_EXEC_FLAGS,
    P_EXEC_CAP_INH,
    P_EXEC_CAP_PRM,
    P_EXEC_CAP_EFF,
    P_EXEC_INO,
    P_EXEC_CTIME,
    P_EXEC_MTIME,
    P_EXEC_UID,
    P_EXEC_TRUSTED,
    P_EXEC_PGID,
    P_EXEC_GID,
    P_EXEC_FILENAME,
};

/* A capture may hold any number: 0 and negative ones are none. */
static inline uint32_t get_id(const struct sk_event *ev, unsigned i)
{
    int64_t v;

    return sk_event_i64(ev, i, &v) && v > 0 ? sk_narrow_id((uint64_t)v) : 0;
}

static inline void get_u64(const struct sk_event *ev, unsigned i, uint64_t *out)
{
    uint64_t v;

    if (sk_event_u64(ev, i, &v))
        *out = v;
}

static inline void get_i64(const struct sk_event *ev, unsigned i, int64_t *out)
{
    int64_t v;

    if (sk_event_i64(ev, i, &v))
        *out = v;
}

static inline void get_u32(const struct sk_event *ev, unsigned i, uint32_t *out)
{
    uint64_t v;

    if (sk_event_u64(ev, i, &v))
        *out = (uint32_t)v;
}

/* Limits and memory of the process, faults of the thread that the event tells. */
void sk_life_set_memory(struct sk_proc *p, const struct sk_event *ev);
void sk_life_set_faults(struct sk_thread *th, const struct sk_event *ev);
void sk_life_set_cgroups(struct sk_state *st, struct sk_proc *p, const struct sk_event *ev);
/* Session and namespaces; x may be NULL. */
void sk_life_set_exec(struct sk_proc *p, const struct sk_x_exec *x);
/* Names, credentials and capabilities. */
void sk_life_inherit_thread(struct sk_thread *th, const struct sk_thread *from);
/* Process of an id that may be that of a thread: ptid is the thread that called. */
struct sk_proc *sk_life_proc_of(struct sk_state *st, uint32_t tid);
