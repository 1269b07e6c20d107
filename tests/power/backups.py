"""A backup that the command line tool makes: recorded while the daemon serves, and what a cut leaves in the folder for backups.

    LEDGER-SEQ.slb          it is whole, and there if the tool had ended
    LEDGER-SEQ.slb.part     nobody takes it for a backup that is not, and the next one is made where it lies"""
import os
import re
import shutil
import subprocess

from record import files_below, recording
from verdict import Run, Verdict, harness

FOLDER = "backups"  # below the recorded folder, there before the run


class Backup:
    """The tool, which copies a ledger while other things happen; from its begin to end()."""

    def __init__(self, daemon, recorder, home, flags=()):
        self.name = " ".join(("backup",) + flags)
        self.flags = flags
        self.root = os.path.join(home, self.name.replace(" ", ""))
        self.record = self.root + ".record"
        os.makedirs(os.path.join(self.root, FOLDER))
        self.found = files_below(self.root)
        command = [harness.CLI, "backup", *flags, os.path.join(self.root, FOLDER)]
        with recording(recorder, self.record, self.root):
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                            env=dict(os.environ, SALESLEDGER_SOCKET=daemon.socket))

    def end(self):
        """Path of the file."""
        said, complaints = self.process.communicate(timeout=harness.DEADLINE_S)
        if self.process.returncode != 0:
            raise harness.Failed(self.process.returncode, self.name + ": " + complaints)
        return said.rstrip("\n")


class BackupRun(Run):
    """What the tool did, and the log up to its last event."""

    weight = 1

    def __init__(self, backup, log, sent, erasures):
        path = backup.end()
        last = int(re.search(r"-(\d+)(-with-keys)?\.slb$", path)[1])
        super().__init__(backup.name, backup.found, backup.record, log[:last], sent, erasures)
        self.calls = [call for call in self.calls if call[0] not in "Aa"]  # it asks, and tells nobody
        self.backup, self.root, self.flags, self.verdict = path, backup.root, backup.flags, BackupVerdict
        self.file = os.path.relpath(path, backup.root)
        with open(path, "rb") as file:
            self.content = file.read()
        self.ledger = backup.root + ".ledger"  # as it was when the backup was made
        daemon = harness.Daemon(folder=self.ledger)
        restore(daemon, path)
        daemon.remove()  # what it lies in stays


def restore(daemon, backup):
    """Raises Failed."""
    result = daemon.offline("restore", "--from", backup)
    if result.returncode != 0:
        raise harness.Failed(result.returncode, "restore: " + result.stderr)


class BackupVerdict(Verdict):
    """The folder, the next backup into it, and the ledger that is made of what is there then."""

    def verify_disk(self, home, files):
        run, check, what = self.run, self.check, self.what
        part = run.file + ".part"
        check.equal(files.keys() - {FOLDER, run.file, part}, set(), what, "names")
        is_there = run.file in files
        if is_there:
            check.true(files[run.file] == run.content, what, "is whole")
        else:
            check.true(not self.is_over, what, "made and not there")
        if part in files and files[part] != run.content:
            self.verify_part(home, part)
        self.verify_next(home, is_there)
        restored = self.daemon(os.path.join(home, "restored"))
        self.restore(restored, os.path.join(home, run.file))
        restored.start()
        self.verify_log(restored)

    def verify_part(self, home, part):
        daemon = self.daemon(os.path.join(home, "taken"))
        result = daemon.offline("restore", "--from", os.path.join(home, part))
        is_made = os.path.exists(daemon.dir) and os.listdir(daemon.dir) != []
        self.check.true(result.returncode != 0 and not is_made, self.what, "a part is taken for a backup", result.stderr)

    def verify_next(self, home, is_there):
        """By the tool, of the same ledger: it is the same file, which is not made twice."""
        run, check, what = self.run, self.check, self.what
        folder = os.path.join(home, FOLDER)
        daemon = self.daemon(shutil.copytree(run.ledger, os.path.join(home, "ledger"))).start()
        result = daemon.cli("backup", *run.flags, folder)
        daemon.stop()
        check.equal((result.returncode, "is there already" in result.stderr), (1, True) if is_there else (0, False), what, "next", result.stderr)
        check.equal(os.listdir(folder), [os.path.basename(run.file)], what, "what is there after the next one")
        with open(os.path.join(home, run.file), "rb") as file:
            check.true(file.read() == run.content, what, "next is the same")
