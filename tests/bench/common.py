# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: cgroups of their own, CPU time from cpu.stat, what is attached while a workload runs,
the tables of docs/performance.md."""
import datetime
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
DOC = ROOT + "/docs/performance.md"
UPSTREAM = ROOT + "/../shared/data/rules/official-HEAD"
QUIET = ["-o", "log_stderr=true", "-o", "log_syslog=false", "-o", "syslog_output.enabled=false"]


def cgroup2_mount():
    with open("/proc/self/mounts") as f:
        for line in f:
            if line.split()[2] == "cgroup2":
                return line.split()[1]
    sys.exit("bench: no cgroup v2 hierarchy is mounted")


def cpu_us(cgroup):
    with open(cgroup + "/cpu.stat") as f:
        return int(dict(line.split() for line in f)["usage_usec"])


def settled_cpu_us(cgroup):
    """CPU time once what was queued is done: three looks in a row without a change, after 10 s at most."""
    end, seen = time.monotonic() + 10, [cpu_us(cgroup)]
    while time.monotonic() < end:
        time.sleep(0.06)
        seen.append(cpu_us(cgroup))
        if len(seen) > 3 and seen[-1] - seen[-3] < 200:
            break
    return seen[-1]


def entering(cgroup):
    def enter():
        with open(cgroup + "/cgroup.procs", "w") as f:
            f.write(str(os.getpid()))
    return enter


def in_cgroup(cgroup, argv, **options):
    return subprocess.run(argv, check=True, preexec_fn=entering(cgroup), **options)


class Scope:
    """Two cgroups: `path` for what is watched, `agent` for who watches."""

    def __enter__(self):
        self.path = f"{cgroup2_mount()}/saker-bench-{os.getpid()}"
        self.agent = self.path + "-agent"
        os.mkdir(self.path)
        os.mkdir(self.agent)
        return self

    def __exit__(self, *_):
        for path in (self.path, self.agent):
            for _ in range(100):
                try:
                    os.rmdir(path)
                    break
                except OSError:  # somebody is still on the way out
                    time.sleep(0.05)


def upstream_rules():
    """The three files of rules, or nothing when this is not the machine that has them."""
    files = [f"{UPSTREAM}/falco{kind}_rules.yaml" for kind in ("", "-incubating", "-sandbox")]
    return files if all(os.path.exists(f) for f in files) else []


class Tracer:
    """What is attached while a workload runs: nothing, the empty program, Saker with its rules or those of upstream."""

    def __init__(self, way, build, scope, rules=(), options=()):
        self.process, self.scope, self.log = None, scope, []
        self.socket = f"/tmp/saker-bench-{os.getpid()}.sock"
        if way == "empty":
            self.process = subprocess.Popen([build + "/tests/bench/bench_empty", build + "/tests/bench/empty.bpf.o"],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            if self.process.stdout.readline() != "ready\n":
                sys.exit("bench: the empty program was refused")
        elif way != "untraced":
            self.start([build + "/saker", "--scope-cgroup", scope.path, *QUIET, "-o", "metrics.enabled=true",
                        "-o", "metrics.output_rule=false", "-o", "webserver.enabled=true",
                        "-o", "webserver.prometheus_metrics_enabled=true", "-o", "webserver.threadiness=1",
                        "-o", "webserver.listen_address=unix://" + self.socket,
                        *[word for file in rules for word in ("-r", file)], *options])

    def start(self, argv):
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True, preexec_fn=entering(self.scope.agent))
        for line in self.process.stderr:
            self.log.append(line)
            if "Event source 'syscall' is open" in line:
                break
        else:
            sys.exit("bench: saker did not start:\n" + "".join(self.log))
        time.sleep(0.3)
        settled_cpu_us(self.scope.agent)

    def counters(self):
        """Events received and lost so far."""
        c = http.client.HTTPConnection("localhost", timeout=20)
        c.sock = socket.socket(socket.AF_UNIX)
        c.sock.connect(self.socket)
        c.request("GET", "/metrics")
        text = c.getresponse().read().decode()
        c.close()
        return [int(re.search(r"^" + name + r" (\d+)$", text, re.M)[1])
                for name in ("saker_events_total", "falcosecurity_scap_n_drops_total")]

    def stop(self):
        if self.process is None:
            return
        if self.process.stdin:
            self.process.stdin.close()
        else:
            self.process.terminate()
            self.log += self.process.stderr.read().splitlines(True)
        self.process.wait()


def when():
    load = os.getloadavg()[0]
    return (f"{datetime.date.today().isoformat()}, kernel {os.uname().release.split('-')[0]}, {os.cpu_count()} CPUs, "
            f"load {load:.0f} at the end")


def write_table(name, text):
    """Puts a table, and when it was measured, between its marks in docs/performance.md."""
    with open(DOC) as f:
        doc = f.read()
    begin, end = f"<!-- bench: {name} -->\n", f"<!-- end: {name} -->"
    if begin not in doc or end not in doc:
        sys.exit(f"bench: docs/performance.md has no marks for the table '{name}'")
    head, rest = doc.split(begin)
    with open(DOC, "w") as f:
        f.write(f"{head}{begin}Measured on {when()}.\n\n{text.strip()}\n{end}{rest.split(end, 1)[1]}")
    if os.environ.get("SUDO_UID"):
        shutil.chown(DOC, int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"]))
