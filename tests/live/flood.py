#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A container that opens files at full speed blinds nobody: what others do meanwhile is alerted, all of it, and so is
what the flooder itself does of other kinds.  What it lost is counted exactly, as its own.

Each time once with Saker running, and once with Saker stopped while it happens, so that the rings must overflow.

usage: flood.py SAKER ACT [SECONDS]
"""
import collections
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scope import Saker, Scope  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TIMES = 100
WRITERS = 2
RULES = ("Namespace entered", "Setuid bit", "Secret read")
OPTIONS = ["engine.modern_ebpf.buf_size_preset=1", "engine.modern_ebpf.critical_ring_mib=1",
           "syscall_event_drops.actions[0]=alert", "syscall_event_drops.threshold=0", "syscall_event_drops.rate=1000",
           "syscall_event_drops.max_burst=1000"]
Run = collections.namedtuple("Run", "done seen received dropped alerts lost blind log")


def start(scope, cgroup, argv):
    return subprocess.Popen(argv, preexec_fn=lambda: scope._enter(cgroup), env={"PATH": "/usr/bin"},
                            stdin=subprocess.DEVNULL)


def lost_by_cgroup(texts):
    """Lost events by cgroup, of texts as "PATH N (CLASS N; ...), other cgroups N"."""
    by = collections.Counter()
    for text in texts:
        for name, n in re.findall(r"(?:^|, )(\S+|cgroup \d+) (\d+) \(", text):
            by[name] += int(n)
        for n in re.findall(r"other cgroups (\d+)", text):
            by["other cgroups"] += int(n)
    return by


def run(saker, scope, seconds, flooder, victim, actions, stopped=False):
    """Floods `flooder` (cgroup) for so many seconds (0: not at all) while `victim` does the actions."""
    s = Saker(saker, scope, [os.path.join(HERE, "flood_rules.yaml")], OPTIONS)
    end = time.monotonic() + 60
    while not any("Event source 'syscall' is open" in line for line in s.log) and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.2)
    if stopped:
        s.process.send_signal(signal.SIGSTOP)
    pause = max(1, seconds * 1000 // (2 * TIMES))
    workers = [start(scope, flooder, ["/opt/act", "flood", str(WRITERS if seconds else 0), str(seconds), "/tmp/count"])]
    time.sleep(seconds / 4)
    workers += [start(scope, victim, ["/opt/act", a, str(TIMES), str(pause)]) for a in actions]
    codes = [w.wait(120) for w in workers]
    if stopped:
        s.process.send_signal(signal.SIGCONT)
    time.sleep(1.5)
    assert s.stop() == 0, "".join(s.log)
    assert not any(codes), codes
    alerts, texts = collections.defaultdict(set), []
    total = collections.Counter()
    while not s.alerts.empty():
        a = s.alerts.get()
        total[a["rule"]] += 1
        fields = a["output_fields"]
        alerts[a["rule"]].add(fields.get("evt.arg.filename") or fields.get("fd.name") or total[a["rule"]])
        if a["rule"] == "Falco internal: syscall event drop":
            texts.append(fields["drops_by_cgroup"])
    log = "".join(s.log)
    texts += re.findall(r"Dropped and not told yet: .*; by cgroup: (.*)", log)
    with open(scope.path("/tmp/count")) as f:
        done = int(f.read())
    totals = re.search(r"Events: (\d+) seen by the driver, (\d+) received, (\d+) dropped, (\d+) unreadable", log)
    assert totals and totals.group(4) == "0", "no totals in the log:\n" + log
    return Run(done, *map(int, totals.groups()[:3]), {r: len(alerts[r]) for r in RULES}, lost_by_cgroup(texts), texts, log)


def repair(saker, scope):
    """A process that Saker knows becomes another program while execs are lost: how it is called in the alert that it
    causes later, and how many execs were lost."""
    s = Saker(saker, scope, [os.path.join(HERE, "flood_rules.yaml")], [*OPTIONS, "json_include_output_property=false"])
    end = time.monotonic() + 60
    while not any("Event source 'syscall' is open" in line for line in s.log) and time.monotonic() < end:
        time.sleep(0.05)
    known = start(scope, scope.container, ["/opt/act", "late", "/tmp/exec", "/opt/late", "/tmp/open"])
    time.sleep(1)
    s.process.send_signal(signal.SIGSTOP)
    storm = start(scope, scope.container, ["/opt/act", "storm", "3000", "1", "/tmp/count"])
    while storm.poll() is None:
        time.sleep(0.05)
    scope.write("/tmp/exec", "")
    time.sleep(0.5)
    s.process.send_signal(signal.SIGCONT)
    time.sleep(2.5)
    scope.write("/tmp/open", "")
    known.wait(20)
    time.sleep(1)
    assert s.stop() == 0, "".join(s.log)
    names = []
    while not s.alerts.empty():
        a = s.alerts.get()
        if a["rule"] == "Secret read":
            names.append(a["output_fields"]["proc.exepath"])
    lost = re.search(r"dropped execve: (\d+)", "".join(s.log))
    return names, int(lost.group(1)) if lost else 0


def check(what, ok, text):
    print(f"{'ok' if ok else 'not ok'} - {what}: {text}", flush=True)
    return 0 if ok else 1


def main():
    saker, act = sys.argv[1:3]
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    failed = 0
    with Scope(act, ["/opt/late"]) as scope:
        victim = os.path.join(scope.cgroup, "victim")
        os.mkdir(victim)
        for d in ("/etc/secrets", "/tmp/sensitive"):
            os.mkdir(scope.path(d))
            for i in range(TIMES):
                scope.write(f"{d}/{i}", "x")
        try:
            for name, where, actions, rules in (
                    ("another cgroup", victim, ["sensitive", "secrets"], RULES),
                    ("the same cgroup", scope.container, ["sensitive"], RULES[:2])):
                base = run(saker, scope, 0, scope.container, where, actions)
                failed += check(f"{name}, no flood", base.dropped == 0 and all(base.alerts[r] == TIMES for r in rules),
                                f"{base.alerts}, {base.dropped} dropped of {base.seen}")
                for stopped in (False, True):
                    what = f"{name}, {'Saker stopped' if stopped else 'full speed'}"
                    r = run(saker, scope, seconds, scope.container, where, actions, stopped)
                    failed += check(f"{what}, alerts", all(r.alerts[x] == TIMES for x in rules), str(r.alerts))
                    # Each writer begins and ends.
                    extra = r.seen - base.seen - r.done
                    failed += check(f"{what}, seen", 0 <= extra <= 4 * WRITERS and extra % WRITERS == 0,
                                    f"{r.seen} = {base.seen} + {r.done} opens + {extra} of the writers")
                    failed += check(f"{what}, accounted", r.received + r.dropped == r.seen,
                                    f"{r.received} received + {r.dropped} dropped = {r.received + r.dropped}")
                    failed += check(f"{what}, dropped", r.dropped > 0 or not stopped, f"{r.dropped}")
                    own = sum(n for k, n in r.lost.items() if os.path.basename(scope.container) in k)
                    failed += check(f"{what}, by cgroup", own == r.dropped == sum(r.lost.values()), f"{dict(r.lost)}")
                    if r.blind:
                        print(f"# {r.blind[-1]}")
            names, lost = repair(saker, scope)
            failed += check("after a loss, repaired", len(names) == 1 and names[0].endswith("/opt/late") and lost > 0, f"{names}, {lost} execs lost")
        finally:
            os.rmdir(victim)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
