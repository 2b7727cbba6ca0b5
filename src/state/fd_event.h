/* SPDX-License-Identifier: Apache-2.0 */
/* fd_event.h - what the handlers of descriptors share.  Internal to state/.
 *
 * They run for records without extensions only, after the descriptor that the event uses was looked
 * up (st->ev_fd); one that makes another replaces it there, so that fields see the new one. */
#pragma once
#include "state/fdtable.h"

/* Numbers of the format (flag tables file_flags, epoll_create1_flags, memfd_create_flags). */
enum {
    FD_O_DIRECTORY = 0x400,
    FD_O_CLOEXEC = 0x1000,
    FD_O_F_CREATED = 0x4000, /* this and higher bits are said by the kernel, not by the caller */
    FD_UPPER_LAYER = 0x8000,
    FD_LOWER_LAYER = 0x10000,
    FD_AT_FDCWD = -100,
};

/* A call as it began, kept until it returns: what a racing thread changes meanwhile is not what the
 * kernel was asked for.  Also where old captures have what later ones tell at the end. */
struct sk_enter {
    uint16_t type;
    uint32_t flags;
    int64_t dirfd;
    struct sk_str bytes; /* path, or socket address */
};
/* That of the call which `ev` ends; NULL: not seen. */
const struct sk_enter *sk_enter_of(const struct sk_thread *th, const struct sk_event *ev);
void sk_enter_drop(struct sk_state *st, struct sk_thread *th);

/* One event, with its result read. */
struct sk_fd_op {
    struct sk_state *st;
    const struct sk_event *ev;
    struct sk_thread *th;
    int64_t res; /* of an exit event: parameter 0; 0 when it is empty */
};

/* Looks up the descriptor of the event and lets it change the table. */
void sk_fd_apply(struct sk_state *st, const struct sk_event *ev, struct sk_thread *th);
/* Which parameter is the descriptor of the events that use one: fills st->fd_at. */
void sk_fd_find_params(struct sk_state *st);

/* Adds to the table of the thread and makes it the descriptor of the event. */
void sk_fd_add(const struct sk_fd_op *op, const struct sk_fd *spec);
/* The event's descriptor, to be changed; NULL: it has none. */
struct sk_fd *sk_fd_edit(const struct sk_fd_op *op);
/* Replaces the event's descriptor by one that is called the same. */
void sk_fd_add_same_name(const struct sk_fd_op *op, const struct sk_fd *spec);
/* The same under another name, as text. */
void sk_fd_rename(const struct sk_fd_op *op, const struct sk_fd *spec, struct sk_str name);

/* Directory that a path begins in: that of the process for FD_AT_FDCWD; "<UNKNOWN>". */
struct sk_str sk_fd_base(const struct sk_fd_op *op, int64_t dirfd, struct sk_str path);

/* Parameters; the second form gives 0 when absent or empty. */
uint64_t sk_fd_u64(const struct sk_event *ev, unsigned i);
int64_t sk_fd_i64(const struct sk_event *ev, unsigned i);
/* "<NA>" when absent or empty. */
struct sk_str sk_fd_path(const struct sk_event *ev, unsigned i);

typedef void sk_fd_handler(const struct sk_fd_op *op);
/* fd_open.c */
sk_fd_handler sk_fd_on_open, sk_fd_on_memfd, sk_fd_on_pidfd, sk_fd_on_pidfd_getfd, sk_fd_on_anon,
    sk_fd_on_pipe;
/* fd_dup.c */
sk_fd_handler sk_fd_on_close, sk_fd_on_close_range, sk_fd_on_dup, sk_fd_on_fcntl;
void sk_fd_on_exec(struct sk_state *st, struct sk_proc *p);
/* fd_sock.c */
sk_fd_handler sk_fd_on_socket, sk_fd_on_bind, sk_fd_on_connect, sk_fd_on_accept,
    sk_fd_on_socketpair, sk_fd_on_getsockopt;
/* fd_io.c */
sk_fd_handler sk_fd_on_read, sk_fd_on_write;
