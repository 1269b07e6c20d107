#!/usr/bin/env python3
"""Could power.py fail? The daemon is built again without each thing that keeps it safe, and something must be found to be wrong.

    mutants.py --recorder LIBRARY --source FOLDER --cmake PROGRAM [--seed N] [--images 1500] [--only WORD]

Flushes are taken away from the record, see flushes.py; what is taken away here is in the code. The daemon as it is, built and cut in the same
way, must pass: what is found else would be no mutant. tests/mutants/README.md lists these and the others, which no power cut could find."""
import argparse
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "mutants"))

from disk import Broken  # noqa: E402
from power import Check, Choice, cut_all, harness, parse, recorded  # noqa: E402
from tree import Mutant, Tree  # noqa: E402
from verdict import Closed  # noqa: E402

SOUND_IMAGES = 100  # as many of each kind of cut; power.py takes more
BATCHES = "ledger/journal/*.seg"
SECRETS = "ledger/keys/secrets"

MUTANTS = (
    Mutant("the gate before replies", "service/outbox.c", (("if (hold->seq.v > visible.v) {", "if (false) {"),)),
    Mutant("the answer to a batch that is all or nothing: it is taken in, and the whole is told to be refused", "service/handle_append.c",
           (("        err = append_all(exchange);\n",
             "        err = append_all(exchange);\n"
             "        if (err == SL_OK && !exchange->must_go_on)\n"
             "            err = sl_refuse(&exchange->diag, SL_E_BUSY, \"\", \"it was taken in\");\n"),)),
    Mutant("the checksum of a frame's payload", "store/segment.c",
           (("return sl_crc32c(chain, bytes + SL_FRAME_HEADER_BYTES, frame->len) == frame->chain;", "(void)chain;\n    return true;"),), BATCHES),
    Mutant("the checksum of a frame's header", "store/segment.c",
           (("    if (get32(bytes + FRAME_CRC_AT) != crc) {", "    if (crc == 0 && crc != 0) {"),), BATCHES),
    Mutant("the salt of a segment, in whatever it goes into", "store/segment.c",
           (("    uint32_t crc = sl_crc32c(0, header->salt, sizeof header->salt);\n", "    uint32_t crc = 0;\n"),), BATCHES),
    Mutant("what tells the frames of a segment's earlier generations", "store/segment.c",
           ((" ||\n        get64(bytes + 8) != scan->generation) {", ") {"),
            ("    put64(bytes, header->generation);\n    uint32_t crc = sl_crc32c(0, header->salt, sizeof header->salt);\n"
             "    return sl_crc32c(crc, bytes, sizeof bytes);", "    (void)header;\n    memset(bytes, 0, sizeof bytes);\n    return 1;")), BATCHES),
    Mutant("the order of the segments", "store/journal_replay.c",
           (("        qsort(journal->segments, journal->segment_count, sizeof(void *), by_generation);", "        (void)by_generation;"),)),
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
    Mutant("the flush behind a secret that is overwritten", "store/keys.c",
           (("    return sl_keys_write_secrets(keys, zeros, slot, 1, diag);",
             "    struct iovec part = {(void *)(uintptr_t)zeros, sizeof zeros};\n"
             "    off_t offset = (off_t)(slot * sizeof zeros);\n"
             "    enum sl_err err = sl_file_write_all(keys->ops, keys->secrets_fd, &part, 1, offset);\n"
             "    return err == SL_OK ? SL_OK : sl_file_error(errno, \"keys: write secrets\", diag);"),), SECRETS, 300),
    Mutant("the order of checkpoint and journal: segments are recycled behind it", "store/checkpoint.c",
           (("    code = commit(checkpoint->env, txn);",
             "    if (checkpoint->journal != NULL)\n"
             "        (void)checkpoint->journal->recycle(checkpoint->journal, checkpoint->head.checkpointed, checkpoint->head.generation, diag);\n"
             "    code = commit(checkpoint->env, txn);"),)),
    Mutant("the order of journal and checkpoint: it waits for its last batch to be durable", "store/store_checkpoint.c",
           (("    if (run->phase != SL_CHECKPOINT_WAITING || run->plan.head.checkpointed > store->durable) {",
             "    if (run->phase != SL_CHECKPOINT_WAITING) {"),)),
    Mutant("the order of a restored ledger and its keys: they are put in when it is in its place", "store/restore.c",
           (("        err = seal_keys(restore, diag);", "        err = SL_OK;"),
            ("    close_keys(restore);\n    err = sl_making_end(&restore->making, name_error(restore, err), diag);",
             "    err = sl_making_end(&restore->making, name_error(restore, err), diag);\n"
             "    if (err == SL_OK)\n"
             "        err = seal_keys(restore, diag);\n"
             "    close_keys(restore);"))),
)


def finds(arguments, images, *patterns):
    """In one recording, cut in each of these ways."""
    try:
        with recorded(arguments) as (runs, home):
            choices = [Choice(home, images, arguments.seed, arguments.shares, at=at, until_failed=True) for at in patterns]
            return any(cut_all(runs, choice)[1] > 0 for choice in choices)
    except (Broken, Closed, ConnectionError, harness.Failed):
        return True  # the recorded run itself came to an end


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--images", type=int, default=1500, help="of each mutant at most")
    parser.add_argument("--only", default="", help="the mutants whose description has this word")
    arguments = parse(parser)
    check = Check()
    with tempfile.TemporaryDirectory(prefix="sl-mutants-") as home:
        tree = Tree(arguments.source, arguments.cmake, home)
        harness.DAEMON = tree.daemon
        check.true(not finds(arguments, SOUND_IMAGES, None, BATCHES, SECRETS), "something is found with nothing taken away")
        for mutant in [mutant for mutant in MUTANTS if arguments.only in mutant.what]:
            print("without %s" % mutant.what, flush=True)
            with tree.changed(mutant):
                images = min(arguments.images, mutant.images or arguments.images)
                check.true(finds(arguments, images, mutant.at), "nothing is found without", mutant.what)
    check.finish()


if __name__ == "__main__":
    main()
