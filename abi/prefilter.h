/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* prefilter.h - what rules ask of an event before its record is worth filling, in a form that the kernel
 * side can decide; shared by BPF and userspace, which run the same code on it.
 *
 * For each event code there is a list of clauses; an event is filled when one of them may hold.  A clause
 * is a conjunction of bits that must be set and of bits that must not be.  Bits stand in words, one for
 * each kind of fact:
 *
 *   NUM   tests of numbers, numbered within the event: parameters, result, credentials, socket
 *   COMM  tests of the name of the thread that acts
 *   EXE   tests of the path of its executable, as it was at the execve
 *   NET   tests of addresses
 *   PATH  tests of the path of the event's descriptor, as the kernel resolved it
 *   REQ   tests of a path that the call was given, byte by byte
 *
 * Logic has three values: a bit counts only where it is known.  What the kernel side cannot tell is not
 * known, and never lets an event be dropped.  So the filter only ever widens what the rules say.
 *
 * Words are found in the order above, cheapest first, each only while a clause is alive that asks for it.
 *
 * Texts are not stored but hashed (64 bits, with a key drawn at every load): a collision that nobody can
 * arrange for.  A path is a row of components; the tree of its interesting beginnings is a hash table of
 * (parent, component). */
#pragma once
#include "record.h"

#define SK_PF_CLAUSES_MAX 64    /* of one event */
#define SK_PF_ATOMS_MAX   64    /* of one event: bits of NUM */
#define SK_PF_CLAUSES     4096  /* of all events */
#define SK_PF_ATOMS       2048  /* of all events */
#define SK_PF_NODES       16384 /* slots of the tree; a power of two */
#define SK_PF_MARKS       16384 /* slots of the other table; a power of two */
#define SK_PF_PROBES      16    /* slots that are looked at for a key */
#define SK_PF_PLENS       16    /* different lengths of prefixes of networks */
#define SK_PF_DEPTH       64    /* components of a path; a longer one is not known */
#define SK_PF_NAME_MAX    256   /* bytes of a component */
#define SK_PF_EVENTS      512

enum sk_pf_word {
    SK_PF_NUM,
    SK_PF_COMM,
    SK_PF_EXE,
    SK_PF_NET,
    SK_PF_PATH,
    SK_PF_REQ,
    SK_PF_WORDS,
};

/* Where the number of an atom comes from. */
enum sk_pf_fact {
    SK_PF_F_RET,   /* result, sign-extended */
    SK_PF_F_PARAM, /* number of parameter `n` of the row, as the record would hold it, zero-extended
                          or, of signed types, sign-extended */
    SK_PF_F_EUID,  /* of the acting thread, in the initial user namespace */
    SK_PF_F_EGID,
    SK_PF_F_FDTYPE,  /* enum sk_fd_type of the event's descriptor, as sk_x_file.type would say; of
                          sockets SK_FD_IPV4_SOCK, SK_FD_IPV6_SOCK (also where the peer is a mapped
                          IPv4 address), SK_FD_UNIX... (the roles are not told apart here); 0 where the
                          row resolves a descriptor and it is not open.  Never SK_FD_FILE_V1 */
    SK_PF_F_FDNUM,   /* number of the descriptor that the row resolves; -1: every negative one */
    SK_PF_F_L4PROTO, /* enum sk_l4proto; of files 0 */
    SK_PF_F_LPORT,   /* of internet sockets with a peer: its address is not zero.  A local port 0 is
                          not known */
    SK_PF_F_RPORT,
    SK_PF_F_CONTAINER, /* 1 in a container, 0 host; known only where userspace has said so */
    SK_PF_F_N,
};

enum sk_pf_op {
    SK_PF_EQ,
    SK_PF_LT, /* unsigned */
    SK_PF_GT,
    SK_PF_SLT, /* signed */
    SK_PF_SGT,
    SK_PF_ANY, /* one of the bits of `value` */
    SK_PF_ALL, /* all of them */
    SK_PF_IN,  /* number is in set `value`: a mark of space SET */
};

struct sk_pf_atom {
    sk_u8 fact; /* enum sk_pf_fact */
    sk_u8 op;   /* enum sk_pf_op */
    sk_u8 n;    /* of PARAM */
    sk_u8 unused[5];
    sk_u64 value;
};

struct sk_pf_clause {
    sk_u64 must[SK_PF_WORDS];
    sk_u64 never[SK_PF_WORDS];
};

struct sk_pf_event {
    sk_u16 filtered; /* 0: every event of this code is sent */
    sk_u16 words;    /* bit of each word that a clause asks for */
    sk_u16 first_clause, nclauses;
    sk_u16 first_atom, natoms;
    sk_u16 req; /* index of the parameter that REQ is about */
    sk_u16 unused;
};

/* One beginning of a path.  Bits are those of PATH, EXE or REQ (three trees in one table: each has its
 * root). */
struct sk_pf_node {
    sk_u64 key;   /* sk_pf_mix(parent's key, hash of the component); 0: empty slot */
    sk_u64 exact; /* true of the path that ends here */
    sk_u64 child; /* true of paths with exactly one component more */
    sk_u64 below; /* true of paths with at least one component more */
    sk_u64 maybe; /* not known of paths with at least one component more */
};

/* What a mark is about; part of its key. */
enum sk_pf_space {
    SK_PF_S_COMM = 1, /* all bytes of the name */
    SK_PF_S_NAME,     /* last component of a path; + enum sk_pf_word << 8 */
    SK_PF_S_EXT,      /* from the last '.' of the last component on; + word << 8 */
    SK_PF_S_SET,      /* number in a set; + set << 8 */
    SK_PF_S_NET4,     /* masked address; + length of the prefix << 8 */
    SK_PF_S_NET6,
};

struct sk_pf_mark {
    sk_u64 key; /* 0: empty slot */
    sk_u64 bits;
};

/* Whose address a bit of NET is about; a bit can be about both.  Of sockets with a peer only; IPv4 in
 * mapped addresses is IPv4.  Bits about an end whose address is zero are not known. */
enum sk_pf_end { SK_PF_LOCAL, SK_PF_REMOTE, SK_PF_ENDS };

struct sk_pf {
    sk_u64 gen;  /* of the rules; what is remembered of another one is not known.  Never 0 */
    sk_u64 seed; /* of the hashes */
    sk_u64 root[SK_PF_WORDS];   /* key of the tree's root of EXE, PATH, REQ */
    sk_u64 always[SK_PF_WORDS]; /* bits that the tables do not decide: not known */
    sk_u64 net_end[SK_PF_ENDS]; /* bits of NET about that end */
    sk_u8 plen4[SK_PF_PLENS], plen6[SK_PF_PLENS]; /* lengths in use, longest first; 0xff: no more */
    sk_u32 longest; /* bytes of the longest component in the tree: longer ones are no node */
    sk_u32 names;   /* words (1 << enum sk_pf_word) that have marks of space NAME or EXT */
    struct sk_pf_event event[SK_PF_EVENTS];
    struct sk_pf_atom atom[SK_PF_ATOMS];
    struct sk_pf_clause clause[SK_PF_CLAUSES];
    struct sk_pf_node node[SK_PF_NODES];
    struct sk_pf_mark mark[SK_PF_MARKS];
};

/* What the kernel side keeps of a process: bits of EXE, found when its image was loaded. */
struct sk_pf_exe {
    sk_u64 gen;
    sk_u64 value, known;
};
