#!/usr/bin/env python3
"""Speaks the protocol to a live daemon, well and badly, over many connections, across restarts and kills.

    stateful.py [--requests 20000] [--seed n] [--connections 24]      SALESLEDGERD names the daemon, best one with sanitizers

A seed replays the choices, not the timing of the kernel. Polite connections send only whole requests, if in rows longer than the daemon takes
at once, and know what is due for each; rude ones also send mutated, cut and oversize frames, end one side, or leave amid replies. Some of
either read slowly. In the first half the daemon is stopped and killed now and then; the second half is one life, in which its memory and
descriptors may not grow.

What must hold: every reply is well-formed, has a tag that is due and a code of the table; what was acknowledged is in the log once, at its
seq, byte for byte, and what was refused is not; but that personal fields are erased once that was answered, and not before it was asked for;
the pages of a backup make a whole one; the daemon ends cleanly, without a word of a sanitizer; `check` finds the state equal to a replay.
"""
import argparse
import os
import random
import re
import select
import socket
import struct
import sys
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import harness  # noqa: E402
import seeds  # noqa: E402
from check import Check  # noqa: E402
from client import Client  # noqa: E402
from personal import customer_of  # noqa: E402
from traffic import Due, Traffic, frame  # noqa: E402

from salesledger.v1 import api_pb2  # noqa: E402

PARTS = {name: getattr(api_pb2.Reply, name.upper() + "_FIELD_NUMBER") for name in
         ("append", "measures", "targets", "rank", "statement", "events", "status", "erase", "backup")}
OUTSTANDING = (4, 16, 64, 64, 3000)  # of one connection; the last is more than the daemon takes at once
GROWTH_BYTES_MAX = 64 << 20
SEGMENTS_MORE = 8  # of the journal, each with a descriptor, that a life may hold more than its begin
CHECK_S = 600  # and longer the more there is
REQUESTS_PER_S = 250
SILENCE_S = 300  # a daemon that says nothing for so long although something is due hangs
SANITIZER = re.compile(r"Sanitizer|runtime error|SL_ASSERT|assert condition")


class Connection:
    def __init__(self, path, is_rude, is_slow, outstanding_max):
        self.outstanding_max = outstanding_max
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.setblocking(False)
        self.is_rude, self.is_slow = is_rude, is_slow
        self.is_spoilt = False  # what was sent is no longer all requests: any tag may come back
        self.must_end = False
        self.has_ended = False  # our side
        self.out = bytearray()
        self.buffer = bytearray()
        self.due = {}  # tag -> Due
        self.tag = 0

    def flush(self):
        """False: the other end is gone."""
        try:
            while self.out:
                del self.out[:self.socket.send(self.out[:1 << 16])]
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True

    def frames(self):
        """(messages that have come, is the other end still there)"""
        is_there = True
        try:
            data = self.socket.recv(1 << (9 if self.is_slow else 18))
            is_there = len(data) > 0
            self.buffer += data
        except BlockingIOError:
            pass
        except OSError:
            is_there = False
        messages, at = [], 0
        while len(self.buffer) - at >= 4:
            size = struct.unpack_from("<I", self.buffer, at)[0]
            if len(self.buffer) - at < 4 + size:
                break
            messages.append(bytes(self.buffer[at + 4:at + 4 + size]))
            at += 4 + size
        del self.buffer[:at]
        return messages, is_there


class Fuzzer:
    def __init__(self, options, check):
        self.check, self.options = check, options
        self.random = random.Random(options.seed)
        self.traffic = Traffic(self.random)
        self.codes = {number: name for name, (number, _) in harness.error_codes().items()}
        self.daemon = harness.Daemon(flags=["--checkpoint-ms", "200", "--segment-bytes", "1M", "--free-bytes-min", "1M"])
        self.words = []     # of daemons that are gone
        self.connections = {}
        self.poll = select.epoll()
        self.acknowledged = {}  # id -> seq
        self.content = {}       # id -> crc of the event as it was sent, if only one was sent under it
        self.refused = set()
        self.recent = []        # (id, rest), to be sent again
        self.requests = self.replies = self.answered = self.bad = self.restarts = self.backups = 0
        self.codes_seen = {}
        self.rss = []
        self.heard_at = time.monotonic()

    # -- connections ------------------------------------------------------------------------------------------------

    def connect(self):
        drawn = self.random.random()
        connection = Connection(self.daemon.socket, is_rude=drawn < 0.4, is_slow=self.random.random() < 0.15,
                                outstanding_max=self.random.choice(OUTSTANDING))
        self.connections[connection.socket.fileno()] = connection
        self.poll.register(connection.socket, select.EPOLLIN)

    def forget(self, connection):
        """Whatever was under way is in doubt from here on."""
        for due in connection.due.values():
            self.refused.difference_update(key for key, _ in due.events)
        del self.connections[connection.socket.fileno()]
        self.poll.unregister(connection.socket)
        connection.socket.close()

    def fill(self):
        while len(self.connections) < self.options.connections:
            self.connect()

    # -- sending ----------------------------------------------------------------------------------------------------

    def send_request(self, connection):
        connection.tag += 1
        if self.recent and self.random.random() < 0.03:
            due = Due([self.random.choice(self.recent)])
            message = self.traffic.append_bytes(connection.tag, due.events)
        else:
            message, due = self.traffic.request(connection.tag)
        for key, rest in due.events:
            self.content.setdefault(key, zlib.crc32(b"\x1a\x10" + key + rest))
            if len(self.recent) < 2000:
                self.recent.append((key, rest))
            else:
                self.recent[self.random.randrange(2000)] = (key, rest)
        due.answers = self.traffic.shown.answers
        connection.due[connection.tag] = due
        connection.out += frame(message)
        self.requests += 1

    def cancel(self, connection, tag):
        """On a connection whose messages are whole. The row of what is due may get longer by it than it is to be."""
        connection.tag += 1
        connection.due[connection.tag] = Due()
        connection.out += frame(api_pb2.Request(tag=connection.tag, cancel={"tag": tag}).SerializeToString())

    def send_broken(self, connection):
        data, connection.must_end = self.traffic.broken()
        connection.is_spoilt = True
        connection.out += data
        self.requests += 1
        self.bad += 1

    def act(self, connection):
        """One more thing on this connection; False if it is gone."""
        drawn = self.random.random()
        if connection.must_end or connection.has_ended or len(connection.due) >= connection.outstanding_max:
            self.receive_some(0.001)
            if connection.socket.fileno() < 0:
                return True
        elif connection.is_rude and drawn < 0.5:
            self.send_broken(connection)
        elif connection.is_rude and drawn < 0.505:
            connection.flush()
            connection.has_ended = True
            connection.socket.shutdown(socket.SHUT_WR)
        elif drawn > (0.99 if connection.is_rude else 0.998):
            connection.flush()
            return False
        else:
            row = 1500 if connection.outstanding_max > 1000 and 0.52 < drawn < 0.525 else self.random.choice((1, 1, 2, 4, 16))
            for _ in range(row):
                self.send_request(connection)
        return connection.flush()

    # -- receiving --------------------------------------------------------------------------------------------------

    def check_error(self, error):
        self.codes_seen[error.name] = self.codes_seen.get(error.name, 0) + 1
        if self.codes.get(error.code) != error.name or error.code == 0 or not error.message:
            self.check.equal((error.code, error.name), "a code of the table with words", error.message)

    def check_receipt(self, receipt, reply, is_ours):
        if receipt.HasField("error"):
            self.check_error(receipt.error)
            if receipt.HasField("seq"):
                self.check.true(False, "a refused event has no seq")
            if is_ours and receipt.id not in self.acknowledged:
                self.refused.add(receipt.id)
            return
        if not 0 < receipt.seq <= reply.seq:
            self.check.equal(receipt.seq, "up to %d" % reply.seq, "seq of a receipt")
        if self.acknowledged.setdefault(receipt.id, receipt.seq) != receipt.seq:
            self.check.equal(receipt.seq, self.acknowledged[receipt.id], "seq given again")
        self.refused.discard(receipt.id)
        self.traffic.head = max(self.traffic.head, receipt.seq)
        self.traffic.acknowledge(receipt.id, receipt.seq)

    def need(self, wrong, *about):
        if wrong is not None:
            self.check.true(False, wrong, *about)

    def check_pages(self, connection, due, reply):
        self.need(due.backup.wrong(reply), "backup", reply.tag)
        self.backups += not reply.more
        if reply.more and due.backup.is_enough() and not connection.has_ended:
            due.backup.is_cancelled = True
            self.cancel(connection, reply.tag)

    def check_definitions(self, events, answers):
        shown = self.traffic.shown
        for event in events:
            if event.id in shown.sent and self.acknowledged.get(event.id, event.seq) == event.seq:
                self.need(shown.wrong(event, answers), str(event)[:2000])
                self.compare_content(event)

    def check_due(self, connection, due, reply):
        """What a request of a polite connection was answered."""
        if reply.HasField("erase") and due.erasure is not None:
            self.need(self.traffic.shown.answer(due.erasure, reply), str(due.erasure), str(reply))
        elif reply.HasField("error") and due.erasure is not None:
            self.need(self.traffic.shown.refuse(due.erasure, reply.error), str(due.erasure), str(reply))
        elif reply.HasField("backup") and due.backup is not None:
            self.check_pages(connection, due, reply)
        elif reply.HasField("append") and len(reply.append.receipts) != len(due.events):
            self.check.equal(len(reply.append.receipts), len(due.events), "receipts")
        elif reply.HasField("events"):
            self.check_definitions(reply.events.events, due.answers)

    def check_reply(self, connection, message):
        reply = api_pb2.Reply.FromString(message)
        self.replies += 1
        parts = [name for name in PARTS if reply.HasField(name)]
        if reply.HasField("error"):
            self.check_error(reply.error)
        if len(parts) + reply.HasField("error") > 1 or len(reply.UnknownFields()):
            self.check.equal(parts, "one part", "reply")
        due = connection.due.get(reply.tag)
        if not connection.is_spoilt:
            if due is None:
                self.check.equal(reply.tag, "a tag that is due", "reply", parts, str(reply.error))
            else:
                self.check_due(connection, due, reply)
        elif reply.HasField("backup") and reply.more:
            self.cancel(connection, reply.tag)  # nobody waits for it
        if reply.HasField("append"):
            for receipt in reply.append.receipts:
                self.check_receipt(receipt, reply, not connection.is_spoilt)
        if not reply.more:
            self.answered += connection.due.pop(reply.tag, None) is not None

    def receive(self, connection):
        messages, is_there = connection.frames()
        for message in messages:
            self.heard_at = time.monotonic()
            self.check_reply(connection, message)
        if not is_there:
            if not (connection.is_spoilt or connection.has_ended):
                self.check.true(False, "a polite connection was closed, %d were due" % len(connection.due))
            self.forget(connection)

    def receive_some(self, timeout=0):
        for number, _ in self.poll.poll(timeout):
            connection = self.connections.get(number)
            if connection is not None and (not connection.is_slow or self.random.random() < 0.2):
                self.receive(connection)
        if time.monotonic() - self.heard_at > SILENCE_S and any(c.due for c in self.connections.values()):
            raise harness.Failed("silence", "nothing was heard for %d s" % SILENCE_S)

    # -- lives of the daemon ----------------------------------------------------------------------------------------

    def drop_all(self):
        for connection in list(self.connections.values()):
            self.forget(connection)

    def note_words(self):
        said = [line for line in self.daemon.lines if SANITIZER.search(line)]
        self.words += said
        if said:
            print("".join(self.daemon.lines), flush=True)

    def restart(self):
        """SIGTERM with replies under way, or SIGKILL; then on the same folder."""
        self.restarts += 1
        if self.random.random() < 0.5:
            self.drop_all()
            self.check.equal(self.daemon.stop(), 0, "exit status")
        else:
            self.daemon.kill()
            self.drop_all()
        self.note_words()
        self.daemon.start()
        self.heard_at = time.monotonic()

    def memory(self):
        with open("/proc/%d/status" % self.daemon.process.pid, encoding="ascii") as file:
            return int(re.search(r"RssAnon:\s+(\d+)", file.read())[1]) * 1024

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.daemon.process.pid))

    def wait_for_descriptors(self, most):
        """Sessions end when the daemon sees it; each question gives it a turn."""
        client = self.daemon.client()
        for _ in range(10000):
            if client.status().sessions <= 1 and self.descriptors() <= most:
                break
        self.check.true(self.descriptors() <= most, "descriptors", self.descriptors(), "at first", most)

    def life(self, until):
        while self.requests < until:
            self.fill()
            connection = self.connections[self.random.choice(list(self.connections))]
            if not self.act(connection) and connection.socket.fileno() >= 0:
                self.forget(connection)
            self.receive_some()

    def finish_rows(self):
        """What polite connections are owed is given, but for subscriptions, which are cancelled."""
        polite = [c for c in self.connections.values() if not c.is_spoilt and not c.has_ended]
        for connection in polite:
            for tag in list(connection.due):
                self.cancel(connection, tag)
            connection.is_slow = False
        while any(c.due for c in polite if c.socket.fileno() in self.connections):
            for connection in polite:
                connection.flush()
            self.receive_some(0.01)

    def run(self):
        options = self.options
        self.daemon.start()
        first = self.daemon.client()
        opening = [(self.random.randbytes(16), rest) for rest in self.traffic.opening]
        first.socket.sendall(frame(self.traffic.append_bytes(1, opening)))
        self.check_reply_of_opening(first.receive())
        first.close()
        places = sorted(self.random.randrange(options.requests // 2) for _ in range(options.restarts))
        for place in places:
            self.life(place)
            self.restart()
        self.life(options.requests // 2)
        self.drop_all()
        self.restart()
        descriptors = self.descriptors()
        for part in range(1, 17):
            self.life(options.requests // 2 + options.requests * part // 32)
            self.rss.append(self.memory())
            if options.progress:
                print("%d requests, %d answered, %d MiB" % (self.requests, self.answered, self.rss[-1] >> 20), flush=True)
        self.finish_rows()
        self.drop_all()
        self.wait_for_descriptors(descriptors + 1 + SEGMENTS_MORE)
        self.check.true(self.answered >= (self.requests - self.bad) // 2, "half of what was sent is answered", self.answered)
        growth = max(self.rss[12:]) - max(self.rss[:4])
        self.check.true(growth <= GROWTH_BYTES_MAX, "memory grows by", growth, self.rss)

    def check_reply_of_opening(self, reply):
        for receipt in reply.append.receipts:
            self.check_receipt(receipt, reply, True)

    # -- the end ----------------------------------------------------------------------------------------------------

    def compare_log(self):
        client, shown = self.daemon.client(), self.traffic.shown
        seen, expected = {}, 1
        head = client.status().head
        while expected <= head:
            reply = client.call("log", {"from": expected, "limit": 1000})
            for event in reply.events.events:
                if event.seq != expected or event.id in seen:
                    self.check.equal((event.seq, event.id in seen), (expected, False), "log")
                seen[event.id] = event.seq
                if event.id in shown.sent and self.acknowledged.get(event.id) == event.seq:
                    self.need(shown.wrong(event, shown.answers), str(event)[:2000])
                self.compare_content(event)
                expected += 1
        wrong = [key for key, seq in self.acknowledged.items() if seen.get(key) != seq]
        self.check.equal(wrong[:3], [], "acknowledged, not at its place: %d" % len(wrong))
        ghosts = [key for key in self.refused if key in seen]
        self.check.equal(ghosts[:3], [], "refused, yet in the log: %d" % len(ghosts))
        print("log: %d events, %d acknowledged, %d refused" % (len(seen), len(self.acknowledged), len(self.refused)), flush=True)
        print("personal fields were shown %d times, erased %d times; erasures answered %d, backups ended %d" % (
            shown.seen["plain"], shown.seen["erased"], shown.answers, self.backups), flush=True)

    def compare_content(self, event):
        sent = self.content.get(event.id)
        if sent is None or self.acknowledged.get(event.id) != event.seq:
            return
        if self.traffic.shown.is_erased(event):
            return  # the rest has been compared
        for given in ("seq", "recorded_us", "actor"):
            event.ClearField(given)
        if event.id in self.traffic.shown.sent:
            customer_of(event).ClearField("sealed")
        if zlib.crc32(event.SerializeToString()) != sent:
            event.ClearField("effective_date")  # the ledger shows the day that it chose
            self.check.equal(zlib.crc32(event.SerializeToString()), sent, "bytes of", event.id.hex())

    def end(self):
        self.compare_log()
        self.check.equal(self.daemon.stop(), 0, "exit status at the end")
        self.note_words()
        checked = self.daemon.offline("check", deadline_s=CHECK_S + self.requests // REQUESTS_PER_S)
        self.check.equal(checked.returncode, 0, "check", checked.stderr[-2000:])
        self.check.equal(SANITIZER.findall(checked.stderr), [], "check's sanitizer")
        self.check.equal(self.words, [], "sanitizer")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=20000)
    parser.add_argument("--connections", type=int, default=24)
    parser.add_argument("--restarts", type=int, default=5)
    parser.add_argument("--progress", action="store_true", help="say how the second half goes")
    options = seeds.parse(parser)
    # What was freed is kept aside by the sanitizer, 256 MiB of it, which would hide a small growth.
    os.environ.setdefault("ASAN_OPTIONS", "quarantine_size_mb=16")
    check = Check()
    fuzzer = Fuzzer(options, check)
    began, ran = time.monotonic(), 0
    try:
        fuzzer.run()
        ran = time.monotonic() - began
        fuzzer.end()
    except harness.Failed as failed:
        check.true(False, "the daemon ended", failed)
    finally:
        fuzzer.daemon.remove()
    print("%d requests, %d of them broken; %d answered by %d replies, %d restarts, %.0f s; RssAnon %s MiB" % (
        fuzzer.requests, fuzzer.bad, fuzzer.answered, fuzzer.replies, fuzzer.restarts, ran, " ".join(str(rss >> 20) for rss in fuzzer.rss)), flush=True)
    print("refusals: %s" % ", ".join("%s %d" % pair for pair in sorted(fuzzer.codes_seen.items())), flush=True)
    check.finish()


if __name__ == "__main__":
    main()
