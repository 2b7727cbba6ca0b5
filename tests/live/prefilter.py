#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two Sakers watch the same workload, one with its prefilter and one without: they must say the same.

usage: prefilter.py SAKER ACT
"""
import os
import shutil
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scope import Saker, Scope, libc, sys_call  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
RULES = [os.path.join(HERE, "prefilter_rules.yaml"), os.path.join(HERE, "marker_rules.yaml")]
MS_BIND, PR_SET_NAME, RENAMED = 4096, 15, "/tmp/moved"
OPTIONS = ["rule_matching=all", "outputs.rate=0", "base_syscalls.repair=false"]


def touch(path, flags=os.O_RDONLY, mode=0o600):
    try:
        fd = os.open(path, flags, mode)
    except OSError:
        return -1
    return fd


def opened(path, flags=os.O_RDONLY):
    fd = touch(path, flags)
    if fd >= 0:
        os.close(fd)


def make_files():
    """In the root directory, once."""
    deep = "/opt/" + "/".join("d%02d" % i for i in range(75))
    longest = "/opt/" + "n" * 200
    for d in ("/opt/folder", "/opt/quiet", "/opt/needle", "/mnt/there", "/mnt/here", "/opt/" + "x" * 33, deep, longest,
              "/var/log", "/jail/etc"):
        os.makedirs(d, exist_ok=True)
    for f in ("/mnt/here/secret", "/opt/folder/a", "/opt/folder/a.key", "/opt/quiet/b", "/opt/needle/c", "/opt/known",
              "/opt/" + "x" * 33 + "/y.key", deep + "/z.key", longest + "/" + "m" * 250 + ".key", "/etc/some.key", "/var/log/x",
              "/jail/etc/shadow", "/known", "/opt/.key", "/opt/key", "/opt/a.key.old"):
        opened(f, os.O_CREAT | os.O_WRONLY)
    os.symlink("/etc/shadow", "/tmp/link")
    os.symlink("/etc", "/opt/to-etc")
    sys_call(libc.mount(b"/mnt/here", b"/mnt/there", None, MS_BIND, None), "mount")
    return deep, longest


def files(deep, longest):
    for path in ("/etc/shadow", "/etc/passwd", "/etc/../etc/shadow", "//etc//shadow", "/tmp/link", "/opt/to-etc/shadow", "/",
                 "/etc", "/proc/self/root/etc/shadow", "/mnt/there/secret", "/mnt/here/secret", "/opt/folder/a", "/opt/folder/a.key",
                 "/opt/folder", "/opt/quiet/b", "/opt/needle/c", "/opt/known", "/known", "/opt/" + "x" * 33 + "/y.key",
                 deep + "/z.key", longest + "/" + "m" * 250 + ".key", "/opt/.key", "/opt/key", "/opt/a.key.old", "/nowhere/x", "/etc/nowhere",
                 "/proc/self/ns/net", "/proc/self/stat", "/dev/null"):
        opened(path)
    for path in ("/etc/new", "/etc/some.key", "/opt/to-etc/other", "/tmp/w", "/opt/folder/w"):
        opened(path, os.O_CREAT | os.O_WRONLY)
    opened("/etc", os.O_TMPFILE | os.O_RDWR)
    opened("/opt/folder", os.O_PATH)
    here = os.open("/etc", os.O_RDONLY)
    os.close(os.open("shadow", os.O_RDONLY, dir_fd=here))
    os.close(here)
    os.chdir("/opt")
    opened("folder/a")
    os.chdir("/")


def gone():
    """Names that no folder holds any more."""
    fd = touch("/etc/gone", os.O_CREAT | os.O_RDWR)
    os.unlink("/etc/gone")
    opened(f"/proc/self/fd/{fd}")
    os.write(fd, b"x")
    os.close(fd)
    fd = os.memfd_create("needle")
    opened(f"/proc/self/fd/{fd}")
    os.write(fd, b"x")
    os.fchmod(fd, 0o4755)
    os.close(fd)


def descriptors():
    r, w = os.pipe()
    os.write(w, b"x")
    opened(f"/proc/self/fd/{r}")
    fd = touch("/etc/passwd", os.O_WRONLY)
    os.write(fd, b"root")
    os.fchmod(fd, 0o4644)
    os.fchmod(fd, 0o644)
    os.mkfifo("/etc/fifo")
    f = touch("/etc/fifo", os.O_RDWR)
    os.write(f, b"x")
    os.unlink("/etc/fifo")
    event = libc.eventfd(0, 0)
    os.write(event, b"\1" + b"\0" * 7)
    for one in (r, w, fd, f, event):
        os.close(one)


def sockets():
    for family, kind, where in ((socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.17", 9)), (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 4443)),
                                (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.30", 9)), (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.33", 9)),
                                (socket.AF_INET6, socket.SOCK_DGRAM, ("::1", 9)), (socket.AF_INET6, socket.SOCK_STREAM, ("::ffff:127.0.0.18", 9)),
                                (socket.AF_UNIX, socket.SOCK_STREAM, "/tmp/there.sock"), (socket.AF_UNIX, socket.SOCK_DGRAM, "\0there.sock")):
        try:
            s = socket.socket(family, kind)
        except OSError:
            continue
        try:
            s.connect(where)
            s.send(b"x")
        except OSError:
            pass
        s.close()
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendto(b"x", ("127.0.0.9", 9))
    s.sendto(b"x", ("127.0.0.10", 9))
    s.close()
    server = socket.socket(socket.AF_UNIX)
    server.bind("/tmp/there.sock")
    server.listen(1)
    s = socket.socket(socket.AF_UNIX)
    s.connect("/tmp/there.sock")
    os.write(s.fileno(), b"x")
    s.close()
    server.close()
    os.unlink("/tmp/there.sock")


def child(fn):
    pid = os.fork()
    if pid == 0:
        try:
            fn()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def named(name):
    libc.prctl(PR_SET_NAME, name, 0, 0, 0)
    opened("/var/log/x")
    opened("/opt/needle/c")


def jail():
    """Another root: the same words are another file."""
    os.chroot("/jail")
    opened("/etc/shadow")


def executables():
    """Reads /var/log/x as several programs: one that moves after it was started, one that is deleted."""
    opened("/var/log/x")
    child(lambda: opened("/var/log/x"))
    for program in ("/opt/act", "/tmp/dropped"):
        child(lambda: os.execv(program, [program, "read", "/var/log/x"]))
    for program in ("/tmp/deleted", "/tmp/before"):
        shutil.copy("/opt/act", program)
        r, w = os.pipe()

        def serve():
            os.dup2(r, 0)
            os.close(w)
            os.execv(program, [program, "serve"])
        pid = os.fork()
        if pid == 0:
            serve()
        os.close(r)
        time.sleep(0.05)
        if program == "/tmp/deleted":
            os.unlink(program)
        else:
            os.rename(program, RENAMED)
        os.write(w, f"{'/opt/act' if program == '/tmp/deleted' else RENAMED} read /var/log/x\n".encode())
        os.close(w)
        os.waitpid(pid, 0)


def workload(paths):
    files(*paths)
    gone()
    descriptors()
    sockets()
    child(lambda: named(b"quiet"))
    child(lambda: named(b"worker"))
    child(lambda: named(b"fifteen-letters"))
    child(jail)
    executables()


def worker(scope, commands, answers):
    """A process that was there before Saker, and has not loaded an image since."""
    scope._enter(scope.cgroup)
    paths = make_files()
    devnull = os.open("/proc/self/root/tmp/out", os.O_CREAT | os.O_WRONLY)
    os.dup2(devnull, 1)
    while os.read(commands, 1):
        workload(paths)
        os.write(answers, b".")


class Worker:
    def __init__(self, scope):
        self.commands, self.answers = os.pipe(), os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self.commands[1])
                worker(scope, self.commands[0], self.answers[1])
            except BaseException as e:  # noqa: the child must never return
                os.write(2, f"worker: {e!r}\n".encode())
            os._exit(1)
        os.close(self.answers[1])
        os.close(self.commands[0])

    def work(self):
        os.write(self.commands[1], b"x")
        assert os.read(self.answers[0], 1) == b".", "the worker failed"

    def stop(self):
        os.close(self.commands[1])
        os.waitpid(self.pid, 0)


def essence(alert):
    return alert["rule"] + " " + alert["output"].split(": ", 1)[-1].split(" ", 1)[-1]


def collect(saker, scope, number):
    return sorted(essence(a) for a in saker.until_marker(scope, number))


def compare(name, one, other):
    """Alerts of the filtered one, of the other."""
    print(f"{name}: {len(one)} and {len(other)} alerts")
    for a in sorted(set(one + other)):
        if one.count(a) != other.count(a):
            print(f"   {one.count(a)} instead of {other.count(a)}: {a}")
    return one == other


def main():
    binary, act = sys.argv[1:3]
    with Scope(act, ["/tmp/dropped"]) as scope:
        w = Worker(scope)
        sakers = [Saker(binary, scope, RULES, OPTIONS + [f"engine.prefilter={on}"]) for on in ("true", "false")]
        try:
            ok, seen = True, set()
            for s in sakers:
                s.wait_until_it_sees(scope)
            for turn, name in enumerate(("first", "again", "after a reload")):
                if turn == 2:
                    for s in sakers:
                        s.process.send_signal(signal.SIGHUP)
                    w.work()  # while it happens
                    time.sleep(3)
                    w.work()
                else:
                    w.work()
                got = [collect(s, scope, turn + 1) for s in sakers]
                ok = compare(name, *got) and ok
                seen |= {a.split(" (")[0] for a in got[1]}
        finally:
            w.stop()
            for s in sakers:
                s.stop()
    print(f"rules that fired: {sorted({a for a in seen})}")
    for s in sakers:
        print("".join(line for line in s.log if "degraded" in line), end="")
    return 0 if ok and len(seen) >= 12 else 1


if __name__ == "__main__":
    sys.exit(main())
