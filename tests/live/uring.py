#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is submitted through io_uring gives the alerts of the system call, with the submitter's identity: each
action is done as a call, then through a ring in every mode, and the alerts are compared.

usage: uring.py SAKER ACT RING_ACT [--repeat N] [--only TEXT]
"""
import argparse
import os
import re
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scope import Saker, Scope, skip  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
RULES = [os.path.join(HERE, "..", "..", "rules", "saker_rules.yaml"), os.path.join(HERE, "marker_rules.yaml"),
         os.path.join(HERE, "uring_rules.yaml")]
ACT, DROPPED, BASH, CAT = "/opt/ring_act", "/tmp/dropped", "/usr/bin/bash", "/usr/bin/cat"
MODES = ["normal", "async", "sqpoll", "defer", "link", "full", "direct", "skip", "skip+async", "skip+sqpoll", "skip+defer",
         "skip+direct"]
CANNOT = 77
KERNEL = tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2])
RING_FD = 0x40000000
# Of the moment, or of the process.
PASSING = {"evt.num", "evt.time", "evt.time.iso8601", "evt.rawtime", "proc.pid", "thread.tid", "evt.via", "evt.is_early"}
# Commands for a ring are others than those of ioctl().
# The number of a descriptor that only the ring has.
DIRECT = {"evt.args", "evt.rawres", "fd.num"}
# What is not known when a request is told early: by kernels that do not tell what was done unheard.
TELLING = (6, 9)
UNKNOWN = {"evt.args", "evt.res", "evt.rawres", "fd.num", "fd.name", "fd.type", "fd.typechar", "fd.nameraw", "fd.cip", "fd.sip",
           "fd.sport", "fd.l4proto", "fd.is_server", "evt.arg.flags", "fd.lip", "fd.rip", "fd.lport", "fd.rport"}


def actions(free, port):
    """Program, words, and the default rule that must alert; None: only the rule of the grid."""
    return [
        (ACT, "openat /etc/hostname w", "Write Below Etc"),
        (ACT, "openat /tmp/etc-link/hostname w", "Write Below Etc"),
        (CAT, "openat /etc/shadow r", "Read Sensitive File"),
        (CAT, "openat /tmp/../etc/shadow r", "Read Sensitive File"),
        (ACT, "openat /etc/hostname r", None),
        (ACT, "openat /etc/" + "./" * 400 + "hostname w", "Write Below Etc"),
        (ACT, "openat2 /etc/hostname w", "Write Below Etc"),
        (ACT, "openat2 /etc/shadow r", "Read Sensitive File"),
        (ACT, "mkdirat /etc/new-dir", "System Directory Changed"),
        (ACT, "unlinkat /etc/victim", "System Directory Changed"),
        (ACT, "renameat2 /etc/victim /etc/new-name", None),
        (ACT, "renameat2 /tmp/" + "./" * 800 + "fake /usr/bin/" + "./" * 800 + "sleep", "Coreutils Executable Changed"),
        (ACT, "linkat /etc/shadow /tmp/h1", "Hard Link to Sensitive File Created"),
        (ACT, "symlinkat /etc/shadow /tmp/s1", "Symlink to Sensitive File Created"),
        (ACT, "symlinkat ../etc/shadow /tmp/s1", "Symlink to Sensitive File Created"),
        (ACT, "setxattr /home/user/file", None),
        (ACT, "fsetxattr /home/user/file", None),
        (ACT, "socket 17 3 768", "Raw or Packet Socket Opened"),
        (ACT, f"bind 127.0.0.1 {free}", None),
        (BASH, f"listen 127.0.0.1 {free}", "Shell or System Tool Listens"),
        (DROPPED, f"connect 127.0.0.1 {port}", "Connection from Temporary Directory"),
        (BASH, f"connect 127.0.0.1 {port}", "Outbound Connection by Shell or System Tool"),
        (DROPPED, f"accept4 127.0.0.1 {free}", "Connection from Temporary Directory"),
        (ACT, "ioctl", None),
        (ACT, f"sendto 127.0.0.1 {port} hello", None),
    ]


def prepare(scope):
    for made in ("/etc/new-dir", "/etc/victim", "/etc/new-name", "/tmp/h1", "/tmp/s1", "/tmp/fake"):
        path = scope.path(made)
        if os.path.isdir(path):
            os.rmdir(path)
        elif os.path.lexists(path):
            os.unlink(path)
    scope.write("/etc/victim", "x")
    scope.write("/tmp/fake", "x")
    scope.write("/home/user/file", "x")


def steady(alert, mode):
    """Fields without what differs from run to run: the mode's name, ports that the kernel picks."""
    out = {}
    for k, v in alert["output_fields"].items():
        if k in PASSING:
            continue
        if isinstance(v, str):
            v = v.replace(f" {mode} ", " MODE ")
            v = re.sub(r"(127\.0\.0\.1):\d+->", r"\1:PICKED->", v)
        out[k] = v
    return out


class Grid:
    def __init__(self, saker, scope):
        self.saker, self.scope, self.number = saker, scope, 0
        self.passed = self.failed = self.skipped = 0

    def run(self, exe, words, mode):
        prepare(self.scope)
        code = self.scope.run([exe, mode, *words.split()])
        self.number += 1
        got = self.saker.until_marker(self.scope, self.number)
        return code, {a["rule"]: a for a in got}

    def differences(self, call, ring, mode):
        if set(call) != set(ring):
            yield f"rules {sorted(ring)}, of the call {sorted(call)}"
        for rule in set(call) & set(ring):
            a, b = steady(call[rule], "syscall"), steady(ring[rule], mode)
            free = UNKNOWN if ring[rule]["output_fields"].get("evt.is_early") else DIRECT if "direct" in mode else ()
            for k in a:
                other = " ioctl" in a["proc.cmdline"] and k == "evt.args"
                if a[k] != b.get(k) and not other and k not in free:
                    yield f"{rule}: {k} is {b.get(k)!r}, of the call {a[k]!r}"

    def way(self, alerts, mode):
        f = alerts["Action of the grid"]["output_fields"]
        if f["evt.via"] != ("syscall" if mode == "syscall" else "io_uring"):
            yield f"evt.via is {f['evt.via']}"
        if f["thread.tid"] != f["proc.pid"]:
            yield f"thread {f['thread.tid']} of process {f['proc.pid']}"
        if f["evt.failed"]:
            yield f"it failed: {f['evt.res']}"
        if f["evt.is_early"] and KERNEL >= TELLING:
            yield "it was told early"
        if "direct" in mode and f["evt.type"] in ("openat", "openat2", "socket", "accept4") and not f["evt.is_early"]:
            if f["fd.num"] != RING_FD + 1:
                yield f"fd.num is {f['fd.num']}"

    def case(self, exe, words, rule):
        name = f"{os.path.basename(exe)} {words[:60]}"
        code, call = self.run(exe, words, "syscall")
        if code or "Action of the grid" not in call or (rule and rule not in call):
            self.fail(f"{name}: the call itself: exit code {code}, alerts {sorted(call)}")
            return
        for mode in MODES:
            if "skip" in mode and "accept4" in words and KERNEL < TELLING:
                continue  # of whom is known when it is done
            code, ring = self.run(exe, words, mode)
            if code == CANNOT:
                self.skipped += 1
                print(f"skipped: {mode} {name}: this kernel cannot")
                continue
            problems = [f"exit code {code}"] if code else []
            if "Action of the grid" in ring:
                problems += self.way(ring, mode)
            problems += self.differences(call, ring, mode)
            if problems:
                self.fail(f"{mode} {name}: " + "\n    ".join(problems))
            else:
                self.passed += 1

    def fail(self, text):
        self.failed += 1
        print("FAIL " + text)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("saker")
    p.add_argument("act")
    p.add_argument("ring_act")
    p.add_argument("--repeat", type=int, default=1)
    p.add_argument("--only", default="")
    args = p.parse_args()
    disabled = "/proc/sys/kernel/io_uring_disabled"
    if os.path.exists(disabled) and open(disabled).read().strip() == "2":
        skip("io_uring is disabled here (kernel.io_uring_disabled)")
    with socket.socket() as server, socket.socket() as other, Scope(args.act) as scope:
        server.bind(("127.0.0.1", 0))
        server.listen(100)
        other.bind(("127.0.0.1", 0))
        free, port = other.getsockname()[1], server.getsockname()[1]
        other.close()
        for program in (ACT, DROPPED, BASH, CAT):
            scope.install(args.ring_act, program)
        os.symlink("/etc", scope.path("/tmp/etc-link"))
        saker = Saker(args.saker, scope, RULES, ["rule_matching=all"])
        grid = Grid(saker, scope)
        try:
            saker.wait_until_it_sees(scope)
            for _ in range(args.repeat):
                for exe, words, rule in actions(free, port):
                    if args.only in words:
                        grid.case(exe, words, rule)
        finally:
            saker.stop()
    if any("no permission" in line for line in saker.log):
        skip("needs BPF")
    print(f"{grid.passed} passed, {grid.failed} failed, {grid.skipped} skipped")
    sys.exit(grid.failed != 0)


if __name__ == "__main__":
    main()
