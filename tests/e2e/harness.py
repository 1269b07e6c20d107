"""Starts and stops daemons for tests: temporary folder, own socket, readiness from the daemon's own `ready` line.

    SALESLEDGERD, SALESLEDGER    the programs under test (default: the dev build)
    SL_KEEP=1                    keep the temporary folders
"""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "reference"))

from client import Client  # noqa: E402

DAEMON = os.environ.get("SALESLEDGERD", os.path.join(ROOT, "build", "dev", "daemon", "salesledgerd"))
CLI = os.environ.get("SALESLEDGER", os.path.join(ROOT, "build", "dev", "tools", "cli", "salesledger"))
DEADLINE_S = 120


def error_codes():
    """{name: (number, may retry)} as proto/sl/err.h lists them."""
    with open(os.path.join(ROOT, "proto", "sl", "err.h"), encoding="utf-8") as file:
        found = re.findall(r"X\((\w+), (\d+), (true|false), ", file.read())
    return {name: (int(number), retry == "true") for name, number, retry in found}


class Failed(Exception):
    """The daemon ended instead of getting ready; `status` and `log` say why."""

    def __init__(self, status, log):
        super().__init__("daemon ended with %s:\n%s" % (status, log))
        self.status, self.log = status, log


class Daemon:
    """One ledger folder and the daemon on it."""

    def __init__(self, policy="open", timezone="Europe/Berlin", currency="USD", folder=None, flags=()):
        self.home = tempfile.mkdtemp(prefix="sl-")
        self.dir = folder or os.path.join(self.home, "ledger")
        self.socket = os.path.join(self.home, "s")
        self.flags = list(flags)  # of every run
        self.genesis = ["--create", "--timezone", timezone, "--currency", currency, "--policy", policy]
        self.process = None
        self.lines = []
        self.clients = []

    def start(self, extra=()):
        """Runs until the daemon says it is ready. Raises Failed."""
        is_new = not os.path.exists(self.dir)
        command = [DAEMON, "run", "--dir", self.dir, "--socket", self.socket] + (self.genesis if is_new else []) + self.flags + list(extra)
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
        self.lines = []
        self.ready = threading.Event()
        self.reader = threading.Thread(target=self._read, args=(self.process.stderr, self.lines, self.ready), daemon=True)
        self.reader.start()
        if not self.ready.wait(DEADLINE_S):
            self.kill()
            raise Failed("no ready line in time", "".join(self.lines))
        if not any(_is_ready(line) for line in self.lines):
            status = self.process.wait(DEADLINE_S)
            raise Failed(status, "".join(self.lines))
        return self

    @staticmethod
    def _read(stream, lines, ready):
        for line in stream:
            lines.append(line)
            if _is_ready(line):
                ready.set()
        ready.set()  # the end: nothing more will come
        stream.close()

    def pause(self):
        """Stands still, and what is sent lies in its sockets, until go_on()."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def log(self):
        return "".join(self.lines)

    def client(self, **options):
        client = Client(self.socket, **options)
        self.clients.append(client)
        return client

    def _close_clients(self):
        for client in self.clients:
            client.close()
        self.clients = []

    def stop(self):
        """SIGTERM and wait; the exit status."""
        self._close_clients()
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        return self._wait()

    def kill(self):
        """SIGKILL; clients stay open, so that what was sent before can still be read."""
        self.process.send_signal(signal.SIGKILL)
        return self._wait()

    def wait(self):
        """For a daemon that ends by itself; the exit status."""
        self._close_clients()
        return self._wait()

    def _wait(self):
        self.reader.join(DEADLINE_S)  # to the end of what it says: waiting for a process with a time limit is sleeping in between
        status = self.process.wait(DEADLINE_S)
        self.process = None
        return status

    def restart(self):
        self.stop()
        return self.start()

    def offline(self, verb, *more, deadline_s=DEADLINE_S * 5):
        """`salesledgerd check` or `rebuild` on the stopped ledger."""
        return subprocess.run([DAEMON, verb, "--dir", self.dir] + list(more), capture_output=True, text=True,
                              errors="replace", timeout=deadline_s)

    def cli(self, *arguments, stdin=None):
        """One run of the command line tool."""
        environment = dict(os.environ, SALESLEDGER_SOCKET=self.socket)
        return subprocess.run([CLI] + list(arguments), capture_output=True, text=True, errors="replace", input=stdin or "",
                              timeout=DEADLINE_S * 5, env=environment)

    def remove(self):
        if self.process is not None:
            self._close_clients()
            self.kill()
        self._close_clients()
        if not os.environ.get("SL_KEEP"):
            shutil.rmtree(self.home, ignore_errors=True)


def _is_ready(line):
    return re.search(r"\bready\b", line) is not None and "socket=" in line


@contextlib.contextmanager
def daemon(**options):
    """A running daemon on a new ledger, gone at the end."""
    instance = Daemon(**options)
    try:
        yield instance.start()
    finally:
        instance.remove()


class LedgerTest(unittest.TestCase):
    """One daemon per class; each test uses deals of its own."""

    policy = "open"

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(policy=cls.policy).start()
        cls.addClassCleanup(cls.daemon.remove)

    def setUp(self):
        self.client = self.daemon.client()
        self.addCleanup(self.client.close)
        self.deal = self.id().rsplit(".", 1)[1][-50:]

    def head(self):
        return self.client.status().head


def run():
    """Runs the calling script's tests and closes with the counted line."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    failed = len(result.failures) + len(result.errors)
    print("%d passed, %d failed" % (result.testsRun - failed - len(result.skipped), failed), flush=True)
    sys.exit(1 if failed or not result.testsRun else 0)
