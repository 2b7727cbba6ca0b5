/* SPDX-License-Identifier: Apache-2.0 */
/* calls.h - the kernel's functions behind system calls. */
#pragma once
#include "event/table.h"
#include "source/ebpf/hooks.h"

#define SK_CALLS_MAX 1024
#define SK_CALL_NAME 64

struct sk_calls {
    uint32_t n;
    char fn[SK_CALLS_MAX][SK_CALL_NAME]; /* "__x64_sys_read"; each once */
};

/* Symbols of system calls in a file such as /proc/kallsyms, as sk_hooks_read() would give them: no names when
 * it cannot be read. */
void sk_calls_symbols(struct sk_hooks *symbols, const char *path);
/* The functions that make the wanted events, of those that there are: a kernel can be without some calls. */
void sk_calls_list(const struct sk_event_set *wanted, const struct sk_hooks *symbols,
                   struct sk_calls *out);
/* Such a function as the kernel's types may call it: one that takes no argument has no other name there than
 * "__do_sys_fork". */
void sk_calls_plain(const char *fn, char out[SK_CALL_NAME]);
