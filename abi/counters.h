/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* counters.h - what a driver counts; part of record.h, which includes it behind its types. */
#pragma once

/* Reasons for which an event that was wanted is not delivered. */
enum sk_drop {
#define DROP_REASON(id, name, doc) SK_DROP_##id,
#include "drop_reasons.def"
    SK_DROP_N
};

/* Counters kept by a driver, per CPU; classes are the rows of tbl/classes.def. */
#define SK_CLASS_MAX 16
struct sk_driver_stats {
    sk_u64 seen; /* in scope and wanted: records begun */
    sk_u64 sent;
    sk_u64 faults; /* user or kernel memory that could not be read: the parameter is empty */
    sk_u64 drops[SK_CLASS_MAX][SK_DROP_N];
};
