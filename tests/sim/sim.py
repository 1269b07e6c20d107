#!/usr/bin/env python3
"""Seeded random histories against the reference model, through the socket.

    sim.py [--seeds 1,2,3] [--events 700]      SL_SEED=n runs that one seed

Each history is appended in batches of random size, with refusals predicted by the model, while checkpoints follow each other
as fast as they can. Rankings are asked for after each batch, so that they are kept and follow the next, and now and then compared.
Then the log is exported, folded and every answer compared; again after a restart, and again after a rebuild from the log.
`salesledgerd check` has the last word each time.
"""
import argparse
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import harness  # noqa: E402
import seeds  # noqa: E402
from check import Check  # noqa: E402
from compare import Comparison, ask_kept  # noqa: E402
from history import History  # noqa: E402


class WronglyAccepted(Exception):
    """From here on nothing can be predicted."""


class Run:
    def __init__(self, seed, events, check):
        self.seed, self.events, self.check = seed, events, check
        self.history = History(seed)
        self.random = random.Random("batches of %d" % seed)
        self.head = 0

    def fill(self, client):
        self.append(client, [(event, None) for event in self.history.opening()], all_or_nothing=True)
        while self.head < self.events:
            size = self.random.choice([1, 1, 2, 5, 20, 60])
            batch = [self.history.next() for _ in range(size)]
            self.append(client, batch, all_or_nothing=self.random.random() < 0.3)
            ask_kept(client)
            if self.random.random() < 0.2:
                Comparison(self.check, client).kept()
            if self.random.random() < 0.2:
                self.repeat(client)

    def append(self, client, batch, all_or_nothing):
        """Only the first refused event of an all-or-nothing batch is predicted; nothing of it is recorded then."""
        receipts = client.append([event for event, _ in batch], all_or_nothing)
        refused = all_or_nothing and any(r.HasField("error") for r in receipts)
        if refused:
            self.check.true({r.error.name for r in receipts} - {""} and all(r.error.name for r in receipts), "aborted batch", receipts)
            return
        for (event, right), receipt in zip(batch, receipts):
            right = {self.history.outcome(event)} if right is None else right
            what = ("seed", self.seed, event, str(receipt.error))
            if not self.check.true(receipt.error.name in right, "outcome of", *what, "right:", right):
                if receipt.HasField("error"):
                    continue
                raise WronglyAccepted
            if not receipt.HasField("error"):
                self.head += 1
                self.check.equal(receipt.seq, self.head, "seq of", *what)
                self.history.accept(receipt.seq, event)

    def repeat(self, client):
        """Something recorded long ago, sent again."""
        known = [seq for seq, event in self.history.accepted.items() if "id" in event]
        if known:
            seq = self.random.choice(known)
            receipt = client.append([self.history.accepted[seq]])[0]
            self.check.equal((receipt.seq, receipt.duplicate), (seq, True), "repeated", self.seed, receipt)

    def compare(self, daemon, when):
        failed = self.check.failed
        client = daemon.client()
        self.check.equal(client.status().head, self.head, "head", when)
        Comparison(self.check, client).everything()
        print("seed %d, %s: %d events, %d checks so far, %d new failures"
              % (self.seed, when, self.head, self.check.passed, self.check.failed - failed), flush=True)

    def offline(self, daemon, verb):
        result = daemon.offline(verb)
        self.check.equal(result.returncode, 0, verb, "seed", self.seed, result.stdout, result.stderr)

    def run(self):
        seeds.tell(self.seed)
        with harness.daemon(flags=["--checkpoint-ms", "10", "--segment-bytes", "1048576"]) as daemon:
            self.fill(daemon.client())
            self.compare(daemon, "live")
            daemon.restart()
            self.compare(daemon, "after a restart")
            daemon.stop()
            self.offline(daemon, "check")
            self.offline(daemon, "rebuild")
            daemon.start()
            self.compare(daemon, "after a rebuild")
            daemon.stop()
            self.offline(daemon, "check")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default=os.environ.get("SL_SEED", "1,2,3"))
    parser.add_argument("--events", type=int, default=700)
    arguments = parser.parse_args()
    check = Check()
    for seed in arguments.seeds.split(","):
        number = seeds.fresh() if seed == "fresh" else int(seed)
        try:
            Run(number, arguments.events, check).run()
        except WronglyAccepted:
            print("seed %d ends here" % number, flush=True)
    check.finish()


if __name__ == "__main__":
    main()
