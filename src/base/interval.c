/* SPDX-License-Identifier: Apache-2.0 */
/* interval.c - see interval.h. */
#include "base/interval.h"

#include <ctype.h>

static const struct {
    const char *name;
    uint64_t ms;
} units[] = {{"y", 31536000000}, {"w", 604800000}, {"d", 86400000}, {"h", 3600000},
             {"m", 60000},       {"s", 1000},      {"ms", 1}};

static const char *skip(const char *p)
{
    while (isspace((unsigned char)*p))
        p++;
    return p;
}

static bool is_unit(const char *p, size_t unit)
{
    const bool ms = p[0] == 'm' && *skip(p + 1) == 's';

    return ms ? unit == SK_ARRAY_LEN(units) - 1
              : p[0] == units[unit].name[0] && !units[unit].name[1];
}

uint64_t sk_parse_interval(const char *text)
{
    uint64_t sum = 0;
    size_t unit = 0;

    for (const char *p = skip(text); *p; p = skip(p)) {
        uint64_t n = 0, add;

        if (!isdigit((unsigned char)*p))
            return 0;
        for (; isdigit((unsigned char)*p); p = skip(p + 1)) {
            if (__builtin_mul_overflow(n, 10u, &n) ||
                __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
                n = UINT64_MAX / 10;
        }
        while (unit < SK_ARRAY_LEN(units) && !is_unit(p, unit))
            unit++;
        if (unit == SK_ARRAY_LEN(units))
            return 0;
        if (__builtin_mul_overflow(n, units[unit].ms, &add) ||
            __builtin_add_overflow(sum, add, &sum))
            sum = UINT64_MAX;
        p = units[unit].name[1] ? skip(p + 1) + 1 : p + 1;
        unit++;
    }
    return sum;
}
