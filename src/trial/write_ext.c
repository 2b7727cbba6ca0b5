/* SPDX-License-Identifier: Apache-2.0 */
/* write_ext.c - what the driver knows beside the arguments: who, which descriptor, which directory. */
#include <arpa/inet.h>
#include <errno.h>

#include "trial/value.h"
#include "trial/write_make.h"

#define HAS_FD (SK_EF_CREATES_FD | SK_EF_USES_FD | SK_EF_DESTROYS_FD)
enum { TCP_ESTABLISHED_ = 1 };

static int bad(struct sk_record *r, const char *field, const char *what)
{
    const struct sk_given *g = sk_given_find(r->given, r->n, field);

    return sk_err(r->dg, -EINVAL, &g->value->pos, "'%s': %s", field, what);
}

static const struct {
    const char *name, *letter;
    enum sk_fd_type type;
    bool sock;
} types[] = {
    {"file", "f", SK_FD_FILE, false},
    {"directory", "d", SK_FD_DIRECTORY, false},
    {"ipv4", "4", SK_FD_IPV4_SOCK, true},
    {"ipv6", "6", SK_FD_IPV6_SOCK, true},
    {"pipe", "p", SK_FD_FIFO, false},
    {"unix", "u", SK_FD_UNIX, true},
    {"event", "e", SK_FD_EVENT, false},
    {"signalfd", "s", SK_FD_SIGNALFD, false},
    {"eventpoll", "l", SK_FD_EVENTPOLL, false},
    {"inotify", "i", SK_FD_INOTIFY, false},
    {"timerfd", "t", SK_FD_TIMERFD, false},
    {"netlink", "n", SK_FD_NETLINK, true},
    {"bpf", "b", SK_FD_BPF, false},
    {"userfaultfd", "u", SK_FD_USERFAULTFD, false},
    {"io_uring", "r", SK_FD_IO_URING, false},
    {"memfd", "m", SK_FD_MEMFD, false},
    {"pidfd", "P", SK_FD_PIDFD, false},
};

static int read_type(struct sk_record *r, enum sk_fd_type *out, bool *sock)
{
    struct sk_str name = sk_record_text(r, "fd.type"), letter = sk_record_text(r, "fd.typechar");

    for (size_t i = 0; i < SK_ARRAY_LEN(types) && (name.p || letter.p); i++) {
        if ((name.p && !sk_str_eqz(name, types[i].name)) ||
            (letter.p && !sk_str_eqz(letter, types[i].letter)))
            continue;
        *out = types[i].type;
        *sock = types[i].sock;
        return 0;
    }
    if (name.p || letter.p)
        return bad(r, name.p ? "fd.type" : "fd.typechar", "there is no such type of descriptor");
    return 0;
}

static int read_ip(struct sk_record *r, const char *field, uint8_t ip[16])
{
    struct sk_str s = sk_record_text(r, field);
    uint8_t bytes[16] = {0};

    if (!s.p)
        return 0;
    r->is_sock = true;
    if (inet_pton(AF_INET, s.p, bytes) == 1) {
        r->sock.family = AF_INET;
    } else if (inet_pton(AF_INET6, s.p, bytes) == 1) {
        r->sock.family = AF_INET6;
    } else {
        return bad(r, field, "an IP address is expected");
    }
    memcpy(ip, bytes, sizeof(bytes));
    return 0;
}

static int read_port(struct sk_record *r, const char *field, uint16_t *port)
{
    struct sk_str s = sk_record_text(r, field);
    int64_t v;

    if (!s.p)
        return 0;
    r->is_sock = true;
    if (sk_trial_number(s, &v) || v < 0 || v > UINT16_MAX)
        return bad(r, field, "a port is expected");
    *port = (uint16_t)v;
    return 0;
}

static bool listens(const char *event)
{
    return !strncmp(event, "accept", 6) || !strcmp(event, "listen") || !strcmp(event, "bind");
}

static int read_ends(struct sk_record *r)
{
    struct sk_x_sock *x = &r->sock;
    struct sk_str server = sk_record_text(r, "fd.is_server");
    bool srv = server.p ? sk_str_eqz(server, "true") : listens(r->info->name);
    uint8_t *cip = srv ? x->raddr : x->laddr, *sip = srv ? x->laddr : x->raddr;
    uint16_t ports[4] = {0}; /* c, s, l, r */
    int rc = read_ip(r, "fd.cip", cip);

    rc = rc ? rc : read_ip(r, "fd.sip", sip);
    rc = rc ? rc : read_ip(r, "fd.lip", x->laddr);
    rc = rc ? rc : read_ip(r, "fd.rip", x->raddr);
    rc = rc ? rc : read_port(r, "fd.cport", &ports[0]);
    rc = rc ? rc : read_port(r, "fd.sport", &ports[1]);
    rc = rc ? rc : read_port(r, "fd.lport", &ports[2]);
    rc = rc ? rc : read_port(r, "fd.rport", &ports[3]);
    if (ports[0])
        *(srv ? &ports[3] : &ports[2]) = ports[0];
    if (ports[1])
        *(srv ? &ports[2] : &ports[3]) = ports[1];
    x->lport = ports[2];
    x->rport = ports[3];
    x->server = srv;
    return rc;
}

static int read_proto(struct sk_record *r)
{
    static const char *const names[] = {
        [SK_L4_TCP] = "tcp", [SK_L4_UDP] = "udp", [SK_L4_ICMP] = "icmp", [SK_L4_RAW] = "raw"};
    struct sk_str s = sk_record_text(r, "fd.l4proto");

    r->sock.l4proto = SK_L4_TCP;
    if (!s.p)
        return 0;
    r->is_sock = true;
    for (unsigned i = SK_L4_TCP; i < SK_ARRAY_LEN(names); i++) {
        if (sk_str_eqz(s, names[i])) {
            r->sock.l4proto = (uint8_t)i;
            return 0;
        }
    }
    return bad(r, "fd.l4proto", "tcp, udp, icmp or raw is expected");
}

static int read_file(struct sk_record *r, enum sk_fd_type type)
{
    static const struct {
        const char *field;
        uint8_t flag;
    } flags[] = {{"fd.is_upper_layer", SK_FILE_UPPER},
                 {"fd.is_lower_layer", SK_FILE_LOWER},
                 {"fd.deleted", SK_FILE_DELETED}};
    struct sk_str ino = sk_record_text(r, "fd.ino"), dev = sk_record_text(r, "fd.dev");
    int64_t i = 4711, d = 0;

    if (ino.p && sk_trial_number(ino, &i))
        return bad(r, "fd.ino", "a number is expected");
    if (dev.p && sk_trial_number(dev, &d))
        return bad(r, "fd.dev", "a number is expected");
    r->file = (struct sk_x_file){.tag = SK_X_FILE,
                                 .role = SK_ROLE_FD,
                                 .type = (uint8_t)type,
                                 .fd = r->fd,
                                 .dev = (uint32_t)d,
                                 .ino = (uint64_t)i};
    for (size_t k = 0; k < SK_ARRAY_LEN(flags); k++)
        if (sk_str_eqz(sk_record_text(r, flags[k].field), "true"))
            r->file.flags |= flags[k].flag;
    return 0;
}

int sk_record_read_fd(struct sk_record *r)
{
    bool creates = r->info->flags & SK_EF_CREATES_FD, sock = false;
    enum sk_fd_type type = SK_FD_UNKNOWN;
    struct sk_str path;
    int rc;

    if (!(r->info->flags & HAS_FD))
        return 0;
    r->sock = (struct sk_x_sock){
        .tag = SK_X_SOCK, .role = SK_ROLE_FD, .sk_type = 1, .state = TCP_ESTABLISHED_, .fd = r->fd};
    rc = read_type(r, &type, &sock);
    rc = rc ? rc : read_proto(r);
    rc = rc ? rc : read_ends(r);
    if (rc)
        return rc;
    r->is_sock |= sock;
    path = sk_record_text(r, "fd.name");
    if (!path.p && !strncmp(r->info->name, "fch", 3))
        path = sk_record_text(r, "fs.path.name");
    r->path = path.p && path.p[0] == '/' ? path : SK_STR("");
    if (r->is_sock) {
        if (!sock)
            type = r->sock.family == AF_INET6 ? SK_FD_IPV6_SOCK : SK_FD_IPV4_SOCK;
        if (type == SK_FD_UNIX)
            r->sock.family = AF_UNIX;
        else if (!r->sock.family)
            r->sock.family = type == SK_FD_IPV6_SOCK ? AF_INET6 : AF_INET;
        r->sock.type = (uint8_t)type;
    } else {
        r->is_file = type != SK_FD_UNKNOWN || r->path.n;
        rc = read_file(r, type == SK_FD_UNKNOWN ? SK_FD_FILE : type);
    }
    /* What a call that failed did not open is not there. */
    if (creates && r->result < 0)
        r->is_file = r->is_sock = false;
    return rc;
}

static void put_end(uint8_t *to, const uint8_t ip[16], uint16_t port, size_t n)
{
    memcpy(to, ip, n);
    to[n] = (uint8_t)port;
    to[n + 1] = (uint8_t)(port >> 8);
}

bool sk_record_sock_param(struct sk_record *r, const struct sk_param_info *p)
{
    const struct sk_x_sock *x = &r->sock;
    size_t n = x->family == AF_INET ? 4 : 16;
    bool peer_first = r->info->flags & (SK_EF_READS_FROM_FD | SK_EF_CREATES_FD);
    uint8_t b[1 + 2 * 18] = {(uint8_t)x->family};

    if (!r->is_sock || (x->family != AF_INET && x->family != AF_INET6))
        return false;
    if (p->type == SK_T_SOCKADDR) {
        bool own = !strcmp(r->info->name, "bind");

        put_end(b + 1, own ? x->laddr : x->raddr, own ? x->lport : x->rport, n);
        sk_event_write_param(&r->w, b, 1 + n + 2);
        return true;
    }
    if (p->type != SK_T_SOCKTUPLE)
        return false;
    put_end(b + 1, peer_first ? x->raddr : x->laddr, peer_first ? x->rport : x->lport, n);
    put_end(b + 1 + n + 2, peer_first ? x->laddr : x->raddr, peer_first ? x->lport : x->rport, n);
    sk_event_write_param(&r->w, b, 1 + 2 * (n + 2));
    return true;
}

static bool tells_who(const char *event)
{
    static const char *const list[] = {"execve", "execveat", "clone", "clone3", "fork", "vfork"};

    for (size_t i = 0; i < SK_ARRAY_LEN(list); i++)
        if (!strcmp(event, list[i]))
            return true;
    return false;
}

static uint64_t exec_flags(const struct sk_task_info *ti)
{
    return (ti->exe_writable ? 1u : 0u) | (ti->exe_upper ? 2u : 0u) | (ti->exe_memfd ? 4u : 0u) |
           (ti->exe_lower ? 8u : 0u);
}

/* The kernel marks the path of a file that has no name any more. */
static struct sk_str trusted_path(struct sk_record *r)
{
    struct sk_str path = r->s->who[0].exepath;
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_PATH_MAX);
    const char *marked;

    if (!sk_str_eqz(sk_record_text(r, "proc.exe_deleted"), "true"))
        return path;
    sk_buf_adds(&b, path);
    sk_buf_addz(&b, " (deleted)");
    marked = b.failed ? NULL : sk_arena_dup(r->mem, sk_buf_str(&b));
    return marked ? (struct sk_str){marked, b.n} : path;
}

static bool who_text(struct sk_record *r, const struct sk_param_info *p)
{
    const struct sk_task_info *ti = &r->s->who[0];
    const struct {
        const char *name;
        struct sk_str s;
    } texts[] = {{"exe", ti->exe},
                 {"cwd", ti->cwd},
                 {"comm", ti->comm},
                 {"trusted_exepath", trusted_path(r)},
                 {"filename", ti->exepath}};
    const struct {
        const char *name;
        struct sk_str s;
    } bytes[] = {{"args", ti->args}, {"env", ti->env}, {"cgroups", ti->cgroups}};

    for (size_t i = 0; i < SK_ARRAY_LEN(texts); i++) {
        if (!strcmp(texts[i].name, p->name)) {
            sk_event_write_text(&r->w, texts[i].s);
            return true;
        }
    }
    for (size_t i = 0; i < SK_ARRAY_LEN(bytes); i++) {
        if (!strcmp(bytes[i].name, p->name)) {
            sk_event_write_param(&r->w, bytes[i].s.p, bytes[i].s.n);
            return true;
        }
    }
    return false;
}

bool sk_record_who_param(struct sk_record *r, const struct sk_param_info *p)
{
    const struct sk_task_info *ti = &r->s->who[0];
    const struct {
        const char *name;
        uint64_t v;
    } numbers[] = {{"tid", ti->tid},
                   {"pid", ti->pid},
                   {"ptid", ti->ppid},
                   {"fdlimit", (uint64_t)ti->fdlimit},
                   {"pgft_maj", ti->pgft_maj},
                   {"pgft_min", ti->pgft_min},
                   {"vm_size", ti->vm_size_kb},
                   {"vm_rss", ti->vm_rss_kb},
                   {"vm_swap", ti->vm_swap_kb},
                   {"tty", ti->tty},
                   {"vpgid", (uint64_t)ti->vpgid},
                   {"loginuid", ti->loginuid},
                   {"cap_inheritable", ti->cap_inheritable},
                   {"cap_permitted", ti->cap_permitted},
                   {"cap_effective", ti->cap_effective},
                   {"exe_ino", ti->exe_ino},
                   {"exe_ino_ctime", ti->exe_ctime_ns},
                   {"exe_ino_mtime", ti->exe_mtime_ns},
                   {"uid", ti->uid},
                   {"gid", ti->gid},
                   {"pgid", (uint64_t)ti->pgid},
                   {"vtid", (uint64_t)ti->vtid},
                   {"vpid", (uint64_t)ti->vpid},
                   {"pidns_init_start_ts", ti->pidns_init_start_ns}};

    if (!tells_who(r->info->name))
        return false;
    if (!strncmp(r->info->name, "exec", 4) && !strcmp(p->name, "flags")) {
        sk_event_write_int(&r->w, exec_flags(ti), sk_type_size(p->type));
        return true;
    }
    for (size_t i = 0; i < SK_ARRAY_LEN(numbers); i++) {
        if (!strcmp(numbers[i].name, p->name)) {
            sk_event_write_int(&r->w, numbers[i].v, sk_type_size(p->type));
            return true;
        }
    }
    return who_text(r, p);
}

static int write_ext(struct sk_record *r, const void *x, size_t n, const struct sk_str *path)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_REC_MAX_BYTES);

    sk_buf_add(&b, x, n);
    if (path) {
        sk_buf_adds(&b, *path);
        sk_buf_addc(&b, '\0');
    }
    if (b.failed)
        return -EMSGSIZE;
    sk_event_write_param(&r->w, b.p, b.n);
    return 0;
}

static int write_task(struct sk_record *r)
{
    const struct sk_task_info *ti = &r->s->who[0];
    struct sk_x_task x = {.tag = SK_X_TASK,
                          .flags = r->s->in_container ? SK_TASK_PIDNS | SK_TASK_MNTNS : 0,
                          .sys_nr = 0xffff,
                          .pid = ti->pid,
                          .ppid = ti->ppid,
                          .vtid = (uint32_t)ti->vtid,
                          .vpid = (uint32_t)ti->vpid,
                          .uid = ti->uid,
                          .gid = ti->gid,
                          .start_ns = ti->start_ns};

    memcpy(x.comm, ti->comm.p, SK_MIN(ti->comm.n, (size_t)SK_COMM_MAX - 1));
    return write_ext(r, &x, sizeof(x), NULL);
}

static int write_dirs(struct sk_record *r)
{
    const struct sk_str cwd = r->s->who[0].cwd;
    uint8_t role = SK_ROLE_OLD;
    int rc = 0;

    for (unsigned i = 0; !rc && i < r->info->nparams && role <= SK_ROLE_NEW; i++) {
        struct sk_x_dir x = {.tag = SK_X_DIR, .role = role};

        if (r->info->param[i].type != SK_T_FSPATH && r->info->param[i].type != SK_T_FSRELPATH)
            continue;
        rc = write_ext(r, &x, sizeof(x), &cwd);
        role++;
    }
    return rc;
}

static int write_exec(struct sk_record *r)
{
    const struct sk_task_info *ti = &r->s->who[0];
    struct sk_x_exec x = {.tag = SK_X_EXEC,
                          .exe_dev = ti->exe_dev,
                          .sid = (uint32_t)ti->sid,
                          .ns_pid = ti->ns_pid,
                          .ns_mnt = ti->ns_mnt,
                          .ns_net = ti->ns_net,
                          .ns_user = ti->ns_user,
                          .ns_uts = ti->ns_uts,
                          .ns_ipc = ti->ns_ipc,
                          .ns_cgroup = ti->ns_cgroup};

    return write_ext(r, &x, sizeof(x), NULL);
}

int sk_record_extend(struct sk_record *r)
{
    int rc = write_task(r);

    if (!rc && r->is_sock)
        rc = write_ext(r, &r->sock, sizeof(r->sock), &r->path);
    else if (!rc && r->is_file)
        rc = write_ext(r, &r->file, sizeof(r->file), &r->path);
    if (!rc && tells_who(r->info->name))
        return write_exec(r);
    return rc ? rc : write_dirs(r);
}
