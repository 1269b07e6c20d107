#!/usr/bin/env python3
"""The command line tool: exit status, and answers that other programs can read.

Exit status: 0 done, 1 refused, 2 wrong usage, 3 the daemon is out of reach. Answers on stdout, everything else on stderr."""
import csv
import io
import json
import os

import harness


def sale(deal, amount, person="ann"):
    return {"effectiveDate": "2025-02-03", "close": {"deal": deal, "kind": "WON", "currency": "USD", "lines": [{"product": "thing", "amountMinor": str(amount)}],
                                                     "credits": [{"person": person, "sharePpm": "1000000"}]}}


def jsonl(*events):
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)


class CommandLine(harness.LedgerTest):
    def cli(self, status, *arguments, stdin=None):
        result = self.daemon.cli(*arguments, stdin=stdin)
        self.assertEqual(result.returncode, status, "%s\nstdout: %s\nstderr: %s" % (arguments, result.stdout, result.stderr))
        return result

    def test_events_are_sent_from_jsonl_and_sending_again_adds_nothing(self):
        lines = jsonl(sale(self.deal + "1", 100), sale(self.deal + "2", 200))
        head = self.head()

        self.cli(0, "append", stdin=lines)
        self.assertEqual(self.head(), head + 2)
        self.cli(0, "append", stdin=lines)

        self.assertEqual(self.head(), head + 2)

    def test_a_refused_event_is_named_and_ends_with_1(self):
        head = self.head()
        result = self.cli(1, "append", stdin=jsonl(dict(sale(self.deal, 1), effectiveDate="2025-02-30")))
        self.assertIn("2025-02-30", result.stdout + result.stderr)
        self.assertIn("BAD_DATE", result.stdout + result.stderr)
        self.assertEqual(self.head(), head)

    def test_text_that_is_no_json_ends_with_1_or_2_and_writes_nothing(self):
        head = self.head()
        result = self.daemon.cli("append", stdin="{not json\n")
        self.assertIn(result.returncode, (1, 2), result.stderr)
        self.assertTrue(result.stderr)
        self.assertEqual(self.head(), head)

    def test_an_unknown_field_is_refused_by_name(self):
        result = self.daemon.cli("append", stdin=jsonl({"close": {"dael": "x"}}))
        self.assertIn(result.returncode, (1, 2), result.stderr)
        self.assertIn("dael", result.stderr)

    def test_wrong_usage_ends_with_2(self):
        self.cli(2, "frobnicate")
        self.cli(2)
        self.cli(2, "rank", "--no-such-option")
        self.cli(2, "rank", "--period", "2025", "--output", "xml")
        self.cli(2, "rank", "--period", "2025", "--type", "fastest")

    def test_wrong_questions_end_with_1(self):
        self.assertIn("BAD_PERIOD", self.cli(1, "rank", "--period", "2025-Q9").stderr)
        self.assertIn("BAD_MEASURE", self.cli(1, "measures", "--period", "2025", "--measure", "booked.joy").stderr)

    def test_a_question_about_an_earlier_position_is_unsupported_yet(self):
        self.client.record(sale(self.deal, 1))
        self.assertIn("UNSUPPORTED", self.cli(1, "rank", "--period", "2025", "--at", "1").stderr)

    def test_a_daemon_out_of_reach_ends_with_3(self):
        path = os.path.join(self.daemon.home, "nobody")
        for command in (("status",), ("rank", "--period", "2025"), ("log",), ("append",)):
            result = self.cli(3, *command, "--socket", path, stdin=jsonl(sale("x", 1)))
            self.assertIn(path, result.stderr)

    def test_help_ends_with_0(self):
        for arguments in (("--help",), ("--version",), ("rank", "--help"), ("append", "--help"), ("import", "--help")):
            self.assertTrue(self.cli(0, *arguments).stdout)

    def test_the_log_is_jsonl_that_can_be_sent_to_another_ledger(self):
        self.client.record(sale(self.deal, 12345))
        result = self.cli(0, "log", "--output", "json", "--deal", self.deal)
        events = [json.loads(line) for line in result.stdout.splitlines()]
        events = events[0]["events"] if len(events) == 1 and "events" in events[0] else events
        self.assertEqual([e["close"]["lines"][0]["amountMinor"] for e in events], ["12345"])

    def test_ranking_as_csv_and_json_agree_with_the_socket(self):
        self.client.record(sale(self.deal + "1", 5000, "zoe"), sale(self.deal + "2", 70, "ärne, the 2nd"))
        want = [(row.key, row.value.numerator) for row in self.client.rank(measure="booked.amount", period="2025")]

        rows = list(csv.DictReader(io.StringIO(self.cli(0, "rank", "--period", "2025", "--output", "csv").stdout)))
        replies = [json.loads(line) for line in self.cli(0, "rank", "--period", "2025", "--output", "json").stdout.splitlines()]

        keys = [row.get("person") or row.get("key") for row in rows]
        self.assertEqual(keys, [key for key, _ in want], rows)
        found = [row for reply in replies for row in (reply.get("rank") or reply).get("rows", [])]
        self.assertEqual([(row["key"], int(row["value"]["numerator"])) for row in found], want)

    def test_status_tells_the_position(self):
        reply = json.loads(self.cli(0, "status", "--output", "json").stdout)
        self.assertEqual(int((reply.get("status") or reply).get("head", "0")), self.head())

    def test_tail_gives_recorded_events_and_ends_after_the_count(self):
        self.client.record(sale(self.deal + "1", 1), sale(self.deal + "2", 2))
        result = self.cli(0, "tail", "--from", "1", "--count", "2", "--output", "json")
        self.assertEqual(len(result.stdout.splitlines()), 2, result.stdout)


if __name__ == "__main__":
    harness.run()
