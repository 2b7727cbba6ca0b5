/* SPDX-License-Identifier: Apache-2.0 */
/* load.h - brings a BPF object into the kernel, without the programs that this kernel refuses.
 *
 * The same source was compiled twice: for BTF-typed tracepoints and, where those are refused, for
 * raw ones.  What was left out is listed; what cannot be left out is an error that says why. */
#pragma once
#include "base/diag.h"
#include "source/ebpf/rings.h"
#include "source/source.h"

struct sk_bpf_image {
    const char *kind; /* "tp_btf", "raw_tp" */
    const void *data;
    size_t bytes;
};

/* The embedded objects, in the order in which they are tried; NULL-terminated by .data. */
extern const struct sk_bpf_image sk_bpf_images[];

/* What is loaded: everything, or in two steps.  The first step has what an alert takes; the rest are
 * programs that fill frequent events faster, events that are rare, and io_uring. */
enum sk_bpf_part { SK_BPF_WHOLE, SK_BPF_FIRST, SK_BPF_REST };

#define SK_BPF_LINKS_MAX    32
#define SK_BPF_DEGRADED_MAX 64

struct sk_bpf_degraded {
    char program[64];
    char reason[192];
};

struct bpf_object;
struct bpf_link;

struct sk_bpf {
    const char *kind;
    const struct sk_bpf_image *image;
    enum sk_bpf_part part;
    const struct sk_bpf *rest; /* of a first part, once it is there */
    struct bpf_object *obj;    /* NULL: not loaded */
    struct bpf_link *exit;     /* of sk_sys_exit; NULL: it is not attached */
    struct bpf_link *link[SK_BPF_LINKS_MAX];
    uint32_t nlinks;
    struct sk_bpf_degraded degraded[SK_BPF_DEGRADED_MAX];
    uint32_t ndegraded;
    /* Two maps for prefilters, in turns, made while we may: later no map can be made any more. */
    int pf_fd[2];
    unsigned pf_now; /* the one in use: pf_fd[pf_now & 1]; 0: none was made */
};

/* Loads the first image that the kernel takes, whole or its first part; attaches nothing.  The rings
 * of `rs` become its maps. */
SK_MUST int sk_bpf_load(const struct sk_bpf_image *images, enum sk_bpf_part part,
                        const struct sk_rings *rs, struct sk_diag *dg, struct sk_bpf *out);
/* What sk_bpf_load() left for later, over the maps of `first`, which is only read: any thread. */
SK_MUST int sk_bpf_load_rest(const struct sk_bpf *first, struct sk_diag *dg, struct sk_bpf *out);
/* Its programs by event; then nobody can change that map. */
SK_MUST int sk_bpf_put_rest(struct sk_bpf *rest);
/* Events that nobody makes before the rest is there. */
void sk_bpf_pending(struct sk_event_set *out);
/* Tables of system calls, programs by event, rings by slot; then nobody can change those maps (the
 * programs while the rest is to come). */
SK_MUST int sk_bpf_fill_maps(struct sk_bpf *b, const struct sk_rings *rs, struct sk_diag *dg);
/* The map of fillers alone, of an object that was loaded otherwise. */
SK_MUST int sk_bpf_put_programs(struct sk_bpf *b);
/* Attaches the programs named sk_*: they return at once until the configuration says otherwise. */
SK_MUST int sk_bpf_attach(struct sk_bpf *b, struct sk_diag *dg);
/* Runs of the programs that are attached, while the sysctl kernel.bpf_stats_enabled is on; names
 * without sk_.  How many; 0: off, or not to be known. */
size_t sk_bpf_runs(const struct sk_bpf *b, struct sk_prog_stats *out, size_t max);
void sk_bpf_close(struct sk_bpf *b);
/* The program of sys_exit alone, on and off. */
SK_MUST int sk_bpf_attach_exit(struct sk_bpf *b);
void sk_bpf_detach_exit(struct sk_bpf *b);
bool sk_bpf_has_exit(const struct sk_bpf *b);

/* Descriptor of a program, of the rest too; -1: none of that name is loaded. */
int sk_bpf_program_fd(const struct sk_bpf *b, const char *name);
/* Descriptor of a map, -1: the object has none of that name. */
int sk_bpf_map_fd(const struct sk_bpf *b, const char *name);
