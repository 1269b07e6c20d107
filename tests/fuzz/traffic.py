"""Seeded requests for the stateful fuzzer: whole ones of every kind, and what clumsy and hostile clients send instead.

Each event has an id of its own and lies in the message as `1a 10 <id>` in front of the rest, which is where every serialiser puts it. People,
products and the customers of deals are few and stay, deals come again: the ledger grows by its log and little else. Of the customers with
personal fields (personal.py) there are new ones now and then, without a deal as a rule.
"""
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("e2e", "reference", "sim"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

from client import api_pb2, event_message, event_pb2  # noqa: E402
from backup_pages import WHOLE_EVENTS_MAX, BackupPages  # noqa: E402
from history import CONTACTS, CUSTOMERS, MEASURES, PEOPLE, PRODUCTS, UNITS, History  # noqa: E402
from personal import Customers, Shown  # noqa: E402

TEMPLATES = 800
DEALS = 4000
FRAME_BYTES_MAX = 8 * 1024 * 1024
ID_HEAD = b"\x1a\x10"
MONTHS = ["%d-%02d" % (year, month) for year in (2025, 2026) for month in range(1, 13)]
PERIODS = MONTHS + ["2025-Q1", "2025-Q3", "2025-W07", "2025-07-14", "all", "2025-03-01..2025-03-04"]
Close = event_pb2.Close


class Due:
    """What is known of a request that is answered one day."""
    __slots__ = ("events", "erasure", "backup", "answers")

    def __init__(self, events=(), erasure=None, backup=None):
        self.events, self.erasure, self.backup = events, erasure, backup
        self.answers = 0  # to erasures, before it was sent


def frame(message):
    return struct.pack("<I", len(message)) + message


class Traffic:
    def __init__(self, rng):
        self.random = rng
        history = History(rng.randrange(1 << 30))
        opening = [event_message(event) for event in history.opening()]
        drawn = []
        for seq in range(1, TEMPLATES):
            event, _ = history.next()
            history.accepted[seq] = event
            drawn.append(event_message(event))
        for event in opening + drawn:
            event.ClearField("id")
        self.opening = [event.SerializeToString() for event in opening]
        self.templates = self.opening + [event.SerializeToString() for event in drawn]
        self.head = 1  # about; corrections aim at it
        self.customers, self.shown = Customers(rng), Shown()
        self.makers = ((0.40, self.append), (0.55, self.status), (0.63, self.cancel), (0.73, self.log), (0.732, self.subscribe), (0.736, self.erase),
                       (0.738, self.backup), (0.85, self.measures), (0.93, self.rank), (0.98, self.targets), (0.985, self.statement), (1.0, self.odd))

    # -- events -----------------------------------------------------------------------------------------------------

    def sale(self):
        r = self.random
        kind = r.choice([Close.WON, Close.WON, Close.CANCELLED, Close.LOST, Close.COLLECTED])
        event = event_pb2.Event(effective_date="202%d-%02d-%02d" % (r.choice((5, 6)), r.randint(1, 12), r.randint(1, 28)))
        close = event.close
        close.deal, close.kind, close.currency = "f%d" % r.randrange(DEALS), kind, "USD"
        if kind != Close.LOST:
            close.lines.add(product=r.choice(list(PRODUCTS)), amount_minor=r.randint(1, 10 ** 6), quantity=1000)
        close.credits.add(person=r.choice(PEOPLE), share_ppm=10 ** 6)
        return event

    def correction(self):
        event = event_pb2.Event()
        event.correct.ref_seq = self.random.randint(1, self.head)
        event.correct.reason = "mistake"
        if self.random.random() < 0.5:
            event.correct.void = True
        else:
            event.correct.replacement.contact.customer = self.random.choice(CUSTOMERS)
            event.correct.replacement.contact.kind = event_pb2.Contact.Kind.Value(self.random.choice(CONTACTS))
        return event

    def visit(self):
        """Of a customer whom it may make known before any definition does."""
        event = event_pb2.Event(effective_date="2025-07-14")
        event.contact.customer, event.contact.kind = self.customers.some(), event_pb2.Contact.VISIT
        return event

    def definition(self, key):
        event = self.customers.definition()
        self.shown.define(key, event)
        return event

    def event(self):
        """(id, the rest of the bytes)."""
        drawn, key = self.random.random(), self.random.randbytes(16)
        if drawn < 0.55:
            rest = self.sale().SerializeToString()
        elif drawn < 0.6:
            rest = self.correction().SerializeToString()
        elif drawn < 0.615:
            rest = self.definition(key).SerializeToString()
        elif drawn < 0.618:
            rest = self.visit().SerializeToString()
        else:
            rest = self.random.choice(self.templates)
        return key, rest

    def acknowledge(self, key, seq):
        name = self.shown.acknowledge(key, seq)
        if name is not None:
            self.customers.note(name, seq)

    @staticmethod
    def append_bytes(tag, events, all_or_nothing=False):
        body = b"".join(b"\x0a" + varint(18 + len(rest)) + ID_HEAD + key + rest for key, rest in events)
        body += b"\x10\x01" if all_or_nothing else b""
        return b"\x08" + varint(tag) + b"\x82\x01" + varint(len(body)) + body

    def append(self, tag):
        count = self.random.choice((1, 1, 1, 1, 2, 3, 8, 40))
        events = [self.event() for _ in range(count)]
        return self.append_bytes(tag, events, self.random.random() < 0.2), Due(events)

    # -- questions --------------------------------------------------------------------------------------------------

    def scope(self, part):
        drawn = self.random.random()
        if drawn < 0.3:
            part.scope.person = self.random.choice(PEOPLE)
        elif drawn < 0.6:
            part.scope.unit = self.random.choice(list(UNITS))
        elif drawn < 0.65:
            part.scope.customer = self.random.choice(CUSTOMERS + ["nobody"])

    def status(self, tag):
        return api_pb2.Request(tag=tag, status={}).SerializeToString(), Due()

    def cancel(self, tag):
        return api_pb2.Request(tag=tag, cancel={"tag": self.random.randint(max(0, tag - 20), tag + 1)}).SerializeToString(), Due()

    def log(self, tag):
        request = api_pb2.Request(tag=tag)
        log = request.log
        setattr(log, "from", self.random.randint(1, self.head + 3))
        log.limit = self.random.randint(1, 20)
        if self.random.random() < 0.3:
            log.types.append(self.random.choice(("close", "define", "correct", "nothing")))
        if self.random.random() < 0.2:
            log.to, log.reverse = self.random.randint(1, self.head), True
            log.ClearField("from")
        if self.random.random() < 0.2:
            log.entity_kind, log.entity = event_pb2.DEAL, "f%d" % self.random.randrange(DEALS)
        return request.SerializeToString(), Due()

    def subscribe(self, tag):
        request = api_pb2.Request(tag=tag, subscribe={"types": ["plan", "define"]})
        if self.random.random() < 0.5:
            setattr(request.subscribe, "from", max(1, self.head - self.random.randrange(500)))
        return request.SerializeToString(), Due()

    def measures(self, tag):
        request = api_pb2.Request(tag=tag, measures={"measures": self.random.sample(MEASURES, 2), "period": self.random.choice(PERIODS)})
        request.measures.by = self.random.randrange(6)
        self.scope(request.measures)
        return request.SerializeToString(), Due()

    def rank(self, tag):
        request = api_pb2.Request(tag=tag, rank={"measure": self.random.choice(MEASURES), "period": self.random.choice(PERIODS)})
        rank = request.rank
        rank.dimension, rank.type, rank.ties = self.random.randrange(6), self.random.randrange(4), self.random.randrange(2)
        rank.by = api_pb2.RANK_ATTAINMENT if self.random.random() < 0.3 else api_pb2.RANK_MEASURE
        if self.random.random() < 0.5:
            rank.top = self.random.randint(1, 5)
        elif self.random.random() < 0.3:
            rank.around, rank.around_count = self.random.choice(PEOPLE), 2
        return request.SerializeToString(), Due()

    def targets(self, tag):
        request = api_pb2.Request(tag=tag, targets={"period": self.random.choice(PERIODS), "measure": self.random.choice(MEASURES)})
        self.scope(request.targets)
        return request.SerializeToString(), Due()

    def statement(self, tag):
        question = {"person": self.random.choice(PEOPLE), "period": self.random.choice(MONTHS), "explain": self.random.random() < 0.5}
        return api_pb2.Request(tag=tag, statement=question).SerializeToString(), Due()

    def erase(self, tag):
        name = self.customers.to_erase()
        return api_pb2.Request(tag=tag, erase={"customer": name}).SerializeToString(), Due(erasure=self.shown.ask(name, self.head))

    def backup(self, tag):
        """To its end only while the log is short, and seldom when it is long: each sends all of it."""
        if self.head > WHOLE_EVENTS_MAX and self.random.random() < 0.8:
            return self.status(tag)
        with_keys = self.random.random() < 0.6
        pages_max = self.random.choice((1, 2, 3, 1000, 1000))
        return api_pb2.Request(tag=tag, backup={"with_keys": with_keys}).SerializeToString(), Due(backup=BackupPages(with_keys, pages_max))

    def odd(self, tag):
        """Whole messages that no request is: each is answered with a refusal, or as far as it goes."""
        two = api_pb2.Request(tag=tag, status={}, cancel={"tag": 1}).SerializeToString()
        unknown = api_pb2.Request(tag=tag, status={}).SerializeToString() + b"\xf8\x07\x05"
        empty = api_pb2.Request(tag=tag).SerializeToString()
        wrong_type = empty + b"\x88\x01\x07"
        old = api_pb2.Request(tag=tag, measures={"measures": ["booked.amount"], "period": "2025", "at": {"seq": 1}}).SerializeToString()
        many = self.append_bytes(tag, [(b"\0" * 16, b"")] * 10001)
        return self.random.choice((two, unknown, empty, wrong_type, old, many if self.random.random() < 0.02 else empty)), Due()

    def request(self, tag):
        """(message, Due): one reply without `more` is due for it, or the end of what was subscribed to or backed up."""
        drawn = self.random.random()
        return next(maker for limit, maker in self.makers if drawn < limit)(tag)

    # -- what is no request -----------------------------------------------------------------------------------------

    def broken(self):
        """(bytes, must the connection end)."""
        message, due = self.request(self.random.randint(1, 2 ** 63))
        for key, _ in due.events:
            self.shown.forget(key)  # it may become another definition
        drawn = self.random.random()
        if drawn < 0.6:
            data = bytearray(message)
            for _ in range(self.random.randint(1, 4)):
                data[self.random.randrange(len(data))] = self.random.randrange(256)
            return frame(bytes(data)), False
        if drawn < 0.8:
            return frame(message[:self.random.randint(1, len(message))]), False
        if drawn < 0.9:
            return frame(self.random.randbytes(self.random.randint(1, 200))), False
        if drawn < 0.95:
            return struct.pack("<I", self.random.choice((0, FRAME_BYTES_MAX + 1, 2 ** 32 - 1))) + message, True
        return frame(message)[:self.random.randint(1, len(message) + 3)], False  # the next frame will be taken for its rest


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
