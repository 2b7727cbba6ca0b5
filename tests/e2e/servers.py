# SPDX-License-Identifier: Apache-2.0
"""What alerts are sent to in tests: nginx, rsyslogd, an HTTP server with faults; and a stream of alerts.

Everything listens on loopback, at ports that were free, and ends with its test.
"""
import os
import shutil
import socket
import subprocess
import threading
import time

import scapfile
from e2e import Running, Skip
from scapfile import capture, openat

RULES = """
- rule: Opened
  desc: d
  condition: evt.type=openat
  output: "id=%evt.num %fd.name"
  priority: WARNING
"""
TIME_LIMIT = 20
UNKNOWN_BLOCK = scapfile.block(0x7FFF0001, bytes(600000))  # is skipped; pushes what is before it through the reader


def until(what, seconds=TIME_LIMIT, why="it did not happen in time"):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, why() if callable(why) else why
        time.sleep(0.02)


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def need(program):
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if not path:
        raise Skip(f"{program} is not installed")
    return path


class Daemon:
    """A program of somebody else's, in the foreground."""

    def __init__(self, *argv, env=None):
        self.p = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.p.poll() is None:
            self.p.terminate()
            try:
                self.p.wait(10)
            except subprocess.TimeoutExpired:
                self.p.kill()
                self.p.wait()
        self.p.stderr.close()

    def wait_port(self, port):
        def there():
            assert self.p.poll() is None, self.p.stderr.read()
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return True
            except OSError:
                return False
        until(there, why=f"nobody listens at port {port}")
        return self


def certificates(place):
    """ca, server and client as PEM files in the test's directory; returns a function from a name to its path."""
    need("openssl")
    place.file("ext", "subjectAltName=IP:127.0.0.1,DNS:localhost\n")

    def openssl(*args):
        p = subprocess.run(["openssl", *args], cwd=place.dir, capture_output=True, text=True)
        assert p.returncode == 0, p.stderr

    new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for ca in ("ca", "other"):
        openssl(*new, "-x509", "-days", "2", "-subj", f"/CN={ca}", "-keyout", f"{ca}.key", "-out", f"{ca}.crt")
    for name in ("server", "client"):
        openssl(*new, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                "2", "-extfile", "ext", "-out", f"{name}.crt")
    return place.path


class Http:
    """A server that does to each request what `faults` says, the last of them for ever: "ok", "silence", "reset",
    "slow", "flood" (a body of 1 GB), or a status. Keeps the bodies of those it answered with 200."""

    def __init__(self, *faults, port=0):
        self.faults = list(faults) or ["ok"]
        self.bodies, self.heads, self.requests = [], [], 0
        self.lock = threading.Lock()
        self.s = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port = self.s.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/alerts"
        self.open, self.ended = [], False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended = True
        self.s.shutdown(socket.SHUT_RDWR)
        self.s.close()
        for c in self.open:
            c.close()

    def _accept(self):
        while not self.ended:
            try:
                c, _ = self.s.accept()
            except OSError:
                return
            self.open.append(c)
            threading.Thread(target=self._serve, args=(c,), daemon=True).start()

    def _serve(self, c):
        try:
            with c, c.makefile("rb") as f:
                while self._request(c, f):
                    pass
        except OSError:
            pass

    def _request(self, c, f):
        head = {}
        line = f.readline()
        if not line:
            return False
        for h in iter(f.readline, b"\r\n"):
            if not h:
                return False
            name, _, value = h.decode().partition(":")
            head[name.lower()] = value.strip()
        body = f.read(int(head.get("content-length", 0)))
        with self.lock:
            self.requests += 1
            fault = self.faults.pop(0) if len(self.faults) > 1 else self.faults[0]
            if fault in ("ok", "slow", "flood"):
                self.bodies.append(body)
                self.heads.append(head)
        return self._answer(c, f, fault)

    def _answer(self, c, f, fault):
        if fault == "silence":
            f.read(1)
            return False
        if fault == "reset":
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            return False
        if fault == "flood":
            c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            piece = b"x" * 65536
            for _ in range(1000000000 // len(piece)):
                c.sendall(piece)
            return True
        if fault == "slow":
            time.sleep(0.3)
        status = fault if isinstance(fault, int) else 200
        c.sendall(b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nok" % status)
        return True


class Stream:
    """Saker with alerts that the test makes when it wants to: a replay of a pipe. `out.log` gets every alert too."""

    def __init__(self, place, *options, prefix=(), timeout_ms=20000):
        self.fifo = place.path("capture")
        os.mkfifo(self.fifo)
        self.file = place.path("out.log")
        self.n = 0
        args = ["-c", place.file("c.yaml", "log_stderr: true\n"), "-r", place.file("r.yaml", RULES), "-U"]
        for o in ["log_syslog=false", "syslog_output.enabled=false", "engine.kind=replay",
                  f"engine.replay.capture_file={self.fifo}", "watch_config_files=false",
                  "file_output.enabled=true", f"file_output.filename={self.file}", f"output_timeout={timeout_ms}",
                  "json_output=true", *options]:
            args += ["-o", o]
        self.saker = Running(*args, prefix=prefix, quiet=False)
        fd = None
        end = time.monotonic() + TIME_LIMIT
        while fd is None:
            try:
                fd = os.open(self.fifo, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                assert self.saker.p.poll() is None and time.monotonic() < end, self.saker.text(self.saker.err)
                time.sleep(0.02)
        os.set_blocking(fd, True)
        self.pipe = os.fdopen(fd, "wb", buffering=0)
        self.pipe.write(capture())

    def alerts(self, n, extra=""):
        for _ in range(n):
            self.n += 1
            self.pipe.write(openat(100, f"/a/{self.n}{extra}", ts=self.n))
        self.pipe.write(UNKNOWN_BLOCK)
        return self

    def filed(self):
        """How many the file has."""
        try:
            with open(self.file) as f:
                return sum(1 for _ in f)
        except OSError:
            return 0

    def wait_filed(self, seconds=10):
        """The other outputs are not disturbed: the file has every alert soon."""
        until(lambda: self.filed() >= self.n, seconds, lambda: f"{self.filed()} of {self.n} alerts are in the file")
        return self

    def memory_kb(self):
        with open(f"/proc/{self.saker.p.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))

    def log(self):
        return self.saker.text(self.saker.err)

    def end(self, seconds=TIME_LIMIT):
        self.pipe.close()
        try:
            self.saker.p.wait(seconds)
        except subprocess.TimeoutExpired:
            self.saker.stop()
            raise
        return self.saker.stop()


def kill(stream):
    if stream.saker.p.poll() is None:
        stream.saker.p.kill()
        stream.saker.p.wait()
