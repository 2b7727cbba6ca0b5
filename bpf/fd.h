/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* fd.h - what a descriptor really is: file, socket, pipe, anonymous inode; as extension parameters. */
#pragma once
#include "path.h"

#define bpf_htonl_(x) __builtin_bswap32(x)
#define bpf_ntohs_(x) __builtin_bswap16(x)

#define S_IFMT_   0170000
#define S_IFSOCK_ 0140000
#define S_IFREG_  0100000
#define S_IFDIR_  0040000
#define S_IFIFO_  0010000

#define SOCKFS_MAGIC_   0x534F434B
#define PIPEFS_MAGIC_   0x50495045
#define ANON_MAGIC_     0x09041934
#define TMPFS_MAGIC_    0x01021994
#define OVERLAY_MAGIC_  0x794c7630
#define PIDFS_MAGIC_    0x50494446
#define HUGETLBFS_MAGIC_ 0x958458f6

static __always_inline __u64 file_of(struct task_struct *task, __s64 fd)
{
    struct fdtable *fdt;
    struct file **table;
    __u64 file = 0;

    if (fd < 0)
        return 0;
    fdt = BPF_CORE_READ(task, files, fdt);
    if (!fdt || (__u64)fd >= BPF_CORE_READ(fdt, max_fds))
        return 0;
    table = BPF_CORE_READ(fdt, fd);
    READ_KERNEL(file, table + fd);
    return file;
}

/* major << 20 | minor of the kernel -> the encoding of stat(2), which the dev parameters hold. */
static __always_inline __u32 dev_encode(__u32 dev)
{
    __u32 major = dev >> 20, minor = dev & 0xfffff;

    return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

static __always_inline __u32 inode_dev(struct inode *inode)
{
    return dev_encode(BPF_CORE_READ(inode, i_sb, s_dev));
}

/* overlayfs puts the upper dentry right behind the inode it embeds (struct ovl_inode).  Its type lives in
 * a module, so CO-RE cannot name it; the order has held since 4.14. */
static __always_inline __u32 layer_of(struct inode *inode)
{
    __u64 upper = 0;

    if (BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAY_MAGIC_)
        return 0;
    READ_KERNEL(upper, (char *)inode + bpf_core_type_size(struct inode));
    return upper ? SK_FILE_UPPER : SK_FILE_LOWER;
}

static __always_inline __u8 anon_type(struct dentry *d)
{
    char name[16] = {};

    bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(d, d_name.name));
    /* "[eventfd]", "[eventpoll]", "bpf-map", "bpf-prog", "inotify" ... with or without the bracket. */
    char a = name[0] == '[' ? name[1] : name[0], b = name[0] == '[' ? name[2] : name[1];
    char g = name[0] == '[' ? name[6] : name[5];

    if (a == 'e' && b == 'v')
        return g == 'f' ? SK_FD_EVENT : g == 'p' ? SK_FD_EVENTPOLL : SK_FD_UNSUPPORTED;
    if (a == 's' && b == 'i')
        return SK_FD_SIGNALFD;
    if (a == 't' && b == 'i')
        return SK_FD_TIMERFD;
    if (a == 'i' && b == 'n')
        return SK_FD_INOTIFY;
    if (a == 'b' && b == 'p')
        return SK_FD_BPF;
    if (a == 'u' && b == 's')
        return SK_FD_USERFAULTFD;
    if (a == 'i' && b == 'o')
        return SK_FD_IO_URING;
    if (a == 'p' && b == 'i')
        return SK_FD_PIDFD;
    return SK_FD_UNSUPPORTED;
}

static __always_inline bool is_memfd(struct dentry *d, __u32 magic)
{
    char name[8] = {};

    if (magic != TMPFS_MAGIC_ && magic != HUGETLBFS_MAGIC_)
        return false;
    if (BPF_CORE_READ(d, d_parent) != d)
        return false;
    bpf_probe_read_kernel(name, 6, BPF_CORE_READ(d, d_name.name));
    return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' &&
           name[5] == ':';
}

static __always_inline __u8 type_of(struct dentry *d, __u32 magic, __u32 mode)
{
    if (magic == ANON_MAGIC_)
        return anon_type(d);
    if (magic == PIDFS_MAGIC_)
        return SK_FD_PIDFD;
    if (magic == PIPEFS_MAGIC_ || (mode & S_IFMT_) == S_IFIFO_)
        return SK_FD_FIFO;
    if (is_memfd(d, magic))
        return SK_FD_MEMFD;
    if ((mode & S_IFMT_) == S_IFDIR_)
        return SK_FD_DIRECTORY;
    return SK_FD_FILE;
}

/* The dentry's own name, for what no directory holds ("memfd:x"); `slash` puts a '/' in front. */
static __always_inline void name_as_path(struct sk_tmp *t, struct dentry *d)
{
    __u64 at = SK_TMP_PATH - SK_NAME_MAX;
    __u32 len = BPF_CORE_READ(d, d_name.len);

    if (len > SK_NAME_MAX - 2)
        len = SK_NAME_MAX - 2;
    at = SK_TMP_PATH - 1 - len;
    SK_OPAQUE(at);
    if (at > SK_TMP_PATH - 1)
        return;
    bpf_probe_read_kernel(&t->path[at], len, BPF_CORE_READ(d, d_name.name));
    t->path[SK_TMP_PATH - 1] = 0;
    t->w[0] = at;
}

/* Extension SK_X_FILE of one file. */
__noinline int put_x_file(__u64 file_ptr, __s64 fd, __u32 role, __u64 task_ptr)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    struct file *file = (struct file *)file_ptr;
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    struct dentry *d = BPF_CORE_READ(file, f_path.dentry);
    __u32 magic = BPF_CORE_READ(inode, i_sb, s_magic);
    struct sk_x_file x = {.tag = SK_X_FILE, .role = role, .fd = fd};
    int flags = 0;

    if (!r || !t)
        return 0;
    x.mode = BPF_CORE_READ(inode, i_mode);
    x.ino = BPF_CORE_READ(inode, i_ino);
    x.dev = inode_dev(inode);
    x.type = type_of(d, magic, x.mode);
    x.flags = layer_of(inode);
    no_path(t);
    if (x.type == SK_FD_MEMFD) {
        name_as_path(t, d);
    } else if (x.type == SK_FD_FILE || x.type == SK_FD_DIRECTORY ||
               (x.type == SK_FD_FIFO && magic != PIPEFS_MAGIC_)) {
        flags = walk_of((__u64)d, (__u64)BPF_CORE_READ(file, f_path.mnt),
                        (struct task_struct *)task_ptr);
        if (!BPF_CORE_READ(inode, __i_nlink) && !(flags & SK_FILE_UNREACHABLE))
            flags |= SK_FILE_DELETED;
    }
    x.flags |= flags;
    put_struct(r, &x, sizeof(x), true);
    if (!r->failed)
        end_path(sizeof(x), 0);
    return 0;
}

static __always_inline void copy_addr(__u8 *to, const void *from, __u32 n)
{
    bpf_probe_read_kernel(to, n & 31, from);
}

static __always_inline bool is_v4_mapped(const __u8 *a)
{
    __u64 hi = 0;
    __u32 mid = 0;

    __builtin_memcpy(&hi, a, 8);
    __builtin_memcpy(&mid, a + 8, 4);
    return !hi && mid == bpf_htonl_(0x0000ffff);
}

static __always_inline __u8 l4_of(__u16 type, __u16 proto)
{
    if (type == 1)
        return SK_L4_TCP;
    if (type == 2)
        return proto == 1 || proto == 58 ? SK_L4_ICMP : SK_L4_UDP;
    if (type == 3)
        return SK_L4_RAW;
    return SK_L4_UNKNOWN;
}

/* Name of a bound unix socket into tmp: abstract names begin with NUL, shown as '@'. */
static __always_inline void unix_path(struct sk_tmp *t, struct sock *sk, bool server)
{
    struct unix_sock *u = (struct unix_sock *)sk;
    struct unix_address *addr = BPF_CORE_READ(u, addr);
    struct sock *peer = BPF_CORE_READ(u, peer);
    __u64 at = SK_TMP_PATH - 110;
    __s32 len;
    char *path;

    if (peer && !server) {
        struct unix_address *other = BPF_CORE_READ((struct unix_sock *)peer, addr);

        if (other)
            addr = other;
    }
    if (!addr)
        return;
    len = BPF_CORE_READ(addr, len) - 2;
    if (len <= 0 || len > 108)
        return;
    path = (char *)addr + bpf_core_field_offset(struct unix_address, name) + 2;
    __builtin_memset(&t->path[SK_TMP_PATH - 110], 0, 110);
    bpf_probe_read_kernel(&t->path[at], len & 127, path);
    if (!t->path[at])
        t->path[at] = '@';
    t->path[SK_TMP_PATH - 1] = 0;
    t->w[0] = at;
    /* The text ends at its first NUL: readers take it from there. */
}

/* Fills x from a struct sock; unix names go to tmp. */
static __always_inline void fill_sock(struct sk_x_sock *x, struct sock *sk, struct sk_tmp *t)
{
    x->family = BPF_CORE_READ(sk, __sk_common.skc_family);
    x->state = BPF_CORE_READ(sk, __sk_common.skc_state);
    x->server = x->server || x->state == 10;
    if (x->family == 2) {
        __u32 l = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
        __u32 r = BPF_CORE_READ(sk, __sk_common.skc_daddr);

        __builtin_memcpy(x->laddr, &l, 4);
        __builtin_memcpy(x->raddr, &r, 4);
        x->type = SK_FD_IPV4_SOCK;
    } else if (x->family == 10) {
        struct in6_addr l = BPF_CORE_READ(sk, __sk_common.skc_v6_rcv_saddr);
        struct in6_addr r = BPF_CORE_READ(sk, __sk_common.skc_v6_daddr);

        __builtin_memcpy(x->laddr, &l, 16);
        __builtin_memcpy(x->raddr, &r, 16);
        x->type = SK_FD_IPV6_SOCK;
        if (is_v4_mapped(x->raddr)) { /* an IPv4 connection on an IPv6 socket */
            __builtin_memcpy(x->laddr, x->laddr + 12, 4);
            __builtin_memcpy(x->raddr, x->raddr + 12, 4);
            x->type = SK_FD_IPV4_SOCK;
        }
    } else if (x->family == 1) {
        x->type = SK_FD_UNIX;
        unix_path(t, sk, x->server);
        return;
    } else if (x->family == 16) {
        x->type = SK_FD_NETLINK;
        return;
    } else {
        x->type = SK_FD_UNSUPPORTED;
        return;
    }
    x->lport = BPF_CORE_READ(sk, __sk_common.skc_num);
    x->rport = bpf_ntohs_(BPF_CORE_READ(sk, __sk_common.skc_dport));
    x->l4proto = l4_of(x->sk_type, BPF_CORE_READ(sk, sk_protocol));
    if (x->state == 10)
        x->type = x->type == SK_FD_IPV4_SOCK ? SK_FD_IPV4_SERVSOCK : SK_FD_IPV6_SERVSOCK;
}

static __always_inline struct socket *socket_of(__u64 file)
{
    struct file *f = (struct file *)file;

    if (!file || BPF_CORE_READ(f, f_inode, i_sb, s_magic) != SOCKFS_MAGIC_)
        return 0;
    return (struct socket *)BPF_CORE_READ(f, private_data);
}

/* Extension SK_X_SOCK of a socket's file. */
__noinline int put_x_sock(__u64 file_ptr, __s64 fd, __u32 role, __u32 server)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    struct socket *sock = socket_of(file_ptr);
    struct sk_x_sock x = {.tag = SK_X_SOCK, .role = role, .fd = fd, .server = server};
    struct sock *sk;

    if (!r || !t || !sock)
        return 0;
    no_path(t);
    x.sk_type = BPF_CORE_READ(sock, type);
    x.ino = BPF_CORE_READ((struct file *)file_ptr, f_inode, i_ino);
    sk = BPF_CORE_READ(sock, sk);
    if (sk)
        fill_sock(&x, sk, t);
    put_struct(r, &x, sizeof(x), true);
    if (!r->failed)
        end_path(sizeof(x), 0);
    return 0;
}

/* The extension of whatever fd is; nothing when it is not open. */
static __always_inline void put_x_fd(struct task_struct *task, __s64 fd, __u32 role, __u32 server)
{
    __u64 file = file_of(task, fd);

    if (!file)
        return;
    if (BPF_CORE_READ((struct file *)file, f_inode, i_sb, s_magic) == SOCKFS_MAGIC_)
        put_x_sock(file, fd, role, server);
    else
        put_x_file(file, fd, role, (__u64)task);
}

/* Extension SK_X_DIR: the directory behind dirfd, or the working directory for AT_FDCWD. */
__noinline int put_x_dir(__s64 dirfd, __u32 role, __u64 task_ptr)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct sk_x_dir x = {.tag = SK_X_DIR, .role = role};
    __u64 dentry, mnt;

    if (!r || !t)
        return 0;
    if ((__s32)dirfd == -100) {
        struct fs_struct *fs = BPF_CORE_READ(task, fs);

        dentry = (__u64)BPF_CORE_READ(fs, pwd.dentry);
        mnt = (__u64)BPF_CORE_READ(fs, pwd.mnt);
    } else {
        struct file *file = (struct file *)file_of(task, (__s32)dirfd);

        if (!file)
            return 0;
        dentry = (__u64)BPF_CORE_READ(file, f_path.dentry);
        mnt = (__u64)BPF_CORE_READ(file, f_path.mnt);
    }
    no_path(t);
    x.flags = walk_of(dentry, mnt, task);
    put_struct(r, &x, sizeof(x), true);
    if (!r->failed)
        end_path(sizeof(x), 0);
    return 0;
}
