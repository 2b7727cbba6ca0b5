#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A storm of fork + exec + open in the scope ends with exact accounting: what the driver saw is what was done, and
what it saw has been received or is counted as dropped.  Once with ordinary rings, once with rings so small that they
must overflow, once ended in the middle.

usage: storm.py SAKER ACT [SECONDS]
"""
import os
import re
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scope import Saker, Scope  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def names(scope, blind):
    """Whether the text "CGROUP N (CLASS N, ...)" is about our cgroup, by its path or its number."""
    return os.path.basename(scope.cgroup) + " " in blind or f"cgroup {os.stat(scope.cgroup).st_ino} " in blind


def run(saker, scope, count, seconds, options, stopped=False, ended=False, blind=None):
    """Iterations that were done, and Saker's totals (seen, received, dropped). stopped: Saker does not run for half
    of the time, so that its rings overflow. ended: Saker is told to end after half of the time."""
    actions = ["syscall_event_drops.actions[0]=alert", "syscall_event_drops.threshold=0"]
    s = Saker(saker, scope, [os.path.join(HERE, "storm_rules.yaml")], [*options, *actions])
    end = time.monotonic() + 60
    while not any("Event source 'syscall' is open" in line for line in s.log) and time.monotonic() < end:
        time.sleep(0.05)
    if stopped:
        s.process.send_signal(signal.SIGSTOP)
        threading.Timer(seconds / 2, s.process.send_signal, [signal.SIGCONT]).start()
    if ended:
        threading.Timer(seconds / 2, s.process.send_signal, [signal.SIGTERM]).start()
    assert scope.run(["/opt/act", "storm", str(count), str(seconds), "/tmp/count"]) == 0
    time.sleep(1)
    assert s.stop() == 0, "".join(s.log)
    while blind is not None and not s.alerts.empty():
        alert = s.alerts.get()
        if alert["rule"] == "Falco internal: syscall event drop":
            blind.append(alert["output_fields"]["drops_by_cgroup"])
    with open(scope.path("/tmp/count")) as f:
        done = int(f.read())
    totals = re.search(r"Events: (\d+) seen by the driver, (\d+) received, (\d+) dropped, (\d+) unreadable", "".join(s.log))
    assert totals, "no totals in the log:\n" + "".join(s.log)
    seen, received, dropped, bad = map(int, totals.groups())
    assert bad == 0
    return done, seen, received, dropped


def check(what, ok, text):
    print(f"{'ok' if ok else 'not ok'} - {what}: {text}", flush=True)
    return 0 if ok else 1


def main():
    saker, act = sys.argv[1:3]
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    failed = 0
    tiny = ["engine.modern_ebpf.buf_size_preset=1", "engine.modern_ebpf.critical_ring_mib=1"]
    with Scope(act) as scope:
        _, base, _, _ = run(saker, scope, 0, 0, [])
        _, hundred, _, _ = run(saker, scope, 100, 0, [])
        each, rest = divmod(hundred - base, 100)
        failed += check("events of one iteration", rest == 0 and each >= 4, f"{each}")
        for name, options, stopped in (("ordinary rings", [], False), ("small rings, stopped", tiny, True)):
            blind = []
            done, seen, received, dropped = run(saker, scope, 0, seconds, options, stopped, blind=blind)
            want = base + done * each
            failed += check(f"{name}, seen", seen == want, f"{seen} of {want} in {done} iterations")
            failed += check(f"{name}, accounted", received + dropped == seen,
                            f"{received} received + {dropped} dropped = {received + dropped}")
            failed += check(f"{name}, dropped", (dropped > 0) == stopped, f"{dropped}")
            if stopped:
                failed += check(f"{name}, by cgroup", blind and all(names(scope, b) for b in blind), str(blind))
        _, seen, received, dropped = run(saker, scope, 0, min(seconds, 2), [], ended=True)
        failed += check("ended in the middle, accounted", received + dropped == seen > base,
                        f"{received} received + {dropped} dropped = {seen}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
