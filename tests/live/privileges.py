#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Live events, a reload and a recording with what a running Saker keeps of its privileges.

usage: privileges.py SAKER ACT
"""
import glob
import os
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scope import Saker, Scope  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
MARKER = os.path.join(HERE, "marker_rules.yaml")
RULE = """
- rule: {0}
  desc: d
  condition: evt.type in (open, openat) and fd.name = {1}
  output: "%fd.name by %proc.name below %proc.pname, %proc.exepath, in %proc.cwd"
  priority: WARNING
"""
READ_SEARCH, SYS_PTRACE, BPF = 1 << 2, 1 << 19, 1 << 39


def threads_keep(pid):
    kept = set()
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path) as f:
            s = dict(line.split(":", 1) for line in f.read().splitlines())
        caps = {int(s[k], 16) & ~BPF for k in ("CapEff", "CapPrm", "CapBnd")}
        assert caps == {READ_SEARCH | SYS_PTRACE}, s
        assert (s["NoNewPrivs"].strip(), s["Seccomp"].strip()) == ("1", "2"), s
        kept.add(path)
    assert len(kept) > 1, "no threads but the main one?"


def main(binary, act):
    place = tempfile.mkdtemp(prefix="saker-live-priv-")
    rules = os.path.join(place, "rules.yaml")
    with open(rules, "w") as f:
        f.write(RULE.format("First", "/etc/hostname"))
    try:
        with Scope(act) as scope:
            saker = Saker(binary, scope, [MARKER, rules],
                          ["privileges.seccomp=kill", "capture.enabled=true", "capture.mode=all_rules",
                           f"capture.path_prefix={place}/rec"])
            try:
                check(saker, scope, rules, place)
            finally:
                code = saker.stop()
            log = "".join(saker.log)
            assert code == 0 and "Privileges: keeps CAP_DAC_READ_SEARCH CAP_SYS_PTRACE" in log, f"{code}\n{log}"
            assert "refuses" not in log.replace("refuses programs at the end of functions", ""), log
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print("ok")


def check(saker, scope, rules, place):
    saker.wait_until_it_sees(scope)
    threads_keep(saker.process.pid)
    scope.run(["/opt/act", "read", "/etc/hostname"])
    got = saker.until_marker(scope, 1)
    assert [a["rule"] for a in got] == ["First"] and "/opt/act" in got[0]["output"], got
    # Other events than before: the maps of the driver are written.
    with open(rules, "w") as f:
        f.write(RULE.format("Second", "/etc/shadow") +
                RULE.format("Third", "x").replace("evt.type in (open, openat) and fd.name = x",
                                                  "evt.type = unshare and not evt.failed = true"))
    saker.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 30
    while not any("Reload 1 is in use" in line for line in list(saker.log)):
        assert time.monotonic() < end and saker.process.poll() is None, "".join(saker.log)
        time.sleep(0.05)
    scope.run(["/opt/act", "read", "/etc/hostname"])
    scope.run(["/opt/act", "read", "/etc/shadow"])
    scope.run(["/opt/act", "unshare", "0x04000000"])
    got = [a["rule"] for a in saker.until_marker(scope, 2)]
    assert got == ["Second", "Third"], got
    threads_keep(saker.process.pid)
    made = glob.glob(f"{place}/rec_*.scap")
    assert made and all(os.stat(m).st_mode & 0o777 == 0o600 for m in made), made


if __name__ == "__main__":
    main(*sys.argv[1:3])
