#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Replay of captures, as a user does it."""
import gzip
import struct
import sys

import scapfile
from e2e import has, main, run
from scapfile import capture, openat, old_open

RULES = """
- rule: Opened
  desc: d
  condition: evt.type in (open, openat) and fd.name startswith /etc
  output: "%evt.num %fd.name by %proc.name of %user.name from %proc.cwd"
  priority: WARNING
"""


def _replay(place, data, *more, rules=RULES):
    path = scapfile.write(place.path("c.scap"), data)
    return run("-c", place.file("c.yaml", "stdout_output: {enabled: true}\n"), "-r", place.file("r.yaml", rules), "-o",
               "engine.kind=replay", "-o", "engine.replay.capture_file=" + path, *more)


def _alerts(result):
    return [line.split(": ", 1)[1] for line in result.out.splitlines() if ": Warning " in line]


def events_come_with_the_state_and_the_time_of_the_capture(place):
    r = _replay(place, capture(openat(100, "/etc/a"), openat(100, "/home/x", ts=1), openat(100, "/etc/b", ts=2)))
    has(r, 0, out="22:13:20.000000000: Warning 1 /etc/a by reader of user from /home/user/\n")
    has(r, 0, out="22:13:20.000000002: Warning 3 /etc/b by reader")


def every_layout_of_the_process_list_names_the_process(place):
    for version in range(1, 10):
        r = _replay(place, capture(old_open(100, "/etc/a"), version=version))
        has(r, 0, out="/etc/a by reader of user from /home/user/")


def numbers_of_old_blocks_mean_the_same(place):
    data = scapfile.section(0)
    data += scapfile.tasks(3, scapfile.task_old(3, 7, "ancient"), old=True)
    has(_replay(place, data + old_open(7, "/etc/a", kind=0x8010ABCD)), 0, out="/etc/a by ancient")


def compressed_captures_and_members_in_a_row_are_read(place):
    whole = capture(openat(100, "/etc/a"), openat(100, "/etc/b", ts=1))
    for data in (gzip.compress(whole), gzip.compress(whole[:100]) + gzip.compress(whole[100:])):
        r = _replay(place, data)
        has(r, 0, out="Events detected: 2\n")


def two_runs_give_the_same_bytes(place):
    data = capture(*[openat(100, f"/etc/{i}", ts=i) for i in range(1000)])
    assert _replay(place, data).out == _replay(place, data).out


def a_capture_behind_another_begins_with_a_state_of_its_own(place):
    other = scapfile.section() + scapfile.tasks(8, scapfile.task_old(8, 200, "other"))
    r = _replay(place, capture(openat(100, "/etc/a")) + other + openat(200, "/etc/b", ts=5) + openat(100, "/etc/c", ts=6))
    has(r, 0, out=["1 /etc/a by reader", "2 /etc/b by other", "3 /etc/c by <NA>"])


def cut_at_any_byte_what_is_whole_is_replayed_and_then_it_is_told(place):
    events = [openat(100, f"/etc/{i}", ts=i) for i in range(3)]
    data, one = capture(*events), len(events[0])
    first = len(data) - 3 * one
    for n in (first + one + 1, first + 2 * one - 1, first + 2 * one + 40):
        r = _replay(place, data[:n])
        begin = first + (n - first) // one * one
        has(r, 1, out=f"Events detected: {(n - first) // one}\n",
            err=[f"Error: the capture file '{place.path('c.scap')}' ends in the middle of a block that begins at byte "
                 f"{begin} of its content"])
    has(_replay(place, data[:first + one]), 0, out="Events detected: 1\n")
    has(_replay(place, data[:first - 5]), 1, err="ends in the middle of a block")


def a_truncated_compressed_capture_is_replayed_as_far_as_it_goes(place):
    data = gzip.compress(capture(*[openat(100, f"/etc/{i * i * 7919}", ts=i) for i in range(5000)]))
    r = _replay(place, data[:len(data) // 2])
    has(r, 1, err=["ends in the middle of a block", "the compressed data end early"])
    assert len(_alerts(r)) > 1000, len(_alerts(r))


def what_is_no_capture_is_an_error_with_its_name(place):
    name = place.path("c.scap")
    has(_replay(place, b""), 1, err=f"Error: the capture file '{name}' is empty\n")
    has(_replay(place, b"hello, this is a text"), 1, err=f"Error: the file '{name}' is not a capture (.scap)\n")
    has(_replay(place, scapfile.section()), 1, err="Error: no events in file")
    has(_replay(place, scapfile.section(major=9)), 1, err="incompatible file version 9.2")
    has(_replay(place, scapfile.section(magic=0x4D3C2B1A)), 1, err="the other byte order")
    has(_replay(place, b"", "-o", "engine.replay.capture_file=/no/such.scap"), 1,
        err="Error: cannot open the capture file '/no/such.scap': No such file or directory\n")
    has(_replay(place, b"", "-o", "engine.replay.capture_file=/tmp"), 1, err="it is a directory")


def events_for_the_state_alone_reach_no_rule_and_keep_their_number(place):
    r = _replay(place, capture(openat(100, "/etc/a", flags=1), openat(100, "/etc/b", ts=1)))
    assert [a.split()[1] for a in _alerts(r)] == ["2"], r


def what_saker_recorded_beyond_the_format_is_known_again(place):
    data = capture(scapfile.task_more(100), scapfile.openat_more(100, "/etc/a"))
    has(_replay(place, data), 0, out="1 /etc/a by reader of user from /home/user/\n")


def events_of_the_future_are_skipped(place):
    r = _replay(place, capture(scapfile.event(1000, 100, [b"?"]), openat(100, "/etc/b", ts=1)))
    assert [a.split()[1] for a in _alerts(r)] == ["1"], r


def an_alert_of_a_replay_can_be_recorded_and_replayed_again(place):
    rules = RULES.replace("priority", "capture: true\n  priority").replace("startswith /etc", "= /etc/a")
    data = capture(openat(100, "/home/x"), openat(100, "/etc/a", ts=1), openat(100, "/etc/b", ts=2))
    has(_replay(place, data, "-o", "capture.enabled=true", "-o", "capture.path_prefix=" + place.path("cap"), "-o", "log_stderr=true",
                rules=rules), 0,
        err=f"Capture is enabled in mode 'rules'. Capturing events to {place.path('cap')}\n")
    name = place.path("cap_01700000000000000001_00000000000000000002.scap")
    with open(name, "rb") as f:
        r = _replay(place, f.read())
    has(r, 0, out=["1 /etc/a by reader of user from /home/user/", "2 /etc/b by reader"])


def byte_buffers_in_outputs_may_be_base64_what_rules_compare_is_the_same(place):
    rules = """
- rule: Wrote
  desc: d
  condition: evt.type=write and evt.buffer contains "a" and evt.arg.data startswith "a."
  output: "%evt.buffer %evt.arg.data %evt.args"
  priority: WARNING
"""
    data = capture(scapfile.event(9, 100, [struct.pack("<q", 5), b"a\0\xff z", struct.pack("<q", 3), struct.pack("<I", 5)]))
    has(_replay(place, data, rules=rules), 0, out="Warning a.. z a.. z res=5 data=a.. z fd=3")
    r = _replay(place, data, "-o", "buffer_format_base64=true", "-o", "json_output=true", rules=rules)
    has(r, 0, out=["Warning YQD/IHo= YQD/IHo= res=5 data=YQD/IHo= fd=3", '"evt.buffer":"YQD/IHo="', '"evt.arg.data":"YQD/IHo="'])


def record_says_what_is_wrong_with_its_words(place):
    has(run("record"), 1, err="saker record: name the FILE to record to")
    has(run("record", "a", "b"), 1, err="saker record: one FILE only, but 'b' follows 'a'")
    has(run("record", "--max-size", "many", place.path("f")), 1, err="--max-size 'many' is no size in MiB")


def a_recording_without_rules_needs_no_output(place):
    conf = place.file("nodriver.yaml", "engine: {kind: nodriver}\nstdout_output: {enabled: false}\n")
    has(run("record", "-c", conf, "-M", "1", place.path("f")), 0)
    # The file is whole, and nothing happened in it.
    with open(place.path("f"), "rb") as f:
        has(_replay(place, f.read()), 1, err="no events in file: the capture ends behind its lists")
    rules = place.file("r.yaml", RULES)
    has(run("record", "-c", conf, "-r", rules, "-M", "1", place.path("g")), 1, err="Error: No output configured")


if __name__ == "__main__":
    main(sys.modules["__main__"])
