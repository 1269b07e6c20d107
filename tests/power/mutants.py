#!/usr/bin/env python3
"""Could power.py fail? The daemon is built again without each thing that keeps it safe, and something must be found to be wrong.

    mutants.py --recorder LIBRARY --source FOLDER --cmake PROGRAM [--seed N]

Flushes are taken away from the record, see flushes.py; what is taken away here is in the code."""
import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from disk import Broken
from power import Check, Choice, Closed, cut_all, harness, parse, recorded

IMAGES_MAX = 1500


@dataclass(frozen=True)
class Mutant:
    what: str  # is gone
    file: str  # below daemon/
    changes: tuple  # of (old, new)


MUTANTS = (
    Mutant("the gate before replies", "service/outbox.c", (("if (hold->seq.v > visible.v) {", "if (false) {"),)),
    Mutant("the checksum of a frame's payload", "store/segment.c",
           (("return sl_crc32c(chain, bytes + SL_FRAME_HEADER_BYTES, frame->len) == frame->chain;", "(void)chain;\n    return true;"),)),
    Mutant("what tells the frames of a segment's earlier generations", "store/segment.c",
           ((" ||\n        get64(bytes + 8) != scan->generation) {", ") {"),
            ("    put64(bytes, header->generation);\n    uint32_t crc = sl_crc32c(0, header->salt, sizeof header->salt);\n"
             "    return sl_crc32c(crc, bytes, sizeof bytes);", "    (void)header;\n    memset(bytes, 0, sizeof bytes);\n    return 1;"))),
    Mutant("the order of keys and journal: they are made durable behind the batch", "store/store_write.c",
           (("    flight->err = flight->has_keys ? sl_keys_commit(store->keys, &flight->diag) : SL_OK;\n"
           "    uint64_t hashed_us = sl_clock_monotonic_us(store->clock);\n"
           "    if (flight->err == SL_OK) {\n"
           "        flight->err =\n"
           "            store->journal->submit(store->journal, &frame, &batch->generation, &flight->diag);\n"
           "    }",
           "    uint64_t hashed_us = sl_clock_monotonic_us(store->clock);\n"
           "    flight->err = store->journal->submit(store->journal, &frame, &batch->generation, &flight->diag);\n"
           "    if (flight->err == SL_OK && flight->has_keys)\n"
           "        flight->err = sl_keys_commit(store->keys, &flight->diag);"),)),
    Mutant("the wait before an erasure is answered", "service/handle_erase.c",
           (("    exchange->must_wait = err == SL_OK || err == SL_E_BUSY;",
           "    struct sl_key_found found = {.erased = core->now};\n"
           "    if (err == SL_OK)\n"
           "        return answer_erased(exchange, &found, false);\n"
           "    exchange->must_wait = err == SL_E_BUSY;"),)),
    Mutant("the order of checkpoint and journal: segments are recycled behind it", "store/checkpoint.c",
           (("    code = commit(checkpoint->env, txn);",
             "    if (checkpoint->journal != NULL)\n"
             "        (void)checkpoint->journal->recycle(checkpoint->journal, checkpoint->head.checkpointed, checkpoint->head.generation, diag);\n"
             "    code = commit(checkpoint->env, txn);"),)),
    Mutant("the order of journal and checkpoint: it waits for its last batch to be durable", "store/store_write.c",
           (("    if (run->phase != SL_CHECKPOINT_WAITING || run->plan.head.checkpointed > store->durable) {",
             "    if (run->phase != SL_CHECKPOINT_WAITING) {"),)),
)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Tree:
    """A copy of what the daemon is built from."""

    def __init__(self, source, cmake, home):
        self.folder, self.made, self.cmake = os.path.join(home, "source"), os.path.join(home, "build"), cmake
        names = subprocess.run(["git", "-C", source, "ls-files", "CMakeLists.txt", "cmake", "proto", "daemon", "client", "tools"],
                               capture_output=True, text=True, check=True)
        for name in names.stdout.splitlines():
            os.makedirs(os.path.dirname(os.path.join(self.folder, name)), exist_ok=True)
            shutil.copy2(os.path.join(source, name), os.path.join(self.folder, name))
        self.run("-S", self.folder, "-B", self.made, "-G", "Ninja", "-DSL_TESTS=OFF", "-DCMAKE_BUILD_TYPE=Debug")
        self.build()

    def run(self, *arguments):
        result = subprocess.run([self.cmake, *arguments], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            sys.exit(result.stdout + result.stderr)

    def build(self):
        self.run("--build", self.made, "--target", "salesledgerd")
        harness.DAEMON = os.path.join(self.made, "daemon", "salesledgerd")

    @contextlib.contextmanager
    def changed(self, mutant):
        """Built with the mutant; afterwards its source is as it was."""
        path = os.path.join(self.folder, "daemon", mutant.file)
        with open(path, encoding="utf-8") as file:
            whole = text = file.read()
        for old, new in mutant.changes:
            if text.count(old) != 1:
                sys.exit("%s: not there once: %s" % (mutant.file, old))
            text = text.replace(old, new)
        write(path, text)
        self.build()
        yield
        write(path, whole)


def is_found(arguments):
    try:
        with recorded(arguments) as (runs, home):
            return cut_all(runs, Choice(home, IMAGES_MAX, arguments.seed, until_failed=True))[1] > 0
    except (Broken, Closed, ConnectionError, harness.Failed):
        return True  # the recorded run itself came to an end


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--cmake", required=True)
    arguments = parse(parser)
    check = Check()
    with tempfile.TemporaryDirectory(prefix="sl-mutants-") as home:
        tree = Tree(arguments.source, arguments.cmake, home)
        for mutant in MUTANTS:
            print("without %s" % mutant.what, flush=True)
            with tree.changed(mutant):
                check.true(is_found(arguments), "nothing is found without", mutant.what)
    check.finish()


if __name__ == "__main__":
    main()
