#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time of workloads: untraced, with an empty program on sys_exit, with Saker and its rules, with those of upstream.

usage: bench.py BUILD_FOLDER [ROUNDS [WORK,WORK...]]

All ways are interleaved in every round. CPU time (user + system) comes from cpu.stat of two cgroups, that of the
workload and that of Saker; a ratio is that of both to the workload untraced, unless its column says otherwise. Writes
a table to standard output, BUILD_FOLDER/bench.json, and, when all workloads ran, docs/performance.md.
"""
import json
import os
import statistics
import sys
import tempfile

from common import Scope, Tracer, cpu_us, settled_cpu_us, upstream_rules, write_table
from works import WORKS


def measure(work, scope, tracer, traced):
    """One run: ns of the workload and of Saker for each operation, events for each operation, requests a second."""
    counted = tracer.counters() if traced else [0, 0]
    before, agent_before = cpu_us(scope.path), settled_cpu_us(scope.agent)
    count, rate = work.run()
    own = settled_cpu_us(scope.agent) - agent_before if traced else 0
    used = cpu_us(scope.path) - before
    now = tracer.counters() if traced else [0, 0]
    return {"work": used * 1000 / count, "own": own * 1000 / count, "rate": rate,
            "events": (now[0] - counted[0]) / count, "drops": now[1] - counted[1]}


def run_all(build, rounds, works, ways):
    runs = {name: {way: [] for way in ways} for name in works}
    order = list(ways)
    with Scope() as scope, tempfile.TemporaryDirectory(prefix="saker-bench-") as top:
        started = []
        try:
            for name, work in works.items():
                os.mkdir(f"{top}/{name}")
                os.chmod(top, 0o755)
                work.start(scope, f"{top}/{name}", build)
                started.append(work)
            for r in range(rounds):
                shift = r % len(order)
                for way in order[shift:] + order[:shift]:
                    tracer = Tracer(way, build, scope, ways[way])
                    try:
                        for name, work in works.items():
                            runs[name][way].append(measure(work, scope, tracer, way not in ("untraced", "empty")))
                    finally:
                        tracer.stop()
                print(f"round {r + 1} of {rounds}", file=sys.stderr)
        finally:
            for work in started:
                work.stop()
    return runs


def stats(runs):
    """Minimum and median of each number over the rounds."""
    out = {}
    for what in ("work", "own", "events", "rate"):
        values = [r[what] for r in runs if r[what] is not None]
        if values:
            out[what] = {"min": min(values), "median": statistics.median(values), "max": max(values)}
    all_ns = [r["work"] + r["own"] for r in runs]
    out["all"] = {"min": min(all_ns), "median": statistics.median(all_ns)}
    out["drops"] = sum(r["drops"] for r in runs)
    return out


def ratio(a, b):
    return f"{a['median'] / b['median']:.2f} / {a['min'] / b['min']:.2f}"


def time_of(ns, work):
    return f"{ns / work.per:,.0f} {work.unit}"


def row(work, s):
    base, saker = s["untraced"], s["saker"]
    own = saker["own"]["min"]
    events = saker["events"]["median"]
    cells = [work.title, time_of(base["work"]["median"], work), ratio(s["empty"]["work"], base["work"]),
             ratio(saker["work"], base["work"]), "**" + ratio(saker["all"], base["work"]) + "**", work.target, work.upstream,
             ratio(s["upstream"]["all"], base["work"]) if "upstream" in s else "", time_of(own, work),
             f"{events:,.2f}" + (f" ({own / events:,.0f} ns each)" if events >= 0.01 and own / events < 1e5 else "")]
    if "rate" in base:
        lost = [100 - 100 * s[way]["rate"]["max"] / base["rate"]["max"] for way in s if way not in ("untraced", "empty")]
        cells.append(f"{base['rate']['max']:,.0f} (" + ", ".join(f"{-x:+.0f} %" for x in lost) + ")")
    else:
        cells.append("")
    return "| " + " | ".join(cells) + " |"


def report(runs, rounds, ways):
    heads = ["loop", "untraced", "empty program", "Saker, the workload alone", "**Saker, all CPU**", "target", "Falco",
             "with upstream's rules, all CPU", "Saker's own", "events for each operation", "requests/s (change)"]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    table = {name: {way: stats(r) for way, r in by_way.items()} for name, by_way in runs.items()}
    lines += [row(WORKS[name], s) for name, s in table.items()]
    for name, work in WORKS.items():
        if work.missing():
            lines.append(f"| {work.title} | skipped: {work.missing()} |" + " |" * (len(heads) - 2))
    drops = {way: sum(s[way]["drops"] for s in table.values()) for way in ways if way not in ("untraced", "empty")}
    text = "\n".join(lines) + f"\n\n{rounds} rounds, ratios as median / minimum; events lost: " + ", ".join(
        f"{n} ({'default rules' if way == 'saker' else 'rules of upstream'})" for way, n in drops.items()) + ".\n"
    return table, text


def main():
    build = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    asked = sys.argv[3].split(",") if len(sys.argv) > 3 and sys.argv[3] else list(WORKS)
    if set(asked) - set(WORKS):
        sys.exit(f"bench: no workload {', '.join(sorted(set(asked) - set(WORKS)))}: there are {', '.join(WORKS)}")
    works = {name: WORKS[name] for name in asked if not WORKS[name].missing()}
    ways = {"untraced": [], "empty": [], "saker": []}
    if upstream_rules():
        ways["upstream"] = upstream_rules()
    runs = run_all(build, rounds, works, ways)
    table, text = report(runs, rounds, ways)
    with open(build + "/bench.json", "w") as f:
        json.dump({"kernel": os.uname().release, "rounds": rounds, "loops": table}, f, indent=2)
    print(text)
    if asked == list(WORKS):
        write_table("loops", text)


if __name__ == "__main__":
    main()
