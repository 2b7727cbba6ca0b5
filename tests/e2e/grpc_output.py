#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The gRPC services, asked by clients in another language. Alerts come from a capture that the test writes while it
goes: each has a number, so that what arrived can be counted."""
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import grpcclient
from e2e import Running, Skip, has, main
from grpcclient import Client
from scapfile import block, capture, openat

RULES = """
- rule: Numbered
  desc: d
  condition: evt.type=openat
  output: id=%evt.num file=%fd.name missing=%proc.aname[5]
  priority: WARNING
  tags: [one, two]
"""

CONF = "{stdout_output: {enabled: true}, log_stderr: true}\n"
# Readers of captures read ahead: with a block behind it that nobody knows, what is in front is looked at.
PUSH = block(0x7FFF0001, b"\0" * (600 << 10))


class Server:
    """Saker on a pipe: events are read as they are written."""

    def __init__(self, place, *options, address=None):
        self.place = place
        self.stubs = place.path("stubs")
        if not os.path.isdir(self.stubs):
            os.mkdir(self.stubs)
            grpcclient.make_stubs(self.stubs)
        self.path = place.path("s/falco.sock")
        self.address = address or "unix:" + self.path
        pipe = place.path("events")
        if not os.path.exists(pipe):
            os.mkfifo(pipe)
        self.s = Running("-c", place.file("c.yaml", CONF), "-r",
                         place.file("r.yaml", RULES), "-U", "-o", "engine.kind=replay", "-o",
                         "engine.replay.capture_file=" + pipe, "-o", "grpc.enabled=true", "-o",
                         "grpc.bind_address=" + (address or "unix://" + self.path), *options)
        self.n = 0
        self.pipe = open(pipe, "wb")
        self.pipe.write(capture() + PUSH)
        self.pipe.flush()

    def client(self, tls=None):
        return Client(self.stubs, self.address, tls)

    def alerts(self, n):
        """That many more; returns when they are on their way to the outputs."""
        self.pipe.write(b"".join(openat(100, f"/f{self.n + i}", ts=self.n + i) for i in range(n)) + PUSH)
        self.pipe.flush()
        self.n += n
        _until(lambda: self.s.text(self.s.out).count("id=") >= self.n)

    def stop(self):
        self.pipe.close()
        return self.s.stop(signal.SIGCONT)  # it ends with the capture


def _until(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def _ids(alerts):
    return [int(re.search(r"id=(\d+)", a.output).group(1)) for a in alerts]


def _fetch(client, n):
    """That many alerts, by as many calls as it takes."""
    got, end = [], time.monotonic() + 60
    while len(got) < n and time.monotonic() < end:
        got += client.get()
    return got


def _collect(call, to):
    """In a thread; ends with the call, whose status stands last in `to.status`."""
    import grpc

    def run():
        try:
            for a in call:
                to.append(a)
        except grpc.RpcError as e:
            to.status = e.code()
    t = threading.Thread(target=run, daemon=True)
    t.start()
    return t


class Heap(list):
    status = None


def _code(call):
    """The status of a call that must fail."""
    import grpc
    try:
        list(call) if hasattr(call, "__iter__") else call()
    except grpc.RpcError as e:
        return e.code()
    raise AssertionError("the call did not fail")


def the_version_and_what_waits_are_fetched_over_a_socket_of_its_owner(place):
    s = Server(place)
    c = s.client()
    v = c.version()
    assert re.fullmatch(r"0\.\d+\.\d+", v.version) and f"{v.major}.{v.minor}.{v.patch}" == v.version, v
    assert f"{v.engine_major}.{v.engine_minor}.{v.engine_patch}" == v.engine_version, v
    assert re.fullmatch(r"[0-9a-f]{64}", v.engine_fields_checksum), v
    assert os.stat(s.path).st_mode & 0o777 == 0o600
    assert c.get() == []
    s.alerts(100)
    got = _fetch(c, 100)
    assert _ids(got) == list(range(1, 101)), got
    a = got[0]
    assert (a.priority, a.source_deprecated, a.source, a.rule) == (4, 0, "syscall", "Numbered"), a
    assert (a.time.seconds, a.time.nanos) == (1700000000, 0) and list(a.tags) == ["one", "two"], a
    assert dict(a.output_fields) == {"evt.num": "1", "fd.name": "/f0", "proc.aname[5]": "<NA>"}, a
    assert a.output == "22:13:20.000000000: Warning id=1 file=/f0 missing=<NA>" and a.hostname, a
    assert c.get() == []
    r = s.stop()
    has(r, 0, err=["gRPC server threadiness equals to ", "Starting gRPC server at unix://" + s.path,
                   "Shutting down gRPC server. Waiting until external connections are closed by clients",
                   "Shutting down gRPC server complete"])
    assert not os.path.exists(s.path) and os.listdir(place.path("s")) == [], r
    assert "lost" not in r.err, r


def the_output_is_the_line_of_other_outputs_also_as_json(place):
    s = Server(place, "-o", "json_output=true", "-o", "json_include_output_fields_property=false")
    s.alerts(2)
    got = _fetch(s.client(), 2)
    lines = [x for x in s.stop().out.splitlines() if x.startswith("{")]
    assert [a.output for a in got] == lines and dict(got[1].output_fields)["fd.name"] == "/f1", got


def a_client_that_asks_once_and_one_that_keeps_asking_are_both_served(place):
    s = Server(place)
    more, asked = threading.Event(), []

    def asking(c):
        while not more.wait(0.05):
            asked.append(1)
            yield c.request()
    for requests in (None, asking):
        c, heap = s.client(), Heap()
        call = c.sub(requests and requests(c))
        t = _collect(call, heap)
        before = s.n
        for _ in range(5):
            s.alerts(20)
            _until(lambda: len(heap) == s.n - before)
        assert _ids(heap) == list(range(before + 1, s.n + 1))
        if requests:
            more.set()  # it has said all: the call ends as in Falco
            t.join(20)
            assert not t.is_alive() and heap.status is None and len(asked) > 1, heap.status
        else:
            time.sleep(3.5)  # until what it was sent counts as received
            call.cancel()
        c.close()
    has(s.stop(), 0)


def fifty_clients_share_the_alerts_and_nothing_is_lost_or_doubled(place):
    s = Server(place)
    clients = [s.client() for _ in range(50)]
    heaps = [Heap() for _ in clients]
    threads = [_collect(c.sub(), h) for c, h in zip(clients, heaps)]
    while not all(heaps) and s.n < 20000:  # until each has come
        s.alerts(100)
        _until(lambda: sum(map(len, heaps)) == s.n)
    for _ in range(20):
        s.alerts(100)
    r = s.stop()  # the end gives everybody what waits, and ends the calls
    for t in threads:
        t.join(20)
    has(r, 0)
    assert sorted(i for h in heaps for i in _ids(h)) == list(range(1, s.n + 1)), ([len(h) for h in heaps], r)
    assert all(_ids(h) == sorted(_ids(h)) for h in heaps), [len(h) for h in heaps]
    # On a busy machine the connection may be closed before a client has read how its call ended.
    ends = [h.status for h in heaps if h.status is not None]
    assert all(e.name == "UNAVAILABLE" for e in ends) and len(ends) < 5, ends
    assert sum(len(h) > 5 for h in heaps) > 25, [len(h) for h in heaps]


def what_a_killed_client_had_not_read_goes_to_the_next(place):
    s = Server(place)
    heard = set()
    for round_ in range(3):
        p = subprocess.Popen([sys.executable, grpcclient.__file__, s.stubs, s.address], stdout=subprocess.PIPE, text=True)
        s.alerts(200)
        for _ in range(50):
            heard.add(int(re.search(r"id=(\d+)", p.stdout.readline()).group(1)))
        p.kill()
        p.wait()
        p.stdout.close()
        s.alerts(200)
    time.sleep(0.5)
    rest = _ids(s.client().get())
    assert rest == sorted(rest), "out of order"
    assert heard | set(rest) == set(range(1, s.n + 1)), sorted(set(range(1, s.n + 1)) - heard - set(rest))
    has(s.stop(), 0)


def a_client_that_reads_nothing_holds_up_nobody(place):
    s = Server(place)
    lazy = s.client().sub()
    s.alerts(3000)
    other, heap = s.client(), Heap()
    t = _collect(other.sub(), heap)
    s.alerts(3000)
    _until(lambda: len(heap) >= 1000)
    lazy.cancel()
    has(s.stop(), 0)
    t.join(20)
    ids = _ids(heap)
    assert len(ids) == len({*ids}), ids


def nobody_reads_and_memory_does_not_grow(place):
    s = Server(place, "-o", "grpc_output.queue_capacity=100")
    s.alerts(1000)
    _until(lambda: "the alert is lost for this output" in s.s.text(s.s.err))
    time.sleep(0.2)
    assert _ids(s.client().get()) == list(range(1, 101))
    s.alerts(1)
    assert _ids(_fetch(s.client(), 1)) == [1001]
    r = s.stop()
    has(r, 0, err=["grpc: No buffer space available: the alert is lost for this output",
                   "works again; 900 alerts were lost", "grpc: 101 alerts delivered, 900 lost, 0 dropped"])


def _spool(place, max_mb=64):
    return ["-o", "spool.enabled=true", "-o", "spool.path=" + place.path("spool"), "-o", f"spool.max_mb={max_mb}"]


def _files(alerts):
    return [re.search(r"file=(\S+)", a.output).group(1) for a in alerts]


def with_a_spool_a_crash_and_an_end_lose_nothing_that_no_client_has(place):
    s = Server(place, *_spool(place))
    s.alerts(300)
    time.sleep(0.5)  # until the spool has saved what it thinks of the outputs
    s.s.stop(signal.SIGKILL)
    s.pipe.close()
    s = Server(place, *_spool(place))
    c = s.client()
    got = _fetch(c, 300)
    assert _files(got) == [f"/f{i}" for i in range(300)], got
    s.alerts(200)
    assert _files(_fetch(c, 200)) == [f"/f{i}" for i in range(200)]
    s.alerts(100)  # nobody fetches these
    r = s.stop()
    has(r, 0, err=["grpc: 300 alerts of earlier runs are in the spool; 0 were shed so far",
                   "grpc: 500 alerts delivered, 0 lost, 0 dropped, 0 shed, 100 stay in the spool"])
    assert "fetched by nobody" not in r.err, r
    s = Server(place, *_spool(place))
    assert _files(_fetch(s.client(), 100)) == [f"/f{i}" for i in range(200, 300)]
    s.alerts(1)
    assert _files(_fetch(s.client(), 1)) == ["/f0"]
    r = s.stop()
    has(r, 0, err=["grpc: 100 alerts of earlier runs are in the spool; 0 were shed so far"])
    assert "stay in the spool" not in r.err, r


def with_a_spool_a_crash_repeats_no_more_than_the_last_seconds(place):
    s = Server(place, *_spool(place))
    heap, c = Heap(), s.client()
    t = _collect(c.sub(), heap)
    s.alerts(100)
    _until(lambda: len(heap) == 100)
    time.sleep(5)  # they count as received after 2 seconds, and are looked after each second
    s.alerts(100)
    _until(lambda: len(heap) == 200)
    s.s.stop(signal.SIGKILL)
    t.join(20)
    s.pipe.close()
    s = Server(place, *_spool(place))
    got = _files(_fetch(s.client(), 100))
    assert got == [f"/f{i}" for i in range(100, 200)], got
    s.alerts(1)
    has(s.stop(), 0)


def a_reload_puts_another_server_at_the_same_address(place):
    """The one that runs is closed first; what nobody has fetched from it stays in the spool."""
    s = Server(place, *_spool(place, max_mb=16))
    s.alerts(20)
    os.rename(place.file("c.new", CONF.replace("}\n", ", grpc_output: {queue_capacity: 77}}\n")), place.path("c.yaml"))
    while "Reload 1 is in use" not in s.s.text(s.s.err):
        s.alerts(1100)  # a pipe holds up whoever reads it: between two batches the reload is taken
        time.sleep(0.05)
    s.alerts(20)
    got = _fetch(s.client(), s.n)
    has(s.stop(), 0)
    assert _ids(got) == list(range(1, s.n + 1)), _ids(got)


def with_a_spool_and_no_client_the_oldest_are_shed_and_counted(place):
    s = Server(place, *_spool(place, max_mb=1))
    for _ in range(50):  # a pipe that falls behind would lose its share of so small a spool, too
        s.alerts(200)
    s.s.wait_for("the spool is full (1 MiB)")
    heap, c = Heap(), s.client()
    t = _collect(c.sub(), heap)
    _until(lambda: len(heap) > 100 and _files(heap[-1:]) == ["/f9999"])
    r = s.stop()
    t.join(20)
    has(r, 0)
    shed = sum(map(int, re.findall(r"grpc: (\d+) Warning", r.err)))
    ids = _ids(heap)
    assert shed > 1000 and ids == sorted({*ids}) and len(ids) == 10000 - shed, (shed, len(ids), r)
    assert ids[0] == 1, "what the server had is not shed"


def _certificates(place, name, clients=("client",)):
    """An authority of that name, a server's certificate for localhost, and those of clients."""
    if not shutil.which("openssl"):
        raise Skip("openssl is not installed")

    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, capture_output=True)
    p = lambda what: place.path(f"{name}-{what}")  # noqa: E731
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", p("ca.key"),
            "-out", p("ca.crt"))
    for who in ("server", *clients):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={who}", "-keyout", p(who + ".key"), "-out",
                p(who + ".csr"))
        ext = place.file("ext", "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl("x509", "-req", "-in", p(who + ".csr"), "-CA", p("ca.crt"), "-CAkey", p("ca.key"), "-CAcreateserial",
                "-days", "2", "-extfile", ext, "-out", p(who + ".crt"))
    read = lambda what: open(p(what), "rb").read()  # noqa: E731
    return read("ca.crt"), read("client.key"), read("client.crt")


def _port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _tls(place, port):
    return [x for key, name in (("private_key", "server.key"), ("cert_chain", "server.crt"), ("root_certs", "ca.crt"))
            for x in ("-o", f"grpc.{key}={place.path('used-' + name)}")]


def _use(place, name):
    for what in ("server.key", "server.crt", "ca.crt"):
        shutil.copy(place.path(f"{name}-{what}"), place.path(f"used-{what}"))


def over_tcp_both_sides_show_certificates(place):
    import grpc
    good, other = _certificates(place, "good"), _certificates(place, "other")
    _use(place, "good")
    port = _port()
    s = Server(place, *_tls(place, port), address=f"localhost:{port}")
    s.alerts(10)
    c = s.client(good)
    assert c.version().minor > 40
    assert _ids(_fetch(c, 10)) == list(range(1, 11))
    heap = Heap()
    t = _collect(c.sub(), heap)
    down = grpc.StatusCode.UNAVAILABLE
    for tls in ((good[0], None, None),         # shows no certificate
                (good[0], other[1], other[2]), # one of a stranger's authority
                (other[0], good[1], good[2]),  # does not trust the server
                None):                         # speaks no TLS
        assert _code(s.client(tls).version) == down
        assert _code(s.client(tls).get) == down
    s.alerts(10)
    _until(lambda: len(heap) == 10)
    has(s.stop(), 0)
    t.join(20)


def certificates_are_read_anew_when_outputs_are_reopened(place):
    import grpc
    good, other = _certificates(place, "good"), _certificates(place, "other")
    _use(place, "good")
    port = _port()
    first = Server(place)  # for its files
    first.stop()
    s = Running("-c", place.path("c.yaml"), "-r", place.path("r.yaml"), "-o", "engine.kind=nodriver", "-o",
                "grpc.enabled=true", "-o", "grpc_output.enabled=false", "-o", f"grpc.bind_address=localhost:{port}",
                *_tls(place, port))
    s.wait_for("Opening 'syscall' source with no driver")
    client = lambda tls: Client(first.stubs, f"localhost:{port}", tls)  # noqa: E731
    there = client(good)
    assert there.version().minor > 40
    _use(place, "other")
    s.send(signal.SIGUSR1)
    s.wait_for("SIGUSR1 received, reopening outputs...")
    _until(lambda: _works(client(other)))
    assert _code(client(good).version) == grpc.StatusCode.UNAVAILABLE
    assert there.version().minor > 40  # who was there stays
    place.file("used-server.crt", "nonsense")
    s.send(signal.SIGUSR1)
    s.wait_for("is no PEM file")
    assert _works(client(other))
    has(s.stop(), 0)


def _works(client):
    import grpc
    try:
        return client.version().minor > 40
    except grpc.RpcError:
        return False


def what_is_no_request_harms_nobody(place):
    import grpc
    s = Server(place)
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    frames = [b"", b"\0" * 9, b"\xff" * 100, b"\0\0\x04\x01\x05\0\0\0\x01\xff\xff\xff\xff", b"\0\0\0\x04\0\0\0\0\0" * 1000,
              b"\0\x40\0\x00\x01\0\0\0\x01" + b"x" * 16384, b"\0\0\x08\x06\0\0\0\0\0abcdefgh" * 5000]
    for data in [b"GET / HTTP/1.1\r\n\r\n", os.urandom(4096), b"\0" * 4096] + [preface + f for f in frames]:
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(s.path)
            raw.settimeout(2)
            try:
                raw.sendall(data)
                raw.recv(1 << 16)
            except OSError:
                pass
    c = s.client()
    for method, data, want in (("/falco.outputs.service/put", b"", grpc.StatusCode.UNIMPLEMENTED),
                               ("/falco.outputs.service/get", b"\xff", grpc.StatusCode.INTERNAL),
                               ("/falco.version.service/version", b"\xff", grpc.StatusCode.INTERNAL),
                               ("/falco.outputs.service/get", b"\x0a" * 100000, grpc.StatusCode.RESOURCE_EXHAUSTED)):
        assert _code(c.channel.unary_stream(method)(data, timeout=20)) == want, method
    assert _code(c.channel.stream_stream("/falco.outputs.service/sub")(iter([b"\xff"]), timeout=20)) == \
        grpc.StatusCode.INTERNAL
    s.alerts(3)
    assert _ids(_fetch(c, 3)) == [1, 2, 3]
    has(s.stop(), 0)


def connections_that_say_nothing_do_not_keep_others_out(place):
    s = Server(place)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 1200:
        raise Skip("too few descriptors allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    idle = [socket.socket(socket.AF_UNIX) for _ in range(500)]
    for x in idle:
        x.connect(s.path)
    assert s.client().version().minor > 40
    s.alerts(1)
    assert _ids(_fetch(s.client(), 1)) == [1]
    r = s.stop()
    has(r, 0)
    for x in idle:
        x.close()


def a_server_that_cannot_start_is_told_and_the_rest_runs(place):
    first = Server(place)
    for options, said in ((["-o", "grpc.bind_address=unix://rel"], "write the whole path"),
                          (["-o", "grpc.bind_address=0.0.0.0"], "is neither unix:///PATH nor HOST:PORT"),
                          (["-o", "grpc.bind_address=127.0.0.1:5060", "-o", "grpc.private_key=/no/key"],
                           "grpc.private_key: cannot read '/no/key': No such file or directory"),
                          (["-o", "grpc.bind_address=unix://" + first.path], "somebody listens on")):
        s = Running("-c", place.path("c.yaml"), "-r", place.path("r.yaml"), "-o", "engine.kind=nodriver", "-o",
                    "grpc.enabled=true", *options)
        s.wait_for("Opening 'syscall' source with no driver")
        has(s.stop(), 0, err=["Error starting gRPC server", "Failed to init output: grpc: ", said])
    first.alerts(1)
    assert _ids(_fetch(first.client(), 1)) == [1]
    has(first.stop(), 0)


def the_version_is_told_without_the_output(place):
    s = Server(place, "-o", "grpc_output.enabled=false")
    assert s.client().version().minor > 40
    s.alerts(3)
    assert s.client().get() == []
    r = s.stop()
    has(r, 0)
    assert "fetched by nobody" not in r.err, r


if __name__ == "__main__":
    _python = grpcclient.python()
    if not _python:
        print("skipped: neither this Python nor the system's has grpc and grpc_tools")
        sys.exit(77)
    if _python != sys.executable:
        os.execv(_python, [_python, *sys.argv])
    main(sys.modules[__name__])
