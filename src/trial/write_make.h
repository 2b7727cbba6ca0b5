/* SPDX-License-Identifier: Apache-2.0 */
/* write_make.h - private to write.c and write_ext.c: one record on its way. */
#pragma once
#include "trial/write.h"

struct sk_record {
    const struct sk_given *given;
    size_t n;
    bool *used;
    const struct sk_scene *s;
    struct sk_arena *mem;
    struct sk_diag *dg;
    const struct sk_event_info *info;
    unsigned code;
    size_t ppm_sc; /* GENERIC */
    bool has_result;
    unsigned result_at;
    int64_t result, fd;
    bool is_sock, is_file;
    struct sk_x_sock sock;
    struct sk_x_file file;
    struct sk_str path; /* of the descriptor */
    struct sk_event_writer w;
};

/* The given field, marked as used, or NULL; its text, or {NULL, 0}. */
const struct sk_given *sk_record_take(struct sk_record *r, const char *field);
struct sk_str sk_record_text(struct sk_record *r, const char *field);

/* fd.*: what the descriptor leads to. */
SK_MUST int sk_record_read_fd(struct sk_record *r);
/* Writes a parameter that tells who made the event (execve, clone); false: it is another. */
bool sk_record_who_param(struct sk_record *r, const struct sk_param_info *p);
/* Writes a SOCKADDR or SOCKTUPLE parameter; false: it is another. */
bool sk_record_sock_param(struct sk_record *r, const struct sk_param_info *p);
/* Extensions: task, descriptor, directories, executable. */
SK_MUST int sk_record_extend(struct sk_record *r);
