#!/usr/bin/env python3
"""The benchmark program measures every promise. What it measures here means nothing: the ledgers are tiny, the programs not optimised.

    test_bench.py SALESLEDGER-BENCH"""
import os
import re
import subprocess
import sys
import unittest

import harness

BENCH = ""
TINY = ("--repeat", "1", "--events", "3000", "--size-small", "4000", "--size-large", "6000")
PROMISES = ("64x64_of_floor", "1x1_of_floor", "1x1000_of_floor", "rank_p99_us", "rebuild_rate", "rss_mib", "growth", "hold_ms")


class Bench(unittest.TestCase):
    def run_bench(self, *arguments):
        return subprocess.run((BENCH, *arguments, "--daemon", harness.DAEMON, "--machine"), capture_output=True, text=True, check=False)

    def test_every_promise_is_measured_and_one_not_kept_is_a_failure_if_asked_to_be_strict(self):
        result = self.run_bench("all", *TINY, "--strict")
        found = dict(re.findall(r"^promise\.(\w+)=(\S+)$", result.stdout, re.MULTILINE))
        self.assertEqual(tuple(found), PROMISES, result.stderr)
        for name, value in found.items():
            self.assertGreater(float(value), 0, name)
        self.assertEqual(result.returncode, 3 if " NO " in result.stdout else 0, result.stdout)
        directory, = re.findall(r"^directory (\S+)", result.stdout, re.MULTILINE)
        self.assertFalse(os.path.exists(directory))

    def test_each_mode_runs(self):
        for mode in ("closed", "open", "mixed", "floors"):
            result = self.run_bench(mode, "--repeat", "1", "--events", "2000", "--connections", "2", "--rate", "20000")
            self.assertEqual(result.returncode, 0, "%s: %s" % (mode, result.stderr))
            self.assertIn("events/s", result.stdout)

    def test_who_has_no_more_to_ask_sees_the_end(self):
        result = self.run_bench("mixed", "--repeat", "1", "--events", "2000", "--connections", "2", "--rank-rate", "1")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_soak_finds_each_acknowledged_event_and_leaves_no_socket(self):
        result = self.run_bench("soak", "--seconds", "1", "--connections", "20", "--think-ms", "20")
        self.assertEqual(result.returncode, 0, result.stderr)
        found = dict(re.findall(r"^([\w.]+)=(\S+)$", result.stdout, re.MULTILINE))
        for name in ("soak.acknowledged", "soak.answers", "soak.delivered", "soak.check"):
            self.assertGreater(float(found[name]), 0, name)
        self.assertLessEqual(float(found["promise.soak_sockets"]), 0)
        self.assertLess(float(found.get("promise.soak_descriptors", 0)), 16)  # else not known
        self.assertGreaterEqual(float(found["promise.soak_checkpoints"]), 0)
        header, *tenths = [line.split() for line in result.stdout.splitlines() if re.match(r" *(tenth|\d+) ", line)]
        sockets = [int(row[-2]) for row in tenths]
        self.assertEqual(header[-2], "sockets")
        self.assertGreater(max(sockets), 20)  # the connections and the one that listens

    def test_fairness_and_overload_are_measured(self):
        for mode, keys in (("fair", ("alone.modest_rate", "single.modest_rate", "batches.modest_rate", "questions.modest_rate",
                                    "askers.modest_rate", "askers.greedy_rate", "equals.most_by_least")),
                           ("overload", ("served_by_best", "busy", "best_again", "busy_latency.p50_us"))):
            result = self.run_bench(mode, "--repeat", "1", "--events", "2000", "--connections", "8", "--seconds", "1")
            self.assertEqual(result.returncode, 0, "%s: %s" % (mode, result.stderr))
            for key in keys:
                self.assertRegex(result.stdout, r"(?m)^%s\.%s=" % (mode, re.escape(key)))


if __name__ == "__main__":
    BENCH = sys.argv.pop(1)
    harness.run()
