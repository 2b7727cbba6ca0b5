/* SPDX-License-Identifier: Apache-2.0 */
/* objects.S - the two BPF objects as bytes of the binary.  The build gives their paths, and a header
 * with their hash, so that a changed object is embedded anew. */
#include "bpf_objects_hash.h"

    .section .rodata.sk_bpf, "a"

    .balign 64
    .globl sk_bpf_btf_begin
    .hidden sk_bpf_btf_begin
sk_bpf_btf_begin:
    .incbin SK_BPF_BTF_PATH
    .globl sk_bpf_btf_end
    .hidden sk_bpf_btf_end
sk_bpf_btf_end:

    .balign 64
    .globl sk_bpf_raw_begin
    .hidden sk_bpf_raw_begin
sk_bpf_raw_begin:
    .incbin SK_BPF_RAW_PATH
    .globl sk_bpf_raw_end
    .hidden sk_bpf_raw_end
sk_bpf_raw_end:

    /* struct sk_bpf_image of load.h, here because the sizes are not constants of C. */
    .section .data.rel.ro.sk_bpf, "aw"
    .balign 8
    .globl sk_bpf_images
    .hidden sk_bpf_images
    .type sk_bpf_images, %object
sk_bpf_images:
    .quad kind_btf, sk_bpf_btf_begin, sk_bpf_btf_end - sk_bpf_btf_begin
    .quad kind_raw, sk_bpf_raw_begin, sk_bpf_raw_end - sk_bpf_raw_begin
    .quad 0, 0, 0
    .size sk_bpf_images, . - sk_bpf_images

    .section .rodata.str.sk_bpf, "a"
kind_btf:
    .asciz "tp_btf"
kind_raw:
    .asciz "raw_tp"

    .section .note.GNU-stack, "", %progbits
