/* SPDX-License-Identifier: Apache-2.0 */
/* interval.h - durations as Prometheus writes them. */
#pragma once
#include "base/base.h"

/* "1h30m": y w d h m s ms, each at most once and in this order, a year of 365 days; blanks are ignored.
 * Milliseconds, at most UINT64_MAX; 0 when the text is none (a number without a unit is none). */
uint64_t sk_parse_interval(const char *text);
