"""What a client sent to a daemon that may fail at any moment, and what it was told; and whether a ledger holds to that."""
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("e2e", "golden", "power", "reference"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

from client import Closed  # noqa: E402
from load import CONNECTIONS, IN_FLIGHT, Load  # noqa: E402
from power import whole_log  # noqa: E402

MAY_RETRY = {"NO_SPACE", "NO_MEMORY", "BUSY", "IO"}  # IO: a customer's key could not be read


class Told(Load):
    """The load of the power cuts, whose every answer is kept."""

    def __init__(self, seed):
        super().__init__(random.Random(seed))
        self.known = {}    # id -> seq
        self.refused = {}  # id -> name of the error
        self.ids = {}      # (client, tag) -> ids of that append, for refusals of the whole

    def ask(self, client):
        before = len(self.sent)
        tag = super().ask(client)
        self.ids[client, tag] = list(self.sent)[before:]
        return tag

    def take(self, client, reply):
        ids = self.ids.pop((client, reply.tag), ())
        self.answered(client, reply.tag)
        if reply.HasField("error"):
            self.refused.update((key, reply.error.name) for key in ids)
        for receipt in reply.append.receipts:
            if receipt.HasField("error"):
                self.refused[receipt.id] = receipt.error.name
            else:
                self.refused.pop(receipt.id, None)
                self.known[receipt.id] = receipt.seq

    def run(self, daemon, events):
        """So many events, or until the daemon hangs up on all; True if it answered all."""
        waiting = {}
        end = self.number + events
        try:
            for _ in range(CONNECTIONS):
                client = daemon.client()
                waiting[client] = 0
                for _ in range(IN_FLIGHT):
                    self.ask(client)
                    waiting[client] += 1
            while any(waiting.values()):
                client = self.random.choice([client for client in waiting if waiting[client]])
                self.take(client, client.receive())
                waiting[client] -= 1
                if self.number < end:
                    self.ask(client)
                    waiting[client] += 1
            return True
        except (Closed, OSError):
            for client in waiting:
                self.drain(client)
            return False

    def drain(self, client):
        """What had left before the end."""
        try:
            while True:
                self.take(client, client.receive())
        except (Closed, OSError):
            pass

    def may_be_refused(self, key):
        """Whatever fails or not."""
        event = self.sent[key]
        return event.HasField("correct") or event.HasField("close") and event.close.deal == "bad"

    def verify_refusals(self, check, what, also=frozenset()):
        odd = {name for key, name in self.refused.items() if name not in MAY_RETRY | {"BATCH_ABORTED", "TOO_BIG"} | also and not self.may_be_refused(key)}
        check.equal(odd, set(), what, "refusals that say try again, or what is wrong")

    def verify(self, client, check, what):
        """The log holds all that was acknowledged, at its place, nothing that was refused, and takes the rest once."""
        found = {event.id: event.seq for event in whole_log(client)}
        check.equal(sorted(found.values()), list(range(1, len(found) + 1)), what, "each once, without a gap")
        check.equal({key.hex(): seq for key, seq in self.known.items() if found.get(key) != seq}, {}, what, "acknowledged and not there")
        check.equal([key.hex() for key in self.refused if key in found], [], what, "refused and there")
        check.equal(set(found) - set(self.sent), set(), what, "never sent")
        self.retry(client, found, check, what)

    def retry(self, client, found, check, what):
        """One by one: a request that finds no room waits, a part of one is refused."""
        again = [key for key in self.sent if key not in self.known and self.refused.get(key, "BUSY") in MAY_RETRY]
        for key in again:
            receipt, = client.append([self.sent[key]])
            if key in found:
                check.equal((receipt.seq, receipt.duplicate), (found[key], True), what, "sent again, and there")
            elif not self.may_be_refused(key):
                check.equal((receipt.error.name, receipt.duplicate), ("", False), what, "sent again, and not there")
            if not receipt.HasField("error"):
                self.refused.pop(key, None)
                self.known[key] = receipt.seq
