#!/usr/bin/env python3
"""Who may do what, and what the daemon may do: users, groups, modes, owners. As root, who can be anybody."""
import contextlib
import grp
import json
import os
import pwd
import resource
import shutil
import signal
import subprocess
import traceback
import unittest

import client
import harness

EVENT = {"define": {"person": {"person": "SECRET-PERSON"}}}
STRANGER = 54321  # nobody has this number


def uid(name):
    return pwd.getpwnam(name).pw_uid


def gid(name):
    return grp.getgrnam(name).gr_gid


def as_user(user, groups, action):
    """What `action` gives, done by a child process that is that user for good; JSON goes between."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups[1:])
            os.setgid(groups[0])
            os.setuid(user)
            os.write(writer, json.dumps(action()).encode())
        except BaseException:  # which must not go on as a second run of the tests
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)


def status_of(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


@unittest.skipIf(os.geteuid() != 0, "only root can be other users")
class AccessTest(unittest.TestCase):
    def setUp(self):
        self.daemon = harness.Daemon()
        self.addCleanup(self.daemon.remove)
        os.chmod(self.daemon.home, 0o755)
        if not as_user(STRANGER, [STRANGER], lambda: os.access(self.daemon.home, os.X_OK)):
            self.skipTest("others cannot enter %s: choose another TMPDIR" % self.daemon.home)


class Rights(AccessTest):
    def outcome(self, user, groups, *requests):
        """For each request what came of it; "kept out" if there is no connection."""
        def one(connection, request):
            try:
                if request == "status":
                    return connection.status().actor
                if request == "append":
                    connection.record(EVENT)
                else:
                    connection.rank(measure="contact.count", period="2025")
                return "done"
            except client.Refused as refused:
                return "%s %s %s" % (refused.error.name, refused.error.field, refused.error.message)

        def ask():
            try:
                connection = client.Client(self.daemon.socket)
            except PermissionError:
                return "kept out"
            with connection:
                return [one(connection, request) for request in requests]
        return as_user(user, groups, ask)

    def test_users_and_groups_have_the_rights_the_lists_give(self):
        self.daemon.flags = ["--socket-mode", "0666", "--allow-append", "@bin,!nobody", "--allow-read", "nobody,uid:%d" % STRANGER]
        self.daemon.start()
        no_append, no_read = ('DENIED  the right "%s" is missing' % right for right in ("append", "read"))
        asked = ("status", "append", "rank")
        self.assertEqual(self.outcome(uid("daemon"), [gid("daemon"), gid("bin")], *asked), ["daemon", "done", no_read])
        self.assertEqual(self.outcome(uid("daemon"), [gid("bin")], *asked), ["daemon", "done", no_read])
        self.assertEqual(self.outcome(uid("daemon"), [gid("daemon")], *asked), ["daemon", no_append, no_read])
        self.assertEqual(self.outcome(uid("nobody"), [gid("bin")], *asked), ["nobody", no_append, "done"])
        self.assertEqual(self.outcome(STRANGER, [STRANGER], *asked), ["uid:%d" % STRANGER, no_append, "done"])
        many = list(range(100000, 103000))
        self.assertEqual(self.outcome(uid("daemon"), many + [gid("bin")], "append"), ["done"])
        self.assertEqual(self.daemon.client().status().head, 3)
        self.daemon.stop()
        log = self.daemon.log()
        self.assertEqual(log.count("<4>event=denied user=nobody right=append count=1\n"), 1, log)
        self.assertEqual(sum(int(line.split("count=")[1]) for line in log.splitlines() if "event=denied user=daemon right=read" in line), 3, log)
        self.assertNotIn("SECRET", log)

    def test_the_mode_and_group_of_the_socket_say_who_connects(self):
        insider, outsider = (STRANGER, [STRANGER, gid("bin")], "status"), (STRANGER, [STRANGER], "status")
        name = "uid:%d" % STRANGER
        for flags, inside, outside in ((["--socket-group", "bin"], [name], "kept out"), (["--socket-mode", "0600"], "kept out", "kept out"),
                                       (["--socket-mode", "0666"], [name], [name])):
            self.daemon.start(flags)
            self.assertEqual((flags, self.outcome(*insider), self.outcome(*outsider)), (flags, inside, outside))
            self.daemon.stop()
        with self.assertRaises(harness.Failed) as caught:
            self.daemon.start(["--socket-group", "bin", "--socket-mode", "0600"])
        self.assertIn("socket-group: bin may not connect with --socket-mode 0600", caught.exception.log)

    def test_wrong_lists_end_the_start_before_there_is_a_ledger(self):
        for flag, text, says in (("--allow-append", "no-such-user", 'must be a user there is, is "no-such-user"'), ("--allow-read", "bin,", "must name a user"),
                                 ("--allow-admin", "!bin", "allow nobody")):
            with self.assertRaises(harness.Failed) as caught:
                self.daemon.start([flag, text])
            self.assertEqual(caught.exception.status, 2)
            self.assertIn("%s: " % flag[2:], caught.exception.log)
            self.assertIn(says, caught.exception.log)
            self.assertFalse(os.path.exists(self.daemon.dir))


class Owners(AccessTest):
    def setUp(self):
        super().setUp()
        os.chown(self.daemon.home, uid("nobody"), gid("nogroup"))
        self.program = os.path.join(self.daemon.home, "salesledgerd")  # where others can run it
        shutil.copy(harness.DAEMON, self.program)

    def line_of(self, *command, user=0):
        """A command that must fail, started by this user, and the one line it leaves."""
        result = subprocess.run([self.program] + list(command), capture_output=True, text=True, timeout=harness.DEADLINE_S, user=user, group=user,
                                extra_groups=[], cwd="/", check=False)
        self.assertGreater(result.returncode, 0, result.stderr)
        lines = [line for line in result.stderr.splitlines() if not line.startswith("<")]
        self.assertEqual(len(lines), 1, result.stderr)
        return lines[0]

    def start_as_nobody(self, *flags):
        self.daemon.start(["--user", "nobody"] + list(flags))
        return self.daemon.process.pid

    def test_started_by_root_it_becomes_the_user_for_good(self):
        pid = self.start_as_nobody()
        self.daemon.client().record(EVENT)
        status = status_of(pid)
        self.assertEqual(status["Uid"].split(), [str(uid("nobody"))] * 4)
        self.assertEqual(status["Gid"].split(), [str(gid("nogroup"))] * 4)
        self.assertEqual(status["Groups"].split(), [str(group) for group in os.getgrouplist("nobody", gid("nogroup"))])
        for capabilities in ("CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status[capabilities], 16), 0)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Umask"], "0077")
        self.assertEqual(self.daemon.stop(), 0)
        for verb in ("check", "rebuild"):
            result = self.daemon.offline(verb, "--user", "nobody")
            self.assertEqual(result.returncode, 0, result.stderr)
        found = 0
        for folder, _, names in os.walk(self.daemon.dir):
            for path, mode in [(folder, 0o700)] + [(os.path.join(folder, name), 0o600) for name in names]:
                info = os.lstat(path)
                self.assertEqual((path, info.st_uid, info.st_gid, info.st_mode & 0o7777), (path, uid("nobody"), gid("nogroup"), mode))
                found += 1
        self.assertGreater(found, 4)

    def test_another_user_than_the_owner_is_refused_by_name(self):
        self.start_as_nobody()
        self.daemon.stop()
        before = sorted(os.listdir(self.daemon.dir))
        for verb in ("run", "check", "rebuild", "init"):
            line = self.line_of(verb, "--dir", self.daemon.dir)
            self.assertIn("dir: %s must belong to root, as whom the daemon runs, and belongs to nobody" % self.daemon.dir, line)
            self.assertIn("--user nobody", line)
        for verb in ("run", "check", "rebuild", "init"):
            line = self.line_of(verb, "--dir", self.daemon.dir, user=uid("daemon"))
            self.assertIn("%s must belong to daemon, as whom the daemon runs, and belongs to nobody" % self.daemon.dir, line)
        self.assertEqual(sorted(os.listdir(self.daemon.dir)), before)
        self.start_as_nobody()

    def test_only_root_can_become_another_user(self):
        ledger = ["--dir", self.daemon.dir]
        self.assertIn("user: only root can become root, started by daemon", self.line_of("init", *ledger, "--user", "root", user=uid("daemon")))
        self.assertIn('user: must be a user there is, is "no-such-user"', self.line_of("init", *ledger, "--user", "no-such-user"))
        self.assertFalse(os.path.exists(self.daemon.dir))
        subprocess.run([self.program, "init", "--user", "nobody"] + ledger, user="nobody", group="nogroup", extra_groups=[], check=True, capture_output=True)

    def test_a_directory_that_cannot_be_written_is_told_with_user_and_rule(self):
        self.start_as_nobody()
        self.daemon.stop()
        os.chmod(self.daemon.dir, 0o500)
        line = self.line_of("run", "--user", "nobody", "--dir", self.daemon.dir)
        self.assertIn("dir: %s: Permission denied: it belongs to nobody and has mode 0500, the daemon runs as nobody" % self.daemon.dir, line)
        os.chmod(self.daemon.dir, 0o707)
        self.assertIn("must not be writable by everyone, has mode 0707", self.line_of("run", "--user", "nobody", "--dir", self.daemon.dir))
        os.chmod(self.daemon.dir, 0o700)
        os.chown(os.path.join(self.daemon.dir, "lock"), 0, 0)
        line = self.line_of("run", "--user", "nobody", "--dir", self.daemon.dir)
        self.assertIn("lock: Permission denied: it belongs to root and has mode 0600, the daemon runs as nobody", line)
        missing = os.path.join(self.daemon.home, "missing")
        self.assertIn("%s: Permission denied for daemon, as whom the daemon runs" % missing, self.line_of("init", "--dir", missing, user=uid("daemon")))

    def test_a_read_only_file_system_is_told_in_one_line(self):
        mount = os.path.join(self.daemon.home, "mount")
        os.mkdir(mount)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=0700", "none", mount], capture_output=True, check=False).returncode != 0:
            self.skipTest("may not mount")
        self.addCleanup(subprocess.run, ["umount", "-l", mount], check=True)
        ledger = os.path.join(mount, "ledger")
        subprocess.run([self.program, "init", "--dir", ledger], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "remount,ro", mount], check=True)
        for verb in ("run", "rebuild"):
            self.assertIn("%s: Read-only file system" % ledger, self.line_of(verb, "--dir", ledger))
        self.assertEqual(subprocess.run([self.program, "check", "--dir", ledger], capture_output=True, check=False).returncode, 0)


class CoreDumps(AccessTest):
    def setUp(self):
        super().setUp()
        os.chown(self.daemon.home, uid("nobody"), gid("nogroup"))
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.daemon.home)  # where a core file would lie, and could
        before = resource.getrlimit(resource.RLIMIT_CORE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, before)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def start(self, *flags):
        self.daemon.start(["--user", "nobody"] + list(flags))
        return self.daemon.process

    def owner(self, process):
        """The kernel gives the files of a process to root when its memory is for nobody else."""
        return os.stat("/proc/%d/status" % process.pid).st_uid

    def test_no_core_file_holds_what_was_in_memory(self):
        process = self.start()
        with open("/proc/%d/limits" % process.pid, encoding="ascii") as file:
            self.assertRegex(file.read(), r"Max core file size +0 +0 ")
        self.assertEqual(self.owner(process), 0)
        self.assertFalse(self.dumps_core(process))
        self.assertEqual(sorted(os.listdir(".")), ["ledger", "s"])

    def dumps_core(self, process):
        process.send_signal(signal.SIGQUIT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -os.WTERMSIG(status)
        self.assertEqual(os.WTERMSIG(status), signal.SIGQUIT)
        return os.WCOREDUMP(status)

    def test_core_dumps_can_be_asked_for(self):
        process = self.start("--core-dumps")
        self.assertEqual(self.owner(process), uid("nobody"))
        self.dumps_core(process)  # or not: the machine may keep none


if __name__ == "__main__":
    harness.run()
