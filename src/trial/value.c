/* SPDX-License-Identifier: Apache-2.0 */
/* value.c - see value.h. */
#include "trial/value.h"

#include <arpa/inet.h>
#include <errno.h>

#include "field/names.h"

static const char *const cap_names[64] = {
#define CAP(number, name) [number] = name,
#include "capabilities.def"
};

int sk_trial_number(struct sk_str text, int64_t *out)
{
    bool minus = text.n && text.p[0] == '-';
    const char *p = text.p + minus;
    size_t n = text.n - minus;
    unsigned base = 10;
    uint64_t v = 0;

    if (n > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
        base = 16, p += 2, n -= 2;
    } else if (n > 1 && p[0] == '0') {
        base = 8, p += 1, n -= 1;
    }
    if (!n)
        return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        unsigned d = p[i] >= '0' && p[i] <= '9'   ? (unsigned)(p[i] - '0')
                     : p[i] >= 'a' && p[i] <= 'f' ? (unsigned)(p[i] - 'a' + 10)
                     : p[i] >= 'A' && p[i] <= 'F' ? (unsigned)(p[i] - 'A' + 10)
                                                  : 99;
        if (d >= base || v > (UINT64_MAX - d) / base)
            return -EINVAL;
        v = v * base + d;
    }
    *out = (int64_t)(minus ? 0 - v : v);
    return 0;
}

static bool next_word(struct sk_str *rest, struct sk_str *out)
{
    while (rest->n && strchr("|, ", rest->p[0])) {
        rest->p++;
        rest->n--;
    }
    *out = (struct sk_str){rest->p, 0};
    while (rest->n && !strchr("|, ", rest->p[0])) {
        out->n++;
        rest->p++;
        rest->n--;
    }
    return out->n > 0;
}

static int flag_of(const struct sk_flag_table *t, struct sk_str word, uint64_t *out)
{
    int64_t v;

    for (size_t i = 0; t && i < t->n; i++) {
        if (sk_str_eqz(word, t->row[i].name)) {
            *out |= t->row[i].value;
            return 0;
        }
    }
    if (sk_trial_number(word, &v))
        return -EINVAL;
    *out |= (uint64_t)v;
    return 0;
}

int sk_trial_flags(const struct sk_flag_table *t, struct sk_str text, uint64_t *out)
{
    struct sk_str word;
    uint64_t v = 0;

    while (next_word(&text, &word))
        if (flag_of(t, word, &v))
            return -EINVAL;
    *out = v;
    return 0;
}

int sk_trial_result(struct sk_str text, int64_t *out)
{
    if (sk_str_eqz(text, "SUCCESS")) {
        *out = 0;
        return 0;
    }
    for (int err = 1; err < 600; err++) {
        const char *name = sk_errno_name(err);

        if (name && sk_str_eqz(text, name)) {
            *out = -err;
            return 0;
        }
    }
    return sk_trial_number(text, out);
}

int sk_trial_caps(struct sk_str text, uint64_t *out)
{
    struct sk_str word;
    uint64_t v = 0;

    while (next_word(&text, &word)) {
        size_t i = 0;

        while (i < SK_ARRAY_LEN(cap_names) && (!cap_names[i] || !sk_str_eqz(word, cap_names[i])))
            i++;
        if (i == SK_ARRAY_LEN(cap_names))
            return -EINVAL;
        v |= 1ull << i;
    }
    *out = v;
    return 0;
}

static int signal_of(struct sk_str text, uint64_t *out)
{
    int64_t v;

    for (unsigned sig = 1; sig < 32; sig++) {
        if (sk_signal_name(sig) && sk_str_eqz(text, sk_signal_name(sig))) {
            *out = sig;
            return 0;
        }
    }
    if (sk_trial_number(text, &v))
        return -EINVAL;
    *out = (uint64_t)v;
    return 0;
}

static int number_param(const struct sk_param_info *p, struct sk_str text, uint64_t *out)
{
    int64_t v = 0;
    int rc;

    switch (p->type) {
    case SK_T_ERRNO:
        rc = sk_trial_result(text, &v);
        *out = (uint64_t)v;
        return rc;
    case SK_T_SIGTYPE:
        return signal_of(text, out);
    case SK_T_BOOL:
        *out = sk_str_eqz(text, "true");
        return *out || sk_str_eqz(text, "false") ? 0 : -EINVAL;
    default:
        if (p->flags)
            return sk_trial_flags(p->flags, text, out);
        rc = sk_str_eqz(text, "AT_FDCWD") ? (v = -100, 0) : sk_trial_number(text, &v);
        *out = (uint64_t)v;
        return rc;
    }
}

int sk_trial_param(struct sk_event_writer *w, const struct sk_param_info *p, struct sk_str text)
{
    unsigned size = sk_type_size(p->type);
    uint64_t v = 0;
    int rc = 0;

    if (sk_type_is_text(p->type)) {
        if (text.p)
            sk_event_write_text(w, text);
        else
            sk_event_write_param(w, NULL, 0);
        return 0;
    }
    if (p->type == SK_T_BYTEBUF || p->type == SK_T_CHARBUFARRAY) {
        sk_event_write_param(w, text.p, text.n);
        return 0;
    }
    if (!size || size > 8) {
        sk_event_write_param(w, NULL, 0);
        return text.p ? -ENOTSUP : 0;
    }
    if (text.p)
        rc = number_param(p, text, &v);
    else if (p->type == SK_T_FD && strstr(p->name, "dir"))
        v = (uint64_t)-100; /* AT_FDCWD */
    sk_event_write_int(w, v, size);
    return rc;
}

static int address(struct sk_str text, struct sk_arena *mem, struct sk_val *out)
{
    char *z = sk_arena_dup(mem, text), *ip = sk_arena_alloc(mem, 16);

    if (!z || !ip)
        return -ENOMEM;
    if (inet_pton(AF_INET, z, ip) == 1)
        out->s = (struct sk_str){ip, 4};
    else if (inet_pton(AF_INET6, z, ip) == 1)
        out->s = (struct sk_str){ip, 16};
    else
        return -EINVAL;
    return 0;
}

int sk_trial_value(enum sk_type type, struct sk_str text, struct sk_arena *mem, struct sk_val *out)
{
    struct sk_val v = {.type = type, .s = text};
    int rc = 0;

    if (type == SK_T_BOOL) {
        v.b = sk_str_eqz(text, "true");
        rc = v.b || sk_str_eqz(text, "false") ? 0 : -EINVAL;
    } else if (type == SK_T_IPADDR || type == SK_T_IPNET) {
        rc = address(text, mem, &v);
    } else if (type == SK_T_DOUBLE) {
        char *end, *z = sk_arena_dup(mem, text);

        if (!z)
            return -ENOMEM;
        v.dbl = strtod(z, &end);
        rc = *z && !*end ? 0 : -EINVAL;
    } else if (sk_type_is_int(type)) {
        rc = sk_trial_number(text, &v.i64);
    }
    if (!rc)
        *out = v;
    return rc;
}
