"""A backup as it comes over a connection: pages in order, each record once, the root that was said, keys behind the records.

What has more than a few pages is cancelled after some of them, since each backup sends the whole log.
"""
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("e2e", "reference"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

import merkle  # noqa: E402
from backup_file import KEY  # noqa: E402

WHOLE_EVENTS_MAX = 4000  # a log up to here is taken to its end, as a rule


class BackupPages:
    def __init__(self, with_keys, pages_max):
        self.with_keys, self.pages_max = with_keys, pages_max
        self.last = None
        self.root = None
        self.next = 1
        self.pages = 0
        self.leaves = []
        self.has_keys = False
        self.customer = b""  # of the latest key
        self.is_cancelled = False

    def wrong(self, reply):
        """What is wrong with the next page, or None."""
        page = reply.backup
        self.pages += 1
        if self.last is None:
            if not page.HasField("head") or page.HasField("records") or page.head.last_seq != reply.seq:
                return "does not begin with its head"
            self.last, self.root = page.head.last_seq, page.head.tree_root
        elif page.HasField("head") or reply.seq != self.last:
            return "has two heads, or is of two moments"
        elif page.HasField("keys"):
            if not self.with_keys or self.next != self.last + 1 or not self._take_keys(page):
                return "has keys that are wrong, or in the wrong place"
        elif self.has_keys or not self._take_records(page):
            return "has records that are wrong, or in the wrong place"
        if reply.more:
            return None
        if self.next != self.last + 1 or self.has_keys != self.with_keys:
            return "ends too early, at %d of %d" % (self.next - 1, self.last)
        return None if self.last > WHOLE_EVENTS_MAX or merkle.root(self.leaves) == self.root else "has another root"

    def _take_records(self, page):
        at, data = 0, page.records
        for _ in range(page.count):
            size, = struct.unpack_from("<I", data, at)
            if self.last <= WHOLE_EVENTS_MAX:
                self.leaves.append(merkle.leaf(data[at + 4:at + 4 + size]))
            at += 4 + size
        is_next = page.first_seq == self.next and page.count > 0
        self.next += page.count
        return is_next and at == len(data) and self.next <= self.last + 1

    def _take_keys(self, page):
        self.has_keys = True
        if len(page.keys) % KEY.size or page.keys and not page.keys_since:
            return False
        for at in range(0, len(page.keys), KEY.size):
            state, size, _, _, erased_us, secret, customer, _ = KEY.unpack_from(page.keys, at)
            if state != (1 if any(secret) else 2) or state == 2 and not erased_us or customer[:size] <= self.customer:
                return False
            self.customer = customer[:size]
        return True

    def is_enough(self):
        """To be cancelled now?"""
        is_long = self.last is not None and self.last > WHOLE_EVENTS_MAX
        return not self.is_cancelled and self.pages >= (min(self.pages_max, 3) if is_long else self.pages_max)
