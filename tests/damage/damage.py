#!/usr/bin/env python3
"""Damages ledgers, one place at a time, and looks at what the daemon makes of each.

    damage.py [--images 40] [--seed n] [--only number] [--keep folder]      SL_SEED=n replays

`check` must find everything as it was, or exit with 1 and name a place. `run` must refuse, or end, with a message, or answer: each answer is
that of the undamaged ledger or CORRUPT. Neither is ever ended by a signal.
"""
import argparse
import os
import re
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "reference"))

import harness  # noqa: E402
import ledgers  # noqa: E402
import seeds  # noqa: E402
from check import Check  # noqa: E402
from damages import DIRECTED, Damage  # noqa: E402

PLACE = re.compile(r"data\.mdb|keys|\.seg|journal|seq \d|log|tree|state|meta|lock|the ledger|the directory (holds|is)|format", re.I)
ADVICE = "keep the directory as it is and restore a backup elsewhere"  # to everyone, with a place or without


def names_place(said):
    return PLACE.search(said.replace(ADVICE, "")) is not None


class Trial:
    """One damaged copy."""

    def __init__(self, ledger, seed, home, check, directed=None):  # see damages.DIRECTED
        self.ledger, self.check = ledger, check
        self.dir = os.path.join(home, "image")
        shutil.rmtree(self.dir, ignore_errors=True)
        shutil.copytree(ledger.dir, self.dir)
        self.damage = Damage(seed, ledger, self.dir, directed)
        self.what = "%s, %d: %s" % (ledger.name, seed, self.damage.text)
        self.outcomes = []

    def _is_whole(self, answers, where):
        """As the undamaged ledger answers; or, where the last frames were hit, as if what came last had never come."""
        wrong = [name for name, answer in answers.items() if answer not in (self.ledger.answers[name], "CORRUPT", None)]
        if not wrong:
            return True
        log = answers["log"]
        whole = self.ledger.answers["log"]
        is_cut = self.damage.lost_from is not None and log == whole[:self.damage.lost_from - 1]
        self.check.true(is_cut, self.what, where, "answers something else to", wrong,
                        [(str(self.ledger.answers[name])[:200], str(answers[name])[:200]) for name in wrong[:2]])
        self.outcomes.append("the last is lost")
        return False

    def offline(self):
        daemon = harness.Daemon(folder=self.dir)
        try:
            result = daemon.offline("check")
        finally:
            shutil.rmtree(daemon.home, ignore_errors=True)
        said = (result.stderr.strip().splitlines() or [""])[-1]
        self.outcomes.append("check %d" % result.returncode)
        if result.returncode == 0:
            root = re.search(r"root (\w+)", result.stdout).group(1)
            if self.damage.lost_from is None:
                self.check.equal(root, self.ledger.root, self.what, "check passes another log")
        else:
            self.check.equal(result.returncode, 1, self.what, "check", result.stderr[-600:])
            self.check.true(names_place(said), self.what, "check names no place", said)
        return said

    def online(self):
        daemon = harness.Daemon(folder=self.dir, flags=ledgers.FLAGS)
        try:
            daemon.start()
            answers = ledgers.ask(daemon, self.ledger.sent)
            status = daemon.stop()
            if status != 0:  # SIGTERM may meet one that is ending anyway
                self.check.true(status in (1, -15) and names_place(daemon.log().partition("event=stopped")[2]), self.what,
                                "run ended with", status, "and does not say why", daemon.log()[-600:])
            self._is_whole(answers, "run")
            refused = sum(answer == "CORRUPT" or answer is None for answer in answers.values())
            self.outcomes.append("run answers" if not refused else "run answers in part")
        except harness.Failed as failed:
            self.check.equal(failed.status, 1, self.what, "run", failed.log[-600:])
            self.check.true(names_place(failed.log.strip().splitlines()[-1]), self.what, "run names no place", failed.log[-600:])
            self.outcomes.append("run refuses")
        finally:
            daemon.home and shutil.rmtree(daemon.home, ignore_errors=True)
            if daemon.process is not None:
                daemon.kill()

    def go(self, keep):
        before = self.check.failed
        said = self.offline()
        if keep:
            untouched = os.path.join(keep, "image")
            shutil.rmtree(untouched, ignore_errors=True)
            shutil.copytree(self.dir, untouched)
        self.online()
        print("%s -> %s%s" % (self.what, ", ".join(self.outcomes), " (%s)" % said if said else ""), flush=True)
        if keep and self.check.failed > before:
            shutil.copytree(untouched, os.path.join(keep, "wrong-%s-%d" % (self.ledger.name, before)))


def prepare(name, home, seed):
    """A ledger, and what it answers undamaged."""
    ledger = ledgers.make(name, home, seed)
    copy = os.path.join(home, "whole")
    shutil.copytree(ledger.dir, copy)
    daemon = harness.Daemon(folder=copy, flags=ledgers.FLAGS)
    try:
        daemon.start()
        ledger.answers = ledgers.ask(daemon, ledger.sent)
        ledger.root = daemon.client().status().tree_root.hex()
    finally:
        daemon.remove()
        shutil.rmtree(copy, ignore_errors=True)
    assert all(answer not in (None, "CORRUPT") for answer in ledger.answers.values()), ledger.answers
    return ledger


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--only", type=int, help="this one of them")
    parser.add_argument("--directed", default=",".join(DIRECTED), help="those that come before the drawn ones; '' for none")
    parser.add_argument("--keep", help="a folder for images that went wrong")
    arguments = seeds.parse(parser)
    check = Check()
    home = tempfile.mkdtemp(prefix="sl-damage-")
    counts = {}
    try:
        made = [prepare(name, home, arguments.seed) for name in ("killed", "closed")]
        trials = []
        for name in arguments.directed.split(",") if arguments.directed and arguments.only is None else ():
            for ledger in made:
                trials.append(Trial(ledger, arguments.seed, home, check, name))
                trials[-1].go(arguments.keep)
        for number in range(arguments.images):
            if arguments.only is not None and number != arguments.only:
                continue
            trial = Trial(made[number % 3 == 2], arguments.seed + number, home, check)
            print("%d: " % number, end="")
            trial.go(arguments.keep)
            trials.append(trial)
        for outcome in (outcome for trial in trials for outcome in trial.outcomes):
            counts[outcome] = counts.get(outcome, 0) + 1
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print("%d images: %s" % (len(trials), ", ".join("%s %d" % item for item in sorted(counts.items()))), flush=True)
    check.finish()


if __name__ == "__main__":
    main()
