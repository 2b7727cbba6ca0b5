/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter_row.c - what the rows of events say of facts that the kernel side can have before it fills a
 * record: which descriptor it resolves, where numbers come from. */
#include "rule/prefilter_own.h"

#define NOPARAMS                                              NULL
#define P(nm, ty, fm, s)                                      #s
#define PF(nm, ty, fm, t, s)                                  #s
#define PR(nm, ty, fm, d, s)                                  #s
#define PD(nm, ty, fm, t, s)                                  #s
#define EVENT(code, id, nm, category, flags, klass, res, ...) [code] = {#res, {__VA_ARGS__}},
const struct sk_pf_row sk_pf_rows[SK_EVENT_N] = {
#include "events.def"
};

bool sk_pf_resolves(unsigned code)
{
    return sk_pf_rows[code].resolve && !strncmp(sk_pf_rows[code].resolve, "RES_FD", 6);
}

/* Words of the source column whose value costs no look at memory of the process. */
bool sk_pf_param_ok(unsigned code, unsigned i)
{
    static const char *const cheap[] = {"RET",      "ARG(",  "KF(",  "OPENFLAGS(", "OPENMODE(",
                                        "FDFLAGS(", "MODE(", "ZERO", "SCID",       "MOUNTFLAGS("};
    const char *src = i < SK_EVENT_MAX_PARAMS ? sk_pf_rows[code].src[i] : NULL;

    if (!src || !sk_type_is_int(sk_events[code].param[i].type))
        return false;
    for (size_t k = 0; k < SK_ARRAY_LEN(cheap); k++)
        if (!strncmp(src, cheap[k], strlen(cheap[k])))
            return true;
    return false;
}

/* As sk_event_result() finds it; -1: none. */
int sk_pf_result_param(unsigned code)
{
    const struct sk_event_info *info = &sk_events[code];
    int i = sk_event_param_index(info, "res");

    if (i < 0 && info->nparams && !strcmp(info->param[0].name, "fd"))
        i = 0;
    return i;
}

/* The parameter that has the number of the resolved descriptor, where that number is what a row without
 * a resolved one tells too; -1: none. */
int sk_pf_fd_param(unsigned code)
{
    const struct sk_event_info *info = &sk_events[code];
    const char *res = sk_pf_rows[code].resolve;
    int i = sk_event_param_index(info, "fd");

    if (!sk_pf_resolves(code))
        return -1;
    for (int k = 0; i < 0 && k < info->nparams; k++)
        if (info->param[k].type == SK_T_FD)
            i = k;
    if (i < 0 || !sk_pf_rows[code].src[i])
        return -1;
    res = strchr(res, '(') + 1;
    return strncmp(res, sk_pf_rows[code].src[i], strlen(sk_pf_rows[code].src[i])) ? -1 : i;
}
