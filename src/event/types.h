/* SPDX-License-Identifier: Apache-2.0 */
/* types.h - types of parameters and fields, and how integers are printed; names and numbers are
 * Falco's (plugins use them). */
#pragma once

/* X(name, size in bytes; 0: variable) */
/* clang-format off */
#define SK_TYPES(X)                                                                      \
    X(NONE, 0) X(INT8, 1) X(INT16, 2) X(INT32, 4) X(INT64, 8) X(UINT8, 1) X(UINT16, 2)   \
    X(UINT32, 4) X(UINT64, 8) X(CHARBUF, 0) X(BYTEBUF, 0) X(ERRNO, 8) X(SOCKADDR, 0)     \
    X(SOCKTUPLE, 0) X(FD, 8) X(PID, 8) X(FDLIST, 0) X(FSPATH, 0) X(SYSCALLID, 2)         \
    X(SIGTYPE, 1) X(RELTIME, 8) X(ABSTIME, 8) X(PORT, 2) X(L4PROTO, 1) X(SOCKFAMILY, 1)  \
    X(BOOL, 4) X(IPV4ADDR, 4) X(DYN, 0) X(FLAGS8, 1) X(FLAGS16, 2) X(FLAGS32, 4)         \
    X(UID, 4) X(GID, 4) X(DOUBLE, 8) X(SIGSET, 4) X(CHARBUFARRAY, 8)                     \
    X(CHARBUF_PAIR_ARRAY, 0) X(IPV4NET, 0) X(IPV6ADDR, 16) X(IPV6NET, 0) X(IPADDR, 0)    \
    X(IPNET, 0) X(MODE, 4) X(FSRELPATH, 0) X(ENUMFLAGS8, 1) X(ENUMFLAGS16, 2)            \
    X(ENUMFLAGS32, 4) X(FD32, 4) X(PID32, 4) X(DYNAMIC, 0)
/* clang-format on */

enum sk_type {
#define X(n, s) SK_T_##n,
    SK_TYPES(X)
#undef X
        SK_T_N
};

/* Bytes of a value of the type, as constants; 0: variable. */
enum sk_type_bytes {
#define X(n, s) SK_TB_##n = (s),
    SK_TYPES(X)
#undef X
};

enum sk_print {
    SK_PF_NA,
    SK_PF_DEC,
    SK_PF_HEX,
    SK_PF_10_PADDED_DEC,
    SK_PF_ID,
    SK_PF_DIR,
    SK_PF_OCT,
    SK_PF_BASE64, /* of no row: how an output wants byte buffers */
};

/* "CHARBUF"...; size of one value in bytes, 0 for variable ones. */
const char *sk_type_name(enum sk_type t);
unsigned sk_type_size(enum sk_type t);
