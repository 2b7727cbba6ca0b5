/* SPDX-License-Identifier: Apache-2.0 */
/* targets.c - one walk through the kernel's types; see targets.h. */
#include "source/ebpf/targets.h"

#include <bpf/btf.h>
#include <errno.h>

static void offer(struct sk_target *t, const struct btf_type *type, uint32_t id, const char *name)
{
    t->id = id;
    t->proto = type->type;
    t->fn = name;
}

/* One argument: a pointer to registers. */
static bool takes_registers(const struct btf *btf, uint32_t proto)
{
    const struct btf_type *t = btf__type_by_id(btf, proto);
    const char *name;

    if (!t || !btf_is_func_proto(t) || btf_vlen(t) != 1)
        return false;
    t = btf__type_by_id(btf, btf_params(t)->type);
    if (!t || !btf_is_ptr(t))
        return false;
    t = btf__type_by_id(btf, t->type);
    while (t && btf_is_mod(t))
        t = btf__type_by_id(btf, t->type);
    name = t && btf_is_struct(t) ? btf__name_by_offset(btf, t->name_off) : NULL;
    return name && strcmp(name, "pt_regs") == 0;
}

static bool has_plain_name(const char *fn, const char *name)
{
    char plain[SK_CALL_NAME];

    sk_calls_plain(fn, plain);
    return strcmp(plain, name) == 0;
}

/* A call without arguments is one function of several names, and only once can something be attached to it: the
 * plain name is what they have in common. */
static void match(const struct btf *btf, const struct sk_calls *calls, struct sk_target *out,
                  const struct btf_type *type, uint32_t id, const char *name)
{
    bool plain = strncmp(name, "__do_sys_", 9) == 0;

    if (plain && !takes_registers(btf, type->type))
        return;
    for (uint32_t i = 0; i < calls->n; i++) {
        if (plain ? !has_plain_name(calls->fn[i], name) : strcmp(calls->fn[i], name) != 0)
            continue;
        if (plain || !out[i].fn || strncmp(out[i].fn, "__do_sys_", 9) != 0)
            offer(&out[i], type, id, name);
    }
}

int sk_targets_find(const struct btf *btf, const struct sk_calls *calls, struct sk_target *out,
                    const char **missing)
{
    uint32_t n = btf__type_cnt(btf);

    memset(out, 0, calls->n * sizeof(*out));
    for (uint32_t id = 1; id < n; id++) {
        const struct btf_type *t = btf__type_by_id(btf, id);
        const char *name = t && btf_is_func(t) ? btf__name_by_offset(btf, t->name_off) : NULL;

        if (name && name[0] == '_' && strstr(name, "sys_"))
            match(btf, calls, out, t, id, name);
    }
    for (uint32_t i = 0; i < calls->n; i++) {
        *missing = calls->fn[i];
        if (!out[i].id)
            return -ENOENT;
        if (!takes_registers(btf, out[i].proto))
            return -EINVAL;
    }
    return 0;
}
