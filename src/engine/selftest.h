/* SPDX-License-Identifier: Apache-2.0 */
/* selftest.h - do events arrive?  Saker starts a process that does one thing in the scope and must see
 * it; nobody else does: neither state nor rules nor recordings. */
#pragma once
#include <sys/types.h>

#include "source/source.h"

#define SK_SELFTEST_WAIT_NS 5000000000ull /* for the events of one attempt */
#define SK_SELFTEST_TRIES   3

struct sk_engine;

struct sk_selftest {
    bool running;
    bool hiding;    /* events of `child` may still come */
    bool heartbeat; /* nothing came for long: a failure is told, it does not end the run */
    pid_t child;    /* 0: none to wait for */
    uint32_t vtid;  /* of the child, in our pid namespace */
    char comm[SK_COMM_MAX];
    bool want_call, want_exit; /* still to be seen */
    unsigned tries;
    uint64_t until_ns; /* of boottime */
    struct sk_source_stats before;
};

enum sk_selftest_end { SK_SELFTEST_GOES_ON, SK_SELFTEST_PASSED, SK_SELFTEST_FAILED };

/* Begins; false: there is nothing to test here (logged where a user may wonder). */
bool sk_selftest_start(struct sk_engine *e, bool heartbeat);
/* true: the event is the test's own: it goes no further. */
bool sk_selftest_hides(struct sk_selftest *t, const struct sk_event *ev);
/* Looks whether it is over; why has the reason of a failure. */
enum sk_selftest_end sk_selftest_look(struct sk_engine *e, uint64_t now_ns, struct sk_buf *why);
/* Does not leave a child behind. */
void sk_selftest_done(struct sk_selftest *t);
