#!/usr/bin/env python3
"""First inputs for the fuzz targets: seeds.py FOLDER writes them to FOLDER/<target>/.

Events are the golden ones, definitions of customers with personal fields and those of a random history; requests and replies one of each kind at least.
"""
import base64
import json
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
for folder in ("e2e", "reference", "sim"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

from client import api_pb2, event_dict, event_message, event_pb2  # noqa: E402
from google.protobuf import json_format  # noqa: E402
from history import History  # noqa: E402

QUESTIONS = [
    {"status": {}},
    {"cancel": {"tag": "1"}},
    {"backup": {}},
    {"backup": {"withKeys": True}},
    {"erase": {"customer": "kay"}},
    {"erase": {"customer": "c1"}},
    {"log": {"from": "1", "to": "9", "types": ["close"], "dateFrom": "2025-01-01", "dateTo": "2026-01-01", "limit": 5}},
    {"log": {"entityKind": "DEAL", "entity": "d1", "reverse": True}},
    {"subscribe": {"from": "1", "types": ["close", "quote"]}},
    {"measures": {"measures": ["booked.amount", "win.rate", "contact.count:VISIT"], "period": "2025-Q1", "by": "BY_PERSON", "scope": {"unit": "hq"}}},
    {"measures": {"measures": ["deal.size"], "period": "2025-01-01..2025-02-01", "asIsNow": True}},
    {"targets": {"period": "2025-Q1", "scope": {"person": "p1"}, "measure": "booked.amount", "role": "STRETCH", "today": "2025-02-01"}},
    {"rank": {"dimension": "BY_UNIT", "measure": "booked.amount", "period": "2025", "type": "DENSE", "ties": "TIE_REACHED", "top": 3, "unitLevel": 1}},
    {"rank": {"measure": "booked.amount", "period": "2025-Q1", "by": "RANK_ATTAINMENT", "around": "p1", "aroundCount": 2}},
    {"statement": {"person": "p1", "period": "2025-Q1", "plan": "plan0", "explain": True, "offset": 1}},
]
# Of a customer with personal fields: as such, as the replacement of such a definition, and without any.
DEFINITIONS = [
    {"define": {"customer": {"customer": "kay", "name": "Kay", "personal": [{"name": "phone", "value": "12"}, {"name": "address", "value": "by the sea"}]}}},
    {"correct": {"refSeq": "1", "reason": "typing error", "replacement": {"define": {"customer": {"customer": "kay", "name": "Kay K", "segment": "s"}}}}},
    {"define": {"validFrom": "2025-06-01", "customer": {"customer": "kay", "region": "east", "owner": "p1"}}},
    {"define": {"customer": {"customer": "c1", "name": "Cy"}}},
    {"contact": {"kind": "VISIT", "customer": "lee"}},
]
TEXTS = ["2017", "2017-Q3", "2017-07", "2017-W31", "2017-07-14", "2017-07-01..2017-07-15", "all", "2017-03-01T09:00:00.000000Z", "1234.50", "-0.05",
         "0190b3f0-0000-7000-8000-000000000001", "USD", "contact.count:VISIT", "cycle.days:CLOSED", "%d.%m.%Y\x0001.02.2017", "%b %d, %y\x00March 3, 17",
         "$1,234.50", "1.234,50", "12.5%"]


def request(question, tag=7):
    return json_format.ParseDict(dict(question, tag=str(tag)), api_pb2.Request()).SerializeToString()


def append(events, tag=8, all_or_nothing=False):
    return api_pb2.Request(tag=tag, append=api_pb2.AppendRequest(events=events, all_or_nothing=all_or_nothing)).SerializeToString()


def frame(message):
    return struct.pack("<I", len(message)) + message


def step(kind, message=None, caller=0):
    """A step of fuzz_service.c."""
    return bytes([kind + 8 * caller]) + (b"" if message is None else struct.pack("<H", len(message)) + message)


def golden():
    with open(os.path.join(ROOT, "tests", "golden", "events.json"), encoding="utf-8") as file:
        return [event_message(case["event"]) for case in json.load(file)]


def drawn(count):
    history = History(7)
    events = [event_message(event) for event in history.begin()] if hasattr(history, "begin") else []
    for seq in range(1, count):
        event, _ = history.next()
        history.accepted[seq] = event
        events.append(event_message(event))
    return events


def personal():
    """The definitions, each with its id."""
    return [event_message(dict(event, id=base64.b64encode(bytes([number]) * 16).decode())) for number, event in enumerate(DEFINITIONS, 1)]


def records():
    folder = os.path.join(ROOT, "tests", "golden", "records")
    return [bytes.fromhex(open(os.path.join(folder, name), encoding="ascii").read()) for name in sorted(os.listdir(folder))]


def section(kind, body):
    """Of a backup; the checksum is repaired by fuzz_backup.c."""
    return struct.pack("<III", kind, len(body), 0) + body


def key(number, is_live, erased_us=0):
    customer, by = b"c%03d" % number, b"ann" if erased_us else b""
    secret = bytes([number]) * 64 if is_live else b""
    return struct.pack("<BBB5x8sq64s64s64s", 1 if is_live else 2, len(customer), len(by), b"k%07d" % number, erased_us, secret, customer, by)


def backups():
    """Of each some records, in one section or two, without keys, with none, and with some."""
    head = struct.pack("<16s64s4sIqQQQ32s", b"ledger", b"UTC", b"USD", 0, 1, 1, 0, 0, b"")
    keys = [key(1, True), key(2, False, 5), key(3, True, 6)]
    key_sections = [[], [(0, [])], [(4, keys)], [(4, keys[:1]), (4, keys[1:])]]
    found = records()
    for parts in ([], [found[:1]], [found[:2], found[2:5]]):
        for of_keys in key_sections:
            file, first = section(1, head), 1
            for part in parts:
                lines = b"".join(struct.pack("<I", len(record)) + record for record in part)
                file += section(2, struct.pack("<QII", first, len(part), 0) + lines)
                first += len(part)
            file += b"".join(section(4, struct.pack("<QII", since, len(some), 0) + b"".join(some)) for since, some in of_keys)
            yield b"\x0f" + b"slbackup" + struct.pack("<II", 1, 0) + file + section(3, bytes(72)) + b"\x00\x29\x01"


def mappings():
    """Mapping NUL rows, for each mapping that comes with the importer, over the columns that it names."""
    folder = os.path.join(ROOT, "tools", "import")
    paths = [os.path.join(folder, name) for name in ("opportunities.json", "opportunities-zh.json")]
    paths += [os.path.join(folder, "maven-crm", name) for name in ("customers.json", "pipeline.json", "products.json", "targets.json", "teams.json")]
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        columns = json.loads(text).get("columns") or ["a"]
        for values in (["1"] * len(columns), ["2017-03-01"] * len(columns)):
            yield (text + "\0" + ",".join(columns) + "\n" + ",".join(values) + "\n").encode()


def erasures():
    """Defined, erased before and after the batch is written, again, asked for by two at once, defined anew; with backups and restarts amid it."""
    define, erase, log = append(personal()), request({"erase": {"customer": "kay"}}), request({"log": {"from": "1"}})
    keys = request({"backup": {"withKeys": True}}, 9)
    yield step(0, define) + step(4) + step(0, erase) + step(4) + step(0, erase, 1) + step(0, log) + step(4)
    yield step(0, define) + step(0, erase, 1) + step(0, erase, 2) + step(3) + step(0, log) + step(4) + step(7)
    yield step(0, define) + step(4) + step(0, keys, 1) + step(3) + step(0, erase) + step(4) + step(0, keys, 1) + step(4)
    yield step(0, define) + step(4) + step(0, erase) + step(3) + step(7 + 128) + step(0, define) + step(0, log) + step(4)
    yield (step(0, define) + step(4) + step(0, erase) + step(0, append(personal()[3:]), 1) + step(4) + step(0, request({"erase": {"customer": "c1"}}), 1)
           + step(0, request({"erase": {"customer": "lee"}}), 2) + step(0, request({"cancel": {"tag": "7"}}, 8), 1) + step(4))


def service(events, questions):
    yield from erasures()
    yield b"".join(step(0, append([event])) for event in events[:8]) + step(4) + b"".join(step(0, q, 1) for q in questions) + step(4)
    for start in range(0, len(events), 6):
        yield (step(0, append(events[start:start + 6], all_or_nothing=start % 4 == 0)) + step(3) + step(0, questions[start % len(questions)], 1) + step(4)
               + step(7) + step(0, questions[start % len(questions)], 2) + step(7 + 128))
    for question in questions:
        yield step(0, question) + step(6) + step(5, b"")[:1] + b"\x10\x00" + step(3) + step(4)


def seeds():
    events = golden() + personal() + drawn(120)
    raw = [event.SerializeToString() for event in events]
    questions = [request(question) for question in QUESTIONS]
    requests = questions + [append([event]) for event in events[:30] + personal()] + [append(events[:12], all_or_nothing=True)]
    reply = api_pb2.Reply(tag=1, seq=9, status=api_pb2.StatusReply(head=9))
    page = api_pb2.Reply(tag=2, seq=9, more=True, events=api_pb2.EventPage(events=events[:2], next=3))
    receipt = api_pb2.Reply(tag=4, append=api_pb2.AppendReply(receipts=[api_pb2.Receipt(seq=1)]))
    refused = api_pb2.Reply(tag=3, error=api_pb2.Error(code=1, name="MALFORMED", message="no"))
    value = api_pb2.Value(numerator=1, denominator=3, unit=api_pb2.PPM)
    parts = [{"measures": {"currency": "USD", "rows": [api_pb2.MeasuresRow(key="p1", values=[value])]}},
             {"targets": {"rows": [api_pb2.TargetRow(measure="booked.amount", target=5, attainment=value)]}},
             {"rank": {"count": 1, "rows": [api_pb2.RankRow(rank_milli=1500, key="p1", value=value)]}},
             {"statement": {"person": "p1", "total_minor": 5, "lines": [api_pb2.StatementLine(plan="plan0", earned_minor=5)]}},
             {"erase": {"customer": "kay", "erased_us": 5, "was_already": True}}, {"erase": {"customer": "lee", "had_no_data": True}},
             {"backup": {"head": {"last_seq": 1, "currency": "USD"}}, "more": True}, {"backup": {"first_seq": 1, "count": 1, "records": b"\1\0\0\0r"}},
             {"backup": {"keys_since": 1, "keys": key(1, True)}}]
    replies = [each.SerializeToString() for each in [reply, page, receipt, refused] + [api_pb2.Reply(tag=5, seq=9, **part) for part in parts]]
    texts = [json.dumps(event_dict(event), ensure_ascii=False).encode() for event in events[:40]]
    return {
        "event": raw,
        "request": requests + [frame(requests[0]) + frame(requests[-1])],
        "record": records() + [record + b"\x00\x29\x01" for record in records()],
        "backup": list(backups()),
        "journal": [bytes([shape]) + bytes(range(1, 25)) + bytes([kind, 0, 4, 16, 1, 0, 0, 2, 3]) for shape in (5, 11, 40, 150) for kind in range(8)],
        "json": [b"\0" + text for text in texts] + [b"\1" + data for data in raw[:40]] + [b"\3" + each for each in requests] + [b"\5" + each for each in replies],
        "csv": [b"\0a,b\n1,\"2\"\"3\"\r\n\n4,\"5\n6\"\n", b"\1\xef\xbb\xbfa;b\r1; 2 \r", b"\0a,b\n\"open"],
        "mapping": list(mappings()),
        "plan": [bytes(range(start, start + 200)) for start in (0, 17, 55)],
        "text": [bytes([kind, 0]) + text.encode() for text in TEXTS for kind in range(10)],
        "client": [bytes([kind]) + b"".join(frame(each) for each in replies) for kind in (0, 27, 64 + 255 % 64, 200)],
        "service": list(service(events, questions)),
    }


def main():
    for target, inputs in seeds().items():
        folder = os.path.join(sys.argv[1], target)
        os.makedirs(folder, exist_ok=True)
        for number, data in enumerate(inputs):
            with open(os.path.join(folder, "seed-%05d" % number), "wb") as file:
                file.write(data)
        print("%s: %d seeds" % (target, len(inputs)))


if __name__ == "__main__":
    main()
