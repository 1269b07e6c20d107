"""One run of the daemon, recorded: what it did to its disk and what it told its clients."""
import contextlib
import os
import struct

from client import api_pb2

ZEROS = memoryview(bytes(65536))


class Acknowledged:
    """What clients have been told so far."""

    def __init__(self, carried):
        """`carried`: {tag: ids of that append}, for the refusal of the whole."""
        self.carried = carried
        self.known = {}       # id -> seq
        self.refused = set()  # ids
        self.roots = {}       # size of the tree -> its root
        self.erased = set()   # customers
        self._sending = {}    # client -> what is being sent
        self._received = {}   # client -> bytes that are no whole frame yet

    def apply(self, kind, handle, position, data):
        if kind == "A":
            self._sending[handle] = data
        elif kind == "a":
            received = self._received.setdefault(handle, bytearray())
            received += self._sending.pop(handle)[:position]
            while len(received) >= 4 and len(received) >= 4 + struct.unpack_from("<I", received)[0]:
                size = struct.unpack_from("<I", received)[0]
                self._take(api_pb2.Reply.FromString(bytes(received[4:4 + size])))
                del received[:4 + size]

    def _take(self, reply):
        if reply.HasField("error"):
            self.refused.update(self.carried.get(reply.tag, ()))
        for receipt in reply.append.receipts:
            if receipt.HasField("error"):
                self.refused.add(receipt.id)
            else:
                self.known[receipt.id] = receipt.seq
        self.refused -= self.known.keys()  # sent again, one of the two has counted
        if reply.HasField("erase"):
            self.erased.add(reply.erase.customer)
        if reply.HasField("status"):
            self.roots[reply.status.tree_size] = reply.status.tree_root


@contextlib.contextmanager
def recording(recorder, record, root):
    """Programs started here have what they do below `root` recorded."""
    more = {"LD_PRELOAD": recorder, "SL_POWER_RECORD": record, "SL_POWER_DIR": root}
    os.environ.update(more)
    try:
        yield
    finally:
        for name in more:
            del os.environ[name]


def files_below(root):
    """{name: bytes, None for a folder}"""
    found = {}
    for above, folders, names in os.walk(root):
        for name in folders:
            found[os.path.relpath(os.path.join(above, name), root)] = None
        for name in names:
            path = os.path.join(above, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, root)] = file.read()
    return found


def write_files(root, files):
    """Long runs of zeros become holes: a journal is mostly empty."""
    os.makedirs(root)
    for name in sorted(files):
        path = os.path.join(root, name)
        if files[name] is None:
            os.mkdir(path)
            continue
        with open(path, "wb") as file:
            content = memoryview(files[name])
            for at in range(0, len(content), 65536):
                part = content[at:at + 65536]
                if part != ZEROS[:len(part)]:
                    file.seek(at)
                    file.write(part)
            file.truncate(len(content))
