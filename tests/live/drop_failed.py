#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""engine.modern_ebpf.drop_failed_exit: calls that failed are seen, or they are left out in the kernel.

usage: drop_failed.py SAKER ACT
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scope import Saker, Scope  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
RULES = """
- rule: Open
  desc: d
  condition: evt.type=openat and (evt.arg.name=/no/such/file or evt.arg.name=/etc/hostname)
  output: "%evt.arg.name"
  priority: WARNING
- rule: Exec
  desc: d
  condition: evt.type=execve and evt.rawres<0
  output: "%evt.rawres"
  priority: WARNING
- rule: Connect
  desc: d
  condition: evt.type=connect and evt.rawres<0
  output: "%evt.rawres"
  priority: WARNING
"""
FAIL = [("read /no/such/file", "Open", "/no/such/file"), ("exec /no/such/program", "Exec", "-2"),
        ("connect 127.0.0.1 9", "Connect", "-111")]
WORK = ("read /etc/hostname", "Open", "/etc/hostname")


def done(saker, scope, number):
    """What is alerted while everything is done, in order."""
    for words, _, _ in FAIL:
        assert scope.run(["/opt/act", *words.split()]) != 0, words
    assert scope.run(["/opt/act", *WORK[0].split()]) == 0
    return [(a["rule"], a["output"].split(" Warning ")[1].split(" ")[0]) for a in saker.until_marker(scope, number)]


def check(binary, scope, rules, options, want):
    saker = Saker(binary, scope, [rules, os.path.join(HERE, "marker_rules.yaml")], options)
    try:
        saker.wait_until_it_sees(scope)
        got = done(saker, scope, 1)
    finally:
        code = saker.stop()
    assert code == 0, "".join(saker.log)
    assert got == want, f"{options}: {got}"
    print(f"ok       {options or 'default'}: {len(got)} alerts")


def main():
    binary, act = sys.argv[1], sys.argv[2]
    every = [(rule, text) for _, rule, text in FAIL + [WORK]]
    with Scope(act) as scope, tempfile.TemporaryDirectory(prefix="saker-live-") as folder:
        scope.write("/etc/hostname", "h\n")
        rules = os.path.join(folder, "r.yaml")
        with open(rules, "w") as f:
            f.write(RULES)
        check(binary, scope, rules, [], every)
        check(binary, scope, rules, ["engine.modern_ebpf.drop_failed_exit=true"], every[-1:])
        check(binary, scope, rules, ["engine.kind=kmod", "engine.kmod.drop_failed_exit=true"], every[-1:])


if __name__ == "__main__":
    main()
