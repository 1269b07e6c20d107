#!/usr/bin/env python3
"""Pulls the plug: runs of the daemon are recorded, and disks as a power cut could leave them are opened by the real daemon.

    power.py --recorder LIBRARY [--images 5000] [--seed N] [--keep FOLDER]

The seed draws what clients do, where a run is cut and what is kept. How the daemon's threads interleave is the kernel's choice: a disk of
which something was wrong is kept whole (--keep).

    first start     a ledger is made, opened, and takes its first events
    load            segments are filled, recycled, checkpoints come every few milliseconds
    rebuild         the state is dropped and made anew
    restore         the ledger is made of a backup; once more of one that holds keys

Each recorded run is cut before and after each call that makes something durable or changes a name, again at some of them, and at drawn calls;
of what is not durable then a drawn part is kept (disk.py). The same images take the same --seed and --shares. Of each such disk:

    `check` finds nothing wrong: checksums, sequence, tree, and the state is what a replay gives
    the daemon starts, and holds a beginning of what the uncut run recorded, byte for byte
    each event that a client was told of is in it at that seq, none that it was told is refused
    the root of its tree is that of these records, as was each root that a client was told
    personal fields are those that were sent, or all of a customer's are erased; they are if a client was told so, and not if none has asked
    what was unanswered is sent again, and is there once

A restore that was cut has left no ledger, and is done again, or the whole one, with all keys if the backup holds them; where it had come to its
end, there is one.
"""
import argparse
import contextlib
import fnmatch
import functools
import hashlib
import multiprocessing
import os
import random
import shutil
import struct
import sys
import tempfile
from dataclasses import dataclass, replace

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("e2e", "golden", "reference"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

import golden  # noqa: E402
import harness  # noqa: E402
import seeds  # noqa: E402
from check import Check  # noqa: E402
from client import Closed, Refused  # noqa: E402
from disk import Disk, read_record  # noqa: E402
from load import Load  # noqa: E402
from record import Acknowledged, files_below, recording, write_files  # noqa: E402
from values import day  # noqa: E402

OFTEN = ["--checkpoint-ms", "10", "--checkpoint-bytes", "65536", "--segment-bytes", "1048576", "--free-bytes-min", "1"]
RETRIED = 40
crc32c = functools.lru_cache(maxsize=1 << 13)(golden.crc32c)  # runs that follow each other hold the same records
ROOM_BYTES = 1 << 30


def leaf(sent, event):
    """Hash of the record (proto/sl/stored/record.h) of an event as it was sent, by what the log says of it."""
    kind = next(kind for kind in golden.BODY_NUMBER if sent.HasField(kind))
    actor, body = event.actor.encode(), golden.stored_as_shown(sent, event)
    head = struct.pack("<BBBB", 1, golden.BODY_NUMBER[kind], len(actor), 0)
    tail = struct.pack("<qiI", event.recorded_us, day(event.effective_date), len(body)) + sent.id + actor + body
    return hashlib.sha256(b"\x00" + head + struct.pack("<I", crc32c(head + bytes(4) + tail)) + tail).digest()


class Tree:
    """Roots at every size over the leaves of one log."""

    def __init__(self, leaves):
        self.leaves = leaves
        self.known = {}

    def root(self, begin, end):
        if end - begin == 0:
            return hashlib.sha256().digest()
        if end - begin == 1:
            return self.leaves[begin]
        if (begin, end) not in self.known:
            split = 1
            while split * 2 < end - begin:
                split *= 2
            self.known[begin, end] = hashlib.sha256(b"\x01" + self.root(begin, begin + split) + self.root(begin + split, end)).digest()
        return self.known[begin, end]


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
    """Customers: of whom clients were told so before the run, and of whom any had asked by its end."""

    before: frozenset
    asked: frozenset


class Run:
    """One recorded run: the disk it began with, what it did, and the log it ended with."""

    def __init__(self, name, found, path, log, sent, erasures):
        self.name, self.found, self.log, self.sent, self.erasures = name, found, log, sent, erasures
        self.backup = None  # of which the ledger was made
        self.calls = list(read_record(path))
        self.lasting = [shown(event).lasting for event in log]
        self.accepted = {event.id for event in log}
        self.tree = Tree([leaf(self.sent[event.id], event) for event in log])

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

    def _writes_to(self, pattern):
        """Behind the beginning of each."""
        names, found = {}, []
        for i, (kind, handle, _, name, data) in enumerate(self.calls):
            if kind == "O":
                names[handle] = name
            elif kind == "W" and fnmatch.fnmatchcase(names[handle], pattern) and any(data):
                found.append(i + 1)
        return found


def make_backups(daemon):
    """Paths: of one without keys and of one with them, of the ledger as the last run has left it."""
    daemon.start()
    results = [daemon.cli("backup", *more, daemon.home) for more in ((), ("--with-keys",))]
    daemon.stop()
    return [result.stdout.rstrip("\n") for result in results]


def record_restore(daemon, recorder, root, backup, before):
    """The ledger is taken away and made again."""
    shutil.rmtree(daemon.dir)
    found = files_below(root)
    name = os.path.basename(backup)
    path = os.path.join(os.path.dirname(root), "record." + name)
    with recording(recorder, path, root):
        result = daemon.offline("restore", "--from", backup)
    if result.returncode != 0:
        raise harness.Failed(result.returncode, "restore: " + result.stderr)
    last, erasures = before
    run = Run("restore of " + name, found, path, last.log, last.sent, erasures)
    verify_record(run, root)
    run.backup = shutil.copy(backup, os.path.dirname(root))
    return run


def record_runs(home, recorder, seed):
    """The runs, and that the record says what the files are."""
    runs = []
    load = Load(random.Random(seed))
    root = os.path.join(home, "disk")
    os.mkdir(root)
    daemon = harness.Daemon(folder=os.path.join(root, "ledger"), flags=OFTEN)
    try:
        for name, events in (("first start", 60), ("load", 600), ("load", 600), ("rebuild", 0)):
            found, erased_before = files_below(root), frozenset(load.erased)
            path = os.path.join(home, "record.%d" % len(runs))
            if events:
                with recording(recorder, path, root):
                    daemon.start()
                load.run(daemon, events)
                log = whole_log(daemon.client())
                daemon.stop()
            else:
                with recording(recorder, path, root):
                    result = daemon.offline("rebuild")
                if result.returncode != 0:
                    raise harness.Failed(result.returncode, "rebuild: " + result.stderr)
            erasures = Erasures(erased_before, frozenset(load.erasing))
            runs.append(Run(name, found, path, log, dict(load.sent), erasures))
            verify_record(runs[-1], root)
        last, defined = runs[-1], frozenset(load.defined)
        keyless, with_keys = Erasures(defined, defined), Erasures(frozenset(load.erased), frozenset(load.erasing))
        for backup, erasures in zip(make_backups(daemon), (keyless, with_keys)):
            runs.append(record_restore(daemon, recorder, root, backup, (last, erasures)))
    finally:
        daemon.remove()
    shutil.rmtree(root)
    return runs


def verify_record(run, root):
    """Whatever the recorder had missed would be missing here."""
    disk = Disk(run.found)
    for call in run.calls:
        disk.apply(*call)
    disk.names.pop("")
    said = {name: None if content is None else bytes(content) for name, content in disk.now().items()}
    found = files_below(root)
    for name in sorted(said.keys() | found.keys()):
        if name.endswith("lock.mdb"):
            continue  # of processes that run, not of the ledger
        if said.get(name, False) != found.get(name, False):
            raise SystemExit("%s: the record does not say what became of %s" % (run.name, name))


@dataclass(frozen=True)
class Choice:
    """Which images: of these runs, drawn from this seed."""

    home: str
    images: int
    seed: int
    shares: int  # that are cut at the same time; other shares draw other images
    share: int = 0
    keep: str = None
    deaf: str = None  # see disk.Disk
    at: str = None  # see Run.points
    until_failed: bool = False


class Verdict:
    """What one disk must hold."""

    def __init__(self, run, told, check, what):
        self.run, self.told, self.check, self.what = run, told, check, what
        self.is_over = False  # all of the run was before the cut

    def verify(self, home, files):
        daemon = harness.Daemon(folder=os.path.join(home, "ledger"), flags=OFTEN)
        try:
            write_files(home, files)
            is_there = "ledger/data.mdb" in files
            if self.run.backup and not is_there:
                self.check.true(not self.is_over, self.what, "restored and not there")
                result = daemon.offline("restore", "--from", self.run.backup)
                self.check.equal(result.returncode, 0, self.what, "restore again", result.stdout, result.stderr)
            if self.run.backup or is_there:
                result = daemon.offline("check")
                self.check.equal(result.returncode, 0, self.what, "check", result.stdout, result.stderr)
            daemon.start(["--create"] if "ledger" in files else [])
            self.verify_log(daemon)
        except harness.Failed as failed:
            self.check.true(False, self.what, "starts", failed.log)
        except (Closed, ConnectionError):
            self.check.true(False, self.what, "goes on", daemon.log())
        except Refused as refused:
            self.check.true(False, self.what, "serves what it holds", refused, daemon.log())
        finally:
            daemon.remove()
            shutil.rmtree(home, ignore_errors=True)

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
        must = self.told.erased | self.run.erasures.before
        self.check.equal([name for name in must if False in is_erased.get(name, ())], [], self.what, "told to be erased and there")
        unasked = [name for name in is_erased if True in is_erased[name] and name not in self.run.erasures.asked]
        self.check.equal(unasked, [], self.what, "erased, and nobody asked")
        self.check.equal([name for name in is_erased if len(is_erased[name]) > 1], [], self.what, "erased in part")

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


def cut(runs, choice):
    """One share of the images; the numbers of passed and failed checks."""
    check = Check()
    check.shown_max = 0 if choice.until_failed else check.shown_max
    for number, run in enumerate(runs):
        draw = random.Random("%d %d %d" % (choice.seed, number, choice.share))
        told, disk, done = Acknowledged(), Disk(run.found, choice.deaf), 0
        for image, point in enumerate(run.points(choice.images // len(runs), draw, choice)):
            for kind, handle, position, name, data in run.calls[done:point]:
                disk.apply(kind, handle, position, name, data)
                told.apply(kind, handle, position, data)
            done = point
            what = "%s, call %d of %d, image %d.%d.%d:" % (run.name, point, len(run.calls), number, choice.share, image)
            failed = check.failed
            files = disk.cut(draw)
            files.pop("")
            verdict = Verdict(run, told, check, what)
            verdict.is_over = point == len(run.calls)
            verdict.verify(os.path.join(choice.home, "image.%d" % choice.share), files)
            if check.failed > failed and choice.keep:
                write_files(os.path.join(choice.keep, "%d.%d.%d" % (number, choice.share, image)), files)
            if check.failed and choice.until_failed:
                return check.passed, check.failed
    return check.passed, check.failed


def cut_all(runs, choice):
    """So many images in all, or a few more: each share cuts as many of each run."""
    images = -(-choice.images // (choice.shares * len(runs))) * len(runs)
    with multiprocessing.Pool(choice.shares) as pool:
        found = pool.starmap(cut, [(runs, replace(choice, share=i, images=images)) for i in range(choice.shares)])
    return sum(passed for passed, _ in found), sum(failed for _, failed in found)


def verify_roots(runs, check):
    for run in runs:
        told = Acknowledged()
        for kind, handle, position, _, data in run.calls:
            told.apply(kind, handle, position, data)
        for size, root in told.roots.items():
            check.equal(root.hex(), run.tree.root(0, size).hex(), run.name, "root told of size", size)


def parse(parser):
    """The options that both programs have; says the seed."""
    parser.add_argument("--recorder", required=True)
    shares = (os.cpu_count() or 1) + 1  # each waits now and then
    parser.add_argument("--shares", type=int, default=shares, help="so many disks are looked at at the same time")
    arguments = seeds.parse(parser)
    print("--shares %d" % arguments.shares, flush=True)
    return arguments


def has_room(folder):
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM_BYTES


@contextlib.contextmanager
def recorded(arguments):
    """The runs and where images may lie: in memory, where flushes cost nothing, if there is room."""
    home = tempfile.mkdtemp(prefix="sl-power-", dir="/dev/shm" if has_room("/dev/shm") else None)
    try:
        yield record_runs(home, os.path.abspath(arguments.recorder), arguments.seed), home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--keep", help="a folder for the disks of which something was wrong")
    arguments = parse(parser)
    check = Check()
    with recorded(arguments) as (runs, home):
        verify_roots(runs, check)
        passed, failed = cut_all(runs, Choice(home, arguments.images, arguments.seed, arguments.shares, keep=arguments.keep))
        for run in runs:
            there = len(run.boundaries())
            cut_at = min(there, -(-arguments.images // len(runs)))
            print("%s: %d calls, %d events; cut at %d of %d boundaries" % (run.name, len(run.calls), len(run.log), cut_at, there), flush=True)
    check.passed += passed
    check.failed += failed
    check.finish()


if __name__ == "__main__":
    main()
