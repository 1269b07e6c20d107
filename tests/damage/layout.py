"""Where things lie in the files of a ledger: pages of data.mdb by what they are and to which table they belong, and the frames of a segment.
Read from the bytes, by a reader of the test's own."""
import struct

PAGE = 4096
SEGMENT_HEADER = 4096
NO_PAGE = (1 << 64) - 1


class Pages:
    """{number: "meta" | "free" | "TABLE branch|leaf|overflow"} of the newest snapshot."""

    def __init__(self, data):
        self.data = data
        self.kinds = {0: "meta", 1: "meta"}
        metas = [struct.unpack_from("<QQ", data, number * PAGE + 16 + 120) for number in (0, 1)]
        newer = max((0, 1), key=lambda number: metas[number][1])
        self.count = metas[newer][0] + 1
        at = newer * PAGE + 16 + 24
        self._tree("freelist", at, None)
        tables = {}
        self._tree("tables", at + 48, tables)
        for name, offset in tables.items():
            self._tree(name, offset, None)
        for number in range(self.count):
            self.kinds.setdefault(number, "free")

    def _tree(self, name, offset, found):
        root = struct.unpack_from("<Q", self.data, offset + 40)[0]
        waiting = [] if root == NO_PAGE else [root]
        while waiting:
            number = waiting.pop()
            at = number * PAGE
            flags, lower = struct.unpack_from("<HH", self.data, at + 10)
            is_branch = bool(flags & 1)
            self.kinds[number] = "%s %s" % (name, "branch" if is_branch else "leaf")
            for index in range((lower - 16) // 2):
                node = at + struct.unpack_from("<H", self.data, at + 16 + 2 * index)[0]
                low, high, node_flags, key_len = struct.unpack_from("<HHHH", self.data, node)
                data = node + 8 + key_len
                if is_branch:
                    waiting.append(low | high << 16 | node_flags << 32)
                elif node_flags & 1:
                    first = struct.unpack_from("<Q", self.data, data)[0]
                    for more in range((15 + (low | high << 16)) // PAGE + 1):
                        self.kinds[first + more] = name + " overflow"
                elif found is not None:
                    found[self.data[node + 8:data].decode()] = data

    def entries(self, number):
        """Of a leaf: (offset of the node, of its value, length of that), of those whose values lie in it."""
        at = number * PAGE
        lower = struct.unpack_from("<H", self.data, at + 12)[0]
        for index in range((lower - 16) // 2):
            node = at + struct.unpack_from("<H", self.data, at + 16 + 2 * index)[0]
            low, high, node_flags, key_len = struct.unpack_from("<HHHH", self.data, node)
            if node_flags == 0:
                yield node, node + 8 + key_len, low | high << 16

    def of_kind(self):
        """{kind: [page numbers]}"""
        kinds = {}
        for number in sorted(self.kinds):
            kinds.setdefault(self.kinds[number], []).append(number)
        return kinds


def frames(data):
    """[(offset, end)] of the frames of a segment, as their headers say; none of a free one."""
    found = []
    if data[:7] != b"SLJSEG1":
        return found
    generation = struct.unpack_from("<Q", data, 8)[0]
    offset = SEGMENT_HEADER
    while offset + 40 <= len(data) and data[offset:offset + 4] == b"SLJF":
        own, _first, _count, length = struct.unpack_from("<QQII", data, offset + 8)
        if own != generation:
            break
        end = offset + (40 + length + 7) // 8 * 8
        found.append((offset, end))
        offset = end
    return found


def generation(data):
    return struct.unpack_from("<Q", data, 8)[0] if data[:7] == b"SLJSEG1" else 0
