#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Alerts per second to a pipe, a file and an HTTP server: a replay in which every event is an alert.

usage: outputs.py BUILD_FOLDER [ROUNDS]

The server is nginx on loopback, which answers each request with 200 (without nginx there is no such row). Time is that
of the whole run less that of a run with one alert: loading, the queue and the drain are in it. Each output is alone unless the row says otherwise.
Best of the rounds; also in BUILD_FOLDER/outputs.json.
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from common import write_table

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
import scapfile  # noqa: E402
from scapfile import capture, openat  # noqa: E402

RULES = """
- rule: Opened
  desc: d
  condition: evt.type=openat
  output: File below /etc opened (file=%fd.name process=%proc.name parent=%proc.pname user=%user.name number=%evt.num)
  priority: WARNING
"""


def nginx(folder):
    path = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    if not path:
        return None, None
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    with open(folder + "/nginx.conf", "w") as f:
        temp = "".join(f"{k}_temp_path {folder}/{k};" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        f.write(f"daemon off; pid {folder}/pid; error_log {folder}/err; worker_processes 1;\n"
                f"events {{}} http {{ access_log off; {temp} keepalive_requests 100000000;\n"
                f"server {{ listen 127.0.0.1:{port}; location / {{ return 200; }} }} }}\n")
    p = subprocess.Popen([path, "-c", folder + "/nginx.conf", "-e", folder + "/err"], stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return p, port
        except OSError:
            time.sleep(0.02)
    p.terminate()
    sys.exit("outputs: nginx does not start: " + open(folder + "/err").read())


def run(build, folder, n, options):
    args = [build + "/saker", "-c", folder + "/c.yaml", "-r", folder + "/r.yaml"]
    for o in ["engine.kind=replay", f"engine.replay.capture_file={folder}/{n}.scap", "output_timeout=600000", "json_output=true",
              *options]:
        args += ["-o", o]
    begin = time.monotonic()
    p = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    got = 0
    while piece := p.stdout.read1(1 << 20):
        got += piece.count(b"\n{") + piece.startswith(b"{")
    took = time.monotonic() - begin
    said = p.stderr.read().decode()
    p.stdout.close()
    p.stderr.close()
    if p.wait() or "alerts delivered" in said:  # said when some were not
        sys.exit("outputs: " + said)
    return took


def main():
    build, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    rows = []
    with tempfile.TemporaryDirectory(prefix="saker-bench-") as folder:
        with open(folder + "/r.yaml", "w") as f:
            f.write(RULES)
        with open(folder + "/c.yaml", "w") as f:
            f.write("log_stderr: true\nlog_syslog: false\nsyslog_output: {enabled: false}\n")
        server, port = nginx(folder)
        ways = [("stdout (a pipe)", 200000, ["stdout_output.enabled=true"]),
                ("stdout, buffered_outputs", 200000, ["stdout_output.enabled=true", "buffered_outputs=true"]),
                ("file, keep_alive", 200000, ["file_output.enabled=true", f"file_output.filename={folder}/log",
                                              "file_output.keep_alive=true"]),
                ("file, opened for each", 200000, ["file_output.enabled=true", f"file_output.filename={folder}/log"]),
                ("program, keep_alive", 200000, ["program_output.enabled=true", "program_output.keep_alive=true",
                                                 "program_output.program=cat >/dev/null"])]
        both = ["stdout_output.enabled=true", *ways[2][2]]
        spool = [*ways[2][2], "spool.enabled=true", f"spool.path={folder}/spool"]
        ways += [("stdout (a pipe) and file, keep_alive", 200000, both), ("file, keep_alive, through the spool", 60000, spool),
                 ("file, keep_alive, spool with fsync", 60000, [*spool, "spool.fsync=true"])]
        if port:
            http = ["http_output.enabled=true", f"http_output.url=http://127.0.0.1:{port}/"]
            ways += [("HTTP", 30000, http), ("HTTP, gzip", 30000, [*http, "http_output.content_encoding=gzip"])]
        try:
            for n in {1} | {n for _, n, _ in ways}:
                scapfile.write(f"{folder}/{n}.scap", capture(*[openat(100, f"/etc/file-{i}", ts=i) for i in range(n)]))
            for title, n, options in ways:
                base = min(run(build, folder, 1, options) for _ in range(3))
                took = min(run(build, folder, n, options) for _ in range(rounds)) - base
                rows.append({"output": title, "alerts": n, "per_second": round(n / took), "us": round(took / n * 1e6, 2)})
        finally:
            if server:
                server.terminate()
                server.wait()
    with open(build + "/outputs.json", "w") as f:
        json.dump(rows, f, indent=2)
    text = "| output | alerts/s | each |\n|---|---|---|\n" + "\n".join(
        f"| {r['output']} | {r['per_second']:,} | {r['us']:.1f} µs |" for r in rows)
    print("\n" + text)
    write_table("outputs", text)


if __name__ == "__main__":
    main()
