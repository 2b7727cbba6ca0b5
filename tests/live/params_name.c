/* SPDX-License-Identifier: Apache-2.0 */
/* params_name.c - calls that change names, links, modes, owners and mounts. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

static char path[128];

static const char *in_scratch(const char *name)
{
    snprintf(path, sizeof(path), "%s/%s", scratch, name);
    return path;
}

static int subdir(const char *name)
{
    NEED(mkdir(name, 0755) == 0);
    int fd = open(name, O_RDONLY | O_DIRECTORY);

    NEED(fd >= 0);
    return fd;
}

static void touch(const char *name)
{
    NEED(close(creat(name, 0600)) == 0);
}

/* Both paths relative to the working directory. */
static void two_names(const char *name, long ret, const char *a, const char *old, const char *b,
                      const char *new)
{
    event(name);
    is_result("res", ret);
    is_text(a, old);
    is_text(b, new);
}

static void renames(void)
{
    touch("a");
    touch("b");
    int one = subdir("one"), two = subdir("two");
    start();
#ifdef SYS_rename
    two_names("rename", CALL(SYS_rename, P("a"), P("a2")), "oldpath", "a", "newpath", "a2");
    is_dir(SK_ROLE_OLD, scratch);
    is_dir(SK_ROLE_NEW, scratch);
    two_names("rename", CALL(SYS_rename, P("/none"), P("x")), "oldpath", "/none", "newpath", "x");
    is_shown("res", "ENOENT");
    no_dir(SK_ROLE_OLD);
    is_dir(SK_ROLE_NEW, scratch);
#endif
#ifdef SYS_renameat
    long ret = CALL(SYS_renameat, AT_FDCWD, P("b"), two, P("b2"));
    two_names("renameat", ret, "oldpath", "b", "newpath", "b2");
    is_int("olddirfd", AT_FDCWD);
    is_int("newdirfd", two);
    is_dir(SK_ROLE_OLD, scratch);
    is_dir(SK_ROLE_NEW, in_scratch("two"));
#endif
    long res = CALL(SYS_renameat2, two, P("b2"), one, P("/none/b3"), RENAME_NOREPLACE);
    two_names("renameat2", res, "oldpath", "b2", "newpath", "/none/b3");
    is_shown("res", "ENOENT");
    is_int("olddirfd", two);
    is_int("newdirfd", one);
    is_shown("flags", "RENAME_NOREPLACE");
    is_dir(SK_ROLE_OLD, in_scratch("two"));
    no_dir(SK_ROLE_NEW);
}

static void links(void)
{
    touch("a");
    int one = subdir("one");
    start();
#ifdef SYS_link
    two_names("link", CALL(SYS_link, P("a"), P("b")), "oldpath", "a", "newpath", "b");
    is_dir(SK_ROLE_OLD, scratch);
    is_dir(SK_ROLE_NEW, scratch);
    two_names("symlink", CALL(SYS_symlink, P("/etc/shadow"), P("s")), "target", "/etc/shadow",
              "linkpath", "s");
    is_dir(SK_ROLE_OLD, scratch);
#endif
    long ret = CALL(SYS_linkat, AT_FDCWD, P("a"), one, P("c"), AT_SYMLINK_FOLLOW);
    two_names("linkat", ret, "oldpath", "a", "newpath", "c");
    is_int("olddir", AT_FDCWD);
    is_int("newdir", one);
    is_shown("flags", "AT_SYMLINK_FOLLOW");
    is_dir(SK_ROLE_OLD, scratch);
    is_dir(SK_ROLE_NEW, in_scratch("one"));
    ret = CALL(SYS_symlinkat, P("../a"), one, P("t"));
    two_names("symlinkat", ret, "target", "../a", "linkpath", "t");
    is_int("linkdirfd", one);
    is_dir(SK_ROLE_OLD, in_scratch("one"));
    ret = CALL(SYS_symlinkat, P("../a"), one, P("t"));
    two_names("symlinkat", ret, "target", "../a", "linkpath", "t");
    is_shown("res", "EEXIST");
}

static void unlinks(void)
{
    touch("a");
    int one = subdir("one");
    touch("one/b");
    NEED(mkdir("one/d", 0700) == 0);
    start();
    long ret;
#ifdef SYS_unlink
    ret = CALL(SYS_unlink, P("a"));
    event("unlink");
    is_result("res", ret);
    is_text("path", "a");
    is_dir(SK_ROLE_OLD, scratch);
    ret = CALL(SYS_rmdir, P("one"));
    event("rmdir");
    is_shown("res", "ENOTEMPTY");
    is_text("path", "one");
    is_dir(SK_ROLE_OLD, scratch);
#endif
    ret = CALL(SYS_unlinkat, one, P("b"), 0);
    event("unlinkat");
    is_result("res", ret);
    is_int("dirfd", one);
    is_text("name", "b");
    is_int("flags", 0);
    is_dir(SK_ROLE_OLD, in_scratch("one"));
    ret = CALL(SYS_unlinkat, one, P("d"), AT_REMOVEDIR);
    event("unlinkat");
    is_result("res", ret);
    is_shown("flags", "AT_REMOVEDIR");
}

static void directories(void)
{
    int one = subdir("one");
    start();
    long ret;
#ifdef SYS_mkdir
    ret = CALL(SYS_mkdir, P("d"), 0711);
    event("mkdir");
    is_result("res", ret);
    is_text("path", "d");
    is_int("mode", 0711);
    is_dir(SK_ROLE_OLD, scratch);
#endif
    ret = CALL(SYS_mkdirat, one, P("e"), 0700);
    event("mkdirat");
    is_result("res", ret);
    is_int("dirfd", one);
    is_text("path", "e");
    is_int("mode", 0700);
    is_dir(SK_ROLE_OLD, in_scratch("one"));
}

static void nodes(void)
{
    int one = subdir("one");
    start();
    long ret;
#ifdef SYS_mknod
    ret = CALL(SYS_mknod, P("fifo"), S_IFIFO | 0620, 0);
    event("mknod");
    is_result("res", ret);
    is_text("path", "fifo");
    is_shown("mode", "S_IWGRP|S_IWUSR|S_IRUSR|S_IFIFO");
    is_int("dev", 0);
    is_dir(SK_ROLE_OLD, scratch);
#endif
    ret = CALL(SYS_mknodat, one, P("null"), S_IFCHR | 0600, makedev(1, 3));
    event("mknodat");
    is_result("res", ret);
    is_int("dirfd", one);
    is_text("path", "null");
    is_shown("mode", "S_IWUSR|S_IRUSR|S_IFCHR");
    is_int("dev", (1 << 8) | 3);
    is_dir(SK_ROLE_OLD, in_scratch("one"));
}

static void modes(void)
{
    touch("a");
    int one = subdir("one"), fd = open("a", O_RDWR);
    touch("one/b");
    start();
    long ret;
#ifdef SYS_chmod
    ret = CALL(SYS_chmod, P("a"), 04755);
    event("chmod");
    is_result("res", ret);
    is_text("filename", "a");
    is_shown("mode", "S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID");
    is_dir(SK_ROLE_OLD, scratch);
#endif
    ret = CALL(SYS_fchmod, fd, 0600);
    event("fchmod");
    is_result("res", ret);
    is_int("fd", fd);
    is_shown("mode", "S_IWUSR|S_IRUSR");
    is_file(fd, in_scratch("a"), SK_FD_FILE);
    ret = CALL(SYS_fchmodat, one, P("b"), 0222);
    event("fchmodat");
    is_result("res", ret);
    is_int("dirfd", one);
    is_text("filename", "b");
    is_shown("mode", "S_IWOTH|S_IWGRP|S_IWUSR");
    is_dir(SK_ROLE_OLD, in_scratch("one"));
}

static void owners(void)
{
    touch("a");
    NEED(symlink("a", "s") == 0);
    int one = subdir("one"), fd = open("a", O_RDWR);
    touch("one/b");
    start();
    long ret;
#ifdef SYS_chown
    ret = CALL(SYS_chown, P("a"), 11, 12);
    event("chown");
    is_result("res", ret);
    is_text("path", "a");
    is_int("uid", 11);
    is_int("gid", 12);
    is_dir(SK_ROLE_OLD, scratch);
    ret = CALL(SYS_lchown, P("s"), 13, -1);
    event("lchown");
    is_result("res", ret);
    is_text("path", "s");
    is_int("uid", 13);
    is_int("gid", 0xffffffff);
    is_dir(SK_ROLE_OLD, scratch);
#endif
    ret = CALL(SYS_fchown, fd, 14, 15);
    event("fchown");
    is_result("res", ret);
    is_int("fd", fd);
    is_int("uid", 14);
    is_int("gid", 15);
    is_file(fd, in_scratch("a"), SK_FD_FILE);
    ret = CALL(SYS_fchownat, one, P("b"), 16, 17, AT_SYMLINK_NOFOLLOW);
    event("fchownat");
    is_result("res", ret);
    is_int("dirfd", one);
    is_text("pathname", "b");
    is_int("uid", 16);
    is_int("gid", 17);
    is_shown("flags", "AT_SYMLINK_NOFOLLOW");
    is_dir(SK_ROLE_OLD, in_scratch("one"));
    ret = CALL(SYS_fchownat, fd, P(""), 18, 19, AT_EMPTY_PATH);
    event("fchownat");
    is_text("pathname", "");
    is_shown("flags", "AT_EMPTY_PATH");
    is_dir(SK_ROLE_OLD, in_scratch("a"));
}

static void mounts(void)
{
    NEED(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    NEED(mkdir("m", 0755) == 0);
    start();
    long ret = CALL(SYS_mount, P("none"), P("m"), P("tmpfs"), MS_NOSUID | MS_NODEV, 0);
    event("mount");
    is_result("res", ret);
    is_text("dev", "none");
    is_text("dir", "m");
    is_text("type", "tmpfs");
    is_shown("flags", "NOSUID|NODEV");
    is_dir(SK_ROLE_OLD, scratch);
    is_task(TASK_FLAGS, mntns_flag(true));
    /* The magic number of old callers is no flag. */
    ret = CALL(SYS_mount, P("none"), P("/nowhere"), 0, (long)(MS_MGC_VAL | MS_RDONLY | MS_BIND), 0);
    event("mount");
    is_result("res", ret);
    is_text("dir", "/nowhere");
    is_null("type");
    is_shown("flags", "RDONLY|BIND");
    no_dir(SK_ROLE_OLD);
    ret = CALL(SYS_umount2, P("m"), MNT_DETACH | UMOUNT_NOFOLLOW);
    event("umount2");
    is_result("res", ret);
    is_text("name", "m");
    is_shown("flags", "DETACH|NOFOLLOW");
    is_dir(SK_ROLE_OLD, scratch);
}

static void working_directory(void)
{
    NEED(mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0 && symlink("d", "s") == 0);
    int fd = open("d/e", O_RDONLY | O_DIRECTORY);
    NEED(fd >= 0);
    start();
    long ret = CALL(SYS_chdir, P("s"));
    event("chdir");
    is_result("res", ret);
    is_text("path", "s");
    is_dir(SK_ROLE_OLD, in_scratch("d"));
    ret = CALL(SYS_chdir, P("none"));
    event("chdir");
    is_shown("res", "ENOENT");
    is_text("path", "none");
    ret = CALL(SYS_fchdir, fd);
    event("fchdir");
    is_result("res", ret);
    is_int("fd", fd);
    is_file(fd, in_scratch("d/e"), SK_FD_DIRECTORY);
    ret = CALL(SYS_fchdir, 88);
    event("fchdir");
    is_shown("res", "EBADF");
    is_int("fd", 88);
    no_file();
}

static void new_root(void)
{
    NEED(mkdir("r", 0755) == 0);
    start();
    long ret = CALL(SYS_chroot, P("r"));
    event("chroot");
    is_result("res", ret);
    is_text("path", "r");
    ret = CALL(SYS_chroot, P("/none"));
    event("chroot");
    is_shown("res", "ENOENT");
    is_text("path", "/none");
}

const struct param_case cases_name[] = {{"rename, renameat, renameat2", renames},
                                        {"link, linkat, symlink, symlinkat", links},
                                        {"unlink, unlinkat, rmdir", unlinks},
                                        {"mkdir, mkdirat", directories},
                                        {"mknod, mknodat", nodes},
                                        {"chmod, fchmod, fchmodat", modes},
                                        {"chown, lchown, fchown, fchownat", owners},
                                        {"mount, umount2", mounts},
                                        {"chdir, fchdir", working_directory},
                                        {"chroot", new_root},
                                        {NULL, NULL}};
