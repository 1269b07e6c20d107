#!/usr/bin/env python3
"""The log: each line has one form, and none holds anything of what clients say.

A daemon goes through its life at the finest level while every field of every kind of event and question holds a marker."""
import os
import re
import struct
import unittest

from google.protobuf.descriptor import FieldDescriptor

import client as client_module
import harness

LINE = re.compile(r'^<[0-7]>event=[a-z_]+( [a-z_]+=([^\s"=]+|"([^"\\]|\\["\\])*"))*$')
WORD = "zqxmark"
NUMBER = 739012584617


def fill(message, seen=()):
    """Every field of the message and of those within it."""
    for field in message.DESCRIPTOR.fields:
        many = field.label == FieldDescriptor.LABEL_REPEATED
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            fill(getattr(message, field.name).add() if many else getattr(message, field.name))
            continue
        kind = field.cpp_type
        if kind == FieldDescriptor.CPPTYPE_STRING:
            value = WORD if field.type == FieldDescriptor.TYPE_STRING else WORD.encode()
        elif kind == FieldDescriptor.CPPTYPE_ENUM:
            value = field.enum_type.values[-1].number
        elif kind == FieldDescriptor.CPPTYPE_BOOL:
            value = True
        else:
            value = NUMBER if kind in (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64) else NUMBER % 1000003
        if many:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)
    return message


def marked_events():
    """One for each type of event, everything in it marked: well-formed, and mostly refused."""
    for field in client_module.event_pb2.Event.DESCRIPTOR.fields:
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            event = client_module.event_pb2.Event(id=os.urandom(16), source=WORD, correlation=WORD)
            fill(getattr(event, field.name))
            yield event


def good_events():
    person, customer, deal = WORD + "-person", WORD + "-customer", WORD + "-deal"
    yield {"source": WORD, "define": {"person": {"person": person, "name": WORD + " Name", "unit": WORD + "-unit"}}}
    yield {"define": {"customer": {"customer": customer, "name": WORD + " Inc"}}}
    yield {"contact": {"customer": customer, "person": person, "kind": "VISIT"}}
    yield {"close": {"deal": deal, "customer": customer, "kind": "WON", "currency": "USD",
                     "lines": [{"amountMinor": str(NUMBER), "product": WORD}], "credits": [{"person": person, "sharePpm": "1000000"}]}}


class Logging(unittest.TestCase):
    def setUp(self):
        self.daemon = harness.Daemon(flags=["--log-level", "debug", "--checkpoint-ms", "10", "--segment-bytes", "1M"])
        self.addCleanup(self.daemon.remove)
        self.daemon.dir = os.path.join(self.daemon.home, 'le"d\\ g=er')
        self.daemon.socket = os.path.join(self.daemon.home, 's "1')
        self.log = ""

    def live(self):
        with self.daemon.client() as client:
            good = client.append(good_events())
            self.assertEqual([receipt.error.name for receipt in good[:3]], ["", "", ""])
            for event in marked_events():
                client.append([event])
            client.append(list(marked_events()), all_or_nothing=True)
            for field in client_module.api_pb2.Request.DESCRIPTOR.fields:
                if field.type == FieldDescriptor.TYPE_MESSAGE and field.name not in ("append", "status"):
                    message = fill(getattr(client_module.api_pb2.Request(), field.name))
                    try:
                        client.call(field.name, message)
                    except client_module.Refused:
                        pass
        for raw in (WORD.encode() * 10, struct.pack("<I", 7) + WORD.encode(), struct.pack("<I", 0)):
            with self.daemon.client() as broken:
                broken.socket.sendall(raw)

    def test_a_daemons_life_in_its_log(self):
        self.daemon.start()
        self.live()
        with self.daemon.client() as client:  # until segments have been begun and freed
            for _ in range(200):
                client.record(*[{"contact": {"customer": WORD, "person": WORD, "kind": "VISIT"}} for _ in range(100)])
                if "event=segment_freed" in self.daemon.log():
                    break
        self.daemon.kill()
        self.log += self.daemon.log()
        self.daemon.start()
        self.live()
        self.assertEqual(self.daemon.stop(), 0)
        self.log += self.daemon.log()
        self.daemon.start(["--free-bytes-min", "1024G"])
        self.live_refused()
        self.daemon.stop()
        self.log += self.daemon.log()

        for line in self.log.splitlines():
            self.assertRegex(line, LINE)
            self.assertNotIn(WORD, line)
            self.assertNotIn(str(NUMBER), line)
        names = set(re.findall(r"event=(\w+)", self.log))
        self.assertLessEqual({"starting", "opened", "ready", "segment_made", "segment_begun", "segment_freed", "checkpoint", "finishing",
                              "ended", "space_low"}, names)
        self.assertRegex(self.log, r'(?m)^<5>event=starting version=\S+ dir="[^"]*le\\"d\\\\ g=er"$')
        self.assertRegex(self.log, r'(?m)^<5>event=ready socket="[^"]*s \\"1" seq=\d+$')

    def live_refused(self):
        with self.daemon.client() as client:
            self.assertEqual(client.refusal(next(iter(good_events()))).name, "NO_SPACE")

    def test_what_a_start_replays_is_told(self):
        self.daemon.flags = ["--checkpoint-ms", "3600000"]
        self.daemon.start()
        with self.daemon.client() as client:
            client.record(*good_events())
            client.record({"contact": {"customer": "C", "person": "p", "kind": "VISIT"}})
        self.assertRegex(self.daemon.log(), r"<5>event=opened seq=0 checkpointed=0 replayed_batches=0 replayed_events=0 us=\d+\n")
        self.daemon.kill()
        self.daemon.start()
        self.assertRegex(self.daemon.log(), r"<5>event=opened seq=5 checkpointed=0 replayed_batches=[2-5] replayed_events=5 us=\d+\n")
        self.daemon.stop()
        self.assertIn("<5>event=finishing signal=15\n", self.daemon.log())
        self.assertTrue(self.daemon.log().endswith("<5>event=ended seq=5\n"))


if __name__ == "__main__":
    harness.run()
