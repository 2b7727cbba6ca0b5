/* SPDX-License-Identifier: Apache-2.0 */
/* ids.h - numbers of threads and processes, as captures may hold them. */
#pragma once
#include <stdint.h>

/* Linux has at most 2^22 threads. What others write beyond 32 bits gets a number that no thread of
 * Linux has, and is no number for the fields. */
#define SK_ID_WIDE 0x80000000u
static inline uint32_t sk_narrow_id(uint64_t id)
{
    return id <= UINT32_MAX ? (uint32_t)id : SK_ID_WIDE | (uint32_t)((id ^ id >> 32) & 0x7fffffff);
}
