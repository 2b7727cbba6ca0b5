# SPDX-License-Identifier: Apache-2.0
"""regression.py SHARED SAKER - cases of upstream's regression suites; prints lines for scripts/verdicts.

A case has arguments, files that its folder must hold, and what is expected: exit code, texts of the two outputs, a
verdict on rules files, detections by rule and by priority. Some of them upstream itself does not pass any more; then
Saker must miss what upstream misses, and nothing else.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

BUILT_IN = {"libcontainer.so"}
RUN_SECONDS = 120


class Run:
    """What one run said."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def detections(self):
        """Total, by priority, by rule; None without a summary."""
        total, level, rule, where = None, {}, {}, None
        for line in self.out.splitlines():
            if line.startswith("Events detected: "):
                total = int(line.split(": ")[1])
            elif line == "Rule counts by severity:":
                where = level
            elif line == "Triggered rules by rule name:":
                where = rule
            elif where is not None and line.startswith("   "):
                name, _, count = line[3:].rpartition(": ")
                where[name] = int(count)
            else:
                where = None
        return None if total is None else (total, level, rule)

    def json_line(self):
        for line in self.out.splitlines():
            if line.startswith('{"falco_load_results"'):
                return json.loads(line)["falco_load_results"]
        return []


def why_skipped(case):
    needs = case["needs"]
    if needs["missing"]:
        return "a file is not recorded"
    if set(needs["plugins"]) - BUILT_IN or case["group"] == "package":
        return "needs a plugin" if needs["plugins"] else "tests packages of upstream"
    if needs["live"]:
        return "needs the web server"
    if "libcontainer.so" in needs["plugins"] and "--list-plugins" in case["args"]:
        return "lists the container plugin, which is built in"
    if any(re.match(r"load_plugins\[\d*\]=(?!container)", a) for a in case["args"]):
        return "needs a plugin"
    if any("program_output" in a for a in case["args"]):
        return "needs the program output"
    return None


def prepare(case, data, folder, shared):
    """Copies the files of the case; returns its arguments."""
    entries = case["rules"] + case["files"] + ([case["trace"]] if case["trace"] else [])
    for entry in entries:
        to = os.path.join(folder, entry["name"])
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copyfile(os.path.join(data, entry["path"]), to)
    place = {"${FALCO_YAML}": os.path.join(shared, "data", "config", "falco-0.45-dev.yaml"), "${CWD}": folder}
    args = []
    for a in case.get("args_modern") or case["args"]:
        for name, value in place.items():
            a = a.replace(name, value)
        args.append(a)
    return args


def has_entry(results, want):
    for result in results:
        for entry in result[want["kind"] + "s"]:
            at = entry["context"]["locations"]
            if (want.get("code", entry["code"]) == entry["code"]
                    and want.get("message", "") in entry["message"]
                    and any(want.get("item_type", l["item_type"]) == l["item_type"]
                            and want.get("item_name", l["item_name"]) == l["item_name"] for l in at)):
                return True
    return False


def check_validate(run, expect, why):
    results = run.json_line()
    for want in expect.get("validate", []):
        if results and not has_entry(results, want):
            seen = [(e["code"], e["message"]) for r in results for e in r[want["kind"] + "s"]]
            why.append("no %s %s; got %s" % (want["kind"], {k: v for k, v in want.items() if k != "kind"}, seen))
        if not results:
            why.append("no verdict")
    for index in expect.get("validate_ok", []):
        if not results[index]["successful"]:
            why.append("file %d is not ok" % index)
    for name in expect.get("validate_ok_files", []):
        if not any(r["name"].endswith(name) and r["successful"] for r in results):
            why.append("file %s is not ok" % name)
    for kind in ("error", "warning"):
        want = expect.get("validate_%s_count" % kind)
        if want is not None and sum(len(r[kind + "s"]) for r in results) != want:
            why.append("number of %ss is not %d" % (kind, want))


def check_detections(run, expect, why):
    wants = [k for k in expect if k.startswith(("detect_", "levels_"))]
    found = run.detections()
    if not wants:
        return
    if found is None:
        why.append("no detection summary")
        found = (0, {}, {})
    total, level, rule = found
    if "detect_any" in expect and expect["detect_any"] != (total > 0):
        why.append("detected: %d" % total)
    if "detect_total" in expect and expect["detect_total"] != total:
        why.append("total %d != %d" % (total, expect["detect_total"]))
    for name, count in expect.get("detect_count", {}).items():
        if rule.get(name, 0) != count:
            why.append("rule %r count %d != %d" % (name, rule.get(name, 0), count))
    for name in expect.get("levels_nonzero", []):
        if not level.get(name):
            why.append("no %s alert" % name)
    for name in expect.get("levels_zero", []):
        if level.get(name):
            why.append("a %s alert" % name)


def same_json(a, b):
    """The line of the record, less what differs by machine."""
    return json.loads(a) == json.loads(b)


def check_files(run, expect, data, folder, why):
    if "stdout_contains_lines_of" in expect:
        with open(os.path.join(data, expect["stdout_contains_lines_of"])) as f:
            for line in f.read().splitlines():
                if line not in run.out.splitlines():
                    why.append("stdout lacks line %r" % line)
                    break
    if "stdout_lines_json_equal" in expect:
        with open(os.path.join(data, expect["stdout_lines_json_equal"])) as f:
            got = [l for l in run.out.splitlines() if l.startswith("{")]
            want = f.read().splitlines()
            if len(got) != len(want) or not all(map(same_json, got, want)):
                why.append("json line differs")
    if "output_file_equals" in expect:
        try:
            with open(os.path.join(folder, "file_output.txt")) as f:
                got = f.read()
        except OSError:
            got = None
        with open(os.path.join(data, expect["output_file_equals"])) as f:
            if f.read() != got:
                why.append("output file differs")


def check_texts(run, expect, why):
    for stream, text in (("stdout", run.out), ("stderr", run.err)):
        for word in expect.get(stream + "_contains", []):
            if word not in text:
                why.append("%s lacks %r" % (stream, word))
        for flags, kind in ((re.M, "_regex"), (re.M | re.S, "_regex_dotall")):
            for pattern in expect.get(stream + kind, []):
                if not re.search(pattern, text, flags):
                    why.append("%s !~ %r" % (stream, pattern))
        for pattern in expect.get(stream + "_not_regex", []):
            if re.search(pattern, text):
                why.append("%s =~ %r" % (stream, pattern))


def differences(case, run, data, folder):
    expect, why = case["expect"], []
    if run.code != expect["exit"]:
        why.append("exit %d != %d" % (run.code, expect["exit"]))
    check_texts(run, expect, why)
    check_files(run, expect, data, folder, why)
    check_validate(run, expect, why)
    check_detections(run, expect, why)
    return why


def same_as_upstream(case, why):
    """Upstream's own differences, as far as they were recorded."""
    head = (case["measured"] or {}).get("falco_head")
    if not head or head["pass"]:
        return not why
    return [w.split("; got")[0][:60] for w in why] == [w.split("; got")[0][:60] for w in head["why"]]


def one_case(case, shared, saker):
    data = os.path.join(shared, "data", "regression")
    folder = tempfile.mkdtemp(prefix="saker-regression-")
    try:
        args = prepare(case, data, folder, shared)
        quiet = ["-o", "syslog_output.enabled=false", "-o", "log_syslog=false"]
        env = dict(os.environ, TZ="UTC", **case.get("env", {}))
        try:
            run = subprocess.run([saker] + args + quiet, cwd=folder, env=env, capture_output=True, timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            return ["does not end"], None
        run = Run(run.returncode, run.stdout.decode(errors="replace"), run.stderr.decode(errors="replace"))
        why = differences(case, run, data, folder)
        return ([] if same_as_upstream(case, why) else why or ["passes where upstream does not"]), run
    finally:
        shutil.rmtree(folder)


def main():
    shared, saker = sys.argv[1], os.path.abspath(sys.argv[2])
    only = sys.argv[3] if len(sys.argv) > 3 else None
    with open(os.path.join(shared, "data", "regression", "regression.jsonl")) as f:
        for line in f:
            case = json.loads(line)
            if only and case["id"] != only:
                continue
            reason = why_skipped(case)
            if reason:
                print("skipped\t%s\t%s" % (case["id"], reason))
                continue
            why, run = one_case(case, shared, saker)
            if why:
                tail = run.err.strip().splitlines()[-1:] if run else []
                text = re.sub(r"\s+", " ", "; ".join(why) + " " + " ".join(tail))
                print("failed\t%s\t%s" % (case["id"], text[:600]))
            else:
                print("passed\t1")
            if only and run:
                print(run.out, run.err, sep="\n")


main()
