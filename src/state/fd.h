/* SPDX-License-Identifier: Apache-2.0 */
/* fd.h - descriptors of captures: which one an event is about, and what the table knows of others.
 *
 * Only records without extensions need a table: a Saker driver resolves descriptors when the event
 * happens.  Everything here is valid until the next sk_state_apply. */
#pragma once
#include "state/state.h"

enum sk_fd_flag {
    SK_FDF_CLIENT = 1, /* roles of the process; neither: not known */
    SK_FDF_SERVER = 2,
    SK_FDF_CONNECTED = 4,
    SK_FDF_FAILED = 16,
    SK_FDF_UPPER = 32, /* overlayfs layers */
    SK_FDF_LOWER = 64,
    SK_FDF_NAMED = 128, /* internet sockets: the name is made of the ends, see sk_fd_text */
};

/* One descriptor. Immutable for everybody but src/state/. Connected internet sockets: `sip` is the
 * client and `dip` the server, whoever of them is local; bound ones: sip and sport are their own. */
struct sk_fd {
    uint32_t refs;
    uint32_t flags; /* enum sk_fd_flag */
    int64_t num;
    uint8_t type;    /* enum sk_fd_type */
    uint8_t l4proto; /* enum sk_l4proto as the socket was made; see sk_fd_l4proto */
    uint16_t sport, dport;
    uint8_t sip[16], dip[16]; /* network order, IPv4 in the first four bytes */
    uint64_t unix_src, unix_dst;
    uint64_t ino; /* 0: unknown */
    uint32_t open_flags, dev;
    int64_t pid;        /* of a pidfd */
    struct sk_str name; /* path, or text of a unix socket; "" */
    struct sk_str raw;  /* path as the call was given it; "" */
};

/* Bytes that sk_fd_text needs for an internet socket: two addresses and two ports. */
#define SK_FD_TEXT_MAX 128u
/* Name as fd.name shows it: fd->name, or the ends, written to `buf`. */
struct sk_str sk_fd_text(const struct sk_fd *fd, char buf[SK_FD_TEXT_MAX]);
/* Protocol as fields show it: SK_L4_NA where the role is not known, or it is no internet socket. */
enum sk_l4proto sk_fd_l4proto(const struct sk_fd *fd);

/* Connected, or at least meant to be. */
static inline bool sk_fd_is_ip_sock(const struct sk_fd *fd)
{
    return fd->type == SK_FD_IPV4_SOCK || fd->type == SK_FD_IPV6_SOCK;
}

static inline bool sk_fd_is_file(const struct sk_fd *fd)
{
    return fd->type == SK_FD_FILE || fd->type == SK_FD_FILE_V1;
}

/* What the last event was about. */
struct sk_event_fd {
    int64_t num;            /* -1: none */
    const struct sk_fd *fd; /* NULL: not in the table */
    bool name_changed;      /* by this event */
    int64_t error;          /* negative: of an earlier call, told by getsockopt(SO_ERROR) */
};
/* NULL: it was live, or of a Saker driver, and tells by itself. */
const struct sk_event_fd *sk_state_event_fd(const struct sk_state *st);

/* A descriptor of the thread's table; NULL: not known. */
const struct sk_fd *sk_state_fd(const struct sk_thread *th, int64_t num);
/* How many are open in the process, as far as they are known. */
uint32_t sk_state_fd_count(const struct sk_proc *p);
/* All of the thread, in no order: start with *it = 0; NULL at the end. */
const struct sk_fd *sk_state_fd_next(const struct sk_thread *th, size_t *it);

/* Where relative paths begin; "./" for a process that is only known by its number. */
static inline struct sk_str sk_proc_cwd(const struct sk_proc *p)
{
    return p->fake && !p->cwd.n ? SK_STR("./") : p->cwd;
}

/* Is it an address of the captured machine? Of one in a container only its process can tell. */
bool sk_state_local_ip(const struct sk_state *st, const struct sk_proc *p, const uint8_t *ip,
                       bool v6);
