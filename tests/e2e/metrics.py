#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Metrics: as alerts, in a file, for Prometheus. Without a driver, on loopback."""
import hashlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

import scapfile
from e2e import RULE, Running, Skip, has, main, run
from scapfile import capture, openat

NODRIVER = ["-o", "engine.kind=nodriver"]
READY = "Opening 'syscall' source with no driver"
ON = NODRIVER + ["-o", "metrics.enabled=true", "-o", "metrics.output_rule=false"]
INTERVAL = ("Error: Metrics interval must have a minimum value of 100ms and reflect a Prometheus compliant time duration "
            "format: https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations. \n")
SNAPSHOT = "Falco internal: metrics snapshot"
ALWAYS = {"evt.time", "evt.hostname", "evt.source", "falco.version", "falco.kernel_release", "falco.start_ts",
          "falco.duration_sec", "falco.reload_ts", "falco.host_boot_ts", "falco.host_num_cpus",
          "falco.outputs_queue_num_drops", "falco.num_evts", "falco.num_evts_prev", "scap.engine_name",
          "scap.n_drops_perc", "falco.rules.matches_total"}


def _port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _ask(port, path, method="GET"):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        c.request(method, path)
        r = c.getresponse()
        return r.status, r.getheader("Content-Type"), r.read().decode()
    finally:
        c.close()


def _prometheus(port):
    return ON + ["-o", "metrics.interval=1h", "-o", "webserver.enabled=true", "-o", f"webserver.listen_port={port}", "-o",
                 "webserver.prometheus_metrics_enabled=true"]


def _until(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def _lines(path):
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [json.loads(line) for line in f if line.endswith("}\n")]


def what_cannot_work_ends_the_start_in_falcos_words():
    rule = ["-o", "metrics.output_rule=true"]
    for bad in ("99ms", "5000", "1x", ""):
        has(run("--dry-run", *ON, *rule, "-o", f"metrics.interval={bad}"), 1, err=INTERVAL)
    has(run(*ON, "-o", "metrics.interval=1h"), 1,
        err="Error: Metrics are enabled with no output configured. Please enable at least one output channel "
            "('metrics.output_rule', 'metrics.output_file' or 'webserver.prometheus_metrics_enabled')\n")
    has(run("--dry-run", *ON, *rule, "-o", "metrics.interval=1h30m"), 0)


def a_start_that_fails_waits_for_no_snapshot(place):
    begin = time.monotonic()
    has(run("-o", "engine.kind=replay", "-o", "engine.replay.capture_file=" + place.path("none"), "-o", "metrics.enabled=true",
            "-o", "metrics.output_rule=true"), 1, err="Error: cannot open the capture file")
    assert time.monotonic() - begin < 3


def metrics_need_no_interval(place):
    conf = place.file("c.yaml", f"rules_files: [{place.file('r.yaml', RULE)}]\nstdout_output: {{enabled: true}}\n"
                                "metrics: {enabled: true, output_rule: true}\nengine: {kind: nodriver}\nlog_stderr: true\n")
    has(run("-c", conf, "-M", "1"), 0, err="Setting metrics interval to 1h, equivalent to 3600000 (ms)")


def snapshots_are_alerts_and_lines_of_a_file(place):
    path, rules = place.path("m.jsonl"), place.file("my rules.yaml", RULE)
    s = Running(*ON, "-o", "metrics.interval=200ms", "-o", "metrics.output_rule=true", "-o", f"metrics.output_file={path}",
                "-o", "json_output=true", "-r", rules, "-U")
    _until(lambda: len(_lines(path)) >= 3)
    r = s.stop()
    has(r, 0, err="Setting metrics interval to 200ms, equivalent to 200 (ms)\n")
    lines = _lines(path)
    assert [x["sample"] for x in lines] == list(range(len(lines))), lines
    first = lines[0]["output_fields"]
    assert ALWAYS <= set(first), ALWAYS - set(first)
    assert list(first) == sorted(first)
    assert "falco.n_threads" not in first and "falco.rules.Open_F" not in first
    assert isinstance(first["falco.memory_rss_mb"], float) and first["falco.memory_rss_mb"] > 1, first
    with open(rules, "rb") as f:
        assert first["falco.sha256_rules_file.my_rules_yaml"] == hashlib.sha256(f.read()).hexdigest(), first
    step = lines[2]["output_fields"]["evt.time"] - lines[0]["output_fields"]["evt.time"]
    assert 2e8 < step < 2e9, step
    alerts = [json.loads(x) for x in r.out.splitlines() if x.startswith("{")]
    assert alerts and all(a["rule"] == SNAPSHOT and a["priority"] == "Informational" and a["source"] == "internal" and
                          a["output"] == "Falco metrics snapshot" for a in alerts), alerts
    assert alerts[0]["output_fields"] == first
    assert oct(os.stat(path).st_mode & 0o777) == "0o600"


def zeros_and_kilobytes_are_there_when_they_are_wanted(place):
    path = place.path("m.jsonl")
    s = Running(*ON, "-o", "metrics.interval=1h", "-o", f"metrics.output_file={path}", "-r", place.file("r.yaml", RULE),
                "-o", "metrics.include_empty_values=true", "-o", "metrics.convert_memory_to_mb=false")
    _until(lambda: _lines(path))
    has(s.stop(), 0)
    first = _lines(path)[0]["output_fields"]
    assert first["falco.n_fds"] == 0 and first["falco.rules.Open_F"] == 0 and first["falco.memory_rss_kb"] > 1000, first


def switches_leave_their_groups_out(place):
    path = place.path("m.jsonl")
    s = Running(*ON, "-o", "metrics.interval=1h", "-o", f"metrics.output_file={path}",
                "-o", "metrics.rules_counters_enabled=false", "-o", "metrics.resource_utilization_enabled=false")
    _until(lambda: _lines(path))
    has(s.stop(), 0)
    assert not [k for k in _lines(path)[0]["output_fields"] if "memory" in k or "rules." in k]


def a_directory_that_vanishes_costs_its_lines_and_nothing_else(place):
    path, log = place.path("d/m.jsonl"), place.path("d")
    os.mkdir(log)
    s = Running(*ON, "-o", "metrics.interval=100ms", "-o", f"metrics.output_file={path}")
    _until(lambda: _lines(path))
    shutil.rmtree(log)
    s.wait_for("cannot be written: No such file or directory; it is tried again")
    os.mkdir(log)
    s.wait_for("is written again")
    r = s.stop()
    has(r, 0)
    assert r.err.count("cannot be written") == 1, r


def a_replay_has_a_snapshot_however_short_it_is(place):
    data = scapfile.write(place.path("c.scap"), capture(openat(100, "/etc/a")))
    r = run("-r", place.file("r.yaml", RULE), "-o", "engine.kind=replay", "-o", "engine.replay.capture_file=" + data, "-o",
            "metrics.enabled=true", "-o", "metrics.interval=1h", "-o", "metrics.output_rule=true", "-o",
            "webserver.enabled=true", "-o", "json_output=true")
    has(r, 0)
    assert "health webserver" not in r.err, r
    snapshots = [json.loads(x) for x in r.out.splitlines() if SNAPSHOT in x]
    assert len(snapshots) == 1 and "scap.engine_name" not in snapshots[0]["output_fields"], r


def scrapers_get_each_family_once_with_falcos_names():
    port = _port()
    s = Running(*_prometheus(port))
    s.wait_for(READY)
    status, kind, text = _ask(port, "/metrics")
    assert status == 200 and kind == "text/plain; version=0.0.4", (status, kind)
    for pattern in (r'^falcosecurity_falco_version_info\{version="[^"]+"\} 1$',
                    r'^falcosecurity_falco_sha256_rules_files_info\{file_name="[^"]+",sha256="[0-9a-f]{64}"\} 1$',
                    r'^falcosecurity_falco_sha256_config_files_info\{file_name="[^"]+",sha256="[0-9a-f]{64}"\} 1$',
                    r'^falcosecurity_scap_engine_name_info\{engine_name="nodriver",evt_source="syscall"\} 1$',
                    r"^falcosecurity_falco_outputs_queue_num_drops_total 0$", r"^falcosecurity_falco_duration_seconds_total \d+$",
                    r"^falcosecurity_falco_memory_rss_bytes \d{6,}$", r"^falcosecurity_falco_cpu_usage_ratio \d+\.\d{6}$",
                    r"^falcosecurity_scap_n_threads_total 0$", r'^saker_output_alerts_queued_total\{kind="stdout",output="stdout"\} 0$',
                    r'^saker_output_alerts_shed_total\{kind="stdout",output="stdout",priority="Debug"\} 0$',
                    r"^saker_web_requests_total [1-9]"):
        assert re.search(pattern, text, re.M), f"{pattern}\n{text}"
    heads = re.findall(r"^# (?:HELP|TYPE) (\S+)", text, re.M)
    assert all(heads.count(h) == 2 for h in heads), text
    names = {re.split(r"[{ ]", line)[0] for line in text.splitlines() if not line.startswith("#")}
    assert names == set(heads), names ^ set(heads)
    has(s.stop(), 0)


def promtool_complains_of_nothing_but_names_that_are_falcos():
    if not shutil.which("promtool"):
        raise Skip("promtool is not installed")
    port = _port()
    s = Running(*_prometheus(port))
    s.wait_for(READY)
    text = _ask(port, "/metrics")[2]
    has(s.stop(), 0)
    p = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    said = (p.stdout + p.stderr).splitlines()
    allowed = re.compile(r'^falcosecurity_\S+ (use base unit "seconds" instead of "nanoseconds"|non-counter metrics should not '
                         r'have "_total" suffix)$')
    assert p.returncode in (0, 3) and all(allowed.match(line) for line in said), said


def without_both_switches_there_is_no_metrics_page():
    port = _port()
    for off in ("metrics.enabled=false", "webserver.prometheus_metrics_enabled=false"):
        s = Running(*_prometheus(port), "-o", "metrics.output_rule=true", "-o", off)
        s.wait_for(READY)
        assert _ask(port, "/metrics")[0] == 404 and _ask(port, "/healthz")[0] == 200
        has(s.stop(), 0)


def a_reload_is_seen_and_changes_what_is_measured(place):
    port, path = _port(), place.path("m.jsonl")
    conf = "stdout_output: {enabled: true}\nlog_stderr: true\nmetrics:\n  enabled: true\n  interval: %s\n  output_file: %s\n"
    c, rules = place.file("c.yaml", conf % ("1h", path)), place.file("r.yaml", RULE)
    s = Running("-c", c, "-r", rules, *NODRIVER, "-o", "webserver.enabled=true", "-o", f"webserver.listen_port={port}", "-o",
                "webserver.prometheus_metrics_enabled=true", "-o", "watch_config_files=false")
    s.wait_for(READY)
    _until(lambda: len(_lines(path)) == 1)
    old = hashlib.sha256(open(rules, "rb").read()).hexdigest()
    assert old in _ask(port, "/metrics")[2]
    place.file("r.yaml", RULE + "# more\n")
    place.file("c.yaml", conf % ("100ms", path + ".2"))
    place.file("m.jsonl.2", '{"half')  # somebody died while writing it
    assert _ask(port, "/reload", "POST") == (200, "application/json", '{"status": "ok"}')
    text = _ask(port, "/metrics")[2]
    assert old not in text and hashlib.sha256(open(rules, "rb").read()).hexdigest() in text, text
    assert '\nsaker_reloads_total{result="ok"} 1\n' in text, text
    _until(lambda: len(_lines(path + ".2")) >= 3)
    with open(path + ".2") as f:
        assert f.readline() == '{"half\n'
    place.file("r.yaml", "- rule: [")
    status, _, body = _ask(port, "/reload", "POST")
    assert status == 422 and json.loads(body)["status"] == "failed" and "r.yaml" in json.loads(body)["error"], body
    assert '\nsaker_reloads_total{result="failed"} 1\n' in _ask(port, "/metrics")[2]
    place.file("r.yaml", RULE)
    place.file("c.yaml", conf % ("5", path))
    assert "Metrics interval must have" in json.loads(_ask(port, "/reload", "POST")[2])["error"]
    has(s.stop(), 0)


if __name__ == "__main__":
    main(sys.modules[__name__])
