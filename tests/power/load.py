"""What clients do while a run is recorded: appends of every size, refusals of events and of whole requests, corrections, batches that are all
or nothing, customers with personal fields and their erasure, and questions for the root of the tree. Notes are long, so that a few hundred events
fill segments of the journal.

Among it are events that look like what the journal is made of: a header of a frame, right in all but the salt that no client knows. Where the
frame around it is torn, recovery meets it."""
import struct
from collections import Counter

from client import Refused, event_message
from golden import crc32c

CONNECTIONS = 3
IN_FLIGHT = 3
LINE = "x" * 4000
FRAME_LIKE = 16  # at once, so that one of them lies where a frame could
NOTES_TOO_MANY = 30  # of the longest: more than a segment of 1 MiB takes at once
TAGS = 1 << 20  # for one connection; other clients count from 1
CUSTOMERS = 40  # with personal fields; of one that is to be erased no more comes


def frame_header(generation, next_bytes):
    """32 bytes that are with those 8 behind them a frame's header (daemon/store/segment.h), of a segment without a salt."""
    fields = struct.pack("<QQII", generation, 1, 1, 64)
    return struct.pack("<II", 0x464A4C53, crc32c(struct.pack("<Q", generation) + fields + next_bytes)) + fields


class Load:
    def __init__(self, random, too_big=0.0):
        """`too_big`: the share of requests that are refused whole, for their size."""
        self.random = random
        self.too_big = too_big
        self.carried = {}     # tag -> ids of that append; no two of connect() have the same
        self.connections = 0  # in all runs
        self.told_no = set()  # ids, as the clients saw it
        self.number = 0
        self.generation = 1  # of the journal, as a client was told
        self.sent = {}  # id -> Event, in the order in which they were sent
        self.defined = set()  # customers
        self.defining = Counter()  # customer -> definitions on their way, which may be taken in behind an erasure asked for elsewhere
        self.defined_by = {}  # (client, tag) -> the same, of that request
        self.erasing = set()  # asked for
        self.erased = set()   # told

    def _event(self):
        self.number += 1
        draw = self.random.random()
        event = {"effectiveDate": "2025-03-%02d" % self.random.randint(1, 28)}
        customer = "k%d" % self.random.randint(1, CUSTOMERS)
        if draw < 0.15 and customer not in self.erasing:
            self.defined.add(customer)
            self.defining[customer] += 1
            event["define"] = {"customer": {"customer": customer, "name": "name %d" % self.number, "region": "EU",
                                            "personal": [{"name": "phone", "value": "phone %d" % self.number}]}}
        elif draw < 0.5:
            event["close"] = {"deal": "d%d" % self.number, "kind": "WON", "currency": "USD",
                              "lines": [{"product": "thing", "amountMinor": str(self.number)}],
                              "credits": [{"person": "p%d" % (self.number % 7), "sharePpm": "1000000"}]}
        elif draw < 0.7:
            event["contact"] = {"kind": "VISIT", "customer": "c%d" % (self.number % 5), "person": "p%d" % (self.number % 7)}
        elif draw < 0.85:
            event["note"] = {"subject": "n%d" % self.number, "subjectKind": "PERSON", "kind": "FEEDBACK", "lines": [LINE] * self.random.choice((1, 4, 12))}
        elif draw < 0.95 and self.number > 20:
            event["correct"] = {"refSeq": str(self.random.randint(1, self.number // 2)), "void": True, "reason": "drawn"}
        else:
            event["close"] = {"deal": "bad", "kind": "WON", "currency": "none"}  # refused
        return self._message(event)

    def _long_note(self):
        """None of the events that a run counts."""
        return self._message({"effectiveDate": "2025-03-01", "note": {"subject": "long", "subjectKind": "PERSON", "kind": "FEEDBACK", "lines": [LINE] * 12}})

    def _frame_like(self):
        """Wherever the hash comes to lie; frames lie at multiples of 8."""
        self.number += 1
        reference = "p%07d" % self.number
        message = self._message({"payout": {"payee": "p" * self.random.randint(1, 8), "kind": "BONUS", "state": "PROPOSED", "currency": "USD",
                                            "lines": [{"amountMinor": "1"}], "externalReference": reference}})
        message.payout.statement_hash = frame_header(self.generation, b"\x3a\x08" + reference[:6].encode())
        return message

    def _message(self, event):
        message = event_message(event)
        message.id = self.random.randbytes(16)
        self.sent[message.id] = message
        return message

    def ask(self, client):
        """Sends the next request; its tag. `answered` is to be told when it was answered."""
        before, count = Counter(self.defining), len(self.sent)
        tag = self._send(client)
        self.carried[tag] = list(self.sent)[count:]
        self.defined_by[client, tag] = self.defining - before
        return tag

    def answered(self, client, tag):
        self.defining -= self.defined_by.pop((client, tag), Counter())

    def _send(self, client):
        if self.random.random() < 0.15:
            return client.send("status", {})
        erasable = sorted(customer for customer in self.defined - self.erasing if not self.defining[customer])
        if self.random.random() < 0.1 and erasable:
            customer = self.random.choice(erasable)
            self.erasing.add(customer)
            return client.send("erase", {"customer": customer})
        if self.too_big and self.random.random() < self.too_big:
            return client.send("append", client.append_message([self._long_note() for _ in range(NOTES_TOO_MANY)], True))
        if self.random.random() < 0.15:
            return client.send("append", client.append_message([self._frame_like() for _ in range(FRAME_LIKE)]))
        count = self.random.choice((1, 1, 1, 2, 5, 30))
        return client.send("append", client.append_message([self._event() for _ in range(count)], self.random.random() < 0.2))

    def connect(self, daemon):
        client = daemon.client()
        self.connections += 1
        client.tag = self.connections * TAGS
        return client

    def _take(self, client, tag):
        try:
            reply = client.reply(tag)
        except Refused:  # a batch that is all or nothing may be too much at once, a customer not there yet
            self.told_no.update(self.carried[tag])
            return
        self.told_no.update(receipt.id for receipt in reply.append.receipts if receipt.HasField("error"))
        self.generation = reply.status.journal.generation or self.generation
        if reply.HasField("erase"):
            self.erased.add(reply.erase.customer)

    def run(self, daemon, events, amid=None):
        """So many events, on several connections; `amid` is called when half of them are sent."""
        clients = [self.connect(daemon) for _ in range(CONNECTIONS)]
        waiting = {client: [self.ask(client) for _ in range(IN_FLIGHT)] for client in clients}
        end = self.number + events
        middle = end - events // 2
        while any(waiting.values()):
            if amid is not None and self.number >= middle:
                amid()
                amid = None
            client = self.random.choice([client for client in clients if waiting[client]])
            tag = waiting[client].pop(0)
            self._take(client, tag)
            self.answered(client, tag)
            if self.number < end:
                waiting[client].append(self.ask(client))
        clients[0].status()
