"""The ledgers that are damaged: one closed in order, one killed with records in the journal only, in several segments, and an older copy of
each from which stale files come. And all that is asked of one."""
import os
import random
import shutil

import harness
from client import Closed, Refused, event_message
from google.protobuf.message import DecodeError

LINE = "x" * 900
PEOPLE, CUSTOMERS, PRODUCTS = 40, 60, 9
KEYED = 50  # customers with personal fields


def events(source, first, count):
    """Events of all kinds of use here, each with an id of its own."""
    made = []
    for number in range(first, first + count):
        day = "2025-%02d-%02d" % (source.randint(1, 12), source.randint(1, 28))
        person, customer = "p%d" % source.randrange(PEOPLE), "c%d" % source.randrange(CUSTOMERS)
        draw = source.random()
        event = {"effectiveDate": day}
        if draw < 0.06:
            customer = "k%d" % source.randrange(KEYED)
            event["define"] = {"customer": {"customer": customer, "name": "name %d" % number, "region": "EU",
                                            "personal": [{"name": "phone", "value": "phone %d" % number}]}}
        elif draw < 0.65:
            event["close"] = {"deal": "d%d" % number, "kind": "WON", "currency": "USD", "customer": customer,
                              "lines": [{"product": "w%d" % source.randrange(PRODUCTS), "amountMinor": str(source.randint(1, 10 ** 6))}],
                              "credits": [{"person": person, "sharePpm": "1000000"}]}
        elif draw < 0.8:
            event["contact"] = {"kind": "VISIT", "customer": customer, "person": person}
        elif draw < 0.9:
            event["note"] = {"subject": person, "subjectKind": "PERSON", "kind": "FEEDBACK", "lines": [LINE] * source.choice((1, 2, 5))}
        elif draw < 0.95:
            event["target"] = {"target": "t%d" % number, "scope": {"person": person}, "period": "2025-%02d" % source.randint(1, 12),
                               "measure": "booked.amount", "amount": str(source.randint(1, 10 ** 7))}
        else:
            event["correct"] = {"refSeq": str(source.randint(1, number)), "void": True, "reason": "drawn"}
        message = event_message(event)
        message.id = source.randbytes(16)
        made.append(message)
    return made


def fill(daemon, source, sent, batches):
    """Batches of such sizes, one after the other, of which what was recorded goes to `sent`: what was refused might not be the next time."""
    client = daemon.client()
    for count in batches:
        batch = events(source, len(sent) + 1, count)
        sent += [event for event, receipt in zip(batch, client.append(batch)) if receipt.seq]
    head = client.status().head
    client.close()
    return head


def fill_alike(daemon, source, sent):
    """Two batches of one length."""
    client = daemon.client()
    for _ in range(2):
        message = event_message({"effectiveDate": "2025-03-04", "contact": {"kind": "VISIT", "customer": "c10", "person": "p10"}})
        message.id = source.randbytes(16)
        client.append([message])
        sent.append(message)
    client.close()


def erase(daemon, source, ledger):
    """Some of those who have personal fields and are not erased yet."""
    defined = {event.define.customer.customer for event in ledger.sent if event.HasField("define")}
    chosen = source.sample(sorted(defined - ledger.erased), 3)
    client = daemon.client()
    for customer in chosen:
        client.call("erase", {"customer": customer})
    client.close()
    ledger.sent = [event for event in ledger.sent if not event.HasField("define") or event.define.customer.customer not in chosen]
    ledger.erased.update(chosen)


class Ledger:
    """A folder that no daemon runs on, the folder that it was before, and what it answers."""

    def __init__(self, name, home):
        self.name = name
        self.dir = os.path.join(home, name)
        self.stale = os.path.join(home, name + ".stale")
        self.sent = []  # and can be sent again: who was erased could get a new key by that
        self.erased = set()
        self.answers = None
        self.stale_head = 0
        self.is_stale_data_the_same = name == "killed"  # no checkpoint came after the copy


FLAGS = ("--segment-bytes", "1M", "--free-bytes-min", "1", "--scrub-bytes-per-s", "0")  # what a question meets, not what the scrubber was quicker to find
NEVER = ("--checkpoint-ms", "3600000")


def make(name, home, seed):
    ledger = Ledger(name, home)
    source = random.Random(seed)
    daemon = harness.Daemon(folder=ledger.dir, flags=FLAGS)
    try:
        daemon.start()
        ledger.stale_head = fill(daemon, source, ledger.sent, [1, 30, 200, 300])
        erase(daemon, source, ledger)
        daemon.stop()
        shutil.copytree(ledger.dir, ledger.stale)
        daemon.start(NEVER if name == "killed" else ())
        fill_alike(daemon, source, ledger.sent)
        fill(daemon, source, ledger.sent, [50, 400, 400, 20, 1, 7] if name == "killed" else [300, 5])
        erase(daemon, source, ledger)
        daemon.kill() if name == "killed" else daemon.stop()
    finally:
        daemon.remove()
    return ledger


# -- questions ------------------------------------------------------------------------------------------------------

def _questions(client, sent):
    yield "log", lambda: client.log()
    for kind, entity in (("PERSON", "p3"), ("CUSTOMER", "c7"), ("DEAL", "d5"), ("PRODUCT", "w2")):
        yield "log of " + entity, lambda kind=kind, entity=entity: client.log(entity_kind=kind, entity=entity)
    for by in ("DIMENSION_NONE", "BY_PERSON", "BY_PRODUCT"):
        yield "measures " + by, lambda by=by: sorted(
            (key, [value.SerializeToString() for value in values])
            for key, values in client.measures(["booked.amount", "won.count", "contact.count:VISIT"], "2025", by=by).items())
    yield "rank", lambda: [row.SerializeToString() for row in client.rank(measure="booked.amount", period="2025")]
    yield "rank of a month", lambda: [row.SerializeToString() for row in client.rank(measure="won.count", period="2025-03")]
    yield "targets", lambda: [row.SerializeToString() for row in client.targets(period="2025")]
    yield "statement", lambda: [part.SerializeToString() for part in client.statement("p3", "2025-03")]
    yield "root", lambda: (lambda status: (status.head, status.tree_size, status.tree_root, status.timezone, status.currency,
                                           status.ledger_id, status.policy))(client.status())
    for name, part in (("first", sent[:40]), ("last", sent[-40:])):
        yield "retries of the " + name, lambda part=part: _receipts(client.append(part))


def _receipts(receipts):
    """What they say, of all that may not change; CORRUPT if one says so."""
    names = [receipt.error.name for receipt in receipts]
    if "CORRUPT" in names:
        return "CORRUPT"
    return [(receipt.seq, receipt.duplicate, receipt.recorded_us, name) for receipt, name in zip(receipts, names)]


def ask(daemon, sent):
    """{question: answer, or the name of the refusal}; None where the daemon ended meanwhile."""
    answers = {}
    client = None
    for name, question in _questions(None, sent):
        answers[name] = None
    try:
        client = daemon.client(timeout_s=harness.DEADLINE_S)
        for name, question in _questions(client, sent):
            try:
                answers[name] = question()
            except Refused as refused:
                answers[name] = refused.error.name
    except (Closed, ConnectionError, FileNotFoundError):
        pass
    except DecodeError as error:
        answers[name] = str(error)
    finally:
        if client is not None:
            client.close()
    return answers
