/* SPDX-License-Identifier: Apache-2.0 */
/* callfilter.c - rows of tbl/seccomp.def as a filter of the kernel.
 *
 * A call that is not in the list does not exist (ENOSYS): libraries know that answer from older kernels
 * and have another way, where EPERM would be a failure. */
#include "cli/callfilter.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define SK_PR_SET_VMA 0x53564d41 /* younger than some libc */

struct call {
    const char *name;
    enum { ALWAYS, PROGRAMS } when;
    bool masked;
    struct scmp_arg_cmp arg;
};

static const struct call allowed[] = {
#define CALL(name) {#name, ALWAYS, false, {0, 0, 0, 0}},
#define CALL_IF(name, arg, mask, val) \
    {#name, ALWAYS, true, {arg, SCMP_CMP_MASKED_EQ, mask, (scmp_datum_t)(val)}},
#define PROGRAM(name) {#name, PROGRAMS, false, {0, 0, 0, 0}},
#include "seccomp.def"
#ifdef SK_SANITIZED /* the leak checker looks at the other threads from outside */
    {"ptrace", ALWAYS, false, {0, 0, 0, 0}},
    {"clone", ALWAYS, false, {0, 0, 0, 0}},
    {"prctl", ALWAYS, false, {0, 0, 0, 0}},
#endif
};

static const char *const refused[] = {
#define REFUSED(name) #name,
#include "seccomp.def"
};

static void release(scmp_filter_ctx *f)
{
    if (*f)
        seccomp_release(*f);
}

static int add(scmp_filter_ctx f, uint32_t action, const char *name, const struct scmp_arg_cmp *arg)
{
    int nr = seccomp_syscall_resolve_name(name);

    if (nr < 0)
        return 0; /* not on this architecture, or younger than the library */
    return seccomp_rule_add_array(f, action, nr, arg ? 1 : 0, arg);
}

static int allow(scmp_filter_ctx f, enum sk_callfilter_for whom)
{
    int err = 0;

    for (size_t i = 0; i < SK_ARRAY_LEN(allowed) && !err; i++) {
        const struct call *c = &allowed[i];

        if (c->when == ALWAYS || whom == SK_CALLFILTER_PROGRAMS)
            err = add(f, SCMP_ACT_ALLOW, c->name, c->masked ? &c->arg : NULL);
    }
    return err;
}

static int refuse(scmp_filter_ctx f, uint32_t action)
{
    int err = 0;

    for (size_t i = 0; i < SK_ARRAY_LEN(refused) && !err; i++)
        err = add(f, action, refused[i], NULL);
    return err;
}

static uint32_t action_of(enum sk_callfilter_action action, uint16_t no)
{
    return action == SK_CALLFILTER_KILL  ? SCMP_ACT_KILL_PROCESS
           : action == SK_CALLFILTER_LOG ? SCMP_ACT_LOG
                                         : SCMP_ACT_ERRNO(no);
}

/* Programs for the elder brother of this architecture run too, where programs run. */
static int add_brothers(scmp_filter_ctx f)
{
    int err = 0;

    if (seccomp_arch_native() == SCMP_ARCH_X86_64)
        err = seccomp_arch_add(f, SCMP_ARCH_X86);
    else if (seccomp_arch_native() == SCMP_ARCH_AARCH64)
        err = seccomp_arch_add(f, SCMP_ARCH_ARM);
    return err == -EEXIST ? 0 : err;
}

/* Not the kernel's log of what is refused: libc tries clone3 for every thread and every program. */
static int set_attributes(scmp_filter_ctx f, uint32_t other_arch)
{
    int err = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, other_arch);

    if (!err)
        err = seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 0); /* the caller's choice */
    if (!err)
        err = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
    if (!err)
        (void)seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree, where the library can */
    return err;
}

static int fill(scmp_filter_ctx f, enum sk_callfilter_for whom, enum sk_callfilter_action action)
{
    int err = whom == SK_CALLFILTER_ALONE ? 0 : add_brothers(f);

    if (err)
        return err;
    if (whom == SK_CALLFILTER_ANYTHING)
        return refuse(f, action_of(action, EPERM));
    err = allow(f, whom);
    if (!err && action != SK_CALLFILTER_ERRNO)
        err = add(f, SCMP_ACT_ERRNO(ENOSYS), "clone3", NULL);
    return err;
}

int sk_callfilter_load(enum sk_callfilter_for whom, enum sk_callfilter_action action)
{
    const uint32_t no = action_of(action, ENOSYS);
    __attribute__((cleanup(release))) scmp_filter_ctx f =
        seccomp_init(whom == SK_CALLFILTER_ANYTHING ? SCMP_ACT_ALLOW : no);
    int err;

    if (!f)
        return -ENOMEM;
    err = set_attributes(f, no);
    if (!err)
        err = fill(f, whom, action);
    return err ? err : seccomp_load(f);
}
