/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c - asks the kernel for every feature that Saker can use; see probe.h.
 *
 * One row, one question. An answer is "ok" or "no", and a reason or a detail behind it. */
#include "source/probe.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/ebpf/bpflog.h"
#include "source/ebpf/features.h"
#include "source/ebpf/fexit.h"
#include "source/ebpf/load.h"

#define SK_LOCKDOWN_PATH "/sys/kernel/security/lockdown"

struct probe {
    struct btf *btf; /* NULL: the kernel has none */
    uint64_t caps;
};

/* true: "ok". Adds a reason or a detail to `why`. */
typedef bool probe_fn(const struct probe *p, struct sk_buf *why);

static bool kernel(const struct probe *p, struct sk_buf *why)
{
    struct utsname u;

    (void)p;
    if (uname(&u))
        return false;
    sk_buf_printf(why, "%s %s", u.release, u.machine);
    return true;
}

static bool privileges(const struct probe *p, struct sk_buf *why)
{
    bool ok = sk_caps_suffice(p->caps);

    if (!ok)
        sk_buf_addz(why, "needs CAP_BPF and CAP_PERFMON, or root");
    return ok;
}

static bool lockdown(const struct probe *p, struct sk_buf *why)
{
    char line[256], mode[64];
    int err = sk_read_line(SK_LOCKDOWN_PATH, line, sizeof(line));

    (void)p;
    if (err || !sk_bracketed(line, mode, sizeof(mode))) {
        sk_buf_printf(why, "not in use, or '%s' is not mounted", SK_LOCKDOWN_PATH);
        return true;
    }
    sk_buf_addz(why, mode);
    return strcmp(mode, "confidentiality") != 0;
}

static bool types(const struct probe *p, struct sk_buf *why)
{
    sk_buf_printf(why, p->btf ? "%s" : "'%s' is missing: CONFIG_DEBUG_INFO_BTF", SK_BTF_PATH);
    return p->btf;
}

static bool tell(struct sk_buf *why, int err, const char *absent)
{
    if (err == -ENOENT && absent)
        sk_buf_addz(why, absent);
    else if (err)
        sk_buf_printf(why, "the kernel refuses it: %s", strerror(-err));
    return !err;
}

static bool ringbuf(const struct probe *p, struct sk_buf *why)
{
    (void)p;
    return tell(why, sk_try_ringbuf(), NULL);
}

static bool try_typed(const struct probe *p, struct sk_buf *why, enum sk_try kind, const char *name)
{
    if (!p->btf) {
        sk_buf_addz(why, "needs the kernel's types");
        return false;
    }
    return tell(why, sk_try_program(kind, p->btf, name), "this kernel has no such hook");
}

static bool tp_btf(const struct probe *p, struct sk_buf *why)
{
    return try_typed(p, why, SK_TRY_TP_BTF, "sys_exit");
}

static bool raw_tp(const struct probe *p, struct sk_buf *why)
{
    (void)p;
    return tell(why, sk_try_program(SK_TRY_RAW_TP, NULL, NULL), NULL);
}

static bool fentry(const struct probe *p, struct sk_buf *why)
{
    return try_typed(p, why, SK_TRY_FENTRY, SK_A_SYSCALL);
}

static bool by_function(const struct probe *p, struct sk_buf *why)
{
    const char *reason = NULL;
    bool ok = sk_fexit_possible(&reason);

    (void)p;
    sk_buf_addz(why, ok ? "only wanted system calls are attached to, by fexit"
                        : "one program at the end of every system call, sys_exit: ");
    if (!ok)
        sk_buf_addz(why, reason);
    return ok;
}

static bool kprobe(const struct probe *p, struct sk_buf *why)
{
    (void)p;
    if (access("/sys/bus/event_source/devices/kprobe/type", F_OK)) {
        sk_buf_addz(why, "this kernel is built without kprobes");
        return false;
    }
    return tell(why, sk_try_program(SK_TRY_KPROBE, NULL, NULL), NULL);
}

static bool lsm(const struct probe *p, struct sk_buf *why)
{
    char active[256] = "";
    bool ok = try_typed(p, why, SK_TRY_LSM, "file_open");

    if (sk_read_line("/sys/kernel/security/lsm", active, sizeof(active)))
        snprintf(active, sizeof(active), "unknown, securityfs is not mounted");
    sk_buf_printf(why, "%sactive: %s", ok ? "" : "; ", active);
    if (ok && !strstr(active, "bpf")) {
        sk_buf_addz(why, "; start the kernel with 'bpf' in lsm=");
        ok = false;
    }
    return ok;
}

static bool iter_task(const struct probe *p, struct sk_buf *why)
{
    return try_typed(p, why, SK_TRY_ITER, "task");
}

static bool io_uring(const struct probe *p, struct sk_buf *why)
{
    return try_typed(p, why, SK_TRY_TP_BTF, "io_uring_submit_req");
}

static bool cgroup2(const struct probe *p, struct sk_buf *why)
{
    char where[PATH_MAX];
    int err = sk_mount_find("/proc/self/mounts", "cgroup2", where, sizeof(where));

    (void)p;
    sk_buf_addz(why, err ? "not mounted: scopes by cgroup cannot be used" : where);
    return !err;
}

/* Kernels before 5.11 count the memory of maps against this limit. */
static bool memlock(const struct probe *p, struct sk_buf *why)
{
    struct rlimit rl;

    (void)p;
    if (getrlimit(RLIMIT_MEMLOCK, &rl))
        return false;
    if (rl.rlim_cur == RLIM_INFINITY)
        sk_buf_addz(why, "unlimited");
    else
        sk_buf_printf(why, "%llu bytes (counts on kernels before 5.11 only)",
                      (unsigned long long)rl.rlim_cur);
    return true;
}

static bool module(const struct probe *p, struct sk_buf *why)
{
    char line[256] = "", mode[64];

    (void)p;
    if (access("/proc/modules", F_OK)) {
        sk_buf_addz(why, "this kernel is built without modules");
        return false;
    }
    if (sk_read_line("/proc/sys/kernel/modules_disabled", line, sizeof(line)) == 0 &&
        line[0] == '1') {
        sk_buf_addz(why, "kernel.modules_disabled is set");
        return false;
    }
    if (sk_read_line(SK_LOCKDOWN_PATH, line, sizeof(line)) == 0 &&
        sk_bracketed(line, mode, sizeof(mode)) && strcmp(mode, "none") != 0)
        sk_buf_addz(why, "only signed by a key that the kernel trusts (lockdown)");
    else if (sk_read_line("/sys/module/module/parameters/sig_enforce", line, sizeof(line)) == 0 &&
             line[0] == 'Y')
        sk_buf_addz(why, "only signed by a key that the kernel trusts (sig_enforce)");
    return true;
}

/* A child that asks to be traced tells whether that is allowed here. */
static bool ptrace_way(const struct probe *p, struct sk_buf *why)
{
    int status = 0;
    pid_t pid = fork();

    (void)p;
    if (pid == 0)
        _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? errno & 0x7f : 0);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
        sk_buf_addz(why, "cannot try it");
        return false;
    }
    return tell(why, -WEXITSTATUS(status), NULL);
}

static bool btf_driver(const struct probe *p, struct sk_buf *why)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    const struct sk_source_options opt = {.ring_bytes = 1, .critical_ring_bytes = 1};
    struct sk_rings rs;
    struct sk_bpf b = {0};
    int err;

    (void)p;
    if (!dg)
        return false;
    err = sk_rings_plan(&opt, 1, 1, dg, &rs);
    if (!err)
        err = sk_rings_make(&rs, dg);
    if (!err)
        err = sk_bpf_load(sk_bpf_images, SK_BPF_WHOLE, &rs, dg, &b);
    if (err) {
        sk_buf_adds(why, sk_str_trim(sk_str(sk_diag_text(dg, SK_DIAG_ERROR))));
    } else {
        sk_buf_printf(why, "ebpf, with programs of type %s", b.kind);
        for (uint32_t i = 0; i < b.ndegraded; i++)
            sk_buf_printf(why, "\n  degraded: %s: %s", b.degraded[i].program, b.degraded[i].reason);
    }
    sk_bpf_close(&b);
    sk_rings_close(&rs);
    return !err;
}

static const struct probe_row {
    const char *name;
    probe_fn *fn;
} rows[] = {
    {"kernel", kernel},
    {"privileges", privileges},
    {"lockdown", lockdown},
    {"memlock limit", memlock},
    {"types (BTF)", types},
    {"ring buffer", ringbuf},
    {"tp_btf sys_exit", tp_btf},
    {"raw_tp sys_exit", raw_tp},
    {"fentry " SK_A_SYSCALL, fentry},
    {"calls by function", by_function},
    {"kprobe", kprobe},
    {"BPF LSM", lsm},
    {"iterator of tasks", iter_task},
    {"io_uring_submit_req", io_uring},
    {"cgroup v2", cgroup2},
    {"kernel module", module},
    {"ptrace", ptrace_way},
    {"driver", btf_driver},
};

int sk_probe(struct sk_buf *out)
{
    struct probe p = {.caps = sk_caps_effective("/proc/self/status")};
    struct sk_bpflog quiet;

    if (!sk_caps_suffice(p.caps)) {
        sk_buf_addz(out,
                    "no permission to ask the kernel what it offers: run 'saker probe' as root, "
                    "or give it CAP_BPF and CAP_PERFMON\n");
        return -EPERM;
    }
    sk_bpflog_begin(&quiet);
    p.btf = btf__load_vmlinux_btf();
    sk_bpflog_done(&quiet);
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        sk_auto(buf) struct sk_buf why = SK_BUF(16384);
        bool ok = rows[i].fn(&p, &why);

        sk_buf_printf(out, "%-26s %s", rows[i].name, ok ? "ok" : "no");
        if (why.n)
            sk_buf_printf(out, ": %s", why.p);
        sk_buf_addc(out, '\n');
    }
    btf__free(p.btf);
    return out->failed ? -ENOMEM : 0;
}
