# SPDX-License-Identifier: Apache-2.0
"""Captures made byte by byte, as writers of different times did it: for tests of replay, and as seeds for fuzzing.

usage: scapfile.py DIRECTORY   writes the seeds
"""
import gzip
import os
import struct
import sys

SHB, MI = 0x0A0D0D0A, 0x201
T0 = 1700000000 * 10**9


def block(number, body):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", number) + size + body + size


def section(minor=2, major=1, magic=0x1A2B3C4D, options=b""):
    return block(SHB, struct.pack("<IHHq", magic, major, minor, -1) + options)


def text(s):
    s = s.encode()
    return struct.pack("<H", len(s)) + s


def task_old(version, tid, comm, uid=1000, ptid=1):
    """An entry of a process list, versions 1 to 8."""
    e = struct.pack("<QQQ", tid, tid, ptid)
    e += struct.pack("<q", tid) if version >= 6 else b""
    e += struct.pack("<q", tid) if version >= 8 else b""
    e += text(comm) + text(comm)
    e += text("/usr/bin/" + comm) if version >= 7 else b""
    e += text("-x\0") + text("/home/user") + struct.pack("<qIII", 1024, 0, uid, uid)
    e += struct.pack("<IIIQQ", 1, 2, 3, 4, 5) if version >= 2 else b""
    e += text("HOME=/home/user\0") if version >= 3 else b""
    e += struct.pack("<qq", tid, tid) + text("cpu=/\0") if version >= 4 else b""
    return e + (text("/") if version >= 5 else b"")


PL = {1: 0x202, 2: 0x207, 3: 0x209, 4: 0x210, 5: 0x211, 6: 0x212, 7: 0x213, 8: 0x214, 9: 0x215}
OLD_PL = {1: 0x8000ABCD, 2: 0x8013ABCD, 3: 0x8014ABCD}


def tasks(version, *entries, old=False):
    if version == 9:
        entries = [struct.pack("<I", len(e) + 4) + e for e in entries]
    return block((OLD_PL if old else PL)[version], b"".join(entries))


def users(*names):
    body = b""
    for uid, name in names:
        e = struct.pack("<BII", 0, uid, uid) + text(name) + text("/home/" + name) + text("/bin/sh")
        body += struct.pack("<I", len(e) + 4) + e
    return block(0x220, body)


def record(number, tid, params, ts=0, old=False):
    body = b"".join(struct.pack("<H", len(p)) for p in params) + b"".join(params)
    size = len(body) + (22 if old else 26)
    head = struct.pack("<QQIH", T0 + ts, tid, size, number)
    return head + (b"" if old else struct.pack("<I", len(params))) + body


def event(number, tid, params, ts=0, flags=None):
    head = struct.pack("<H", 0) + (b"" if flags is None else struct.pack("<I", flags))
    return block(0x216 if flags is None else 0x217, head + record(number, tid, params, ts))


def event_old(number, tid, params, ts=0, kind=0x204):
    return block(kind, struct.pack("<H", 0) + record(number, tid, params, ts, old=True))


def openat(tid, name, fd=3, ts=0, flags=None):
    return event(307, tid, openat_params(name, fd), ts, flags)


def openat_params(name, fd=3):
    return [struct.pack("<q", fd), struct.pack("<q", -100), name.encode() + b"\0", struct.pack("<I", 1),
            struct.pack("<I", 0), struct.pack("<I", 5), struct.pack("<Q", 9)]


def openat_more(tid, name):
    """As Saker records it: who did it, behind the parameters of the row."""
    rec = record(307, tid, openat_params(name))
    task = struct.pack("<BBHIIIIIIQQ16s", 1, 0, 257, tid, 1, tid, tid, 1000, 1000, 5, 6, b"reader")
    more = struct.pack("<IHH", 0x31584B53, 1, len(task)) + task
    return block(0x216, struct.pack("<H", 0) + rec[:16] + struct.pack("<I", len(rec) + len(more)) + rec[20:] + more)


def task_more(tid):
    e = struct.pack("<IQQQ7I", tid, 5, 6, 7, *range(1, 8))
    return block(0x80534B01, struct.pack("<I", len(e) + 4) + e)


def capture(*events, version=9):
    return section() + users((1000, "user")) + tasks(version, task_old(min(version, 8), 100, "reader")) + b"".join(events)


def old_open(tid, name, ts=0, **kw):
    """As it was told in two events, by writers of the time of version 1 blocks."""
    return (event_old(2, tid, [], ts, **kw) +
            event_old(3, tid, [struct.pack("<q", 3), name.encode() + b"\0", struct.pack("<I", 1), struct.pack("<I", 0)],
                      ts + 1, **kw))


def write(path, data, compress=False):
    with open(path, "wb") as f:
        f.write(gzip.compress(data, mtime=0) if compress else data)
    return path


def main(folder):
    os.makedirs(folder, exist_ok=True)
    now = capture(openat(100, "/etc/a"), openat(100, "/etc/b", 4, 1, flags=1))
    seeds = {"now": now, "old": section(0) + tasks(3, task_old(3, 7, "old"), old=True) +
             old_open(7, "/etc/a", kind=0x8010ABCD), "twice": now + now, "cut": now[:-9],
             "newer": capture(event(500, 1, [b"x"]), openat(100, "/x"))}
    seeds["more"] = capture(task_more(100), openat_more(100, "/etc/a"))
    for version in range(4, 9):
        seeds[f"pl{version}"] = capture(old_open(100, "/etc/a"), version=version)
    for name, data in seeds.items():
        write(os.path.join(folder, name + ".scap"), data)
    write(os.path.join(folder, "gzip.scap"), now, compress=True)


if __name__ == "__main__":
    main(sys.argv[1])
