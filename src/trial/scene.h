/* SPDX-License-Identifier: Apache-2.0 */
/* scene.h - who makes an event, made of the fields that a test gives: a process, its ancestors, its
 * user, its container, in the form in which a scan of /proc tells them to the state. */
#pragma once
#include "state/state.h"
#include "trial/suite.h"

#define SK_SCENE_CHAIN 16
#define SK_SCENE_TS_NS 1700000000000000000ull /* time of the first event of a test */

struct sk_scene {
    struct sk_task_info who[SK_SCENE_CHAIN]; /* the process, its parent, ... */
    unsigned n;
    bool in_container;
};

/* Memory of `mem`.  Marks in used[] what it took of given[0..n).  -EINVAL with the place in dg. */
SK_MUST int sk_scene_make(const struct sk_given *given, size_t n, uint64_t ts_ns,
                          struct sk_arena *mem, struct sk_scene *out, bool *used,
                          struct sk_diag *dg);
/* Tells the state: process 1, the ancestors, the process. */
SK_MUST int sk_scene_tell(const struct sk_scene *s, struct sk_state *st);
/* Is it a field about who makes the event? Such fields hold for later events of the same process. */
bool sk_scene_has(const struct sk_field *f);

/* Text of a given value: a list joined by blanks. {NULL, 0}: no memory. */
struct sk_str sk_given_text(const struct sk_given *g, struct sk_arena *mem);
/* Strings, each with its NUL: the elements of a list, the words of a text. */
struct sk_str sk_given_words(const struct sk_given *g, struct sk_arena *mem);
const struct sk_given *sk_given_find(const struct sk_given *given, size_t n, const char *field);
