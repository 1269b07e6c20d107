#!/usr/bin/env python3
"""Makes one allocation of the daemon fail at a time, or a few in a row, and looks at what it makes of it.

    oom.py --allocator LIBRARY [--all | --cases N] [--seed N] [--only WORDS]

    start       a ledger is made and opened: the daemon gets ready, or ends with status 1 and says "out of memory"; the next start goes on.
                Where libuv or the C library abort by themselves it ends by that, which is counted
    restart     the same with one that was killed
    REQUEST     of a daemon that has just started, and has allocated nothing for such a request yet. It is answered, or refused with
                NO_MEMORY, or the connection is closed; where what was accepted could not be finished, the daemon stops and says so

Whatever it is: the same request is answered rightly afterwards, and `check` is content."""
import argparse
import contextlib
import mmap
import multiprocessing
import os
import random
import shutil
import signal
import struct
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass

from told import Told  # noqa: F401  finds the folders of the others

import harness
import seeds
import worked
from check import Check
from client import Client, Closed, Refused, new_id
from power import has_room

CONTROL_BYTES = 32
MORE = 5  # allocations that fail after the first: of a retry, of the refusal itself
OUT_OF_MEMORY = "out of memory"
STARTS = ("start", "restart")
# At a start libuv, where it sets up its loop, and the C library, where it looks up a user, end the process by themselves. An end by one of
# these without a word of ours is taken for that, at a start only, and counted.
ABORTS = (-signal.SIGABRT, -signal.SIGSEGV)
FLAGS = ["--checkpoint-ms", "3600000", "--segment-bytes", "1048576", "--free-bytes-min", "1"]


def history():
    tiers = worked.component([(0, 10_000), (100_000, 20_000)])
    events = worked.people("ann", "bob") + [{"define": {"product": {"product": "thing", "line": "iron"}}},
                                            {"define": {"customer": {"customer": "acme", "region": "east"}}}]
    events += [worked.plan(tiers), worked.quota(500_000, "2025-Q1"), worked.quota(100_000, "2025-Q1", person="bob")]
    events += [worked.sale("d%d" % i, 1000 * i, "ann" if i % 3 else "bob") for i in range(1, 40)]
    return events + [{"effectiveDate": "2025-02-03", "contact": {"kind": "VISIT", "customer": "acme", "person": "ann"}},
                     {"effectiveDate": "2025-02-03", "payout": {"payee": "ann", "kind": "COMMISSION", "state": "PROPOSED", "currency": "USD",
                                                                "lines": [{"component": "pay", "window": "2025-Q1", "amountMinor": "5"}]}}]


def append(*events, **more):
    return "append", dict({"events": [dict(event, id=new_id()) for event in events]}, **more)


def requests():
    """{name: (kind, body)}: each thing that can be recorded and asked, in a ledger that holds history()."""
    day = "2025-02-04"
    sold = [worked.sale("new%d" % i, i, "p%d" % (i % 50)) for i in range(1, 1001)]
    return {
        "define": append({"define": {"person": {"person": "eve", "unit": "team"}}}),
        "contact": append({"effectiveDate": day, "contact": {"kind": "VISIT", "customer": "new", "person": "ann", "text": "seen"}}),
        "quote": append({"effectiveDate": day, "quote": {"deal": "q1", "customer": "acme", "currency": "USD", "stage": "proposal",
                                                         "lines": [{"product": "thing", "amountMinor": "10"}],
                                                         "credits": [{"person": "ann", "sharePpm": "1000000"}]}}),
        "close": append(worked.sale("c1", 700)),
        "target": append(worked.quota(7_000, "2025-Q2")),
        "plan": append(worked.plan(worked.component([(0, 10_000)]), name="other")),
        "payout": append({"effectiveDate": day, "payout": {"payee": "bob", "kind": "COMMISSION", "state": "PROPOSED", "currency": "USD",
                                                           "lines": [{"component": "pay", "window": "2025-Q1", "amountMinor": "5"}]}}),
        "note": append({"effectiveDate": day, "note": {"subject": "ann", "subjectKind": "PERSON", "kind": "FEEDBACK", "lines": ["well done"]}}),
        "correct": append({"correct": {"refSeq": "12", "void": True, "reason": "drawn"}}),
        "thousand": append(*sold),
        "all-or-nothing": append(*sold[:100], allOrNothing=True),
        "log": ("log", {"from": "1"}),
        "log-entity": ("log", {"from": "1", "entityKind": "PERSON", "entity": "ann"}),
        "measures": ("measures", {"measures": ["booked.amount", "won.count", "contact.count:VISIT"], "period": "2025", "by": "BY_PERSON"}),
        "measures-units": ("measures", {"measures": ["booked.amount"], "period": "2025-Q1", "by": "BY_PRODUCT_LINE", "scope": {"unit": "team"}}),
        "targets": ("targets", {"period": "2025-Q1"}),
        "targets-derived": ("targets", {"period": "2025-01", "scope": {"person": "ann"}}),
        "rank": ("rank", {"measure": "booked.amount", "period": "2025"}),
        "rank-units": ("rank", {"measure": "booked.amount", "period": "2025", "dimension": "BY_UNIT"}),
        "statement": ("statement", {"person": "ann", "period": "2025-Q1", "explain": True}),
        "subscribe": ("subscribe", {"from": "1"}),
        "status": ("status", {}),
    }


@dataclass(frozen=True)
class Case:
    name: str     # of STARTS or requests()
    nth: int      # allocation that fails; 0: none
    is_lasting: bool

    def text(self):
        return "%s %d%s:" % (self.name, self.nth, " and on" if self.is_lasting else "")


@dataclass(frozen=True)
class Plan:
    allocator: str
    home: str
    template: str
    answers: dict  # name -> what a question gives


class Control:
    def __init__(self, path):
        with open(path, "w+b") as file:
            file.truncate(CONTROL_BYTES)
            self.map = mmap.mmap(file.fileno(), CONTROL_BYTES)

    def arm(self, case):
        struct.pack_into("<q", self.map, 8, MORE if case.is_lasting else 0)
        struct.pack_into("<q", self.map, 0, case.nth)

    def disarm(self):
        struct.pack_into("<q", self.map, 0, 0)

    def count(self):
        return struct.unpack_from("<Q", self.map, 16)[0]

    def failed(self):
        return struct.unpack_from("<Q", self.map, 24)[0]


def answer_of(client, request):
    """What counts of all its replies."""
    kind, body = request
    tag = client.send(kind, body)
    parts = []
    while True:
        reply = client.reply(tag)
        reply.tag = 0
        if kind == "append":
            return [(receipt.id, receipt.error.name) for receipt in reply.append.receipts]
        if kind == "status":
            return [(reply.status.head, reply.status.tree_root)]
        parts.append(reply.SerializeToString())
        if kind == "subscribe" and reply.events.next > reply.seq or kind != "subscribe" and not reply.more:
            return parts


class Play:
    def __init__(self, plan, case, check, name):
        self.plan, self.case, self.check, self.what = plan, case, check, case.text()
        self.home = os.path.join(plan.home, name)
        if case.name == "start":
            os.mkdir(self.home)
        else:
            shutil.copytree(plan.template, self.home)
        self.daemon = harness.Daemon(folder=os.path.join(self.home, "ledger"), flags=FLAGS)
        self.path = os.path.join(self.home, "control")
        self.control = Control(self.path)

    def remove(self):
        self.daemon.remove()
        shutil.rmtree(self.home, ignore_errors=True)

    @contextlib.contextmanager
    def applied(self):
        os.environ.update({"LD_PRELOAD": self.plan.allocator, "SL_OOM_CONTROL": self.path})
        try:
            yield
        finally:
            del os.environ["LD_PRELOAD"], os.environ["SL_OOM_CONTROL"]

    def start(self):
        """How it ended: "ready" or the status."""
        with self.applied():
            try:
                self.daemon.start()
                return "ready"
            except harness.Failed as failed:
                self.daemon.process = None
                if failed.status in ABORTS and self.case.name in STARTS and "assert condition" not in failed.log:
                    return "aborted by a library"
                self.check.equal(failed.status, 1, self.what, "ended", failed.log)
                self.check.true(OUT_OF_MEMORY in failed.log, self.what, "says why", failed.log)
                return failed.status

    def run(self):
        """How it ended, and the allocations there were."""
        if self.case.name in STARTS:
            self.control.arm(self.case)
            end = self.start()
            self.control.disarm()
            count = self.control.count()
            if end != "ready":
                self.daemon.start(["--create"] if os.path.exists(self.daemon.dir) else [])
        else:
            self.check.equal(self.start(), "ready", self.what, "starts")
            end, count = self.ask()
        self.verify()
        return end, count

    def ask(self):
        """A request of which an allocation fails, by a new connection."""
        before = self.control.count()
        request = requests()[self.case.name]
        self.control.arm(self.case)
        end = self.answer(request)
        if end == "closed" and self.has_ended():
            status = self.daemon.wait()
            end = "stopped: " + "".join(line.split("why=")[1] for line in self.daemon.lines if "event=stopped" in line).strip()
            self.check.true(status == 1 and OUT_OF_MEMORY in end, self.what, "stops", status, self.daemon.log())
            self.control.disarm()
            self.daemon.start()
        self.control.disarm()
        count = self.control.count() - before
        self.check.equal(self.answer(request), "answered", self.what, "afterwards", self.daemon.log())
        return end, count

    def answer(self, request):
        """"answered" rightly, "refused" for want of memory, or "closed"."""
        try:
            with Client(self.daemon.socket) as client:
                got = answer_of(client, request)
        except Refused as refused:
            self.check.equal((refused.error.name, refused.error.may_retry), ("NO_MEMORY", True), self.what, "refused", refused)
            return "refused"
        except (Closed, OSError):
            return "closed"
        if request[0] != "append":
            self.check.equal(got, self.plan.answers.get(self.case.name, got), self.what, "the answer")
            return "answered"
        names = {name for _, name in got}
        self.check.true(names <= {"", "NO_MEMORY", "BATCH_ABORTED"}, self.what, "receipts", names)
        return "answered" if names == {""} else "refused"

    def has_ended(self):
        """Either it takes connections or it is about to end."""
        try:
            with Client(self.daemon.socket) as client:
                client.status()
            return False
        except (Closed, OSError):
            return True

    def verify(self):
        with Client(self.daemon.socket) as client:
            ids = [event["id"] for event in client.log()]
            self.check.equal(len(ids), len(set(ids)), self.what, "each once")
        self.check.equal(self.daemon.stop(), 0, self.what, "ends", self.daemon.log())
        result = self.daemon.offline("check")
        self.check.equal(result.returncode, 0, self.what, "check", result.stdout, result.stderr)


def play(plan, case, number):
    check = Check()
    run = Play(plan, case, check, "case.%d" % number)
    try:
        end, count = run.run()
        is_struck = run.control.failed() > 0
    except (harness.Failed, Closed, OSError) as error:
        check.true(False, case.text(), "goes on", error)
        end, count, is_struck = "lost", 0, True
    finally:
        run.remove()
    return check.passed, check.failed, end if is_struck else "", count


def make_template(plan):
    daemon = harness.Daemon(folder=os.path.join(plan.template, "ledger"), flags=FLAGS)
    os.mkdir(plan.template)
    try:
        daemon.start()
        daemon.client().record(*history())
        daemon.kill()
        daemon.start()
        for name, request in requests().items():
            if request[0] not in ("append", "status"):
                plan.answers[name] = answer_of(daemon.client(), request)
        daemon.kill()
    finally:
        daemon.remove()


def count_all(plan, names):
    """{name: allocations without a fault}"""
    counts = {}
    for name in names:
        passed, failed, _, counts[name] = play(plan, Case(name, 0, False), len(counts))
        if failed or not passed:
            sys.exit("without a fault there are failures")
    return counts


def sample(cases, count, draw):
    """As many of each start and request, as far as there are: most allocations are libcrypto's, at a start."""
    draw.shuffle(cases)
    seen = Counter()
    turns = {}
    for case in cases:
        turns[case] = seen[case.name]
        seen[case.name] += 1
    return sorted(cases, key=turns.get)[:count]


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--allocator", required=True)
    parser.add_argument("--all", action="store_true", help="each allocation; the default")
    parser.add_argument("--cases", type=int, default=0, help="so many, drawn")
    parser.add_argument("--only", default="", help="cases whose text holds this")
    return seeds.parse(parser)


def main():
    arguments = parse()
    draw = random.Random(arguments.seed)
    check = Check()
    home = tempfile.mkdtemp(prefix="sl-oom-", dir="/dev/shm" if has_room("/dev/shm") else None)
    plan = Plan(os.path.abspath(arguments.allocator), home, os.path.join(home, "template"), {})
    try:
        make_template(plan)
        counts = count_all(plan, [name for name in (*STARTS, *requests()) if arguments.only.split(" ")[0] in name])
        print(", ".join("%s %d" % count for count in counts.items()), flush=True)
        cases = [Case(name, nth, lasting) for name, count in counts.items() for nth in range(1, count + 1) for lasting in (False, True)]
        cases = [case for case in cases if arguments.only in case.text()]
        if arguments.cases:
            cases = sample(cases, arguments.cases, draw)
        with multiprocessing.Pool(os.cpu_count() or 1) as pool:
            results = pool.starmap(play, [(plan, case, i) for i, case in enumerate(cases)], chunksize=1)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    check.passed, check.failed = sum(result[0] for result in results), sum(result[1] for result in results)
    for end, count in sorted(Counter(str(result[2]) for result in results if result[2] != "").items()):
        print("%6d %s" % (count, end))
    check.finish()


if __name__ == "__main__":
    main()
