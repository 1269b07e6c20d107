#!/usr/bin/env python3
"""The bytes that were once written must stay readable and stay the same: events, records and the tree over them.

    golden.py            compares what Python makes of events.json with the hex files
    golden.py --write    writes the hex files anew; only when the format is meant to change

    events/<kind>.hex     the protobuf bytes of the event
    records/<kind>.hex    the record of the log (drawn in proto/sl/stored/record.h)
    sealed/               an event with personal fields as it is sent, the same as it is stored under the key of sealed.json, and its record
    roots.txt             for 0 to 10 records, in the order of events.json: size and Merkle root (RFC 9162, section 2.1)

Everything is computed here independently: the record by its offsets, CRC32C bit by bit, the root by its recursive definition.
test_golden.c makes the daemon's own code give the same bytes.
"""
import json
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
sys.path.insert(0, os.path.join(HERE, "..", "reference"))

import merkle  # noqa: E402
from check import Check  # noqa: E402
from client import event_dict, event_message, event_pb2  # noqa: E402
from seal import seal  # noqa: E402
from values import day  # noqa: E402

BODY_NUMBER = {"contact": 16, "quote": 17, "close": 18, "payout": 19, "define": 20, "target": 21, "plan": 22, "approve": 23, "correct": 24, "note": 25}


def _crc_of(byte):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


CRC_TABLE = [_crc_of(byte) for byte in range(256)]


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def record(case, event):
    """The record of one event: 40 bytes of header, actor, event."""
    actor = case["actor"].encode()
    head = struct.pack("<BBBB", 1, BODY_NUMBER[case["kind"]], len(actor), 0)
    tail = struct.pack("<qiI", int(case["recordedUs"]), day(case["effective"]), len(event))
    tail += event_message(case["event"]).id + actor + event
    return head + struct.pack("<I", crc32c(head + bytes(4) + tail)) + tail


def customer_of(event):
    """The definition of a customer that the event, or its replacement, is; None."""
    define = event.correct.replacement.define if event.HasField("correct") else event.define
    return define.customer if define.HasField("customer") else None


def as_stored(sent, sealed):
    """The bytes of the event with this seal in the place of the personal fields, if it has any."""
    stored = event_pb2.Event.FromString(sent.SerializeToString())
    customer = customer_of(stored)
    if customer is not None and (customer.HasField("name") or customer.personal):
        customer.ClearField("name")
        customer.ClearField("personal")
        customer.sealed = sealed
    return stored.SerializeToString()


def stored_as_shown(sent, shown):
    """The same, with what an answer shows of the event."""
    customer = customer_of(shown)
    return as_stored(sent, customer.sealed if customer is not None else b"")


def sealed_files():
    """{name: content} of the event of sealed.json."""
    with open(os.path.join(HERE, "sealed.json"), encoding="utf-8") as file:
        case = json.load(file)
    sent = event_message(case["event"])
    customer = customer_of(sent)
    plain = event_pb2.Customer(name=customer.name, personal=customer.personal).SerializeToString()
    about = sent.id + customer.customer.encode()
    stored = as_stored(sent, seal(bytes.fromhex(case["keyId"]), bytes.fromhex(case["secret"]), about, plain))
    return {"sealed/event.hex": hex_lines(sent.SerializeToString()), "sealed/stored.hex": hex_lines(stored),
            "sealed/record.hex": hex_lines(record(case, stored))}


def hex_lines(data):
    text = data.hex()
    return "".join(text[i:i + 96] + "\n" for i in range(0, len(text), 96))


def files():
    """{name: content}"""
    with open(os.path.join(HERE, "events.json"), encoding="utf-8") as file:
        cases = json.load(file)
    result, records = sealed_files(), []
    for case in cases:
        event = event_message(case["event"]).SerializeToString()
        records.append(record(case, event))
        result["events/%s.hex" % case["kind"]] = hex_lines(event)
        result["records/%s.hex" % case["kind"]] = hex_lines(records[-1])
    tree = merkle.Tree([merkle.leaf(record) for record in records])
    result["roots.txt"] = "".join("%d %s\n" % (n, tree.root(0, n).hex()) for n in range(len(records) + 1))
    return cases, result


def main():
    cases, made = files()
    if "--write" in sys.argv:
        for name, content in made.items():
            with open(os.path.join(HERE, name), "w", encoding="ascii") as file:
                file.write(content)
        return
    check = Check()
    check.equal(hex(crc32c(b"123456789")), "0xe3069283", "CRC32C of RFC 3720")
    for name, content in made.items():
        with open(os.path.join(HERE, name), encoding="ascii") as file:
            check.equal(file.read(), content, name)
    for case in cases:
        with open(os.path.join(HERE, "events", case["kind"] + ".hex"), encoding="ascii") as file:
            event = event_pb2.Event.FromString(bytes.fromhex(file.read()))
        check.equal(event_dict(event), case["event"], "reading back", case["kind"])
        check.equal(event.UnknownFields() if hasattr(event, "UnknownFields") and len(event.UnknownFields()) else [], [], "unknown fields")
    check.finish()


if __name__ == "__main__":
    main()
