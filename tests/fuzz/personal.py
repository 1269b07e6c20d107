"""Customers with personal fields, their erasures, and what an answer must show of them.

Customers are few at a time: one that has been defined for a while, or was erased, makes room for another as often as not, so that there is always
somebody to erase, and nobody's definitions grow many. Their ids are so different that a few wrong bytes do not make one out of another.

    seq   ──────────────┬──────────────────────────┬──────────────▶
          must be erased│     either               │ must be plain
                   acknowledged               seq of the answer
               when it was asked for          to the erasure

One without an answer, since the connection ended, may have been carried out or may still be: from then on nothing of the customer has to be plain.
"""
import os
import sys
import zlib
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("e2e", "golden"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

from client import event_pb2  # noqa: E402
from golden import customer_of  # noqa: E402

AT_A_TIME = 48
TEXT_BYTES_MAX = 4096
ID_BYTES_MAX = 64
FIELDS_MAX = 64
BUSY_WITH_DEALS = "c6"  # of the history's customers the one who is defined with personal fields, too
TEXTS = ["Ada Lovelace", "Žofie Černá", "李雷", "erased", "", " ", "x" * TEXT_BYTES_MAX, "Ada\nLovelace", "\u202eada", "x" * (TEXT_BYTES_MAX + 1)]


class Customers:
    """Draws definitions and whom to erase."""

    def __init__(self, rng):
        self.random = rng
        self.names = [self.new() for _ in range(AT_A_TIME)]
        self.gone = []  # were erased, or are no more defined
        self.places = []  # (seq, customer) of some definitions

    def new(self):
        return "k%016x" % self.random.randrange(1 << 64)

    def some(self):
        if self.random.random() < 0.01:
            return BUSY_WITH_DEALS
        return self.random.choice(self.names)

    def replace(self, name):
        if name in self.names:
            self.names[self.names.index(name)] = self.new()
            self.gone = self.gone[-200:] + [name]

    def note(self, name, seq):
        """A definition of his, which may be corrected one day."""
        self.places = self.places[-200:] + [(seq, name)]

    def text(self):
        drawn = self.random.random()
        return "Ada %x" % self.random.randrange(1 << 40) if drawn < 0.8 else self.random.choice(TEXTS)

    def fill(self, customer):
        """Personal fields, as a rule good ones."""
        drawn = self.random.random()
        if drawn < 0.95:
            customer.name = self.text()
        for i in range(self.random.choice((0, 0, 1, 1, 2))):
            customer.personal.add(name=("address", "phone")[i], value=self.text())
        if drawn < 0.9:
            return
        odd = self.random.randrange(6)
        if odd == 0:
            customer.sealed = self.random.randbytes(60)
        elif odd == 1:
            customer.erased = True
        elif odd == 2:
            for i in range(FIELDS_MAX + self.random.randrange(2)):
                customer.personal.add(name="field %d" % i, value="v")
        elif odd == 3:
            for i in range(self.random.choice((14, 15, 16))):
                customer.personal.add(name="long %d" % i, value="x" * TEXT_BYTES_MAX)
        elif odd == 4:
            customer.personal.add(value="of no name")
        else:
            customer.customer = self.random.choice(("", "k" * (ID_BYTES_MAX + 1), "k k"))

    def define(self, define):
        name = self.some()
        define.customer.customer, define.customer.segment = name, "s"
        if self.random.random() < 0.3:
            define.valid_from = "2025-%02d-01" % self.random.randint(1, 12)
        if self.random.random() < 0.9:
            self.fill(define.customer)
        if self.random.random() < 0.05:
            self.replace(name)

    def definition(self):
        event = event_pb2.Event()
        if self.places and self.random.random() < 0.1:
            event.correct.ref_seq, name = self.random.choice(self.places)
            event.correct.reason = "mistake"
            customer = event.correct.replacement.define.customer
            customer.customer, customer.segment = name, "s"
            self.fill(customer)
        else:
            self.define(event.define)
        return event

    def to_erase(self):
        drawn = self.random.random()
        if drawn < 0.6:
            name = self.some()
            if self.random.random() < 0.5:
                self.replace(name)
            return name
        if drawn < 0.85 and self.gone:
            return self.random.choice(self.gone)
        return self.random.choice((self.new(), "", "k" * (ID_BYTES_MAX + 1), "c1", "p1"))


@dataclass(frozen=True)
class Erasure:
    """One that was asked for, and what was known of the customer then."""

    customer: str
    head: int       # the greatest seq that was acknowledged
    latest: int     # that of a definition with personal fields; 0: there is none
    asked: int      # erasures of him, with this one
    open_before: int


class Shown:
    """What the log must show of the definitions that were sent."""

    def __init__(self):
        self.sent = {}     # id -> (customer, is there anything personal, checksum without it) of definitions
        self.latest = {}   # customer -> greatest seq acknowledged of one with personal fields
        self.asked = {}    # customer -> erasures asked for
        self.open = {}     # customer -> of them without an answer
        self.certain = {}  # customer -> [(number of the answer, seq up to which all is erased)]
        self.possible = {}  # customer -> seq beyond which no erasure that was answered has reached
        self.answers = 0
        self.seen = {"plain": 0, "erased": 0}

    # -- definitions --

    def define(self, key, event):
        customer = customer_of(event)
        is_personal = customer.HasField("name") or len(customer.personal) > 0
        self.sent[key] = customer.customer, is_personal, lasting(event)

    def forget(self, key):
        self.sent.pop(key, None)

    def acknowledge(self, key, seq):
        """The customer, if the event is a definition."""
        name, is_personal, _ = self.sent.get(key, (None, False, 0))
        if is_personal:
            self.latest[name] = max(seq, self.latest.get(name, 0))
        return name

    # -- erasures --

    def ask(self, name, head):
        open_before = self.open.get(name, 0)
        self.open[name] = open_before + 1
        self.asked[name] = self.asked.get(name, 0) + 1
        return Erasure(name, head, self.latest.get(name, 0), self.asked[name], open_before)

    def refuse(self, erasure, error):
        """What is wrong with that, or None."""
        self.open[erasure.customer] -= 1
        return "holds personal fields, at seq %d" % erasure.latest if error.name == "NOT_FOUND" and erasure.latest else None

    def answer(self, erasure, reply):
        """What is wrong with that, or None."""
        name, said = erasure.customer, reply.erase
        self.open[name] -= 1
        self.answers += 1
        was_plain = erasure.open_before == 0 and erasure.latest > self.possible.get(name, 0) and self.asked[name] == erasure.asked
        if said.HasField("erased_us"):
            self.certain.setdefault(name, []).append((self.answers, erasure.head))
            self.possible[name] = max(reply.seq, self.possible.get(name, 0))
        if said.customer != name or (said.erased_us > 0) == said.had_no_data or said.was_already and said.had_no_data:
            return "is no answer"
        if said.had_no_data and erasure.latest:
            return "holds personal fields, at seq %d" % erasure.latest
        if said.was_already and (was_plain or self.asked[name] == 1):
            return "was not erased already: there are fields at seq %d" % erasure.latest
        return None

    # -- the log --

    def wrong(self, event, answers):
        """What is wrong with how it is shown to a question that was asked after so many answers to erasures; None: nothing, or it is unknown."""
        name, is_personal, checksum = self.sent[event.id]
        customer = customer_of(event)
        if customer is None or customer.customer != name or customer.HasField("sealed") != is_personal:
            return "is no definition of %s" % name
        must = any(number <= answers and event.seq <= up_to for number, up_to in self.certain.get(name, ()))
        may = self.open.get(name, 0) > 0 or event.seq <= self.possible.get(name, 0)
        if not is_personal:
            return "is erased" if customer.erased else None
        self.seen["erased" if customer.erased else "plain"] += 1
        if customer.erased:
            if customer.name != "erased" or customer.personal:
                return "shows what was erased"
            if not may:
                return "is erased, and nobody asked for that"
            return None if lasting(event) == checksum else "is not what was sent"
        return "was erased" if must else None

    def is_erased(self, event):
        return event.id in self.sent and customer_of(event).erased


def lasting(event):
    """A checksum of what an erasure does not change and a client says."""
    rest = event_pb2.Event.FromString(event.SerializeToString())
    for field in ("id", "seq", "recorded_us", "actor", "effective_date"):
        rest.ClearField(field)
    customer = customer_of(rest)
    for field in ("name", "personal", "sealed", "erased"):
        customer.ClearField(field)
    return zlib.crc32(rest.SerializeToString())
