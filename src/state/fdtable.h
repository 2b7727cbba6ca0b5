/* SPDX-License-Identifier: Apache-2.0 */
/* fdtable.h - tables of descriptors: shared by CLONE_FILES, copied by fork when one side writes.
 *
 * A table is who shares it (struct sk_fdtable, counted) and what is in it (struct sk_fdmap, counted):
 * after a fork two tables have one map until one of them is written to.  Descriptors are counted
 * too: two maps may hold the same one.  Internal to state/. */
#pragma once
#include "state/fd.h"
#include "state/internal.h"

#define SK_FDS_MAX 4096u /* of one table */

/* NULL over the cap (counted). */
struct sk_fdtable *sk_fdtable_new(struct sk_state *st);
struct sk_fdtable *sk_fdtable_ref(struct sk_fdtable *t);
void sk_fdtable_put(struct sk_state *st, struct sk_fdtable *t);
/* Another table with the same content, which may be NULL. */
struct sk_fdtable *sk_fdtable_copy(struct sk_state *st, struct sk_fdtable *t);

/* Do others use it as well (CLONE_FILES)? */
bool sk_fdtable_is_shared(const struct sk_fdtable *t);

/* A table may be NULL in all of these: it has nothing. */
struct sk_fd *sk_fdtable_get(const struct sk_fdtable *t, int64_t num);
uint32_t sk_fdtable_count(const struct sk_fdtable *t);
struct sk_fd *sk_fdtable_next(const struct sk_fdtable *t, size_t *it);

/* Adds a copy of *spec under spec->num, or replaces; strings are copied.  NULL over a cap
 * (counted).  `spec` may be an entry of the table. */
struct sk_fd *sk_fdtable_add(struct sk_state *st, struct sk_fdtable *t, const struct sk_fd *spec);
/* An entry that may be changed, but for its strings; NULL: not there, or no memory (counted). */
struct sk_fd *sk_fdtable_edit(struct sk_state *st, struct sk_fdtable *t, int64_t num);
void sk_fdtable_del(struct sk_state *st, struct sk_fdtable *t, int64_t num);
/* Closes all that `drop` says yes to. */
void sk_fdtable_filter(struct sk_state *st, struct sk_fdtable *t,
                       bool (*drop)(const struct sk_fd *fd, const void *arg), const void *arg);

/* The table of a process, made when there is none; NULL over a cap (counted). */
struct sk_fdtable *sk_proc_fds(struct sk_state *st, struct sk_proc *p);

/* net.c: after the descriptors of a capture were read: who of their ends is the server. */
void sk_fds_guess_roles(struct sk_state *st);
/* Fills a missing address from the interfaces. */
void sk_fd_complete(const struct sk_state *st, struct sk_fd *fd);
void sk_ifaces_free(struct sk_state *st);
