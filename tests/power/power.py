#!/usr/bin/env python3
"""Pulls the plug: runs of the daemon are recorded, and disks as a power cut could leave them are opened by the real daemon.

    power.py --recorder LIBRARY [--images 5000] [--seed N] [--keep FOLDER] [--only WORD]

The seed draws what clients do, where a run is cut and what is kept. How the daemon's threads interleave is the kernel's choice: a disk of
which something was wrong is kept whole (--keep).

    first start     a ledger is made, opened, and takes its first events
    load            segments are filled, recycled, checkpoints come every few milliseconds; again, and a backup is made meanwhile
    rebuild         the state is dropped and made anew
    backup          what the command line tool does to a folder, amid that load; once more with keys, behind it
    restore         the ledger is made of each of these

Each recorded run is cut before and after each call that makes something durable or changes a name, again at some of them, and at drawn calls;
of what is not durable then a drawn part is kept (disk.py). The same images take the same --seed and --shares. Of each such disk:

    `check` finds nothing wrong: checksums, sequence, tree, and the state is what a replay gives
    the daemon starts, and holds a beginning of what the uncut run recorded, byte for byte
    each event that a client was told of is in it at that seq, none that it was told is refused, alone or with all of its request
    the root of its tree is that of these records, as was each root that a client was told
    personal fields are those that were sent, or all of a customer's are erased; they are if a client was told so, and not if none has asked
    where a client was told so, the customer's secret is nowhere in the file of secrets
    what was unanswered is sent again, and is there once

A restore that was cut has left no ledger, and is done again, or the whole one, with all keys if the backup holds them; where it had come to its
end, there is one. Of a backup that was cut see backups.py.
"""
import argparse
import contextlib
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("e2e", "golden", "reference"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

import harness  # noqa: E402
import key_slots  # noqa: E402
import seeds  # noqa: E402
from backups import Backup, BackupRun, restore  # noqa: E402
from check import Check  # noqa: E402
from disk import Disk, read_record  # noqa: E402
from load import Load  # noqa: E402
from record import Acknowledged, files_below, recording, write_files  # noqa: E402
from verdict import OFTEN, Erasures, Run, whole_log  # noqa: E402

ROOM_BYTES = 1 << 30
TOO_BIG = 0.03  # of the requests


class Recording:
    """Runs of one daemon, one behind the other, below `root`."""

    def __init__(self, home, recorder, seed):
        self.home, self.recorder = home, recorder
        self.root = os.path.join(home, "disk")
        os.mkdir(self.root)
        self.load = Load(random.Random(seed), TOO_BIG)
        self.daemon = harness.Daemon(folder=os.path.join(self.root, "ledger"), flags=OFTEN)
        self.log = []
        self.slots = {}    # those of secrets, and each secret
        self.secrets = {}  # customer -> secret
        self.runs = []

    def add(self, run, root=None):
        verify_record(run, root or self.root)
        self.runs.append(run)

    def _path(self):
        return os.path.join(self.home, "record.%d" % len(self.runs))

    def erasures(self):
        return Erasures(frozenset(self.load.erased), frozenset(self.load.erasing), self.secrets)

    def add_load(self, name, events, is_backed_up=False):
        """With it, a backup is made meanwhile, and one with keys when the clients have all that they waited for."""
        found, erased_before, path = files_below(self.root), frozenset(self.load.erased), self._path()
        backups = []
        with recording(self.recorder, path, self.root):
            self.daemon.start()
        self.load.run(self.daemon, events, (lambda: backups.append(self._backup())) if is_backed_up else None)
        self.log = whole_log(self.daemon.client())
        if is_backed_up:
            backups[0].end()
            backups.append(self._backup("--with-keys"))
            backups[1].end()
        self.daemon.stop()
        self._learn_secrets(path)
        run = Run(name, found, path, self.log, dict(self.load.sent), replace(self.erasures(), before=erased_before))
        run.carried, run.told_no = self.load.carried, frozenset(self.load.told_no)
        self.load.carried, self.load.told_no = {}, set()
        self.add(run)
        return backups

    def _learn_secrets(self, path):
        self.slots.update(key_slots.written(read_record(path)))
        self.secrets = key_slots.owners(self.log, self.slots, key_slots.file_of(self.daemon.dir))

    def _backup(self, *flags):
        return Backup(self.daemon, self.recorder, self.home, flags)

    def add_rebuild(self):
        found, path = files_below(self.root), self._path()
        with recording(self.recorder, path, self.root):
            result = self.daemon.offline("rebuild")
        if result.returncode != 0:
            raise harness.Failed(result.returncode, "rebuild: " + result.stderr)
        self.add(Run("rebuild", found, path, self.log, dict(self.load.sent), self.erasures()))

    def add_backup(self, backup, erasures):
        self.add(BackupRun(backup, self.log, dict(self.load.sent), erasures), backup.root)

    def add_restore(self, made):
        """The ledger is taken away and made again."""
        shutil.rmtree(self.daemon.dir)
        found, path = files_below(self.root), self._path()
        with recording(self.recorder, path, self.root):
            restore(self.daemon, made.backup)
        run = Run("restore of " + made.name, found, path, made.log, made.sent, made.erasures)
        run.backup = made.backup
        self.add(run)


def record_runs(home, recorder, seed):
    """The runs, and that the record says what the files are."""
    recorded = Recording(home, recorder, seed)
    try:
        recorded.add_load("first start", 60)
        recorded.add_load("load", 600)
        backups = recorded.add_load("load, backed up", 600, is_backed_up=True)
        recorded.add_rebuild()
        defined = frozenset(recorded.load.defined)
        erasures = recorded.erasures()
        for backup, erasures in zip(backups, (replace(erasures, before=defined, asked=defined), erasures)):
            recorded.add_backup(backup, erasures)
        for made in recorded.runs[-2:]:
            recorded.add_restore(made)
    finally:
        recorded.daemon.remove()
    shutil.rmtree(recorded.root)
    return recorded.runs


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
    progress: bool = False


def images_of(run, runs, images):
    """As many of all, or one more."""
    return -(-images * run.weight // sum(run.weight for run in runs))


def cut(runs, choice):
    """One share of the images; the numbers of passed and failed checks."""
    check = Check()
    check.shown_max = 0 if choice.until_failed else check.shown_max
    concerned = [run for run in runs if choice.deaf is None or run.opens(choice.deaf)]  # all of the others would be sound
    for number, run in enumerate(runs):
        if run not in concerned:
            continue
        draw = random.Random("%d %d %d" % (choice.seed, number, choice.share))
        told, disk, done = Acknowledged(run.carried), Disk(run.found, choice.deaf), 0
        for image, point in enumerate(run.points(images_of(run, concerned, choice.images), draw, choice)):
            for kind, handle, position, name, data in run.calls[done:point]:
                disk.apply(kind, handle, position, name, data)
                told.apply(kind, handle, position, data)
            done = point
            what = "%s, call %d of %d, image %d.%d.%d:" % (run.name, point, len(run.calls), number, choice.share, image)
            failed = check.failed
            files = disk.cut(draw)
            files.pop("")
            verdict = run.verdict(run, told, check, what)
            verdict.is_over = point == len(run.calls)
            verdict.verify(os.path.join(choice.home, "image.%d" % choice.share), files)
            if check.failed > failed and choice.keep:
                write_files(os.path.join(choice.keep, "%d.%d.%d" % (number, choice.share, image)), files)
            if check.failed and choice.until_failed:
                return check.passed, check.failed
        if choice.progress:
            print("share %d: %s is done, %d failed" % (choice.share, run.name, check.failed), flush=True)
    return check.passed, check.failed


def cut_all(runs, choice):
    """So many images in all, or a few more: each share cuts as many of each run."""
    images = -(-choice.images // choice.shares)
    with multiprocessing.Pool(choice.shares) as pool:
        found = pool.starmap(cut, [(runs, replace(choice, share=i, images=images)) for i in range(choice.shares)])
    return sum(passed for passed, _ in found), sum(failed for _, failed in found)


def verify_told(runs, check):
    """What the record says that clients were told is what they say."""
    for run in runs:
        told = Acknowledged(run.carried)
        for kind, handle, position, _, data in run.calls:
            told.apply(kind, handle, position, data)
        check.equal(told.refused, run.told_no, run.name, "told to be refused")
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
    parser.add_argument("--only", default="", help="the runs whose name has this word")
    parser.add_argument("--progress", action="store_true", help="say what is done")
    arguments = parse(parser)
    check = Check()
    with recorded(arguments) as (all_runs, home):
        runs = [run for run in all_runs if arguments.only in run.name]
        verify_told(runs, check)
        passed, failed = cut_all(runs, Choice(home, arguments.images, arguments.seed, arguments.shares, keep=arguments.keep, progress=arguments.progress))
        for run in runs:
            there = len(run.boundaries())
            cut_at = min(there, images_of(run, runs, arguments.images))
            print("%s: %d calls, %d events; cut at %d of %d boundaries" % (run.name, len(run.calls), len(run.log), cut_at, there), flush=True)
    check.passed += passed
    check.failed += failed
    check.finish()


if __name__ == "__main__":
    main()
