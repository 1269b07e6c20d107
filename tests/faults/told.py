"""What a client sent to a daemon that may fail at any moment, and what it was told; and whether a ledger holds to that."""
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("e2e", "golden", "power", "reference"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

import golden  # noqa: E402
from backup_file import KEY  # noqa: E402
from client import Closed, Refused  # noqa: E402
from load import CONNECTIONS, IN_FLIGHT, Load  # noqa: E402
from power import whole_log  # noqa: E402

MAY_RETRY = {"NO_SPACE", "NO_MEMORY", "BUSY", "IO"}  # IO: a customer's key could not be read


class Told(Load):
    """The load of the power cuts, whose every answer is kept."""

    def __init__(self, seed):
        super().__init__(random.Random(seed))
        self.known = {}    # id -> seq
        self.refused = {}  # id -> name of the error
        self.gone = set()  # ids whose personal fields are erased, as was told
        self.odd = set()   # errors of requests that append nothing

    def take(self, client, reply):
        ids = self.carried.pop(reply.tag, ())
        self.answered(client, reply.tag)
        if reply.HasField("error"):
            self.refused.update((key, reply.error.name) for key in ids)
        if reply.HasField("erase"):
            self.note_erased(reply.erase.customer)
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
                client = self.connect(daemon)
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

    def definitions_of(self, customer):
        """That were accepted."""
        return {key for key in self.known if getattr(golden.customer_of(self.sent[key]), "customer", None) == customer}

    def note_erased(self, customer):
        self.erased.add(customer)
        self.gone |= self.definitions_of(customer)

    def erase_and_back_up(self, daemon, check, what):
        """A customer, and then all there is with its keys, read to the end; True if the daemon answered. Nothing else is under way."""
        try:
            client = daemon.client()
            for customer in sorted(name for name in self.defined - self.erasing if self.definitions_of(name))[:1]:
                self.erasing.add(customer)
                self.note_erased(client.call("erase", {"customer": customer}).erase.customer)
            self.verify_backup([reply.backup for reply in client.pages("backup", {"withKeys": True})], check, what)
        except Refused as refused:
            self.odd.add(refused.error.name)
        except (Closed, OSError):
            return False
        return True

    def verify_backup(self, pages, check, what):
        """All that was acknowledged, and the keys of those whom nobody asked to erase."""
        last = pages[0].head.last_seq
        check.equal(sum(page.count for page in pages), last, what, "records of a backup")
        check.true(last >= max(self.known.values(), default=0), what, "backed up is less than was acknowledged")
        keys = [key for page in pages for key in KEY.iter_unpack(page.keys)]
        live = {key[6][:key[1]].decode() for key in keys if key[0] == 1}
        check.equal({name for name in self.defined - self.erasing if self.definitions_of(name)} - live, set(), what, "keys that are not in a backup")
        check.equal(live & self.erased, set(), what, "keys in a backup of customers who are erased")

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
        may = MAY_RETRY | {"BATCH_ABORTED", "TOO_BIG"} | also
        odd = {name for key, name in self.refused.items() if name not in may and not self.may_be_refused(key)} | self.odd - may
        check.equal(odd, set(), what, "refusals that say try again, or what is wrong")

    def verify(self, client, check, what):
        """The log holds all that was acknowledged, at its place, nothing that was refused, and takes the rest once."""
        log = whole_log(client)
        found = {event.id: event.seq for event in log}
        check.equal(sorted(found.values()), list(range(1, len(found) + 1)), what, "each once, without a gap")
        check.equal({key.hex(): seq for key, seq in self.known.items() if found.get(key) != seq}, {}, what, "acknowledged and not there")
        check.equal([key.hex() for key in self.refused if key in found], [], what, "refused and there")
        check.equal(set(found) - set(self.sent), set(), what, "never sent")
        if not found.keys() - self.sent.keys():
            self.verify_personal(log, check, what)
        self.retry(client, found, check, what)

    def verify_personal(self, log, check, what):
        """As they were sent, unless somebody has asked to erase them; erased, if that was answered."""
        shown = [(event.id, golden.customer_of(event)) for event in log]
        for key, customer in ((key, customer) for key, customer in shown if customer is not None):
            sent = golden.customer_of(self.sent[key])
            said = (customer.name, [field.value for field in customer.personal])
            may = [] if key in self.gone else [(sent.name, [field.value for field in sent.personal])]
            may += [("erased", [])] if customer.customer in self.erasing else []
            check.true(said in may, what, "personal fields of", customer.customer, said, may)

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
