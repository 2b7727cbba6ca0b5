/* SPDX-License-Identifier: Apache-2.0 */
/* privileges.h - what this process may still do once everything is open.
 *
 * Capabilities belong to threads, and a thread gets those of the one that made it.  So the threads of
 * outputs and servers are made by a thread that has given up its own before (sk_privileges_call());
 * the main thread opens the source with all that it has, and follows then (sk_privileges_drop()). */
#pragma once
#include <stdatomic.h>

#include "base/diag.h"
#include "conf/conf.h"

enum { SK_LEFT_ALL, SK_LEFT_ALONE, SK_LEFT_PROGRAMS };

struct sk_privileges {
    const struct sk_conf *conf;
    bool live; /* events come from the kernel */
    /* Of privileges.c: */
    uint64_t keep; /* bits: 1 << number of the capability */
    bool planned;
    atomic_int left; /* what was not given up; SK_LEFT_ALL before sk_privileges_drop() */
};

/* Are the words of its keys known ones? -EINVAL. */
SK_MUST int sk_privileges_check(const struct sk_conf *conf, struct sk_diag *dg);
/* Runs fn in a thread that has only what is kept, and waits for it.  Its result; -EAGAIN: no thread. */
SK_MUST int sk_privileges_call(struct sk_privileges *p, int (*fn)(void *self), void *self);
/* This thread gives up the same, and all threads get the filter of system calls.  Steps that the
 * kernel refuses are warnings; one INFO line says what is kept. */
void sk_privileges_drop(struct sk_privileges *p);
/* Could the outputs of another configuration do their work with what is left? -EPERM.  Any thread. */
SK_MUST int sk_privileges_allow(const struct sk_privileges *p, const struct sk_conf *conf,
                                struct sk_diag *dg);
