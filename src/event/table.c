/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - the rows of tbl/ as constant C tables, and the lookups in them.
 *
 * Everything is const and made by the compiler; a lookup by name is a walk, because names are
 * looked up when rules are loaded and numbers when events arrive. */
#include "event/table.h"

#include "record.h"

const struct sk_class_info sk_classes[SK_CLASS_N] = {
#define CLASS(id, nm, ln, doc) [SK_CLASS_##id] = {.name = nm, .lane = SK_LANE_##ln},
#include "classes.def"
};
static_assert((int)SK_CLASS_N <= SK_CLASS_MAX,
              "the driver's statistics have a slot for every class");

const char *const sk_drop_names[SK_DROP_N] = {
#define DROP_REASON(id, nm, doc) [SK_DROP_##id] = nm,
#include "drop_reasons.def"
};

/* Flag tables: first their rows, then the tables, then the list of all. */
#define FLAG_TABLE(t) static const struct sk_flag rows_##t[] = {
#define FLAG(nm, val) {.name = #nm, .value = val},
#define FLAG_TABLE_END \
    }                  \
    ;
#include "flag_tables.def"

#define FLAG_TABLE(t) \
    static const struct sk_flag_table flags_##t = {#t, rows_##t, SK_ARRAY_LEN(rows_##t)};
#define FLAG(nm, val)
#define FLAG_TABLE_END
#include "flag_tables.def"

const struct sk_flag_table *const sk_flag_tables[] = {
#define FLAG_TABLE(t) &flags_##t,
#define FLAG(nm, val)
#define FLAG_TABLE_END
#include "flag_tables.def"
};
const size_t sk_flag_tables_n = SK_ARRAY_LEN(sk_flag_tables);

#define V(ty, fm)         {.type = SK_T_##ty, .fmt = SK_PF_##fm}
#define DYN_TABLE(t, ...) static const struct sk_dyn_row variants_##t[] = {__VA_ARGS__};
#include "dyn_tables.def"
#undef V

#define V(ty, fm)
#define DYN_TABLE(t, ...) \
    static const struct sk_dyn_table dyn_##t = {#t, variants_##t, SK_ARRAY_LEN(variants_##t)};
#include "dyn_tables.def"
#undef V

/* A row counts its parameters as the length of a list that has one more. */
#define IS_TEXT(ty) \
    (SK_T_##ty == SK_T_CHARBUF || SK_T_##ty == SK_T_FSPATH || SK_T_##ty == SK_T_FSRELPATH)
#define IS_INT(ty) (SK_TB_##ty <= 8 && SK_T_##ty != SK_T_DOUBLE && SK_T_##ty != SK_T_CHARBUFARRAY)
#define IS_SIGNED(ty)                                                                  \
    ((SK_T_##ty >= SK_T_INT8 && SK_T_##ty <= SK_T_INT64) || SK_T_##ty == SK_T_ERRNO || \
     SK_T_##ty == SK_T_FD || SK_T_##ty == SK_T_PID || SK_T_##ty == SK_T_FD32 ||        \
     SK_T_##ty == SK_T_PID32)
#define TYPED(nm, ty, fm)                                                   \
    .name = #nm, .type = SK_T_##ty, .fmt = SK_PF_##fm, .text = IS_TEXT(ty), \
    .int_bytes = IS_INT(ty) ? SK_TB_##ty : 0, .int_signed = IS_SIGNED(ty)
#define P(nm, ty, fm, ...)       {TYPED(nm, ty, fm), .dirfd = -1}
#define PF(nm, ty, fm, tab, ...) {TYPED(nm, ty, fm), .flags = &flags_##tab, .dirfd = -1}
#define PR(nm, ty, fm, at, ...)  {TYPED(nm, ty, fm), .dirfd = at}
#define PD(nm, ty, fm, tab, ...) {TYPED(nm, ty, fm), .dirfd = -1, .dyn = &dyn_##tab}
#define NOPARAMS
#define RES_OFF         false
#define RES_NONE        true
#define RES_FD(...)     true
#define RES_FD_DIR(...) true
#define RES_DIR(...)    true
#define RES_DIR2(...)   true
#define EVENT(code, en, nm, cat, fl, cls, res, ...)                                               \
    [code] = {.enum_name = "PPME_" #en,                                                           \
              .name = nm,                                                                         \
              .category = cat,                                                                    \
              .flags = fl,                                                                        \
              .klass = SK_CLASS_##cls,                                                            \
              .nparams = SK_ARRAY_LEN(((struct sk_param_info[]){{.name = ""}, __VA_ARGS__})) - 1, \
              .exit = (code) & 1,                                                                 \
              .supported = res,                                                                   \
              .param = {__VA_ARGS__}},

const struct sk_event_info sk_events[SK_EVENT_N] = {
#include "events.def"
};

/* The same rows once more, each parameter as one bit; a row without any has a `+ 0` in its place. */
#undef P
#undef PF
#undef PR
#undef PD
#define P(nm, ty, ...)  IS_TEXT(ty)
#define PF(nm, ty, ...) IS_TEXT(ty)
#define PR(nm, ty, ...) IS_TEXT(ty)
#define PD(nm, ty, ...) IS_TEXT(ty)
/* clang-format off */
#define BYTE(a, b, c, d, e, f, g, h) ((a + 0u) | (b) << 1 | (c) << 2 | (d) << 3 | (e) << 4 | (f) << 5 | (g) << 6 | (h) << 7)
#define WORD(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, F, ...) \
    (BYTE(a, b, c, d, e, f, g, h) | BYTE(i, j, k, l, m, n, o, p) << 8 | \
     BYTE(q, r, s, t, u, v, w, x) << 16 | BYTE(y, z, A, B, C, D, E, F) << 24)
/* clang-format on */
#define ZEROS     0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define BITS(...) WORD(__VA_ARGS__)
#define EVENT(code, en, nm, cat, fl, cls, res, ...)                       \
    [code] = {.text = BITS(__VA_ARGS__, ZEROS, ZEROS),                    \
              .nparams = SK_ARRAY_LEN(((uint8_t[]){0, __VA_ARGS__})) - 1, \
              .large = ((fl) & SK_EF_LARGE_PAYLOAD) != 0,                 \
              .today = !((fl) & (SK_EF_UNUSED | SK_EF_OLD_VERSION)) &&    \
                       (!((fl) & SK_EF_CONVERTER_MANAGED) || (code) % 2), \
              .begin = (code) % 2 == 0 && ((cat) & SK_EC_SYSCALL) != 0},

const struct sk_event_shape sk_event_shapes[SK_EVENT_N] = {
#include "events.def"
};

enum {
#define EVENT(code, en, ...) CODE_##en = (code),
#include "events.def"
};

const struct sk_syscall_info sk_syscalls[] = {
#define SYSCALL(nm, sc, x86, arm, i386, en, ex, fl) \
    {.name = nm,                                    \
     .ppm_sc = sc,                                  \
     .nr_x86_64 = x86,                              \
     .nr_aarch64 = arm,                             \
     .nr_ia32 = i386,                               \
     .enter = CODE_##en,                            \
     .exit = CODE_##ex,                             \
     .flags = fl},
#include "syscalls.def"
};
const size_t sk_syscalls_n = SK_ARRAY_LEN(sk_syscalls);

const struct sk_ppm_sc_info sk_ppm_sc[] = {
#define PPM_SC(code, nm, st, ...)     \
    [code] = {.name = nm,             \
              .sets = st,             \
              .event = {__VA_ARGS__}, \
              .nevents = SK_ARRAY_LEN(((uint16_t[]){__VA_ARGS__}))},
#include "ppm_sc.def"
};
const size_t sk_ppm_sc_n = SK_ARRAY_LEN(sk_ppm_sc);

/* Native number -> index in sk_syscalls + 1; rows without a number share the slot behind the last.
 */
#define NR_MAX 1024
static const uint16_t by_nr[NR_MAX + 1] = {
#ifdef __aarch64__
#define SYSCALL(nm, sc, x86, arm, ...) [(arm) < 0 ? NR_MAX : (arm)] = __COUNTER__ + 1,
#else
#define SYSCALL(nm, sc, x86, ...) [(x86) < 0 ? NR_MAX : (x86)] = __COUNTER__ + 1,
#endif
#include "syscalls.def"
};

const struct sk_flag_table *sk_flag_table_find(const char *name)
{
    for (size_t i = 0; i < sk_flag_tables_n; i++)
        if (strcmp(sk_flag_tables[i]->name, name) == 0)
            return sk_flag_tables[i];
    return NULL;
}

const struct sk_syscall_info *sk_syscall_by_nr(int nr)
{
    if (nr < 0 || nr >= NR_MAX || !by_nr[nr])
        return NULL;
    return &sk_syscalls[by_nr[nr] - 1];
}

const struct sk_syscall_info *sk_syscall_by_name(struct sk_str name)
{
    for (size_t i = 0; i < sk_syscalls_n; i++)
        if (sk_str_eqz(name, sk_syscalls[i].name))
            return &sk_syscalls[i];
    return NULL;
}

bool sk_event_set_by_name(struct sk_str name, struct sk_event_set *out)
{
    struct sk_event_set set = {0};
    bool found = false;

    /* Rows that were never used are all called NA: that is no name. */
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        if (sk_events[code].flags & SK_EF_UNUSED || !sk_str_eqz(name, sk_events[code].name))
            continue;
        sk_event_set_add(&set, code);
        found = true;
    }
    for (size_t i = 0; i < sk_ppm_sc_n && !found; i++) {
        const struct sk_ppm_sc_info *sc = &sk_ppm_sc[i];

        if (!sc->name || !sk_str_eqz(name, sc->name))
            continue;
        for (unsigned k = 0; k < sc->nevents; k++)
            sk_event_set_add(&set, sc->event[k]);
        found = true;
    }
    if (found)
        *out = set;
    return found;
}
