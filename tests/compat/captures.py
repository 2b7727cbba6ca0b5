# SPDX-License-Identifier: Apache-2.0
"""captures.py SHARED BUILD [-v] - replays real captures and compares numbers; see compat-captures."""

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
  output: "num=%evt.num type=%evt.type ts=%evt.rawtime"
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
    return "" if replay(saker, capture, rules)[1] == out else "two runs differ"


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
    shared, build, verbose = sys.argv[1], sys.argv[2], "-v" in sys.argv
    golden = golden_numbers(shared)
    passed = failed = 0
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as rules:
        rules.write(RULES)
        rules.flush()
        for row in json.load(open(os.path.join(shared, "data", "captures", "index.json"))):
            said = check(os.path.join(build, "saker"), shared, rules.name, row, golden.get(row["file"]))
            passed += not said
            failed += bool(said)
            if said or verbose:
                print("  %s: %s" % (row["file"], said or "equal"))
    print("compat-captures: %d passed, %d failed" % (passed, failed))
    return failed != 0


sys.exit(main())
