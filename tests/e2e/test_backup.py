#!/usr/bin/env python3
"""Backups: made while events come in, whole or not there; and ledgers made of them."""
import contextlib
import csv
import glob
import io
import json
import os
import pty
import signal
import socket
import struct
import subprocess
import threading
import unittest

import harness
from backup_file import Backup

BATCH = 500


def sale(number):
    return {"effectiveDate": "2025-03-%02d" % (number % 28 + 1),
            "close": {"deal": "d%d" % number, "kind": "WON", "currency": "USD", "customer": "c%d" % (number % 17),
                      "lines": [{"product": "thing %d" % (number % 5), "amountMinor": str(number % 977)}],
                      "credits": [{"person": "p%d" % (number % 7), "sharePpm": "1000000"}]}}


def run(*arguments, **options):
    return subprocess.run(list(arguments), capture_output=True, timeout=harness.DEADLINE_S * 5, check=False, **options)


def answers(client):
    """What a ledger has to say, as comparable bytes."""
    questions = (("measures", {"measures": ["booked.amount", "booked.count"], "period": "2025", "by": "BY_PERSON"}),
                 ("rank", {"measure": "booked.amount", "period": "2025-Q1", "dimension": "BY_PERSON", "top": 10}),
                 ("measures", {"measures": ["booked.amount"], "period": "2025-03", "by": "BY_PRODUCT"}),
                 ("log", {"from": "1", "entityKind": "DEAL", "entity": "d11"}))
    return [getattr(client.call(kind, body), {"log": "events"}.get(kind, kind)).SerializeToString() for kind, body in questions]


class Writer(threading.Thread):
    """Records sales on a connection of its own until it is told to end."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.client = daemon.client()
        self.number = 0
        self.must_end = threading.Event()
        self.has_written = threading.Semaphore(0)
        self.failure = None

    def run(self):
        try:
            while not self.must_end.is_set():
                self.client.record(*[sale(self.number + i) for i in range(BATCH)])
                self.number += BATCH
                self.has_written.release()
        except Exception as failure:  # noqa: BLE001, the test tells it
            self.failure = failure
            self.has_written.release()

    def end(self):
        self.must_end.set()
        self.join(harness.DEADLINE_S)


class Proxy:
    """Stands between the tool and the daemon and lets so many bytes of answers through, or all of them, with a bit turned in an event
    behind so many (`spoil`)."""

    def __init__(self, daemon, path, count, spoil=False):
        self.count, self.spoil = count, spoil
        self.behind = socket.socket(socket.AF_UNIX)
        self.behind.connect(daemon.socket)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.has_ended = threading.Event()
        self.front = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        self.front, _ = self.listener.accept()
        size, = struct.unpack("<I", self.front.recv(4, socket.MSG_WAITALL))
        self.behind.sendall(struct.pack("<I", size) + self.front.recv(size, socket.MSG_WAITALL))
        left, data, is_spoilt = self.count, b"more", False
        with contextlib.suppress(OSError):  # who has found it wrong listens no longer
            while data and (left > 0 or self.spoil):
                data = bytearray(self.behind.recv(65536 if self.spoil else left))
                left -= len(data)
                if self.spoil and left < 0 and not is_spoilt and b"thing" in data:
                    data[data.find(b"thing")] ^= 1
                    is_spoilt = True
                self.front.sendall(data)
        self.has_ended.set()

    def close(self):
        for end in (self.front, self.behind, self.listener):
            with contextlib.suppress(OSError, AttributeError):
                end.shutdown(socket.SHUT_RDWR)
            if end is not None:
                end.close()


class Case(unittest.TestCase):
    def setUp(self):
        self.daemon = harness.Daemon(flags=["--checkpoint-ms", "50"]).start()
        self.addCleanup(self.daemon.remove)
        self.folder = os.path.join(self.daemon.home, "backups")
        os.mkdir(self.folder)

    def fill(self, count):
        with self.daemon.client() as client:
            for first in range(0, count, 5000):
                client.record(*[sale(first + i) for i in range(min(5000, count - first))])

    def backup(self, folder=None):
        """Its path."""
        result = self.daemon.cli("backup", folder or self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.rstrip("\n")

    def refused(self, status, *arguments):
        """The one line of a command that leaves nothing in the folder."""
        before = sorted(os.listdir(self.folder))
        result = self.daemon.cli("backup", *arguments)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        return result.stderr

    def restore(self, path, target):
        return run(harness.DAEMON, "restore", "--dir", target, "--from", path, text=True)

    def restored(self, path):
        """A daemon, not yet started, on the ledger that was made of it."""
        other = harness.Daemon(folder=os.path.join(self.daemon.home, "restored"))
        self.addCleanup(other.remove)
        result = self.restore(path, other.dir)
        self.assertEqual(result.returncode, 0, result.stderr)
        check = other.offline("check")
        self.assertEqual(check.returncode, 0, check.stderr)
        self.assertIn("equal to a full replay", check.stdout)
        return other


class UnderLoad(Case):
    def test_a_backup_amid_appends_is_a_beginning_of_the_log_byte_for_byte(self):
        writer = Writer(self.daemon)
        writer.start()
        for _ in range(3):
            writer.has_written.acquire()
        first = self.backup()
        for _ in range(3):
            writer.has_written.acquire()
        second = self.backup()
        writer.end()
        self.assertIsNone(writer.failure)
        third = self.backup()

        backups = [Backup(path) for path in (first, second, third)]
        self.assertLessEqual(3 * BATCH, backups[0].last)
        self.assertLess(backups[0].last, backups[1].last)
        self.assertEqual(backups[2].last, writer.number)
        status = self.daemon.client().status()
        self.assertEqual((backups[2].root, backups[2].ledger_id), (status.tree_root, status.ledger_id))
        self.assertEqual((backups[2].timezone, backups[2].currency, backups[2].policy), ("Europe/Berlin", "USD", 0))
        for earlier in backups[:2]:
            self.assertEqual(earlier.records, backups[2].records[:earlier.last])
        whole = self.daemon.client().log()
        self.assertEqual(len(whole), writer.number)
        for event in (whole[0], whole[backups[0].last - 1], whole[-1]):
            kept = backups[2].event(int(event["seq"]))
            self.assertEqual((kept.close.deal, kept.recorded_us), (event["close"]["deal"], int(event["recordedUs"])))

        other = self.restored(first).start()
        self.assertEqual(other.client().status().tree_root, backups[0].root)
        again = other.cli("backup", self.daemon.home).stdout.rstrip("\n")
        self.assertEqual(Backup(again).bytes, backups[0].bytes)

    def test_a_restored_ledger_gives_the_same_answers_and_receipts(self):
        self.fill(2000)
        client = self.daemon.client()
        event = dict(sale(5000), id="AAECAwQFBgcICQoLDA0ODw==")
        receipt = client.append([event])[0]
        path = self.backup()
        before = answers(client)
        self.daemon.stop()
        other = self.restored(path).start()
        client = other.client()

        self.assertEqual(answers(client), before)
        again = client.append([event])[0]
        self.assertEqual((again.seq, again.recorded_us, again.duplicate), (receipt.seq, receipt.recorded_us, True))
        self.assertEqual(client.record(sale(5001)), [2002])

    def test_a_stream_is_the_same_file_and_is_restored_from_one(self):
        self.fill(300)
        path = self.backup()
        environment = dict(os.environ, SALESLEDGER_SOCKET=self.daemon.socket)
        stream = run(harness.CLI, "backup", "-", env=environment)
        self.assertEqual((stream.returncode, stream.stderr), (0, b""))
        self.assertEqual(stream.stdout, Backup(path).bytes)
        target = os.path.join(self.daemon.home, "of-a-stream")
        result = run(harness.DAEMON, "restore", "--dir", target, "--from", "-", input=stream.stdout)
        self.assertEqual(result.returncode, 0, result.stderr)
        checked = run(harness.DAEMON, "check", "--from", "-", input=stream.stdout, text=False)
        self.assertIn(Backup(path).root.hex(), checked.stdout.decode())

    def test_a_ledger_without_events_has_a_backup_too(self):
        path = self.backup()
        self.assertEqual(Backup(path).records, [])
        self.assertEqual(self.restored(path).start().client().status().head, 0)


def customer(number):
    return {"effectiveDate": "2025-03-01", "define": {"customer": {"customer": "k%d" % number, "name": "name of %d" % number, "region": "EU",
                                                                   "personal": [{"name": "phone", "value": "phone of %d" % number}]}}}


class WithKeys(Case):
    """Personal fields are readable where a backup is restored if it was asked to hold keys, and only then."""

    def setUp(self):
        super().setUp()
        self.client = self.daemon.client()
        self.client.record(*[customer(number) for number in range(600)])
        result = self.daemon.cli("erase", "k5", "--yes")
        self.assertEqual(result.returncode, 0, result.stderr)

    def backup_with_keys(self):
        result = self.daemon.cli("backup", "--with-keys", self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.rstrip("\n")

    def names(self, client):
        events = client.call("log", {"from": "1", "limit": 600}).events.events
        return [(event.define.customer.name, [field.value for field in event.define.customer.personal]) for event in events]

    def test_all_but_who_was_erased_is_readable_again(self):
        before = self.names(self.client)
        path = self.backup_with_keys()
        self.assertTrue(path.endswith("-600-with-keys.slb"), path)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        kept = Backup(path)
        self.assertEqual((len(kept.keys), kept.last), (600, 600))
        secret, erased_us, by = kept.keys["k5"]
        self.assertIsNone(secret)
        self.assertEqual(sum(key[0] is None for key in kept.keys.values()), 1)
        self.assertGreater(erased_us, 0)
        self.assertNotEqual(by, "")
        self.assertNotIn(b"name of 7", kept.bytes)
        self.assertRegex(self.daemon.log(), r"event=keys_given user=\S+ of=600 keys=599 erased=1\n")
        self.assertNotIn("k5", self.daemon.log())

        result = run(harness.DAEMON, "check", "--from", path, text=True)
        self.assertIn("keys     599, of 1 more customers they are erased", result.stdout)
        self.daemon.stop()
        other = self.restored(path)
        self.assertEqual(oct(os.stat(os.path.join(other.dir, "keys")).st_mode & 0o777), "0o700")
        self.assertIn("personal fields of 599 events open, of 1 are erased", other.offline("check").stdout)
        client = other.start().client()
        self.assertEqual(self.names(client), before)
        self.assertEqual(before[5], ("erased", []))
        self.assertEqual(before[6], ("name of 6", ["phone of 6"]))
        again = other.cli("erase", "k5", "--yes")
        self.assertIn("k5: was erased already", again.stdout)
        other.cli("erase", "k6", "--yes")
        self.assertEqual(self.names(client)[6], ("erased", []))
        self.assertEqual(self.names(client)[7], before[7])

    def test_without_being_asked_there_is_none(self):
        path = self.backup()
        self.assertIsNone(Backup(path).keys)
        self.backup_with_keys()  # of the same position, beside it
        result = run(harness.DAEMON, "check", "--from", path, text=True)
        self.assertIn('keys     none were asked for: personal fields read "erased"', result.stdout)
        other = self.restored(path)
        self.assertFalse(os.path.exists(os.path.join(other.dir, "keys")))
        self.assertIn("personal fields of 600 events have no key here", other.offline("check").stdout)
        self.assertEqual(set(map(str, self.names(other.start().client()))), {"('erased', [])"})

    def test_a_stream_is_the_same_file(self):
        path = self.backup_with_keys()
        environment = dict(os.environ, SALESLEDGER_SOCKET=self.daemon.socket)
        stream = run(harness.CLI, "backup", "--with-keys", "-", env=environment)
        self.assertEqual((stream.returncode, stream.stderr), (0, b""))
        self.assertEqual(stream.stdout, Backup(path).bytes)

    def test_of_a_turned_bit_among_keys_nothing_is_restored(self):
        path = self.backup_with_keys()
        whole, target = Backup(path).bytes, os.path.join(self.daemon.home, "none")
        secret, _, _ = Backup(path).keys["k300"]
        for at in (whole.index(secret), whole.index(secret) + 100):
            damaged = os.path.join(self.daemon.home, "damaged")
            with open(damaged, "wb") as file:
                file.write(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            for result in (run(harness.DAEMON, "check", "--from", damaged, text=True), self.restore(damaged, target)):
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, r"offset \d+: the checksum of this section is wrong")
            self.assertFalse(os.path.exists(target) and os.listdir(target))
        self.assertEqual(self.restore(path, target).returncode, 0)

    def test_who_makes_one_leaves_no_core_file(self):
        proxy = Proxy(self.daemon, os.path.join(self.daemon.home, "proxy"), 1000)
        self.addCleanup(proxy.close)
        process = subprocess.Popen([harness.CLI, "backup", "--with-keys", self.folder, "--socket", os.path.join(self.daemon.home, "proxy")])
        self.assertTrue(proxy.has_ended.wait(harness.DEADLINE_S))
        with open("/proc/%d/limits" % process.pid, encoding="ascii") as file:
            limits = {line[:26].strip(): line[26:].split()[:2] for line in file}
        process.terminate()
        process.wait(harness.DEADLINE_S)
        self.assertEqual(limits["Max core file size"], ["0", "0"])


class Whole(Case):
    """Whatever goes wrong, there is no file that looks like a backup and is none."""

    def test_a_second_backup_of_the_same_position_is_refused(self):
        self.fill(10)
        path = self.backup()
        kept = Backup(path).bytes
        self.assertIn("%s is there already (EXISTS)" % path, self.refused(1, self.folder))
        self.assertEqual(Backup(path).bytes, kept)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_a_folder_may_end_with_a_slash(self):
        path = self.backup()
        os.remove(path)
        self.assertEqual(self.backup(self.folder + "/"), path)

    def test_a_part_that_another_has_is_not_written_to(self):
        part = self.backup() + ".part"
        os.remove(part[:-5])
        with open(part, "w", encoding="ascii") as file:
            os.chmod(file.fileno(), 0o666)
        self.assertEqual(os.stat(self.backup()).st_mode & 0o777, 0o600)  # of this user: left by one that was killed
        os.rename(part[:-5], part)
        os.link(part, os.path.join(self.folder, "another"))
        self.assertIn("only this user", self.refused(1, self.folder))
        os.remove(os.path.join(self.folder, "another"))
        if os.geteuid() == 0:
            os.chown(part, 65534, 65534)
            self.assertIn("only this user", self.refused(1, self.folder))
            os.chown(part, 0, 0)
        self.backup()

    def test_what_is_no_folder_is_refused(self):
        self.assertIn("No such file", self.refused(1, os.path.join(self.folder, "missing")))
        self.assertIn("is not a folder", self.refused(1, harness.CLI))
        self.assertIn("where to", self.refused(2))
        self.assertIn("one too many", self.refused(2, self.folder, self.folder))
        for form in ("table", "json", "csv"):
            self.assertIn("--output does not apply", self.refused(2, "-", "--output", form))

    def test_what_was_made_is_told_in_any_form(self):
        said = {}
        for count, form in enumerate(("json", "csv", "table"), 1):
            with self.daemon.client() as client:
                client.record(sale(count))
            result = self.daemon.cli("backup", self.folder, "--output", form)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            said[form] = result.stdout
        found = json.loads(said["json"])
        row, = csv.DictReader(io.StringIO(said["csv"]))
        self.assertEqual(sorted((found["path"], row["path"], said["table"][:-1])), sorted(glob.glob(os.path.join(self.folder, "*"))))
        self.assertEqual((found["seq"], row["seq"]), ("1", "2"))
        for form, path in ((found, found["path"]), (row, row["path"])):
            ledger = form.get("ledgerId", form.get("ledger_id"))
            self.assertTrue(os.path.basename(path).startswith(ledger), ledger)
            self.assertEqual(form["root"], Backup(path).root.hex())

    def test_nothing_is_written_to_a_terminal(self):
        above, below = pty.openpty()
        result = subprocess.run([harness.CLI, "backup", "-", "--socket", self.daemon.socket], stdout=below, stderr=subprocess.PIPE, check=False)
        os.close(above)
        os.close(below)
        self.assertEqual(result.returncode, 2)

    def cut_off(self, count, spoil=False):
        """The tool behind a proxy that lets so much through, once it has; its process."""
        path = os.path.join(self.daemon.home, "proxy%d" % count)
        proxy = Proxy(self.daemon, path, count, spoil)
        self.addCleanup(proxy.close)
        process = subprocess.Popen([harness.CLI, "backup", self.folder, "--socket", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.assertTrue(spoil or proxy.has_ended.wait(harness.DEADLINE_S))
        return process, proxy

    def parts(self):
        return glob.glob(os.path.join(self.folder, "*"))

    def wait_for_part(self, process):
        """The tool has taken the head: it waits for more, and somebody else may not write the same file."""
        while not self.parts():
            self.assertIsNone(process.poll())
        self.assertTrue(self.parts()[0].endswith(".slb.part"))

    def test_interrupted_it_leaves_nothing(self):
        self.fill(5000)
        for number in (signal.SIGINT, signal.SIGTERM):
            process, _ = self.cut_off(100000 + number)
            self.wait_for_part(process)
            process.send_signal(number)
            self.assertEqual(process.wait(harness.DEADLINE_S), 130)
            self.assertEqual(self.parts(), [])

    def test_two_do_not_write_one_file_and_what_a_killed_one_left_is_written_over(self):
        self.fill(5000)
        process, _ = self.cut_off(100000)
        self.wait_for_part(process)
        self.assertIn("is being written (LOCKED)", self.refused(1, self.folder))
        process.kill()
        process.wait(harness.DEADLINE_S)
        self.assertEqual([part.endswith(".slb.part") for part in self.parts()], [True])
        path = self.backup()
        self.assertEqual(self.parts(), [path])
        self.assertEqual(Backup(path).last, 5000)

    def test_a_connection_that_is_lost_leaves_nothing(self):
        self.fill(5000)
        process, proxy = self.cut_off(100000)
        self.wait_for_part(process)
        proxy.close()
        self.assertEqual(process.wait(harness.DEADLINE_S), 3)
        self.assertEqual(self.parts(), [])
        self.assertEqual(Backup(self.backup()).last, 5000)

    def test_a_bit_that_turns_on_the_way_is_found(self):
        self.fill(5000)
        process, _ = self.cut_off(100000, spoil=True)
        _, error = process.communicate(timeout=harness.DEADLINE_S)
        self.assertEqual(process.returncode, 1, error)
        self.assertRegex(error, r"what the daemon sent as seq \d+ is not that record \(CORRUPT\)")
        self.assertEqual(self.parts(), [])

    def test_of_a_damaged_file_nothing_is_restored_and_its_place_is_named(self):
        self.fill(3000)
        path = self.backup()
        whole = Backup(path).bytes
        damaged, target = os.path.join(self.daemon.home, "damaged"), os.path.join(self.daemon.home, "none")
        cases = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:] for at in (40, len(whole) // 3, len(whole) - 10)]
        cases += [whole[:at] for at in (30, len(whole) // 2, len(whole) - 1)] + [whole + b"\0"]
        for content in cases:
            with open(damaged, "wb") as file:
                file.write(content)
            for result in (run(harness.DAEMON, "check", "--from", damaged, text=True), self.restore(damaged, target)):
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, r"\Asalesledgerd: stored data is damaged: [^\n]*offset \d+[^\n]*\n\Z")
            self.assertFalse(os.path.exists(target) and os.listdir(target))
        for content in (b"", b"a letter, and nothing of a ledger's", whole[:8] + b"\2" + whole[9:]):
            with open(damaged, "wb") as file:
                file.write(content)
            self.assertEqual(self.restore(damaged, target).returncode, 1)
        self.assertEqual(self.restore(path, target).returncode, 0)
        result = self.restore(path, target)
        self.assertEqual((result.returncode, "holds a ledger" in result.stderr), (1, True))
        result = self.restore(os.path.join(self.daemon.home, "missing"), target + "2")
        self.assertEqual((result.returncode, "No such file" in result.stderr), (1, True))


class Full(Case):
    """Disks of which there is not enough."""

    def mount(self, size):
        place = os.path.join(self.daemon.home, "disk%d" % size)
        os.mkdir(place)
        if run("mount", "-t", "tmpfs", "-o", "size=%dk" % size, "none", place).returncode != 0:
            self.skipTest("may not mount")
        self.addCleanup(subprocess.run, ["umount", "-l", place], check=True)
        return place

    def test_a_backup_that_does_not_fit_leaves_nothing(self):
        self.fill(20000)
        place = self.mount(1024)
        for room in (0, 4096, 200000, 1024 * 1024):
            filler = os.path.join(place, "filler")
            with open(filler, "wb", buffering=0) as file:
                stat = os.statvfs(place)
                if stat.f_bavail * stat.f_frsize > room:
                    os.posix_fallocate(file.fileno(), 0, stat.f_bavail * stat.f_frsize - room)
            result = self.daemon.cli("backup", place)
            self.assertEqual(result.returncode, 1)
            self.assertRegex(result.stderr, r"\Asalesledger backup: [^\n]*No space left on device \(NO_SPACE\)\n\Z")
            self.assertEqual(os.listdir(place), ["filler"])
            os.remove(filler)
        self.assertEqual(Backup(self.backup()).last, 20000)

    def test_a_ledger_that_does_not_fit_leaves_nothing(self):
        self.fill(20000)
        path = self.backup()
        for size in (16, 64, 256, 1024, 3072, 6144):
            target = os.path.join(self.mount(size), "ledger")
            result = self.restore(path, target)
            self.assertEqual(result.returncode, 1, size)
            self.assertRegex(result.stderr, r"\Asalesledgerd: the disk is nearly full: [^\n]*\n\Z")
            self.assertEqual(os.listdir(target), [])
        target = os.path.join(self.mount(65536), "ledger")
        self.assertEqual(self.restore(path, target).returncode, 0)


if __name__ == "__main__":
    harness.run()
