/* SPDX-License-Identifier: Apache-2.0 */
/* table.h - the rows of tbl/events.def, syscalls.def, ppm_sc.def and flags/ as C tables. */
#pragma once
#include "event/set.h"
#include "event/types.h"
#include "record.h"

#define SK_EVENT_MAX_PARAMS 32

enum sk_event_flag {
    SK_EF_NONE = 0,
    SK_EF_CREATES_FD = 1,
    SK_EF_DESTROYS_FD = 2,
    SK_EF_USES_FD = 4,
    SK_EF_READS_FROM_FD = 8,
    SK_EF_WRITES_TO_FD = 16,
    SK_EF_MODIFIES_STATE = 32,
    SK_EF_UNUSED = 64,
    SK_EF_WAITS = 128,
    SK_EF_SKIPPARSERESET = 256,
    SK_EF_OLD_VERSION = 512,
    SK_EF_LARGE_PAYLOAD = 2048,
    SK_EF_CONVERTER_MANAGED = 4096,
};

/* Low bits: one of the kinds; high bits: where it comes from. */
enum sk_event_category {
    SK_EC_UNKNOWN = 0,
    SK_EC_OTHER = 1,
    SK_EC_FILE = 2,
    SK_EC_NET = 3,
    SK_EC_IPC = 4,
    SK_EC_MEMORY = 5,
    SK_EC_PROCESS = 6,
    SK_EC_SLEEP = 7,
    SK_EC_SYSTEM = 8,
    SK_EC_SIGNAL = 9,
    SK_EC_USER = 10,
    SK_EC_TIME = 11,
    SK_EC_PROCESSING = 12,
    SK_EC_IO_READ = 32,
    SK_EC_IO_WRITE = 33,
    SK_EC_IO_OTHER = 34,
    SK_EC_WAIT = 1 << 6,
    SK_EC_SCHEDULER = 1 << 7,
    SK_EC_INTERNAL = 1 << 8,
    SK_EC_SYSCALL = 1 << 9,
    SK_EC_TRACEPOINT = 1 << 10,
    SK_EC_PLUGIN = 1 << 11,
    SK_EC_METAEVENT = 1 << 12,
    SK_EC_ITER = 1 << 13,
};

/* Rows of tbl/classes.def: SK_CLASS_OTHER... */
enum sk_class {
#define CLASS(id, name, lane, doc) SK_CLASS_##id,
#include "classes.def"
    SK_CLASS_N
};

struct sk_class_info {
    const char *name;
    uint8_t lane; /* enum sk_lane */
};
extern const struct sk_class_info sk_classes[SK_CLASS_N];

/* Names of enum sk_drop: "ring_full"... */
extern const char *const sk_drop_names[SK_DROP_N];

struct sk_flag {
    const char *name;
    uint32_t value;
};

struct sk_flag_table {
    const char *name;
    const struct sk_flag *row; /* in the order of printing */
    size_t n;
};

struct sk_param_info {
    const char *name;
    enum sk_type type;
    enum sk_print fmt;
    bool text;         /* ends with a NUL */
    uint8_t int_bytes; /* of an integer; 0: it is none */
    bool int_signed;
    const struct sk_flag_table *flags; /* NULL: none */
    int8_t dirfd;                      /* FSRELPATH: index of the dirfd parameter, else -1 */
    const struct sk_dyn_table *dyn;    /* DYN: its variants, else NULL */
};

struct sk_dyn_table {
    const char *name;
    const struct sk_dyn_row {
        enum sk_type type;
        enum sk_print fmt;
    } *row;
    size_t n;
};

struct sk_event_info {
    const char *enum_name; /* "PPME_SYSCALL_OPEN_X" */
    const char *name;      /* "open" */
    uint32_t category, flags;
    uint8_t klass; /* row of tbl/classes.def */
    uint8_t nparams;
    bool exit;
    bool supported; /* a Saker driver makes it */
    struct sk_param_info param[SK_EVENT_MAX_PARAMS];
};

extern const struct sk_event_info sk_events[SK_EVENT_N];

/* What cutting a record needs to know of its row: one cache line tells it of eight rows. */
struct sk_event_shape {
    uint32_t text; /* bits of the parameters that end with a NUL */
    uint8_t nparams;
    bool large; /* lengths of parameters have 32 bits */
    bool today; /* a record with all parameters of its row is not one to convert */
    bool begin; /* the beginning of a system call */
};
extern const struct sk_event_shape sk_event_shapes[SK_EVENT_N];

enum sk_syscall_flag {
    SK_SF_NONE = 0,
    SK_SF_USED = 1,
    SK_SF_NEVER_DROP = 2,
    SK_SF_ALWAYS_DROP = 4
};

struct sk_syscall_info {
    const char *name; /* "openat" */
    uint16_t ppm_sc;
    int16_t nr_x86_64, nr_aarch64, nr_ia32; /* -1: has none */
    uint16_t enter, exit;                   /* event codes */
    uint8_t flags;
};

extern const struct sk_syscall_info sk_syscalls[];
extern const size_t sk_syscalls_n;

/* What a system call is good for; `state`: the process table needs it. */
enum sk_ppm_set {
    SK_PS_NONE = 0,
    SK_PS_STATE = 1,
    SK_PS_SIMPLE = 2,
    SK_PS_IO = 4,
    SK_PS_IO_OTHER = 8,
    SK_PS_FILE = 16,
    SK_PS_NET = 32,
    SK_PS_PROC = 64,
    SK_PS_SYS = 128,
};

#define SK_PPM_SC_MAX_EVENTS 16
struct sk_ppm_sc_info {
    const char *name;                     /* NULL: no such code */
    uint32_t sets;                        /* enum sk_ppm_set */
    uint16_t event[SK_PPM_SC_MAX_EVENTS]; /* codes that it may make, ascending */
    uint8_t nevents;
};
extern const struct sk_ppm_sc_info sk_ppm_sc[]; /* by code */
extern const size_t sk_ppm_sc_n;

extern const struct sk_flag_table *const sk_flag_tables[];
extern const size_t sk_flag_tables_n;
const struct sk_flag_table *sk_flag_table_find(const char *name);

/* Native number of this machine, or name ("openat") -> row, or NULL. */
const struct sk_syscall_info *sk_syscall_by_nr(int nr);
const struct sk_syscall_info *sk_syscall_by_name(struct sk_str name);
