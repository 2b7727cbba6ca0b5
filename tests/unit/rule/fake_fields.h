/* SPDX-License-Identifier: Apache-2.0 */
/* fake_fields.h - a small catalogue of fields whose values a test sets, in place of field/field.c.
 *
 * Linked before the library of fields: the linker then takes sk_field_parse() and its neighbours
 * from here.  Names are real ones, so that special cases by name (evt.type, evt.num) are tested as
 * well. */
#pragma once
#include "field/field.h"

enum fake_field {
    FAKE_EVT_TYPE,     /* evt.type, text */
    FAKE_EVT_NUM,      /* evt.num, UINT64 */
    FAKE_EVT_RAWRES,   /* evt.rawres, INT64 */
    FAKE_EVT_BUFFER,   /* evt.buffer, BYTEBUF */
    FAKE_EVT_CPU,      /* evt.cpu, INT16 */
    FAKE_EVT_IS_IO,    /* evt.is_io, BOOL */
    FAKE_EVT_DELTA,    /* evt.deltatime, stateful */
    FAKE_PROC_NAME,    /* proc.name, text */
    FAKE_PROC_PNAME,   /* proc.pname, text */
    FAKE_PROC_PID,     /* proc.pid, INT64 */
    FAKE_PROC_ANAME,   /* proc.aname[N], any of several */
    FAKE_PROC_ARGS,    /* proc.args, list of text */
    FAKE_FD_NAME,      /* fd.name, text */
    FAKE_FD_IP,        /* fd.ip, IPADDR, any; != means none */
    FAKE_FD_NET,       /* fd.net, IPNET, any */
    FAKE_FD_SPORT,     /* fd.sport, PORT */
    FAKE_FD_TYPES,     /* fd.types, list of text */
    FAKE_USER_UID,     /* user.uid, UINT32 */
    FAKE_THREAD_CPU,   /* thread.cpu, DOUBLE */
    FAKE_THREAD_UID,   /* thread.uid, UID: no operator knows the type */
    FAKE_EVT_AROUND,   /* evt.around[N], UINT64 */
    FAKE_SYSCALL_TYPE, /* syscall.type, text */
    FAKE_N
};

/* What an extraction gives; `present` false: absent. */
struct fake_value {
    bool present;
    struct sk_vals vals;
    unsigned asked; /* how often it was extracted */
};

extern struct fake_value fake_values[FAKE_N];

void fake_clear(void);
void fake_set_text(enum fake_field f, const char *text);
void fake_add_text(enum fake_field f, const char *text); /* one more value */
void fake_set_bytes(enum fake_field f, const void *p, size_t n);
void fake_add_bytes(enum fake_field f, const void *p, size_t n);
void fake_set_int(enum fake_field f, uint64_t value);
void fake_set_double(enum fake_field f, double value);
