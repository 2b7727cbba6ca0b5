/* SPDX-License-Identifier: Apache-2.0 */
/* callfilter.h - which system calls this process, and what it starts, may still make. */
#pragma once
#include "base/base.h"

/* Who else the filter is for. */
enum sk_callfilter_for {
    SK_CALLFILTER_ALONE,    /* nothing is started any more */
    SK_CALLFILTER_PROGRAMS, /* usual programs too */
    SK_CALLFILTER_ANYTHING, /* programs with all rights: only calls that change the kernel are refused */
};

/* What happens to a call that is not allowed. */
enum sk_callfilter_action { SK_CALLFILTER_ERRNO, SK_CALLFILTER_LOG, SK_CALLFILTER_KILL };

/* For all threads, for ever.  Needs no_new_privs or CAP_SYS_ADMIN.  -errno: nothing has changed. */
SK_MUST int sk_callfilter_load(enum sk_callfilter_for whom, enum sk_callfilter_action action);
