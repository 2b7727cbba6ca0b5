/* SPDX-License-Identifier: Apache-2.0 */
/* features.c - small questions to the kernel; see features.h. */
#include "source/ebpf/features.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <mntent.h>
#include <unistd.h>

/* Linux 5.8; older headers lack them. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF     39
#endif

static const struct try_row {
    enum bpf_prog_type type;
    enum bpf_attach_type attach;
    const char *prefix; /* of the name in the kernel's types; NULL: no name */
    uint32_t btf_kind;
} tries[] = {
    [SK_TRY_TP_BTF] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, "btf_trace_", BTF_KIND_TYPEDEF},
    [SK_TRY_RAW_TP] = {BPF_PROG_TYPE_RAW_TRACEPOINT, 0, NULL, 0},
    [SK_TRY_FENTRY] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, "", BTF_KIND_FUNC},
    [SK_TRY_FEXIT] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, "", BTF_KIND_FUNC},
    [SK_TRY_KPROBE] = {BPF_PROG_TYPE_KPROBE, 0, NULL, 0},
    [SK_TRY_LSM] = {BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "bpf_lsm_", BTF_KIND_FUNC},
    [SK_TRY_ITER] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, "bpf_iter_", BTF_KIND_FUNC},
};

int sk_try_program(enum sk_try kind, const struct btf *btf, const char *name)
{
    const struct try_row *row = &tries[kind];
    const struct bpf_insn body[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = row->attach);

    if (row->prefix) {
        char full[128];

        snprintf(full, sizeof(full), "%s%s", row->prefix, name);
        int id = btf__find_by_name_kind(btf, full, row->btf_kind);
        if (id < 0)
            return -ENOENT;
        opts.attach_btf_id = (uint32_t)id;
    }
    sk_auto(fd) int fd = bpf_prog_load(row->type, "sk_try", "GPL", body, SK_ARRAY_LEN(body), &opts);
    return fd < 0 ? fd : 0;
}

int sk_try_ringbuf(void)
{
    sk_auto(fd) int fd =
        bpf_map_create(BPF_MAP_TYPE_RINGBUF, "sk_try", 0, 0, (uint32_t)sysconf(_SC_PAGESIZE), NULL);

    return fd < 0 ? fd : 0;
}

uint64_t sk_caps_effective(const char *status_path)
{
    sk_auto(file) FILE *f = fopen(status_path, "re");
    char line[256];
    unsigned long long caps = 0;

    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "CapEff: %llx", &caps) == 1)
            return caps;
    return 0;
}

bool sk_caps_suffice(uint64_t caps)
{
    bool admin = caps >> CAP_SYS_ADMIN & 1;

    return admin || ((caps >> CAP_BPF & 1) && (caps >> CAP_PERFMON & 1));
}

int sk_mount_find(const char *table, const char *type, char *out, size_t size)
{
    FILE *f = setmntent(table, "re");
    char room[4096];
    struct mntent me;
    int err = -ENOENT;

    if (!f)
        return -errno;
    while (err && getmntent_r(f, &me, room, sizeof(room))) {
        if (strcmp(me.mnt_type, type) == 0 && strlen(me.mnt_dir) < size) {
            memcpy(out, me.mnt_dir, strlen(me.mnt_dir) + 1);
            err = 0;
        }
    }
    endmntent(f);
    return err;
}

int sk_read_line(const char *path, char *out, size_t size)
{
    sk_auto(file) FILE *f = fopen(path, "re");

    if (!f)
        return -errno;
    if (!fgets(out, (int)size, f))
        return -ENODATA;
    out[strcspn(out, "\n")] = '\0';
    return 0;
}

bool sk_bracketed(const char *text, char *out, size_t size)
{
    const char *from = strchr(text, '[');
    const char *to = from ? strchr(from, ']') : NULL;

    if (!to || (size_t)(to - from) > size)
        return false;
    memcpy(out, from + 1, (size_t)(to - from - 1));
    out[to - from - 1] = '\0';
    return true;
}
