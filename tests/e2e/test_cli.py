#!/usr/bin/env python3
"""The command line tool: exit status, and answers that other programs can read.

Exit status: 0 done, 1 refused, 2 wrong usage, 3 the daemon is out of reach. Answers on stdout, everything else on stderr."""
import contextlib
import csv
import io
import json
import os
import pty
import re
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading

import harness
from client import api_pb2, frame


def sale(deal, amount, person="ann"):
    return {"effectiveDate": "2025-02-03", "close": {"deal": deal, "kind": "WON", "currency": "USD", "lines": [{"product": "thing", "amountMinor": str(amount)}],
                                                     "credits": [{"person": person, "sharePpm": "1000000"}]}}


def jsonl(*events):
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)


class Refuser:
    """A daemon that takes requests up to the first `good` events and refuses those that go beyond with one code; after `times` of that it
    takes all. `seen`: how many events it was sent."""

    def __init__(self, name, good, message="", times=None):
        self.home = tempfile.mkdtemp(prefix="sl-")
        self.path = os.path.join(self.home, "s")
        self.code, self.name, self.good, self.seen = harness.error_codes()[name][0], name, good, 0
        self.message, self.times, self.taken = message, times, 0
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def answer(self, request):
        reply = api_pb2.Reply(tag=request.tag)
        count = len(request.append.events)
        self.seen += count
        is_refused = self.taken + count > self.good and self.times != 0
        for i in range(count):
            receipt = reply.append.receipts.add(seq=self.taken + i + 1)
            if is_refused:
                at = self.good - self.taken
                name = self.name if i == at else "BATCH_ABORTED"
                receipt.error.code, receipt.error.name = harness.error_codes()[name][0], name
                receipt.error.message = self.message if i == at else ""
        if is_refused and self.times is not None:
            self.times -= 1
        self.taken += 0 if is_refused else count
        return frame(reply)

    def serve(self):
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rb") as stream:
            while True:
                header = stream.read(4)
                if len(header) < 4:
                    return
                request = api_pb2.Request.FromString(stream.read(struct.unpack("<I", header)[0]))
                with contextlib.suppress(BrokenPipeError):  # who does not wait for it
                    connection.sendall(self.answer(request))

    def close(self):
        self.listener.close()
        self.thread.join(harness.DEADLINE_S)
        shutil.rmtree(self.home, ignore_errors=True)


class Holder(Refuser):
    """One that holds its answers back: `asked` says that there is something to answer, `go` that it may."""

    def __init__(self):
        self.asked, self.go = threading.Event(), threading.Event()
        super().__init__("BUSY", 1 << 30)

    def answer(self, request):
        self.asked.set()
        self.go.wait(harness.DEADLINE_S)
        return super().answer(request)


class Halver(Refuser):
    """One that hangs up in the middle of each answer, on any number of connections."""

    def __init__(self):
        super().__init__("BUSY", 1 << 30)

    def serve(self):
        with contextlib.suppress(OSError):  # until it is closed
            while True:
                connection, _ = self.listener.accept()
                with connection, connection.makefile("rb") as stream:
                    request = stream.read(4)
                    if len(request) == 4:
                        stream.read(struct.unpack("<I", request)[0])
                        connection.sendall(b"\x10\0\0\0\x08")

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        super().close()


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

    def test_text_that_is_no_json_is_told_its_one_place_in_the_file(self):
        bad = ('{"close":{"deal" "x"}}', '{"close":', "[1", '\ufeff{"a":"\u00e9\\u12"}')
        path = os.path.join(self.daemon.home, "events.jsonl")
        for end in ("\n", "\r\n", ""):
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write("\n".join(bad[:3][::-1]) + end)
            lines = self.cli(1, "append", path).stderr.splitlines()
            self.assertEqual([line.split(": ")[:2] for line in lines], [[path + ":1", "column 2"], [path + ":2", "column 9"], [path + ":3", "column 20"]])
        self.assertIn("<stdin>:1: column 12: invalid escape", self.cli(1, "append", stdin=bad[3] + "\n").stderr)

    def test_an_unknown_field_is_refused_by_name(self):
        result = self.daemon.cli("append", stdin=jsonl({"close": {"dael": "x"}}))
        self.assertIn(result.returncode, (1, 2), result.stderr)
        self.assertIn("dael", result.stderr)

    def test_an_error_is_one_line_without_control_characters(self):
        key = self.cli(1, "append", stdin='{"a\\u001b[31m\\nb\\u007f\\u009b\\u00e4":1}\n').stderr
        self.assertEqual(key, "<stdin>:1: a?[31m?b??\u00e4: Event has no such field (UNKNOWN_FIELD)\n")

        refuser = Refuser("DEAL_STATE", 0, "no\x1b[2J\nyes")
        try:
            sent = self.cli(1, "append", "--socket", refuser.path, stdin=jsonl(sale(self.deal, 1))).stderr
        finally:
            refuser.close()
        self.assertEqual(sent, "<stdin>:1: no?[2J?yes (DEAL_STATE)\n")
        self.assertEqual(self.import_rows("1,\x1b\n").stderr.count("\x1b"), 0)
        self.assertRegex(self.cli(2, "a\x1bb").stderr, r"\A[^\n]*\"a\?b\"[^\n]*\n\Z")
        self.assertRegex(self.cli(2, "rank", "--output", "a\x1bb").stderr, r"\A[^\n]*\"a\?b\"[^\n]*\n\Z")

    def test_a_line_of_json_has_a_maximum(self):
        event = json.dumps(sale(self.deal, 1))
        self.cli(0, "append", stdin=event + " " * (1048576 - len(event) - 1) + "\n")
        error = self.cli(1, "append", stdin=event + " " * (1048576 - len(event)) + "\n").stderr
        self.assertIn("TOO_BIG", error)
        self.assertIn(":1: over 1048576 bytes in one line", error)

    def test_the_lines_around_one_that_is_too_long_are_sent(self):
        head = self.head()
        lines = (jsonl(sale(self.deal + "1", 1)), " " * 3000000 + "\n", jsonl(sale(self.deal + "2", 1)))
        result = self.cli(1, "append", "--output", "json", stdin="".join(lines))
        self.assertEqual(self.head(), head + 2)
        self.assertEqual(json.loads(result.stdout), {"recorded": 2, "already": 0, "refused": 1})
        self.assertEqual(result.stderr, "<stdin>:2: over 1048576 bytes in one line (TOO_BIG)\n")

    def test_a_file_that_cannot_be_read_is_told_and_those_before_it_are_sent(self):
        head = self.head()
        path = os.path.join(self.daemon.home, "events.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(jsonl(sale(self.deal, 1)))
        error = self.cli(1, "append", path, self.daemon.home).stderr
        self.assertIn("reading failed", error)
        self.assertEqual(self.head(), head + 1)

    def test_a_file_that_is_not_there_is_told_before_anything_is_sent(self):
        head = self.head()
        path = os.path.join(self.daemon.home, "events.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(jsonl(sale(self.deal, 1)))
        self.assertIn("nowhere: No such file or directory; nothing was sent", self.cli(1, "append", path, "nowhere", path).stderr)
        self.assertEqual(self.head(), head)

    def test_a_byte_order_mark_may_stand_before_the_first_line_only(self):
        head = self.head()
        self.cli(0, "append", stdin="\ufeff" + jsonl(sale(self.deal + "1", 1)))
        self.cli(0, "append", stdin="\ufeff\n" + jsonl(sale(self.deal + "2", 1)))
        self.assertEqual(self.head(), head + 2)
        self.assertIn("<stdin>:2:", self.cli(1, "append", stdin="\n\ufeff" + jsonl(sale(self.deal + "3", 1))).stderr)

    def test_a_line_of_nul_bytes_is_not_blank(self):
        self.assertIn("<stdin>:2:", self.cli(1, "append", stdin=" \t\r\n\0\0\n").stderr)

    def test_lookups_on_the_command_line_have_a_maximum(self):
        lookup = ("--lookup", "prices=x.csv")
        self.assertIn("no lookup called", self.import_rows("1,5", *lookup * 16).stderr)
        error = self.cli(2, "import", "--mapping", "m.json", *lookup * 17, "rows.csv").stderr
        self.assertIn("at most 16 times", error)

    def test_a_mapping_is_not_better_in_a_moment(self):
        mapping = os.path.join(self.daemon.home, "counted.json")
        for count, hint in ((0, "at least one event"), (65, "must be a list of 1 to 64, are 65")):
            with open(mapping, "w", encoding="utf-8") as file:
                json.dump({"source": "test", "events": [{"name": "e", "fields": {"note.subject": "x"}}] * count}, file)
            error = self.cli(1, "import", "--mapping", mapping, "rows.csv").stderr
            self.assertIn(hint, error)
            self.assertNotIn("try again", error)

    def import_rows(self, rows, *options):
        """Imports rows of deal and amount by a mapping of its own; the finished run."""
        fields = {"effectiveDate": "2025-03-01", "close.deal": self.deal + "{deal}", "close.kind": "WON", "close.currency": "USD",
                  "close.lines[0].amountMinor": {"column": "amount", "as": "money", "currency": "USD"}}
        mapping, path = (os.path.join(self.daemon.home, name) for name in ("mapping.json", "rows.csv"))
        with open(mapping, "w", encoding="utf-8") as file:
            json.dump({"source": "test", "events": [{"name": "won", "fields": fields}]}, file)
        with open(path, "w", encoding="utf-8") as file:
            file.write("deal,amount\n" + rows)
        return self.daemon.cli("import", "--mapping", mapping, *options, path)

    def test_a_file_with_an_open_quote_is_refused_and_its_good_rows_kept_where_rejects_are(self):
        head = self.head()
        rows = '1,5\n2,"6\n3,7\n'
        reject = os.path.join(self.daemon.home, "reject.csv")

        refused = self.import_rows(rows)
        self.assertEqual((refused.returncode, self.head()), (1, head), refused.stderr)
        self.assertIn("rows.csv:3: a quoted field begins here", refused.stderr)

        kept = self.import_rows(rows, "--reject", reject)
        self.assertEqual((kept.returncode, self.head()), (1, head + 1), kept.stderr)
        self.assertIn("rows.csv:3: a quoted field begins here", kept.stderr)
        with open(reject, encoding="utf-8", newline="") as file:
            text = file.read()
        self.assertRegex(text, r'\n"","","[^"\n]*rows.csv","3","","a quoted field begins here[^"\n]*"\r\n2,"6\n3,7\n\Z')

        mended = os.path.join(self.daemon.home, "mended.csv")
        with open(mended, "w", encoding="utf-8", newline="") as file:
            file.write(text.replace('2,"6', "2,6"))
        self.cli(0, "import", "--mapping", os.path.join(self.daemon.home, "mapping.json"), mended)
        self.assertEqual(self.head(), head + 3)

    def test_a_reject_file_that_will_not_do_is_noticed_before_anything_is_sent(self):
        head = self.head()
        path = os.path.join(self.daemon.home, "rows.csv")
        same = self.import_rows("1,5\n", "--reject", path)
        self.assertEqual((same.returncode, self.head()), (2, head), same.stderr)
        self.assertIn("is a file that is read", same.stderr)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "deal,amount\n1,5\n")

        nowhere = self.import_rows("1,5\n", "--reject", os.path.join(self.daemon.home, "none", "reject.csv"))
        self.assertEqual((nowhere.returncode, self.head()), (1, head), nowhere.stderr)
        self.assertIn("cannot be written", nowhere.stderr)

        other = os.path.join(self.daemon.home, "other.csv")
        with open(other, "w", encoding="utf-8") as file:
            file.write("amount,deal\n7,2\n")
        mixed = self.import_rows("1,5\n", "--reject", os.path.join(self.daemon.home, "reject.csv"), other)
        self.assertEqual((mixed.returncode, self.head()), (1, head), mixed.stderr)
        self.assertIn("other columns than", mixed.stderr)

    def import_opportunities(self, *rows, status=0, reject="reject.csv"):
        """Imports rows of stage, probability and created day by the shipped mapping; the finished run and the lines of its reject file."""
        path, kept = (os.path.join(self.daemon.home, name) for name in ("opportunities.csv", reject))
        with open(path, "w", encoding="utf-8") as file:
            file.write("Opportunity ID,Owner,Stage,Amount,Currency,Created Date,Close Date,Probability (%)\n")
            for i, (stage, probability, created) in enumerate(rows):
                file.write("%s-%d,ann,%s,100,USD,%s,2025-03-01,%s\n" % (self.deal[-40:], i, stage, created, probability))
        result = self.cli(status, "import", "--mapping", os.path.join(harness.ROOT, "tools", "import", "opportunities.json"), "--reject", kept, path)
        with open(kept, encoding="utf-8", newline="") as file:
            return result, list(csv.DictReader(file))

    def test_an_import_says_how_many_rows_the_mapping_refused(self):
        head = self.head()
        result, kept = self.import_opportunities(("Closed Won", "50", "2025-13-01"), ("Closed Won", "50", "2025-01-02"), ("Closed Won", "-5", "2025-01-03"), status=1)
        self.assertEqual(self.head(), head + 2)
        self.assertEqual([row["reject_line"] for row in kept], ["2", "4"])
        self.assertIn("refused rows 2 (1 by the mapping, 1 by the ledger)\n", result.stderr)

    def test_a_row_that_the_ledger_refuses_gives_none_of_its_events_and_is_told_once(self):
        head = self.head()
        result, kept = self.import_opportunities(("Closed Won", "50", "2025-01-01"), ("Closed Won", "-5", "2025-01-02"), status=1)
        self.assertEqual(self.head(), head + 2)
        self.assertEqual([row["reject_line"] for row in kept], ["3"])
        self.assertEqual(result.stderr.count("opportunities.csv:3:"), 1, result.stderr)
        self.assertIn("rows 2, events 4, refused rows 1 (0 by the mapping, 1 by the ledger)\n", result.stderr)

        self.import_opportunities(("Closed Won", "50", "2025-01-01"), ("Closed Won", "5", "2025-01-02"))
        self.assertEqual(self.head(), head + 4)

    def test_wrong_usage_ends_with_2(self):
        self.cli(2, "frobnicate")
        self.cli(2)
        self.cli(2, "rank", "--no-such-option")
        self.cli(2, "rank", "--period", "2025", "--output", "xml")
        self.cli(2, "rank", "--period", "2025", "--type", "fastest")
        for command in ("log", "tail"):
            for name in ("sale", "seq", ""):
                self.assertIn('--type must be contact, quote, close, payout, define, target, plan, approve, correct or note, is "%s"' % name,
                              self.cli(2, command, "--type", name).stderr)

    def test_an_empty_scope_is_not_everything(self):
        for option in ("person", "unit", "line", "product", "customer", "region"):
            self.assertIn("--%s must name one" % option, self.cli(2, "measures", "--" + option, "").stderr)

    def test_a_period_that_is_refused_is_told_its_rule(self):
        for period in ("1899", "3000", "2020-07-15..2020-07-01", "soon"):
            self.assertIn('from 1900 to 2999, such as 2017, 2017-Q3, 2017-07 or 2017-07-01..2017-07-15, whose end comes after its start, is "%s"' % period,
                          self.cli(1, "measures", "--period", period).stderr)

    def test_wrong_usage_is_told_in_one_line_that_says_where_to_read_on(self):
        for arguments in (("rank", "--no-such-option"), ("rank", "--output", "xml"), ("rank", "--top"), ("statement",), ("import",), ("status", "now")):
            error = self.cli(2, *arguments).stderr
            self.assertRegex(error, r"\Asalesledger %s: [^\n]+; see `salesledger %s --help'\n\Z" % (arguments[0], arguments[0]))
        self.assertRegex(self.cli(2, "frobnicate").stderr, r"\A[^\n]*frobnicate[^\n]*see `salesledger --help'\n\Z")

    def test_options_that_contradict_each_other_or_do_nothing_are_wrong_usage(self):
        for options in ("--one ann --top 3", "--one ann --around bob", "--around bob --top 3", "--neighbours 3", "--role stretch", "--top 0"):
            self.cli(2, "rank", "--period", "2025", *options.split())
        self.cli(2, "log", "--last", "0")
        for form in ("csv", "table"):
            self.cli(2, "tail", "--count", "1", "--output", form)

    def test_positions_begin_at_1(self):
        self.client.record(sale(self.deal, 1))
        for command in ("log --from", "log --to", "tail --count 1 --from"):
            error = self.cli(2, *command.split(), "0").stderr
            self.assertIn("%s is a position, and they begin at 1, not \"0\"" % command.split()[-1], error)
            self.cli(0, *command.split(), "1")

    def test_options_that_belong_together_are_taken(self):
        self.client.record(sale(self.deal, 1))
        for options in ("--one ann", "--around ann --neighbours 0", "--attainment --role stretch", "--top 1"):
            self.cli(0, "rank", "--period", "2025", *options.split())

    def test_a_measure_that_is_undefined_throughout_keeps_its_column(self):
        options = ("measures", "--period", "1999", "--measure", "win.rate", "--measure", "booked.count")
        table = self.cli(0, *options).stdout.split()
        self.assertEqual(table, ["win.rate", "booked.count", "-", "0"])
        row, = csv.DictReader(io.StringIO(self.cli(0, *options, "--output", "csv").stdout))
        self.assertEqual(row["win.rate"], "")

    def test_an_unknown_name_is_answered_with_the_names_there_are(self):
        event = sale(self.deal, 1)
        event["close"]["kind"] = "SOLD"
        error = self.cli(1, "append", stdin=jsonl(event)).stderr
        self.assertIn("close.kind: must be one of WON, LOST, AMENDED, DELIVERED, INVOICED, COLLECTED, CANCELLED, RETURNED; is \"SOLD\"", error)

    def send_to(self, status, refuser, *options):
        try:
            return self.cli(status, "append", "--socket", refuser.path, "--output", "json", *options,
                            stdin=jsonl(*(sale("d%d" % i, 1) for i in range(3000))))
        finally:
            refuser.close()

    def test_a_refusal_that_may_be_retried_ends_the_sending_with_one_line(self):
        for name, advice in (("NO_SPACE", "free space"), ("BUSY", "try later"), ("STOPPED", "restart")):
            refuser = Refuser(name, 1500)
            result = self.send_to(1, refuser, "--retry-for", "0")
            self.assertRegex(result.stderr, r"\Asalesledger append: [^\n]+ \(%s\); [^\n]*%s[^\n]* the same command again[^\n]+\n\Z" % (name, advice))
            self.assertLess(refuser.seen, 3000)
            self.assertEqual(json.loads(result.stdout), {"recorded": refuser.taken, "already": 0, "refused": refuser.seen - refuser.taken})

    def test_a_refusal_that_may_be_retried_is_tried_again_and_told_once(self):
        refuser = Refuser("BUSY", 1500, times=3)
        result = self.send_to(0, refuser)
        self.assertEqual(json.loads(result.stdout), {"recorded": 3000, "already": 0, "refused": 0})
        self.assertRegex(result.stderr, r"\Asalesledger append: [^\n]+ \(BUSY\); \d+ recorded so far, trying again for up to 60 s\n\Z")

    def test_after_the_time_to_retry_for_the_last_refusal_is_told(self):
        result = self.send_to(1, Refuser("NO_SPACE", 1500), "--retry-for", "1")
        self.assertRegex(result.stderr, r"\A[^\n]+trying again for up to 1 s\nsalesledger append: [^\n]+, still after 1 s \(NO_SPACE\); free space[^\n]+\n\Z")

    def interrupt(self, holder, *arguments, times=1):
        """SIGINT while the first request is under way; its answer comes after that. The three counts and what is on stderr."""
        process = subprocess.Popen([harness.CLI, *arguments, "--socket", holder.path, "--output", "json"], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            if arguments[0] == "append":
                process.stdin.write(jsonl(*(sale("d%d" % i, 1) for i in range(300))))
                process.stdin.flush()  # and there may be more to come
            self.assertTrue(holder.asked.wait(harness.DEADLINE_S))
            process.send_signal(signal.SIGINT)
            if times == 1:
                holder.go.set()
            while times > 1 and process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
                process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=harness.DEADLINE_S)
        finally:
            holder.go.set()
            process.kill()
            process.wait()
            holder.close()
        self.assertEqual(process.returncode, 130, error)
        return json.loads(out), error

    def test_interrupted_it_says_how_far_it_came(self):
        counts, error = self.interrupt(Holder(), "append")
        self.assertEqual(counts, {"recorded": 256, "already": 0, "refused": 0})
        self.assertEqual(error, "salesledger append: interrupted (CANCELLED); to go on run the same command again: nothing is recorded twice\n")

        self.import_rows("".join("%d,5\n" % i for i in range(2000)), "--dry-run")  # makes the files
        mapping, path = (os.path.join(self.daemon.home, name) for name in ("mapping.json", "rows.csv"))
        counts, error = self.interrupt(Holder(), "import", "--mapping", mapping, path)
        self.assertEqual(counts, {"recorded": 256, "already": 0, "refused": 0})
        self.assertTrue(error.endswith("salesledger import: interrupted (CANCELLED); to go on run the same command again: nothing is recorded twice\n"), error)

    def test_it_goes_on_where_it_was_when_the_daemon_is_started_again(self):
        with harness.daemon() as daemon:
            process = subprocess.Popen([harness.CLI, "append", "--socket", daemon.socket, "--output", "json"], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            process.stdin.write(jsonl(*(sale("d%d" % i, 1) for i in range(300))))
            process.stdin.flush()
            with daemon.client() as client:
                while client.status().head < 256:
                    self.assertIsNone(process.poll())
            daemon.kill()
            start = threading.Thread(target=daemon.start)
            start.start()
            out, error = process.communicate(jsonl(*(sale("e%d" % i, 1) for i in range(1000))), timeout=harness.DEADLINE_S)
            start.join()
            self.assertEqual((process.returncode, json.loads(out)["refused"]), (0, 0), error)
            with daemon.client() as client:
                self.assertEqual([event["close"]["deal"] for event in client.log()], ["d%d" % i for i in range(300)] + ["e%d" % i for i in range(1000)])

    def test_interrupted_twice_it_does_not_wait_for_the_answer(self):
        counts, _ = self.interrupt(Holder(), "append", times=2)
        self.assertEqual(counts, {"recorded": 0, "already": 0, "refused": 0})

    def test_the_time_to_retry_for_has_a_maximum(self):
        for command in (("append",), ("import", "--mapping", "m.json", "rows.csv")):
            for seconds in ("86401", "-1", "1.5", "1s", ""):
                self.assertIn("--retry-for is a number of seconds from 0 to 86400", self.cli(2, *command, "--retry-for", seconds).stderr)
        self.cli(0, "append", "--retry-for", "86400")

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

    def test_what_is_no_socket_is_not_taken_for_a_daemon_that_has_stopped(self):
        for path in (self.daemon.home, __file__):
            self.assertIn("%s is no socket" % path, self.cli(3, "status", "--socket", path).stderr)

    def test_days_outside_the_calendar_are_told_its_range(self):
        for day in ("1899-12-31", "3000-01-01", "2025-02-29"):
            self.assertIn('must be a day from 1900-01-01 to 2999-12-31, is "%s"' % day, self.cli(1, "log", "--since", day).stderr)

    def test_without_a_period_measures_are_of_all(self):
        self.client.record(sale(self.deal, 1))
        self.assertEqual(self.cli(0, "measures", "--person", "ann").stdout, self.cli(0, "measures", "--person", "ann", "--period", "all").stdout)

    def test_examples_in_help_can_be_copied(self):
        """A line of them is a command, and all of it."""
        commands = re.findall(r"^  (\w+) ", self.cli(0, "--help").stdout.split("Each command")[0], re.MULTILINE)
        self.assertGreater(len(commands), 10)
        for command in commands:
            lines = self.cli(0, command, "--help").stdout.split("Examples:\n")[1].splitlines()
            text = "\n".join(lines).replace("\\\n", "")
            for line in text.splitlines():
                self.assertRegex(line, r"\A  (echo '.*' +\| )?salesledger \w+", lines)
                words = shlex.split(line)
                self.assertEqual(words.count("salesledger"), 1, line)

    def test_the_example_of_an_event_is_one(self):
        example, = re.findall(r"^  echo '(.*)' \\$", self.cli(0, "append", "--help").stdout, re.MULTILINE)
        self.cli(0, "append", stdin=example + "\n")

    def test_help_for_no_command_is_wrong_usage(self):
        self.assertIn('no command "frobnicate"', self.cli(2, "help", "frobnicate").stderr)
        self.assertIn("say which command", self.cli(2).stderr)
        self.assertIn("Usage: salesledger rank", self.cli(0, "help", "rank").stdout)

    def test_without_a_standard_output_nothing_else_is_written_to(self):
        """The first file that is opened would stand in its place: the rejects."""
        self.import_rows("".join("%d,5\n" % i for i in range(1000)) + "bad,row\n", "--dry-run")  # makes the files
        mapping, path, reject = (os.path.join(self.daemon.home, name) for name in ("mapping.json", "rows.csv", "unwritten.csv"))
        result = subprocess.run([harness.CLI, "import", "--mapping", mapping, "--dry-run", "--reject", reject, path], text=True, stderr=subprocess.PIPE,
                                preexec_fn=lambda: os.close(1), check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("writing to standard output failed", result.stderr)
        with open(reject, encoding="utf-8") as file:
            self.assertEqual(file.read(), "")

    def test_a_daemon_that_goes_away_amid_each_answer_is_out_of_reach(self):
        refuser = Halver()
        try:
            for command in ("status", "rank", "log", "backup -", "tail --count 1"):
                result = self.cli(3, *command.split(), "--socket", refuser.path)
                self.assertEqual((result.stdout, result.stderr.count("\n")), ("", 1), result.stderr)
            result = self.cli(3, "append", "--retry-for", "0", "--socket", refuser.path, stdin=jsonl(sale("x", 1)))
            self.assertRegex(result.stderr, r"\Asalesledger append: [^\n]+ the same command again: nothing is recorded twice\n\Z")
        finally:
            refuser.close()

    def test_who_is_to_type_events_is_told_so(self):
        above, below = pty.openpty()
        process = subprocess.Popen([harness.CLI, "append", "--socket", self.daemon.socket], stdin=below, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.close(below)
        self.assertRegex(process.stderr.readline(), "salesledger append: type events, one JSON object per line; Ctrl-D ends them")
        os.write(above, jsonl(sale(self.deal, 1)).encode() + b"\x04")
        out, error = process.communicate(timeout=harness.DEADLINE_S)
        os.close(above)
        self.assertEqual((process.returncode, out, error), (0, "1 recorded, 0 already there, 0 refused\n", ""))

    def test_an_answer_that_cannot_be_written_says_so(self):
        self.client.record(sale(self.deal, 1))
        for command in ("log", "rank", "status", "measures"):
            for form in ("table", "json", "csv"):
                with open("/dev/full", "w", encoding="utf-8") as full:
                    result = subprocess.run([harness.CLI, command, "--socket", self.daemon.socket, "--output", form], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, r"\Asalesledger[^\n]*: writing to standard output failed[^\n]*\n\Z")

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

    def test_the_log_shows_what_a_target_wants_in_its_unit(self):
        for measure, amount, shown in (("booked.amount", 123456789, "1234567.89 USD"), ("booked.units", 12500, "12.5"), ("won.count", 40000000, "40")):
            self.client.record({"target": {"scope": {"person": self.deal}, "measure": measure, "period": "2026", "amount": str(amount)}})
            row, = csv.DictReader(io.StringIO(self.cli(0, "log", "--last", "1", "--output", "csv").stdout))
            self.assertEqual((row["type"], row["subject"], row["detail"]), ("target", self.deal, "%s 2026 %s" % (measure, shown)))

    def test_a_week_across_two_months_has_a_target_of_both(self):
        """Worked example 35, as people and programs see it."""
        def month(name, amount):
            return {"target": {"scope": {"person": self.deal}, "measure": "booked.amount", "period": name, "amount": str(amount)}}
        first = self.client.record(month("2026-01", 31_000_000), month("2026-02", 28_000_000))[0]
        options = ("targets", "--period", "2026-W05", "--person", self.deal, "--today", "2026-01-27")

        table = self.cli(0, *options).stdout
        row, = csv.DictReader(io.StringIO(self.cli(0, *options, "--output", "csv").stdout))
        found, = json.loads(self.cli(0, *options, "--output", "json").stdout)["targets"]["rows"]

        self.assertRegex(table, r"70000\.00 .* 2026-01 \+ 2026-02\n\Z")
        self.assertEqual((row["target"], row["target_seq"], row["required_per_day"]), ("70000.00", "", "14000.00"))
        self.assertEqual(row["origins"], "%d 2026-01 6000000;%d 2026-02 1000000" % (first, first + 1))
        self.assertEqual((found["target"], found["derived"], found.get("targetSeq")), ("7000000", True, None))
        self.assertEqual(found["origins"], [{"targetSeq": str(first), "period": "2026-01", "amount": "31000000", "part": "6000000"},
                                            {"targetSeq": str(first + 1), "period": "2026-02", "amount": "28000000", "part": "1000000"}])

    def test_a_target_that_was_set_names_no_origin(self):
        self.client.record({"target": {"scope": {"person": self.deal}, "measure": "booked.amount", "period": "2026-01", "amount": "5"}})
        options = ("targets", "--period", "2026-01", "--person", self.deal)
        self.assertNotIn("FROM", self.cli(0, *options).stdout)
        row, = csv.DictReader(io.StringIO(self.cli(0, *options, "--output", "csv").stdout))
        self.assertEqual((row["target_seq"], row["origins"], row["effective"]), (str(self.head()), "", ""))

    def test_a_statement_names_the_targets_behind_it(self):
        who = self.deal
        target = {"scope": {"person": who}, "measure": "booked.amount", "period": "2025", "amount": "36000000"}
        plan = {"plan": who, "version": 1, "validFrom": "2025-01-01", "currency": "USD", "state": "PUBLISHED",
                "assignees": [{"kind": "PERSON", "who": who}],
                "components": [{"component": "pay", "window": "MONTH", "index": {"kind": "ATTAINMENT", "measure": "booked.amount"},
                                "curve": {"mode": "WHOLE", "value": "RATE", "rows": [{"from": "0", "y": "10000"}]}}]}
        seq = self.client.record({"target": target}, {"plan": plan}, sale(who, 6_000_000, who))[0]

        table = self.cli(0, "explain", who, "--period", "2025-02").stdout
        row, = csv.DictReader(io.StringIO(self.cli(0, "statement", who, "--period", "2025-02", "--output", "csv").stdout))
        found, = json.loads(self.cli(0, "statement", who, "--period", "2025-02", "--output", "json").stdout)["statement"]["lines"]

        self.assertIn("target 30000.00  base 60000.00  attainment 200.00%", table)
        self.assertIn("\n  target from seq %d, 2025: 30000.00 of 360000.00\n" % seq, table)
        self.assertEqual((row["target"], row["target_origins"]), ("30000.00", "%d 2025 3000000" % seq))
        self.assertEqual(found["targetOrigins"], [{"targetSeq": str(seq), "period": "2025", "amount": "36000000", "part": "3000000"}])

    def test_an_event_of_too_many_parts_is_refused_by_itself(self):
        big = sale(self.deal + "big", 1)
        big["close"]["lines"] *= 101
        result = self.cli(1, "append", stdin=jsonl(sale(self.deal + "1", 1), big, sale(self.deal + "2", 1)))
        self.assertRegex(result.stdout, r"2 recorded, 0 already there, 1 refused")
        self.assertRegex(result.stderr, r"^<stdin>:2: close.lines: .*TOO_MANY\)\n\Z")

    def test_status_tells_the_position(self):
        reply = json.loads(self.cli(0, "status", "--output", "json").stdout)
        self.assertEqual(int((reply.get("status") or reply).get("head", "0")), self.head())

    def test_tail_gives_recorded_events_and_ends_after_the_count(self):
        self.client.record(sale(self.deal + "1", 1), sale(self.deal + "2", 2))
        result = self.cli(0, "tail", "--from", "1", "--count", "2", "--output", "json")
        self.assertEqual(len(result.stdout.splitlines()), 2, result.stdout)


if __name__ == "__main__":
    harness.run()
