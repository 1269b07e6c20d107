#!/usr/bin/env python3
"""Makes one allocation of the daemon fail at a time, or a few in a row, and looks at what it makes of it.

    oom.py --allocator LIBRARY [--all | --cases N] [--seed N] [--only WORDS]

    start       a ledger is made and opened: the daemon gets ready, or ends with status 1 and says that there is no memory; the next start goes on.
                Where libuv or the C library abort by themselves it ends by that, which is counted
    restart     the same with one that was killed
    rebuild     salesledgerd rebuild of that one: done, or ends so; then it can be done again
    restore     salesledgerd restore of a backup: the same. There is a ledger, the whole of it, or nothing is left, no secret either
    REQUEST     of a daemon that has just started, and has allocated nothing for such a request yet. It is answered, or refused with
                NO_MEMORY, or the connection is closed; where what was accepted could not be finished, the daemon stops and says so

Those whose names end with -keys meet a ledger, or a backup, that holds keys of customers, one of them erased.

Whatever it is: the same request is answered rightly afterwards, the log is what it was, personal fields are those that were sent, or "erased" once
an erasure was answered, and `check` is content."""
import argparse
import contextlib
import copy
import errno
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
WORDS = ("out of memory", os.strerror(errno.ENOMEM))  # ours, and those of what LMDB gives
STARTS = ("start", "restart", "restart-keys")
OFFLINE = ("rebuild", "rebuild-keys", "restore", "restore-keys")
KEYS = "-keys"
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
                                                                "lines": [{"component": "pay", "window": "2025-Q1", "amountMinor": "5"}]}},
                     quote("asked", "10")]


def quote(deal, amount):
    return {"effectiveDate": "2025-02-04", "quote": {"deal": deal, "customer": "acme", "currency": "USD", "stage": "proposal",
                                                     "lines": [{"product": "thing", "amountMinor": amount}],
                                                     "credits": [{"person": "ann", "sharePpm": "1000000"}]}}


def personal(customer):
    return {"define": {"customer": {"customer": customer, "name": "%s Smith" % customer, "region": "east",
                                    "personal": [{"name": "phone", "value": "555 %s" % customer}]}}}


def customer_in(event):
    """The definition of a customer that it is, or brings; empty if it is none."""
    define = event.get("define") or event.get("correct", {}).get("replacement", {}).get("define", {})
    return define.get("customer", {})


def append(*events, **more):
    return "append", dict({"events": [dict(event, id=new_id()) for event in events]}, **more)


SUBSCRIBE = ("subscribe", {"from": "1"})


def requests():
    """{name: (kind, body)}: each thing that can be recorded and asked, in a ledger that holds history(), or a template's."""
    day = "2025-02-04"
    sold = [worked.sale("new%d" % i, i, "p%d" % (i % 50)) for i in range(1, 1001)]
    return {
        "define": append({"define": {"person": {"person": "eve", "unit": "team"}}}),
        "contact": append({"effectiveDate": day, "contact": {"kind": "VISIT", "customer": "new", "person": "ann", "text": "seen"}}),
        "personal": append(personal("bolt"), personal("nut")),
        "personal-keys": append(personal("bolt"), personal("nut")),
        "quote": append(quote("q1", "10")),
        "close": append(worked.sale("c1", 700)),
        "target": append(worked.quota(7_000, "2025-Q2")),
        "plan": append(worked.plan(worked.component([(0, 10_000)]), name="other")),
        "payout": append({"effectiveDate": day, "payout": {"payee": "bob", "kind": "COMMISSION", "state": "PROPOSED", "currency": "USD",
                                                           "lines": [{"component": "pay", "window": "2025-Q1", "amountMinor": "5"}]}}),
        "note": append({"effectiveDate": day, "note": {"subject": "ann", "subjectKind": "PERSON", "kind": "FEEDBACK", "lines": ["well done"]}}),
        "correct": append({"correct": {"refSeq": "12", "void": True, "reason": "drawn"}}),
        "correct-quote": append({"correct": {"refSeq": str(len(history())), "reason": "typing error", "replacement": quote("asked", "20")}}),
        "erase-keys": ("erase", {"customer": "ada"}),
        "thousand": append(*sold),
        "all-or-nothing": append(*sold[:100], allOrNothing=True),
        "log": ("log", {"from": "1"}),
        "log-keys": ("log", {"from": "1"}),
        "log-entity": ("log", {"from": "1", "entityKind": "PERSON", "entity": "ann"}),
        "measures": ("measures", {"measures": ["booked.amount", "won.count", "contact.count:VISIT"], "period": "2025", "by": "BY_PERSON"}),
        "measures-units": ("measures", {"measures": ["booked.amount"], "period": "2025-Q1", "by": "BY_PRODUCT_LINE", "scope": {"unit": "team"}}),
        "targets": ("targets", {"period": "2025-Q1"}),
        "targets-derived": ("targets", {"period": "2025-01", "scope": {"person": "ann"}}),
        "rank": ("rank", {"measure": "booked.amount", "period": "2025"}),
        "rank-units": ("rank", {"measure": "booked.amount", "period": "2025", "dimension": "BY_UNIT"}),
        "statement": ("statement", {"person": "ann", "period": "2025-Q1", "explain": True}),
        "subscribe": SUBSCRIBE,
        "cancel": ("cancel", {"tag": "1"}),
        "backup": ("backup", {}),
        "backup-keys": ("backup", {"withKeys": True}),
        "status": ("status", {}),
    }


@dataclass(frozen=True)
class Case:
    name: str     # of STARTS, OFFLINE or requests()
    nth: int      # allocation that fails; 0: none
    is_lasting: bool

    def text(self):
        return "%s %d%s:" % (self.name, self.nth, " and on" if self.is_lasting else "")


def ledger_of(name):
    """Which template a case meets."""
    return "keys" if name.endswith(KEYS) else "plain"


@dataclass(frozen=True)
class Plan:
    allocator: str
    home: str
    answers: dict  # name -> what a question gives
    logs: dict     # template -> its events

    def template(self, kind):
        return os.path.join(self.home, kind)

    def backup(self, kind):
        return os.path.join(self.home, kind + ".slb")


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


def answer_of(socket, request, arm=lambda: None):
    """What counts of all replies, by a new connection. It is armed before; for what ends a subscription, once that is there."""
    if request[0] != "cancel":
        arm()
    with Client(socket) as client:
        if request[0] == "cancel":
            replies_of(client, *SUBSCRIBE)
            arm()
        return replies_of(client, *request)


def replies_of(client, kind, body):
    tag = client.send(kind, body)
    parts = []
    while True:
        reply = client.reply(tag)
        reply.tag = 0
        if kind == "append":
            return [(receipt.id, receipt.error.name) for receipt in reply.append.receipts]
        if kind == "status":
            return [(reply.status.head, reply.status.tree_root)]
        if kind == "erase":
            return reply.erase
        if kind == "cancel":
            return [part.SerializeToString() for part in (reply, client.reply(int(body["tag"])))]
        parts.append(reply.SerializeToString())
        if kind == "subscribe" and reply.events.next > reply.seq or kind != "subscribe" and not reply.more:
            return parts


def says_why(log):
    return any(words in log for words in WORDS)


class Play:
    def __init__(self, plan, case, check, name):
        self.plan, self.case, self.check, self.what = plan, case, check, case.text()
        self.home = os.path.join(plan.home, name)
        self.kind = ledger_of(case.name)
        self.verb = case.name.split("-")[0]
        self.request = requests().get(case.name)
        self.erased = set()
        if case.name == "start" or self.verb == "restore":
            os.mkdir(self.home)
        else:
            shutil.copytree(plan.template(self.kind), self.home)
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
                self.check.true(says_why(failed.log), self.what, "says why", failed.log)
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
        elif self.case.name in OFFLINE:
            end, count = self.run_offline()
            self.daemon.start()
        else:
            self.check.equal(self.start(), "ready", self.what, "starts")
            end, count = self.ask()
        self.verify()
        return end, count

    def offline(self):
        return self.daemon.offline(self.verb, *(["--from", self.plan.backup(self.kind)] if self.verb == "restore" else []))

    def run_offline(self):
        self.control.arm(self.case)
        with self.applied():
            result = self.offline()
        self.control.disarm()
        if result.returncode == 0:
            return "done", self.control.count()
        self.check.equal((result.returncode, says_why(result.stderr)), (1, True), self.what, "ended", result.stderr)
        if self.verb == "restore":
            left = os.listdir(self.daemon.dir) if os.path.exists(self.daemon.dir) else []
            self.check.true(set(left) <= {"lock"}, self.what, "left behind", left)
        again = self.offline()
        self.check.equal((again.returncode, again.stderr), (0, ""), self.what, "again")
        return result.returncode, self.control.count()

    def ask(self):
        """A request of which an allocation fails, by a new connection."""
        end = self.answer(self.arm)
        if end == "closed" and self.has_ended():
            status = self.daemon.wait()
            end = "stopped: " + "".join(line.split("why=")[1] for line in self.daemon.lines if "event=stopped" in line).strip()
            self.check.true(status == 1 and says_why(end), self.what, "stops", status, self.daemon.log())
            self.control.disarm()
            self.daemon.start()
        self.control.disarm()
        count = self.control.count() - self.before
        self.check.equal(self.answer(), "answered", self.what, "afterwards", self.daemon.log())
        return end, count

    def arm(self):
        self.before = self.control.count()
        self.control.arm(self.case)

    def answer(self, arm=lambda: None):
        """"answered" rightly, "refused" for want of memory, or "closed"."""
        try:
            got = answer_of(self.daemon.socket, self.request, arm)
        except Refused as refused:
            self.check.equal((refused.error.name, refused.error.may_retry), ("NO_MEMORY", True), self.what, "refused", refused)
            return "refused"
        except (Closed, OSError):
            return "closed"
        if self.verb == "erase":
            return self.note_erased(got)
        if self.request[0] != "append":
            self.check.equal(got, self.plan.answers.get(self.case.name, got), self.what, "the answer")
            return "answered"
        names = {name for _, name in got}
        self.check.true(names <= {"", "NO_MEMORY", "BATCH_ABORTED"}, self.what, "receipts", names)
        return "answered" if names == {""} else "refused"

    def note_erased(self, reply):
        """Whoever was not told may be told twice over: it was done before, or is now."""
        told = (reply.customer, reply.erased_us > 0, reply.had_no_data)
        self.check.equal(told, (self.request[1]["customer"], True, False), self.what, "erased")
        self.check.true(reply.was_already or reply.customer not in self.erased, self.what, "was erased already")
        self.erased.add(reply.customer)
        return "answered"

    def has_ended(self):
        """Either it takes connections or it is about to end."""
        try:
            with Client(self.daemon.socket) as client:
                client.status()
            return False
        except (Closed, OSError):
            return True

    def expected(self):
        """The events that were there before."""
        if self.case.name == "start":
            return []
        events = copy.deepcopy(self.plan.logs[self.kind])
        for customer in (customer_in(event) for event in events):
            if customer.get("customer") in self.erased:
                customer.pop("personal", None)
                customer.update(name="erased", erased=True)
        return events

    def verify_log(self, log):
        before = self.expected()
        self.check.equal(log[:len(before)], before, self.what, "what was there")
        ids = [event["id"] for event in log]
        self.check.equal(len(ids), len(set(ids)), self.what, "each once")
        asked = self.request[1].get("events", []) if self.request else []
        self.check.equal(set(ids[len(before):]), {event["id"] for event in asked}, self.what, "what was asked for")
        found = {event["id"]: {name: value for name, value in customer_in(event).items() if name != "sealed"} for event in log}
        for event in filter(customer_in, asked):
            self.check.equal(found.get(event["id"]), customer_in(event), self.what, "personal fields as they were sent")

    def verify(self):
        with Client(self.daemon.socket) as client:
            self.verify_log(client.log())
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


def answer_all(plan, kind, socket):
    for name, request in requests().items():
        if ledger_of(name) == kind and request[0] not in ("append", "status", "erase"):
            plan.answers[name] = answer_of(socket, request)


def back_up(plan, kind, daemon):
    result = daemon.cli("backup", *(["--with-keys"] if kind == "keys" else []), plan.home)
    if result.returncode != 0:
        raise harness.Failed(result.returncode, result.stderr)
    os.rename(result.stdout.rstrip("\n"), plan.backup(kind))


def make_template(plan, kind):
    daemon = harness.Daemon(folder=os.path.join(plan.template(kind), "ledger"), flags=FLAGS)
    os.mkdir(plan.template(kind))
    try:
        daemon.start()
        client = daemon.client()
        client.record(*history())
        if kind == "keys":
            client.record(personal("ada"), personal("kept"), personal("gone"))
            client.call("erase", {"customer": "gone"})
        daemon.kill()
        daemon.start()
        plan.logs[kind] = daemon.client().log()
        answer_all(plan, kind, daemon.socket)
        back_up(plan, kind, daemon)
        daemon.kill()
    finally:
        daemon.remove()


def count_all(plan, names, check):
    """{name: allocations without a fault}"""
    counts = {}
    for name in names:
        passed, failed, _, counts[name] = play(plan, Case(name, 0, False), len(counts))
        if failed or not passed:
            sys.exit("without a fault there are failures")
        check.passed += passed
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
    plan = Plan(os.path.abspath(arguments.allocator), home, {}, {})
    try:
        for kind in ("plain", "keys"):
            make_template(plan, kind)
        counts = count_all(plan, [name for name in (*STARTS, *OFFLINE, *requests()) if arguments.only.split(" ")[0] in name], check)
        print(", ".join("%s %d" % count for count in counts.items()), flush=True)
        cases = [Case(name, nth, lasting) for name, count in counts.items() for nth in range(1, count + 1) for lasting in (False, True)]
        cases = [case for case in cases if arguments.only in case.text()]
        if arguments.cases:
            cases = sample(cases, arguments.cases, draw)
        with multiprocessing.Pool(os.cpu_count() or 1) as pool:
            results = pool.starmap(play, [(plan, case, i) for i, case in enumerate(cases)], chunksize=1)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    check.passed += sum(result[0] for result in results)
    check.failed += sum(result[1] for result in results)
    for end, count in sorted(Counter(str(result[2]) for result in results if result[2] != "").items()):
        print("%6d %s" % (count, end))
    check.finish()


if __name__ == "__main__":
    main()
