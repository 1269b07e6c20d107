"""A disk as a power cut leaves it: what of a record (recorder.c) is durable at some point of it, and what is not yet.

    names      durable ones, and changes of a folder that was not flushed since
    contents   durable bytes, and writes and lengths of a file that was not flushed since

A cut keeps what is durable. Of the rest it keeps a drawn part: of each folder's changes any first few, since a file system keeps them in
order, or any at all; of each write any of its 512-byte sectors, in any order with other writes."""
import fnmatch
import posixpath
import struct

SECTOR = 512
HEADER = struct.Struct("<BBHIQQ")


class Broken(Exception):
    """The record is not what a disk can be told from."""


def read_record(path):
    """(kind, handle, position, name, data) of each call; data of zeros as their number."""
    with open(path, "rb") as file:
        while True:
            head = file.read(HEADER.size)
            if len(head) < HEADER.size:
                return  # killed amid the last one
            kind, flags, name_len, handle, position, data_len = HEADER.unpack(head)
            name = file.read(name_len).decode()
            data = bytes(data_len) if flags & 1 else file.read(data_len)
            if len(name) < name_len or len(data) < data_len:
                return
            yield chr(kind), handle, position, plain(name), data


def plain(name):
    """Below the recorded folder, which itself is ""."""
    name = posixpath.normpath(name)
    return "" if name == "." else name


class Changes:
    """What was done and is not sure to be on disk; each has a number for ever."""

    def __init__(self):
        self.items = []
        self.first = 0  # number of the first item

    def end(self):
        return self.first + len(self.items)

    def take(self, end):
        """Those before number `end`, which are no longer here."""
        count = max(end - self.first, 0)
        taken = self.items[:count]
        del self.items[:count]
        self.first += len(taken)
        return taken


class File:
    """`durable`: its bytes. `pending`: (position, bytes), or (length, None), in the order in which they were made."""

    def __init__(self, content=b""):
        self.durable = bytearray(content)
        self.pending = Changes()
        self.writing = 0  # calls under way

    def whole(self):
        """As the running system sees it."""
        content = bytearray(self.durable)
        for position, data in self.pending.items:
            put(content, position, data)
        return content

    def keep(self, end):
        for position, data in self.pending.take(end):
            put(self.durable, position, data)

    def keep_itself(self, position, data):
        """A write that is flushed by itself, and nothing else with it."""
        self.pending.items.remove((position, data))
        for other, older in self.pending.items:
            if older is None or other < position + len(data) and position < other + len(older):
                raise Broken("a write over one that is not flushed")
        put(self.durable, position, data)

    def cut(self, random):
        """What a power cut leaves of it."""
        content = bytearray(self.durable)
        share = random.choice((0.0, 0.02, 0.5, 0.98, 1.0))
        kept = [piece for piece in self.pieces() if random.random() < share]
        if random.random() < 0.5:
            random.shuffle(kept)
        for position, data in kept:
            put(content, position, data)
        return content

    def pieces(self):
        """What may reach the disk alone: lengths, and of each write what lies in one sector."""
        for position, data in self.pending.items:
            if data is None:
                yield position, None
                continue
            at = 0
            while at < len(data):
                step = SECTOR - (position + at) % SECTOR
                yield position + at, data[at:at + step]
                at += step


def put(content, position, data):
    if data is None:
        if position < len(content):
            del content[position:]
        else:
            content.extend(bytes(position - len(content)))
        return
    if position > len(content):
        content.extend(bytes(position - len(content)))
    content[position:position + len(data)] = data


class Disk:
    """`names`: what the running system sees. `durable`: what is sure to be found. Both: name -> File, or None for a folder."""

    def __init__(self, found=(), deaf=None):
        """`found`: {name: bytes, None for a folder}, all of it durable. Flushes of what the pattern `deaf` names do nothing: a drive that
        lies, or a daemon that has forgotten them."""
        self.deaf = deaf
        self.names = {name: None if content is None else File(content) for name, content in dict(found).items()}
        self.names[""] = None
        self.durable = dict(self.names)
        self.changes = {}  # folder -> Changes of (name, File, or None for a folder, or False for gone)
        self.opened = {}   # handle -> (name, File or None, is_self_flushing)
        self.writing = {}  # handle -> what is being written
        self.covered = {}  # handle -> number up to which its flush under way reaches

    def _change(self, name, file):
        if file is False:
            self.names.pop(name, None)
        else:
            self.names[name] = file
        self.changes.setdefault(posixpath.dirname(name), Changes()).items.append((name, file))

    def apply(self, kind, handle, position, name, data):
        """One call of the record."""
        if kind == "O":
            if position & 1:
                self._change(name, File())
            if name not in self.names:
                raise Broken("opened and unknown: %s" % name)
            self.opened[handle] = (name, self.names[name], bool(position & 2))
        elif kind == "W":
            file = self.opened[handle][1]
            file.writing += 1
            self.writing[handle] = (position, data)
            file.pending.items.append((position, data))
        elif kind == "w":
            self._written(handle, position)
        elif kind == "T":
            self.opened[handle][1].pending.items.append((position, None))
        elif kind == "F":
            name, file, _ = self.opened[handle]
            if file is not None and file.writing:
                raise Broken("written to and flushed at once: %s" % name)
            self.covered[handle] = (self.changes.setdefault(name, Changes()) if file is None else file.pending).end()
        elif kind == "f":
            self._flushed(handle)
        elif kind == "M":
            self._change(name, None)
        elif kind == "U":
            self.changes.pop(name, None)  # of a folder, which is empty by now
            self._change(name, False)
        elif kind == "R":
            file = self.names[name]
            self._change(name, False)
            self._change(plain(data.decode()), file)
        elif kind not in "Aa" and not self._is_lock_mapped(name, handle):
            raise Broken("not understood: %s %s" % (kind, name))

    def _is_deaf(self, handle):
        return self.deaf is not None and fnmatch.fnmatchcase(self.opened[handle][0], self.deaf)

    def _is_lock_mapped(self, call, handle):
        """LMDB's table of readers, which is made anew by whoever opens it first."""
        return call == "mmap" and self.opened[handle][0].endswith("lock.mdb")

    def _written(self, handle, taken):
        file, is_self_flushing = self.opened[handle][1:]
        position, data = self.writing.pop(handle)
        file.writing -= 1
        if taken != len(data):
            raise Broken("a short write")
        if is_self_flushing and not self._is_deaf(handle):
            file.keep_itself(position, data)

    def _flushed(self, handle):
        name, file, _ = self.opened[handle]
        end = self.covered.pop(handle)
        if self._is_deaf(handle):
            return
        if file is not None:
            file.keep(end)
            return
        for changed, to in self.changes[name].take(end):
            enter(self.durable, changed, to)

    def cut(self, random):
        """{name: bytes, None for a folder} after a power cut now."""
        names = dict(self.durable)
        for changes in self.changes.values():
            count = random.choice((0, len(changes.items), random.randint(0, len(changes.items))))
            for name, file in changes.items[:count]:
                enter(names, name, file)
        return {name: None if file is None else file.cut(random) for name, file in names.items()
                if all(above in names for above in folders(name))}

    def now(self):
        """The same without a power cut."""
        return {name: None if file is None else file.whole() for name, file in self.names.items()}


def enter(names, name, file):
    if file is not False:
        names[name] = file
    elif names.pop(name, None) is None:  # a folder: another of its name begins empty
        for below in [other for other in names if other.startswith(name + "/")]:
            del names[below]


def folders(name):
    """Those above it, but for the uppermost."""
    above = posixpath.dirname(name)
    while above:
        yield above
        above = posixpath.dirname(above)
