#!/usr/bin/env python3
"""Personal data of customers: nowhere on the disk in the clear, readable for who asks, and gone when it is erased, while every hash
stays what it was."""
import base64
import csv
import io
import json
import os
import sys

import harness
from client import event_message

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))

import golden  # noqa: E402
import merkle  # noqa: E402

MARKS = (b"Lovelace", b"Byron", b"St James", b"7946 0000")


def ada(name="Ada Lovelace", **more):
    customer = {"customer": "ACME", "name": name, "region": "EU",
                "personal": [{"name": "address", "value": "12 St James's Square"}, {"name": "phone", "value": "+44 20 7946 0000"}]}
    customer.update(more)
    return {"effectiveDate": "2025-03-01", "define": {"customer": customer}}


def visit(number):
    return {"effectiveDate": "2025-03-01", "contact": {"kind": "VISIT", "customer": "ACME", "person": "p%d" % number}}


class Personal(harness.unittest.TestCase):
    def setUp(self):
        self.daemon = harness.Daemon(flags=["--checkpoint-ms", "20"]).start()
        self.addCleanup(self.daemon.remove)
        self.client = self.daemon.client()
        self.sent = []

    def append(self, *events):
        messages = self.client.append_message(events).events
        for message, receipt in zip(messages, self.client.append(messages)):
            self.assertFalse(receipt.HasField("error"), receipt)
            self.sent.append(message)

    def again(self):
        self.client = self.daemon.client()

    def shown(self):
        return self.client.call("log", {"from": "1"}).events.events

    def root(self):
        """What the daemon says, and what the records make it, put together from what was sent and what the log shows."""
        records = []
        for sent, shown in zip(self.sent, self.shown()):
            kind = next(kind for kind in golden.BODY_NUMBER if sent.HasField(kind))
            case = {"kind": kind, "recordedUs": shown.recorded_us, "effective": shown.effective_date, "actor": shown.actor,
                    "event": {"id": base64.b64encode(sent.id).decode()}}
            records.append(golden.record(case, golden.stored_as_shown(sent, shown)))
        status = self.client.status()
        self.assertEqual((status.tree_size, status.tree_root.hex()), (len(self.sent), merkle.root([merkle.leaf(record) for record in records]).hex()))
        return status.tree_root

    def on_disk(self):
        """The marks that lie in any file of the ledger, with the file."""
        found = []
        for folder, _, names in os.walk(self.daemon.dir):
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.isfile(path):
                    continue  # the socket
                with open(path, "rb") as file:
                    content = file.read()
                found += [(os.path.relpath(path, self.daemon.dir), mark) for mark in MARKS if mark in content]
        return found

    def names(self):
        customers = [golden.customer_of(event) for event in self.shown()]
        return [(customer.name, customer.erased, [field.value for field in customer.personal]) for customer in customers if customer is not None]

    def test_from_the_first_word_to_the_erasure_and_after(self):
        self.append(visit(1), ada(), visit(2))
        replaced = {"correct": {"refSeq": "2", "reason": "typing error", "replacement": {"define": ada("Ada Byron")["define"]}}}
        self.append(replaced)
        self.append(*[visit(i) for i in range(40)])
        values = ["12 St James's Square", "+44 20 7946 0000"]
        self.assertEqual(self.names(), [("Ada Lovelace", False, values), ("Ada Byron", False, values)])
        root = self.root()
        self.daemon.restart()
        self.again()
        self.assertEqual(self.names(), [("Ada Lovelace", False, values), ("Ada Byron", False, values)])
        self.assertEqual(self.on_disk(), [])
        self.assertEqual(oct(os.stat(os.path.join(self.daemon.dir, "keys")).st_mode & 0o777), "0o700")

        result = self.daemon.cli("erase", "ACME", "--yes")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("ACME: erased at ", result.stdout)
        self.assertEqual(self.names(), [("erased", True, [])] * 2)
        self.assertEqual(self.root(), root)
        self.check_everything(root)

    def check_everything(self, root):
        """Restart, check, rebuild: erased is erased, and the root is the same."""
        self.daemon.kill()
        result = self.daemon.offline("check")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("personal fields of 0 events open, of 2 are erased", result.stdout)
        self.assertEqual(self.daemon.offline("rebuild").returncode, 0)
        self.daemon.start()
        self.again()
        self.assertEqual(self.names(), [("erased", True, [])] * 2)
        self.assertEqual(self.root(), root)
        self.assertEqual(self.client.append(self.sent)[1].duplicate, True)
        self.append(ada("Ada Lovelace"))
        self.assertEqual(self.names()[2][:2], ("Ada Lovelace", False))
        self.daemon.stop()
        self.assertEqual(self.on_disk(), [])
        result = self.daemon.offline("check")
        self.assertIn("personal fields of 1 events open, of 2 are erased", result.stdout, result.stderr)

    def test_the_command_line(self):
        self.append(ada(), {"effectiveDate": "2025-03-01", "define": {"customer": {"customer": "Bolt", "region": "EU"}}})
        for arguments, status in ((["erase", "ACME"], 2), (["erase", "--yes"], 2), (["erase", "ACME", "Bolt", "--yes"], 2),
                                  (["erase", "nobody", "--yes"], 1)):
            result = self.daemon.cli(*arguments)
            self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)
        self.assertEqual(self.names()[0][0], "Ada Lovelace")
        self.assertIn("Bolt: the ledger holds no personal data", self.daemon.cli("erase", "Bolt", "--yes").stdout)
        reply = json.loads(self.daemon.cli("erase", "ACME", "--yes", "--output", "json").stdout)["erase"]
        self.assertEqual((reply["customer"], reply["wasAlready"]), ("ACME", False))
        self.assertIn("ACME: was erased already, at ", self.daemon.cli("erase", "ACME", "--yes").stdout)
        rows = [next(csv.DictReader(io.StringIO(self.daemon.cli("erase", who, "--yes", "--output", "csv").stdout))) for who in ("ACME", "Bolt")]
        self.assertRegex(rows[0]["erased"], r"\A\d{4}-\d\d-\d\dT[\d:.]+Z\Z")
        self.assertEqual([(row["customer"], row["was_already"], row["had_no_data"]) for row in rows], [("ACME", "true", "false"), ("Bolt", "false", "true")])
        lines = self.daemon.cli("log").stdout.splitlines()
        self.assertEqual(["customer, erased" in line for line in lines[1:]], [True, False], lines)
        event = json.loads(self.daemon.cli("log", "--output", "json").stdout.splitlines()[0])
        self.assertEqual((event["define"]["customer"]["name"], event["define"]["customer"]["erased"]), ("erased", True))

    def test_what_the_ledger_gives_is_refused_from_clients(self):
        for field in ({"sealed": "bWluZQ=="}, {"erased": True}):
            error = self.client.refusal(ada(**field))
            self.assertEqual(error.name, "INVALID_FIELD", error)
        self.assertEqual(self.client.refusal(ada(personal=[{"value": "x" * 4096}] * 16)).name, "TOO_BIG")
        self.assertEqual(self.client.status().head, 0)

    def test_check_names_what_is_damaged(self):
        self.append(visit(1), ada())
        self.daemon.stop()
        secrets = os.path.join(self.daemon.dir, "keys", "secrets")
        with open(secrets, "r+b") as file:
            content = file.read()
            file.seek(40)
            file.write(bytes([content[40] ^ 1]))
        result = self.daemon.offline("check")
        self.assertEqual(result.returncode, 1)
        self.assertIn("log: seq 2: the seal of its personal fields does not open", result.stderr)
        self.assertNotIn("rebuild", result.stderr)

    def test_a_copy_without_keys_reads_erased_and_is_told_from_damage(self):
        self.append(visit(1), ada())
        self.daemon.stop()
        os.rename(os.path.join(self.daemon.dir, "keys"), os.path.join(self.daemon.home, "keys"))
        result = self.daemon.offline("check")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("personal fields of 1 events have no key here", result.stdout)
        self.daemon.start()
        self.again()
        self.append(ada("Ada Byron"))
        self.assertEqual([name for name, _, _ in self.names()], ["erased", "Ada Byron"])
        self.daemon.stop()
        result = self.daemon.offline("check")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("personal fields of 1 events open, of 0 are erased\npersonal fields of 1 events have no key here", result.stdout)

    def test_keys_of_another_ledger_are_told_from_a_copy_without(self):
        self.append(visit(1), ada())
        self.daemon.stop()
        with harness.daemon() as other:
            other.client().record(event_message({"define": {"customer": {"customer": "Bolt", "name": "Bolt"}}}))
            other.stop()
            os.rename(os.path.join(self.daemon.dir, "keys"), os.path.join(self.daemon.home, "keys"))
            os.rename(os.path.join(other.dir, "keys"), os.path.join(self.daemon.dir, "keys"))
        result = self.daemon.offline("check")
        self.assertEqual(result.returncode, 1)
        self.assertIn("keys/data.mdb belongs to another ledger", result.stderr)

    def test_nothing_personal_is_logged(self):
        self.append(ada())
        self.client.call("erase", {"customer": "ACME"})
        self.client.refusal(ada(sealed="bWluZQ=="))
        self.daemon.stop()
        self.assertEqual([mark for mark in MARKS if mark.decode() in self.daemon.log()], [])


class Older(harness.unittest.TestCase):
    def test_a_ledger_without_keys_gets_them_with_the_first_that_is_needed(self):
        with harness.daemon() as daemon:
            daemon.client().record(visit(1))
            self.assertFalse(os.path.exists(os.path.join(daemon.dir, "keys")))
            daemon.restart()
            daemon.client().record(event_message(ada()))
            daemon.kill()
            daemon.start()
            self.assertEqual(daemon.client().log()[1]["define"]["customer"]["name"], "Ada Lovelace")


if __name__ == "__main__":
    harness.run()
