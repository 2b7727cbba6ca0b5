/* SPDX-License-Identifier: Apache-2.0 */
/* calls.c - see calls.h: rows of tbl/syscalls.def, and of tbl/entries.def where a function's name is another. */
#include "source/ebpf/calls.h"

#include "base/str.h"
#include "source/ebpf/tables.h"

#define SYMBOLS_MAX (1u << 20)

static const struct entry {
    const char *call, *fn;
} entries64[] = {
#define ENTRY64(call, fn) {call, fn},
#include "entries.def"
};

#if defined(__x86_64__)
#define NATIVE "__x64_"
static const struct entry entries32[] = {
#define ENTRY32(call, fn) {call, fn},
#include "entries.def"
};
#else
#define NATIVE "__arm64_"
#endif

/* They do not come back, or come back as another call. */
static const char *const endless[] = {"exit", "exit_group", "rt_sigreturn", "sigreturn"};

static bool is_endless(const char *call)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(endless); i++)
        if (strcmp(call, endless[i]) == 0)
            return true;
    return false;
}

static bool is_call(const char *symbol)
{
    static const char *const begin[] = {NATIVE "sys_", "__ia32_sys_", "__ia32_compat_sys_",
                                        "__do_sys_"};

    for (size_t i = 0; i < SK_ARRAY_LEN(begin); i++)
        if (strncmp(symbol, begin[i], strlen(begin[i])) == 0)
            return true;
    return false;
}

void sk_calls_symbols(struct sk_hooks *symbols, const char *path)
{
    sk_auto(file) FILE *f = fopen(path, "re");
    sk_auto(buf) struct sk_buf names = SK_BUF(SYMBOLS_MAX);
    char line[512], symbol[256];

    *symbols = (struct sk_hooks){0};
    sk_buf_addc(&names, '\0');
    while (f && fgets(line, sizeof(line), f)) {
        if (sscanf(line, "%*s %*s %255s", symbol) != 1 || !is_call(symbol))
            continue;
        sk_buf_addz(&names, symbol);
        sk_buf_addc(&names, '\0');
    }
    if (names.failed || names.n == 1)
        return;
    symbols->names = malloc(names.n);
    if (!symbols->names)
        return;
    memcpy(symbols->names, names.p, names.n);
    symbols->n = names.n;
}

/* false: the kernel has no such function. */
static bool add(struct sk_calls *out, const struct sk_hooks *symbols, const char *machine,
                const char *prefix, const char *call)
{
    char fn[SK_CALL_NAME];

    snprintf(fn, sizeof(fn), "%s%s%s", machine, prefix, call);
    if (!sk_hooks_has(symbols, fn))
        return false;
    for (uint32_t i = 0; i < out->n; i++)
        if (strcmp(out->fn[i], fn) == 0)
            return true;
    if (out->n < SK_CALLS_MAX)
        memcpy(out->fn[out->n++], fn, sizeof(fn));
    return true;
}

/* Rows of the call; false: it has none. */
static bool add_rows(struct sk_calls *out, const struct sk_hooks *symbols, const char *machine,
                     const struct entry *row, size_t n, const char *call)
{
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        if (strcmp(row[i].call, call) != 0)
            continue;
        add(out, symbols, machine, "", row[i].fn);
        any = true;
    }
    return any;
}

static void add_native(struct sk_calls *out, const struct sk_hooks *symbols, const char *call)
{
    if (!add_rows(out, symbols, NATIVE, entries64, SK_ARRAY_LEN(entries64), call))
        add(out, symbols, NATIVE, "sys_", call);
}

#if defined(__x86_64__)
static void add_ia32(struct sk_calls *out, const struct sk_hooks *symbols, const char *call)
{
    if (!add_rows(out, symbols, "__ia32_", entries32, SK_ARRAY_LEN(entries32), call) &&
        !add(out, symbols, "__ia32_", "compat_sys_", call))
        add(out, symbols, "__ia32_", "sys_", call);
}
#endif

void sk_calls_list(const struct sk_event_set *wanted, const struct sk_hooks *symbols,
                   struct sk_calls *out)
{
    sk_auto(mem) struct sk_syscall_tables *t = malloc(sizeof(*t));

    out->n = 0;
    if (!t)
        return;
    sk_syscall_tables_fill(t);
    for (size_t i = 0; i < sk_syscalls_n; i++) {
        const struct sk_syscall_info *row = &sk_syscalls[i];

        if (is_endless(row->name))
            continue;
        if (sk_syscall_wanted(t, wanted, sk_syscall_nr(row)))
            add_native(out, symbols, row->name);
#if defined(__x86_64__)
        if (sk_syscall_ia32_wanted(t, wanted, row->nr_ia32))
            add_ia32(out, symbols, row->name);
#endif
    }
}

void sk_calls_plain(const char *fn, char out[SK_CALL_NAME])
{
    const char *call = strstr(fn, "_sys_");

    snprintf(out, SK_CALL_NAME, "__do%.*s", SK_CALL_NAME - 5, call ? call : fn);
}
