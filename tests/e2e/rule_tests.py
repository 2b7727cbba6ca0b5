# SPDX-License-Identifier: Apache-2.0
"""saker test, saker explain and saker bench-rules."""
import json
import os
import sys
import xml.etree.ElementTree

from e2e import RULE, has, main, run


def tests_of_rules_pass_or_say_why(place):
    place.file("r.yaml", RULE)
    tests = place.file("r.tests.yaml", """
tests:
  - name: opens f
    events: [{evt.type: openat, proc.name: cat, fd.name: /f}]
    expect: [{rule: Open F, count: 1, output: opened /f}]
  - name: opens g
    events: [{evt.type: openat, proc.name: cat, fd.name: /g}]
    expect: [Open F]
""")
    r = run("test", place.path("r.yaml"), quiet=False)
    has(r, 1)
    assert r.out.startswith("TAP version 13\n1..2\nok 1 - opens f\nnot ok 2 - opens g\n"), r
    assert "fd.name = /f: false (fd.name = /g)" in r.out and not r.err, r
    r = run("test", tests, "--coverage", quiet=False)
    assert "coverage: 3 of 3 outcomes" in r.out, r
    r = run("test", "--format", "junit", tests, quiet=False)
    suite = xml.etree.ElementTree.fromstring(r.out)[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1") and suite[1][0].tag == "failure", r


def a_bad_test_file_is_named_with_its_place(place):
    bad = place.file("a.tests.yaml", "tests:\n  - name: a\n    events: [{evt.typ: openat}]\n")
    has(run("test", bad, quiet=False), 1, err=f"{bad}:3:15: there is no field 'evt.typ'")
    place.file("a.yaml", RULE)
    has(run("test", place.path("none.yaml"), quiet=False), 1, err="cannot read")
    has(run("test", place.file("b.yaml", RULE), quiet=False), 1, err="b.yaml' has no tests: there is no '")
    has(run("test", quiet=False), 1, err="saker test FILE...")
    has(run("test", "--format", "json", bad, quiet=False), 1, err="--format must be tap or junit")
    has(run("--coverage", quiet=False), 1, err="does not exist")


def a_condition_is_explained(place):
    rules = place.file("r.yaml", RULE)
    r = run("explain", "Open F", "-r", rules)
    has(r, 0)
    assert f"place:     {rules}:2:3\n" in r.out and "\n  and\n    evt.type = openat\n    fd.name = /f\n" in r.out, r
    j = json.loads(run("explain", "Open F", "-r", rules, "-o", "json_output=true").out)
    assert [p["check"] for p in j["condition"]["parts"]] == ["evt.type = openat", "fd.name = /f"], j
    has(run("explain", "Open G", "-r", rules), 1, err="no rule is called 'Open G'")
    has(run("explain", "-r", rules), 1, err="saker explain RULE [CAPTURE]")
    has(run("explain", "--kernel", "-r", rules), 0, out=":\n  ")
    has(run("explain", "--kernel", "Open F", "-r", rules), 0, out=":\n  ")
    has(run("explain", "--kernel", "Open G", "-r", rules), 1, err="no rule is called 'Open G'")
    has(run("explain", "--kernel", "Open F", "x", "-r", rules), 1, err="saker explain --kernel [RULE]")
    has(run("explain", "Open F", "--event", "x", "-r", rules), 1, err="--event: the number of an event")
    has(run("explain", "Open F", "--event", "1", "-r", rules), 1, err="--event: give the capture")
    has(run("explain", "Open F", place.path("none"), "-r", rules), 1, err="none")


def an_event_of_a_capture_is_explained(place):
    rules = place.file("r.yaml", RULE)
    capture = os.path.join(os.path.dirname(__file__), "../fuzz/seeds/scap/twice.scap")
    r = run("explain", "Open F", capture, "-r", rules)
    has(r, 0)
    assert "2 events, 2 of the rule's types, fires for 0" in r.out and "         2  fd.name = /f\n" in r.out, r
    r = run("explain", "Open F", "--event", "1", capture, "-r", rules)
    assert "rule 'Open F', event 1 (openat): does not fire" in r.out, r
    assert "evt.type = openat: true (evt.type = openat)" in r.out and "fd.name = /f: false (fd.name = " in r.out, r
    has(run("explain", "Open F", "--event", "99", capture, "-r", rules), 1, err="has no event 99")
    place.file("r.tests.yaml", f"tests:\n  - name: c\n    capture: {os.path.abspath(capture)}\n    expect: [Open F]\n")
    r = run("test", rules, quiet=False)
    has(r, 1)
    assert "for event 1 (openat), because of:" in r.out, r


def rules_are_measured_on_a_capture(place):
    rules = place.file("r.yaml", RULE)
    capture = os.path.join(os.path.dirname(__file__), "../fuzz/seeds/scap/twice.scap")
    r = run("bench-rules", capture, "-r", rules)
    has(r, 0)
    assert r.out.startswith("2 events, 2 of them of types that rules ask for\n"), r
    row = next(line for line in r.out.splitlines() if line.startswith("Open F"))
    assert row.split()[2:5] == ["2", "0", "0.0000%"], r
    j = json.loads(run("bench-rules", "--json", capture, "-r", rules).out)
    assert (j["events"], j["asked"]) == (2, 2) and j["by_rule_ns"] >= j["rules"][0]["time_ns"], j
    assert j["rules"][0]["rule"] == "Open F" and j["rules"][0]["evaluations"] == 2 and j["rules"][0]["matches"] == 0, j
    assert [(t["type"], t["direction"], t["rules"], t["events"]) for t in j["event_types"]] == [("openat", "exit", 1, 2)], j
    configured = run("bench-rules", "-o", f"engine.replay.capture_file={capture}", "-o", "engine.kind=replay", "-r", rules)
    has(configured, 0)
    assert configured.out.startswith("2 events, 2 of them"), configured
    has(run("bench-rules", "-r", rules), 1, err="bench-rules [CAPTURE]: give one capture")
    has(run("bench-rules", capture, capture, "-r", rules), 1, err="bench-rules [CAPTURE]: give one capture")
    has(run("bench-rules", place.path("none"), "-r", rules), 1, err="none")
    has(run("--json", quiet=False), 1, err="does not exist")


if __name__ == "__main__":
    main(sys.modules[__name__])
