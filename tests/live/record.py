#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is recorded live replays to the alerts that were raised live, and other programs read the file.

usage: record.py SAKER ACT
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scope import Scope, skip  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
RULES = [os.path.join(HERE, "..", "..", "rules", "saker_rules.yaml"), os.path.join(HERE, "marker_rules.yaml")]
QUIET = ["-o", "log_syslog=false", "-o", "syslog_output.enabled=false", "-o", "json_output=true", "-o",
         "stdout_output.enabled=true"]
WORK = ["read /etc/shadow", "write /etc/hostname", "write /usr/bin/new-program", "creat /etc/new-file", "setns /proc/self/ns/uts",
        "unshare 0x04000000", "chdir /tmp -- write ../etc/hostname", "read /etc/hostname"]


def rules_args():
    return [x for r in RULES for x in ("-r", r)]


def alerts(text):
    """Without what a replay may count anew."""
    out = []
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        a = json.loads(line)
        a["output_fields"].pop("evt.num", None)
        a.pop("hostname")
        out.append(a)
    return out


def record(saker, scope, path, work, options=(), end_by=signal.SIGINT):
    """The alerts that were raised while the work was recorded."""
    p = subprocess.Popen([saker, "record", "--scope-cgroup", scope.cgroup, "-U", *rules_args(), *QUIET, *options, path],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    # The file has its lists once the source is applied.
    while time.monotonic() < end and p.poll() is None and not (os.path.exists(path) and os.path.getsize(path)):
        scope.run(["/opt/live-marker", "nothing"])
        time.sleep(0.1)
        if os.path.exists(path):
            break
    time.sleep(1)
    for words in work:
        scope.run(["/opt/act", *words.split()])
    time.sleep(0.5)
    p.send_signal(end_by)
    out, err = p.communicate(timeout=60)
    if "no permission" in err:
        skip("needs BPF")
    assert p.returncode == 0, err
    return alerts(out), err


def replay(saker, path):
    p = subprocess.run([saker, *rules_args(), *QUIET, "-o", "engine.kind=replay", "-o",
                        "engine.replay.capture_file=" + path], capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    return alerts(p.stdout)


def same(live, again):
    for i, (a, b) in enumerate(zip(live, again)):
        assert a == b, f"alert {i}\nlive   {json.dumps(a, sort_keys=True)}\nreplay {json.dumps(b, sort_keys=True)}"
    assert len(live) == len(again), f"{len(live)} alerts live, {len(again)} in the replay"


def read_by(program, argv, path, least, most=1 << 30):
    """How many lines another program makes of it."""
    if not shutil.which(program):
        print(f"skipped  {program} is not installed")
        return
    p = subprocess.run([program, "-r", path, *argv], capture_output=True, text=True, errors="replace", timeout=300)
    lines = [x for x in p.stdout.splitlines() if x.strip()]
    assert p.returncode == 0, f"{program}: exit code {p.returncode}: {p.stderr}"
    assert least <= len(lines) <= most, f"{program}: {len(lines)} lines, {least} to {most} expected: {p.stderr}"
    print(f"ok       {program} reads {len(lines)} events" if least else f"ok       {program} finds nothing malformed")


def main():
    saker, act = sys.argv[1], sys.argv[2]
    with Scope(act) as scope, tempfile.TemporaryDirectory(prefix="saker-record-") as folder:
        for name, options, end_by in (("gzip", [], signal.SIGINT), ("plain", ["--plain"], signal.SIGHUP),
                                      ("all", ["--all"], signal.SIGTERM)):
            path = os.path.join(folder, name + ".scap")
            live, log = record(saker, scope, path, WORK, options, end_by)
            count = int(log.split(" events recorded in ")[0].split()[-1])
            rules = {a["rule"] for a in live}
            assert {"Write Below Etc", "Namespace Entered"} <= rules, (rules, log)
            same(live, replay(saker, path))
            print(f"ok       {name}: {len(live)} alerts of {count} events are the same in the replay")
            if name != "all":
                read_by("sysdig", [], path, count // 2)
            read_by("tshark", [], path, count)
            read_by("tshark", ["-Y", "_ws.malformed"], path, 0, 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
