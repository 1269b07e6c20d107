#!/usr/bin/env python3
"""What the daemon asks of the kernel in its life, traced: only what the unit's filter allows, and writing only where it may.

    test_syscalls.py UNIT"""
import contextlib
import os
import re
import subprocess
import sys
import time
import unittest

import harness

UNIT = ""
CALL = re.compile(r"^\d+ +(?:(\w+)\(|<\.\.\. (\w+) resumed>)")
WRITES = re.compile(r"O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)")
CHANGES = {"mkdir", "mkdirat", "rmdir", "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat", "symlink", "symlinkat", "truncate",
           "chmod", "fchmodat", "chown", "lchown", "fchownat", "mknod", "mknodat", "bind", "creat", "utimensat", "setxattr", "removexattr"}
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
NOTE = {"effectiveDate": "2025-03-01", "note": {"subject": "ann", "subjectKind": "PERSON", "kind": "FEEDBACK", "lines": ["x" * 4000] * 12}}
SALE = {"effectiveDate": "2025-03-01", "close": {"deal": "d", "kind": "WON", "currency": "USD", "lines": [{"amountMinor": "100"}],
                                                 "credits": [{"person": "ann", "sharePpm": "1000000"}]}}


def calls_of(name):
    """The system calls of one of systemd's sets, and of the sets in it."""
    result = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", name], capture_output=True, text=True, check=True,
                            timeout=harness.DEADLINE_S)
    words = [line.strip() for line in result.stdout.splitlines()[1:]]
    found = set()
    for word in words:
        if word.startswith("@"):
            found |= calls_of(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return found


def allowed_by(unit):
    allowed = set()
    with open(unit, encoding="utf-8") as file:
        for line in file:
            if line.startswith("SystemCallFilter="):
                value = line.split("=", 1)[1].strip()
                if value.startswith("~"):
                    raise ValueError("this reads lists of what is allowed only: " + line)
                for word in value.split():
                    allowed |= calls_of(word) if word.startswith("@") else {word}
    return allowed


def can_trace():
    result = subprocess.run(["strace", "-f", "-o", os.devnull, "true"], capture_output=True, text=True, timeout=harness.DEADLINE_S, check=False)
    return result.returncode == 0, result.stderr.strip()


class Life(unittest.TestCase):
    def setUp(self):
        is_possible, why = can_trace()
        if not is_possible:
            self.skipTest("programs cannot be traced here: " + why)
        self.daemon = harness.Daemon()
        self.addCleanup(self.daemon.remove)
        self.trace = os.path.join(self.daemon.home, "trace")
        # -D: the program is our child, and strace ends, with its hold of standard error, after it.
        wrapper = os.path.join(self.daemon.home, "traced")
        with open(wrapper, "w", encoding="utf-8") as file:
            # Its memory, where paths lie, is for root only without --core-dumps, and not for every root.
            file.write('#!/bin/sh\nexec strace -D -f -s 4096 -A -o "%s" "%s" "$@" --core-dumps\n' % (self.trace, harness.DAEMON))
        os.chmod(wrapper, 0o755)
        self.addCleanup(setattr, harness, "DAEMON", harness.DAEMON)
        harness.DAEMON = wrapper

    def live(self):
        """From the first start to the last look: what makes files, and what asks for memory, threads and sockets."""
        flags = ["--checkpoint-ms", "10", "--segment-bytes", "1M", "--allow-append", "*"]
        with contextlib.suppress(KeyError):
            import grp
            flags += ["--socket-group", grp.getgrgid(os.getgid()).gr_name]
        self.daemon.flags = flags
        self.daemon.start()
        client = self.daemon.client()
        end = time.monotonic() + harness.DEADLINE_S
        written = 0
        while written < 100 or client.status().checkpoints < 5:
            self.assertLess(time.monotonic(), end, "no checkpoint comes")
            client.record(SALE if written == 0 else NOTE)
            written += 1
        client.rank(measure="contact.count", period="2025")
        client.statement("ann", "2025")
        feed = self.daemon.client()
        feed.send("subscribe", {"from": 1})
        self.assertTrue(feed.receive().HasField("seq"))
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log())
        self.daemon.start()
        self.daemon.client().record(NOTE)
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.daemon.client().status().head, written + 1)
        self.daemon.stop()
        for verb in ("rebuild", "check"):
            result = self.daemon.offline(verb)
            self.assertEqual(result.returncode, 0, result.stderr)

    def lines(self):
        with open(self.trace, encoding="utf-8", errors="replace") as file:
            return file.readlines()

    def changed(self, lines):
        """{path: line} of what was made, opened to be written, or changed by name."""
        found = {}
        for line in lines:
            match = CALL.match(line)
            call = match[1] if match else None
            if call in CHANGES or (call in ("open", "openat", "openat2") and WRITES.search(line)):
                for path in TEXT.findall(line):
                    found[path] = line
        return found

    def test_it_asks_for_what_the_filter_allows_and_writes_where_it_may(self):
        self.live()
        lines = self.lines()
        matches = [CALL.match(line) for line in lines]
        used = {match[1] or match[2] for match in matches if match}
        for certain in ("execve", "pwritev", "fdatasync", "accept4", "getsockopt", "clone3" if "clone3" in used else "clone"):
            self.assertIn(certain, used)
        self.assertEqual(used - allowed_by(UNIT), set())
        changed = self.changed(lines)
        segments = [path for path in changed if path.endswith(".seg")]
        self.assertGreater(len(segments), 2, changed.keys())
        may = (self.daemon.socket, self.daemon.socket + ".new")
        for path, line in changed.items():
            self.assertTrue(path == self.daemon.dir or path.startswith(self.daemon.dir + "/") or path in may, line)
        self.assertIn(self.daemon.socket, changed)


if __name__ == "__main__":
    UNIT = sys.argv.pop(1)
    harness.run()
