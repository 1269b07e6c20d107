#!/usr/bin/env python3
"""A disk that fills up: a small tmpfs and a small ext4 in a file, with a ballast that takes what is left and gives it back.

    full.py --injector LIBRARY [--all] [--seed N] [--only NAME]       needs root, to mount; says what it leaves out and why

    appending       below its watermark the daemon refuses with NO_SPACE, and accepts again when there is space
    segment         the same without a watermark: no room for the journal's next segment
    start           after a kill, on a full disk: questions are answered, appends refused; nothing is lost by ending so, twice
    checkpoint      no byte left while LMDB writes: it has what it needs. Ended and started again, full or not
    put_off         no byte left when a checkpoint begins: it waits, and goes on without a restart
    meanwhile       no byte left while any other call of the store is made, of those that write, flush, make or name: some of them, drawn, or
                    all. The daemon goes on; a start may end and say so
    rebuild         does with what data.mdb has free, or ends and says so; with space the ledger is whole
    backing_up      into a folder of the same disk, without keys and with them, with ever more room: refused with NO_SPACE and the file's name,
                    nothing of it is left, questions go on; with space it is whole
    restoring       the same of a ledger that is made of a backup

In all of them nothing acknowledged is lost, and what was refused is accepted later, once."""
import argparse
import collections
import contextlib
import functools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading

from injection import Injection
from told import Told

import harness
import seeds
from check import Check
from client import Closed

MIB = 1 << 20
SMALL = ["--checkpoint-ms", "10", "--checkpoint-bytes", "65536", "--segment-bytes", "1048576"]
WATERMARK = 4 * MIB
NO_WATERMARK = SMALL + ["--free-bytes-min", "1"]
SELDOM = ["--checkpoint-ms", "3600000", "--segment-bytes", "1048576", "--free-bytes-min", "1"]  # no checkpoint meets the ballast
EVENTS = 150
FILL_TRIES = 10
MEANWHILE_CALLS = {"open", "write", "writev", "pwrite", "pwritev", "fallocate", "posix_fallocate", "ftruncate", "mkdir", "rename", "fsync", "fdatasync"}
MEANWHILE_DRAWN = 12  # on each disk
TRIES_MAX = 200000  # appends until one is refused, or accepted again
NO_SPACE_LEFT = "No space left on device"
ROOMS = (0, 4096, 65536, 262144)  # bytes left, none enough for a backup or what is made of it
SEGMENT = MIB  # what a daemon may give up of one that finds no room
WAYS = ((), ("--with-keys",))


class Missing(Exception):
    """This machine cannot make such a disk."""


class Disk:
    """A file system of its own, at `path`."""

    def __init__(self, kind, home):
        self.path = os.path.join(home, "disk")
        self.ballast = os.path.join(self.path, "ballast")
        os.mkdir(self.path)
        if kind == "tmpfs":
            self._run("mount", "-t", "tmpfs", "-o", "size=32m", "none", self.path)
        else:
            image = os.path.join(home, "image")
            with open(image, "wb") as file:
                file.truncate(64 * MIB)
            self._run("mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image)
            self._run("mount", "-o", "loop", image, self.path)

    @staticmethod
    def _run(*command):
        environment = dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        try:
            result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        except FileNotFoundError:
            raise Missing("there is no %s" % command[0]) from None
        if result.returncode != 0:
            raise Missing("%s: %s" % (" ".join(command[:3]), result.stderr.strip()))

    def free(self):
        fs = os.statvfs(self.path)
        return fs.f_bavail * fs.f_frsize

    def fill(self, left=0):
        """All but so many bytes, to the last one for 0. Somebody else may take some amid it, and then there is not what was asked for."""
        with open(self.ballast, "ab", buffering=0) as file, contextlib.suppress(OSError):
            for _ in range(FILL_TRIES):
                size = self.free() - left
                if size > 0:
                    with contextlib.suppress(OSError):
                        os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)
            while left == 0:
                file.seek(0, os.SEEK_END)
                file.write(bytes(512))

    def leave(self, room):
        """So many bytes, or a block less."""
        self.fill()
        os.truncate(self.ballast, os.path.getsize(self.ballast) - room)

    def give_back(self):
        os.remove(self.ballast)

    def remove(self):
        subprocess.run(["umount", "-l", self.path], check=False, capture_output=True)


class Scene:
    """A daemon on a ledger on a small disk, and what it was told."""

    def __init__(self, disk, check, injector, seed):
        self.disk, self.check, self.injector = disk, check, injector
        self.told = Told(seed)
        self.daemon = harness.Daemon(folder=os.path.join(disk.path, "ledger"), flags=NO_WATERMARK)

    def refused(self):
        """Ids of what is refused for want of space alone."""
        return [key for key, name in self.told.refused.items() if name == "NO_SPACE" and not self.told.may_be_refused(key)]

    def append_until_refused(self, client):
        before = len(self.refused())
        for _ in range(TRIES_MAX):
            self.told.ask(client)
            self.told.take(client, client.receive())
            if len(self.refused()) > before:
                return
        self.check.true(False, "appends are refused")

    def append_until_accepted(self, client):
        """What was refused, again and again."""
        key = self.refused()[0]
        for _ in range(TRIES_MAX):
            self.told.take(client, client.call("append", client.append_message([self.told.sent[key]])))
            if key in self.told.known:
                return
        self.check.true(False, "appends are accepted again", self.told.refused[key])

    def verify_reads(self, client, what):
        log = client.log()
        self.check.equal(client.status().head, len(log), what, "status")
        self.check.true(len(log) >= len(self.told.known), what, "log")
        self.check.true(client.measures(["booked.amount"], "2025")[""], what, "measures")

    def verify(self, what):
        """Without a restart, then with one."""
        self.told.verify_refusals(self.check, what)
        self.told.verify(self.daemon.client(), self.check, what)
        self.check.equal(self.daemon.stop(), 0, what, "ends", self.daemon.log())
        self.verify_check(what)
        self.daemon.start()
        self.told.verify(self.daemon.client(), self.check, what)

    def verify_check(self, what):
        result = self.daemon.offline("check")
        self.check.equal(result.returncode, 0, what, "check", result.stdout, result.stderr)

    def verify_refuses(self, what):
        """Full: questions are answered, appends are not accepted."""
        client = self.daemon.client()
        self.verify_reads(client, what)
        self.append_until_refused(client)
        self.verify_reads(client, what)

    def verify_recovers(self, what):
        client = self.daemon.client()
        self.disk.give_back()
        self.append_until_accepted(client)
        self.verify(what)


def appending(scene):
    scene.daemon.flags = SMALL + ["--free-bytes-min", str(WATERMARK)]
    scene.daemon.start()
    scene.told.run(scene.daemon, EVENTS)
    scene.disk.fill(WATERMARK + 3 * MIB)
    scene.verify_refuses("appending")
    scene.check.true(scene.disk.free() > WATERMARK / 2, "appending", "the reserve is left", scene.disk.free())
    scene.verify_recovers("appending")


def segment(scene):
    scene.daemon.flags = SELDOM
    scene.daemon.start()
    scene.told.run(scene.daemon, EVENTS)
    scene.disk.fill()
    scene.verify_refuses("segment")
    scene.verify_recovers("segment")


def start(scene):
    scene.daemon.start()
    scene.told.run(scene.daemon, EVENTS)
    scene.daemon.kill()
    scene.disk.fill()
    for how in (scene.daemon.kill, scene.daemon.stop):
        scene.daemon.start()
        scene.verify_refuses("start")
        scene.check.true(how() <= 0, "start", "ends", scene.daemon.log())
        scene.verify_check("start")
    scene.daemon.start()
    scene.verify_recovers("start")


class Filling:
    """The disk is full from the moment on in which a daemon that is started here makes this call; unless it is over by then."""

    def __init__(self, scene, call):
        self.scene = scene
        self.home = tempfile.TemporaryDirectory()
        self.injection = Injection(scene.injector, scene.daemon.dir, self.home.name, call + " hold")
        self.lock = threading.Lock()
        self.is_over = self.has_filled = False
        self.filler = threading.Thread(target=self._fill)

    def __enter__(self):
        self.filler.start()
        return self

    def __exit__(self, *_):
        """After the end of that daemon: it may make the call as its last."""
        self.injection.leave()
        self.filler.join()
        self.injection.close()
        self.home.cleanup()

    def _fill(self):
        if self.injection.wait():
            with self.lock:
                if not self.is_over:
                    self.scene.disk.fill()
                    self.has_filled = True
            self.injection.go()

    def start(self):
        with self.injection.applied():
            self.scene.daemon.start()

    def end(self):
        """It comes no more; True if it has come."""
        with self.lock:
            self.is_over = True
        return self.has_filled


def begin(scene, flags):
    """A ledger that was ended, so that the first calls of the next start are not those of a new one."""
    scene.daemon.flags = flags
    scene.daemon.start()
    scene.daemon.stop()


def checkpoint(scene):
    """One large checkpoint, at the end. The ballast comes when the daemon has looked at the space and has begun to write."""
    begin(scene, SELDOM)
    with Filling(scene, "writev data 1") as filling:
        filling.start()
        scene.check.true(scene.told.run(scene.daemon, EVENTS), "checkpoint", "answers all", scene.daemon.log())
        scene.check.equal(scene.daemon.stop(), 0, "checkpoint", scene.daemon.log())
        scene.check.true(filling.end(), "checkpoint", "filled")
    scene.daemon.start()
    status = scene.daemon.client().status()
    scene.check.equal(status.checkpointed, status.head, "checkpoint", "is written")
    scene.verify_refuses("checkpoint")
    scene.verify_recovers("checkpoint")


def put_off(scene):
    begin(scene, NO_WATERMARK)
    with Filling(scene, "fallocate data 1") as filling:
        filling.start()
        scene.check.true(scene.told.run(scene.daemon, EVENTS), "put off", "answers all", scene.daemon.log())
        scene.verify_refuses("put off")
        scene.check.true(filling.end() and "event=checkpoint_put_off" in scene.daemon.log(), "put off", scene.daemon.log())
        client = scene.daemon.client()
        before = client.status()
        scene.disk.give_back()
        scene.append_until_accepted(client)
        while client.status().checkpointed < before.head:
            pass
        scene.verify("put off")


def meanwhile(scene, call):
    what = "meanwhile %s" % call
    begin(scene, NO_WATERMARK)
    with Filling(scene, call) as filling:
        try:
            filling.start()
        except harness.Failed as failed:
            scene.daemon.process = None
            scene.check.equal((failed.status, NO_SPACE_LEFT in failed.log), (1, True), what, "says why", failed.log)
            scene.disk.give_back()
            scene.daemon.start()
        is_answered = scene.told.run(scene.daemon, EVENTS) and scene.told.erase_and_back_up(scene.daemon, scene.check, what)
        scene.check.true(is_answered, what, "answers all", scene.daemon.log())
        if filling.end() and os.path.exists(scene.disk.ballast):
            scene.verify_refuses(what)
            scene.disk.give_back()
            scene.append_until_accepted(scene.daemon.client())
        scene.verify(what)


def calls_of(scene, ret_uses):
    """Into `ret_uses`: how often each call is made on each file."""
    begin(scene, NO_WATERMARK)
    with tempfile.TemporaryDirectory() as home:
        injection = Injection(scene.injector, scene.daemon.dir, home)
        with injection.applied():
            scene.daemon.start()
        scene.told.run(scene.daemon, EVENTS)
        scene.told.erase_and_back_up(scene.daemon, scene.check, "listing")
        ret_uses.update(" ".join(line.split()[:2]) for line in injection.listed())
        injection.close()


def some_calls(kind, check, arguments):
    """The scenes of `meanwhile`: a call at its first, second, a drawn and its last use."""
    uses = collections.Counter()
    if not run_scene(kind, functools.partial(calls_of, ret_uses=uses), check, arguments):
        return []
    draw = random.Random(arguments.seed)
    found = sorted((name, count) for name, count in uses.items() if name.split()[0] in MEANWHILE_CALLS)
    calls = ["%s %d" % (name, use) for name, count in found for use in sorted({1, min(2, count), draw.randint(1, count), count})]
    chosen = calls if arguments.all else draw.sample(calls, min(MEANWHILE_DRAWN, len(calls)))
    return [functools.partial(meanwhile, call=call) for call in chosen]


def rebuild(scene):
    scene.daemon.start()
    scene.told.run(scene.daemon, EVENTS)
    scene.daemon.kill()
    scene.disk.fill()
    result = scene.daemon.offline("rebuild")
    is_told = result.returncode == 1 and NO_SPACE_LEFT in result.stderr
    scene.check.true(is_told or result.returncode == 0, "rebuild", result.returncode, result.stderr)
    scene.disk.give_back()
    scene.verify_check("rebuild")
    scene.daemon.start()
    scene.verify("rebuild")


def refuse_backup(scene, folder, room, more):
    """With so many bytes left."""
    what = "backing up, %d bytes" % room
    scene.disk.leave(room)
    result = scene.daemon.cli("backup", *more, folder)
    lines = result.stderr.splitlines()
    is_named = len(lines) == 1 and folder in lines[0] and lines[0].endswith("%s (NO_SPACE)" % NO_SPACE_LEFT)
    scene.check.true((result.returncode, result.stdout, is_named) == (1, "", True), what, result.returncode, result.stdout, result.stderr)
    scene.check.equal(os.listdir(folder), [], what, "left behind")
    scene.verify_reads(scene.daemon.client(), what)


def record_much(scene):
    """More than there is room for, whatever is drawn."""
    while sum(scene.told.sent[key].ByteSize() for key in scene.told.known) <= ROOMS[-1] + SEGMENT:
        scene.check.true(scene.told.run(scene.daemon, EVENTS), "much", "answers all", scene.daemon.log())


def back_up(scene, folder, more):
    result = scene.daemon.cli("backup", *more, folder)
    scene.check.equal((result.returncode, result.stderr), (0, ""), "backing up", "again")
    path = result.stdout.rstrip("\n")
    checked = subprocess.run([harness.DAEMON, "check", "--from", path], capture_output=True, text=True, check=False)
    scene.check.equal((checked.returncode, checked.stderr), (0, ""), "backing up", "check", path)
    scene.check.true(os.path.getsize(path) > ROOMS[-1] + SEGMENT, "backing up", "is large enough for this", os.path.getsize(path))


def backing_up(scene):
    scene.daemon.flags = SELDOM
    scene.daemon.start()
    record_much(scene)
    folder = os.path.join(scene.disk.path, "backups")
    os.mkdir(folder)
    scene.disk.fill()
    for room in ROOMS:
        for more in WAYS:
            refuse_backup(scene, folder, room, more)
    client = scene.daemon.client()
    scene.append_until_refused(client)
    scene.disk.give_back()
    scene.append_until_accepted(client)
    for more in WAYS:
        back_up(scene, folder, more)
    scene.verify("backing up")


def restore(scene, backup):
    return scene.daemon.offline("restore", "--from", backup)


def restoring(scene):
    scene.daemon.start()
    record_much(scene)
    with tempfile.TemporaryDirectory() as home:
        result = scene.daemon.cli("backup", "--with-keys", home)
        scene.check.equal((result.returncode, result.stderr), (0, ""), "restoring", "backup")
        scene.daemon.stop()
        backup = result.stdout.rstrip("\n")
        shutil.rmtree(scene.daemon.dir)
        for room in ROOMS:
            what = "restoring, %d bytes" % room
            scene.disk.leave(room)
            result = restore(scene, backup)
            is_told = result.stderr.startswith("salesledgerd: the disk is nearly full: ") and scene.daemon.dir in result.stderr
            scene.check.true((result.returncode, is_told) == (1, True), what, result.returncode, result.stderr)
            left = os.listdir(scene.daemon.dir) if os.path.exists(scene.daemon.dir) else []
            scene.check.equal(left, [], what, "left behind")
        scene.disk.give_back()
        result = restore(scene, backup)
        scene.check.equal((result.returncode, result.stderr), (0, ""), "restoring", "again")
    scene.verify_check("restoring")
    scene.daemon.start()
    scene.verify("restoring")


PLAYS = (appending, segment, start, checkpoint, put_off, rebuild, backing_up, restoring)


def name_of(play):
    """And of which call."""
    is_of_call = isinstance(play, functools.partial) and "call" in play.keywords
    return " ".join((play.func.__name__, play.keywords["call"])) if is_of_call else getattr(play, "__name__", "listing")


def run_scene(kind, play, check, arguments):
    """False if this machine has no such disk."""
    home = tempfile.mkdtemp(prefix="sl-full-")
    disk = scene = None
    try:
        disk = Disk(kind, home)
        scene = Scene(disk, check, os.path.abspath(arguments.injector), arguments.seed)
        play(scene)
    except harness.Failed as failed:
        check.true(False, kind, name_of(play), "starts", failed.log)
    except (Closed, OSError) as error:
        check.true(False, kind, name_of(play), "goes on", error, scene.daemon.log() if scene else "")
    except Missing as missing:
        print("left out: %s: %s" % (kind, missing), flush=True)
        return False
    finally:
        if scene is not None:
            scene.daemon.remove()
        if disk is not None:
            disk.remove()
        shutil.rmtree(home, ignore_errors=True)
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--injector", required=True)
    parser.add_argument("--all", action="store_true", help="each call of meanwhile")
    parser.add_argument("--only", default="", help="one of the above")
    arguments = seeds.parse(parser)
    check = Check()
    has_run = False
    for kind in ("tmpfs", "ext4"):
        plays = [play for play in PLAYS if arguments.only in play.__name__]
        if arguments.only in "meanwhile":
            plays += some_calls(kind, check, arguments)
        for play in plays:
            if not run_scene(kind, play, check, arguments):
                break
            has_run = True
            print("%s %s: %d passed, %d failed" % (kind, name_of(play), check.passed, check.failed), flush=True)
    if not has_run:
        sys.exit(77)
    check.finish()


if __name__ == "__main__":
    main()
