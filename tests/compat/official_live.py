#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Upstream's falco_rules.yaml, unchanged, from the kernel to an alert: actions in a scope of our own that its rules
must report, and harmless ones beside them.

usage: official_live.py SAKER ACT FALCO_RULES
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIVE = os.path.join(HERE, "../live")
sys.path.insert(0, LIVE)
from rules import Server  # noqa: E402
from scope import Saker, Scope  # noqa: E402

ACT, CAT, BASH, NGINX, FIND = "/opt/act", "/usr/bin/cat", "/usr/bin/bash", "/usr/sbin/nginx", "/usr/bin/find"
SHM = "/dev/shm/dropped"

# rule (None: silence), words, program, fields, where
CASES = [
    ("Read sensitive file untrusted", "read /etc/shadow", CAT,
     {"fd.name": "/etc/shadow", "proc.name": "cat", "proc.exepath": CAT, "user.name": "root", "user.uid": 0}, {}),
    (None, "read /etc/hostname", CAT, {}, {}),
    ("Directory traversal monitored file read", "chdir /tmp -- read ../etc/../etc/shadow", CAT, {"fd.name": "/etc/shadow"}, {}),
    ("Run shell untrusted", f"spawn {BASH} nothing", NGINX, {"proc.name": "bash", "proc.pname": "nginx"}, {}),
    (None, f"spawn {BASH} nothing", ACT, {}, {}),
    ("Clear Log Activities", "truncate /var/log/auth.log", ACT, {"fd.name": "/var/log/auth.log"}, {}),
    (None, "read /var/log/auth.log", ACT, {}, {}),
    ("Create Symlink Over Sensitive Files", "symlink /etc/shadow /tmp/s1", ACT, {"evt.arg.target": "/etc/shadow"}, {}),
    (None, "symlink /etc/hostname /tmp/s2", ACT, {}, {}),
    ("Create Hardlink Over Sensitive Files", "link /etc/shadow /tmp/h1", ACT, {"evt.arg.newpath": "/tmp/h1"}, {}),
    (None, "link /etc/hostname /tmp/h2", ACT, {}, {}),
    ("PTRACE attached to process", "ptrace", ACT, {"proc.name": "act"}, {}),
    ("PTRACE anti-debug attempt", "traced", ACT, {"proc.name": "act"}, {}),
    ("Search Private Keys or Passwords", f"spawn {FIND} nothing id_rsa", ACT, {"proc.cmdline": "find nothing id_rsa"}, {}),
    (None, f"spawn {FIND} nothing id_card", ACT, {}, {}),
    ("Execution from /dev/shm", f"spawn {SHM} nothing", ACT, {"proc.exepath": SHM}, {}),
    ("Fileless execution via memfd_create", f"memfd {ACT}", ACT, {}, {}),
    ("Packet socket created in container", "socket 17 3 768", ACT, {"proc.name": "act"}, {"container": True}),
    (None, "socket 17 3 768", ACT, {}, {}),
    ("Redirect STDOUT/STDIN to Network Connection in Container", "dup-socket 127.0.0.1 PORT", ACT,
     {"fd.sip": "127.0.0.1", "fd.l4proto": "tcp"}, {"container": True}),
    (None, "dup-socket 127.0.0.1 PORT", ACT, {}, {}),
]


def judge(rule, fields, alerts):
    if rule is None:
        return f"alerts where none is due: {[x['rule'] for x in alerts]}" if alerts else ""
    mine = [x["output_fields"] for x in alerts if x["rule"] == rule]
    if not mine:
        return f"no alert; got {[x['rule'] for x in alerts]}"
    if any(all(f.get(k) == v for k, v in fields.items()) for f in mine):
        return ""
    return f"fields {mine}, wanted {fields}"


def main():
    binary, act, rules = sys.argv[1:4]
    failed = 0
    with Scope(act, [CAT, BASH, NGINX, FIND, SHM]) as scope:
        os.makedirs(scope.path("/var/log"))
        scope.write("/var/log/auth.log", "text")
        server = Server()
        saker = Saker(binary, scope, [rules, os.path.join(LIVE, "marker_rules.yaml")], ["rule_matching=all"])
        try:
            saker.wait_until_it_sees(scope)
            for number, (rule, words, program, fields, where) in enumerate(CASES, 1):
                code = scope.run([program] + words.replace("PORT", str(server.port)).split(), **where)
                alerts = saker.until_marker(scope, number)
                why = f"the action itself failed ({code})" if code else judge(rule, fields, alerts)
                failed += bool(why)
                print(f"{'not ok' if why else 'ok'} - {rule or 'quiet'}: {words}" + (f"\n# {why}" if why else ""))
        finally:
            failed += saker.stop() != 0
    print(f"official rules, live: {len(CASES)} actions, {failed} wrong")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
