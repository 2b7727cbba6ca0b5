/* SPDX-License-Identifier: Apache-2.0 */
/* convert.h - records of older captures become records of today's table (tbl/converter.def).
 *
 * Older writers told a call in two events, and gave an event that grew a new number.  A record that
 * needs nothing is told apart by two loads and is not copied.  One thread at a time. */
#pragma once
#include "event/table.h"

/* Records longer than this are not converted. */
#define SK_CONVERT_MAX_BYTES (64u * 1024)
#define SK_CONVERT_MAX_STEPS 50
/* Threads whose enter event is kept, and the memory of all kept ones. */
#define SK_CONVERT_MAX_ENTERS      65536u
#define SK_CONVERT_MAX_ENTER_BYTES (32u << 20)

struct sk_converter;

enum sk_convert {
    SK_CONVERT_PASS, /* as it is: *out is the caller's record */
    SK_CONVERT_DONE, /* converted: *out is the converter's, until the next call */
    SK_CONVERT_DROP, /* not an event of today; perhaps kept for the exit event */
    SK_CONVERT_MORE, /* of sk_convert_step only: one rule was applied, another has to be */
};

SK_MUST int sk_converter_new(struct sk_converter **out); /* -ENOMEM */
void sk_converter_free(struct sk_converter *c);
void converter_freep(struct sk_converter **c);
/* Forgets kept enter events: another capture begins. */
void sk_converter_reset(struct sk_converter *c);

/* Converts one record of at most `len` bytes.  enum sk_convert; -EBADMSG: the record is damaged, or
 * of a form that no writer has written; *why is a sentence about it without a full stop. */
SK_MUST int sk_convert(struct sk_converter *c, const void *rec, size_t len, const void **out,
                       size_t *out_len, const char **why);
/* The same, but at most one rule. */
SK_MUST int sk_convert_step(struct sk_converter *c, const void *rec, size_t len, const void **out,
                            size_t *out_len, const char **why);

/* The kept enter event of a thread, or NULL; borrowed until the next call. */
const void *sk_converter_kept(const struct sk_converter *c, uint64_t tid, size_t *out_len);
/* Enter events that had to go before their exit event came, because too many were kept. */
uint64_t sk_converter_lost(const struct sk_converter *c);

/* Rows of tbl/converter.def. */
enum sk_convert_action {
    SK_CA_STORE,
    SK_CA_STORE_PASS,
    SK_CA_PASS,
    SK_CA_ADD,
    SK_CA_CHANGE,
};
enum sk_convert_op { SK_CO_OLD, SK_CO_ENTER, SK_CO_ENTER_NUL, SK_CO_ZERO, SK_CO_NUL, SK_CO_JSON };

struct sk_convert_param {
    uint8_t op : 3; /* enum sk_convert_op */
    uint8_t i : 5;  /* index of the parameter that it comes from */
};

#define SK_CONVERT_MAX_PARAMS 20 /* of the longest row's list */
struct sk_convert_rule {
    uint16_t from, to; /* event codes */
    uint8_t nparams;   /* of the record */
    uint8_t action;    /* enum sk_convert_action */
    uint8_t n;
    struct sk_convert_param param[SK_CONVERT_MAX_PARAMS];
};
extern const struct sk_convert_rule sk_convert_rules[];
extern const size_t sk_convert_rules_n;
