# SPDX-License-Identifier: Apache-2.0
"""The workloads of the benchmark: loops of one kind of call, and programs that people run."""
import os
import re
import shutil
import socket
import subprocess
import time

from common import entering, in_cgroup

SOURCE = """#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
struct part%d { struct part%d *next; char name[32]; long n; };
static long walk(const struct part%d *p) { long n = 0; for (; p; p = p->next) n += p->n + (long)strlen(p->name); return n; }
long part%d(long k) { struct part%d p = {0}; p.n = k; snprintf(p.name, sizeof(p.name), "%%ld", k); return walk(&p); }
"""


def find(program):
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"bench: nobody listens on port {port}")


class Work:
    """run() does it once, in the scope, and returns operations and, where one counts them, requests a second."""

    unit = "ns"
    per = 1

    def __init__(self, title, target, upstream):
        self.title, self.target, self.upstream = title, target, upstream

    def missing(self):
        return None

    def start(self, scope, folder, build):
        self.scope, self.folder, self.build = scope, folder, build

    def stop(self):
        pass


class Loop(Work):
    def __init__(self, name, count, *rest):
        super().__init__(*rest)
        self.name, self.count = name, count

    def run(self):
        in_cgroup(self.scope.path, [self.build + "/tests/bench/bench_loops", self.name, str(self.count)])
        return self.count, None


class Hackbench(Work):
    """hackbench of rt-tests; without it two processes and two pipes."""

    def run(self):
        program = find("hackbench")
        if not program:
            in_cgroup(self.scope.path, [self.build + "/tests/bench/bench_loops", "hack", "60000"])
            return 60000, None
        in_cgroup(self.scope.path, [program, "-g", "1", "-f", "4", "-l", "2500", "-s", "100"], stdout=subprocess.DEVNULL)
        return 4 * 4 * 2500, None


class Server(Work):
    """A program that stays: started once, in the scope, for all rounds."""

    need = ()

    def missing(self):
        gone = [p for p in self.need if not find(p)]
        return f"{', '.join(gone)} not installed" if gone else None

    def serve(self, argv):
        self.process = subprocess.Popen(argv, preexec_fn=entering(self.scope.path), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.port)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Redis(Server):
    need = ("redis-server", "redis-benchmark")

    def start(self, *where):
        super().start(*where)
        self.port = free_port()
        self.serve([find("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                    "--appendonly", "no", "--daemonize", "no", "--dir", self.folder])

    def run(self):
        said = in_cgroup(self.scope.path, [find("redis-benchmark"), "-p", str(self.port), "-t", "set,get", "-n", "20000",
                                           "-c", "20", "--csv"], stdout=subprocess.PIPE, text=True).stdout
        rates = [float(r) for r in re.findall(r'^"(?:SET|GET)","([0-9.]+)"', said, re.M)]
        return 40000, len(rates) / sum(1 / r for r in rates)


class Nginx(Server):
    need = ("nginx", "wrk")

    def start(self, *where):
        super().start(*where)
        self.port = free_port()
        temp = "".join(f"{k}_temp_path {self.folder}/{k};" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(self.folder + "/nginx.conf", "w") as f:
            f.write(f"worker_processes 1; daemon off; pid {self.folder}/pid; error_log /dev/null;\n"
                    f"events {{ worker_connections 256; }}\nhttp {{ access_log off; {temp} root {self.folder}/www;\n"
                    f"server {{ listen 127.0.0.1:{self.port}; }} }}\n")
        os.mkdir(self.folder + "/www")
        with open(self.folder + "/www/small", "w") as f:
            f.write("x" * 600)
        os.chmod(self.folder, 0o755)
        self.serve([find("nginx"), "-c", self.folder + "/nginx.conf", "-p", self.folder])

    def run(self):
        said = in_cgroup(self.scope.path, [find("wrk"), "-t", "1", "-c", "16", "-d", "1s",
                                           f"http://127.0.0.1:{self.port}/small"], stdout=subprocess.PIPE, text=True).stdout
        return int(re.search(r"(\d+) requests in", said)[1]), float(re.search(r"Requests/sec: +([0-9.]+)", said)[1])


class Compile(Work):
    unit, per = "ms", 1_000_000

    def start(self, *where):
        super().start(*where)
        for i in range(30):
            with open(f"{self.folder}/part{i}.c", "w") as f:
                f.write(SOURCE % ((i,) * 5))
        with open(self.folder + "/main.c", "w") as f:
            f.write("".join(f"long part{i}(long k);\n" for i in range(30)) + "int main(void) { return "
                    + " + ".join(f"part{i}({i}) < 0" for i in range(30)) + "; }\n")

    def missing(self):
        return None if find("cc") else "cc not installed"

    def run(self):
        in_cgroup(self.scope.path, ["sh", "-c", "for f in *.c; do cc -O1 -c $f || exit 1; done; cc -o program *.o && "
                                                "./program"], cwd=self.folder)
        return 1, None


# Title, target of the ratio (text for people), what the same loop cost with Falco (docs: how it was measured).
WORKS = {
    "getppid": Loop("getppid", 1_000_000, "getppid", "≤ 1.05 × empty", "1.90"),
    "open": Loop("open", 100_000, "open + close, no rule matches", "≤ 1.30", "2.6-2.9"),
    "etc": Loop("etc", 4_000, "open + close below /etc for writing, every open an alert", "", ""),
    "read": Loop("read", 500_000, "read + write 1 byte", "≤ 1.05 × empty", "1.71"),
    "exec": Loop("exec", 300, "fork + exec", "≤ 1.03", "1.04-1.15"),
    "connect": Loop("connect", 8_000, "loopback connect + accept", "≤ 1.08", "1.20"),
    "hackbench": Hackbench("hackbench", "", "1.14-1.17"),
    "redis": Redis("redis-benchmark set, get", "≤ 1.10; -5 %", "1.31; -20 %"),
    "nginx": Nginx("nginx + wrk", "≤ 1.10; -7 %", "1.25; -28 %"),
    "compile": Compile("compilation of 31 files", "", "0.95-1.02"),
}
