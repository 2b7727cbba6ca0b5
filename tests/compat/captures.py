# SPDX-License-Identifier: Apache-2.0
"""captures.py SHARED BUILD - replays real captures and compares numbers, for scripts/verdicts; see compat-captures."""

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile

RULES = """
- rule: every
  desc: every event that rules see
  condition: evt.num > 0
  output: >
    num=%evt.num type=%evt.type ts=%evt.rawtime cpu=%evt.cpu args=%evt.args tid=%thread.tid vtid=%thread.vtid
    process=%proc.name %proc.cmdline %proc.exepath %proc.cwd %proc.sname %proc.pname %proc.aname[2] %container.id
    who=%user.name %group.name fd=%fd.num %fd.name %fd.type %fd.sip %fd.cport %fd.l4proto
  priority: INFO
"""


def replay(saker, capture, rules):
    """Standard output, and what the log says of events: (seen, received, unreadable), and the exit code."""
    run = subprocess.run(
        [saker, "-c", "config/saker.yaml", "-r", rules, "-o", "engine.kind=replay", "-o",
         "engine.replay.capture_file=" + capture], capture_output=True, text=True, errors="replace",
        env=dict(os.environ, TZ="UTC"), timeout=600)
    m = re.search(r"Events: (\d+) seen by the driver, (\d+) received, .* (\d+) unreadable", run.stderr)
    return run.returncode, run.stdout, tuple(int(x) for x in m.groups()) if m else None, run.stderr


def check(saker, shared, rules, row, golden):
    capture = os.path.join(shared, "data", "captures", row["file"])
    rc, out, events, err = replay(saker, capture, rules)
    if rc != 0:
        return "exit code %d: %s" % (rc, err.strip()[-300:])
    if not events or events[0] != row["events"] or events[2]:
        return "seen, received, unreadable: %s, want %d events" % (events, row["events"])
    nums = [int(x) for x in re.findall(r"num=(\d+) ", out)]
    if golden is not None and nums != golden:
        return "%d event numbers, want %d: first difference %s" % (
            len(nums), len(golden), next(((a, b) for a, b in zip(nums, golden) if a != b), "at the end"))
    if replay(saker, capture, rules)[1] != out:
        return "two runs differ"
    return rewritten(saker, capture, rules, out)


def rewritten(saker, capture, rules, want):
    """Recorded anew from its replay, a capture says the same: fields of every event, state included."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "new.scap")
        run = subprocess.run([saker, "record", "-c", "config/saker.yaml", "-o", "engine.kind=replay", "-o",
                              "engine.replay.capture_file=" + capture, path], capture_output=True, text=True, timeout=600)
        if run.returncode:
            return "record: exit code %d: %s" % (run.returncode, run.stderr.strip()[-300:])
        out = replay(saker, path, rules)[1]
    lines = zip(want.splitlines(), out.splitlines())
    return "" if out == want else "recorded anew: %s" % next((p for p in lines if p[0] != p[1]), "other length")


def golden_numbers(shared):
    folder = os.path.join(shared, "data", "golden")
    names = json.load(open(os.path.join(folder, "captures.json")))
    out = {}
    for name, capture in names.items():
        path = os.path.join(folder, name + ".jsonl.gz")
        if os.path.exists(path):
            out[capture] = [json.loads(line)["n"] for line in gzip.open(path)]
    return out


def main():
    shared, build = sys.argv[1], sys.argv[2]
    golden = golden_numbers(shared)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as rules:
        rules.write(RULES)
        rules.flush()
        for row in json.load(open(os.path.join(shared, "data", "captures", "index.json"))):
            said = check(os.path.join(build, "saker"), shared, rules.name, row, golden.get(row["file"]))
            print("failed\t%s\t%s" % (row["file"], said.replace("\t", " ").replace("\n", " ")) if said else "passed\t1")


main()
