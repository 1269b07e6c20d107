#!/usr/bin/env python3
"""The daemon under a service manager: what the unit forbids is scored by systemd itself, and the manager is told when clients can come.

    test_systemd.py UNIT"""
import os
import socket
import subprocess
import sys
import unittest

import harness

SCORE_MAX = 20  # tenths, times ten: 2.0
UNIT = ""


class Unit(unittest.TestCase):
    def test_systemd_finds_it_well_protected(self):
        result = subprocess.run(["systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=%d" % SCORE_MAX, UNIT],
                                capture_output=True, text=True, timeout=harness.DEADLINE_S, check=False)
        self.assertIn("Overall exposure level", result.stdout, result.stderr)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_systemd_understands_every_line(self):
        result = subprocess.run(["systemd-analyze", "security", "--no-pager", "--offline=true", UNIT], capture_output=True, text=True,
                                timeout=harness.DEADLINE_S, check=False)
        self.assertEqual(result.stderr, "")


class Manager(unittest.TestCase):
    def setUp(self):
        self.daemon = harness.Daemon()
        self.addCleanup(self.daemon.remove)
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.settimeout(harness.DEADLINE_S)
        self.addCleanup(self.manager.close)
        self.addCleanup(os.environ.pop, "NOTIFY_SOCKET", None)

    def listen(self, address, name):
        self.manager.bind(address)
        os.environ["NOTIFY_SOCKET"] = name

    def conversation(self):
        self.daemon.start()
        self.assertEqual(self.manager.recv(100), b"READY=1")
        self.assertEqual(self.daemon.client().status().head, 0)  # and so it is
        self.daemon.stop()
        self.assertEqual(self.manager.recv(100), b"STOPPING=1")

    def test_the_manager_hears_of_the_start_and_of_the_end(self):
        path = os.path.join(self.daemon.home, "notify")
        self.listen(path, path)
        self.conversation()

    def test_its_socket_may_have_no_file(self):
        name = os.path.basename(self.daemon.home) + "-notify"
        self.listen("\0" + name, "@" + name)
        self.conversation()

    def test_a_manager_that_cannot_be_told_is_logged_and_no_reason_to_end(self):
        for name in (os.path.join(self.daemon.home, "missing"), "no path", "/" + 200 * "x"):
            os.environ["NOTIFY_SOCKET"] = name
            self.daemon.start()
            self.assertEqual(self.daemon.client().status().head, 0)
            self.daemon.stop()
            self.assertIn("<4>event=notify_failed why=", self.daemon.log())


if __name__ == "__main__":
    UNIT = sys.argv.pop(1)
    harness.run()
