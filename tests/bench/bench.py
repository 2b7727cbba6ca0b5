#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time of small loops: untraced, with an empty program on sys_exit, with Saker and its default rules.

usage: bench.py BUILD_FOLDER [ROUNDS]

All ways are interleaved in every round, in one cgroup of their own; CPU time (user + system) of that cgroup comes
from cpu.stat. A figure is the minimum and the median over the rounds, as a ratio to untraced. Writes a table to
standard output and BUILD_FOLDER/bench.json.
"""
import json
import os
import statistics
import subprocess
import sys
import time

LOOPS = {"getppid": 2_000_000, "open": 200_000, "read": 2_000_000, "exec": 600, "connect": 12_000}
TITLES = {"getppid": "getppid", "open": "open + close", "read": "read 1 byte", "exec": "fork + exec",
          "connect": "loopback connect + accept"}
WAYS = ["untraced", "empty", "saker"]


def cgroup2_mount():
    with open("/proc/self/mounts") as f:
        for line in f:
            if line.split()[2] == "cgroup2":
                return line.split()[1]
    sys.exit("bench: no cgroup v2 hierarchy is mounted")


def cpu_us(cgroup):
    with open(cgroup + "/cpu.stat") as f:
        return int(dict(line.split() for line in f)["usage_usec"])


def in_cgroup(cgroup, argv, **options):
    def enter():
        with open(cgroup + "/cgroup.procs", "w") as f:
            f.write(str(os.getpid()))
    subprocess.run(argv, check=True, preexec_fn=enter, **options)


class Tracer:
    """What is attached while a loop runs."""

    def __init__(self, way, build, scope, agent):
        self.process = None

        def enter():
            with open(agent + "/cgroup.procs", "w") as f:
                f.write(str(os.getpid()))
        if way == "empty":
            self.process = subprocess.Popen([build + "/tests/bench/bench_empty", build + "/tests/bench/empty.bpf.o"],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            assert self.process.stdout.readline() == "ready\n", "the empty program was refused"
        elif way == "saker":
            self.process = subprocess.Popen(
                [build + "/saker", "--scope-cgroup", scope, "-o", "log_stderr=true", "-o", "log_syslog=false",
                 "-o", "syslog_output.enabled=false"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=enter)
            self.log = []
            for line in self.process.stderr:
                self.log.append(line)
                if "Event source 'syscall' is open" in line:
                    break
            else:
                sys.exit("bench: saker did not start:\n" + "".join(self.log))

    def stop(self):
        if self.process is None:
            return
        if self.process.stdin:
            self.process.stdin.close()
        else:
            self.process.terminate()
        self.process.wait()


def main():
    build = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    scope = f"{cgroup2_mount()}/saker-bench-{os.getpid()}"
    agent = scope + "-agent"
    os.mkdir(scope)
    os.mkdir(agent)
    ns = {loop: {way: [] for way in WAYS} for loop in LOOPS}
    own = {loop: [] for loop in LOOPS}
    try:
        for r in range(rounds):
            for way in WAYS[r % 3:] + WAYS[:r % 3]:
                tracer = Tracer(way, build, scope, agent)
                try:
                    for loop, count in LOOPS.items():
                        before, agent_before = cpu_us(scope), cpu_us(agent)
                        in_cgroup(scope, [build + "/tests/bench/bench_loops", loop, str(count)])
                        ns[loop][way].append((cpu_us(scope) - before) * 1000 / count)
                        if way == "saker":
                            time.sleep(0.3)
                            own[loop].append((cpu_us(agent) - agent_before) * 1000 / count)
                finally:
                    tracer.stop()
            print(f"round {r + 1} of {rounds}", file=sys.stderr)
    finally:
        time.sleep(0.2)
        os.rmdir(scope)
        os.rmdir(agent)
    report(ns, own, rounds, build)


def report(ns, own, rounds, build):
    rows = []
    for loop in LOOPS:
        row = {"loop": loop, "count": LOOPS[loop], "saker_own_ns": round(min(own[loop]), 1)}
        for way in WAYS:
            row[way + "_ns_min"] = round(min(ns[loop][way]), 1)
            row[way + "_ns_median"] = round(statistics.median(ns[loop][way]), 1)
        for way in WAYS[1:]:
            for stat in ("min", "median"):
                row[f"{way}_ratio_{stat}"] = round(row[f"{way}_ns_{stat}"] / row[f"untraced_ns_{stat}"], 2)
        rows.append(row)
    with open(build + "/bench.json", "w") as f:
        json.dump({"kernel": os.uname().release, "rounds": rounds, "loops": rows}, f, indent=2)
    print("| loop | untraced | empty sys_exit | Saker | ratio empty (median / min) | ratio Saker (median / min) | Saker's own CPU |")
    print("|---|---|---|---|---|---|---|")
    for r in rows:
        print(f"| {TITLES[r['loop']]} | {r['untraced_ns_median']:.0f} ns | {r['empty_ns_median']:.0f} | {r['saker_ns_median']:.0f} "
              f"| {r['empty_ratio_median']:.2f} / {r['empty_ratio_min']:.2f} | {r['saker_ratio_median']:.2f} / {r['saker_ratio_min']:.2f} "
              f"| {r['saker_own_ns']:.0f} ns |")


if __name__ == "__main__":
    main()
