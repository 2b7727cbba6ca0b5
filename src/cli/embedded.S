/* SPDX-License-Identifier: Apache-2.0 */
/* embedded.S - the bytes of config/saker.yaml and rules/saker_rules.yaml. */
#include "embedded_hash.h"

    .section .rodata
    .globl sk_embedded_config_begin
    .hidden sk_embedded_config_begin
sk_embedded_config_begin:
    .incbin SK_CONFIG_PATH
    .globl sk_embedded_config_end
    .hidden sk_embedded_config_end
sk_embedded_config_end:
    .byte 0
    .globl sk_embedded_rules_begin
    .hidden sk_embedded_rules_begin
sk_embedded_rules_begin:
    .incbin SK_RULES_PATH
    .globl sk_embedded_rules_end
    .hidden sk_embedded_rules_end
sk_embedded_rules_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
