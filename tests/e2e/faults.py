#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Outputs that fail in every way they can: the others get every alert in time, memory stays within its bounds, nothing
hangs, and what one output lost is counted."""
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

from e2e import Skip, has, main, need_root
from servers import Http, Stream, kill, until

N = 200
# Freed memory that a sanitizer keeps back is no growth of ours.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
GROWTH_KB = 100 << 10  # far below what an answer of 1 GB or a queue without a limit would take


@contextlib.contextmanager
def _stream(place, *options, timeout_ms=2000, prefix=()):
    s = Stream(place, *options, timeout_ms=timeout_ms, prefix=prefix)
    try:
        s.alerts(1).wait_filed(20)
        s.begin_kb = s.memory_kb()
        yield s
    finally:
        kill(s)


def _undisturbed(s, n=N):
    """n more alerts are in the file soon, and memory has not grown; returns how long it took."""
    begin = time.monotonic()
    s.alerts(n).wait_filed(10)
    assert s.memory_kb() - s.begin_kb < GROWTH_KB, (s.begin_kb, s.memory_kb())
    return time.monotonic() - begin


def _counts(r, name):
    """delivered, lost, dropped: as told at the end."""
    m = re.search(rf"{name}: (\d+) alerts delivered, (\d+) lost, (\d+) dropped", r.err)
    assert m, r
    return tuple(map(int, m.groups()))


def _end(s, seconds=15):
    """It ends within the time that outputs are given, whatever they do."""
    begin = time.monotonic()
    r = s.end(seconds)
    has(r, 0, f"Events detected: {s.n}\n")
    assert time.monotonic() - begin < seconds, r
    return r


def _http(place, h, *options, **kw):
    return _stream(place, "http_output.enabled=true", f"http_output.url={h.url}", *options, **kw)


def a_server_that_accepts_and_never_answers(place):
    with Http("silence") as h, _http(place, h, "http_output.timeout=500", "http_output.max_consecutive_timeouts=1") as s:
        _undisturbed(s)
        until(lambda: "gave no answer within 500 ms, 2 times in a row" in s.log(), why=s.log)
        r = _end(s)
        assert _counts(r, "http") == (0, N + 1, 0), r


def a_server_that_never_answers_at_all_within_a_long_timeout(place):
    with Http("silence") as h, _http(place, h, "http_output.timeout=60000", timeout_ms=1000) as s:
        _undisturbed(s)
        _end(s)


def a_server_that_never_accepts(place):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        held = []
        for _ in range(3):  # the queue of the kernel is full
            c = socket.socket()
            c.setblocking(False)
            c.connect_ex(("127.0.0.1", port))
            held.append(c)
        with _stream(place, "http_output.enabled=true", f"http_output.url=http://127.0.0.1:{port}/",
                     "http_output.connect_timeout=300") as s:
            _undisturbed(s)
            until(lambda: "it is tried again" in s.log(), why=s.log)
            _end(s)
        for c in held:
            c.close()


def a_server_that_resets(place):
    with Http(*["reset"] * 5, "ok") as h, _http(place, h, timeout_ms=20000) as s:
        _undisturbed(s)
        until(lambda: len(h.bodies) == N + 1, why=s.log)
        assert [json.loads(b)["output_fields"]["evt.num"] for b in h.bodies] == list(range(1, N + 2))
        _end(s)


def a_server_that_answers_500_and_recovers(place):
    with Http(*[500, 503, 429] * 2, "ok") as h, _http(place, h, timeout_ms=20000) as s:
        _undisturbed(s)
        until(lambda: len(h.bodies) == N + 1, why=s.log)
        r = _end(s)
        assert "answered with status 500: it is tried again" in r.err and "; nothing was lost" in r.err, r


def a_server_that_answers_500_for_ever(place):
    with Http(500) as h, _http(place, h) as s:
        _undisturbed(s)
        r = _end(s)
        assert _counts(r, "http") == (0, N + 1, 0) and not h.bodies, r


def a_server_that_refuses(place):
    with Http(404) as h, _http(place, h) as s:
        _undisturbed(s)
        until(lambda: h.requests == N + 1, why=s.log)
        r = _end(s)
        assert _counts(r, "http") == (0, N + 1, 0), r
        assert r.err.count("status 404: it refuses the alert") == 1, r


def a_server_that_is_slow(place):
    with Http("slow") as h, _http(place, h) as s:
        _undisturbed(s)
        r = _end(s)
        delivered, lost, dropped = _counts(r, "http")
        assert delivered + lost == N + 1 and not dropped and lost and len(h.bodies) in (delivered, delivered + 1), r


def bodies_of_a_gigabyte(place):
    with Http("flood") as h, _http(place, h, timeout_ms=20000) as s:
        _undisturbed(s)
        until(lambda: len(h.bodies) == N + 1, why=s.log)
        assert s.memory_kb() - s.begin_kb < GROWTH_KB
        r = _end(s)
        assert "alerts delivered" not in r.err, r  # no losses


def a_queue_that_is_full_is_counted(place):
    with Http("silence") as h, _http(place, h, "outputs_queue.capacity=50", "http_output.timeout=60000") as s:
        for _ in range(10):
            _undisturbed(s, 20)
        r = _end(s)
        delivered, lost, dropped = _counts(r, "http")
        assert delivered == 0 and lost + dropped == s.n and dropped >= s.n - 52, r


def a_thousand_requests_leave_no_memory_behind(place):
    with Http("ok") as h, _http(place, h, timeout_ms=20000) as s:
        s.alerts(1000)
        until(lambda: len(h.bodies) == s.n, why=s.log)
        before = s.memory_kb()
        for _ in range(3):
            s.alerts(1000)
            until(lambda: len(h.bodies) == s.n, why=s.log)
        assert s.memory_kb() - before < 8 << 10, (before, s.memory_kb())
        _end(s)


def _alive(text):
    """Processes whose command line has it."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline") as f:
                found += [pid] if text in f.read() and int(pid) != os.getpid() else []
        except OSError:
            pass
    return found


def a_program_that_never_reads(place):
    mark = f"1000.{os.getpid()}"
    with _stream(place, "program_output.enabled=true", "program_output.keep_alive=true", "program_output.timeout=300",
                 f"program_output.program=sleep {mark}") as s:
        _undisturbed(s)
        s.alerts(400).wait_filed()
        until(lambda: "program: the program does not read: it is tried again" in s.log(), why=s.log)
        r = _end(s)
        delivered, lost, _ = _counts(r, "program")
        unread = int(re.search(r"ended without reading the last (\d+) alerts", r.err).group(1))
        assert delivered + lost == s.n and unread >= delivered, r
        assert not _alive(mark)


def a_run_that_never_ends(place):
    mark = f"1000.{os.getpid()}"
    with _stream(place, "program_output.enabled=true", "program_output.timeout=60000",
                 f"program_output.program=sleep {mark}") as s:
        _undisturbed(s)
        _end(s)
        assert not _alive(mark)


def a_program_that_dies_again_and_again(place):
    out = place.path("got")
    with _stream(place, "program_output.enabled=true", "program_output.keep_alive=true",
                 f"program_output.program=read a; echo \"$a\" >>{out}; exit 1", timeout_ms=20000) as s:
        s.alerts(5).wait_filed()
        until(lambda: os.path.exists(out) and sum(1 for _ in open(out)) >= 5, 20, s.log)
        kill(s)
        with open(out) as f:
            ids = [json.loads(line)["output_fields"]["evt.num"] for line in f if line.strip()]
        assert ids == sorted(set(ids)) and ids[:5] == [1, 2, 3, 4, 5], ids


def a_program_that_floods_its_errors(place):
    with _stream(place, "program_output.enabled=true", "program_output.keep_alive=true",
                 "program_output.program=yes error >&2", timeout_ms=1000) as s:
        _undisturbed(s)
        time.sleep(1)
        r = _end(s)
        assert 20 < r.err.count("program: error\n") < 300, r.err.count("program: error\n")


@contextlib.contextmanager
def _tmpfs(place, size):
    need_root()
    path = place.path("small")
    os.mkdir(path)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", path], capture_output=True).returncode:
        raise Skip("no tmpfs may be mounted")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def a_disk_that_is_full_and_is_cleared(place):
    with _tmpfs(place, "64k") as small, _stream(place, "outputs[0].type=file", "outputs[0].name=small",
                                                f"outputs[0].filename={small}/log", "outputs[0].keep_alive=true",
                                                timeout_ms=20000) as s:
        _undisturbed(s, 500)
        until(lambda: "small: No space left on device: it is tried again" in s.log(), why=s.log)
        with open(small + "/log") as f:
            first = f.read()
        subprocess.run(["mount", "-o", "remount,size=16m", small], check=True)
        until(lambda: sum(1 for _ in open(small + "/log")) >= s.n, 40, s.log)
        r = _end(s)
        assert "small: works again" in r.err, r
        with open(small + "/log") as f:
            lines = f.read().splitlines()
        whole = [json.loads(x)["output_fields"]["evt.num"] for x in lines if x.startswith("{") and x.endswith("}")]
        assert whole == list(range(1, s.n + 1)) and len(lines) - len(whole) <= 1, (len(lines), len(first))


def a_disk_that_stays_full(place):
    with _tmpfs(place, "64k") as small, _stream(place, "outputs[0].type=file", "outputs[0].name=small",
                                                f"outputs[0].filename={small}/log") as s:
        _undisturbed(s, 500)
        until(lambda: "small: No space left on device" in s.log(), why=s.log)
        delivered, lost, _ = _counts(_end(s), "small")
        assert delivered and lost and delivered + lost == s.n


def a_log_directory_that_vanishes_and_returns(place):
    for keep_alive in ("true", "false"):
        folder = place.path("logs")
        os.mkdir(folder)
        with _stream(place, "outputs[0].type=file", "outputs[0].name=gone", f"outputs[0].filename={folder}/log",
                     f"outputs[0].keep_alive={keep_alive}", timeout_ms=20000) as s:
            _undisturbed(s, 5)
            shutil.rmtree(folder)
            _undisturbed(s, 5)
            until(lambda: "gone: No such file or directory: it is tried again" in s.log(), why=s.log)
            os.mkdir(folder)
            until(lambda: os.path.exists(folder + "/log") and sum(1 for _ in open(folder + "/log")) == 5, 40, s.log)
            _end(s)
        shutil.rmtree(folder)
        os.unlink(s.fifo)
        os.unlink(s.file)


def a_log_server_that_accepts_and_never_reads(place):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with _stream(place, "syslog_output.enabled=true", f"syslog_output.address=tcp://127.0.0.1:{port}",
                     "syslog_output.timeout=300") as s:
            s.alerts(3000, "x" * 1000).wait_filed(20)
            until(lambda: "syslog: 127.0.0.1 port" in s.log(), why=s.log)
            assert s.memory_kb() - s.begin_kb < GROWTH_KB
            r = _end(s)
            delivered, lost, _ = _counts(r, "syslog")
            assert delivered + lost == s.n, r


def standard_output_that_nobody_reads(place):
    path = place.path("stdout")
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    try:
        with _stream(place, "stdout_output.enabled=true", timeout_ms=1000,
                     prefix=["sh", "-c", f'exec "$@" >{path}', "sh"]) as s:
            _undisturbed(s, 2000)
            time.sleep(1.5)
            s.alerts(100).wait_filed()  # who comes next sees that it is stuck
            assert '"stdout" output timeout, this output channel is blocked' in s.log(), s.log()
            s.pipe.close()
            until(lambda: "output channels still blocked" in s.log(), why=s.log)
            delivered, lost, _ = map(int, re.search(r"stdout: (\d+) alerts delivered, (\d+) lost, (\d+)", s.log()).groups())
            assert lost and delivered + lost == s.n
    finally:
        os.close(held)


if __name__ == "__main__":
    main(sys.modules[__name__])
