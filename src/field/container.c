/* SPDX-License-Identifier: Apache-2.0 */
/* container.c - container.*, k8s.*, proc.is_container_*: what cgroups and namespaces alone tell.
 *
 * Names, images, mounts and labels are known to the container engine only; those rows are absent
 * until an enrichment asks it. */
#include "field/extract.h"

static bool on_host(const struct sk_proc *p)
{
    return p->container_id.n == 0;
}

bool sk_f_container_id(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    if (!cx->proc)
        return false;
    return sk_give_text(ref, on_host(cx->proc) ? SK_STR("host") : cx->proc->container_id, out);
}

/* The run of hexadecimal digits in the cgroup path that the short id begins. */
bool sk_f_container_full_id(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                            struct sk_vals *out)
{
    struct sk_str all, id, full;
    const char *at;

    if (!cx->proc || on_host(cx->proc))
        return false;
    all = cx->proc->cgroups;
    id = cx->proc->container_id;
    at = all.n >= id.n ? memmem(all.p, all.n, id.p, id.n) : NULL;
    if (!at)
        return sk_give_text(ref, id, out);
    full = (struct sk_str){at, id.n};
    while (full.p + full.n < all.p + all.n && strchr("0123456789abcdef", full.p[full.n]) &&
           full.p[full.n])
        full.n++;
    return sk_give_text(ref, full, out);
}

/* Outside containers both are known; inside, only the engine knows. */
bool sk_f_container_name(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                         struct sk_vals *out)
{
    return cx->proc && on_host(cx->proc) && sk_give_text(ref, SK_STR("host"), out);
}

bool sk_f_container_type(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                         struct sk_vals *out)
{
    return cx->proc && on_host(cx->proc) && sk_give_text(ref, SK_STR("host"), out);
}

/* container.host_pid, container.host_network, container.host_ipc: compared with process 1, so that
 * what counts is how the process runs, not how the container was meant to be. */
bool sk_f_container_host_ns(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                            struct sk_vals *out)
{
    const struct sk_proc *p = cx->proc, *init;
    uint32_t own, host;

    if (!p || on_host(p) || !(init = sk_state_proc(cx->st, 1)))
        return false;
    switch (sk_field_id(ref)) {
    case SK_FLD_CONTAINER_HOST_PID:
        own = p->ns_pid, host = init->ns_pid;
        break;
    case SK_FLD_CONTAINER_HOST_NETWORK:
        own = p->ns_net, host = init->ns_net;
        break;
    default:
        own = p->ns_ipc, host = init->ns_ipc;
    }
    return own && host && sk_give_bool(ref, own == host, out);
}

/* Probes are told by the engine; without it no process is known to be one. */
bool sk_f_proc_is_probe(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    return cx->proc && sk_give_bool(ref, false, out);
}
