/* SPDX-License-Identifier: Apache-2.0 */
/* params_more.c - calls that rules seldom name: queries, limits, memory, waiting, copying. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/mount.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

static char path[128];

static int a_file(const char *content)
{
    int fd = open("file", O_CREAT | O_RDWR | O_TRUNC, 0600);
    size_t n = strlen(content);

    snprintf(path, sizeof(path), "%s/file", scratch);
    NEED(fd >= 0 && write(fd, content, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static void result_of(const char *name, long ret)
{
    event(name);
    is_result("res", ret);
}

static void socket_options(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, got = 7;
    socklen_t n = sizeof(got);
    struct timeval tv = {2, 500000};

    start();
    result_of("setsockopt", CALL(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, P(&on), sizeof(on)));
    is_int("fd", fd);
    is_shown("level", "SOL_SOCKET");
    is_shown("optname", "SO_REUSEADDR");
    is_bytes("val", "\2\1\0\0\0", 5);
    is_int("optlen", 4);
    result_of("setsockopt", CALL(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, P(&tv), sizeof(tv)));
    is_shown("optname", "SO_RCVTIMEO");
    is_bytes("val", "\4\0\371\2\225\0\0\0\0", 9); /* 2.5 s in nanoseconds */
    result_of("setsockopt", CALL(SYS_setsockopt, 99, IPPROTO_TCP, 1, P(&on), sizeof(on)));
    is_shown("res", "EBADF");
    is_shown("level", "SOL_TCP");
    is_bytes("val", "\0\1\0\0\0", 5);
    result_of("getsockopt", CALL(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, P(&got), P(&n)));
    is_int("fd", fd);
    is_shown("optname", "SO_ERROR");
    is_bytes("val", "\1\0\0\0\0\0\0\0\0", 9);
    is_int("optlen", 4);
}

static void event_descriptors(void)
{
    sigset_t mask = {{1}};

    start();
    long fd = CALL(SYS_eventfd2, 5, O_CLOEXEC | O_NONBLOCK);
    result_of("eventfd2", fd);
    is_int("initval", 5);
    is_shown("flags", "O_NONBLOCK|O_CLOEXEC");
    is_file(fd, "", SK_FD_EVENT);
    fd = CALL(SYS_signalfd4, -1, P(&mask), 8, O_CLOEXEC);
    result_of("signalfd4", fd);
    is_int("fd", -1);
    is_shown("flags", "O_CLOEXEC");
    is_int("mask", 0);
    is_file(fd, "", SK_FD_SIGNALFD);
    fd = CALL(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
    result_of("timerfd_create", fd);
    is_int("clockid", CLOCK_MONOTONIC);
    is_int("flags", 0);
    is_file(fd, "", SK_FD_TIMERFD);
    fd = CALL(SYS_inotify_init1, O_NONBLOCK);
    result_of("inotify_init1", fd);
    is_shown("flags", "O_NONBLOCK");
    is_file(fd, "", SK_FD_INOTIFY);
    fd = CALL(SYS_epoll_create1, EPOLL_CLOEXEC);
    result_of("epoll_create1", fd);
    is_shown("flags", "EPOLL_CLOEXEC");
    is_file(fd, "", SK_FD_EVENTPOLL);
#ifdef SYS_eventfd
    struct epoll_event ev;
    result_of("epoll_wait", CALL(SYS_epoll_wait, fd, P(&ev), 3, 0));
    is_int("maxevents", 3);
    fd = CALL(SYS_eventfd, 6);
    result_of("eventfd", fd);
    is_int("initval", 6);
    is_int("flags", 0);
    fd = CALL(SYS_epoll_create, 9);
    result_of("epoll_create", fd);
    is_int("size", 9);
    fd = CALL(SYS_inotify_init);
    result_of("inotify_init", fd);
    is_int("flags", 0);
    fd = CALL(SYS_signalfd, -1, P(&mask), 8);
    result_of("signalfd", fd);
    is_int("mask", 0);
    is_int("flags", 0);
#endif
}

static void questions_about_files(void)
{
    int fd = a_file("x");
    struct stat st;
    char cwd[256];

    start();
    long ret;
#ifdef SYS_stat
    result_of("stat", CALL(SYS_stat, P("file"), P(&st)));
    is_text("path", "file");
    is_dir(SK_ROLE_OLD, scratch);
    result_of("lstat", CALL(SYS_lstat, P("/none"), P(&st)));
    is_text("path", "/none");
    result_of("access", CALL(SYS_access, P("file"), R_OK | W_OK));
    is_text("name", "file");
    is_shown("mode", "R_OK|W_OK");
    is_dir(SK_ROLE_OLD, scratch);
#endif
    result_of("fstat", CALL(SYS_fstat, fd, P(&st)));
    is_int("fd", fd);
    is_file(fd, path, SK_FD_FILE);
    ret = CALL(SYS_lseek, fd, 7, SEEK_CUR);
    result_of("lseek", ret);
    is_int("fd", fd);
    is_int("offset", 7);
    is_shown("whence", "SEEK_CUR");
    ret = CALL(SYS_getcwd, P(cwd), sizeof(cwd));
    result_of("getcwd", ret);
    is_text("path", scratch);
    result_of("flock", CALL(SYS_flock, fd, LOCK_EX | LOCK_NB));
    is_int("fd", fd);
    is_shown("operation", "LOCK_EX|LOCK_NB");
    int dir = open(".", O_RDONLY | O_DIRECTORY);
    ret = CALL(SYS_getdents64, dir, P(cwd), sizeof(cwd));
    result_of("getdents64", ret);
    is_int("fd", dir);
    is_file(dir, scratch, SK_FD_DIRECTORY);
    result_of("ioctl", CALL(SYS_ioctl, fd, TCGETS, P(cwd)));
    is_shown("res", "ENOTTY");
    is_int("fd", fd);
    is_int("request", TCGETS);
    is_int("argument", P(cwd));
}

/* A case of its own: fstat() of libc is this call too. */
static void stat_below_a_directory(void)
{
    struct stat st;

    start();
    result_of("newfstatat", CALL(SYS_newfstatat, AT_FDCWD, P("file"), P(&st), AT_SYMLINK_NOFOLLOW));
    is_int("dirfd", AT_FDCWD);
    is_text("path", "file");
    is_shown("flags", "AT_SYMLINK_NOFOLLOW");
    is_dir(SK_ROLE_OLD, scratch);
}

static void copying(void)
{
    int fd = a_file("0123456789"), out = open("out", O_CREAT | O_RDWR, 0600), p[2];
    off_t off = 3, from = 1, to = 2;

    NEED(pipe(p) == 0);
    start();
    result_of("sendfile", CALL(SYS_sendfile, out, fd, P(&off), 4));
    is_int("res", 4);
    is_int("out_fd", out);
    is_int("in_fd", fd);
    is_int("size", 4);
    is_int("offset", 7);
    is_file(fd, path, SK_FD_FILE);
    result_of("splice", CALL(SYS_splice, fd, 0, p[1], 0, 5, 1));
    is_int("fd_in", fd);
    is_int("fd_out", p[1]);
    is_int("size", 5);
    is_shown("flags", "SPLICE_F_MOVE");
    result_of("copy_file_range", CALL(SYS_copy_file_range, fd, P(&from), out, P(&to), 6, 0));
    is_int("fdin", fd);
    is_int("fdout", out);
    is_int("len", 6);
}

static void limits(void)
{
    struct rlimit old, new;

    NEED(getrlimit(RLIMIT_NOFILE, &old) == 0);
    new = (struct rlimit){old.rlim_cur - 1, old.rlim_max};
    start();
#ifdef SYS_setrlimit
    result_of("getrlimit", CALL(SYS_getrlimit, RLIMIT_NOFILE, P(&old)));
    is_int("cur", (long long)old.rlim_cur);
    is_int("max", (long long)old.rlim_max);
    is_shown("resource", "RLIMIT_NOFILE");
    result_of("setrlimit", CALL(SYS_setrlimit, RLIMIT_NOFILE, P(&old)));
    is_int("cur", (long long)old.rlim_cur);
    is_shown("resource", "RLIMIT_NOFILE");
    result_of("getrlimit", CALL(SYS_getrlimit, 99, P(&old)));
    is_shown("res", "EINVAL");
    is_int("cur", -1);
    is_int("max", -1);
    is_shown("resource", "RLIMIT_UNKNOWN");
#endif
    result_of("prlimit", CALL(SYS_prlimit64, 0, RLIMIT_NOFILE, P(&new), P(&old)));
    is_int("newcur", (long long)new.rlim_cur);
    is_int("newmax", (long long)new.rlim_max);
    is_int("oldcur", (long long)old.rlim_cur);
    is_int("oldmax", (long long)old.rlim_max);
    is_int("pid", 0);
    is_shown("resource", "RLIMIT_NOFILE");
}

static void memory(void)
{
    int fd = a_file("x");

    start();
    long at = CALL(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    result_of("mmap", at);
    is_int("addr", 0);
    is_int("length", 4096);
    is_shown("prot", "PROT_READ|PROT_EXEC");
    is_shown("flags", "MAP_PRIVATE");
    is_int("fd", fd);
    is_int("offset", 0);
    is_not("vm_size", 0);
    is_file(fd, path, SK_FD_FILE);
    result_of("mlock", CALL(SYS_mlock, at, 4096));
    is_int("addr", at);
    is_int("len", 4096);
    result_of("munlock", CALL(SYS_munlock, at, 4096));
    is_int("addr", at);
    long ret = CALL(SYS_mlock2, at, 4096, 1);
    result_of("mlock2", ret);
    is_shown("flags", "MLOCK_ONFAULT");
    /* Refused: the memory of a sanitized program is too large to lock. */
    ret = CALL(SYS_mlockall, MCL_ONFAULT);
    result_of("mlockall", ret);
    is_shown("flags", "MCL_ONFAULT");
    result_of("munlockall", CALL(SYS_munlockall));
    result_of("munmap", CALL(SYS_munmap, at, 4096));
    is_int("addr", at);
    is_int("length", 4096);
    ret = CALL(SYS_brk, 0);
    result_of("brk", ret);
    is_int("addr", 0);
}

static void waiting(void)
{
    struct timespec ts = {0, 1000}, none = {0, 0};
    int p[2], word = 3;

    NEED(pipe(p) == 0);
    struct pollfd fds[2] = {{p[1], POLLOUT, 0}, {p[0], POLLIN, 0}};
    char want[22] = {2, 0};
    long long a = p[1], b = p[0];
    start();
#ifdef SYS_poll
    result_of("poll", CALL(SYS_poll, P(fds), 2, 50));
    memcpy(want + 2, &a, 8);
    want[10] = 4; /* POLLOUT */
    memcpy(want + 12, &b, 8);
    is_bytes("fds", want, sizeof(want));
    is_int("timeout", 50);
#endif
    result_of("ppoll", CALL(SYS_ppoll, P(fds), 2, P(&none), 0, 8));
    is_int("timeout", 0);
    result_of("nanosleep", CALL(SYS_nanosleep, P(&ts), 0));
    is_int("interval", 1000);
    result_of("futex", CALL(SYS_futex, P(&word), FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 4, 0, 0, 0));
    is_int("addr", P(&word));
    is_int("val", 4);
    is_int("op", FUTEX_WAKE | FUTEX_PRIVATE_FLAG);
}

static void identities(void)
{
    uid_t r, e, s;

    NEED(setresgid(21, 22, 23) == 0 && setresuid(11, 12, 13) == 0);
    start();
    CALL(SYS_getuid);
    CALL(SYS_geteuid);
    CALL(SYS_getgid);
    CALL(SYS_getegid);
    event("getuid");
    is_int("uid", 11);
    event("geteuid");
    is_int("euid", 12);
    event("getgid");
    is_int("gid", 21);
    event("getegid");
    is_int("egid", 22);
    result_of("getresuid", CALL(SYS_getresuid, P(&r), P(&e), P(&s)));
    is_int("ruid", 11);
    is_int("euid", 12);
    is_int("suid", 13);
    result_of("getresgid", CALL(SYS_getresgid, P(&r), P(&e), P(&s)));
    is_int("rgid", 21);
    is_int("egid", 22);
    is_int("sgid", 23);
}

static void semaphores(void)
{
    struct sembuf ops[2] = {{0, 1, IPC_NOWAIT}, {1, 2, SEM_UNDO}};

    start();
    long id = CALL(SYS_semget, IPC_PRIVATE, 2, IPC_CREAT | IPC_EXCL | 0600);
    result_of("semget", id);
    is_int("key", IPC_PRIVATE);
    is_int("nsems", 2);
    is_shown("semflg", "IPC_EXCL|IPC_CREAT");
    result_of("semop", CALL(SYS_semop, id, P(ops), 2));
    is_int("nsops", 2);
    is_int("semid", id);
    is_int("sem_num_1", 1);
    is_int("sem_op_1", 2);
    is_shown("sem_flg_0", "IPC_NOWAIT");
    is_shown("sem_flg_1", "SEM_UNDO");
    result_of("semctl", CALL(SYS_semctl, id, 1, SETVAL, 5));
    is_int("semnum", 1);
    is_shown("cmd", "SETVAL");
    is_int("val", 5);
    result_of("semctl", CALL(SYS_semctl, id, 0, IPC_RMID, 77));
    is_shown("cmd", "IPC_RMID");
    is_int("val", 0);
}

static void others(void)
{
    char key[] = "source", value[] = "none";

    start();
#ifdef SYS_fsopen
    long fd = CALL(SYS_fsopen, P("tmpfs"), 0);
    if (fd >= 0) {
        long ret = CALL(SYS_fsconfig, fd, FSCONFIG_SET_STRING, P(key), P(value), 0);
        result_of("fsconfig", ret);
        is_int("fd", fd);
        is_shown("cmd", "FSCONFIG_SET_STRING");
        is_text("key", "source");
        is_null("value_bytebuf");
        is_text("value_charbuf", "none");
        is_int("aux", 0);
        event("fsopen");
    }
#endif
    result_of("seccomp", CALL(SYS_seccomp, 2, 0, 0));
    is_int("op", 2);
    is_int("flags", 0);
    result_of("quotactl",
              CALL(SYS_quotactl, (long)((unsigned)Q_SYNC << 8 | USRQUOTA), P(value), 3, 0));
    is_text("special", value);
    is_shown("cmd", "Q_SYNC");
    is_shown("type", "USRQUOTA");
    is_int("id", 3);
    is_int("dqb_bhardlimit", 0);
}

const struct param_case cases_more[] = {
    {"setsockopt, getsockopt", socket_options},
    {"eventfd, signalfd, timerfd, inotify, epoll", event_descriptors},
    {"stat, access, lseek, getcwd, flock", questions_about_files},
    {"newfstatat", stat_below_a_directory},
    {"sendfile, splice, copy_file_range", copying},
    {"getrlimit, setrlimit, prlimit", limits},
    {"mmap, mlock, munmap, brk", memory},
    {"poll, nanosleep, futex", waiting},
    {"getuid and its relatives", identities},
    {"semget, semop, semctl", semaphores},
    {"fsconfig, seccomp, quotactl", others},
    {NULL, NULL}};
