#!/usr/bin/env python3
"""Makes one system call of the store go wrong at a time, and looks at what the real daemon makes of it.

    faults.py --injector LIBRARY [--all | --cases N] [--seed N] [--only WORDS]

    create      a ledger is made, opened, loaded, and ended by SIGTERM
    start       one that was killed is started, loaded, and ended
    rebuild     salesledgerd rebuild of such a one
    check       salesledgerd check of it
    restore     salesledgerd restore of a backup of it, with keys

A load ends with an erasure and a backup with keys, read to its end.

First each phase runs without faults, and the calls it makes below the ledger's folder are listed (injector.c). Then a call at its first,
second, a drawn or its last use gives an error, takes half of the bytes, or is held up. Whatever it is:

    the daemon goes on, or ends with status 1 and says in one line which file and what the system said; it does not hang, and no signal ends it
    a flush that failed ends it, and that file is neither written nor flushed again
    afterwards `check` finds nothing wrong, and a start without faults holds what was acknowledged, nothing that was refused, and takes
    what was left unanswered once
    of what was being restored there is no ledger, or the whole, and the same command makes it
    while a lane of the daemon is held up, its loop is not; if it is killed then, what it has acknowledged is there"""
import argparse
import copy
import errno
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass

from injection import Injection
from told import Told

import harness
import seeds
from check import Check
from client import Client, Closed
from power import has_room

FLAGS = ["--checkpoint-ms", "10", "--checkpoint-bytes", "65536", "--segment-bytes", "1048576", "--free-bytes-min", "1"]
SELDOM = ["--checkpoint-ms", "3600000", "--segment-bytes", "1048576", "--free-bytes-min", "1"]
BACKUP = ".slb"  # beside the ledger
EVENTS = 240
ERRORS = ("EIO", "ENOSPC", "EINTR", "EMFILE", "ENOMEM")
WRITES = {"pwrite", "pwritev", "write", "writev"}
SHORT = {"pread", "read", "pwrite", "pwritev", "write", "writev"}
FLUSHES = {"fsync", "fdatasync"}
# Told by who needed what had failed: after a commit that failed LMDB gives nothing more; a key that cannot be read is told of its record.
SECOND_HAND = ("an accepted event could not be applied: an input or output", "the state cannot be read: an input or output",
               "the seal of its personal fields does not open")
PHASES = ("create", "start", "rebuild", "check", "restore")


@dataclass(frozen=True)
class Case:
    phase: str
    call: str
    file: str
    use: int
    what: str  # the name of an errno, "short" or "hold"

    def text(self):
        return "%s %s %s %d %s:" % (self.phase, self.call, self.file, self.use, self.what)

    def injected(self):
        how = "errno %d" % getattr(errno, self.what) if self.what in ERRORS else self.what
        return "%s %s %d %s" % (self.call, self.file, self.use, how)


@dataclass(frozen=True)
class Plan:
    injector: str
    home: str
    template: str  # a folder with a ledger in it, killed
    backup: str    # of that ledger, with keys
    told: Told     # by whom it was loaded
    seed: int


class Play:
    """One run of a phase below the injector, in a folder of its own."""

    def __init__(self, plan, case, check, name):
        self.case, self.check, self.what = case, check, case.text()
        self.home = os.path.join(plan.home, name)
        if case.phase in ("create", "restore"):
            os.mkdir(self.home)
        else:
            shutil.copytree(plan.template, self.home)
        self.told = Told(plan.seed) if case.phase == "create" else copy.deepcopy(plan.told)
        self.daemon = harness.Daemon(folder=os.path.join(self.home, "ledger"), flags=FLAGS)
        if case.phase == "restore":
            os.link(plan.backup, self.daemon.dir + BACKUP)
        self.injection = Injection(plan.injector, self.daemon.dir, self.home, case.injected() if case.use else "")
        self.log = ""
        self.is_killed = self.is_ending = False
        self.lock = threading.Lock()  # either the hold is looked at, or the end begins

    def remove(self):
        self.daemon.remove()
        self.injection.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def run(self):
        """The exit status."""
        if self.case.what != "hold":
            return self._run()
        holder = threading.Thread(target=self._hold)
        holder.start()
        try:
            return self._run()
        finally:
            self.injection.leave()
            holder.join()

    def _run(self):
        if self.case.phase in ("rebuild", "check", "restore"):
            with self.injection.applied():
                result = self.offline()
            self.log = result.stderr
            return result.returncode
        try:
            with self.injection.applied():
                self.daemon.start()
        except harness.Failed as failed:
            self.log = failed.log
            self.daemon.process = None
            return failed.status
        is_answered = self.told.run(self.daemon, EVENTS) and self.told.erase_and_back_up(self.daemon, self.check, self.what)
        with self.lock:
            self.is_ending = True
        status = self.daemon.stop() if is_answered else self.daemon.wait()
        self.log = self.daemon.log()
        self.check.true(is_answered or status != 0, self.what, "ends though nothing is wrong")
        if status == -signal.SIGTERM and "event=stopped" in self.log:
            status = 1  # it came when it was about to end by itself, and the loop that would have taken it was gone
        return status

    def offline(self):
        return self.daemon.offline(self.case.phase, *(["--from", self.daemon.dir + BACKUP] if self.case.phase == "restore" else []))

    # -- a call that is held up ---------------------------------------------------------------------------------------

    def _hold(self):
        thread = self.injection.wait()
        with self.lock:
            is_open = not self.is_ending and "event=ready" in self.daemon.log()
            if thread == "lane" and is_open:
                self._look_at_loop()
        self.injection.go()

    def _look_at_loop(self):
        """The loop has read all that was sent before this connection, and has answered what it may."""
        try:
            with Client(self.daemon.socket) as client:
                client.socket.sendall(b"\xff\xff\xff\xff")
                self.check.equal(client.receive().error.name, "TOO_BIG", self.what, "the loop goes on")
            if self.case.file == "data":
                with Client(self.daemon.socket) as client:
                    self.check.true(client.status().head >= 0, self.what, "questions are answered")
        except (Closed, OSError) as error:
            self.check.true(False, self.what, "the loop goes on", error)
        if self.case.use % 2 == 1:
            self.is_killed = True
            self.daemon.process.send_signal(signal.SIGKILL)

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def verify(self, status):
        lines = self.injection.listed()
        is_struck = "struck" in lines
        if self.is_killed:
            self.check.equal(status, -signal.SIGKILL, self.what, "killed")
        elif self.check.true(status in (0, 1), self.what, "ended with", status, self.log) and is_struck and self.case.what in ERRORS:
            at = lines.index("struck")
            self.verify_answer(status)
            if self.case.call in FLUSHES:
                self.verify_flush(status, lines[at - 1].split(" ", 1)[1], lines[at + 1:])
        self.check.true(status == 0 or is_struck, self.what, "without a fault", self.log)
        is_of_scrubber = self.case.call in ("pread", "fstat") and self.case.file == "data"  # which takes what cannot be read for damage
        self.told.verify_refusals(self.check, self.what, {"CORRUPT"} if is_of_scrubber else frozenset())
        if self.case.phase == "restore" and status != 0:
            self.verify_restored()
        self.verify_disk()
        return is_struck

    def verify_answer(self, status):
        if status == 0 or self.case.call == "fcntl":  # LMDB takes that for another process's lock
            return
        if any(words in self.log for words in SECOND_HAND):
            return
        said = [line for line in self.log.splitlines() if not line.startswith("<") or "event=stopped" in line]
        self.check.equal(len(said), 1, self.what, "one line says why", self.log)
        self.check.true(os.strerror(getattr(errno, self.case.what)) in "".join(said), self.what, "says what the system said", said)

    def verify_flush(self, status, name, after):
        """What it was to make durable may be gone; only a file that is not in use yet can be given up for another."""
        again = [line for line in after if line.endswith(" " + name) and line.split()[0] in WRITES | FLUSHES]
        is_given_up = "unlink " + name in after or "remove " + name in after
        if not is_given_up:
            self.check.equal(again, [], self.what, "not tried again")
            self.check.equal(status, 1, self.what, "ends", self.log)

    def verify_restored(self):
        """It has failed: nothing is left, unless it was that which failed, and it can be done again."""
        left = os.listdir(self.daemon.dir) if os.path.exists(self.daemon.dir) else []
        if self.case.call != "remove":
            self.check.true(set(left) <= {"lock"}, self.what, "left behind", left)
        result = self.offline()
        self.check.equal((result.returncode, result.stderr), (0, ""), self.what, "again")

    def verify_disk(self):
        """Without the injector."""
        daemon = self.daemon
        try:
            if os.path.exists(os.path.join(daemon.dir, "data.mdb")):
                result = daemon.offline("check")
                self.check.equal(result.returncode, 0, self.what, "check", result.stdout, result.stderr)
            daemon.start(["--create"] if os.path.exists(daemon.dir) else [])
            self.told.verify(daemon.client(), self.check, self.what)
            self.check.equal(daemon.stop(), 0, self.what, "ends after it", daemon.log())
        except harness.Failed as failed:
            daemon.process = None
            self.check.true(False, self.what, "starts again", failed.log)
        except (Closed, OSError) as error:
            self.check.true(False, self.what, "goes on after it", error, daemon.log())


def play(plan, case, number):
    """passed, failed, was the call made at all, how it ended."""
    check = Check()
    run = Play(plan, case, check, "case.%d" % number)
    try:
        status = run.run()
        is_struck = run.verify(status)
    finally:
        run.remove()
    return check.passed, check.failed, is_struck, "killed" if run.is_killed else status


def list_calls(plan):
    """{(phase, call, file): uses} without faults."""
    found = Counter()
    check = Check()
    for phase in PHASES:
        run = Play(plan, Case(phase, "", "", 0, ""), check, "listing.%s" % phase)
        try:
            status = run.run()
            for line in run.injection.listed():
                found.update([(phase, *line.split()[:2])])
            run.verify(status)
        finally:
            run.remove()
    if check.failed:
        sys.exit("without a fault there are failures")
    return found


def all_cases(calls, draw):
    cases = []
    for (phase, call, file), uses in sorted(calls.items()):
        for what in ERRORS + (("short",) if call in SHORT else ()) + ("hold",):
            for use in sorted({1, min(2, uses), draw.randint(1, uses), uses}):
                cases.append(Case(phase, call, file, use, what))
    return cases


def sample(cases, count, draw):
    """Each call with each fault, then each call on each file of each phase, then anything."""
    draw.shuffle(cases)
    chosen = {}
    for key in (lambda case: (case.call, case.what), lambda case: (case.phase, case.call, case.file), lambda case: case):
        seen = {key(case) for case in chosen}
        for case in cases:
            if len(chosen) < count and key(case) not in seen and case not in chosen:
                seen.add(key(case))
                chosen[case] = True
    return list(chosen)


def make_template(plan):
    """Killed while its journal holds, in more than one segment, what no checkpoint does."""
    daemon = harness.Daemon(folder=os.path.join(plan.template, "ledger"), flags=FLAGS)
    os.mkdir(plan.template)
    try:
        daemon.start()
        plan.told.run(daemon, EVENTS)
        daemon.stop()
        daemon.flags = SELDOM
        daemon.start()
        plan.told.run(daemon, EVENTS)
        result = daemon.cli("backup", "--with-keys", plan.home)
        if result.returncode != 0:
            sys.exit("no backup: " + result.stderr)
        os.rename(result.stdout.rstrip("\n"), plan.backup)
        daemon.kill()
        plan.told.carried.clear()
    finally:
        daemon.remove()


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--injector", required=True)
    parser.add_argument("--all", action="store_true", help="each call with each fault; the default")
    parser.add_argument("--cases", type=int, default=0, help="so many of them, drawn")
    parser.add_argument("--only", default="", help="cases whose text holds this")
    parser.add_argument("--list", action="store_true", help="only say which calls there are")
    return seeds.parse(parser)


def main():
    arguments = parse()
    draw = random.Random(arguments.seed)
    check = Check()
    home = tempfile.mkdtemp(prefix="sl-faults-", dir="/dev/shm" if has_room("/dev/shm") else None)
    plan = Plan(os.path.abspath(arguments.injector), home, os.path.join(home, "template"), os.path.join(home, "backup"), Told(arguments.seed), arguments.seed)
    try:
        make_template(plan)
        calls = list_calls(plan)
        if arguments.list:
            for key, uses in sorted(calls.items()):
                print("%-8s %-16s %-8s %6d" % (*key, uses))
        cases = [case for case in all_cases(calls, draw) if arguments.only in case.text()]
        cases = sample(cases, arguments.cases or len(cases), draw)
        with multiprocessing.Pool(os.cpu_count() or 1) as pool:
            results = pool.starmap(play, [(plan, case, i) for i, case in enumerate(cases)], chunksize=1)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    check.passed, check.failed = sum(result[0] for result in results), sum(result[1] for result in results)
    ends = Counter(result[3] for result in results if result[2])
    print("%d faults injected, %d calls not reached; ended with %s" % (sum(ends.values()), len(results) - sum(ends.values()),
                                                                      ", ".join("%s: %d" % end for end in sorted(ends.items(), key=str))), flush=True)
    check.finish()


if __name__ == "__main__":
    main()
