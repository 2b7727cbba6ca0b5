#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every output with the real thing behind it: nginx with TLS and client certificates, rsyslogd, programs, files."""
import gzip
import json
import os
import socket
import sys

from e2e import Skip, has, main, run
from servers import Daemon, Http, Stream, certificates, free_port, kill, need, until


def _ids(bodies):
    return [json.loads(b)["output_fields"]["evt.num"] for b in bodies]


def _done(s, n, seconds=60):
    r = s.end(seconds)
    has(r, 0, f"Events detected: {n}\n")
    assert "still blocked" not in r.err and "alerts delivered" not in r.err, r
    return r


def alerts_arrive_by_http_exactly_and_in_order(place):
    with Http() as h:
        s = Stream(place, "http_output.enabled=true", f"http_output.url={h.url}", "http_output.headers[0]=X-Env: test")
        s.alerts(300)
        until(lambda: len(h.bodies) == 300)
        _done(s, 300)
        assert _ids(h.bodies) == list(range(1, 301))
        assert h.heads[0]["content-type"] == "application/json" and h.heads[0]["x-env"] == "test", h.heads[0]
        assert h.heads[0]["user-agent"] == "falcosecurity/falco" and not h.bodies[0].endswith(b"\n")


def bodies_are_compressed_and_answers_echoed(place):
    with Http() as h:
        s = Stream(place, "http_output.enabled=true", f"http_output.url={h.url}", "http_output.content_encoding=gzip",
                   "http_output.echo=true", "stdout_output.enabled=true")
        s.alerts(100)
        until(lambda: len(h.bodies) == 100)
        r = _done(s, 100)
        assert h.heads[0]["content-encoding"] == "gzip"
        assert _ids(map(gzip.decompress, h.bodies)) == list(range(1, 101))
        lines = r.out.splitlines()
        assert lines.count("ok") == 100 and len([x for x in lines if x.startswith("{")]) == 100, r


def _nginx(place, path, upstream):
    nginx = need("nginx")
    port = free_port()
    conf = place.file("nginx.conf", f"""
daemon off; pid {place.path('nginx.pid')}; error_log {place.path('nginx.err')}; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {place.path('body')}; proxy_temp_path {place.path('proxy')};
  fastcgi_temp_path {place.path('f')}; uwsgi_temp_path {place.path('u')}; scgi_temp_path {place.path('s')};
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {path('server.crt')}; ssl_certificate_key {path('server.key')};
    ssl_client_certificate {path('ca.crt')}; ssl_verify_client on;
    location / {{ proxy_pass {upstream}; proxy_set_header X-Client $ssl_client_s_dn; }}
  }}
}}
""")
    return Daemon(nginx, "-c", conf, "-e", place.path("nginx.err")), port


def nginx_with_client_certificates_takes_alerts(place):
    path = certificates(place)
    with Http() as h:
        daemon, port = _nginx(place, path, h.url)
        with daemon.wait_port(port):
            s = Stream(place, "http_output.enabled=true", f"http_output.url=https://127.0.0.1:{port}/in",
                       f"http_output.ca_cert={path('ca.crt')}", "http_output.mtls=true",
                       f"http_output.client_cert={path('client.crt')}", f"http_output.client_key={path('client.key')}")
            s.alerts(50)
            until(lambda: len(h.bodies) == 50, why=s.log)
            _done(s, 50)
            assert _ids(h.bodies) == list(range(1, 51)) and h.heads[0]["x-client"] == "CN=client", h.heads[0]


def who_is_not_trusted_gets_nothing_and_the_log_says_why(place):
    path = certificates(place)
    with Http() as h:
        daemon, port = _nginx(place, path, h.url)
        with daemon.wait_port(port):
            common = ["http_output.enabled=true", f"http_output.url=https://127.0.0.1:{port}/in"]
            s = Stream(place, *common, f"http_output.ca_cert={path('other.crt')}", timeout_ms=1000)
            s.alerts(1).wait_filed()
            until(lambda: "SSL certificate problem" in s.log(), why=s.log)
            r = s.end()
            has(r, 0, err=["http: libcurl failed to perform call: SSL peer certificate", "it is tried again"])
            os.unlink(s.fifo)
            s = Stream(place, *common, f"http_output.ca_cert={path('ca.crt')}", timeout_ms=1000)
            s.alerts(1).wait_filed(20)
            until(lambda: "answered with status 400: it refuses the alert" in s.log(), why=s.log)  # no client certificate
            has(s.end(), 0)
            assert not h.bodies


def a_server_that_is_back_gets_what_waited(place):
    port = free_port()
    s = Stream(place, "http_output.enabled=true", f"http_output.url=http://127.0.0.1:{port}/")
    try:
        s.alerts(20).wait_filed()
        until(lambda: "Couldn't connect to server" in s.log())
        with Http(port=port) as h:
            s.alerts(5)
            until(lambda: len(h.bodies) == 25, why=s.log)
            r = _done(s, 25)
            assert _ids(h.bodies) == list(range(1, 26))
            assert "http: works again after " in r.err and "; nothing was lost" in r.err, r
    finally:
        kill(s)


def _rsyslog(place, path=None):
    """unix, udp and tcp, and tls with certificates. Returns the daemon and its ports."""
    rsyslogd = need("rsyslogd")
    udp, tcp, tls = free_port(socket.SOCK_DGRAM), free_port(), free_port()
    secure = ""
    if path:
        if not os.path.exists("/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_ossl.so"):
            raise Skip("rsyslog-openssl is not installed")
        secure = f"""
input(type="imtcp" port="{tls}" address="127.0.0.1" streamDriver.name="ossl" streamDriver.mode="1"
  streamDriver.authMode="x509/certvalid")"""
    conf = place.file("rsyslog.conf", f"""
global(workDirectory="{place.dir}" {f'defaultNetstreamDriverCAFile="{path("ca.crt")}" defaultNetstreamDriverCertFile="{path("server.crt")}" defaultNetstreamDriverKeyFile="{path("server.key")}" defaultNetstreamDriver="ossl"' if path else ''})
module(load="imuxsock" sysSock.use="off")
module(load="imudp")
module(load="imtcp" {'streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="x509/certvalid"' if path else ''})
input(type="imuxsock" socket="{place.path('log.sock')}" createPath="off" usePIDFromSystem="off")
input(type="imudp" port="{udp}" address="127.0.0.1")
{f'input(type="imtcp" port="{tcp}" address="127.0.0.1")' if not path else ''}{secure}
template(name="t" type="string" string="%protocol-version%|%syslogfacility-text%.%syslogseverity-text%|%app-name%|%structured-data%|%msg%\\n")
action(type="omfile" file="{place.path('messages')}" template="t" asyncWriting="off" flushOnTXEnd="on")
""")
    d = Daemon(rsyslogd, "-n", "-f", conf, "-i", place.path("rsyslog.pid"))
    until(lambda: os.path.exists(place.path("log.sock")) or d.p.poll() is not None)
    assert d.p.poll() is None, d.p.stderr.read()
    return d, udp, tls if path else tcp


def _messages(place):
    try:
        with open(place.path("messages"), encoding="utf-8") as f:
            return f.read().splitlines()
    except OSError:
        return []


def _to_rsyslog(place, address, *options, n=50, expect):
    s = Stream(place, "syslog_output.enabled=true", f"syslog_output.address={address}", *options)
    s.alerts(n)
    until(lambda: len(_messages(place)) >= n, why=lambda: f"{len(_messages(place))} of {n}\n{s.log()}")
    _done(s, n)
    lines = _messages(place)
    assert len(lines) == n, len(lines)
    for i, line in enumerate(lines):
        assert line.startswith(expect(i + 1)), line
        assert json.loads(line.split("|", 4)[4].strip().lstrip("\ufeff"))["output_fields"]["evt.num"] == i + 1, line


def rsyslog_takes_rfc3164_on_its_socket(place):
    d, _, _ = _rsyslog(place)
    with d:
        _to_rsyslog(place, f"unix://{place.path('log.sock')}", "syslog_output.app_name=falco",
                    expect=lambda i: "0|user.warning|falco|-|")


def rsyslog_takes_rfc5424_over_udp_and_tcp(place):
    d, udp, tcp = _rsyslog(place)
    with d.wait_port(tcp):
        for address in (f"udp://127.0.0.1:{udp}", f"tcp://127.0.0.1:{tcp}"):
            _to_rsyslog(place, address, "syslog_output.protocol=rfc5424", "syslog_output.facility=local3",
                        expect=lambda i: f'1|local3.warning|saker|[saker@32473 id="{i}" rule="Opened" priority="Warning"]|')
            os.unlink(place.path("messages"))
            os.unlink(place.path("capture"))
            d.p.send_signal(1)  # opens its file again
            until(lambda: True)


def rsyslog_takes_rfc5424_over_tls_with_client_certificates(place):
    path = certificates(place)
    d, _, tls = _rsyslog(place, path)
    with d.wait_port(tls):
        _to_rsyslog(place, f"tls://127.0.0.1:{tls}", "syslog_output.protocol=rfc5424",
                    f"syslog_output.ca_cert={path('ca.crt')}", f"syslog_output.client_cert={path('client.crt')}",
                    f"syslog_output.client_key={path('client.key')}", expect=lambda i: f'1|user.warning|saker|[saker@32473 id="{i}"')


def rsyslog_that_is_restarted_gets_every_alert(place):
    d, _, tcp = _rsyslog(place)
    d.wait_port(tcp)
    s = Stream(place, "syslog_output.enabled=true", f"syslog_output.address=tcp://127.0.0.1:{tcp}")
    try:
        s.alerts(20)
        until(lambda: len(_messages(place)) == 20, why=s.log)
        with open(place.path("rsyslog.conf")) as f:
            conf = f.read()
        d.stop()
        s.alerts(20).wait_filed()
        place.file("rsyslog.conf", conf)
        d = Daemon(need("rsyslogd"), "-n", "-f", place.path("rsyslog.conf"), "-i", place.path("rsyslog.pid"))
        until(lambda: len(_messages(place)) >= 40, why=s.log)
        _done(s, 40)
    finally:
        kill(s)
        d.stop()


def a_program_takes_all_alerts_or_one_a_run(place):
    for keep_alive in ("true", "false"):
        out = place.path("program-" + keep_alive)
        s = Stream(place, "program_output.enabled=true", f"program_output.keep_alive={keep_alive}",
                   f"program_output.program=echo start >>{out}; cat >>{out}")
        s.alerts(20)
        _done(s, 20)
        with open(out) as f:
            lines = f.read().splitlines()
        assert lines.count("start") == (1 if keep_alive == "true" else 20), lines
        assert _ids([x for x in lines if x != "start"]) == list(range(1, 21))
        os.unlink(s.fifo)


def a_program_inherits_nothing_and_its_errors_are_logged(place):
    out = place.path("fds")
    s = Stream(place, "program_output.enabled=true", "program_output.keep_alive=true",
               f"program_output.program=ls -l /proc/self/fd | grep -v ' /proc/' >{out}; echo oops >&2; cat >/dev/null")
    s.alerts(5)
    r = _done(s, 5)
    assert "program: oops\n" in r.err, r
    with open(out) as f:
        fds = [line.split()[-3] for line in f.read().splitlines() if "->" in line]
    assert fds == ["0", "1", "2"], fds


def files_are_rotated_while_alerts_come(place):
    s = Stream(place, "file_output.keep_alive=true", "file_output.max_size_mb=1", "file_output.keep=3")
    s.alerts(3000, "x" * 600)
    has(s.end(), 0, "Events detected: 3000\n")
    ids = []
    for name in (".3", ".2", ".1", ""):
        if os.path.exists(s.file + name):
            assert os.path.getsize(s.file + name) <= 1 << 20
            with open(s.file + name) as f:
                ids += _ids(f)
    assert os.path.exists(s.file + ".2") and ids == list(range(ids[0], 3001)), (ids[0], len(ids))


def values_that_can_never_work_are_errors_of_the_configuration():
    for option, text in (("syslog_output.address=tcp:/x", "syslog_output.address 'tcp:/x': unix://, udp://, tcp:// or tls:// is expected"),
                         ("syslog_output.facility=loud", "syslog_output.facility 'loud' is not known: ")):
        has(run("--dry-run", "-o", "syslog_output.enabled=true", "-o", "log_syslog=false", "-o", option, quiet=False), 1,
            err="Error: " + text)
    has(run("--dry-run", "-o", "http_output.enabled=true", "-o", "http_output.url=gopher://x"), 1,
        err="Error: http_output.url 'gopher://x': the scheme is 'gopher'; http or https is expected\n")


if __name__ == "__main__":
    main(sys.modules[__name__])
