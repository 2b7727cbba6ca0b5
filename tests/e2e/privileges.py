#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a running Saker may still do, and that everything works with that. Without a driver, on loopback."""
import http.client
import http.server
import os
import pwd
import re
import signal
import socket
import sys
import threading
import time

import scapfile
from e2e import RULE, Running, Skip, has, main, need_root, run
from scapfile import capture, openat

NOISE = ["-o", "engine.kind=nodriver", "-o", "syscall_event_drops.simulate_drops=true",
         "-o", "syscall_event_drops.actions[0]=alert", "-o", "syscall_event_drops.rate=100",
         "-o", "syscall_event_drops.max_burst=100"]
TOLD = "Privileges: keeps "
OPEN = "Event source 'syscall' is open"
DAC_OVERRIDE, READ_SEARCH, KILL, NET_BIND = 1 << 1, 1 << 2, 1 << 5, 1 << 10


def _status(path):
    with open(path) as f:
        return dict(re.findall(r"^(\w+):\s+(\S+)$", f.read(), re.M))


def _threads(s):
    """/proc/PID/task/*/status of each thread, once there is nothing left to give up."""
    s.wait_for(TOLD)
    tasks = f"/proc/{s.p.pid}/task"
    return [_status(f"{tasks}/{t}/status") for t in os.listdir(tasks)]


def _all_have(s, caps, bounding=None, no_new=1, filtered=2):
    threads = _threads(s)
    assert threads
    for t in threads:
        assert int(t["CapEff"], 16) == int(t["CapPrm"], 16) == caps, threads
        assert int(t["CapInh"], 16) == int(t["CapAmb"], 16) == 0, threads
        assert bounding is None or int(t["CapBnd"], 16) == bounding, threads
        assert (int(t["NoNewPrivs"]), int(t["Seccomp"])) == (no_new, filtered), threads


def _until(what, seconds=30, why="it did not happen in time"):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, why
        time.sleep(0.02)


def _grows(path):
    before = os.path.getsize(path) if os.path.exists(path) else 0
    _until(lambda: os.path.exists(path) and os.path.getsize(path) > before, why=f"nothing more came to {path}")


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class _Web:
    """Takes alerts by HTTP."""

    def __init__(self):
        self.n = 0
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                owner.n += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def every_thread_keeps_the_same_little():
    need_root()
    s = Running(*NOISE, "-o", "webserver.enabled=true", "-o", f"webserver.listen_port={_free_port()}")
    _all_have(s, READ_SEARCH, READ_SEARCH)
    has(s.stop(), 0, err="Privileges: keeps CAP_DAC_READ_SEARCH; no new privileges by executing files; system calls only "
                         "those of Saker, it starts no programs")


def switched_off_nothing_is_given_up():
    s = Running(*NOISE, "-o", "privileges.drop=false")
    s.wait_for("Privileges: all are kept (privileges.drop is false)")
    t = _status(f"/proc/{s.p.pid}/status")
    mine = _status("/proc/self/status")
    assert all(t[k] == mine[k] for k in ("CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp")), t
    has(s.stop(), 0)


def the_filter_alone_can_be_switched_off():
    need_root()
    s = Running(*NOISE, "-o", "privileges.seccomp=off")
    s.wait_for("system calls are not filtered")
    _all_have(s, READ_SEARCH, READ_SEARCH, filtered=0)
    has(s.stop(), 0)


def what_is_to_be_kept_is_kept_and_wrong_names_are_refused():
    need_root()
    s = Running(*NOISE, "-o", "privileges.keep[]=CAP_DAC_OVERRIDE", "-o", "privileges.no_new_privs=false")
    _all_have(s, READ_SEARCH | DAC_OVERRIDE, no_new=0)
    s.stop()
    has(run(*NOISE, "-o", "privileges.keep[]=CAP_FLY"), 1, err="Error: privileges.keep: 'CAP_FLY' is no capability")
    has(run(*NOISE, "-o", "privileges.seccomp=maybe"), 1, err="Error: privileges.seccomp is 'maybe': one of errno, log, kill, off is "
                                                             "expected")


def outputs_reload_and_servers_work_with_what_is_left(place):
    web, port, rules = _Web(), _free_port(), place.file("r.yaml", RULE)
    alerts, sock = place.path("alerts"), place.path("log")
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(sock)
    log.settimeout(30)
    s = Running(*NOISE, "-r", rules, "-o", "file_output.enabled=true", "-o", f"file_output.filename={alerts}",
                "-o", "file_output.keep_alive=true", "-o", "http_output.enabled=true",
                "-o", f"http_output.url=http://localhost:{web.port}/", "-o", "outputs[0].type=syslog",
                "-o", f"outputs[0].address=unix://{sock}", "-o", "outputs[0].protocol=rfc5424",
                "-o", "webserver.enabled=true", "-o", f"webserver.listen_port={port}",
                "-o", "webserver.prometheus_metrics_enabled=true")
    for turn in (1, 2, 3):
        _grows(alerts)
        assert b"syscall event drop" in log.recv(65536)
        before = web.n
        _until(lambda: web.n > before, why="no alert came by HTTP")
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        for page in ("/healthz", "/versions"):
            c.request("GET", page)
            r = c.getresponse()
            assert r.status == 200 and r.read(), page
        if turn == 1:
            with open(rules, "a") as f:
                f.write(RULE.replace("Open F", "Open G").replace("/f", "/g"))
            s.wait_for("Reload 1 is in use: 2 rules")
        elif turn == 2:
            os.rename(alerts, alerts + ".1")
            s.send(signal.SIGUSR1)
    has(s.stop(), 0)


def files_are_for_their_owner_alone(place):
    alerts, pid = place.path("alerts"), place.path("pid")
    s = Running(*NOISE, "-P", pid, "-o", "file_output.enabled=true", "-o", f"file_output.filename={alerts}")
    _grows(alerts)
    assert os.stat(alerts).st_mode & 0o777 == 0o600
    s.stop()


def _program(place, *more):
    """The status and the descriptors of a program that takes alerts."""
    status, fds = place.path("status"), place.path("fds")
    s = Running(*NOISE, *more, "-o", "program_output.enabled=true", "-o",
                f"program_output.program=cat >/dev/null; cat /proc/self/status >{status}; ls /proc/self/fd >{fds}.new; "
                f"mv {fds}.new {fds}")
    _until(lambda: os.path.exists(fds))
    return s, _status(status), place.read("fds").split()


def programs_have_all_rights_unless_told_otherwise(place):
    need_root()
    mine = _status("/proc/self/status")
    s, t, fds = _program(place)
    assert t["CapEff"] == mine["CapEff"] and t["CapBnd"] == mine["CapBnd"] and t["NoNewPrivs"] == mine["NoNewPrivs"], t
    assert fds == ["0", "1", "2", "3"], f"3 is the directory itself: {fds}"
    _all_have(s, READ_SEARCH | KILL, no_new=0)
    has(s.stop(), 0, err="the programs that it starts have all rights (privileges.programs: full)")


def programs_with_reduced_rights_run_all_the_same(place):
    need_root()
    s, t, fds = _program(place, "-o", "privileges.programs=reduced")
    assert int(t["CapEff"], 16) == int(t["CapBnd"], 16) == READ_SEARCH, t
    assert (t["NoNewPrivs"], t["Seccomp"]) == ("1", "2"), t
    assert fds == ["0", "1", "2", "3"], fds
    _all_have(s, READ_SEARCH, READ_SEARCH)
    has(s.stop(), 0, err="system calls only those of Saker and usual programs")


def a_file_among_those_of_others_is_written_and_reopened(place):
    need_root()
    os.mkdir(place.path("theirs"))
    os.chown(place.path("theirs"), 65534, 65534)
    alerts = place.path("theirs/alerts")
    s = Running(*NOISE, "-o", "file_output.enabled=true", "-o", f"file_output.filename={alerts}",
                "-o", "file_output.keep_alive=true")
    _all_have(s, READ_SEARCH | DAC_OVERRIDE, READ_SEARCH | DAC_OVERRIDE)
    _grows(alerts)
    os.rename(alerts, alerts + ".1")
    s.send(signal.SIGUSR1)
    _grows(alerts)
    s.stop()


def a_low_port_keeps_the_right_to_it():
    need_root()
    for port in range(991, 1023):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                break
            except OSError:
                continue
    else:
        raise Skip("no low port is free")
    s = Running(*NOISE, "-o", "webserver.enabled=true", "-o", f"webserver.listen_port={port}")
    _all_have(s, READ_SEARCH | NET_BIND)
    has(s.stop(), 0)


def a_replay_records_with_what_is_left(place):
    data = scapfile.write(place.path("c.scap"), capture(*[openat(100, f"/etc/{i}", ts=i) for i in range(20)]))
    rule = RULE.replace("fd.name=/f", "fd.name startswith /etc") + "  capture: true\n"
    r = run("-r", place.file("r.yaml", rule), "-o", "engine.kind=replay", "-o", f"engine.replay.capture_file={data}",
            "-o", "capture.enabled=true", "-o", f"capture.path_prefix={place.path('rec')}")
    has(r, 0, "opened /etc/19", TOLD)
    made = [f for f in os.listdir(place.dir) if f.startswith("rec_")]
    assert len(made) == 1 and os.stat(place.path(made[0])).st_mode & 0o777 == 0o600, made


def who_is_not_root_runs_without_warnings(place):
    need_root()
    os.chmod(place.dir, 0o777)
    nobody = pwd.getpwnam("nobody")
    me = os.path.abspath(sys.argv[1])
    if os.system(f"setpriv --reuid={nobody.pw_uid} --regid={nobody.pw_gid} --clear-groups {me} --version "
                 ">/dev/null 2>&1"):
        raise Skip("nobody cannot run the program here")
    s = Running(*NOISE, "-o", "file_output.enabled=true", "-o", f"file_output.filename={place.path('alerts')}",
                prefix=["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"])
    _all_have(s, 0)
    _grows(place.path("alerts"))
    r = s.stop()
    has(r, 0, err="Privileges: keeps no capability;")
    assert "refuses" not in r.err, r


if __name__ == "__main__":
    main(sys.modules[__name__])
