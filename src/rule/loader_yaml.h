/* SPDX-License-Identifier: Apache-2.0 */
/* loader_yaml.h - private to the loader: YAML text -> nodes with their place in the text. */
#pragma once
#include "base/arena.h"

enum sk_yaml_kind { SK_YAML_NULL, SK_YAML_SCALAR, SK_YAML_SEQ, SK_YAML_MAP };

struct sk_yaml {
    enum sk_yaml_kind kind;
    bool plain;              /* scalar without quotes */
    uint32_t line, col, off; /* 0-based; off in bytes */
    struct sk_str text;      /* scalar; also the spelling of a null */
    struct sk_yaml **child;  /* SEQ: n elements.  MAP: n pairs, key and value in turn */
    size_t n;
    uint64_t weight; /* nodes below and here, aliases counted in full */
};

struct sk_yaml_err {
    uint32_t line, col, off; /* 0-based */
    char text[256];          /* "yaml-cpp: error at line L, column C: ..." with 1-based numbers */
};

/* All documents of `content`.  Everything is in `mem`.  -EINVAL with *err, -ENOMEM. */
SK_MUST int sk_yaml_parse(struct sk_arena *mem, struct sk_str content, struct sk_yaml ***out,
                          size_t *out_n, struct sk_yaml_err *err);

/* Value of the first pair with this key, or NULL. */
const struct sk_yaml *sk_yaml_get(const struct sk_yaml *map, const char *key);
const struct sk_yaml *sk_yaml_key(const struct sk_yaml *map, const char *key);

/* Spellings of YAML 1.1 booleans and of integers (decimal, 0x, leading 0). */
bool sk_yaml_bool(struct sk_str s, bool *out);
bool sk_yaml_u32(struct sk_str s, uint32_t *out);
