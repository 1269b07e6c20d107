#!/usr/bin/env python3
"""What `salesledger status` says, in each of its forms: the same figures, and the metrics as Prometheus wants them.

The text format is read by Prometheus' own parser for Python; what that lets pass is checked line by line."""
import csv
import io
import json
import re
import unittest

from prometheus_client.parser import text_string_to_metric_families

import harness

NAME = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
LABEL = r'%s="([^"\\\n]|\\["\\n])*"' % NAME
SAMPLE = re.compile(r"^(%s)(\{%s(,%s)*\})? (\d+(\.\d+)?|\+Inf)$" % (NAME, LABEL, LABEL))
QUERIES = {"measures", "targets", "rank", "statement", "log"}

# Every metric that is one number, and where JSON has it.
NUMBERS = {
    "head_seq": "head", "durable_seq": "durable", "checkpointed_seq": "checkpointed", "undefined_entities": "undefined",
    "uptime_seconds": "uptimeUs", "events_total": "events", "event_bytes_total": "eventBytes", "duplicates_total": "duplicates",
    "requests_total": "requests", "batches_total": "batches", "gate_held_max_seconds": "gateHeldUsMax", "connections": "sessions",
    "connections_accepted_total": "connectionsAccepted", "connections_refused_total": "connectionsRefused",
    "subscriptions": "subscriptions", "subscriptions_behind": "subscribers.behind",
    "subscription_lag_max_events": "subscribers.lagMax", "subscription_lag_events": "subscribers.lagSum",
    "gathering_events": "queues.gatheringEvents", "gathering_bytes": "queues.gatheringBytes",
    "in_flight_events": "queues.flyingEvents", "in_flight_bytes": "queues.flyingBytes", "held_replies": "queues.repliesHeld",
    "output_bytes": "queues.outputBytes", "input_bytes": "queues.inputBytes", "connections_deferred": "queues.sessionsDeferred",
    "connections_stalled": "queues.sessionsStalled", "journal_waiting_events": "journal.waitingEvents",
    "journal_waiting_bytes": "journal.waitingBytes", "journal_segments": "journal.segments",
    "journal_segments_free": "journal.segmentsFree", "journal_size_bytes": "journal.segmentBytes",
    "journal_generation": "journal.generation", "checkpoints_total": "checkpoints", "checkpoint_running": "checkpoint.isRunning",
    "checkpoint_age_seconds": "checkpoint.ageUs", "checkpoint_last_seconds": "checkpointUsLast",
    "checkpoint_max_seconds": "checkpoint.usMax", "database_size_bytes": "database.fileBytes",
    "database_used_bytes": "database.usedBytes", "database_map_bytes": "database.mapBytes", "database_readers": "database.readers",
    "database_readers_max": "database.readersMax", "database_reader_lag_commits": "database.readerLag",
    "memory_bytes": "memoryBytes", "memory_ring_bytes": "checkpoint.ringBytes", "memory_ring_max_bytes": "checkpoint.ringBytesMax",
    "memory_state_bytes": "checkpoint.stateBytes", "memory_state_max_bytes": "checkpoint.stateBytesMax",
    "memory_connection_bytes": "memory.sessionBytes", "resident_memory_bytes": "memory.residentBytes",
    "anonymous_memory_bytes": "memory.anonymousBytes", "disk_free_bytes": "diskFreeBytes", "disk_needed_bytes": "diskNeededBytes",
    "disk_refuses": "refusesForSpace", "journal_age_seconds": "journal.ageUs", "checkpoint_last_bytes": "checkpoint.bytesLast",
    "scrub_part": "scrubPart", "scrub_parts": "scrubParts", "scrub_seq": "scrubSeq", "scrub_passes_total": "scrubPasses",
    "scrub_bytes_total": "scrubBytes", "scrub_errors_total": "scrubErrors",
    "scrub_last_pass_timestamp_seconds": "scrubLastPassUs",
}
# Those that may go down between two looks, or up and down: not compared, but there.
RESTLESS = {"checkpointed_seq", "memory_bytes", "memory_ring_bytes", "memory_state_bytes", "memory_connection_bytes",
            "resident_memory_bytes", "anonymous_memory_bytes", "disk_free_bytes", "disk_needed_bytes", "checkpoint_running",
            "database_readers", "database_reader_lag_commits",
            "checkpoint_age_seconds", "checkpoint_last_seconds", "journal_waiting_events", "journal_waiting_bytes", "journal_segments_free",
            "journal_age_seconds", "checkpoint_last_bytes", "scrub_part", "connections", "scrub_seq", "scrub_passes_total", "scrub_bytes_total",
            "scrub_last_pass_timestamp_seconds"}


def visit():
    return {"contact": {"customer": "ACME", "person": "ann", "kind": "VISIT"}}


def at(status, path):
    for part in path.split("."):
        status = status.get(part, 0)
    return int(status)


class Status(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Nothing ends a checkpoint or begins one between two looks.
        cls.daemon = harness.Daemon(timezone="America/Argentina/Buenos_Aires", flags=["--checkpoint-ms", "3600000"]).start()
        cls.addClassCleanup(cls.daemon.remove)
        client = cls.daemon.client()
        client.append([visit() for _ in range(10)])
        client.append([{"close": {"customer": "ACME"}}, {"close": {"deal": "D", "kind": "WON"}}])
        client.measures(["contact.count"], "all")
        client.close()

    def cli(self, *arguments):
        result = self.daemon.cli("status", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def status(self):
        return json.loads(self.cli("--output", "json"))["status"]

    def test_each_line_is_of_the_format(self):
        text = self.cli("--prometheus")
        self.assertTrue(text.endswith("\n"))
        seen, metric, kind = set(), None, None
        for line in text.split("\n")[:-1]:
            if line.startswith("# HELP "):
                _, _, metric, words = line.split(" ", 3)
                self.assertNotIn(metric, seen, "all of a metric stands together")
                self.assertRegex(words, r"^[^\\]+\.$")
                seen.add(metric)
                kind = None
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                self.assertEqual(name, metric)
                self.assertIn(kind, ("gauge", "counter", "histogram"))
            else:
                match = SAMPLE.match(line)
                self.assertIsNotNone(match, line)
                suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
                self.assertIn(match[1], [metric + suffix for suffix in suffixes])

    def families(self):
        return {family.name: family for family in text_string_to_metric_families(self.cli("--prometheus"))}

    def test_names_follow_the_conventions(self):
        for family in self.families().values():
            self.assertRegex(family.name, "^salesledger_")
            self.assertTrue(family.documentation)
            if family.type == "counter":
                self.assertTrue(all(sample.name.endswith("_total") for sample in family.samples), family.name)
            else:
                self.assertFalse(family.name.endswith(("_total", "_count", "_sum", "_bucket")), family.name)
            for unit in ("seconds", "bytes"):
                if unit in family.name:
                    self.assertTrue(family.name.endswith("_" + unit), family.name)  # the parser has taken _total off
            self.assertNotRegex(family.name, "_(us|ms|kib|mib|percent)(_|$)")

    def test_numbers_are_those_of_json(self):
        before = self.status()
        families = self.families()
        after = self.status()
        for name, path in NUMBERS.items():
            family = families.pop("salesledger_" + name.removesuffix("_total"))
            self.assertEqual(len(family.samples), 1, name)
            self.assertEqual(family.samples[0].name, "salesledger_" + name)
            unit = 1000000 if path.lower().endswith(("us", "usmax", "uslast")) else 1
            value = round(family.samples[0].value * unit)
            if name not in RESTLESS:
                self.assertLessEqual(at(before, path), value, name)
                self.assertLessEqual(value, at(after, path), name)
        self.assertEqual(set(families), {"salesledger_" + name for name in (
            "info", "refusals", "append_seconds", "commit_seconds", "flush_seconds", "query_seconds")})

    def test_info_and_refusals_have_labels(self):
        status, families = self.status(), self.families()
        sample, = families["salesledger_info"].samples
        self.assertEqual(sample.value, 1)
        self.assertEqual((sample.labels["timezone"], sample.labels["currency"], sample.labels["version"]),
                         ("America/Argentina/Buenos_Aires", "USD", status["version"]))
        self.assertEqual(len(sample.labels["ledger_id"]), 32)
        refused = {sample.labels["code"]: int(sample.value) for sample in families["salesledger_refusals"].samples}
        self.assertEqual(refused, {row["name"]: int(row["count"]) for row in status["refused"]})
        self.assertEqual(sum(refused.values()), int(status["refusals"]))
        self.assertEqual(sum(refused.values()), 2)

    def test_histograms_are_cumulative_and_whole(self):
        status, families = self.status(), self.families()
        rows = {(row["name"], row.get("kind")): row for row in status["latencies"]}
        self.assertEqual({kind for name, kind in rows if name == "query"}, QUERIES)
        for (name, kind), row in rows.items():
            samples = [sample for sample in families["salesledger_%s_seconds" % name].samples if sample.labels.get("kind") == kind]
            buckets = [(sample.labels["le"], int(sample.value)) for sample in samples if sample.name.endswith("_bucket")]
            self.assertEqual(buckets[-1], ("+Inf", int(row["count"])))
            bounds = [float(le) for le, _ in buckets]
            self.assertEqual(bounds, sorted(set(bounds)))
            for le, count in buckets[:-1]:
                below = sum(int(b["count"]) for b in row.get("buckets", []) if int(b["belowUs"]) <= round(float(le) * 1000000))
                self.assertEqual(count, below, (name, kind, le))
            values = {sample.name.rsplit("_", 1)[1]: sample.value for sample in samples if not sample.name.endswith("_bucket")}
            self.assertEqual(int(values["count"]), int(row["count"]))
            self.assertEqual(round(values["sum"] * 1000000), int(row["sumUs"]))
        self.assertEqual(int(rows["append", None]["count"]), 2)
        self.assertEqual(int(rows["query", "measures"]["count"]), 1)
        self.assertEqual(int(rows["commit", None]["count"]), int(status["batches"]))
        self.assertEqual(int(rows["flush", None]["count"]), int(status["batches"]))

    def test_csv_has_the_same_numbers(self):
        before = self.status()
        rows = {row["name"]: row["value"] for row in csv.DictReader(io.StringIO(self.cli("--output", "csv")))}
        after = self.status()
        for name in ("head", "events", "requests", "uptime_us", "gate_held_us_max", "connections_accepted"):
            path = re.sub("_(.)", lambda m: m[1].upper(), name)
            self.assertLessEqual(at(before, path), int(rows[name]))
            self.assertLessEqual(int(rows[name]), at(after, path))
        append = next(row for row in before["latencies"] if row["name"] == "append")
        self.assertEqual(rows["latency.append.max_us"], append["maxUs"])
        self.assertLessEqual(int(rows["latency.append.p50_us"]), int(rows["latency.append.p99_us"]))
        self.assertLessEqual(int(rows["latency.append.p99_us"]), int(append["maxUs"]))
        self.assertEqual(rows["timezone"], "America/Argentina/Buenos_Aires")
        self.assertEqual(rows["refused.MISSING_FIELD"], str(sum(int(r["count"]) for r in before["refused"] if r["name"] == "MISSING_FIELD")))

    def test_tables_are_for_people(self):
        text = self.cli()
        for expected in (r"(?m)^ledger +version ", r"(?m)^ +page +4\.0 KiB$", r"(?m)^LATENCY +COUNT +P50", r"(?m)^append +2 ",
                         r"(?m)^query +measures +1 ", r"(?m)^REFUSED WITH +COUNT$", r"(?m)^ +refuses +no$"):
            self.assertRegex(text, expected)

    def test_one_form_at_a_time(self):
        result = self.daemon.cli("status", "--prometheus", "--output", "json")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("exclude each other", result.stderr)


if __name__ == "__main__":
    harness.run()
