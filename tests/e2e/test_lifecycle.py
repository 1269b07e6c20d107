#!/usr/bin/env python3
"""Starting, stopping, checking and rebuilding a ledger directory."""
import os
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
        idle = self.daemon.client()
        idle.send("subscribe", {"from": "1"})
        start = time.monotonic()
        status = self.daemon.process and self.daemon.stop()
        elapsed = time.monotonic() - start
        self.assertEqual(status, 0, self.daemon.log())
        self.assertLess(elapsed, 1.0)
        self.daemon.start()
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
