/* SPDX-License-Identifier: Apache-2.0 */
/* tables.c - system call number -> event, for this machine and for 32-bit calls; see tables.h. */
#include "source/ebpf/tables.h"

#include <ctype.h>

#define GENERIC_X 1

int sk_syscall_nr(const struct sk_syscall_info *row)
{
#if defined(__x86_64__)
    return row->nr_x86_64;
#elif defined(__aarch64__)
    return row->nr_aarch64;
#else
#error "a machine without a column in tbl/syscalls.def"
#endif
}

static const struct {
    const char *name;
    uint8_t klass;
} generic_classes[] = {
#define SYSCALL_CLASS(nm, k) {nm, SK_CLASS_##k},
#include "syscall_classes.def"
};

static uint8_t class_of(const struct sk_syscall_info *row)
{
    for (size_t i = 0; row->exit == GENERIC_X && i < SK_ARRAY_LEN(generic_classes); i++)
        if (strcmp(generic_classes[i].name, row->name) == 0)
            return generic_classes[i].klass;
    return sk_events[row->exit].klass;
}

static void put(struct sk_syscall_tables *t, int nr, const struct sk_syscall_info *row)
{
    if (nr < 0 || nr >= SK_BPF_SYSCALLS || !sk_events[row->exit].supported)
        return;
    t->native[nr] = (struct sk_bpf_syscall){
        .exit_event = row->exit, .ppm_sc = row->ppm_sc, .klass = class_of(row)};
}

#if defined(__x86_64__)
/* The native call that a 32-bit one is a variant of (setuid32: setuid): both make the same event,
 * or have the same code where that is GENERIC. */
static int relative(const struct sk_syscall_info *row)
{
    for (size_t i = 0; i < sk_syscalls_n; i++) {
        const struct sk_syscall_info *r = &sk_syscalls[i];

        if (r->nr_x86_64 >= 0 && r->exit == row->exit &&
            (row->exit != GENERIC_X || r->ppm_sc == row->ppm_sc))
            return r->nr_x86_64;
    }
    return -1;
}

static void put_ia32(struct sk_syscall_tables *t, const struct sk_syscall_info *row)
{
    int nr = row->nr_x86_64 >= 0 ? row->nr_x86_64 : relative(row);

    if (row->nr_ia32 < 0 || row->nr_ia32 >= SK_BPF_SYSCALLS / 2)
        return;
    if (nr < 0) {
        nr = SK_BPF_IA32_ONLY(row->nr_ia32);
        put(t, nr, row);
    }
    if (t->native[nr].exit_event)
        t->ia32[row->nr_ia32] = (uint16_t)(nr + 1);
}
#endif

static const struct {
    uint8_t opcode;
    const char *call;
} ring_calls[] = {
#define URING(id, nr, name) {nr, name},
#include "uring.def"
};

static void put_ring_calls(struct sk_syscall_tables *t)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(ring_calls); i++) {
        const struct sk_syscall_info *row = sk_syscall_by_name(sk_str(ring_calls[i].call));
        int nr = row ? sk_syscall_nr(row) : -1;

        if (nr >= 0 && nr < SK_BPF_SYSCALLS && t->native[nr].exit_event)
            t->ring[ring_calls[i].opcode] = (uint16_t)(nr + 1);
    }
}

void sk_syscall_tables_fill(struct sk_syscall_tables *out)
{
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < sk_syscalls_n; i++)
        put(out, sk_syscall_nr(&sk_syscalls[i]), &sk_syscalls[i]);
    put_ring_calls(out);
#if defined(__x86_64__)
    for (size_t i = 0; i < sk_syscalls_n; i++)
        put_ia32(out, &sk_syscalls[i]);
#endif
}

static void set(uint64_t *bits, int nr)
{
    bits[nr / 64] |= 1ull << nr % 64;
}

#define IA32_SOCKETCALL 102

bool sk_syscall_wanted(const struct sk_syscall_tables *t, const struct sk_event_set *wanted, int nr)
{
    return nr >= 0 && nr < SK_BPF_SYSCALLS && t->native[nr].exit_event &&
           sk_event_set_has(wanted, t->native[nr].exit_event);
}

/* socketcall() is many calls in one: told apart later. */
bool sk_syscall_ia32_wanted(const struct sk_syscall_tables *t, const struct sk_event_set *wanted,
                            int nr)
{
    return nr >= 0 && nr < SK_BPF_SYSCALLS && t->ia32[nr] &&
           (nr == IA32_SOCKETCALL || sk_syscall_wanted(t, wanted, t->ia32[nr] - 1));
}

void sk_syscall_bits(const struct sk_syscall_tables *t, const struct sk_event_set *wanted,
                     struct sk_bpf_calls *out)
{
    bool some = false;

    memset(out, 0, sizeof(*out));
    for (int nr = 0; nr < SK_BPF_SYSCALLS; nr++) {
        if (!sk_syscall_wanted(t, wanted, nr))
            continue;
        some = true;
        set(out->native, nr);
        set(out->any, nr);
    }
    for (int nr = 0; some && nr < SK_BPF_SYSCALLS; nr++)
        if (sk_syscall_ia32_wanted(t, wanted, nr))
            set(out->any, nr);
}

int sk_fill_code(const char *program, unsigned n)
{
    static const char prefix[] = "fill_";
    const char *p = program + sizeof(prefix) - 1;

    if (strncmp(program, prefix, sizeof(prefix) - 1) != 0)
        return -1;
    for (unsigned i = 0;; i++) {
        int code = 0;

        if (!isdigit((unsigned char)*p))
            return -1;
        for (; isdigit((unsigned char)*p); p++) {
            code = code * 10 + (*p - '0');
            if (code >= SK_EVENT_N)
                return -1;
        }
        if (*p++ != '_')
            return -1;
        if (i == n)
            return code;
    }
}
