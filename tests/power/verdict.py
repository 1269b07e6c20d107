"""One recorded run, and what each disk must hold that a power cut amid it could leave."""
import fnmatch
import functools
import os
import shutil
import struct
import sys
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("e2e", "golden", "reference"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

import golden  # noqa: E402
import harness  # noqa: E402
import key_slots  # noqa: E402
import merkle  # noqa: E402
from client import Closed, Refused  # noqa: E402
from disk import read_record  # noqa: E402
from record import write_files  # noqa: E402
from values import day  # noqa: E402

OFTEN = ["--checkpoint-ms", "10", "--checkpoint-bytes", "65536", "--segment-bytes", "1048576", "--free-bytes-min", "1"]
RETRIED = 40
ROOM_BYTES_MIN = 4096  # fewer zeros than these are written over something
crc32c = functools.lru_cache(maxsize=1 << 13)(golden.crc32c)  # runs that follow each other hold the same records


def leaf(sent, event):
    """Hash of the record (proto/sl/stored/record.h) of an event as it was sent, by what the log says of it."""
    kind = next(kind for kind in golden.BODY_NUMBER if sent.HasField(kind))
    actor, body = event.actor.encode(), golden.stored_as_shown(sent, event)
    head = struct.pack("<BBBB", 1, golden.BODY_NUMBER[kind], len(actor), 0)
    tail = struct.pack("<qiI", event.recorded_us, day(event.effective_date), len(body)) + sent.id + actor + body
    return merkle.leaf(head + struct.pack("<I", crc32c(head + bytes(4) + tail)) + tail)


def whole_log(client, start=1):
    """Every event from there on, as the daemon gives it."""
    events = []
    while True:
        reply = client.call("log", {"from": str(start)})
        events += reply.events.events
        if not reply.events.events or reply.events.next > reply.seq:
            return events
        start = reply.events.next


@dataclass(frozen=True)
class Shown:
    """An event of the log: its bytes but for what an erasure changes, and of a customer's definition that."""

    lasting: bytes
    customer: str = None
    is_erased: bool = False
    personal: tuple = ()


@functools.lru_cache(maxsize=1 << 16)
def shown_of(kind, data):
    """Each disk of a run shows nearly the same events."""
    event = kind.FromString(data)
    customer = golden.customer_of(event)
    if customer is None:
        return Shown(data)
    name, is_erased = customer.customer, customer.erased
    personal = (customer.name, "".join(field.value for field in customer.personal))
    for field in ("name", "personal", "erased"):
        customer.ClearField(field)
    return Shown(event.SerializeToString(), name, is_erased, personal)


def shown(event):
    return shown_of(type(event), event.SerializeToString())


@dataclass(frozen=True)
class Erasures:
    """Customers: of whom clients were told so before the run, and of whom any had asked by its end; the secret of each that there is then."""

    before: frozenset
    asked: frozenset
    secrets: dict


class Run:
    """One recorded run: the disk it began with, what it did, and the log it ended with."""

    weight = 6  # so many images, compared with others

    def __init__(self, name, found, path, log, sent, erasures):
        self.name, self.found, self.log, self.sent, self.erasures = name, found, log, sent, erasures
        self.backup = None  # of which the ledger was made
        self.verdict = Verdict
        self.carried, self.told_no = {}, frozenset()  # see Load
        self.calls = list(read_record(path))
        self.lasting = [shown(event).lasting for event in log]
        self.accepted = {event.id for event in log}
        self.tree = merkle.Tree([leaf(self.sent[event.id], event) for event in log])

    def boundaries(self):
        """Before and after each call that makes something durable or changes a name."""
        special = [i for i, call in enumerate(self.calls) if call[0] in "FfTMUR" or call[0] == "O" and call[2] & 1]
        return sorted({min(i + d, len(self.calls)) for i in special for d in (0, 1)})

    def points(self, count, draw, choice):
        """Where to cut: at its share of the boundaries, each once if there are images enough, again there, and anywhere; or amid writes to
        files of a pattern. Ascending."""
        if choice.at is not None:
            amid = self._writes_to(choice.at)
            return sorted(draw.choice(amid) for _ in range(count)) if amid else []
        special = self.boundaries()
        own = special[choice.share::choice.shares]
        once = own if len(own) <= count else draw.sample(own, count)
        more = [draw.choice(special) if draw.random() < 0.3 else draw.randint(0, len(self.calls)) for _ in range(count - len(once))]
        return sorted(once + more)

    def opens(self, pattern):
        return any(kind == "O" and fnmatch.fnmatchcase(name, pattern) for kind, _, _, name, _ in self.calls)

    def _writes_to(self, pattern):
        """Behind the beginning of each, but for zeros that make room."""
        names, found = {}, []
        for i, (kind, handle, _, name, data) in enumerate(self.calls):
            if kind == "O":
                names[handle] = name
            elif kind == "W" and fnmatch.fnmatchcase(names[handle], pattern) and (len(data) < ROOM_BYTES_MIN or any(data)):
                found.append(i + 1)
        return found


class Verdict:
    """What one disk must hold."""

    def __init__(self, run, told, check, what):
        self.run, self.told, self.check, self.what = run, told, check, what
        self.is_over = False  # all of the run was before the cut
        self.daemons = []

    def daemon(self, folder):
        """On that ledger, for as long as the disk is looked at."""
        self.daemons.append(harness.Daemon(folder=folder, flags=OFTEN))
        return self.daemons[-1]

    def verify(self, home, files):
        try:
            write_files(home, files)
            self.verify_disk(home, files)
        except harness.Failed as failed:
            self.check.true(False, self.what, "starts", failed.log)
        except (Closed, ConnectionError):
            self.check.true(False, self.what, "goes on", self.daemons[-1].log())
        except Refused as refused:
            self.check.true(False, self.what, "serves what it holds", refused, self.daemons[-1].log())
        finally:
            for daemon in self.daemons:
                daemon.remove()
            shutil.rmtree(home, ignore_errors=True)

    def verify_disk(self, home, files):
        daemon = self.daemon(os.path.join(home, "ledger"))
        is_there = "ledger/data.mdb" in files
        if self.run.backup and not is_there:
            self.check.true(not self.is_over, self.what, "restored and not there")
            self.restore(daemon, self.run.backup)
        if self.run.backup or is_there:
            result = daemon.offline("check")
            self.check.equal(result.returncode, 0, self.what, "check", result.stdout, result.stderr)
        daemon.start(["--create"] if "ledger" in files else [])
        self.verify_log(daemon)

    def restore(self, daemon, backup):
        result = daemon.offline("restore", "--from", backup)
        self.check.equal(result.returncode, 0, self.what, "restore", result.stdout, result.stderr)

    def verify_log(self, daemon):
        client = daemon.client()
        log = whole_log(client)
        status = client.status()
        told, run, check = self.told, self.run, self.check
        seen = [shown(event) for event in log]
        differing = [event.seq for event, found, want in zip(log, seen, run.lasting) if found.lasting != want]
        is_long_enough = len(log) == len(run.log) if run.backup else len(log) <= len(run.log)
        check.equal((differing, is_long_enough), ([], True), self.what, "a beginning of the log, all of it once it was restored")
        found = {event.id: event.seq for event in log}
        check.equal(list(found.values()), list(range(1, len(log) + 1)), self.what, "each once, in order")
        lost = {key.hex(): seq for key, seq in told.known.items() if found.get(key) != seq}
        check.equal(lost, {}, self.what, "told and not there")
        check.equal([key.hex() for key in told.refused if key in found], [], self.what, "told to be refused and there")
        check.equal(status.tree_root.hex(), run.tree.root(0, len(log)).hex(), self.what, "root")
        check.true(all(size <= len(log) for size in told.roots), self.what, "a root was told of more than is there")
        self.verify_personal(zip(log, seen))
        self.verify_secrets(daemon)
        self.retry(client, found)

    def verify_personal(self, pairs):
        is_erased = {}  # customer -> of each of the definitions
        for event, found in pairs:
            if found.customer is None:
                continue
            is_erased.setdefault(found.customer, set()).add(found.is_erased)
            sent = golden.customer_of(self.run.sent[event.id])
            said = ("erased", "") if found.is_erased else (sent.name, sent.personal[0].value)
            self.check.equal(found.personal, said, self.what, "personal fields at seq", event.seq)
        self.check.equal([name for name in self.must_be_erased() if False in is_erased.get(name, ())], [], self.what, "told to be erased and there")
        unasked = [name for name in is_erased if True in is_erased[name] and name not in self.run.erasures.asked]
        self.check.equal(unasked, [], self.what, "erased, and nobody asked")
        self.check.equal([name for name in is_erased if len(is_erased[name]) > 1], [], self.what, "erased in part")

    def must_be_erased(self):
        return self.told.erased | self.run.erasures.before

    def verify_secrets(self, daemon):
        """Whoever has the disk, and an old copy of the log, must not be able to read it: what a start repeats has been repeated."""
        content, must = key_slots.file_of(daemon.dir), self.must_be_erased()
        left = [name for name, secret in self.run.erasures.secrets.items() if name in must and secret in content]
        self.check.equal(left, [], self.what, "told to be erased, and the secret is there")

    def retry(self, client, found):
        """All that was unanswered, as far as it was accepted in the end."""
        unanswered = [event for key, event in self.run.sent.items() if key in self.run.accepted and key not in self.told.known][:RETRIED]
        receipts = [client.append([event])[0] for event in unanswered]  # together they may be more than there is room for
        for event, receipt in zip(unanswered, receipts):
            if not event.HasField("correct"):  # what it corrects may be at another seq now
                self.check.equal(receipt.error.name, "", self.what, "retry")
            if event.id in found:
                self.check.equal((receipt.seq, receipt.duplicate), (found[event.id], True), self.what, "retry of what is there")
        ids = list(found) + [event.id for event in whole_log(client, len(found) + 1)]
        self.check.equal(len(ids), len(set(ids)), self.what, "each once")
