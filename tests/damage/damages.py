"""One drawn damage to the files of a ledger: where, and what. Each says what it did."""
import os
import random
import shutil
import struct

from layout import PAGE, Pages, frames, generation


def _read(path):
    with open(path, "rb") as file:
        return bytearray(file.read())


def _write(path, data):
    with open(path, "wb") as file:
        file.write(data)


class Damage:
    """Draws and does one damage to the copy of a ledger in `folder`. `lost_from`: what came last may be gone from there on."""

    def __init__(self, seed, ledger, folder):
        self.random = random.Random(seed)
        self.ledger, self.folder = ledger, folder
        self.lost_from = None  # the last frames of all were hit: from this seq on nothing may be there
        kinds = [(12, self._page), (4, self._frame), (2, self._segment_header), (1, self._anywhere), (2, self._cut),
                 (1, self._swap), (2, self._stale), (2, self._foreign), (2, self._newer), (1, self._missing), (1, self._behind)]
        draw = self.random.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])[0]
        self.text = draw()

    # -- where ------------------------------------------------------------------------------------------------------

    def _segments(self):
        folder = os.path.join(self.folder, "journal")
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]

    def _used(self):
        return sorted((path for path in self._segments() if generation(_read(path))), key=lambda path: generation(_read(path)))

    def _files(self):
        return [os.path.join(self.folder, "data.mdb")] + self._segments()

    def _name(self, path):
        return os.path.relpath(path, self.folder)

    def _note_last(self, path, start, end):
        """Was a part of the last frame of all in [start, end)?"""
        used = self._used_before
        if used and path == used[-1][0]:
            hit = [offset for offset, frame_end in used[-1][1] if start < frame_end and end > offset]
            if hit and hit[-1] == used[-1][1][-1][0]:
                self.lost_from = struct.unpack_from("<Q", self._whole, hit[0] + 16)[0]

    @property
    def _used_before(self):
        if not hasattr(self, "_used_cache"):
            self._used_cache = [(path, frames(_read(path))) for path in self._used()]
            self._whole = _read(self._used_cache[-1][0])
        return self._used_cache

    # -- what -------------------------------------------------------------------------------------------------------

    def _hurt(self, path, start, end):
        """A flipped bit in [start, end), or zeros around a place in there."""
        self._used_before
        data = _read(path)
        end = min(end, len(data))
        at = self.random.randrange(start, end)
        size = self.random.choice((0, 0, 0, 0, 512, PAGE))
        if size == 0:
            bit = self.random.randrange(8)
            data[at] ^= 1 << bit
            self._note_last(path, at, at + 1)
            _write(path, data)
            return "%s: bit %d of byte %d flipped" % (self._name(path), bit, at)
        at = at // size * size
        stop = min(at + size, len(data))
        data[at:stop] = bytes(stop - at)
        self._note_last(path, at, stop)
        _write(path, data)
        return "%s: %d bytes at %d zeroed" % (self._name(path), size, at)

    def _page(self):
        path = os.path.join(self.folder, "data.mdb")
        kinds = Pages(_read(path)).of_kind()
        kind = self.random.choice(sorted(kinds))
        number = self.random.choice(kinds[kind])
        # As often among the first bytes, where the page says what it is, as anywhere.
        span = self.random.choice((16, 200, PAGE))
        return "%s page %d (%s)" % (self._hurt(path, number * PAGE, number * PAGE + span), number, kind)

    def _frame(self):
        used = [(path, parts) for path, parts in self._used_before if parts]
        if not used:
            return self._page()
        path, parts = self.random.choice(used)
        offset, end = self.random.choice(parts)
        return self._hurt(path, offset, self.random.choice((min(offset + 40, end), end))) + " (a frame)"

    def _segment_header(self):
        return self._hurt(self.random.choice(self._segments()), 0, self.random.choice((68, 4096))) + " (header)"

    def _behind(self):
        path = self.random.choice(self._segments())
        parts = frames(_read(path))
        return self._hurt(path, parts[-1][1] if parts else 0, os.path.getsize(path)) + " (behind the last frame)"

    def _anywhere(self):
        path = self.random.choice(self._files())
        return self._hurt(path, 0, os.path.getsize(path))

    def _cut(self):
        path = self.random.choice(self._files())
        self._used_before
        size = os.path.getsize(path)
        to = self.random.choice((0, 1, PAGE, 2 * PAGE, size - 1, self.random.randrange(size), self.random.randrange(size) // PAGE * PAGE))
        to = min(to, size)
        self._note_last(path, to, size)
        os.truncate(path, to)
        return "%s: cut to %d of %d bytes" % (self._name(path), to, size)

    def _swap(self):
        paths = self._segments()
        if len(paths) < 2:
            return self._page()
        one, other = self.random.sample(paths, 2)
        data = _read(one)
        _write(one, _read(other))
        _write(other, data)
        return "%s and %s: swapped" % (self._name(one), self._name(other))

    def _stale(self):
        """An older copy of data.mdb, of one segment, or of the whole journal."""
        what = self.random.choice(("data.mdb", "journal", "segment"))
        if what == "data.mdb":
            shutil.copyfile(os.path.join(self.ledger.stale, what), os.path.join(self.folder, what))
        elif what == "journal":
            shutil.rmtree(os.path.join(self.folder, what))
            shutil.copytree(os.path.join(self.ledger.stale, what), os.path.join(self.folder, what))
            if self.ledger.is_stale_data_the_same:
                self.lost_from = self.ledger.stale_head + 1  # all of it is the older ledger: nothing inside can tell
        else:
            folder = os.path.join(self.ledger.stale, "journal")
            name = self.random.choice(sorted(os.listdir(folder)))
            shutil.copyfile(os.path.join(folder, name), os.path.join(self.folder, "journal", name))
            what = "journal/" + name
        return "%s: the older copy" % what

    def _foreign(self):
        path = self.random.choice(self._files() + [os.path.join(self.folder, "lock")])
        size = self.random.choice((10, 5000, 2 << 20))
        _write(path, self.random.randbytes(size))
        return "%s: %d random bytes" % (self._name(path), size)

    def _newer(self):
        """The number of a format one higher: of the ledger, of a record, of the journal, of LMDB's file."""
        path = os.path.join(self.folder, "data.mdb")
        data = _read(path)
        what = self.random.choice(("ledger", "record", "journal", "lmdb"))
        if what == "ledger":
            at = data.find(b"genesis")
            while at >= 0:
                value = at + len(b"genesis")
                if struct.unpack_from("<I", data, value)[0] == 2:
                    data[value] = 3
                at = data.find(b"genesis", at + 1)
        elif what == "record":
            pages = Pages(data)
            leaves = [number for number, kind in pages.kinds.items() if kind == "log leaf"]
            at = self.random.choice(leaves) * PAGE
            node = at + struct.unpack_from("<H", data, at + 16)[0]
            if struct.unpack_from("<H", data, node + 4)[0] & 1:
                first = struct.unpack_from("<Q", data, node + 16)[0]
                data[first * PAGE + 16] = 2
            else:
                data[node + 16] = 2
        elif what == "lmdb":
            for number in (0, 1):
                data[number * PAGE + 20] = 2
        else:
            path = self.random.choice(self._segments())
            data = _read(path)
            for at in (0, 2048):
                if data[at:at + 6] == b"SLJSEG":
                    data[at + 6] = ord("2")
        _write(path, data)
        return "%s: the next %s format" % (self._name(path), what)

    def _missing(self):
        path = self.random.choice(self._files() + [os.path.join(self.folder, "lock"), os.path.join(self.folder, "journal")])
        shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        return "%s: missing" % self._name(path)
