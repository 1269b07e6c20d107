#!/usr/bin/env python3
"""Kills the daemon under load, again and again: what was acknowledged is there, once, where the receipt said.

    kill9.py [--rounds 8] [--seed n]           SL_SEED=n replays the choices, not the timing of the kernel

Several connections keep batches under way. After a drawn number of receipts the daemon gets SIGKILL; receipts that had
already left count as acknowledged. After the restart the log is compared with them, and all that was unanswered is sent again
with the same ids. At the end `salesledgerd check` replays the log and compares it with the state.
"""
import argparse
import os
import random
import selectors
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import harness  # noqa: E402
import seeds  # noqa: E402
from check import Check  # noqa: E402
from client import Closed, id_text  # noqa: E402

CONNECTIONS = 4
IN_FLIGHT = 6


class Load:
    def __init__(self, seed, check):
        self.random = random.Random(seed)
        self.check = check
        self.number = 0
        self.known = {}  # id -> seq, acknowledged
        self.sent = {}   # id -> event, not acknowledged

    def batch(self):
        events = []
        for _ in range(self.random.choice([1, 1, 3, 20, 100])):
            self.number += 1
            event = {"id": id_text(self.random.randbytes(16)), "effectiveDate": "2025-03-%02d" % self.random.randint(1, 28),
                     "close": {"deal": "d%d" % self.number, "kind": "WON", "currency": "USD",
                               "lines": [{"product": "thing", "amountMinor": str(self.number)}],
                               "credits": [{"person": "p%d" % (self.number % 7), "sharePpm": "1000000"}]}}
            events.append(event)
            self.sent[event["id"]] = event
        return events

    def acknowledge(self, receipts):
        for receipt in receipts:
            self.check.equal(receipt.error.name, "", "receipt")
            key = id_text(receipt.id)
            if key in self.known:
                self.check.equal(receipt.seq, self.known[key], "seq given again")
            self.known[key] = receipt.seq
            self.sent.pop(key, None)

    def until_killed(self, daemon):
        """Load on all connections; SIGKILL after a drawn number of replies; then what is left in the sockets."""
        after = self.random.randint(1, 120)
        clients = [daemon.client() for _ in range(CONNECTIONS)]
        selector = selectors.DefaultSelector()
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
            for _ in range(IN_FLIGHT):
                client.send("append", client.append_message(self.batch()))
        while after > 0:
            for key, _ in selector.select():
                self.acknowledge(key.data.receive().append.receipts)
                after -= 1
                if after > 0:
                    key.data.send("append", key.data.append_message(self.batch()))
        daemon.kill()
        for client in clients:
            self.drain(client)
            client.close()
        selector.close()

    def drain(self, client):
        try:
            while True:
                self.acknowledge(client.receive().append.receipts)
        except (Closed, ConnectionError):
            pass

    def verify(self, client, when):
        found = {}
        for event in client.log():
            seq = int(event["seq"])
            self.check.true(event["id"] not in found, when, "recorded twice", event["id"], seq)
            found[event["id"]] = seq
        self.check.equal(sorted(found.values()), list(range(1, len(found) + 1)), when, "gapless")
        lost = {key: seq for key, seq in self.known.items() if found.get(key) != seq}
        self.check.equal(lost, {}, when, "acknowledged but not there")
        strangers = set(found) - set(self.known) - set(self.sent)
        self.check.equal(strangers, set(), when, "never sent")
        return found

    def retry(self, client, found):
        """All that was unanswered, again: what had been recorded is a duplicate at its seq."""
        events = list(self.sent.values())
        self.random.shuffle(events)
        for start in range(0, len(events), 500):
            receipts = client.append(events[start:start + 500])
            for event, receipt in zip(events[start:], receipts):
                if event["id"] in found:
                    self.check.equal((receipt.seq, receipt.duplicate), (found[event["id"]], True), "retry of a recorded event")
                else:
                    self.check.equal(receipt.duplicate, False, "retry of an event that was lost")
            self.acknowledge(receipts)

    def totals(self, client):
        booked = client.measures(["booked.amount", "won.count"], "2025")[""]
        self.check.equal(booked[0].numerator, sum(range(1, self.number + 1)), "booked in all")
        self.check.equal(booked[1].numerator, self.number * 1_000_000, "won in all")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=8)
    arguments = seeds.parse(parser)
    check = Check()
    load = Load(arguments.seed, check)
    often = ["--checkpoint-ms", "10", "--segment-bytes", "1048576"]
    with harness.daemon() as daemon:
        for number in range(arguments.rounds):
            daemon.flags = often if number % 2 == 0 else []  # from the next start on
            load.until_killed(daemon)
            daemon.start()
            client = daemon.client()
            found = load.verify(client, "round %d" % number)
            load.retry(client, found)
            load.totals(client)
            client.close()
            if number % 8 == 7 or number + 1 == arguments.rounds:
                daemon.kill() if load.random.random() < 0.5 else daemon.stop()
                result = daemon.offline("check")
                check.equal(result.returncode, 0, "check", result.stdout, result.stderr)
                daemon.start()
        load.verify(daemon.client(), "at the end")
        print("%d rounds, %d events" % (arguments.rounds, load.number), flush=True)
    check.finish()


if __name__ == "__main__":
    main()
