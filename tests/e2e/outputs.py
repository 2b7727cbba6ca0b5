#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Delivery: which alerts arrive where, when an output is down, the program dies and the disk is full.

The stream of alerts is a replay; each alert carries its number in the capture and, in JSON, its id. What is counted
at the sinks is compared with what was matched."""
import collections
import contextlib
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import scapfile
from e2e import Running, Skip, has, main, need_root, run
from scapfile import capture, openat

RULES = """
- rule: Important
  desc: d
  condition: evt.type=openat and fd.name startswith /hi/
  output: "%fd.name"
  priority: ALERT
- rule: Chatter
  desc: d
  condition: evt.type=openat and fd.name startswith /lo/
  output: "%fd.name"
  priority: DEBUG
"""


class Server:
    """An HTTP sink that can be down: its port stays reserved meanwhile."""

    def __init__(self):
        self.got, self.delay_s, self.lock = [], 0, threading.Lock()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.server = None

    def up(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(outer.delay_s)
                with outer.lock:
                    outer.got.append(json.loads(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def down(self):
        self.server.shutdown()
        self.server.server_close()

    def url(self):
        return f"http://127.0.0.1:{self.port}/"


def _config(place, server, spool=None, max_mb=64, more=""):
    text = f"json_output: true\njson_include_output_property: false\noutput_timeout: 60000\noutputs:\n" \
           f"  - {{type: file, filename: {place.path('alerts')}, name: file}}\n" \
           f"  - {{type: http, url: '{server.url()}', name: siem}}\n{more}"
    if spool:
        text += f"spool: {{enabled: true, path: {spool}, max_mb: {max_mb}}}\n"
    return place.file("c.yaml", text)


def _stream(place, n, every=10):
    """One event in `every` is important."""
    return scapfile.write(place.path("c.scap"), capture(*[
        openat(100, f"/{'lo' if i % every else 'hi'}/{i}", ts=i) for i in range(n)]))


def _args(place, conf, scap):
    return ["-c", conf, "-r", place.file("r.yaml", RULES), "-o", "engine.kind=replay", "-o",
            "engine.replay.capture_file=" + scap, "-o", "log_stderr=true"]


def _lines(path, deaths=0):
    """Each process that was killed may have left half a line, which nothing else hangs on to."""
    if not os.path.exists(path):
        return []
    with open(path) as f:
        lines = f.read().splitlines()
    torn = [x for x in lines if not x.endswith("}")]
    assert len(torn) <= deaths and all(x.startswith('{"') and x.count('"rule":') < 2 for x in torn), torn
    return [json.loads(x) for x in lines if x not in torn]


def _names(alerts):
    return [a["output_fields"]["fd.name"] for a in alerts]


def _check_order(alerts, what):
    """Each id means one alert, and the first time that it arrives is in order. The set of the ids."""
    seen = {}
    for a in alerts:
        if a["id"] in seen:
            assert seen[a["id"]] == a, f"{what}: two alerts have the id {a['id']}"
        else:
            assert not seen or a["id"] > next(reversed(seen)), f"{what}: {a['id']} is late"
            seen[a["id"]] = a
    return seen


def _until(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def _shed(log, name):
    """What the log counts as shed, over all its episodes."""
    total = collections.Counter()
    for line in re.findall(r"alerts that the full spool has shed: (.*)", log):
        for part in line.split("; "):
            if part.startswith(name + ": "):
                for n, priority in re.findall(r"(\d+) (\w+)", part[len(name) + 2:]):
                    total[priority] += int(n)
    return total


@contextlib.contextmanager
def _disk(place, size):
    """A small file system of its own."""
    need_root()
    disk = place.path("disk")
    os.mkdir(disk)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "none", disk], check=False).returncode:
        raise Skip("no tmpfs can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


def _full_until_the_receiver_is_back(saker, server):
    saker.wait_for("the spool is full (1 MiB)")
    time.sleep(1)
    server.up()
    saker.p.wait(120)
    r = saker.stop()
    server.down()
    return r


def _only_chatter_is_shed(place, server, r, n):
    """Of n alerts, one in 20 of them important, each has arrived or is counted: (output, arrived, shed)."""
    out = []
    for name, got in ("siem", server.got), ("file", _lines(place.path("alerts"))):
        shed, got = _shed(r.err, name), _check_order(got, name)
        assert set(shed) <= {"Debug"} and len(got) == n - shed["Debug"], (name, len(got), shed, r)
        assert sum(a["priority"] == "Alert" for a in got.values()) == n // 20
        out.append((name, len(got), shed["Debug"]))
    return out


def every_alert_arrives_over_an_outage_a_crash_and_a_restart(place):
    n = 20000
    server = Server()
    conf, scap = _config(place, server, place.path("spool")), _stream(place, n)
    argv = _args(place, conf, scap)
    # The receiver is down; the program ends by itself, and its time to deliver is short.
    r = run(*argv, "-o", "output_timeout=500")
    has(r, 0, f"Events detected: {n}\n", f"siem: 0 alerts delivered, 0 lost, 0 dropped, 0 shed, {n} stay in the spool")
    # It dies three times in the middle, at another point each time.
    for progress in (100, 3000, 9000):
        before = os.path.getsize(place.path("alerts"))
        s = Running(*argv)
        _until(lambda: os.path.getsize(place.path("alerts")) > before + progress * 60)
        s.stop(signal.SIGKILL)
    # The receiver is back.
    server.up()
    r = run(*argv)
    has(r, 0, f"Events detected: {n}\n", "siem: ")
    server.down()
    file, siem = (_check_order(x, y) for x, y in ((_lines(place.path("alerts"), 3), "file"), (server.got, "siem")))
    last = max(siem)
    assert last >= 2 * n, last
    assert sorted(siem) == list(range(1, last + 1)), "an alert is missing at the receiver that was down"
    assert sorted(file) == list(range(1, last + 1)), "an alert is missing in the file"
    assert all(file[i]["output_fields"] == siem[i]["output_fields"] for i in siem)
    assert _names([siem[i] for i in range(last - n + 1, last + 1)]) == [f"/{'lo' if i % 10 else 'hi'}/{i}" for i in range(n)]


def a_full_spool_sheds_chatter_first_and_counts_it(place):
    n = 20000
    server = Server()
    conf, scap = _config(place, server, place.path("spool"), max_mb=1), _stream(place, n, every=20)
    s = Running(*_args(place, conf, scap))
    r = _full_until_the_receiver_is_back(s, server)
    for name, got, shed in _only_chatter_is_shed(place, server, r, n):
        assert name == "file" or shed > 0
        if shed:
            has(r, 0, err=f"{name}: {got} alerts delivered, 0 lost, 0 dropped, {shed} shed, 0 stay in the spool")


def a_full_disk_stops_no_output_and_the_spool_goes_on_later(place):
    n = 20000
    with _disk(place, "2m") as disk:
        server = Server()
        conf, scap = _config(place, server, disk + "/spool", max_mb=64), _stream(place, n)
        s = Running(*_args(place, conf, scap))
        s.wait_for("No space left on device: alerts are kept in memory")
        _until(lambda: len(_lines(place.path("alerts"))) == n)
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        s.wait_for("spool: it is written again")
        # Now everything is on the disk: a crash loses nothing.
        _until(lambda: os.path.getsize(disk + "/spool/alerts.db-wal") > 1 << 20 or
               os.path.getsize(disk + "/spool/alerts.db") > 3 << 20)
        s.stop(signal.SIGKILL)
        server.up()
        r = run(*_args(place, conf, _stream(place, 1)))
        server.down()
        has(r, 0)
        siem = _check_order(server.got, "siem")
        assert sorted(siem) == list(range(1, n + 2)), (len(siem), r)


def a_disk_that_stays_full_costs_only_what_is_counted(place):
    n = 20000
    with _disk(place, "1m") as disk:
        server = Server()
        conf, scap = _config(place, server, disk + "/spool", max_mb=1), _stream(place, n, every=20)
        with open(disk + "/filler", "wb") as f:
            try:
                f.write(b"x" * (1 << 20))
            except OSError:
                pass
        s = Running(*_args(place, conf, scap))
        r = _full_until_the_receiver_is_back(s, server)
        _only_chatter_is_shed(place, server, r, n)


def a_receiver_that_is_slow_or_down_delays_no_other_output(place):
    server = Server().up()
    server.delay_s = 0.3
    s = Running(*_args(place, _config(place, server), _stream(place, 2000)), "-o", "output_timeout=3000")
    begin = time.monotonic()
    _until(lambda: len(_lines(place.path("alerts"))) == 2000)
    assert time.monotonic() - begin < 20 and len(server.got) < 200
    s.p.wait(60)
    r = s.stop()
    server.down()
    has(r, 0, err="output channels still blocked, discarding all remaining notifications")
    m = re.search(r"siem: (\d+) alerts delivered, (\d+) lost, 0 dropped", r.err)
    assert m and int(m[1]) + int(m[2]) == 2000, r
    assert int(m[1]) <= len(server.got) <= int(m[1]) + 1


def each_item_has_its_priorities_and_its_form(place):
    conf = place.file("c.yaml", f"""
stdout_output: {{enabled: true}}
outputs:
  - {{type: file, name: urgent, min_priority: alert, format: json, filename: {place.path('urgent')}}}
  - {{type: file, filename: {place.path('all')}}}
""")
    r = run(*_args(place, conf, _stream(place, 20)))
    has(r, 0, out=": Alert /hi/0\n")
    assert _names(_lines(place.path("urgent"))) == ["/hi/0", "/hi/10"]
    assert place.read("all").count("\n") == 20 and place.read("all") == "".join(r.out.splitlines(True)[:20])


def mistakes_in_the_list_are_told_with_their_place(place):
    conf = place.file("c.yaml", "outputs:\n  - type: file\n    filname: /tmp/x\n")
    has(run("-c", conf, "--dry-run"), 1, err=f"{conf}:3:5: an output of type 'file' has no key 'filname'")
    conf = place.file("c.yaml", "stdout_output: {enabled: true}\noutputs: {rate: 1, max_burst: 10}\n")
    has(run("-c", conf, "-r", place.file("r.yaml", RULES), "--dry-run", "-o", "log_stderr=true"), 0,
        err="'outputs.rate' is a key of Falco up to 0.36: ")


def a_full_queue_drops_or_ends_the_program_as_it_is_told(place):
    server = Server()
    argv = _args(place, _config(place, server), _stream(place, 2000)) + ["-o", "outputs_queue.capacity=10", "-o",
                                                                        "output_timeout=100"]
    r = run(*argv)
    has(r, 0, err=["Outputs queue out of memory. Drop event and continue on ...\n", "siem: 0 alerts delivered"])
    m = re.search(r"siem: 0 alerts delivered, (\d+) lost, (\d+) dropped", r.err)
    assert m and int(m[1]) + int(m[2]) == 2000, r
    r = run(*argv, "-o", "outputs_queue.recovery=exit")
    has(r, 1, err=["Fatal error: Outputs queue out of memory. Exiting ...\n",
                   "Error: the queue of an output is full (outputs_queue.recovery: exit)"])


def the_spool_belongs_to_one_process(place):
    conf = place.file("c.yaml", "stdout_output: {enabled: true}\n"
                      f"spool: {{enabled: true, path: {place.path('spool')}}}\n")
    argv = ["-c", conf, "-r", place.file("r.yaml", RULES), "-o", "engine.kind=nodriver", "-o", "log_stderr=true"]
    s = Running(*argv)
    s.wait_for("Opening 'syscall' source with no driver")
    has(run(*argv), 1, err="alerts.db' is in use by another process")
    has(s.stop(), 0)
    assert os.stat(place.path("spool")).st_mode & 0o777 == 0o700
    assert os.stat(place.path("spool/alerts.db")).st_mode & 0o777 == 0o600


def a_file_that_is_no_spool_is_moved_aside(place):
    os.mkdir(place.path("spool"), 0o700)
    place.file("spool/alerts.db", "this is a text\n" * 100)
    conf = place.file("c.yaml", "stdout_output: {enabled: true}\njson_output: true\n"
                      f"spool: {{enabled: true, path: {place.path('spool')}}}\n")
    r = run(*_args(place, conf, _stream(place, 3)))
    has(r, 0, out='"id":3,', err="is damaged or not one of Saker: it is kept as ")
    assert place.read("spool/alerts.db.bad").startswith("this is a text")


if __name__ == "__main__":
    main(sys.modules[__name__])
