#!/usr/bin/env python3
"""Could power.py fail? Each kind of flush is taken away from what was recorded, and something must be found to be wrong.

    flushes.py --recorder LIBRARY [--seed N] [--only WORD]"""
import argparse

from power import Check, Choice, cut_all, parse, recorded

IMAGES_MAX = 1200

# The files and folders of a ledger, below the folder that holds it, and of backups.
FLUSHED = {
    "ledger/journal/*.seg": "a segment: its zeros before it is used, and each batch",
    "ledger/journal": "the folder of the segments: that a new one is in it",
    "ledger": "the ledger's folder: that data.mdb and the journal are in it",
    "": "the folder above: that the ledger is in it",
    "ledger/data.mdb": "LMDB's pages, and which of them count",
    "ledger/new/data.mdb": "the same while a ledger is made",
    "ledger/keys": "the folder of the keys: that they are in it",
    "ledger/keys/secrets": "the keys' secrets, written and overwritten",
    "ledger/keys/data.mdb": "whose they are, and tombstones",
    "ledger/keys/new/data.mdb": "the same while the folder is made",
    "backups/*.slb.part": "a backup, before it gets its name",
    "backups": "the folder of the backups: that a new one is in it under its name",
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="the flushes of what has this word in its name")
    arguments = parse(parser)
    check = Check()
    with recorded(arguments) as (runs, home):
        for name, what in [(name, what) for name, what in FLUSHED.items() if arguments.only in name]:
            passed, failed = cut_all(runs, Choice(home, IMAGES_MAX, arguments.seed, arguments.shares, deaf=name, until_failed=True))
            check.true(failed > 0, "nothing is found without the flush of", what, "in", passed, "checks")
    check.finish()


if __name__ == "__main__":
    main()
