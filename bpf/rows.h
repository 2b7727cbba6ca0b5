/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* rows.h - tbl/events.def as the table that the interpreter reads: class, what to resolve, and for each
 * parameter its type and where its value comes from. */
#pragma once
#include "translate.h"

/* Words of the source column that take the number of an argument, and those that do not. */
#define SK_SOURCES(X)                                                                            \
    X(NONE) X(RET) X(ARG) X(CWD) X(OPENFLAGS) X(OPENMODE) X(HOWFLAGS) X(HOWMODE) X(HOWRESOLVE)   \
    X(KF) X(FDDEV) X(FDINO) \
    X(LAYERBITS) X(FDPATH) X(TUPLE) X(SOCKADDR) X(DATA) X(IOV) X(IOVSIZE) X(MSG) X(MSGSIZE)      \
    X(PIPEFD) X(SVFD) X(PIPEINO) X(DATAARG) X(CAP) X(DYNINT) X(PRCTLSTR) X(PRCTLINT) X(QUEUE) X(URING) X(SCID)      \
    X(NATIVEID) X(TASK) X(NEWCWD)

enum sk_src {
#define X(n) SRCK_##n,
    SK_SOURCES(X)
#undef X
};

#define SK_SRC_NONE           SRCK_NONE, 0
#define SK_SRC_RET            SRCK_RET, 0
#define SK_SRC_ARG(n)         SRCK_ARG, n
#define SK_SRC_CWD            SRCK_CWD, 0
#define SK_SRC_NEWCWD         SRCK_NEWCWD, 0 /* the working directory, whatever the path was */
#define SK_SRC_OPENFLAGS(n)   SRCK_OPENFLAGS, n
#define SK_SRC_OPENMODE(n)    SRCK_OPENMODE, n
#define SK_SRC_HOWFLAGS(n)    SRCK_HOWFLAGS, n
#define SK_SRC_HOWMODE(n)     SRCK_HOWMODE, n
#define SK_SRC_HOWRESOLVE(n)  SRCK_HOWRESOLVE, n
#define SK_SRC_KF(table, n)   SRCK_KF, KF_##table | (n) << 5 /* translated argument */
#define SK_SRC_FDDEV          SRCK_FDDEV, 0
#define SK_SRC_FDINO          SRCK_FDINO, 0
#define SK_SRC_LAYERBITS      SRCK_LAYERBITS, 0
#define SK_SRC_FDPATH         SRCK_FDPATH, 0
#define SK_SRC_TUPLE(n)       SRCK_TUPLE, n
#define SK_SRC_TUPLERET       SRCK_TUPLE, 7
#define SK_SRC_SOCKADDR(n)    SRCK_SOCKADDR, n
#define SK_SRC_DATA(n)        SRCK_DATA, n
#define SK_SRC_IOV(n)         SRCK_IOV, n
#define SK_SRC_IOVSIZE(n)     SRCK_IOVSIZE, n
#define SK_SRC_MSG(n)         SRCK_MSG, n
#define SK_SRC_MSGSIZE(n)     SRCK_MSGSIZE, n
#define SK_SRC_PIPEFD0        SRCK_PIPEFD, 0
#define SK_SRC_PIPEFD1        SRCK_PIPEFD, 1
#define SK_SRC_SVFD0          SRCK_SVFD, 0
#define SK_SRC_SVFD1          SRCK_SVFD, 1
#define SK_SRC_DATAARG        SRCK_DATAARG, 0
#define SK_SRC_PIPEINO        SRCK_PIPEINO, 0
#define SK_SRC_CAPI           SRCK_CAP, 0
#define SK_SRC_CAPP           SRCK_CAP, 1
#define SK_SRC_CAPE           SRCK_CAP, 2
#define SK_SRC_DYNINT(n)      SRCK_DYNINT, n
#define SK_SRC_PRCTLSTR       SRCK_PRCTLSTR, 0
#define SK_SRC_PRCTLINT       SRCK_PRCTLINT, 0
#define SK_SRC_QUEUEPCT       SRCK_QUEUE, 0
#define SK_SRC_QUEUELEN       SRCK_QUEUE, 1
#define SK_SRC_QUEUEMAX       SRCK_QUEUE, 2
#define SK_SRC_URING(n)       SRCK_URING, n
#define SK_SRC_SCID           SRCK_SCID, 0
#define SK_SRC_NATIVEID       SRCK_NATIVEID, 0
#define SK_SRC_TASK           SRCK_TASK, 0 /* filled by a program of its own (life.h) */

/* How a type is written: bytes of an integer, or one of these. */
#define W_STR   16 /* text of user memory */
#define W_PATH  17 /* the same, and a path argument: its base directory may be wanted */
#define W_BYTES 18
#define SK_W_INT8 1
#define SK_W_INT16 2
#define SK_W_INT32 4
#define SK_W_INT64 8
#define SK_W_UINT8 1
#define SK_W_UINT16 2
#define SK_W_UINT32 4
#define SK_W_UINT64 8
#define SK_W_CHARBUF W_STR
#define SK_W_BYTEBUF W_BYTES
#define SK_W_ERRNO 8
#define SK_W_SOCKADDR W_BYTES
#define SK_W_SOCKTUPLE W_BYTES
#define SK_W_FD (8 | SIGNED32)
#define SK_W_PID (8 | SIGNED32)
#define SK_W_FDLIST W_BYTES
#define SK_W_FSPATH W_PATH
#define SK_W_SYSCALLID 2
#define SK_W_SIGTYPE 1
#define SK_W_RELTIME 8
#define SK_W_ABSTIME 8
#define SK_W_PORT 2
#define SK_W_L4PROTO 1
#define SK_W_SOCKFAMILY 1
#define SK_W_BOOL 4
#define SK_W_IPV4ADDR 4
#define SK_W_IPV6ADDR W_BYTES
#define SK_W_DYN W_BYTES
#define SK_W_FLAGS8 1
#define SK_W_FLAGS16 2
#define SK_W_FLAGS32 4
#define SK_W_UID 4
#define SK_W_GID 4
#define SK_W_DOUBLE 8
#define SK_W_SIGSET 4
#define SK_W_CHARBUFARRAY W_BYTES
#define SK_W_CHARBUF_PAIR_ARRAY W_BYTES
#define SK_W_MODE 4
#define SK_W_FSRELPATH W_PATH
#define SK_W_ENUMFLAGS8 1
#define SK_W_ENUMFLAGS16 2
#define SK_W_ENUMFLAGS32 4
#define SK_W_FD32 4
#define SK_W_PID32 4
#define SIGNED32 32 /* an int: sign-extended to 64 bits */

struct sk_src_row {
    __u8 kind, n;
};

struct sk_param_row {
    __u8 width;
    struct sk_src_row src;
};

#define SK_ROW_PARAMS 31
struct sk_row {
    __u8 klass, nparams;
    struct {
        __u8 on;
        struct sk_src_row fd, dir, dir2;
    } res;
    struct sk_param_row param[SK_ROW_PARAMS + 1];
};

#define RES_OFF              0
#define RES_NONE             1
#define RES_FD(f)            1, {SK_SRC_##f}
#define RES_FD_DIR(f, d)     1, {SK_SRC_##f}, {SK_SRC_##d}
#define RES_DIR(d)           1, {SRCK_NONE, 0}, {SK_SRC_##d}
#define RES_DIR2(d, e)       1, {SRCK_NONE, 0}, {SK_SRC_##d}, {SK_SRC_##e}
#define P(nm, ty, fm, s)     {SK_W_##ty, {SK_SRC_##s}}
#define PF(nm, ty, fm, t, s) {SK_W_##ty, {SK_SRC_##s}}
#define PR(nm, ty, fm, i, s) {SK_W_##ty, {SK_SRC_##s}}
#define PD(nm, ty, fm, t, s) {SK_W_##ty, {SK_SRC_##s}}
#define NOPARAMS
#define EVENT(code, id, nm, cat, fl, cls, rs, ...)                                               \
    [code] = {.klass = SK_CLASS_##cls,                                                           \
              .nparams = sizeof((struct sk_param_row[]){__VA_ARGS__}) / sizeof(struct sk_param_row), \
              .res = {rs},                                                                       \
              .param = {__VA_ARGS__}},
static const struct sk_row rows[SK_BPF_EVENTS] = {
#include "events.def"
};
#undef P
#undef PF
#undef PR
#undef PD
#undef NOPARAMS

/* Event codes that the programs tell apart. */
#define EVENT(code, id, ...) SK_EV_##id = code,
enum sk_event_code {
#include "events.def"
};
