#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Saker itself: start-up to the first detection, memory, idle, the loading of rules, and how many events it bears.

usage: agent.py BUILD_FOLDER [ROUNDS]

The start: somebody in the scope opens /etc/shadow every 2 ms; measured is the time from the start of the program to its
first alert on standard output. The flood: opens at full speed, with a rule that has to be asked in userspace for each.
Writes BUILD_FOLDER/agent.json and docs/performance.md.
"""
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from common import QUIET, Scope, Tracer, cpu_us, entering, settled_cpu_us, upstream_rules, write_table

ASKED = """
- rule: Never
  desc: no kernel filter can tell
  condition: evt.type in (open, openat) and proc.cmdline contains nobody-is-called-so
  output: x
  priority: DEBUG
"""


def saker(build, scope, *words, **options):
    return subprocess.Popen([build + "/saker", "--scope-cgroup", scope.path, *QUIET, *words], stdin=subprocess.DEVNULL,
                            preexec_fn=entering(scope.agent), **options)


def in_scope(build, scope, *words):
    return subprocess.Popen([build + "/tests/bench/bench_loops", *words], preexec_fn=entering(scope.path))


def end(*processes):
    for p in processes:
        p.kill()
        p.wait()


def start(build, scope):
    """Milliseconds to the first alert, by the clock and of CPU, and from when on nothing is missing."""
    before, begin = cpu_us(scope.agent), time.monotonic()
    p = saker(build, scope, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if not p.stdout.readline():
        sys.exit("agent: saker ended without an alert")
    wall, cpu = time.monotonic() - begin, cpu_us(scope.agent) - before
    all_cpu = settled_cpu_us(scope.agent) - before
    p.terminate()
    p.communicate()
    return {"wall_ms": wall * 1000, "cpu_ms": cpu / 1000, "all_cpu_ms": all_cpu / 1000}


def memory(pid):
    with open(f"/proc/{pid}/smaps") as f:
        text = f.read()
    out, name = {"rss": 0, "rings": 0, "private": 0}, ""
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)", line)
        if head:
            name = head[1]
        elif line.startswith("Rss:"):
            out["rss"] += int(line.split()[1])
            out["rings"] += int(line.split()[1]) if "bpf-map" in name else 0
        elif line.startswith("Private_Dirty:") and "bpf-map" not in name:
            out["private"] += int(line.split()[1])
    return out


def idle(build, scope, seconds=10):
    p = saker(build, scope, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(3)
    settled_cpu_us(scope.agent)
    out = memory(p.pid)

    def look():
        switches = 0
        for task in os.listdir(f"/proc/{p.pid}/task"):
            with open(f"/proc/{p.pid}/task/{task}/status") as f:
                switches += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", f.read(), re.M)[1])
        return cpu_us(scope.agent), switches
    before = look()
    time.sleep(seconds)
    after = look()
    p.terminate()
    p.wait()
    return out | {"idle_us": after[0] - before[0], "wakes": after[1] - before[1], "seconds": seconds}


def user_cpu_ms(argv):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def loading(build, rounds):
    """CPU time that the three files of upstream take, without that of the program's start."""
    files = [word for f in upstream_rules() for word in ("-r", f)]
    if not files:
        return None
    return min(user_cpu_ms([build + "/saker", "--dry-run", *QUIET, *files]) for _ in range(rounds)) - min(
        user_cpu_ms([build + "/saker", "--version"]) for _ in range(rounds))


def flood(build, scope, writers, seconds=4):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
        f.write(ASKED)
        f.flush()
        tracer = Tracer("saker", build, scope, [f.name])
        work = [in_scope(build, scope, "flood", "/usr/bin/env") for _ in range(writers)]
        time.sleep(0.3)
        before, own, used, begin = tracer.counters(), cpu_us(scope.agent), cpu_us(scope.path), time.monotonic()
        time.sleep(seconds)
        span, now = time.monotonic() - begin, tracer.counters()
        own, used = cpu_us(scope.agent) - own, cpu_us(scope.path) - used
        end(*work)
        tracer.stop()
    got, lost = now[0] - before[0], now[1] - before[1]
    return {"writers": writers, "offered": (got + lost) / span, "per_cpu": 1e6 * (got + lost) / used, "lost": lost,
            "lost_pct": 100 * lost / max(got + lost, 1), "own_ns": own * 1000 / max(got, 1), "cores": own / 1e6 / span}


def report(r):
    s = r["start"]
    wall, cpu, total = ([x[k] for x in s] for k in ("wall_ms", "cpu_ms", "all_cpu_ms"))
    i = r["idle"]
    rows = [
        ("start-up to the first detection, by the clock", f"{statistics.median(wall):.0f} ms, at the least {min(wall):.0f}",
         "≤ 300 ms", "1,730 ms quiet, 3,970 busy"),
        ("CPU until then, and until all is loaded", f"{min(cpu):.0f} ms, {min(total):.0f} ms", "", "1,400-1,670 ms"),
        ("resident, with default rules", f"{i['rss'] / 1000:.1f} MB: {i['rings'] / 1000:.1f} of rings, "
         f"{i['private'] / 1000:.1f} private", "≤ 30 MB", "99-103 MB"),
        (f"idle for {i['seconds']} s", f"{i['idle_us'] / 1000:.1f} ms of CPU, {i['wakes']} wake-ups", "near 0",
         "0.1 % of a core"),
        ("three rules files of upstream loaded", f"{r['loading_ms']:.0f} ms of CPU" if r["loading_ms"] is not None else
         "skipped: they are not here", "≤ 40 ms", "200 ms")]
    for f in r["flood"]:
        rows.append((f"opens at full speed, {f['writers']} at a time, each asked in userspace",
                     f"{f['offered']:,.0f} events/s ({f['per_cpu']:,.0f} in a second of CPU), {f['lost_pct']:.1f} % lost; "
                     f"{f['own_ns']:.0f} ns each, "
                     f"{f['cores']:.2f} cores", "", f["falco"]))
    return "| figure | Saker | target | Falco |\n|---|---|---|---|\n" + "\n".join(f"| {' | '.join(x)} |" for x in rows) + "\n"


def main():
    build = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with Scope() as scope:
        look = in_scope(build, scope, "look", "/etc/shadow")
        try:
            r = {"start": [start(build, scope) for _ in range(rounds)]}
        finally:
            end(look)
        r["idle"] = idle(build, scope)
        r["loading_ms"] = loading(build, rounds)
        said = {1: "485,000 events/s, none lost; 830 ns each", 2: "761,000 events/s, 6.9 % lost; 730 ns each"}
        r["flood"] = [flood(build, scope, n) | {"falco": said[n]} for n in (1, 2)]
    with open(build + "/agent.json", "w") as f:
        json.dump(r, f, indent=2)
    text = report(r)
    print("\n" + text)
    write_table("agent", text)


if __name__ == "__main__":
    main()
