#!/usr/bin/env python3
"""What happens to a daemon that no test of a right world brings about: clocks that jump, a process that stands still, a folder that is
copied, shared, linked or not to be written to.

    test_odd.py [--clock-shim libsl_clock_shim.so]      SL_PAUSE_S=60: it stands still for so long; 0 by default
"""
import os
import random
import shutil
import struct
import subprocess
import sys
import threading
import time
import unittest

import harness
import seeds
from client import Closed, new_id

YEAR_US = 366 * 86_400 * 1_000_000
SHIM = None


def sale(number):
    return {"id": new_id(), "close": {"deal": "d%d" % number, "kind": "WON", "currency": "USD",
                                      "lines": [{"product": "thing", "amountMinor": str(number)}],
                                      "credits": [{"person": "p%d" % (number % 7), "sharePpm": "1000000"}]}}


class Odd(unittest.TestCase):
    def setUp(self):
        self.daemon = harness.Daemon(flags=["--checkpoint-ms", "10", "--segment-bytes", "1M", "--free-bytes-min", "1"])
        self.addCleanup(self.daemon.remove)

    def until_checkpointed(self, client):
        """All that is recorded has left the journal."""
        end = time.monotonic() + harness.DEADLINE_S
        status = client.status()
        while status.checkpointed < status.head:
            self.assertLess(time.monotonic(), end, "no checkpoint any more")
            status = client.status()
        return status

    def refused(self, *command, folder=None):
        """The one line that a command which must fail leaves."""
        result = subprocess.run([harness.DAEMON] + list(command) + ["--dir", folder or self.daemon.dir], capture_output=True, text=True,
                                timeout=harness.DEADLINE_S, check=False)
        self.assertEqual(result.returncode, 1, result.stderr)
        return result.stderr.splitlines()[-1]


class Clocks(Odd):
    def setUp(self):
        if SHIM is None:
            self.skipTest("no shim can be preloaded into this daemon")
        super().setUp()
        self.file = os.path.join(self.daemon.home, "clock")
        self.set_clock(0)
        os.environ.update(LD_PRELOAD=SHIM, SL_CLOCK_FILE=self.file)
        self.addCleanup(os.environ.pop, "LD_PRELOAD")
        self.addCleanup(os.environ.pop, "SL_CLOCK_FILE")

    def set_clock(self, offset_us):
        with open(self.file, "r+b" if os.path.exists(self.file) else "wb") as file:
            file.write(struct.pack("<q", offset_us))

    def test_recorded_time_never_decreases_and_all_goes_on(self):
        self.daemon.start()
        client = self.daemon.client()
        recorded = []
        for number, jump in enumerate((0, YEAR_US, 0, -2 * YEAR_US, -2 * YEAR_US + 5_000_000, 0, 2 * YEAR_US, -YEAR_US)):
            self.set_clock(jump)
            if number == 5:
                self.daemon.restart()
                client = self.daemon.client()
            recorded += [receipt.recorded_us for receipt in client.append([sale(number * 10 + i) for i in range(3)])]
            status = self.until_checkpointed(client)
            self.assertEqual(status.head, len(recorded))
            self.assertGreaterEqual(status.uptime_us, 0)
        self.assertEqual(recorded, sorted(recorded))
        self.assertGreater(recorded[3], recorded[2] + YEAR_US // 2)  # the shim was at work
        self.assertEqual(recorded[-1], max(recorded))
        self.assertEqual([int(event["recordedUs"]) for event in client.log()], recorded)
        self.daemon.stop()
        result = self.daemon.offline("check")
        self.assertEqual(result.returncode, 0, result.stderr)


class StandingStill(Odd):
    def test_what_was_asked_meanwhile_is_answered_afterwards(self):
        self.daemon.start()
        client = self.daemon.client()
        client.record(*[sale(i) for i in range(50)])
        self.daemon.pause()
        waiting = [client.send("append", client.append_message([sale(100 + i)])) for i in range(20)]
        others = [self.daemon.client() for _ in range(3)]
        asked = [(other, other.send("status", {})) for other in others]
        gone = self.daemon.client()
        gone.send("subscribe", {"from": 1})
        gone.close()
        time.sleep(float(os.environ.get("SL_PAUSE_S", "0")))
        self.daemon.go_on()
        self.assertEqual([client.reply(tag).append.receipts[0].seq for tag in waiting], list(range(51, 71)))
        for other, tag in asked:
            self.assertGreaterEqual(other.reply(tag).status.head, 50)
        self.assertEqual(self.until_checkpointed(client).head, 70)


class Load(threading.Thread):
    """Appends until told to stop, and knows what was acknowledged."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self.client, self.acknowledged, self.is_wanted = client, {}, True

    def run(self):
        number = 0
        try:
            while self.is_wanted:
                events = [sale(number + i) for i in range(20)]
                number += 20
                for event, receipt in zip(events, self.client.append(events)):
                    self.acknowledged[receipt.seq] = event["id"]
        except (Closed, OSError):
            pass


class Copies(Odd):
    COPIES = 4

    def copy_slowly(self, source, path, target, client):
        """A piece, then some checkpoints, then the next piece: no two need be of the same state."""
        with open(path, "rb") as file, open(target, "wb") as other:
            pieces = source.choice((2, 3, 5))
            size = os.path.getsize(path) // pieces // 4096 * 4096 + 4096
            for piece in range(pieces):
                other.write(file.read(size if piece + 1 < pieces else -1))
                seen = client.status().checkpoints
                while client.status().checkpoints < seen + 3:
                    client.append([sale(0)])

    def copy(self, source, to, client):
        """File by file, in a drawn order; a file that has gone meanwhile is left out."""
        is_slow = source.random() < 0.7
        names = [os.path.relpath(os.path.join(folder, name), self.daemon.dir)
                 for folder, _, files in os.walk(self.daemon.dir) for name in files if name != "socket"]
        source.shuffle(names)
        for name in names:
            target = os.path.join(to, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            try:
                if is_slow and name == "data.mdb":
                    self.copy_slowly(source, os.path.join(self.daemon.dir, name), target, client)
                else:
                    shutil.copyfile(os.path.join(self.daemon.dir, name), target)
            except FileNotFoundError:
                pass

    def test_a_copy_of_a_folder_in_use_is_a_prefix_or_refused(self):
        source = random.Random(seeds.draw())
        self.daemon.flags += ["--segment-bytes", "64M"]  # what came after an older S is still there
        self.daemon.start()
        load = Load(self.daemon.client())
        client = self.daemon.client()
        load.start()
        copies = []
        for number in range(self.COPIES):
            while client.status().head < 800 * (number + 1) and load.is_alive():
                pass
            copies.append(os.path.join(self.daemon.home, "copy%d" % number))
            self.copy(source, copies[-1], client)
        load.is_wanted = False
        load.join()
        whole = client.log()
        for copy in copies:
            self.examine(copy, whole)

    def examine(self, copy, whole):
        said = subprocess.run([harness.DAEMON, "check", "--dir", copy], capture_output=True, text=True, check=False)
        self.assertIn(said.returncode, (0, 1), said.stderr)
        other = harness.Daemon(folder=copy, flags=self.daemon.flags)
        self.addCleanup(other.remove)
        try:
            client = other.start().client()
            log = client.log()
            booked = client.measures(["booked.amount"], log[0]["effectiveDate"][:4])[""][0].numerator
        except harness.Failed as failed:
            self.assertEqual(failed.status, 1, failed.log)
            print("refused: %s" % failed.log.splitlines()[-1], flush=True)
            return
        except Closed:
            other.stop()
            print("stopped: %s" % other.log().splitlines()[-1], flush=True)
            return
        self.assertEqual(log, whole[:len(log)])
        self.assertEqual(booked, sum(int(event["close"]["lines"][0]["amountMinor"]) for event in log))
        print("served: %d of %d events; check says %d" % (len(log), len(whole), said.returncode), flush=True)


class Folders(Odd):
    def fill(self):
        self.daemon.start()
        self.daemon.client().record(*[sale(i) for i in range(100)])

    def test_two_daemons_never_share_a_folder(self):
        self.fill()
        link = os.path.join(self.daemon.home, "link")
        os.symlink(self.daemon.dir, link)
        os.makedirs(os.path.join(self.daemon.home, "other"))
        other = os.path.join(self.daemon.home, "socket2")
        for folder in (self.daemon.dir, link, os.path.join(self.daemon.home, "other", "..", "ledger"), self.daemon.dir + "//."):
            for command in (("run", "--socket", other), ("run", "--create", "--socket", other), ("check",), ("rebuild",)):
                self.assertIn("in use", self.refused(*command, folder=folder))
        self.assertEqual(self.daemon.client().record(sale(1000)), [101])

    def mount(self, *arguments, at):
        if subprocess.run(["mount"] + list(arguments) + [at], capture_output=True, check=False).returncode != 0:
            self.skipTest("may not mount")
        self.addCleanup(subprocess.run, ["umount", "-l", at], check=False)

    def test_two_daemons_never_share_a_folder_that_is_mounted_twice(self):
        self.fill()
        again = os.path.join(self.daemon.home, "again")
        os.mkdir(again)
        self.mount("--bind", self.daemon.dir, at=again)
        self.assertIn("in use", self.refused("run", "--socket", os.path.join(self.daemon.home, "socket2"), folder=again))
        self.assertIn("in use", self.refused("check", folder=again))

    def test_a_folder_that_cannot_be_written_to_is_checked_but_not_run(self):
        self.fill()
        self.daemon.kill()
        fixed = os.path.join(self.daemon.home, "fixed")
        os.mkdir(fixed)
        self.mount("--bind", self.daemon.dir, at=fixed)
        subprocess.run(["mount", "-o", "remount,ro,bind", fixed], check=True)
        for lock in (True, False):
            if not lock:
                os.remove(os.path.join(self.daemon.dir, "lock"))
            before = sorted(os.listdir(self.daemon.dir))
            result = subprocess.run([harness.DAEMON, "check", "--dir", fixed], capture_output=True, text=True, check=False)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("records  100", result.stdout)
            self.assertEqual(sorted(os.listdir(self.daemon.dir)), before)
            for command in (("run", "--socket", os.path.join(self.daemon.home, "s2")), ("rebuild",)):
                self.assertIn("Read-only file system", self.refused(*command, folder=fixed))
        self.daemon.start()
        self.assertEqual(self.daemon.client().status().head, 100)

    def test_two_checks_may_run_at_once_and_no_daemon_beside_them(self):
        self.fill()
        self.daemon.stop()
        with open(os.path.join(self.daemon.dir, "lock"), "rb") as file:
            held = subprocess.run(["flock", "-s", "-n", str(file.fileno())], pass_fds=[file.fileno()], check=False)  # as a check holds it
            self.assertEqual(held.returncode, 0)
            self.assertEqual(self.daemon.offline("check").returncode, 0)
            self.assertIn("in use", self.refused("run", "--socket", self.daemon.socket))
        self.daemon.start()


if __name__ == "__main__":
    if "--clock-shim" in sys.argv:
        at = sys.argv.index("--clock-shim")
        SHIM = sys.argv[at + 1]
        del sys.argv[at:at + 2]
    harness.run()
