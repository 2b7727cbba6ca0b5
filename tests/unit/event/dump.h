/* SPDX-License-Identifier: Apache-2.0 */
/* dump.h - the tables of tbl/ written as comma-separated values, to be compared with Falco's own.
 */
#pragma once
#include "base/str.h"

struct dump {
    const char *name; /* of the table: "events" */
    void (*write)(struct sk_buf *out);
};

extern const struct dump dumps[];
extern const size_t dumps_n;
