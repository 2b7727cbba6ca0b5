#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a replay costs: records a workload of its own in a cgroup of its own, then replays it with the default rules, and
with the three rules files of upstream where ../shared has them (SAKER_DATA names another place).

usage: replay.py BUILD_FOLDER [ROUNDS]

The workload mixes what servers and builds do: files opened and read, programs started, connections on loopback, a
walk through folders, a compilation. The capture (2 million events and more) stays in BUILD_FOLDER/workload.scap and is
used again. Figures are CPU time of bench_replay, minimum over the rounds; also in BUILD_FOLDER/replay.json.
"""
import json
import os
import subprocess
import sys
import tempfile

from common import cgroup2_mount, in_cgroup, write_table

EVENTS = 2_000_000
BYTES = 200  # of an event in a capture, as a rule
SOURCE = "#include <stdio.h>\n#include <stdlib.h>\n#include <sys/socket.h>\nint main(void) { return puts(\"x\") < 0; }\n"


def rounds_of_work(build, folder, scope):
    """One portion: about 60,000 events."""
    loops = build + "/tests/bench/bench_loops"
    in_cgroup(scope, [loops, "open", "8000"])
    in_cgroup(scope, [loops, "read", "8000"])
    in_cgroup(scope, [loops, "exec", "200"])
    in_cgroup(scope, [loops, "connect", "1500"])
    in_cgroup(scope, ["find", "/usr/include", "-name", "*.h", "-size", "+100k"], stdout=subprocess.DEVNULL)
    in_cgroup(scope, ["sh", "-c", f"cat /usr/include/*.h | wc -l >{folder}/lines; cp {folder}/lines {folder}/copy; "
                                  f"chmod 600 {folder}/copy; rm {folder}/copy"])
    in_cgroup(scope, ["cc", "-o", folder + "/program", folder + "/program.c"])
    in_cgroup(scope, [sys.executable, "-c", "import json, socket, threading"])


def record(build, capture):
    scope = f"{cgroup2_mount()}/saker-bench-{os.getpid()}"
    os.mkdir(scope)
    try:
        with tempfile.TemporaryDirectory(prefix="saker-bench-") as folder:
            with open(folder + "/program.c", "w") as f:
                f.write(SOURCE)
            saker = subprocess.Popen([build + "/saker", "record", "--plain", "--scope-cgroup", scope, "-o", "log_syslog=false",
                                      "-o", "log_stderr=true", "-o", "syslog_output.enabled=false", capture + ".new"],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            log = []
            for line in saker.stderr:
                log.append(line)
                if "Event source 'syscall' is open" in line:
                    break
            else:
                sys.exit("replay: saker record did not start:\n" + "".join(log))
            size = 0
            while saker.poll() is None and size < EVENTS * BYTES:
                rounds_of_work(build, folder, scope)
                size = os.path.getsize(capture + ".new")
            saker.terminate()
            said = saker.stderr.read()
            if saker.wait() != 0:
                sys.exit("replay: saker record failed:\n" + said)
    finally:
        os.rmdir(scope)
    os.rename(capture + ".new", capture)


def upstream():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = os.environ.get("SAKER_DATA", here + "/../../../shared") + "/data/rules/official-HEAD/"
    files = [folder + name + "_rules.yaml" for name in ("falco", "falco-incubating", "falco-sandbox")]
    return files if all(os.path.exists(f) for f in files) else []


def replay(build, capture, rounds, rules):
    said = subprocess.run([build + "/tests/bench/bench_replay", capture, rounds, *rules], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return json.loads(said)


def main():
    build = os.path.abspath(sys.argv[1])
    rounds = sys.argv[2] if len(sys.argv) > 2 else "3"
    rules = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../rules/saker_rules.yaml")
    capture = build + "/workload.scap"
    if not os.path.exists(capture):
        print("replay: recording a workload", file=sys.stderr)
        record(build, capture)
    sets = {"default": [rules], "upstream's three files": upstream()}
    results = {name: replay(build, capture, rounds, files) for name, files in sets.items() if files}
    with open(build + "/replay.json", "w") as f:
        json.dump(results, f, indent=2)
    text = ("| rules | load | events | matched | rules asked, per event | read | decode | state | match | count | all | events/s "
            "| resident, first and last round |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    for name, r in results.items():
        stages = r["ns_per_event"]
        text += (f"\n| {name} ({r['rules']}) | {r['load_ms']:.0f} ms | {r['events']:,} | {r['matched']:,} "
                 f"| {r['rules_asked'] / r['events']:.1f} | " + " | ".join(f"{stages[s]:.0f} ns" for s in stages) +
                 f" | {r['events_per_second']:,.0f} | {r['resident_kb'][0]:,}, {r['resident_kb'][1]:,} KB |")
    print("\n" + text)
    write_table("replay", text)


if __name__ == "__main__":
    main()
