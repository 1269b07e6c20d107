"""One drawn damage to the files of a ledger: where, and what. Each says what it did."""
import os
import random
import shutil
import struct

from layout import PAGE, Pages, frames, generation


FIRST_RECORDS = 400  # fewer than any checkpoint of a ledger here has


def _read(path):
    with open(path, "rb") as file:
        return bytearray(file.read())


def _write(path, data):
    with open(path, "wb") as file:
        file.write(data)


class Damage:
    """Draws and does one damage to the copy of a ledger in `folder`. `lost_from`: what came last may be gone from there on."""

    def __init__(self, seed, ledger, folder, directed=None):
        """`directed`: one of DIRECTED instead of a drawn one."""
        self.random = random.Random(seed)
        self.ledger, self.folder = ledger, folder
        self.lost_from = None  # the last frames of all were hit: from this seq on nothing may be there
        kinds = [(12, self._page), (4, self._frame), (2, self._segment_header), (1, self._anywhere), (2, self._cut),
                 (1, self._swap), (2, self._stale), (2, self._foreign), (2, self._newer), (1, self._missing), (1, self._behind), (5, self._keys)]
        if directed is not None:
            self.text = getattr(self, directed)()
            return
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

    def _key_files(self):
        return [os.path.join(self.folder, "keys", name) for name in ("data.mdb", "secrets")]

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

    # -- keys -------------------------------------------------------------------------------------------------------

    def _keys(self):
        """One of all that is done to the others, done to a file of the keys. (Without any of them it is a copy without keys, which may be.)"""
        path = self.random.choice(self._key_files())
        size = os.path.getsize(path)
        kind = self.random.choice(("hurt", "hurt", "hurt", "page", "page", "cut", "missing", "foreign", "stale", "swapped"))
        if kind == "page":
            path = self._key_files()[0]
            kinds = Pages(_read(path)).of_kind()
            used = self.random.choice(sorted(kinds))
            number = self.random.choice(kinds[used])
            return "%s page %d (%s)" % (self._hurt(path, number * PAGE, number * PAGE + self.random.choice((16, 200, PAGE))), number, used)
        if kind == "hurt":
            return self._hurt(path, 0, size)
        if kind == "cut":
            to = self.random.choice((0, 1, 128, size - 1, self.random.randrange(size)))
            os.truncate(path, to)
            return "%s: cut to %d of %d bytes" % (self._name(path), to, size)
        if kind == "missing":
            os.remove(path)
            return "%s: missing" % self._name(path)
        if kind == "foreign":
            _write(path, self.random.randbytes(self.random.choice((10, 5000, 100000))))
            return "%s: random bytes" % self._name(path)
        if kind == "stale":
            return self._older_keys(self.random.choice((["data.mdb"], ["secrets"], ["data.mdb", "secrets"])))
        other = self._key_files()[0] if path.endswith("secrets") else os.path.join(self.folder, "data.mdb")
        data = _read(path)
        _write(path, _read(other))
        _write(other, data)
        return "%s and %s: swapped" % (self._name(path), self._name(other))

    def _older_keys(self, names):
        for name in names:
            shutil.copyfile(os.path.join(self.ledger.stale, "keys", name), os.path.join(self.folder, "keys", name))
        return "keys/%s: the older copy" % " and ".join(names)

    # -- aimed at what one check alone tells ------------------------------------------------------------------------

    def _each_value(self, path, is_meant, change):
        """Does `change` to (all bytes, where a value begins, its length) for each entry in the leaves that are meant; how many."""
        data = _read(path)
        pages, count = Pages(data), 0
        for number, kind in pages.kinds.items():
            if kind.endswith(" leaf") and is_meant(kind[:-len(" leaf")]):
                for node, value, length in list(pages.entries(number)):
                    change(data, node, value, length)
                    count += 1
        _write(path, data)
        return count

    def _values(self, is_meant, what):
        """A bit of each of them: whatever a question reads is hit."""
        def flip(data, _node, value, length):
            data[value + self.random.randrange(length)] ^= 1 << self.random.randrange(8)
        return "data.mdb: a bit flipped in each of %d %s" % (self._each_value(os.path.join(self.folder, "data.mdb"), is_meant, flip), what)

    def values(self):
        return self._values(lambda name: name.startswith("state/"), "values of the state")

    def rows(self):
        return self._values(lambda name: name in ("state/day_sums", "state/person_months"), "rows of sums")

    def groups(self):
        """The last bytes before the seal: what is packed there can still be unpacked."""
        def flip(data, _node, value, length):
            data[value + length - 5] ^= 1
        count = self._each_value(os.path.join(self.folder, "data.mdb"), lambda name: name in ("state/facts", "state/postings", "state/ids"), flip)
        return "data.mdb: a bit flipped in each of %d groups" % count

    def records(self):
        """A bit in the second half of each of the first records, which is what the client said. The last ones are hashed at each start."""
        def flip(data, node, value, length):
            if int.from_bytes(data[node + 8:value], "big") <= FIRST_RECORDS:
                data[value + self.random.randrange(length // 2, length)] ^= 1
        path = os.path.join(self.folder, "data.mdb")
        self._each_value(path, lambda name: name == "log", flip)
        return "data.mdb: a bit flipped in each of the first %d records" % FIRST_RECORDS

    def _each_leaf(self, path, table, change):
        data = _read(path)
        for number in Pages(data).of_kind()[table + " leaf"]:
            change(data, number * PAGE)
        _write(path, data)

    def lost_entries(self):
        """The rest of the page is as it was: what is asked for is merely not there."""
        def lose(data, at):
            struct.pack_into("<H", data, at + 12, struct.unpack_from("<H", data, at + 12)[0] - 2)
        self._each_leaf(os.path.join(self.folder, "data.mdb"), "state/day_sums", lose)
        return "data.mdb: the last entry of each leaf of day_sums is gone"

    def key_rows_elsewhere(self):
        """LMDB follows it, to behind the end of the file."""
        def point(data, at):
            for index in range((struct.unpack_from("<H", data, at + 12)[0] - 16) // 2):
                struct.pack_into("<H", data, at + 16 + 2 * index, 0xfff0)
        self._each_leaf(self._key_files()[0], "keys", point)
        return "keys/data.mdb: the rows are said to lie elsewhere"

    def erased_by_a_bit(self):
        """One bit says of each live key that it is no more."""
        def turn(data, _node, value, _length):
            data[value] &= 0xfe
        return "keys/data.mdb: all of %d keys said to be erased" % self._each_value(self._key_files()[0], lambda name: name == "keys", turn)

    def older_rows_of_keys(self):
        return self._older_keys(["data.mdb"])

    def older_keys(self):
        return self._older_keys(["data.mdb", "secrets"])

    def zeroed_secrets(self):
        path = self._key_files()[1]
        _write(path, bytes(os.path.getsize(path)))
        return "keys/secrets: zeros"

    def swapped_frames(self):
        """Two frames of one length, one behind the other, in each other's places; else two halves of a segment's frames are not."""
        for path, parts in self._used_before:
            for (one, middle), (other, end) in zip(parts, parts[1:]):
                if middle - one == end - other and end != self._used_before[-1][1][-1][1]:
                    data = _read(path)
                    data[one:end] = data[other:end] + data[one:middle]
                    _write(path, data)
                    return "%s: frames at %d and %d swapped" % (self._name(path), one, other)
        return self._behind()

    def _missing(self):
        path = self.random.choice(self._files() + [os.path.join(self.folder, "lock"), os.path.join(self.folder, "journal")])
        shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        return "%s: missing" % self._name(path)


# One of each in every run: what few of the drawn ones would hit.
DIRECTED = ("values", "rows", "groups", "records", "lost_entries", "key_rows_elsewhere", "erased_by_a_bit", "older_rows_of_keys", "older_keys",
            "zeroed_secrets", "swapped_frames")
