#!/usr/bin/env python3
"""Writing: every event is recorded once, refusals name what is wrong and write nothing.

What may be relied on: the same id with the same content gives the first receipt again, for ever; with other content it
is refused; a refusal leaves the log as it was; an all-or-nothing batch is recorded as a whole or not at all."""
import base64

import harness
from client import Refused, new_id

CODES = harness.error_codes()
DIRECT = {"kind": "DIRECT"}


def close(deal, kind="WON", amount=1000, **more):
    body = {"deal": deal, "kind": kind, "currency": "USD", "lines": [{"product": "thing", "amountMinor": str(amount)}]}
    body.update(more)
    return {"effectiveDate": "2025-03-01", "close": body}


def credits(*shares):
    return [{"person": "p%d" % i, "sharePpm": str(share), "kind": "DIRECT"} for i, share in enumerate(shares)]


def plan(**more):
    component = {"component": "c", "window": "QUARTER", "curve": {"rows": [{"from": "0", "y": "50000"}]}}
    component.update(more.pop("component", {}))
    body = {"plan": "p", "version": 1, "validFrom": "2025-01-01", "currency": "USD", "state": "PUBLISHED",
            "assignees": [{"kind": "EVERYONE"}], "components": [component]}
    body.update(more)
    return {"plan": body}


class Idempotency(harness.LedgerTest):
    def test_the_same_event_again_gives_the_first_receipt(self):
        event = dict(close(self.deal), id=new_id())
        first = self.client.append([event])[0]
        head = self.head()

        again = self.client.append([event])[0]

        self.assertEqual((again.seq, again.recorded_us, again.id), (first.seq, first.recorded_us, first.id))
        self.assertFalse(first.duplicate)
        self.assertTrue(again.duplicate)
        self.assertFalse(again.HasField("error"), again)
        self.assertEqual(self.head(), head)

    def test_the_first_receipt_comes_before_any_other_rule(self):
        event = dict(close(self.deal), id=new_id())
        first = self.client.append([event])[0]
        self.client.record(close(self.deal, "CANCELLED"))

        again = self.client.append([event])[0]

        self.assertEqual((again.seq, again.duplicate), (first.seq, True), again)

    def test_the_same_id_with_other_content_is_refused(self):
        event = dict(close(self.deal), id=new_id())
        first = self.client.append([event])[0]
        head = self.head()

        error = self.client.refusal(dict(close(self.deal, amount=1001), id=event["id"]))

        self.assertEqual(error.name, "ID_REUSED", error)
        self.assertEqual(error.current_seq, first.seq)
        self.assertEqual(self.head(), head)

    def test_an_id_twice_inside_one_batch_is_one_event(self):
        event = dict(close(self.deal), id=new_id())
        other = dict(close(self.deal + "x"), id=event["id"])

        receipts = self.client.append([event, event, other])

        self.assertEqual(receipts[1].seq, receipts[0].seq, receipts)
        self.assertTrue(receipts[1].duplicate)
        self.assertEqual(receipts[2].error.name, "ID_REUSED", receipts)
        self.assertEqual(self.head(), receipts[0].seq)

    def test_fields_in_another_order_are_the_same_content(self):
        event = dict(close(self.deal), id=new_id(), source="a")
        seq = self.client.record(event)[0]
        message = self.client.append_message([event])
        reordered = type(message.events[0])()
        data = message.events[0].SerializeToString()
        tail = message.events[0].close.SerializeToString()
        head = type(message.events[0])()
        head.CopyFrom(message.events[0])
        head.ClearField("close")
        # The body first, the envelope after it: protobuf allows any order.
        raw = b"\x92\x01" + bytes([len(tail)]) + tail + head.SerializeToString()
        reordered.ParseFromString(raw)
        self.assertEqual(reordered, message.events[0])
        self.assertNotEqual(raw, data)
        request = b"\x08\x63\x82\x01" + varint(len(append_bytes(raw))) + append_bytes(raw)
        self.client.socket.sendall(len(request).to_bytes(4, "little") + request)

        receipt = self.client.reply(0x63).append.receipts[0]

        self.assertFalse(receipt.HasField("error"), receipt)
        self.assertEqual((receipt.seq, receipt.duplicate), (seq, True))

    def test_ids_outlive_a_restart_and_a_kill(self):
        first = dict(close(self.deal + "1"), id=new_id())
        second = dict(close(self.deal + "2"), id=new_id())
        seq1 = self.client.record(first)[0]
        self.daemon.restart()
        client = self.daemon.client()
        seq2 = client.record(second)[0]
        self.daemon.kill()
        self.daemon.start()
        client = self.daemon.client()

        receipts = client.append([first, second, dict(close("other"), id=first["id"])])

        self.assertEqual([(r.seq, r.duplicate) for r in receipts[:2]], [(seq1, True), (seq2, True)])
        self.assertEqual(receipts[2].error.name, "ID_REUSED", receipts[2])


def varint(value):
    result = b""
    while value >= 0x80:
        result += bytes([value & 0x7F | 0x80])
        value >>= 7
    return result + bytes([value])


def append_bytes(event):
    return b"\x0a" + varint(len(event)) + event


class Expectations(harness.LedgerTest):
    def test_an_expected_seq_that_still_holds_is_accepted(self):
        seq = self.client.record(close(self.deal))[0]

        event = dict(close(self.deal, "INVOICED"), expect={"kind": "DEAL", "entity": self.deal, "seq": str(seq)})

        self.assertIsNone(self.client.refusal(event))

    def test_an_entity_that_moved_on_is_a_conflict_with_its_seq(self):
        first = self.client.record(close(self.deal))[0]
        last = self.client.record(close(self.deal, "INVOICED"))[0]
        head = self.head()

        error = self.client.refusal(dict(close(self.deal, "COLLECTED"), expect={"kind": "DEAL", "entity": self.deal, "seq": str(first)}))

        self.assertEqual((error.name, error.current_seq), ("CONFLICT", last), error)
        self.assertEqual(self.head(), head)

    def test_zero_expects_an_entity_never_seen(self):
        event = dict(close(self.deal), expect={"kind": "DEAL", "entity": self.deal, "seq": "0"})
        self.assertIsNone(self.client.refusal(event))

        error = self.client.refusal(dict(close(self.deal, "INVOICED"), expect=event["expect"]))

        self.assertEqual(error.name, "CONFLICT", error)

    def test_events_of_the_same_batch_move_the_entity(self):
        expect = {"kind": "DEAL", "entity": self.deal, "seq": "0"}
        receipts = self.client.append([dict(close(self.deal), expect=expect), dict(close(self.deal, "INVOICED"), expect=expect)])

        self.assertFalse(receipts[0].HasField("error"), receipts[0])
        self.assertEqual((receipts[1].error.name, receipts[1].error.current_seq), ("CONFLICT", receipts[0].seq))


class Batches(harness.LedgerTest):
    def test_each_event_has_its_own_result(self):
        receipts = self.client.append([close(self.deal), close(self.deal), close(self.deal, "INVOICED")])

        self.assertEqual([r.error.name for r in receipts], ["", "DEAL_STATE", ""])
        self.assertEqual(receipts[2].seq, receipts[0].seq + 1)

    def test_all_or_nothing_records_nothing_after_one_refusal(self):
        head = self.head()
        events = [dict(close(self.deal), id=new_id()), dict(close(self.deal), id=new_id()), dict(close(self.deal, "INVOICED"), id=new_id())]

        receipts = self.client.append(events, all_or_nothing=True)

        self.assertEqual([r.error.name for r in receipts], ["BATCH_ABORTED", "DEAL_STATE", "BATCH_ABORTED"])
        self.assertEqual(self.head(), head)
        self.assertEqual(self.client.log(entityKind="DEAL", entity=self.deal), [])
        self.assertEqual(self.client.measures(["booked.amount"], "2025", {"product": "thing"}).get("", [None])[0].numerator,
                         sum(int(e["close"]["lines"][0]["amountMinor"]) for e in self.client.log(types=["close"])
                             if e["close"]["kind"] == "WON"))
        # Nothing remembers the ids either.
        receipts = self.client.append([dict(close(self.deal, amount=5), id=events[0]["id"])])
        self.assertFalse(receipts[0].HasField("error"), receipts[0])

    def test_all_or_nothing_records_all(self):
        head = self.head()

        receipts = self.client.append([close(self.deal), close(self.deal, "INVOICED")], all_or_nothing=True)

        self.assertEqual([r.seq for r in receipts], [head + 1, head + 2], receipts)

    def test_a_large_batch_is_gapless_and_in_order(self):
        head = self.head()
        seqs = self.client.record(*[close("%s-%d" % (self.deal, i), amount=i) for i in range(3000)])
        self.assertEqual(seqs, list(range(head + 1, head + 3001)))
        stored = self.client.log(from_seq=head + 1)
        self.assertEqual([int(e["close"]["lines"][0]["amountMinor"]) for e in stored], list(range(3000)))

    def test_more_events_than_the_limit_are_refused(self):
        head = self.head()
        events = [close("%s-%d" % (self.deal, i)) for i in range(10001)]
        with self.assertRaises(Refused) as caught:
            self.client.append(events)
        self.assertEqual(caught.exception.error.name, "TOO_MANY")
        self.assertEqual(self.head(), head)


class Stored(harness.LedgerTest):
    def test_the_log_gives_back_what_was_sent_with_what_the_ledger_adds(self):
        event = dict(close(self.deal, credits=credits(600000, 400000)), id=new_id(), source="crm", correlation="42")
        receipt = self.client.append([event])[0]

        stored = self.client.log(from_seq=receipt.seq)[0]

        self.assertEqual(int(stored.pop("seq")), receipt.seq)
        self.assertEqual(int(stored.pop("recordedUs")), receipt.recorded_us)
        self.assertTrue(stored.pop("actor"))
        self.assertEqual(stored, event)

    def test_recorded_times_never_decrease(self):
        self.client.record(*[close("%s-%d" % (self.deal, i)) for i in range(100)])
        times = [int(e["recordedUs"]) for e in self.client.log()]
        self.assertEqual(times, sorted(times))

    def test_the_log_is_filtered_by_entity_type_and_day(self):
        seqs = self.client.record(dict(close(self.deal), effectiveDate="2025-04-01"), dict(close(self.deal, "INVOICED"), effectiveDate="2025-05-01"),
                                  {"effectiveDate": "2025-05-01", "contact": {"deal": self.deal, "kind": "CALL"}})

        def found(**question):
            return [int(e["seq"]) for e in self.client.log(entityKind="DEAL", entity=self.deal, **question)]

        self.assertEqual(found(), seqs)
        self.assertEqual(found(types=["close"]), seqs[:2])
        self.assertEqual(found(dateFrom="2025-05-01"), seqs[1:])
        self.assertEqual(found(dateTo="2025-05-01"), seqs[:1])


# (what, event, names of the refusal that are right, field it must name or None, text the message must hold)
REFUSALS = [
    ("close without a deal", close(""), ("MISSING_FIELD", "INVALID_FIELD"), "close.deal", ""),
    ("close without a kind", {"close": {"deal": "r", "currency": "USD"}}, ("MISSING_FIELD",), "close.kind", ""),
    ("shares below one", close("r", credits=credits(600000, 300000)), ("SHARES_DO_NOT_SUM",), "close.credits", "900000"),
    ("shares above one", close("r", credits=credits(600000, 500000)), ("SHARES_DO_NOT_SUM",), "close.credits", "1100000"),
    ("negative share", close("r", credits=credits(1200000, -200000)), ("INVALID_FIELD",), "close.credits[", "200000"),
    ("a currency that is none", close("r", currency="XYZ"), ("UNKNOWN_CURRENCY",), "close.currency", "XYZ"),
    ("another currency than the ledger's", close("r", currency="EUR"), ("CURRENCY_MISMATCH",), "close.currency", "EUR"),
    ("a day that is none", dict(close("r"), effectiveDate="2025-02-30"), ("BAD_DATE",), "effective_date", "2025-02-30"),
    ("a date of another form", dict(close("r"), effectiveDate="1.3.2025"), ("BAD_DATE",), "effective_date", "1.3.2025"),
    ("won twice", close("won"), ("DEAL_STATE",), "close.", ""),
    ("lost after won", close("won", "LOST", lines=[]), ("DEAL_STATE",), "close.", ""),
    ("won after lost", close("lost"), ("DEAL_STATE",), "close.", ""),
    ("lost twice", close("lost", "LOST", lines=[]), ("DEAL_STATE",), "close.", ""),
    ("cancelled before won", close("new", "CANCELLED"), ("DEAL_STATE",), "close.", ""),
    ("invoiced before won", close("new", "INVOICED"), ("DEAL_STATE",), "close.", ""),
    ("collected before won", close("new", "COLLECTED"), ("DEAL_STATE",), "close.", ""),
    ("delivered before won", close("new", "DELIVERED"), ("DEAL_STATE",), "close.", ""),
    ("amended before won", close("new", "AMENDED"), ("DEAL_STATE",), "close.", ""),
    ("cancelled beyond booked", close("won", "CANCELLED", 1001), ("BEYOND_BOOKED",), "close.", "1001"),
    ("returned beyond booked", close("won", "RETURNED", 1001), ("BEYOND_BOOKED",), "close.", "1001"),
    ("amended below zero", close("won", "AMENDED", -1001), ("BEYOND_BOOKED",), "close.", "1001"),
    ("negative amount of a sale", close("r", amount=-1), ("INVALID_FIELD",), "close.lines[0].amount_minor", "-1"),
    ("amount above the maximum", close("r", amount=10 ** 15 + 1), ("INVALID_FIELD", "TOO_BIG", "OVERFLOW"), "close.lines[0].amount_minor", "1000000000000001"),
    ("too many lines", close("r", lines=[{"amountMinor": "1"}] * 101), ("TOO_MANY",), "close.lines", "10"),
    ("too many credits", close("r", credits=credits(*([62500] * 16 + [0]))), ("TOO_MANY",), "close.credits", "1"),
    ("an id of 65 bytes", close("x" * 65), ("INVALID_FIELD", "TOO_BIG"), "close.deal", "65"),
    ("an id with a control character", close("a\nb"), ("INVALID_FIELD",), "close.deal", ""),
    ("a text above the maximum", {"note": {"subject": "p", "subjectKind": "PERSON", "kind": "FEEDBACK", "text": "x" * 4097}},
     ("TOO_BIG", "INVALID_FIELD"), "note.text", "4097"),
    ("a given seq", dict(close("r"), seq="7"), ("INVALID_FIELD",), "seq", ""),
    ("a given actor", dict(close("r"), actor="me"), ("INVALID_FIELD",), "actor", ""),
    ("a given recorded time", dict(close("r"), recordedUs="1"), ("INVALID_FIELD",), "recorded_us", ""),
    ("an id of 5 bytes", dict(close("r"), id=base64.b64encode(b"12345").decode()), ("MALFORMED", "INVALID_FIELD"), "id", "5"),
    ("no body", {"effectiveDate": "2025-03-01"}, ("MALFORMED", "MISSING_FIELD"), None, ""),
    ("two bodies", dict(close("r"), note={"subject": "x", "kind": "TASK"}), ("MALFORMED", "INVALID_FIELD"), None, ""),
    ("target without a measure", {"target": {"period": "2025", "amount": "1"}}, ("MISSING_FIELD",), "target.measure", ""),
    ("target of an unknown measure", {"target": {"measure": "booked.joy", "period": "2025", "amount": "1"}}, ("BAD_MEASURE",), "target.measure", "booked.joy"),
    ("target without a period", {"target": {"measure": "booked.amount", "amount": "1"}}, ("MISSING_FIELD", "BAD_PERIOD"), "target.period", ""),
    ("target of a period that is none", {"target": {"measure": "booked.amount", "period": "2025-Q5", "amount": "1"}}, ("BAD_PERIOD",), "target.period", "2025-Q5"),
    ("plan rows out of order", plan(component={"curve": {"rows": [{"from": "0", "y": "1"}, {"from": "5", "y": "2"}, {"from": "5", "y": "3"}]}}),
     ("PLAN_INVALID",), "plan.components[0].curve.rows[2]", "5"),
    ("plan without components", plan(components=[]), ("PLAN_INVALID", "MISSING_FIELD"), "plan.components", ""),
    ("plan component without rows", plan(component={"curve": {}}), ("PLAN_INVALID", "MISSING_FIELD"), "plan.components[0].curve", ""),
    ("factor of an unknown component", plan(component={"kind": "FACTOR", "factorOf": ["nobody"], "curve": {"value": "FACTOR", "mode": "WHOLE", "rows": [{"from": "0", "y": "1"}]}}),
     ("PLAN_INVALID",), "plan.components[0]", "nobody"),
    ("correct of nothing", {"correct": {"refSeq": "999999", "void": True, "reason": "x"}}, ("NOT_FOUND",), "correct.ref_seq", "999999"),
    ("correct that says neither void nor replacement", {"correct": {"refSeq": "1", "reason": "x"}}, ("MISSING_FIELD", "INVALID_FIELD"), "correct", ""),
    ("correct that says both", {"correct": {"refSeq": "1", "void": True, "reason": "x", "replacement": {"note": {"subject": "x", "kind": "TASK"}}}},
     ("INVALID_FIELD", "MALFORMED"), "correct", ""),
    ("approve of nothing", {"approve": {"refSeq": "999999", "verdict": "APPROVE"}}, ("NOT_FOUND", "MISSING_FIELD"), "approve.ref", ""),
    ("contact without a kind", {"contact": {"customer": "c"}}, ("MISSING_FIELD",), "contact.kind", ""),
    ("define without a record", {"define": {"validFrom": "2025-01-01"}}, ("MISSING_FIELD", "MALFORMED", "INVALID_FIELD"), "define", ""),
    ("define that ends before it begins", {"define": {"validFrom": "2025-02-01", "validTo": "2025-01-01", "person": {"person": "x"}}},
     ("INVALID_FIELD",), "define.valid_to", "2025-01-01"),
    ("unit above itself", {"define": {"unit": {"unit": "u1", "parent": "u1"}}}, ("INVALID_FIELD",), "define.unit.parent", ""),
    ("unit in a circle", {"define": {"unit": {"unit": "top", "parent": "below"}}}, ("INVALID_FIELD",), "define.unit.parent", "below"),
    ("a stage that is not in the list", {"contact": {"kind": "CALL", "deal": "s", "stage": "nowhere"}}, ("UNKNOWN_STAGE",), "contact.stage", "nowhere"),
]


class Refusals(harness.LedgerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.daemon.client() as client:
            client.record(close("won"), close("lost", "LOST", lines=[]), {"define": {"unit": {"unit": "top"}}},
                          {"define": {"unit": {"unit": "below", "parent": "top"}}}, {"define": {"stages": {"stages": ["first", "second"]}}})

    def test_each_names_field_rule_and_value_and_writes_nothing(self):
        head = self.head()
        for what, event, names, field, text in REFUSALS:
            with self.subTest(what):
                error = self.client.refusal(event)
                self.assertIsNotNone(error, "accepted")
                self.assertIn(error.name, names, error)
                self.assertEqual((error.code, error.may_retry), CODES[error.name], error)
                self.assertTrue(error.message, error)
                if field is not None:
                    self.assertTrue(error.field.startswith(field), "field %r, want %r: %s" % (error.field, field, error.message))
                self.assertIn(text, error.message)
                self.assertEqual(self.head(), head)

    def test_limits_are_accepted_at_the_maximum(self):
        self.client.record(close("y" * 64), close("max amount", amount=10 ** 15), close("lines", lines=[{"amountMinor": "1"}] * 100),
                           close("credits", credits=credits(*[62500] * 16)),
                           {"note": {"subject": "p", "subjectKind": "PERSON", "kind": "FEEDBACK", "text": "x" * 4096}})

    def test_an_event_above_64_kib_is_refused(self):
        line = {"product": "p" * 64, "amountMinor": "1"}
        event = close("big", lines=[line] * 100)
        event["correlation"] = "x" * (64 * 1024)
        error = self.client.refusal(event)
        self.assertIn(error.name, ("TOO_BIG", "INVALID_FIELD"), error)

    def test_after_full_cancellation_nothing_is_left_to_cancel_and_it_may_be_won_again(self):
        self.client.record(close(self.deal), close(self.deal, "CANCELLED", 400), close(self.deal, "RETURNED", 600))
        self.assertIn(self.client.refusal(close(self.deal, "CANCELLED", 1)).name, ("DEAL_STATE", "BEYOND_BOOKED"))
        self.client.record(close(self.deal), close(self.deal, "CANCELLED", 1000))

    def test_a_correction_that_breaks_later_history_is_refused(self):
        won, _ = self.client.record(close(self.deal), close(self.deal, "CANCELLED", 800))
        for body in ({"void": True}, {"replacement": {"close": close(self.deal, amount=799)["close"]}},
                     {"replacement": {"close": close(self.deal, "LOST", lines=[])["close"]}}):
            error = self.client.refusal({"correct": dict(body, refSeq=str(won), reason="test")})
            self.assertIsNotNone(error, body)
            self.assertEqual(error.name, "NOT_CORRECTABLE", error)
        self.client.record({"correct": {"refSeq": str(won), "replacement": {"close": close(self.deal, amount=800)["close"]}, "reason": "test"}})

    def test_a_correction_cannot_be_corrected(self):
        seq = self.client.record(close(self.deal))[0]
        correction = self.client.record({"correct": {"refSeq": str(seq), "void": True, "reason": "test"}})[0]
        error = self.client.refusal({"correct": {"refSeq": str(correction), "void": True, "reason": "test"}})
        self.assertEqual(error.name, "NOT_CORRECTABLE", error)

class Open(harness.LedgerTest):
    def test_unknown_names_are_accepted_and_counted_as_undefined(self):
        before = self.client.status().undefined
        self.client.record(close(self.deal, customer="nobody", credits=credits(1000000)))
        self.assertGreater(self.client.status().undefined, before)


class Strict(harness.LedgerTest):
    policy = "strict"

    def test_unknown_people_products_and_customers_are_refused_until_defined(self):
        sale = close(self.deal, customer="cust", credits=[{"person": "pers", "sharePpm": "1000000"}])
        defines = {"pers": {"person": {"person": "pers"}}, "cust": {"customer": {"customer": "cust"}}, "thing": {"product": {"product": "thing"}}}
        named = set()
        for _ in range(3):
            error = self.client.refusal(sale)
            self.assertEqual(error.name, "UNKNOWN_REFERENCE", error)
            value = next(name for name in defines if name in error.message and name not in named)
            self.assertTrue(error.field.startswith("close."), error)
            named.add(value)
            self.client.record({"define": defines[value]})

        self.assertIsNone(self.client.refusal(sale))

    def test_a_ledger_can_be_opened_up(self):
        sale = close(self.deal, credits=[{"person": "stranger", "sharePpm": "1000000"}], lines=[{"amountMinor": "1"}])
        self.assertEqual(self.client.refusal(sale).name, "UNKNOWN_REFERENCE")
        self.client.record({"define": {"settings": {"policy": "OPEN"}}})
        self.assertIsNone(self.client.refusal(sale))
        self.client.record({"define": {"settings": {"policy": "STRICT"}}})


if __name__ == "__main__":
    harness.run()
