/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* rows.h - tbl/events.def as the table that the interpreter reads: class, what to resolve, and for each
 * parameter its type and where its value comes from. */
#pragma once
#include "translate.h"
#include "widths.h"

/* What a source is; rows name it by the words below. */
#define SK_SOURCES(X)                                                                           \
    /* value.h */ X(NONE) X(RET) X(ARG) X(KF) X(OPENFLAGS) X(OPENMODE) X(FDDEV)                 \
        X(FDINO) /* rare.h */ X(ZERO) X(FDFLAGS) X(LAYERBITS) X(POS) X(HIGHLOW) X(MOUNTFLAGS)   \
            X(MODE) X(CAP) X(QUEUE) X(KB) X(OPTNAME) X(QUOTA) X(SCID) X(NATIVEID) X(NEWFD)      \
                X(MOVED) X(USER32) X(USER64) X(HOWFLAGS) X(HOWMODE) X(HOWRESOLVE) X(URINGFLAGS) \
                    X(TIMESPEC) X(RLIMIT) X(SEMBUF) X(SEMVAL) X(SKADDR) X(PIPEINO) X(IOVSIZE)   \
                        X(MSGSIZE) X(PRCTLINT) /* param.h */ X(TUPLE) X(NEWTUPLE) X(SOCKADDR)   \
                            X(DATA) X(DATAOUT) X(IOV) X(IOVOUT) X(MSG) X(MSGOUT) X(FDPATH)      \
                                X(DATAARG) X(CONTROL) X(PTRACEADDR) X(PTRACEDATA) X(SETOPT)     \
                                    X(GETOPT) X(KEYCTL) X(FSBYTES) X(FSTEXT) X(POLLFDS)         \
                                        X(PRCTLTEXT) X(GETCWD) X(QUOTAPATH) /* exit.h */ X(CWD) \
                                            X(NEWCWD) X(TASK)

enum sk_src {
#define X(n) SRCK_##n,
    SK_SOURCES(X)
#undef X
};

/* The words of the source column; n: number of an argument of the call. */
#define SK_SRC_NONE          SRCK_NONE, 0
#define SK_SRC_ZERO          SRCK_ZERO, 0 /* a number that is always 0; NONE is no number */
#define SK_SRC_RET           SRCK_RET, 0
#define SK_SRC_ARG(n)        SRCK_ARG, n
#define SK_SRC_KF(table, n)  SRCK_KF, KF_##table | (n) << 5 /* by a table of kernel_flags.def */
#define SK_SRC_OPENFLAGS(n)  SRCK_OPENFLAGS, n
#define SK_SRC_OPENMODE(n)   SRCK_OPENMODE, n
#define SK_SRC_HOWFLAGS(n)   SRCK_HOWFLAGS, n
#define SK_SRC_HOWMODE(n)    SRCK_HOWMODE, n
#define SK_SRC_HOWRESOLVE(n) SRCK_HOWRESOLVE, n
#define SK_SRC_FDFLAGS(n) \
    SRCK_FDFLAGS, n /* O_CLOEXEC and O_NONBLOCK, whatever they are called there */
#define SK_SRC_MODE(n)       SRCK_MODE, n  /* bits of chmod() */
#define SK_SRC_FDDEV         SRCK_FDDEV, 0 /* of the file that the call opened */
#define SK_SRC_FDINO         SRCK_FDINO, 0
#define SK_SRC_LAYERBITS     SRCK_LAYERBITS, 0
#define SK_SRC_FDPATH        SRCK_FDPATH, 0
#define SK_SRC_POS(n)        SRCK_POS, n /* offset in a file */
#define SK_SRC_HIGHLOW(n)    SRCK_HIGHLOW, n
#define SK_SRC_MOUNTFLAGS(n) SRCK_MOUNTFLAGS, n
#define SK_SRC_USER32(n, i)  SRCK_USER32, (n) | (i) << 3 /* i-th number at a pointer */
#define SK_SRC_NEWFD(n, i) \
    SRCK_NEWFD, (n) | (i) << 3             /* the same, a descriptor: -1 of a call that failed */
#define SK_SRC_MOVED         SRCK_MOVED, 0 /* RET, 0 when the call failed */
#define SK_SRC_USER64(n)     SRCK_USER64, n
#define SK_SRC_URINGFLAGS(n) SRCK_URINGFLAGS, n
#define SK_SRC_TIMESPEC(n)   SRCK_TIMESPEC, n
#define SK_SRC_RLIMCUR(n)    SRCK_RLIMIT, n
#define SK_SRC_RLIMMAX(n)    SRCK_RLIMIT, (n) | 1 << 3
#define SK_SRC_SEMBUF(i, m)  SRCK_SEMBUF, (i) | (m) << 3 /* operation i: 0 number, 1 what, 2 flags */
#define SK_SRC_SEMVAL        SRCK_SEMVAL, 0
#define SK_SRC_SKADDR(n, i)  SRCK_SKADDR, (n) | (i) << 3 /* of the socket whose number lies there */
#define SK_SRC_PIPEINO       SRCK_PIPEINO, 0
#define SK_SRC_QUOTACMD      SRCK_QUOTA, 0
#define SK_SRC_QUOTATYPE     SRCK_QUOTA, 1
#define SK_SRC_QUOTAFORMAT   SRCK_QUOTA, 2
#define SK_SRC_QUOTAPATH     SRCK_QUOTAPATH, 0
#define SK_SRC_VMSIZE        SRCK_KB, 0
#define SK_SRC_VMRSS         SRCK_KB, 1
#define SK_SRC_VMSWAP        SRCK_KB, 2
#define SK_SRC_CAPI          SRCK_CAP, 0
#define SK_SRC_CAPP          SRCK_CAP, 1
#define SK_SRC_CAPE          SRCK_CAP, 2
#define SK_SRC_QUEUEPCT      SRCK_QUEUE, 0
#define SK_SRC_QUEUELEN      SRCK_QUEUE, 1
#define SK_SRC_QUEUEMAX      SRCK_QUEUE, 2
#define SK_SRC_SCID          SRCK_SCID, 0
#define SK_SRC_NATIVEID      SRCK_NATIVEID, 0
#define SK_SRC_TUPLE         SRCK_TUPLE, 0 /* of the socket ARG(0), from here */
#define SK_SRC_TUPLEIN       SRCK_TUPLE, 1 /* to here */
#define SK_SRC_TUPLERET      SRCK_TUPLE, 2 /* of the socket RET, to here */
#define SK_SRC_NEWTUPLE      SRCK_NEWTUPLE, 0
#define SK_SRC_SOCKADDR(n)   SRCK_SOCKADDR, n
#define SK_SRC_DATA(n)       SRCK_DATA, n    /* RET bytes */
#define SK_SRC_DATAOUT(n)    SRCK_DATAOUT, n /* the same; of a failed call those that it offered */
#define SK_SRC_DATAARG(n)    SRCK_DATAARG, n /* as many as the next argument says */
#define SK_SRC_IOV(n)        SRCK_IOV, n
#define SK_SRC_IOVOUT(n)     SRCK_IOVOUT, n
#define SK_SRC_IOVSIZE(n)    SRCK_IOVSIZE, n
#define SK_SRC_MSG(n)        SRCK_MSG, n
#define SK_SRC_MSGOUT(n)     SRCK_MSGOUT, n
#define SK_SRC_MSGSIZE(n)    SRCK_MSGSIZE, n
#define SK_SRC_CONTROL(n)    SRCK_CONTROL, n
#define SK_SRC_PTRACEADDR    SRCK_PTRACEADDR, 0
#define SK_SRC_PTRACEDATA    SRCK_PTRACEDATA, 0
#define SK_SRC_OPTNAME       SRCK_OPTNAME, 0
#define SK_SRC_SETOPT        SRCK_SETOPT, 0
#define SK_SRC_GETOPT        SRCK_GETOPT, 0
#define SK_SRC_KEYCTL(n)     SRCK_KEYCTL, n
#define SK_SRC_FSBYTES       SRCK_FSBYTES, 0
#define SK_SRC_FSTEXT        SRCK_FSTEXT, 0
#define SK_SRC_POLLFDS       SRCK_POLLFDS, 0
#define SK_SRC_PRCTLTEXT     SRCK_PRCTLTEXT, 0
#define SK_SRC_PRCTLINT      SRCK_PRCTLINT, 0
#define SK_SRC_GETCWD        SRCK_GETCWD, 0
#define SK_SRC_CWD           SRCK_CWD, 0    /* directories only: the working directory */
#define SK_SRC_NEWCWD        SRCK_NEWCWD, 0 /* the same, whatever the path was */
#define SK_SRC_TASK          SRCK_TASK, 0   /* filled by a program of its own (life.h, end.h) */

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

#define RES_OFF  0
#define RES_NONE 1
#define RES_FD(f)  \
    1,             \
    {              \
        SK_SRC_##f \
    }
#define RES_FD_DIR(f, d) \
    1, {SK_SRC_##f},     \
    {                    \
        SK_SRC_##d       \
    }
#define RES_DIR(d)     \
    1, {SRCK_NONE, 0}, \
    {                  \
        SK_SRC_##d     \
    }
#define RES_DIR2(d, e)               \
    1, {SRCK_NONE, 0}, {SK_SRC_##d}, \
    {                                \
        SK_SRC_##e                   \
    }
#define P(nm, ty, fm, s) \
    {                    \
        SK_W_##ty,       \
        {                \
            SK_SRC_##s   \
        }                \
    }
#define PF(nm, ty, fm, t, s) \
    {                        \
        SK_W_##ty,           \
        {                    \
            SK_SRC_##s       \
        }                    \
    }
#define PR(nm, ty, fm, i, s) \
    {                        \
        SK_W_##ty,           \
        {                    \
            SK_SRC_##s       \
        }                    \
    }
#define PD(nm, ty, fm, t, s) \
    {                        \
        SK_W_##ty,           \
        {                    \
            SK_SRC_##s       \
        }                    \
    }
#define NOPARAMS
#define EVENT(code, id, nm, cat, fl, cls, rs, ...)                                            \
    [code] = {.klass = SK_CLASS_##cls,                                                        \
              .nparams =                                                                      \
                  sizeof((struct sk_param_row[]){__VA_ARGS__}) / sizeof(struct sk_param_row), \
              .res = {rs},                                                                    \
              .param = {__VA_ARGS__}},
static const struct sk_row rows[SK_BPF_EVENTS] = {
#include "events.def"
};
#undef P
#undef PF
#undef PR
#undef PD
#undef NOPARAMS
