#!/usr/bin/env python3
"""Limits where sockets matter: connections, floods of them, file descriptors, and who keeps the daemon waiting."""
import os
import pwd
import re
import resource
import socket
import struct
import subprocess
import sys
import unittest

import harness
from client import Client, Closed

REFUSED = re.compile(r"event=connections_refused count=(\d+) err=(\w+)")


def refused(log):
    """(lines, connections) of the summary."""
    found = REFUSED.findall(log)
    return len(found), sum(int(count) for count, _ in found)


class Limits(unittest.TestCase):
    def start(self, *flags, **options):
        daemon = harness.Daemon(flags=flags, **options)
        self.addCleanup(daemon.remove)
        return daemon.start()

    def last_words(self, client):
        """The error of the last frame before the end."""
        reply = client.receive()
        self.assertFalse(reply.HasField("tag"))
        with self.assertRaises((Closed, ConnectionResetError)):
            client.receive()
        return reply.error

    def test_a_user_has_so_many_connections(self):
        daemon = self.start("--connections-per-user", "3")
        clients = [daemon.client() for _ in range(3)]
        for client in clients:
            client.status()
        error = self.last_words(daemon.client())
        self.assertEqual((error.name, error.may_retry), ("TOO_MANY", True))
        self.assertIn("at most 3 connections of one user", error.message)
        self.assertEqual(clients[0].status().sessions, 3)

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_the_last_connections_are_the_operators(self):
        daemon = self.start("--connections", "128", "--connections-per-user", "128")
        os.chmod(daemon.home, 0o755)
        os.chmod(daemon.socket, 0o666)
        nobody = pwd.getpwnam("nobody").pw_uid
        program = ("import os, socket, sys\nos.setuid(%d)\nopened = []\n"
                   "for _ in range(128):\n s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); opened.append(s)\n"
                   "print('ready', flush=True)\nsys.stdin.read()\n" % nobody)
        other = subprocess.Popen([sys.executable, "-c", program, daemon.socket], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(other.stdout.close)
        self.addCleanup(other.wait)
        self.addCleanup(other.stdin.close)
        self.assertEqual(other.stdout.readline(), "ready\n")
        self.assertEqual(daemon.client().status().sessions, 127)

    def test_a_flood_of_connections_disturbs_nobody_and_is_told_in_few_lines(self):
        flood = 300
        daemon = self.start("--connections-per-user", "5")
        client = daemon.client()
        client.status()
        others = [daemon.client() for _ in range(4)]
        for other in others:
            other.status()
        sockets = [Client(daemon.socket) for _ in range(flood)]
        self.assertEqual(client.status().sessions, 5)
        for bad in sockets:
            self.assertEqual(self.last_words(bad).name, "TOO_MANY")
            bad.close()
        daemon.stop()
        lines, connections = refused(daemon.log())
        self.assertLess(lines, flood / 4)
        self.assertGreater(connections, 0)

    def start_with_files(self, files, *flags):
        """With so few descriptors at most."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
        try:
            return self.start(*flags)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_the_daemon_raises_its_files_to_what_its_connections_need(self):
        daemon = self.start_with_files(100, "--connections", "200", "--connections-per-user", "200")
        clients = [daemon.client() for _ in range(150)]
        self.assertEqual(clients[-1].status().sessions, 150)
        self.assertNotIn("connections_lowered", daemon.log())

    def test_with_too_few_files_there_are_fewer_connections(self):
        home = harness.Daemon()
        self.addCleanup(home.remove)
        wrapper = os.path.join(home.home, "daemon")
        with open(wrapper, "w", encoding="utf-8") as file:
            file.write("#!%s\nimport os, resource, sys\nresource.setrlimit(resource.RLIMIT_NOFILE, (84, 84))\n"
                       "os.execv(%r, [%r] + sys.argv[1:])\n" % (sys.executable, harness.DAEMON, harness.DAEMON))
        os.chmod(wrapper, 0o755)
        original, harness.DAEMON = harness.DAEMON, wrapper
        try:
            daemon = self.start("--connections-per-user", "4096")
        finally:
            harness.DAEMON = original
        self.assertIn("event=connections_lowered to=20 from=4096", daemon.log())
        clients = [daemon.client() for _ in range(20)]
        self.assertEqual(clients[-1].status().sessions, 20)
        self.assertEqual(self.last_words(daemon.client()).name, "TOO_MANY")
        self.assertEqual(clients[0].status().sessions, 20)

    def test_who_is_idle_is_told_so_and_can_connect_anew(self):
        daemon = self.start("--idle-s", "2")
        silent, spoken = daemon.client(), daemon.client()
        spoken.status()
        subscriber = daemon.client()
        tag = subscriber.send("subscribe", {"from": "1"})
        subscriber.reply(tag)
        for client in (silent, spoken):
            self.assertEqual(self.last_words(client).name, "TIMED_OUT")
        with daemon.client() as writer:
            seq = writer.record({"contact": {"kind": "CALL", "customer": "ACME", "person": "ann"}})[0]
        self.assertEqual([event.seq for event in subscriber.reply(tag).events.events], [seq])

    def test_the_command_line_tool_takes_an_idle_end_for_granted(self):
        daemon = self.start("--idle-s", "2")
        self.assertEqual(daemon.cli("status").returncode, 0)

    def test_half_a_request_is_refused_in_the_end(self):
        daemon = self.start("--frame-s", "1")
        client = daemon.client()
        client.socket.sendall(struct.pack("<I", 1000) + b"x")
        self.assertEqual(self.last_words(client).name, "TIMED_OUT")

    def test_who_takes_no_answers_is_let_go(self):
        daemon = self.start("--reader-s", "1")
        writer, deaf = daemon.client(), daemon.client()
        for _ in range(10):  # more than the socket and the daemon's copy hold
            writer.record(*[{"contact": {"kind": "CALL", "customer": "C" * 60, "person": "p" * 60}} for _ in range(1000)])
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.send("subscribe", {"from": "1"})
        while writer.status().sessions > 1:  # nobody waits for a time, but for what the daemon says
            pass
        self.assertEqual(writer.status().subscriptions, 0)


if __name__ == "__main__":
    harness.run()
