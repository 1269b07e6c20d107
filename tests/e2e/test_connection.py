#!/usr/bin/env python3
"""The wire: any cut of the bytes is the same conversation, bad bytes end only their own connection, replies find their tags."""
import socket
import struct
import threading

import harness
from client import Client, Closed, Refused, frame


def sale(deal, amount=100):
    return {"effectiveDate": "2025-03-01", "close": {"deal": deal, "kind": "WON", "currency": "USD", "lines": [{"amountMinor": str(amount)}]}}


class Frames(harness.LedgerTest):
    def test_a_frame_may_come_byte_by_byte(self):
        data = frame(self.client.request("append", self.client.append_message([sale(self.deal)])))
        for i in range(len(data)):
            self.client.socket.sendall(data[i:i + 1])
        self.assertEqual(self.client.reply(self.client.tag).append.receipts[0].seq, self.head())

    def test_many_frames_may_come_in_one_piece(self):
        data, tags = b"", []
        for i in range(200):
            data += frame(self.client.request("append", self.client.append_message([sale("%s-%d" % (self.deal, i))])))
            tags.append(self.client.tag)
        self.client.socket.sendall(data)
        seqs = [self.client.reply(tag).append.receipts[0].seq for tag in tags]
        self.assertEqual(seqs, list(range(seqs[0], seqs[0] + 200)))

    def test_a_client_may_close_its_sending_side_and_still_read(self):
        self.client.send("status", {})
        self.client.socket.shutdown(socket.SHUT_WR)
        try:
            self.assertTrue(self.client.receive().HasField("status"))
        except Closed:
            self.fail("closed before the answer")

    def refused_bytes(self, data, names):
        """Sends bytes that are no conversation; the error's name, or None if the daemon just closed."""
        with Client(self.daemon.socket) as bad:
            bad.socket.sendall(data)
            try:
                reply = bad.receive()
            except (Closed, ConnectionResetError):
                return
            self.assertIn(reply.error.name, names, reply)
            self.assertEqual(reply.HasField("tag"), reply.tag != 0)

    def test_an_oversize_frame_is_refused_before_it_is_read(self):
        self.refused_bytes(struct.pack("<I", 8 * 1024 * 1024 + 1) + b"x" * 100, ("TOO_BIG", "MALFORMED"))
        self.assertTrue(self.client.status().version)

    def test_an_empty_frame_is_refused(self):
        self.refused_bytes(struct.pack("<I", 0), ("MALFORMED",))
        self.assertTrue(self.client.status().version)

    def test_bytes_that_are_no_message_are_refused(self):
        self.refused_bytes(struct.pack("<I", 5) + b"\xff\xff\xff\xff\xff", ("MALFORMED",))
        self.assertTrue(self.client.status().version)

    def test_a_request_without_a_question_is_refused(self):
        self.refused_bytes(struct.pack("<I", 2) + b"\x08\x01", ("MALFORMED", "MISSING_FIELD", "UNKNOWN_FIELD", "INVALID_FIELD"))

    def test_a_half_sent_frame_keeps_nobody_waiting(self):
        half = self.daemon.client()
        half.socket.sendall(struct.pack("<I", 1000) + b"x")
        self.assertTrue(self.client.status().version)
        half.close()
        self.assertTrue(self.client.status().version)


class Replies(harness.LedgerTest):
    def test_every_reply_carries_its_tag_and_the_position_it_reflects(self):
        tags = {self.client.send(kind, body): kind for kind, body in (
            ("append", self.client.append_message([sale(self.deal)])), ("status", {}), ("measures", {"measures": ["booked.amount"], "period": "2025"}))}
        for _ in range(3):
            reply = self.client.receive()
            self.assertTrue(reply.HasField(tags.pop(reply.tag)), reply)
            self.assertGreater(reply.seq, 0)
        self.assertEqual(tags, {})

    def test_an_answer_sees_what_its_connection_wrote_before(self):
        for i in range(50):
            self.client.send("append", self.client.append_message([sale("%s-%d" % (self.deal, i), 1)]))
        tag = self.client.send("log", {"entityKind": "DEAL", "entity": self.deal + "-49"})
        self.assertEqual(len(self.client.reply(tag).events.events), 1)

    def test_questions_about_an_earlier_position_are_unsupported_yet(self):
        self.client.record(sale(self.deal))
        for kind, body in (("measures", {"measures": ["booked.amount"], "period": "2025"}), ("rank", {"measure": "booked.amount", "period": "2025"}),
                           ("targets", {"period": "2025"}), ("statement", {"person": "p", "period": "2025"})):
            with self.assertRaises(Refused) as caught:
                self.client.call(kind, dict(body, at={"seq": "1"}))
            self.assertEqual(caught.exception.error.name, "UNSUPPORTED", kind)

    def test_wrong_questions_name_what_is_wrong(self):
        for kind, body, name in (("measures", {"measures": ["booked.joy"], "period": "2025"}, ("BAD_MEASURE",)),
                                 ("measures", {"measures": ["booked.amount"], "period": "2025-13"}, ("BAD_PERIOD",)),
                                 ("measures", {"measures": ["growth"], "period": "2025"}, ("UNSUPPORTED",)),
                                 ("measures", {"period": "2025"}, ("MISSING_FIELD",)),
                                 ("rank", {"measure": "booked.amount", "period": "soon"}, ("BAD_PERIOD",)),
                                 ("rank", {"period": "2025"}, ("MISSING_FIELD",)),
                                 ("statement", {"person": "nobody at all", "period": "2025"}, ("NOT_FOUND",)),
                                 ("statement", {"period": "2025"}, ("MISSING_FIELD", "NOT_FOUND"))):
            with self.assertRaises(Refused, msg=body) as caught:
                self.client.call(kind, body)
            self.assertIn(caught.exception.error.name, name, "%s %s: %s" % (kind, body, caught.exception))


class Askers(harness.LedgerTest):
    """Whoever asks amid a flood is heard before its end, and told what was on disk."""

    FLOOD = 1000  # as many as may be in flight

    def flood(self, count=FLOOD):
        """Starts a flood of one-cent sales of one person, one a request; its tags."""
        data, tags = b"", []
        for i in range(count):
            event = sale("%s-%d" % (self.deal, i), 1)
            event["close"]["credits"] = [{"person": self.deal, "sharePpm": "1000000"}]
            data += frame(self.client.request("append", self.client.append_message([event])))
            tags.append(self.client.tag)
        self.sending = threading.Thread(target=self.client.socket.sendall, args=(data,))
        self.sending.start()
        self.addCleanup(self.sending.join)
        return tags

    def ask(self, asker):
        return asker.call("rank", {"measure": "booked.amount", "period": "2025", "one": self.deal})

    def test_each_answer_shows_the_sales_of_its_position(self):
        before = self.client.record({"define": {"person": {"person": self.deal}}})[0]
        asker = self.daemon.client()
        self.ask(asker)
        tags = self.flood()
        answers = [self.ask(asker) for _ in range(300)]
        last = [self.client.reply(tag).append.receipts[0].seq for tag in tags][-1]
        answers.append(self.ask(asker))

        self.assertEqual(last, before + self.FLOOD)
        self.assertEqual([answer.rank.rows[0].value.numerator for answer in answers], [answer.seq - before for answer in answers])
        self.assertEqual([answer.seq for answer in answers], sorted(answer.seq for answer in answers))
        self.assertEqual(answers[-1].seq, last)

    def test_a_question_is_heard_amid_what_one_connection_has_sent(self):
        asker = self.daemon.client()
        head = asker.call("log", {"from": "1", "to": "1"}).seq
        self.daemon.pause()
        try:
            tags = self.flood(400)
            self.sending.join()  # they fit into the socket
            tag = asker.send("log", {"from": "1", "to": "1"})
        finally:
            self.daemon.go_on()
        answer = asker.reply(tag)
        last = [self.client.reply(tag).append.receipts[0].seq for tag in tags][-1]

        self.assertEqual(last, head + 400)
        # its end is 400, a turn takes in 256; how much of it was on disk by then is the disk's affair
        self.assertTrue(head <= answer.seq < last, answer.seq - head)

    def test_who_asks_and_leaves_disturbs_nobody(self):
        before = self.client.status().sessions
        leaving = [self.daemon.client() for _ in range(20)]
        for asker in leaving:
            asker.call("log", {"from": "1", "to": "1"})
        tags = self.flood()
        for asker in leaving:
            asker.send("rank", {"measure": "booked.amount", "period": "2025"})
            asker.close()
        seqs = [self.client.reply(tag).append.receipts[0].seq for tag in tags]

        self.assertEqual(seqs, list(range(seqs[0], seqs[0] + self.FLOOD)))
        self.assertTrue(any(self.client.status().sessions == before for _ in range(1000)))  # the last may be seen a little later


class Subscriptions(harness.LedgerTest):
    def take(self, client, tag, upto):
        """Seqs delivered until `upto` has come."""
        seqs = []
        while not seqs or seqs[-1] < upto:
            seqs += [event.seq for event in client.reply(tag).events.events]
        return seqs

    def test_from_one_each_event_comes_once_in_order_while_others_write(self):
        self.client.record(*[sale("%s-a%d" % (self.deal, i)) for i in range(300)])
        reader = self.daemon.client()
        tag = reader.send("subscribe", {"from": "1"})
        pending = [self.client.send("append", self.client.append_message([sale("%s-b%d-%d" % (self.deal, i, k)) for k in range(10)]))
                   for i in range(100)]
        late = self.daemon.client()
        late_tag = late.send("subscribe", {"from": "1"})
        for pending_tag in pending:
            last = self.client.reply(pending_tag).append.receipts[-1].seq

        self.assertEqual(self.take(reader, tag, last), list(range(1, last + 1)))
        self.assertEqual(self.take(late, late_tag, last), list(range(1, last + 1)))

    def test_without_a_start_only_new_events_come(self):
        reader = self.daemon.client()
        tag = reader.send("subscribe", {})
        reader.status()  # the subscription is known by now: requests of one connection are taken in order
        seq = self.client.record(sale(self.deal))[0]
        self.assertEqual(self.take(reader, tag, seq), [seq])

    def test_types_are_filtered(self):
        reader = self.daemon.client()
        start = self.head() + 1
        tag = reader.send("subscribe", {"from": str(start), "types": ["close"]})
        self.client.record({"contact": {"kind": "CALL", "deal": self.deal}})
        seq = self.client.record(sale(self.deal))[0]
        self.assertEqual(self.take(reader, tag, seq), [seq])

    def test_a_cancelled_subscription_ends_with_a_last_reply(self):
        reader = self.daemon.client()
        tag = reader.send("subscribe", {"from": "1"})
        reader.send("cancel", {"tag": str(tag)})
        while True:
            reply = reader.receive()
            if reply.tag == tag and not reply.more:
                break
        self.client.record(sale(self.deal))
        self.assertTrue(reader.status().version)
        self.assertEqual([r for r in reader.waiting.get(tag, []) if r.HasField("events")], [])

    def test_a_subscriber_that_does_not_read_hinders_nobody(self):
        stuck = self.daemon.client()
        stuck.send("subscribe", {"from": "1"})
        for i in range(20):
            self.client.record(*[sale("%s-%d-%d" % (self.deal, i, k)) for k in range(500)])
        last = self.head()
        tag = stuck.tag
        self.assertEqual(self.take(stuck, tag, last), list(range(1, last + 1)))

    def test_it_goes_on_after_a_restart_where_it_stopped(self):
        self.client.record(*[sale("%s-%d" % (self.deal, i)) for i in range(50)])
        reader = self.daemon.client()
        head = self.head()
        seen = self.take(reader, reader.send("subscribe", {"from": "1"}), head)
        self.daemon.restart()
        self.client = self.daemon.client()
        last = self.client.record(*[sale("%s-x%d" % (self.deal, i)) for i in range(50)])[-1]
        reader = self.daemon.client()
        seen += self.take(reader, reader.send("subscribe", {"from": str(seen[-1] + 1)}), last)
        self.assertEqual(seen, list(range(1, last + 1)))


if __name__ == "__main__":
    harness.run()
