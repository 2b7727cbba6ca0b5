# SPDX-License-Identifier: Apache-2.0
"""A scope of our own: a cgroup, a bare root directory in it, and Saker limited to that cgroup.

Nothing outside of the cgroup is traced, nothing outside of the root directory is written.
"""
import ctypes
import json
import os
import pty
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

SKIP = 77
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x00020000, 0x4000, 1 << 18
libc = ctypes.CDLL(None, use_errno=True)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIP)


def cgroup2_mount():
    with open("/proc/self/mounts") as f:
        for line in f:
            fields = line.split()
            if fields[2] == "cgroup2":
                return fields[1]
    return None


def leave_v1_cgroups():
    """To the root of every v1 hierarchy: where the tests run in a container, its name is no business of theirs."""
    with open("/proc/self/mounts") as f:
        mounts = [line.split()[1] for line in f if line.split()[2] == "cgroup"]
    for mount in mounts:
        try:
            with open(os.path.join(mount, "cgroup.procs"), "w") as f:
                f.write(str(os.getpid()))
        except OSError:
            pass


def sys_call(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), what)


class Scope:
    """with Scope(act) as s: s.run([...]); the cgroup and the root directory vanish at the end."""

    def __init__(self, act, programs=()):
        if os.geteuid() != 0:
            skip("needs root")
        mount = cgroup2_mount()
        if not mount:
            skip("no cgroup v2 hierarchy is mounted")
        self.cgroup = os.path.join(mount, f"saker-test-{os.getpid()}")
        self.container = os.path.join(self.cgroup, "docker-" + "5a" * 32 + ".scope")
        try:
            os.makedirs(self.container)
        except OSError as e:
            skip(f"cannot make a cgroup below {mount}: {e.strerror}")
        self.root = tempfile.mkdtemp(prefix="saker-live-")
        try:
            self._fill(act, programs)
            self._start_shell()
        except BaseException:
            self._remove()
            raise

    def _fill(self, act, programs):
        for d in ("etc/ssh", "etc/sudoers.d", "etc/pam.d", "usr/bin", "usr/sbin", "usr/lib", "boot", "root/.ssh",
                  "tmp", "var/tmp", "dev/shm", "proc", "opt", "home/user", "lib", "bin", "sbin"):
            os.makedirs(os.path.join(self.root, d))
        os.chmod(os.path.join(self.root, "tmp"), 0o1777)
        for name, text in (("passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n"),
                           ("group", "root:x:0:\nuser:x:1000:\n"), ("shadow", "root:*:1:0:9:7:::\n"),
                           ("sudoers", "root ALL=(ALL) ALL\n"), ("hostname", "live\n")):
            self.write("/etc/" + name, text)
        for p in ("/opt/act", "/opt/live-marker", *programs):
            self.install(act, p)

    def path(self, inside):
        return os.path.join(self.root, inside.lstrip("/"))

    def write(self, inside, text):
        with open(self.path(inside), "w") as f:
            f.write(text)

    def install(self, program, inside):
        os.makedirs(os.path.dirname(self.path(inside)), exist_ok=True)
        shutil.copy(program, self.path(inside))
        os.chmod(self.path(inside), 0o755)

    def _enter(self, cgroup):
        """The calling process: a mount namespace and the root directory of its own, then into the scope."""
        sys_call(libc.unshare(CLONE_NEWNS), "unshare")
        sys_call(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "mount")
        sys_call(libc.mount(b"proc", self.path("/proc").encode(), b"proc", 0, None), "mount")
        leave_v1_cgroups()
        procs = os.open(os.path.join(cgroup, "cgroup.procs"), os.O_WRONLY)
        os.chroot(self.root)
        os.chdir("/")
        os.write(procs, str(os.getpid()).encode())
        os.close(procs)

    def _start_shell(self):
        self.shell = subprocess.Popen(["/opt/act", "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      preexec_fn=lambda: self._enter(self.cgroup), env={"PATH": "/usr/bin"})

    def run(self, argv, container=False, tty=False, timeout=20):
        """Runs a program of the root directory in the scope and returns its exit code: as a child of the scope's
        shell, or, in the container or with a terminal, of nobody."""
        if not container and not tty:
            self.shell.stdin.write(" ".join(argv) + "\n")
            self.shell.stdin.flush()
            return int(self.shell.stdout.readline())
        pid, master = (pty.fork() if tty else (os.fork(), -1))
        if pid == 0:
            code = 126
            try:
                if not tty:
                    os.setsid()
                self._enter(self.container if container else self.cgroup)
                os.execve(argv[0], argv, {"PATH": "/usr/bin", "SAKER_TEST": "1"})
            except BaseException as e:  # noqa: the child must never return
                os.write(2, f"live: {argv}: {e}\n".encode())
            os._exit(code)
        end = time.monotonic() + timeout
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                break
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.002)
        if master >= 0:
            os.close(master)
        return os.waitstatus_to_exitcode(status)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shell.stdin.close()
        self.shell.wait()
        self._remove()

    def _remove(self):
        for d in (self.container, self.cgroup):
            for _ in range(100):
                try:
                    os.rmdir(d)
                    break
                except OSError:
                    time.sleep(0.05)
        shutil.rmtree(self.root, ignore_errors=True)


class Saker:
    """Saker in the scope: alerts arrive in a queue, the log is kept."""

    def __init__(self, binary, scope, rules, options=()):
        argv = [binary, "--scope-cgroup", scope.cgroup, "-U", "-o", "json_output=true", "-o", "stdout_output.enabled=true",
                "-o", "log_stderr=true", "-o", "log_syslog=false", "-o", "syslog_output.enabled=false",
                "-o", "watch_config_files=false"]
        for r in rules:
            argv += ["-r", r]
        for o in options:
            argv += ["-o", o]
        self.alerts = queue.Queue()
        self.log, self.out = [], []
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        errors="replace")
        self.threads = [threading.Thread(target=self._read_out), threading.Thread(target=self._read_log)]
        for t in self.threads:
            t.start()

    def _read_out(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                self.alerts.put(json.loads(line))
            else:
                self.out.append(line)

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line)

    def wait_until_it_sees(self, scope, seconds=60):
        """Makes marker events until one comes back, once all programs are there: alerts come before."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if not any("Event source 'syscall' is open" in line for line in list(self.log)):
                time.sleep(0.05)
                continue
            scope.run(["/opt/live-marker", "nothing"])
            try:
                self.alerts.get(timeout=0.5)
                time.sleep(0.3)
                while not self.alerts.empty():
                    self.alerts.get()
                return
            except queue.Empty:
                pass
        self.stop()
        raise SystemExit("saker does not see its scope; its log:\n" + "".join(self.log))

    def until_marker(self, scope, number, seconds=20):
        """All alerts up to the marker of that number, which is made here."""
        scope.run(["/opt/live-marker", "nothing", str(number)])
        got, end = [], time.monotonic() + seconds
        while True:
            try:
                a = self.alerts.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"marker {number} never arrived") from None
            if a["rule"] == "Live test marker":
                if a["output_fields"]["proc.args"].endswith(f" {number}"):
                    return got
            else:
                got.append(a)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        code = self.process.wait()
        for t in self.threads:
            t.join()
        return code
