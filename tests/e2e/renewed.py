#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A reload renews the outputs while alerts flow: which numbers arrive where.

The stream is a replay from a pipe; each alert carries its number, so that what is at the sinks can be compared with what
was pushed: nothing is missing, nothing is twice, nothing is out of order."""
import json
import os
import re
import sys
import threading
import time

from e2e import Running, has, main
from outputs import RULES, Server
from scapfile import capture, openat

USED = "Reload %d is in use: "


class Stream:
    """Events without end, until it is told."""

    def __init__(self, place):
        self.path, self.n, self.stop = place.path("pipe"), 0, threading.Event()
        os.mkfifo(self.path)
        self.thread = threading.Thread(target=self._write, daemon=True)
        self.thread.start()

    def _write(self):
        head = capture(openat(100, "/other", ts=0))
        with open(self.path, "wb", buffering=0) as f:
            f.write(head)
            while not self.stop.is_set():
                f.write(b"".join(openat(100, f"/hi/{self.n + i}", ts=1000 * (self.n + i)) for i in range(100)))
                self.n += 100
                time.sleep(0.01)

    def end(self):
        self.stop.set()
        self.thread.join()
        return self.n


def _start(place, config):
    stream = Stream(place)
    place.file("c.yaml", config)
    s = Running("-c", place.path("c.yaml"), "-r", place.file("r.yaml", RULES), "-o", "engine.kind=replay", "-o",
                f"engine.replay.capture_file={stream.path}", "-o", "log_stderr=true")
    return s, stream


def _until(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def _numbers(text):
    """One a line: JSON has it twice."""
    found = (re.search(r"/hi/(\d+)", line) for line in text.splitlines())
    return [int(f[1]) for f in found if f]


def _read(place, name):
    return _numbers(place.read(name)) if os.path.exists(place.path(name)) else []


def _run_of(numbers, begin, end, what):
    assert numbers == list(range(begin, end)), f"{what}: {begin} to {end} expected, there are {len(numbers)}: " \
                                               f"{numbers[:5]}...{numbers[-5:]}"


def _write(place, config):
    """At once: half a configuration is another one."""
    os.rename(place.file("c.new", config), place.path("c.yaml"))


def _reloaded(s, place, turn, config):
    _write(place, config)
    s.wait_for(USED % turn)


def _grows(place, name):
    n = len(_read(place, name))
    _until(lambda: len(_read(place, name)) > n)


def a_file_has_another_name_and_no_alert_is_in_none_of_both_or_in_both(place):
    config = "file_output: {enabled: true, keep_alive: %s, filename: %s}\nbuffered_outputs: true\n"
    s, stream = _start(place, config % ("true", place.path("f0")))
    _grows(place, "f0")
    for turn in range(1, 9):
        time.sleep(0.2)
        _reloaded(s, place, turn, config % ("true" if turn % 3 else "false", place.path(f"f{turn}")))
    time.sleep(0.2)
    n = stream.end()
    s.p.wait(60)
    has(s.stop(), 0)
    parts = [_read(place, f"f{turn}") for turn in range(9)]
    assert all(parts), [len(p) for p in parts]
    _run_of([i for p in parts for i in p], 0, n, "the files")


def outputs_come_and_go_and_those_that_stay_miss_nothing(place):
    server = Server().up()
    stays = f"file_output: {{enabled: true, filename: {place.path('stays')}}}\noutput_timeout: 60000\n"
    http = f"http_output: {{enabled: true, url: '{server.url()}'}}\njson_output: true\n"
    program = f"program_output: {{enabled: true, keep_alive: true, program: 'cat >>{place.path('program')}'}}\n"
    s, stream = _start(place, stays + program)
    _grows(place, "program")
    _reloaded(s, place, 1, stays + program + http)
    _until(lambda: len(server.got) > 100)
    _reloaded(s, place, 2, stays + http)
    _grows(place, "stays")
    _reloaded(s, place, 3, stays + http + f"outputs: [{{type: file, name: more, filename: {place.path('more')}}}]\n")
    _grows(place, "more")
    _reloaded(s, place, 4, stays)
    _grows(place, "stays")
    n = stream.end()
    s.p.wait(60)
    has(s.stop(), 0)
    server.down()
    _run_of(_read(place, "stays"), 0, n, "the file")
    with_program = _read(place, "program")
    _run_of(with_program, 0, len(with_program), "the program")
    by_http = [int(a["output_fields"]["fd.name"].split("/")[2]) for a in server.got]
    _run_of(by_http, by_http[0], by_http[0] + len(by_http), "HTTP")
    more = _read(place, "more")
    _run_of(more, more[0], more[0] + len(more), "the item")
    assert 0 < by_http[0] < len(with_program) < more[0] < more[-1] + 1 == by_http[-1] + 1 < n, \
        (by_http[0], len(with_program), more[0], more[-1], by_http[-1], n)


def the_form_changes_at_one_alert(place):
    config = f"json_output: %s\nfile_output: {{enabled: true, filename: {place.path('f')}}}\n"
    s, stream = _start(place, config % "false")
    for turn, json_output in enumerate(("true", "false", "true"), 1):
        _grows(place, "f")
        _reloaded(s, place, turn, config % json_output)
    _grows(place, "f")
    n = stream.end()
    s.p.wait(60)
    has(s.stop(), 0)
    _run_of(_read(place, "f"), 0, n, "the file")
    forms = [line[0] == "{" for line in place.read("f").splitlines()]
    assert sum(a != b for a, b in zip(forms, forms[1:])) == 3 and not forms[0] and forms[-1], "text and JSON are mixed"


def a_wrong_output_changes_nothing_and_says_why(place):
    good = f"file_output: {{enabled: true, filename: {place.path('f')}}}\n"
    s, stream = _start(place, good)
    _grows(place, "f")
    for wrong, why in ((f"file_output: {{enabled: true, filename: {place.path('no/such')}}}\n",
                        "Failed to init output: file: failed to open output file"),
                       (good + "outputs: [{type: syslog, facility: nobody}]\n", "syslog_output.facility 'nobody'"),
                       (good + "outputs: [{type: pigeon}]\n", "pigeon"),
                       ("log_stderr: true\n", "No output configured"),
                       (good + "program_output: {enabled: true, program: cat}\n", "hot restart failure: program_output: Saker was started without programs")):
        _write(place, wrong)
        s.wait_for(why)
        _grows(place, "f")
    _reloaded(s, place, 1, good + "priority: info\n")
    n = stream.end()
    s.p.wait(60)
    has(s.stop(), 0)
    _run_of(_read(place, "f"), 0, n, "the file")


def a_sink_that_is_stuck_is_replaced_and_delays_no_other(place):
    """The program takes nothing; the pipe to it fills."""
    file = f"file_output: {{enabled: true, filename: {place.path('f')}}}\noutput_timeout: 500\n"
    stuck = "program_output: {enabled: true, keep_alive: true, program: 'exec sleep 3600'}\n"
    works = f"program_output: {{enabled: true, keep_alive: true, program: 'cat >>{place.path('program')}'}}\n"
    s, stream = _start(place, file + stuck)
    s.wait_for("\"program\" output timeout")
    _reloaded(s, place, 1, file + works)
    _grows(place, "f")
    _until(lambda: len(_read(place, "program")) > 100)
    n = stream.end()
    s.p.wait(60)
    has(s.stop(), 0)
    _run_of(_read(place, "f"), 0, n, "the file")
    got = _read(place, "program")
    _run_of(got, got[0], n, "the program")


def an_output_without_a_successor_has_its_time_and_what_is_lost_is_told(place):
    server = Server()
    file = f"file_output: {{enabled: true, filename: {place.path('f')}}}\noutput_timeout: 300\n"
    s, stream = _start(place, file + f"http_output: {{enabled: true, url: '{server.url()}'}}\n")
    _grows(place, "f")
    _reloaded(s, place, 1, file)
    s.wait_for("http: it is no output any more, and its last ")
    n = stream.end()
    s.p.wait(60)
    has(s.stop(), 0)
    _run_of(_read(place, "f"), 0, n, "the file")


def behind_a_spool_outputs_are_renewed_too(place):
    server = Server()
    spool = f"spool: {{enabled: true, path: {place.path('spool')}}}\njson_output: true\noutput_timeout: 60000\n"
    one = f"file_output: {{enabled: true, filename: {place.path('one')}}}\n"
    two = f"file_output: {{enabled: true, filename: {place.path('two')}}}\n"
    http = f"http_output: {{enabled: true, url: '{server.url()}'}}\n"
    s, stream = _start(place, spool + one)
    _grows(place, "one")
    _reloaded(s, place, 1, spool + one + http)  # which is down
    _grows(place, "one")
    _reloaded(s, place, 2, spool + two + http)
    _grows(place, "two")
    server.up()
    n = stream.end()
    s.p.wait(60)
    has(s.stop(), 0)
    server.down()
    _run_of(_read(place, "one") + _read(place, "two"), 0, n, "the files")
    ids = [a["id"] for a in server.got]
    assert ids == list(range(ids[0], ids[0] + len(ids))), "HTTP: not each once in order"
    assert int(server.got[-1]["output_fields"]["fd.name"].split("/")[2]) == n - 1


if __name__ == "__main__":
    main(sys.modules[__name__])
