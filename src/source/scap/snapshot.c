/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c - what is known of a machine when a recording begins: its lists.
 *
 * Of this machine, addresses and users are asked from it and descriptors are read from /proc; of a
 * replayed one, the state has what its capture told. */
#include <errno.h>
#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "source/procfs_fds.h"
#include "source/scap/writer.h"
#include "state/fd.h"
#include "state/walk.h"

#define LIST_BYTES     (8u << 20)
#define BLOCK_BYTES    (256u << 10) /* a longer list goes on in another block */
#define NAME_ROW_BYTES 16384u       /* a row of /etc/passwd, /etc/group */

struct snapshot {
    struct sk_scap_writer *w;
    struct sk_state *st;
    const char *proc;
    struct sk_buf b;
    size_t at; /* where the block begins */
    bool open;
};

static void begin(struct snapshot *s, uint32_t id)
{
    if (!s->open)
        s->at = sk_scap_block_begin(&s->b, id);
    s->open = true;
}

static void end(struct snapshot *s)
{
    if (s->open)
        sk_scap_block_end(&s->b, s->at);
    s->open = false;
    sk_scap_write_bytes(s->w, &s->b);
}

static void end_when_long(struct snapshot *s)
{
    if (s->b.n > BLOCK_BYTES)
        end(s);
}

static void write_machine(struct snapshot *s)
{
    char host[256] = "";
    struct sysinfo info = {0};

    if (s->proc && gethostname(host, sizeof(host) - 1) == 0 && sysinfo(&info) == 0)
        sk_scap_put_machine(&s->b, (uint32_t)SK_MAX(sysconf(_SC_NPROCESSORS_ONLN), 1L),
                            (uint64_t)info.totalram * info.mem_unit, host,
                            sk_now_ns() - sk_boottime_ns());
    else
        sk_scap_put_machine(&s->b, 1, 0, "", 0);
    sk_scap_write_bytes(s->w, &s->b);
}

static void copy_address(const struct sockaddr *sa, uint8_t *out)
{
    if (sa && sa->sa_family == AF_INET)
        memcpy(out, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
    else if (sa && sa->sa_family == AF_INET6)
        memcpy(out, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
}

static void put_local(struct snapshot *s)
{
    struct ifaddrs *all = NULL;

    if (getifaddrs(&all))
        return;
    for (struct ifaddrs *a = all; a; a = a->ifa_next) {
        struct sk_iface ifc = {.v6 = a->ifa_addr && a->ifa_addr->sa_family == AF_INET6};

        if (!a->ifa_addr || (!ifc.v6 && a->ifa_addr->sa_family != AF_INET))
            continue;
        copy_address(a->ifa_addr, ifc.ip);
        copy_address(a->ifa_netmask, ifc.mask);
        if (a->ifa_flags & IFF_BROADCAST)
            copy_address(a->ifa_broadaddr, ifc.bcast);
        begin(s, SK_SCAP_ID_IL_V2);
        sk_scap_put_iface(&s->b, &ifc, a->ifa_name);
    }
    freeifaddrs(all);
}

static void write_addresses(struct snapshot *s)
{
    size_t n = 0;
    const struct sk_iface *ifc = sk_state_ifaces(s->st, &n);

    if (s->proc)
        put_local(s);
    for (size_t i = 0; !s->proc && i < n; i++) {
        begin(s, SK_SCAP_ID_IL_V2);
        sk_scap_put_iface(&s->b, &ifc[i], "");
    }
    end(s);
}

static void put_name(struct snapshot *s, const struct sk_scap_user *u)
{
    begin(s, SK_SCAP_ID_UL_V2);
    sk_scap_put_user(&s->b, u);
    end_when_long(s);
}

/* A file of the watched machine; proc is its /proc. */
static FILE *open_etc(const struct snapshot *s, const char *name)
{
    char path[SK_PATH_MAX];
    size_t n = strlen(s->proc);

    n -= n >= 5 && strcmp(s->proc + n - 5, "/proc") == 0 ? 5 : 0;
    snprintf(path, sizeof(path), "%.*s/etc/%s", (int)n, s->proc, name);
    return fopen(path, "re");
}

static void put_users(struct snapshot *s)
{
    sk_auto(file) FILE *f = open_etc(s, "passwd");
    char row[NAME_ROW_BYTES];
    struct passwd pw, *got;

    while (f && fgetpwent_r(f, &pw, row, sizeof(row), &got) == 0) {
        const struct sk_scap_user u = {
            .user = {pw.pw_uid, pw.pw_gid, sk_str(pw.pw_name), sk_str(pw.pw_dir),
                     sk_str(pw.pw_shell)},
        };

        put_name(s, &u);
    }
}

static void put_groups(struct snapshot *s)
{
    sk_auto(file) FILE *f = open_etc(s, "group");
    char row[NAME_ROW_BYTES];
    struct group gr, *got;

    while (f && fgetgrent_r(f, &gr, row, sizeof(row), &got) == 0) {
        const struct sk_scap_user u = {
            .is_group = true,
            .group = {gr.gr_gid, sk_str(gr.gr_name)},
        };

        put_name(s, &u);
    }
}

static void write_names(struct snapshot *s)
{
    const struct sk_user *row;

    if (s->proc) {
        put_users(s);
        put_groups(s);
    }
    for (int groups = 0; groups < 2 && !s->proc; groups++)
        for (size_t it = 0; (row = sk_state_name_next(s->st, groups, &it));) {
            const struct sk_scap_user u = {groups, *row, {row->gid, row->name}};

            put_name(s, &u);
        }
    end(s);
}

static void write_tasks(struct snapshot *s)
{
    struct sk_thread *th;
    struct sk_task_info ti;

    for (size_t it = 0; (th = sk_state_next(s->st, &it));) {
        sk_state_task_info(th, &ti);
        begin(s, SK_SCAP_ID_PL_V9);
        sk_scap_put_task(&s->b, &ti);
        end_when_long(s);
    }
    end(s);
    for (size_t it = 0; (th = sk_state_next(s->st, &it));) {
        if (th->tid != th->proc->pid)
            continue;
        sk_state_task_info(th, &ti);
        begin(s, SK_SCAP_ID_TASKS_MORE);
        sk_scap_put_task_more(&s->b, &ti);
        end_when_long(s);
    }
    end(s);
}

static void put_fd(void *self, const struct sk_fd_info *fi)
{
    struct snapshot *s = self;

    sk_scap_put_fd(&s->b, fi);
}

static void put_known_fds(struct snapshot *s, const struct sk_thread *th)
{
    const struct sk_fd *fd;

    for (size_t it = 0; (fd = sk_state_fd_next(th, &it));) {
        struct sk_fd_info fi = {
            .num = fd->num,
            .ino = fd->ino,
            .type = fd->type,
            .l4proto = fd->l4proto,
            .sport = fd->sport,
            .dport = fd->dport,
            .unix_src = fd->unix_src,
            .unix_dst = fd->unix_dst,
            .open_flags = fd->open_flags,
            .dev = fd->dev,
            .name = fd->name,
        };

        memcpy(fi.sip, fd->sip, sizeof(fi.sip));
        memcpy(fi.dip, fd->dip, sizeof(fi.dip));
        put_fd(s, &fi);
    }
}

/* One block a process: its descriptors are those of its leader. */
static void write_fds(struct snapshot *s)
{
    sk_auto(procfs_nets) struct sk_procfs_nets *nets = s->proc ? sk_procfs_nets_new() : NULL;
    struct sk_thread *th;

    for (size_t it = 0; (th = sk_state_next(s->st, &it));) {
        uint64_t tid = th->tid;

        if (th->tid != th->proc->pid)
            continue;
        begin(s, SK_SCAP_ID_FDL_V2);
        sk_buf_add(&s->b, &tid, sizeof(tid));
        if (s->proc)
            sk_procfs_fds(s->proc, th->tid, nets, put_fd, s);
        else
            put_known_fds(s, th);
        end(s);
    }
}

void sk_scap_write_state(struct sk_scap_writer *w, struct sk_state *st, const char *proc)
{
    struct snapshot s = {.w = w, .st = st, .proc = proc, .b = SK_BUF(LIST_BYTES)};

    sk_scap_put_section(&s.b);
    sk_scap_write_bytes(w, &s.b);
    write_machine(&s);
    write_addresses(&s);
    write_names(&s);
    write_tasks(&s);
    write_fds(&s);
    sk_buf_done(&s.b);
}
