/* SPDX-License-Identifier: Apache-2.0 */
/* event.h - one record, decoded: bounds-checked views into borrowed bytes.
 *
 * The bytes belong to the source and are valid until its next poll.  Nothing here allocates. */
#pragma once
#include "event/table.h"
#include "record.h"

/* A parameter's bytes. data == NULL: the record ends before it (an older writer).  len == 0 with
 * data: present and empty ("null"). */
struct sk_param {
    const uint8_t *data;
    uint32_t len;
};

/* Resolved descriptors and directories; `path` is inside the record, NUL-terminated, never NULL. */
struct sk_ev_file {
    const struct sk_x_file *x; /* NULL: not in the record */
    struct sk_str path;
};
struct sk_ev_sock {
    const struct sk_x_sock *x;
    struct sk_str path; /* AF_UNIX */
};
struct sk_ev_dir {
    const struct sk_x_dir *x;
    struct sk_str path;
};

/* Behind the parameters of an event that Saker recorded, within its length: this number, u16 count,
 * u16 lengths, bytes of the parameters that the row does not have (abi/record.h, SK_X_*). */
#define SK_REC_MORE_MAGIC 0x31584b53u
#define SK_REC_MORE_BYTES 6u /* of number and count */

/* Extensions that do not stand in their record, as recordings have them. */
struct sk_rec_more {
    const uint8_t *lens; /* `n` lengths of 16 bits */
    const uint8_t *data; /* and what they are the lengths of */
    uint32_t n, data_len;
};

struct sk_event {
    const struct sk_event_info *info; /* row of the type; never NULL */
    uint64_t num;                     /* evt.num: set by the engine, from 1 */
    uint64_t ts_ns;                   /* CLOCK_REALTIME */
    uint64_t tid;
    uint16_t type;
    uint16_t cpu;
    uint32_t nparams;   /* of the row, at most info->nparams */
    const uint8_t *raw; /* the record */
    uint32_t raw_len;
    bool state_only; /* feeds the state and is counted, but no rule sees it (captures) */
    const struct sk_x_task *task; /* NULL: not from a Saker driver (a capture) */
    const struct sk_x_exec *exec;
    struct sk_ev_file file;  /* SK_ROLE_FD */
    struct sk_ev_sock sock;  /* SK_ROLE_FD */
    struct sk_ev_dir dir[2]; /* [0] SK_ROLE_OLD, [1] SK_ROLE_NEW */
    struct sk_rec_more more; /* extensions that are not in the record; lens NULL: they are */
    uint32_t off[SK_EVENT_MAX_PARAMS + 4]; /* in raw: of parameters, and behind the last */
};

/* Decodes one record of at most `len` bytes.  0; -EBADMSG: lengths do not add up, a string is not
 * terminated where the type demands it, or an extension is too short; -ENOENT: unknown type.
 * `out` keeps pointing into `rec`. */
SK_MUST int sk_event_decode(const void *rec, size_t len, uint16_t cpu, struct sk_event *out);
/* The same for a record that ends with its parameters at `len`, whatever its header says, and whose
 * extensions are in `more` (its bytes are borrowed as well). */
SK_MUST int sk_event_decode_more(const void *rec, size_t len, const struct sk_rec_more *more,
                                 uint16_t cpu, struct sk_event *out);

/* The same for nearly all records of captures: of today's form, with all parameters of its row, and
 * either without extensions or with those that Saker recorded behind them.  false: it is another, or
 * damaged; *out means nothing. */
SK_MUST bool sk_event_cut(const void *rec, size_t len, uint16_t cpu, struct sk_event *out);

/* A parameter's bytes. */
static inline struct sk_param sk_event_param(const struct sk_event *ev, unsigned i)
{
    if (i >= ev->nparams)
        return (struct sk_param){0};
    return (struct sk_param){ev->raw + ev->off[i], ev->off[i + 1] - ev->off[i]};
}

/* Typed reads. `i` is the index in the row. Absent, empty or wrongly sized: false / {NULL,0}. */
bool sk_event_i64(const struct sk_event *ev, unsigned i,
                  int64_t *out); /* any integer type, widened */
bool sk_event_u64(const struct sk_event *ev, unsigned i, uint64_t *out);
/* CHARBUF, FSPATH, FSRELPATH: without the NUL. */
struct sk_str sk_event_text(const struct sk_event *ev, unsigned i);
/* Raw bytes of any type. */
struct sk_str sk_event_bytes(const struct sk_event *ev, unsigned i);
/* Index of a parameter by name, or -1. */
int sk_event_param_index(const struct sk_event_info *info, const char *name);

/* Result of the call: first parameter named "res" or (if it is the first) "fd"; false: has none. */
bool sk_event_result(const struct sk_event *ev, int64_t *out);
/* The event's descriptor number as Falco's fd.num: from the extension, else the row's "fd". */
bool sk_event_fd(const struct sk_event *ev, int64_t *out);
/* Name for evt.type: the row's name, or the system call's for GENERIC. */
const char *sk_event_name(const struct sk_event *ev);

/* Writes records (tests, synth source, captures).  Grows `b`; parameters in row order. */
struct sk_event_writer {
    struct sk_buf *b;
    uint8_t params[SK_REC_MAX_BYTES];
    uint16_t len[SK_REC_MAX_PARAMS];
    uint32_t nparams, used;
    bool failed;
};
void sk_event_write_begin(struct sk_event_writer *w, struct sk_buf *b);
void sk_event_write_param(struct sk_event_writer *w, const void *p, size_t n);
/* Little-endian integer of `bytes` (1, 2, 4, 8). */
void sk_event_write_int(struct sk_event_writer *w, uint64_t v, unsigned bytes);
/* With its NUL. */
void sk_event_write_text(struct sk_event_writer *w, struct sk_str s);
/* Completes the record at the end of `b`.  -EMSGSIZE when it does not fit. */
SK_MUST int sk_event_write_end(struct sk_event_writer *w, uint16_t type, uint64_t ts_ns,
                               uint64_t tid);
