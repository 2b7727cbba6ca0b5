/* SPDX-License-Identifier: Apache-2.0 */
/* diag.h - messages about the user's input (configuration, command line), with their position.
 *
 * Collected, never printed: the CLI prints them, a reload keeps the old generation and logs them.
 * Rules files have their own, richer report (rule/report.h).  Owner: the caller of the whole load. */
#pragma once
#include "base/str.h"

/* 1-based; 0 = unknown. `file` is borrowed until the message is recorded. */
struct sk_pos {
    const char *file;
    uint32_t line, col;
};

enum sk_severity { SK_DIAG_ERROR, SK_DIAG_WARNING };

struct sk_diag;

struct sk_diag *sk_diag_new(void);
void sk_diag_free(struct sk_diag *dg);
void diag_freep(struct sk_diag **dg);

/* Records one error and returns `err` (a negative errno), so that callers can `return sk_err(...)`.
 * `at` may be NULL. */
int sk_err(struct sk_diag *dg, int err, const struct sk_pos *at, const char *fmt, ...)
    SK_PRINTF(4, 5);
void sk_warn(struct sk_diag *dg, const struct sk_pos *at, const char *fmt, ...) SK_PRINTF(3, 4);

size_t sk_diag_count(const struct sk_diag *dg, enum sk_severity severity);
/* All messages of one severity, `FILE:LINE:COL: TEXT\n` each (position left out where unknown);
 * "" when there are none.  Borrowed until the next call. */
const char *sk_diag_text(struct sk_diag *dg, enum sk_severity severity);
