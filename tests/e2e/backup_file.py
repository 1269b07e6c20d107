"""A backup as proto/sl/stored/backup.h draws it, read by its offsets; nothing of the project's C."""
import hashlib
import struct

import harness  # noqa: F401, finds the generated modules
import merkle

from client import event_pb2

SECTION = struct.Struct("<III")
HEAD = struct.Struct("<16s64s4sIqQQQ32s")
END = struct.Struct("<Q32s32s")
KEYS = struct.Struct("<QII")
KEY = struct.Struct("<BBB5x8sq64s64s64s")
RECORD_HEAD = 40


class Wrong(Exception):
    """The file is not as it is drawn."""


def need(condition, what):
    if not condition:
        raise Wrong(what)


class Backup:
    """`records`: the bytes of each. `keys`: None if it was not asked to hold any, else customer -> (secret, when and by whom erased). Everything but the checksums, which are the C's to find wrong, is verified here."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        need(self.bytes[:16] == b"slbackup" + struct.pack("<II", 1, 0), "start")
        sections = list(self._sections())
        kinds = [kind for kind, _, _ in sections]
        need(kinds == [1] + [2] * kinds.count(2) + [4] * kinds.count(4) + [3], "order of sections")
        (self.ledger_id, timezone, currency, self.policy, self.created, first, self.last, self.size, self.root) = HEAD.unpack(sections[0][1])
        self.timezone, self.currency = timezone.rstrip(b"\0").decode(), currency.rstrip(b"\0").decode()
        self.records = []
        self.keys = {} if 4 in kinds else None
        for kind, body, _ in sections[1:-1]:
            (self._take_records if kind == 2 else self._take_keys)(body)
        count, root, digest = END.unpack(sections[-1][1])
        need((first, self.last, self.size, count) == (1, len(self.records), len(self.records), len(self.records)), "counts")
        need(digest == hashlib.sha256(self.bytes[:sections[-1][2]]).digest(), "digest")
        need(root == self.root == merkle.root([merkle.leaf(record) for record in self.records]), "root")

    def _sections(self):
        """(type, body, offset)"""
        at = 16
        while at < len(self.bytes):
            kind, size, _ = SECTION.unpack_from(self.bytes, at)
            body = self.bytes[at + SECTION.size:at + SECTION.size + size]
            need(len(body) == size, "a section is cut short")
            yield kind, body, at
            at += SECTION.size + size

    def _take_records(self, body):
        first, count, zero = struct.unpack_from("<QII", body)
        need((first, zero) == (len(self.records) + 1, 0), "first seq")
        at = 16
        for _ in range(count):
            size, = struct.unpack_from("<I", body, at)
            self.records.append(body[at + 4:at + 4 + size])
            at += 4 + size
        need(at == len(body), "records")

    def _take_keys(self, body):
        since, count, zero = KEYS.unpack_from(body)
        need((zero, len(body)) == (0, KEYS.size + count * KEY.size) and (since > 0 or count == 0), "keys")
        for at in range(KEYS.size, len(body), KEY.size):
            state, size, by_size, _, erased_us, secret, customer, by = KEY.unpack_from(body, at)
            need(state == (1 if secret.strip(b"\0") else 2) and (erased_us != 0 or state == 1), "state of a key")
            need(customer[size:] == bytes(64 - size) and by[by_size:] == bytes(64 - by_size), "ids of a key")
            name = customer[:size].decode()
            need(not self.keys or name.encode() > max(self.keys).encode(), "order of keys")
            self.keys[name] = (secret if state == 1 else None, erased_us, by[:by_size].decode())

    def event(self, seq):
        """The Event as the client had sent it, with the time at which it was recorded."""
        record = self.records[seq - 1]
        event = event_pb2.Event.FromString(record[RECORD_HEAD + record[2]:])
        event.id = record[24:40]
        event.recorded_us, = struct.unpack_from("<q", record, 8)
        return event
