/* SPDX-License-Identifier: Apache-2.0 */
/* bpflog.h - what libbpf would have printed, caught: which program or map was refused, and why.
 *
 * libbpf has one print function for the whole process and passes it no argument, so one catcher at
 * a time is behind a static pointer; the control thread alone loads BPF. */
#pragma once
#include "base/log.h"
#include "base/str.h"

struct sk_bpflog {
    char program[64];     /* last program that a warning was about; "" : none */
    char map[64];         /* last map */
    struct sk_buf reason; /* one line: the error and the verifier's last words */
};

/* Catches from now on; nothing is printed. */
void sk_bpflog_begin(struct sk_bpflog *log);
/* Ends the catching; libbpf stays silent. */
void sk_bpflog_end(void);
void sk_bpflog_done(struct sk_bpflog *log);
void bpflog_freep(struct sk_bpflog *log);
/* Messages from that severity on go to the log too, as debug messages "[libs]: ..."; SK_EMERGENCY:
 * none. For the life of the process. */
void sk_bpflog_tell(enum sk_level least);
/* One message of libbpf; for the catcher, and for tests. */
void sk_bpflog_line(struct sk_bpflog *log, const char *text);
