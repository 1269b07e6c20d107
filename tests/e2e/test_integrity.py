#!/usr/bin/env python3
"""What the ledger says about its own bytes, recomputed from outside: records, their hashes, the tree over them.

The record of an event follows from the bytes that were sent and from what the receipt and the log say; it is drawn in
proto/sl/stored/record.h and rebuilt here by tests/golden/golden.py."""
import base64
import hashlib
import os
import sys

import harness

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))

import golden  # noqa: E402
import merkle  # noqa: E402
from client import event_dict  # noqa: E402


class Integrity(harness.LedgerTest):
    records = {}  # seq -> record bytes

    def append(self, *events):
        """Appends and rebuilds the records; the seqs."""
        message = self.client.append_message(events)
        receipts = self.client.call("append", message).append.receipts
        for event, receipt in zip(message.events, receipts):
            self.assertFalse(receipt.HasField("error"), receipt)
            stored = self.client.log(from_seq=receipt.seq, to=str(receipt.seq))[0]
            as_dict = event_dict(event)
            case = {"kind": next(kind for kind in golden.BODY_NUMBER if kind in as_dict), "recordedUs": receipt.recorded_us,
                    "effective": stored["effectiveDate"], "actor": stored.get("actor", ""), "event": as_dict}
            self.records[receipt.seq] = golden.record(case, event.SerializeToString())
        return [receipt.seq for receipt in receipts]

    def sale(self, number):
        return {"effectiveDate": "2025-03-01", "close": {"deal": "%s %d" % (self.deal, number), "kind": "WON", "currency": "USD",
                                                         "lines": [{"amountMinor": str(number)}]}}

    def payout(self):
        return {"payout": {"payee": "p", "kind": "BONUS", "state": "PROPOSED", "currency": "USD",
                           "lines": [{"component": "c", "window": "2025", "amountMinor": "5"}]}}

    def test_the_root_is_that_of_the_records_at_every_size(self):
        for count in (1, 2, 3, 7, 20):
            self.append(*[self.sale(100 * count + i) for i in range(count)])
            status = self.client.status()
            records = [self.records[seq] for seq in range(1, status.tree_size + 1)]
            self.assertEqual(status.tree_size, status.durable)
            self.assertEqual(status.tree_root.hex(), merkle.root([merkle.leaf(record) for record in records]).hex(), "size %d" % status.tree_size)

    def test_the_root_survives_checkpoint_restart_and_rebuild(self):
        self.append(*[self.sale(i) for i in range(50)])
        before = self.client.status()
        self.daemon.stop()
        self.assertEqual(self.daemon.offline("rebuild").returncode, 0)
        self.daemon.start()
        self.client = self.daemon.client()
        after = self.client.status()
        self.assertEqual((after.tree_size, after.tree_root), (before.tree_size, before.tree_root))

    def approval(self, seq, digest):
        return {"approve": {"refSeq": str(seq), "refHash": base64.b64encode(digest).decode(), "verdict": "APPROVE"}}

    def test_nobody_approves_his_own_event(self):
        seq = self.append(self.payout())[0]
        error = self.client.refusal(self.approval(seq, hashlib.sha256(self.records[seq]).digest()))
        self.assertIsNotNone(error)
        self.assertEqual(error.name, "SEPARATION", error)

    def test_an_approval_that_names_another_hash_is_refused(self):
        seq = self.append(self.payout())[0]
        error = self.client.refusal(self.approval(seq, bytes(32)))
        self.assertIsNotNone(error)
        self.assertIn(error.name, ("INVALID_FIELD", "CONFLICT", "SEPARATION"), error)


if __name__ == "__main__":
    harness.run()
