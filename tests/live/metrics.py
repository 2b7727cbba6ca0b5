#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Metrics of a live engine in a scope of its own: counters of the kernel, of rules, of CPUs.

usage: metrics.py SAKER ACT
"""
import http.client
import os
import re
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scope import Saker, Scope  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def scrape(at):
    c = http.client.HTTPConnection("127.0.0.1", at, timeout=20)
    c.request("GET", "/metrics")
    r = c.getresponse()
    text = r.read().decode()
    c.close()
    assert r.status == 200, (r.status, text)
    return text


def value(text, name):
    found = re.findall(r"^" + re.escape(name) + r" (\S+)$", text, re.M)
    assert len(found) == 1, f"{name}: {found}\n{text}"
    return float(found[0])


def check(saker, scope, at):
    before = scrape(at)
    for i in range(20):
        saker.until_marker(scope, 100 + i)
    after = scrape(at)
    marker = next(line.rsplit(" ", 1)[0] for line in after.splitlines()
                  if line.startswith("falcosecurity_falco_rules_matches_total{") and "Live test marker" in line)
    assert value(after, marker) - value(before, marker) == 20, after
    assert value(after, "falcosecurity_scap_n_evts_total") > value(before, "falcosecurity_scap_n_evts_total")
    assert value(after, "falcosecurity_scap_n_drops_total") == 0
    assert value(after, "saker_events_total") >= value(before, "saker_events_total") + 20
    assert value(after, 'saker_rule_evaluations_total{rule_name="Live test marker"}') >= value(after, marker)
    assert value(after, 'saker_rule_time_seconds_total{rule_name="Live test marker"}') >= 0
    assert value(after, "falcosecurity_scap_n_threads_total") > 0
    assert value(after, 'falcosecurity_scap_n_drops_buffer_total{dir="exit",drop="open"}') == 0
    assert value(after, 'falcosecurity_scap_engine_name_info{engine_name="modern_bpf",evt_source="syscall"}') == 1
    cpus = sum(float(n) for n in re.findall(r'^falcosecurity_scap_n_evts_cpu_total\{cpu="\d+"\} (\d+)$', after, re.M))
    assert 0 < cpus <= value(scrape(at), "falcosecurity_scap_n_evts_total"), cpus
    with open("/proc/sys/kernel/bpf_stats_enabled") as f:
        counted = f.read().strip() == "1"
    assert ("falcosecurity_scap_sys_exit_run_cnt_total" in after) == counted, after


def main():
    binary, act = sys.argv[1], sys.argv[2]
    at = port()
    options = ["webserver.enabled=true", f"webserver.listen_port={at}", "webserver.prometheus_metrics_enabled=true",
               "metrics.enabled=true", "metrics.interval=1h", "metrics.output_rule=false"]
    with Scope(act) as scope:
        saker = Saker(binary, scope, [os.path.join(HERE, "marker_rules.yaml")], options)
        try:
            saker.wait_until_it_sees(scope)
            check(saker, scope, at)
        finally:
            code = saker.stop()
    assert code == 0, "".join(saker.log)
    print("live metrics: ok")


if __name__ == "__main__":
    main()
