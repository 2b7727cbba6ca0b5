/* SPDX-License-Identifier: Apache-2.0 */
/* params_open.c - calls that open a file: flags, mode, device, inode, what a relative path begins at. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

static char path[128];

static const char *in_scratch(const char *name)
{
    snprintf(path, sizeof(path), "%s/%s", scratch, name);
    return path;
}

static void is_fd_inode(const char *dev, const char *ino, long fd)
{
    struct stat st;

    NEED(fd >= 0 && fstat((int)fd, &st) == 0);
    is_int(dev, (long long)st.st_dev);
    is_int(ino, (long long)st.st_ino);
}

#ifdef SYS_open
static void open_creates(void)
{
    start();
    long fd = CALL(SYS_open, P("new"), O_CREAT | O_EXCL | O_RDWR | O_APPEND, 0640);
    event("open");
    is_int("fd", fd);
    is_text("name", "new");
    is_shown("flags", "O_EXCL|O_APPEND|O_CREAT|O_RDWR|O_F_CREATED");
    is_int("mode", 0640);
    is_fd_inode("dev", "ino", fd);
    is_file(fd, in_scratch("new"), SK_FD_FILE);
    is_file_flags(0);
    is_dir(SK_ROLE_OLD, scratch);
    is_task(TASK_PID, getpid());
    is_task(TASK_PPID, getppid());
    is_task(TASK_UID, 0);
    is_task(TASK_SYS, SYS_open);
    is_task(TASK_FLAGS, mntns_flag(false));
    is_comm("live_params");
}

static void open_fails(void)
{
    start();
    long ret = CALL(SYS_open, P("/nowhere/at/all"), O_WRONLY | O_TRUNC, 0777);
    event("open");
    is_int("fd", ret);
    is_shown("fd", "ENOENT");
    is_text("name", "/nowhere/at/all");
    is_shown("flags", "O_TRUNC|O_WRONLY");
    is_int("mode", 0);
    is_int("dev", 0);
    is_int("ino", 0);
    no_file();
    no_dir(SK_ROLE_OLD);
}

static void creat_makes(void)
{
    start();
    long fd = CALL(SYS_creat, P("made"), 0604);
    long bad = CALL(SYS_creat, P("/proc/none"), 0604);
    event("creat");
    is_int("fd", fd);
    is_text("name", "made");
    is_int("mode", 0604);
    is_fd_inode("dev", "ino", fd);
    is_int("creat_flags", 0);
    is_file(fd, in_scratch("made"), SK_FD_FILE);
    is_dir(SK_ROLE_OLD, scratch);
    event("creat");
    is_result("fd", bad);
    is_int("dev", 0);
}
#else
static void open_creates(void)
{
    skip_case("this machine has no open()");
}
#define open_fails  open_creates
#define creat_makes open_creates
#endif

static void openat_follows_a_link(void)
{
    NEED(close(creat("real", 0600)) == 0);
    NEED(symlink("real", "alias") == 0);
    in_scratch("alias");
    start();
    long fd =
        CALL(SYS_openat, AT_FDCWD, P(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_LARGEFILE, 07777);
    event("openat");
    is_int("fd", fd);
    is_int("dirfd", AT_FDCWD);
    is_text("name", path);
    is_shown("flags", "O_NONBLOCK|O_RDONLY|O_CLOEXEC");
    is_int("mode", 0);
    is_fd_inode("dev", "ino", fd);
    is_file(fd, in_scratch("real"), SK_FD_FILE);
    no_dir(SK_ROLE_OLD);
}

static void openat_below_a_descriptor(void)
{
    NEED(mkdir("sub", 0755) == 0);
    int dir = open("sub", O_RDONLY | O_DIRECTORY);
    NEED(dir >= 0);
    start();
    long fd = CALL(SYS_openat, dir, P("f"), O_CREAT | O_WRONLY, 0600);
    event("openat");
    is_int("dirfd", dir);
    is_text("name", "f");
    is_shown("flags", "O_CREAT|O_WRONLY|O_F_CREATED");
    is_file(fd, in_scratch("sub/f"), SK_FD_FILE);
    is_dir(SK_ROLE_OLD, in_scratch("sub"));
    /* The same once more makes nothing. */
    fd = CALL(SYS_openat, dir, P("f"), O_CREAT | O_WRONLY, 0600);
    event("openat");
    is_shown("flags", "O_CREAT|O_WRONLY");
    is_int("mode", 0600);
    /* A directory. */
    fd = CALL(SYS_openat, AT_FDCWD, P(".."), O_RDONLY | O_DIRECTORY, 0);
    event("openat");
    is_shown("flags", "O_DIRECTORY|O_RDONLY");
    *strrchr(path, '/') = '\0';
    snprintf(path, sizeof(path), "%s", scratch);
    *strrchr(path, '/') = '\0';
    is_file(fd, path, SK_FD_DIRECTORY);
    is_dir(SK_ROLE_OLD, scratch);
}

static void openat_of_a_bad_descriptor(void)
{
    start();
    long ret = CALL(SYS_openat, 5677, P("f"), O_RDONLY, 0);
    event("openat");
    is_shown("fd", "EBADF");
    is_result("fd", ret);
    is_int("dirfd", 5677);
    is_text("name", "f");
    no_dir(SK_ROLE_OLD);
    no_file();
}

static void openat_makes_a_nameless_file(void)
{
    start();
    long fd = CALL(SYS_openat, AT_FDCWD, P("."), O_TMPFILE | O_RDWR, 0600);
    if (fd == -EOPNOTSUPP)
        skip_case("no O_TMPFILE here");
    event("openat");
    is_int("fd", fd);
    has_text("name", ".");
    is_int("mode", 0600);
    is_not("flags", 0);
}

static void openat_of_a_deleted_file(void)
{
    int fd = open("gone", O_CREAT | O_RDWR, 0600);
    char link[64];

    NEED(fd >= 0 && unlink("gone") == 0);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    start();
    long again = CALL(SYS_openat, AT_FDCWD, P(link), O_RDONLY, 0);
    event("openat");
    is_text("name", link);
    is_file(again, in_scratch("gone"), SK_FD_FILE);
    is_file_flags(SK_FILE_DELETED);
}

static void openat2_tells_its_how(void)
{
    struct open_how how = {.flags = O_CREAT | O_RDWR | O_EXCL,
                           .mode = 0611,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};

    start();
    long fd = CALL(SYS_openat2, AT_FDCWD, P("two"), P(&how), sizeof(how));
    if (fd == -ENOSYS)
        skip_case("no openat2 here");
    event("openat2");
    is_int("fd", fd);
    is_int("dirfd", AT_FDCWD);
    is_text("name", "two");
    is_shown("flags", "O_EXCL|O_CREAT|O_RDWR|O_F_CREATED");
    is_int("mode", 0611);
    is_shown("resolve", "RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS");
    is_fd_inode("dev", "ino", fd);
    is_file(fd, in_scratch("two"), SK_FD_FILE);
    is_dir(SK_ROLE_OLD, scratch);
    how = (struct open_how){.flags = O_RDONLY,
                            .resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT};
    fd = CALL(SYS_openat2, AT_FDCWD, P("none"), P(&how), sizeof(how));
    event("openat2");
    is_shown("fd", "ENOENT");
    is_shown("flags", "O_RDONLY");
    is_int("mode", 0);
    is_shown("resolve", "RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS|RESOLVE_NO_XDEV");
    fd = CALL(SYS_openat2, AT_FDCWD, P("none"), P(8), sizeof(how));
    event("openat2");
    is_shown("fd", "EFAULT");
    is_text("name", "none");
}

static void open_by_handle(void)
{
    union {
        struct file_handle h;
        char room[sizeof(struct file_handle) + 128];
    } u = {.h.handle_bytes = 128};
    int mount_id, dir = open(".", O_RDONLY | O_DIRECTORY);

    NEED(close(creat("h", 0600)) == 0 && dir >= 0);
    if (name_to_handle_at(AT_FDCWD, "h", &u.h, &mount_id, 0))
        skip_case("no file handles here");
    start();
    long fd = CALL(SYS_open_by_handle_at, dir, P(&u.h), O_RDWR | O_APPEND);
    long bad = CALL(SYS_open_by_handle_at, 99, P(&u.h), O_RDWR);
    event("open_by_handle_at");
    is_int("fd", fd);
    is_int("mountfd", dir);
    is_shown("flags", "O_APPEND|O_RDWR");
    is_text("path", in_scratch("h"));
    is_fd_inode("dev", "ino", fd);
    is_file(fd, in_scratch("h"), SK_FD_FILE);
    event("open_by_handle_at");
    is_result("fd", bad);
    is_null("path");
}

/* What the task sees begins at its own root, across mounts. */
static void open_below_a_new_root(void)
{
    NEED(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    NEED(mkdir("root", 0755) == 0 && mkdir("root/m", 0755) == 0);
    NEED(mount("none", "root/m", "tmpfs", 0, NULL) == 0);
    NEED(mkdir("root/m/d", 0755) == 0);
    int outside = open("/etc", O_RDONLY | O_DIRECTORY);
    int fds = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
    long flag = mntns_flag(true);
    char number[16], name[SK_PATH_MAX] = "";
    NEED(chroot("root") == 0 && chdir("/m") == 0);
    start();
    long fd = CALL(SYS_openat, AT_FDCWD, P("d/../d/f"), O_CREAT | O_WRONLY, 0600);
    event("openat");
    is_text("name", "d/../d/f");
    is_file(fd, "/m/d/f", SK_FD_FILE);
    is_file_flags(0);
    is_dir(SK_ROLE_OLD, "/m");
    is_task(TASK_FLAGS, flag);
    fd = CALL(SYS_openat, outside, P("passwd"), O_RDONLY, 0);
    event("openat");
    is_int("dirfd", outside);
    /* From the root of all: longer than "/etc" where this test itself runs below a chroot. */
    snprintf(number, sizeof(number), "%d", outside);
    ssize_t n = readlinkat(fds, number, name, sizeof(name) - sizeof("/passwd"));
    NEED(n > 0);
    memcpy(name + n, "/passwd", sizeof("/passwd"));
    is_file(fd, name, SK_FD_FILE);
    is_file_flags(SK_FILE_UNREACHABLE);
}

static void overlay_layers(void)
{
    char options[256];

    NEED(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    NEED(mount("none", ".", "tmpfs", 0, NULL) == 0 && chdir(scratch) == 0);
    NEED(mkdir("l", 0755) == 0 && mkdir("u", 0755) == 0 && mkdir("w", 0755) == 0);
    NEED(mkdir("o", 0755) == 0 && close(creat("l/low", 0600)) == 0);
    snprintf(options, sizeof(options), "lowerdir=%s/l,upperdir=%s/u,workdir=%s/w", scratch, scratch,
             scratch);
    if (mount("none", "o", "overlay", 0, options))
        skip_case("no overlayfs here");
    start();
    long low = CALL(SYS_openat, AT_FDCWD, P("o/low"), O_RDONLY, 0);
    long up = CALL(SYS_openat, AT_FDCWD, P("o/up"), O_CREAT | O_WRONLY, 0600);
    event("openat");
    is_shown("flags", "O_RDONLY|FD_LOWER_LAYER");
    is_file(low, in_scratch("o/low"), SK_FD_FILE);
    is_file_flags(SK_FILE_LOWER);
    event("openat");
    is_shown("flags", "O_CREAT|O_WRONLY|O_F_CREATED|FD_UPPER_LAYER");
    is_file(up, in_scratch("o/up"), SK_FD_FILE);
    is_file_flags(SK_FILE_UPPER);
#ifdef SYS_creat
    up = CALL(SYS_creat, P("o/c"), 0600);
    event("creat");
    is_shown("creat_flags", "FD_UPPER_LAYER_CREAT");
#endif
}

const struct param_case cases_open[] = {
    {"open creates a file", open_creates},
    {"open fails", open_fails},
    {"creat makes a file", creat_makes},
    {"openat follows a link", openat_follows_a_link},
    {"openat below a descriptor", openat_below_a_descriptor},
    {"openat of a bad descriptor", openat_of_a_bad_descriptor},
    {"openat makes a nameless file", openat_makes_a_nameless_file},
    {"openat of a deleted file", openat_of_a_deleted_file},
    {"openat2 tells its how", openat2_tells_its_how},
    {"open_by_handle_at tells the path", open_by_handle},
    {"openat below a new root", open_below_a_new_root},
    {"openat in the layers of an overlay", overlay_layers},
    {NULL, NULL}};
