"""A client from scratch: protobuf's own Python library, a Unix socket and the ten lines of framing. Nothing of the project's C.

    frame = 4 bytes little-endian length, then that many bytes: one Request (to the daemon) or one Reply (from it)

Events go in and come out as dicts in the JSON form of the messages.
"""
import atexit
import base64
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def _generated():
    """The folder with the generated modules: the build's, else made now for a run by hand."""
    folder = os.environ.get("SL_PB_PYTHON_DIR")
    if not folder:
        folder = tempfile.mkdtemp(prefix="sl-pb-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        proto = os.path.join(ROOT, "proto")
        files = [os.path.join(proto, "salesledger", "v1", name + ".proto") for name in ("event", "api")]
        subprocess.run(["protoc", "--proto_path=" + proto, "--python_out=" + folder] + files, check=True)
    return folder


sys.path.insert(0, _generated())

from google.protobuf import json_format  # noqa: E402
from salesledger.v1 import api_pb2, event_pb2  # noqa: E402

FRAME_BYTES_MAX = 8 * 1024 * 1024


class Refused(Exception):
    """The request was refused; `error` is the Error message. Its one argument, so that it can go from a process to the one that waits for it."""

    def __init__(self, error):
        super().__init__(error)
        self.error = error

    def __str__(self):
        return "%s (%d) %s: %s" % (self.error.name, self.error.code, self.error.field, self.error.message)


class Closed(Exception):
    """The daemon closed the connection."""


def frame(message):
    data = message.SerializeToString()
    return struct.pack("<I", len(data)) + data


def event_message(event):
    return event if isinstance(event, event_pb2.Event) else json_format.ParseDict(event, event_pb2.Event())


def event_dict(message):
    return json_format.MessageToDict(message)


def id_text(raw):
    return base64.b64encode(raw).decode()


def new_id():
    return id_text(os.urandom(16))


class Client:
    def __init__(self, path, timeout_s=60):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout_s)
        self.socket.connect(path)
        self.buffer = bytearray()
        self.tag = 0
        self.waiting = {}  # tag -> replies that came while another tag was waited for

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # -- frames -----------------------------------------------------------------------------------------------------

    def request(self, kind, body):
        """A Request with the next tag; `body` is a message or its JSON form."""
        self.tag += 1
        request = api_pb2.Request(tag=self.tag)
        part = getattr(request, kind)
        part.SetInParent()
        if isinstance(body, dict):
            json_format.ParseDict(body, part)
        else:
            part.CopyFrom(body)
        return request

    def send(self, kind, body):
        request = self.request(kind, body)
        self.socket.sendall(frame(request))
        return request.tag

    def receive(self):
        """The next reply of any tag."""
        while True:
            if len(self.buffer) >= 4:
                size = struct.unpack_from("<I", self.buffer)[0]
                if len(self.buffer) >= 4 + size:
                    reply = api_pb2.Reply.FromString(bytes(self.buffer[4:4 + size]))
                    del self.buffer[:4 + size]
                    return reply
            data = self.socket.recv(1 << 20)
            if not data:
                raise Closed()
            self.buffer += data

    def reply(self, tag):
        """The next reply of that tag; raises Refused if it says so."""
        while not self.waiting.get(tag):
            reply = self.receive()
            self.waiting.setdefault(reply.tag, []).append(reply)
        reply = self.waiting[tag].pop(0)
        if reply.HasField("error"):
            raise Refused(reply.error)
        return reply

    def call(self, kind, body):
        return self.reply(self.send(kind, body))

    def pages(self, kind, body):
        """All replies under one tag, until one has no `more`."""
        tag = self.send(kind, body)
        while True:
            reply = self.reply(tag)
            yield reply
            if not reply.more:
                return

    # -- verbs ------------------------------------------------------------------------------------------------------

    def append_message(self, events, all_or_nothing=False):
        message = api_pb2.AppendRequest(all_or_nothing=all_or_nothing)
        for event in events:
            part = message.events.add()
            part.CopyFrom(event_message(event))
            if not part.HasField("id"):
                part.id = os.urandom(16)
        return message

    def append(self, events, all_or_nothing=False):
        """The receipts, one per event."""
        return list(self.call("append", self.append_message(events, all_or_nothing)).append.receipts)

    def record(self, *events):
        """Appends what must be accepted; the seqs."""
        receipts = self.append(events)
        for event, receipt in zip(events, receipts):
            if receipt.HasField("error"):
                raise Refused(receipt.error)
        return [receipt.seq for receipt in receipts]

    def refusal(self, event):
        """The Error of one event that must be refused, None if it was accepted."""
        try:
            receipt = self.append([event])[0]
        except Refused as refused:
            return refused.error
        return receipt.error if receipt.HasField("error") else None

    def log(self, **question):
        """All events of the log, oldest first, as dicts."""
        events = []
        start = int(question.pop("from_seq", 1))
        while True:
            page = None
            for reply in self.pages("log", dict(question, **{"from": start})):
                page = reply.events
                events += [event_dict(event) for event in page.events]
            if page is None or not page.events or page.next <= start or "limit" in question:
                return events
            start = page.next

    def status(self):
        return self.call("status", {}).status

    def measures(self, names, period, scope=None, by="DIMENSION_NONE"):
        """{key: [Value, ...]}; the key of a question without a dimension is ''."""
        question = {"measures": list(names), "period": period, "by": by}
        if scope:
            question["scope"] = scope
        result = {}
        for reply in self.pages("measures", question):
            for row in reply.measures.rows:
                result[row.key] = list(row.values)
        return result

    def targets(self, **question):
        return [row for reply in self.pages("targets", question) for row in reply.targets.rows]

    def rank(self, **question):
        """Every row, continued by offset."""
        rows = []
        offset = int(question.pop("offset", 0))
        while True:
            replies = list(self.pages("rank", dict(question, offset=offset + len(rows))))
            got = [row for reply in replies for row in reply.rank.rows]
            rows += got
            if not got or len(rows) + offset >= replies[-1].rank.count or set(question) & {"top", "around", "one"}:
                return rows

    def statement(self, person, period, plan=None, explain=True):
        question = {"person": person, "period": period, "explain": explain}
        if plan:
            question["plan"] = plan
        return [reply.statement for reply in self.pages("statement", question)]
