/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* widths.h - how each type of the event table is written. */
#pragma once

/* How a type is written: bytes of an integer, or one of these. */
#define W_STR                   16 /* text of user memory */
#define W_PATH                  17 /* the same, and a path argument: its base directory may be wanted */
#define W_BYTES                 18
#define SK_W_INT8               (1 | SHORT_SIGNED)
#define SK_W_INT16              (2 | SHORT_SIGNED)
#define SK_W_INT32              (4 | SHORT_SIGNED)
#define SK_W_INT64              8
#define SK_W_UINT8              1
#define SK_W_UINT16             2
#define SK_W_UINT32             4
#define SK_W_UINT64             8
#define SK_W_CHARBUF            W_STR
#define SK_W_BYTEBUF            W_BYTES
#define SK_W_ERRNO              8
#define SK_W_SOCKADDR           W_BYTES
#define SK_W_SOCKTUPLE          W_BYTES
#define SK_W_FD                 (8 | SIGNED32)
#define SK_W_PID                (8 | SIGNED32)
#define SK_W_FDLIST             W_BYTES
#define SK_W_FSPATH             W_PATH
#define SK_W_SYSCALLID          2
#define SK_W_SIGTYPE            1
#define SK_W_RELTIME            8
#define SK_W_ABSTIME            8
#define SK_W_PORT               2
#define SK_W_L4PROTO            1
#define SK_W_SOCKFAMILY         1
#define SK_W_BOOL               4
#define SK_W_IPV4ADDR           4
#define SK_W_IPV6ADDR           W_BYTES
#define SK_W_DYN                W_BYTES
#define SK_W_FLAGS8             1
#define SK_W_FLAGS16            2
#define SK_W_FLAGS32            4
#define SK_W_UID                4
#define SK_W_GID                4
#define SK_W_DOUBLE             8
#define SK_W_SIGSET             4
#define SK_W_CHARBUFARRAY       W_BYTES
#define SK_W_CHARBUF_PAIR_ARRAY W_BYTES
#define SK_W_MODE               4
#define SK_W_FSRELPATH          W_PATH
#define SK_W_ENUMFLAGS8         1
#define SK_W_ENUMFLAGS16        2
#define SK_W_ENUMFLAGS32        4
#define SK_W_FD32               (4 | SHORT_SIGNED)
#define SK_W_PID32              (4 | SHORT_SIGNED)
#define SIGNED32                32 /* an int: sign-extended to 64 bits */
#define SHORT_SIGNED            64 /* fewer than 64 bits, and readers extend their sign */
#define W_KIND                  31 /* without these two */
