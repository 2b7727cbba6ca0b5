/* SPDX-License-Identifier: Apache-2.0 */
/* calls.h - short ways to make the events that the tests of evt.* and fs.path.* need. */
#pragma once
#include "tests/unit/field/world.h"

/* The newest exit event of a name; fails when there is none. */
static inline uint16_t call_code(const char *name)
{
    for (int c = SK_EVENT_N - 1; c >= 0; c--)
        if (sk_events[c].exit && !(sk_events[c].flags & SK_EF_OLD_VERSION) &&
            strcmp(sk_events[c].name, name) == 0)
            return (uint16_t)c;
    fail_msg("no event %s", name);
    return 0;
}

/* A parameter: text when it is one, else a number; what the row's type wants. */
struct arg {
    const char *text;
    int64_t num;
};
#define T(s) ((struct arg){.text = (s)})
#define N(i) ((struct arg){.num = (i)})

/* Writes the first n parameters of the call; more may follow before world_send. */
static inline uint16_t call_begin(struct world *w, const char *name, size_t n,
                                  const struct arg *args)
{
    uint16_t code = call_code(name);

    world_begin(w);
    for (size_t i = 0; i < n; i++) {
        unsigned size = sk_type_size(sk_events[code].param[i].type);

        if (args[i].text)
            sk_event_write_text(&w->w, sk_str(args[i].text));
        else
            sk_event_write_int(&w->w, (uint64_t)args[i].num, size);
    }
    return code;
}

#define CALL(w, tid, name, ...)                                           \
    do {                                                                  \
        const struct arg args_[] = {__VA_ARGS__};                         \
        uint16_t code_ = call_begin(w, name, SK_ARRAY_LEN(args_), args_); \
        world_send(w, code_, tid);                                        \
    } while (0)

/* The same with the directory that relative paths begin at. */
#define CALL_IN(w, tid, dir, name, ...)                                   \
    do {                                                                  \
        const struct arg args_[] = {__VA_ARGS__};                         \
        uint16_t code_ = call_begin(w, name, SK_ARRAY_LEN(args_), args_); \
        struct sk_x_dir x_ = {.tag = SK_X_DIR, .role = SK_ROLE_OLD};      \
        world_ext(w, code_, &x_, sizeof(x_), dir);                        \
        world_send(w, code_, tid);                                        \
    } while (0)

/* The same with the file behind the descriptor. */
#define CALL_FD(w, tid, num, path, name, ...)                                      \
    do {                                                                           \
        const struct arg args_[] = {__VA_ARGS__};                                  \
        uint16_t code_ = call_begin(w, name, SK_ARRAY_LEN(args_), args_);          \
        struct sk_x_file x_ = {.tag = SK_X_FILE, .type = SK_FD_FILE, .fd = (num)}; \
        world_ext(w, code_, &x_, sizeof(x_), path);                                \
        world_send(w, code_, tid);                                                 \
    } while (0)
