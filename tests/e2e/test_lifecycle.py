#!/usr/bin/env python3
"""Starting, stopping, checking and rebuilding a ledger directory."""
import os
import subprocess
import time
import unittest

import harness


def sale(deal, amount=100):
    return {"effectiveDate": "2025-03-01", "close": {"deal": deal, "kind": "WON", "currency": "USD", "lines": [{"amountMinor": str(amount)}],
                                                     "credits": [{"person": "ann", "sharePpm": "1000000"}]}}


class Lifecycle(unittest.TestCase):
    def setUp(self):
        self.daemon = harness.Daemon()
        self.addCleanup(self.daemon.remove)

    def fill(self, count=500):
        with self.daemon.client() as client:
            client.record(*[sale("d%d-%d" % (client.status().head, i), i) for i in range(count)])
            return self.answers(client)

    def answers(self, client):
        status = client.status()
        measures = client.measures(["booked.amount", "won.count"], "2025", by="BY_PERSON")
        return (status.head, status.tree_size, status.tree_root, status.ledger_id,
                {key: [(v.numerator, v.denominator) for v in values] for key, values in measures.items()})

    def test_status_names_what_was_fixed_at_creation(self):
        self.daemon.start()
        status = self.daemon.client().status()
        self.assertEqual((status.timezone, status.currency, status.policy, status.head), ("Europe/Berlin", "USD", 0, 0))
        self.assertEqual(len(status.ledger_id), 16)

    def test_a_socket_path_has_a_maximum(self):
        longest = self.daemon.home + "/" + "s" * (103 - len(self.daemon.home) - 1)
        self.daemon.socket = longest + "s"
        with self.assertRaises(harness.Failed) as caught:
            self.daemon.start()
        self.assertIn("at most 103 bytes, this one 104: choose a shorter one with --socket", caught.exception.log)
        self.assertFalse(os.path.exists(os.path.join(self.daemon.dir, "data.mdb")), "nothing is made that would fix the time zone")
        self.daemon.socket = longest
        self.daemon.start()
        self.assertEqual(self.daemon.client().status().head, 0)

    def test_a_second_daemon_on_the_directory_is_refused(self):
        self.daemon.start()
        second = harness.Daemon(folder=self.daemon.dir)
        self.addCleanup(second.remove)
        with self.assertRaises(harness.Failed) as caught:
            second.start()
        self.assertNotEqual(caught.exception.status, 0)
        self.assertIn("another daemon", caught.exception.log)
        self.assertEqual(self.daemon.client().status().head, 0)

    def test_term_ends_within_a_second_and_nothing_is_lost(self):
        self.daemon.start()
        before = self.fill()
        elapsed = []
        for _ in range(3):  # a machine that does other things may be late once
            idle = self.daemon.client()
            idle.send("subscribe", {"from": "1"})
            start = time.monotonic()
            status = self.daemon.process and self.daemon.stop()
            elapsed.append(time.monotonic() - start)
            self.assertEqual(status, 0, self.daemon.log())
            self.daemon.start()
        self.assertLess(min(elapsed), 1.0)
        self.assertEqual(self.answers(self.daemon.client()), before)

    def test_kill_loses_nothing_acknowledged(self):
        self.daemon.start()
        before = self.fill()
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.answers(self.daemon.client()), before)

    def test_segments_cut_short_by_a_kill_do_not_stop_appends(self):
        self.daemon.start()
        self.fill(10)
        self.daemon.kill()
        folder = os.path.join(self.daemon.dir, "journal")
        names = sorted(os.listdir(folder))
        spare = names[1:] or ["%016x.seg" % (int(names[0].split(".")[0], 16) + 1)]
        for size in (0, 100, 4096):
            for name in spare:
                with open(os.path.join(folder, name), "wb") as file:
                    file.truncate(size)
            self.daemon.start()
            client = self.daemon.client(timeout_s=20)
            head = client.status().head
            self.assertEqual(client.record(sale("after %d" % size)), [head + 1])
            large = [sale("%d-%d" % (size, i)) for i in range(5000)]
            self.assertEqual(client.record(*large)[-1], head + 5001)
            self.daemon.kill()

    def test_check_and_rebuild_agree_with_the_running_state(self):
        self.daemon.start()
        before = self.fill()
        self.daemon.kill()
        for verb in ("check", "rebuild", "check"):
            result = self.daemon.offline(verb)
            self.assertEqual(result.returncode, 0, "%s: %s%s" % (verb, result.stdout, result.stderr))
        self.daemon.start()
        self.assertEqual(self.answers(self.daemon.client()), before)
        self.fill(10)
        self.daemon.stop()
        self.assertEqual(self.daemon.offline("check").returncode, 0)

    def test_check_of_a_directory_in_use_is_refused(self):
        self.daemon.start()
        self.fill(10)
        result = self.daemon.offline("rebuild")
        self.assertNotEqual(result.returncode, 0)
        self.assertTrue(result.stderr)

    def test_a_directory_that_is_no_ledger_is_refused(self):
        os.makedirs(self.daemon.dir)
        with open(os.path.join(self.daemon.dir, "letter.txt"), "w", encoding="utf-8") as file:
            file.write("not a ledger")
        with self.assertRaises(harness.Failed) as caught:
            self.daemon.start()
        self.assertNotEqual(caught.exception.status, 0)
        with self.assertRaises(harness.Failed):
            self.daemon.start(self.daemon.genesis)
        self.assertEqual(os.listdir(self.daemon.dir), ["letter.txt"])

    def lines_of(self, *command):
        """A command that must fail, and the one line it leaves."""
        result = subprocess.run([harness.DAEMON] + list(command), capture_output=True, text=True, timeout=harness.DEADLINE_S)
        self.assertGreater(result.returncode, 0, result.stderr)  # not ended by a signal
        lines = [line for line in result.stderr.splitlines() if not line.startswith("<")]  # the rest is the log
        self.assertEqual(len(lines), 1, result.stderr)
        return lines[0]

    def test_another_genesis_than_the_stored_one_is_refused_by_name(self):
        self.daemon.start()
        self.fill(10)
        self.daemon.stop()
        run = ["run", "--create", "--dir", self.daemon.dir, "--socket", self.daemon.socket]
        for flag, stored, given in (("--timezone", "Europe/Berlin", "UTC"), ("--currency", "USD", "EUR"), ("--policy", "open", "strict")):
            line = self.lines_of(*run, flag, given)
            for word in (flag, '"%s"' % stored, '"%s"' % given):
                self.assertIn(word, line)
        self.daemon.start(["--create"])  # defaults are not asked for
        self.assertEqual(self.daemon.client().status().timezone, "Europe/Berlin")
        self.daemon.stop()
        self.daemon.start(self.daemon.genesis)  # the same again

    def test_what_is_no_directory_of_a_ledger_is_told_in_one_line(self):
        missing = os.path.join(self.daemon.home, "missing")
        letter = os.path.join(self.daemon.home, "letter")
        with open(letter, "w", encoding="utf-8") as file:
            file.write("not a ledger")
        for verb in ("check", "run", "rebuild"):
            self.assertIn(missing + " does not exist", self.lines_of(verb, "--dir", missing))
            self.assertIn(letter + " is not a directory", self.lines_of(verb, "--dir", letter))
        self.assertIn(letter + ": Not a directory", self.lines_of("run", "--create", "--dir", letter))
        self.assertFalse(os.path.exists(missing))

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_an_unreadable_directory_is_told_in_one_line(self):
        closed = os.path.join(self.daemon.home, "closed")
        os.mkdir(closed, 0)
        for verb in ("check", "run"):
            self.assertIn("Permission denied", self.lines_of(verb, "--dir", closed))

    def test_a_full_file_system_is_told_and_leaves_nothing_behind(self):
        mount = os.path.join(self.daemon.home, "full")
        os.mkdir(mount)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", mount], capture_output=True, check=False).returncode != 0:
            self.skipTest("may not mount")
        self.addCleanup(subprocess.run, ["umount", "-l", mount], check=True)
        filler = os.path.join(mount, "filler")
        for room in (0, 4096, 8192, 16384):
            with open(filler, "wb", buffering=0) as file:
                os.posix_fallocate(file.fileno(), 0, os.statvfs(mount).f_bavail * os.statvfs(mount).f_frsize - room)
            ledger = os.path.join(mount, "ledger")
            self.assertIn("the disk is nearly full", self.lines_of("init", "--dir", ledger))
            self.assertEqual(os.listdir(ledger), [])
            os.remove(filler)
        result = subprocess.run([harness.DAEMON, "init", "--dir", ledger], check=False)
        self.assertEqual(result.returncode, 0)

    def test_refusing_for_want_of_space_is_logged_once(self):
        self.daemon.flags = ["--free-bytes-min", "1024G"]
        self.daemon.start()
        client = self.daemon.client()
        for i in range(3):
            self.assertEqual(client.refusal({"define": {"person": {"person": "p%d" % i}}}).name, "NO_SPACE")
        self.daemon.stop()
        self.assertRegex(self.daemon.log(), r"<4>event=space_low free_bytes=\d+ needed_bytes=\d+\n")
        self.assertEqual(self.daemon.log().count("space_low"), 1)

    def test_damage_is_found_by_check(self):
        self.daemon.start()
        self.fill(2000)
        self.daemon.stop()
        path = os.path.join(self.daemon.dir, "data.mdb")
        with open(path, "r+b") as file:
            data = file.read()
            at = data.find(b"d0-1234")
            self.assertGreater(at, 0)
            file.seek(at)
            file.write(b"D")
        result = self.daemon.offline("check")
        self.assertNotEqual(result.returncode, 0, result.stdout)
        self.assertRegex((result.stdout + result.stderr).lower(), "damage|corrupt|crc")

    def test_wrong_flags_end_with_a_reason(self):
        with self.assertRaises(harness.Failed) as caught:
            self.daemon.start(["--no-such-flag"])
        self.assertNotEqual(caught.exception.status, 0)
        self.assertIn("no-such-flag", caught.exception.log)

    def test_the_socket_is_for_owner_and_group_only(self):
        self.daemon.start()
        self.assertEqual(os.stat(self.daemon.socket).st_mode & 0o777, 0o660)

    def test_a_stale_socket_is_replaced(self):
        self.daemon.start()
        self.daemon.kill()
        self.assertTrue(os.path.exists(self.daemon.socket))
        self.daemon.start()
        self.assertEqual(self.daemon.client().status().head, 0)


if __name__ == "__main__":
    harness.run()
