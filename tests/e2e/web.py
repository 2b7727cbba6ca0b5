#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The web server as probes, scrapers and bad clients see it. Without a driver, on loopback."""
import http.client
import json
import os
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import time
import warnings

from e2e import RULE, Running, Skip, has, main, run

NODRIVER = ["-o", "engine.kind=nodriver"]
READY = "Opening 'syscall' source with no driver"


def _port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _web(port, *more):
    return ["-o", "webserver.enabled=true", "-o", f"webserver.listen_port={port}", *NODRIVER, *more]


def _started(port, *more):
    s = Running(*_web(port, *more))
    s.wait_for(READY)
    return s


def _ask(port, path, method="GET", headers=None, context=None, address="127.0.0.1"):
    kind = http.client.HTTPSConnection if context else http.client.HTTPConnection
    more = {"context": context} if context else {}
    c = kind(address, port, timeout=20, **more)
    try:
        c.request(method, path, headers=headers or {})
        r = c.getresponse()
        return r.status, r.getheader("Content-Type"), r.read().decode()
    finally:
        c.close()


def _certificate(place):
    if not shutil.which("openssl"):
        raise Skip("openssl is not installed")
    subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-x509", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", place.path("key"), "-out", place.path("crt")],
                   check=True, capture_output=True)
    return place.file("both.pem", place.read("crt") + place.read("key"))


def health_and_versions_are_answered_as_probes_expect():
    port = _port()
    s = _started(port)
    assert _ask(port, "/healthz") == (200, "application/json", '{"status": "ok"}')
    assert _ask(port, "/healthz", "HEAD") == (200, "application/json", "")
    status, kind, body = _ask(port, "/versions")
    v = json.loads(body)
    assert status == 200 and kind == "application/json" and list(v) == sorted(v), body
    assert {"engine_version", "engine_version_semver", "falco_version", "plugin_versions"} <= set(v), v
    for path in ("/", "/metrics", "/healthz/", "/../etc/passwd"):
        assert _ask(port, path)[0] == 404, path
    assert _ask(port, "/healthz", "POST")[0] == 405
    r = s.stop()
    has(r, 0, err=[f"listening on 127.0.0.1:{port}\n", "Starting health webserver with threadiness "])
    assert r.err.index("Starting health webserver") < r.err.index("Loaded event sources"), r


def the_path_and_the_number_of_threads_are_configurable():
    port = _port()
    s = _started(port, "-o", "webserver.k8s_healthz_endpoint=/alive", "-o", "webserver.threadiness=3")
    assert _ask(port, "/alive")[0] == 200 and _ask(port, "/healthz")[0] == 404
    has(s.stop(), 0, err="with threadiness 3, listening on")


def an_address_that_others_reach_is_used_only_when_it_is_given():
    port = _port()
    s = _started(port, "-o", "webserver.listen_address=0.0.0.0")
    assert _ask(port, "/healthz")[0] == 200
    r = s.stop()
    has(r, 0, err=[f"listening on 0.0.0.0:{port}\n", "webserver.ssl_enabled is false: whoever reaches"])


def tls_serves_the_certificate_and_refuses_plain_clients(place):
    port, pem = _port(), _certificate(place)
    s = _started(port, "-o", "webserver.ssl_enabled=true", "-o", f"webserver.ssl_certificate={pem}")
    trust = ssl.create_default_context(cafile=place.path("crt"))
    assert _ask(port, "/healthz", context=trust) == (200, "application/json", '{"status": "ok"}')
    try:
        _ask(port, "/healthz")
        raise AssertionError("a plain client was answered")
    except (http.client.HTTPException, OSError):
        pass
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    warnings.simplefilter("ignore", DeprecationWarning)
    try:
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        _ask(port, "/healthz", context=old)
        raise AssertionError("TLS 1.1 was spoken")
    except (OSError, ValueError):
        pass
    has(s.stop(), 0, err=f"listening on 127.0.0.1:{port} (SSL)\n")


def a_bad_certificate_and_a_busy_port_end_the_start(place):
    bad = place.file("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for pem in (bad, "/no/such.pem"):
        r = run(*_web(_port()), "-o", "webserver.ssl_enabled=true", "-o", f"webserver.ssl_certificate={pem}")
        has(r, 1, err=["Runtime error: invalid webserver configuration. Exiting.\n", f"'{pem}'"])
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        r = run(*_web(s.getsockname()[1]))
    has(r, 1, err=["Runtime error: an error occurred while starting webserver. Exiting.\n", "Address already in use"])
    has(run(*_web(_port()), "-o", "webserver.listen_address=localhost"), 1,
        err='webserver listen address "localhost" is not a valid IP address')


def a_unix_socket_works_like_an_address(place):
    path = place.path("web.sock")
    s = _started(1, "-o", f"webserver.listen_address=unix://{path}")
    assert os.stat(path).st_mode & 0o777 == 0o600
    with socket.socket(socket.AF_UNIX) as c:
        c.connect(path)
        c.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        text = b""
        while more := c.recv(4096):
            text += more
    assert text.endswith(b'\r\n\r\n{"status": "ok"}'), text
    has(s.stop(), 0, err=f"listening on unix://{path}\n")
    assert not os.path.exists(path)


def neither_replays_nor_dry_runs_serve():
    port = _port()
    r = run("--dry-run", *_web(port), "-o", "log_level=debug")
    has(r, 0, err=["Skipping starting webserver in dry-run\n", "Skipping stopping webserver in dry-run\n"])
    assert "Starting health webserver" not in r.err, r


def a_post_to_reload_does_what_hup_does(place):
    port, rules = _port(), place.file("r.yaml", RULE)
    s = _started(port, "-r", rules, "-o", "watch_config_files=false")
    place.file("r.yaml", "- rule: [")
    assert _ask(port, "/reload", "POST", {"Origin": "http://example.com"})[0] == 403
    status, kind, body = _ask(port, "/reload", "POST")
    assert status == 422 and kind == "application/json" and json.loads(body)["status"] == "failed", body
    s.wait_for("Falco internal: hot restart failure: ")
    assert _ask(port, "/healthz")[0] == 200
    place.file("r.yaml", RULE)
    assert _ask(port, "/reload", "POST") == (200, "application/json", '{"status": "ok"}')
    has(s.stop(), 0, err="Reload 1 is in use")


def a_thousand_connections_hurt_nobody():
    port = _port()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1200:
        raise Skip("the limit of open files is too low")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    s = _started(port)
    before = len(os.listdir(f"/proc/{s.p.pid}/fd"))
    clients = []
    try:
        for i in range(1000):
            c = socket.create_connection(("127.0.0.1", port), timeout=20)
            clients.append(c)
            if i % 100 == 0:
                assert _ask(port, "/healthz")[0] == 200
        assert _ask(port, "/healthz") == (200, "application/json", '{"status": "ok"}')
        assert len(os.listdir(f"/proc/{s.p.pid}/fd")) < before + 300
    finally:
        for c in clients:
            c.close()
    end = time.monotonic() + 20
    while len(os.listdir(f"/proc/{s.p.pid}/fd")) > before + 2:
        assert time.monotonic() < end, "connections stay"
        time.sleep(0.05)
    has(s.stop(), 0)


def a_request_fed_byte_by_byte_ends_in_time_and_others_are_answered():
    port = _port()
    s = _started(port)
    slow = socket.create_connection(("127.0.0.1", port), timeout=20)
    slow.setblocking(False)
    begin, gone = time.monotonic(), False
    while not gone and time.monotonic() < begin + 30:
        try:
            slow.send(b"G")
            gone = slow.recv(1) == b""
        except BlockingIOError:
            pass
        except OSError:
            gone = True
        assert _ask(port, "/healthz")[0] == 200
        time.sleep(0.5)
    assert gone and time.monotonic() - begin < 20
    slow.close()
    has(s.stop(), 0)


if __name__ == "__main__":
    main(sys.modules[__name__])
