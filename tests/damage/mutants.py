#!/usr/bin/env python3
"""Could damage.py fail? The daemon is built again without each thing that tells damage, and an image that is aimed at it must be found to be wrong.

    mutants.py --source FOLDER --cmake PROGRAM [--only WORD]

What tells a damaged frame or segment is taken away in ../mutants/checks.py."""
import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("mutants", "reference"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

from check import Check  # noqa: E402
from tree import Mutant, Tree  # noqa: E402


@dataclass(frozen=True)
class Unseen(Mutant):
    image: str = ""  # of damages.DIRECTED


MUTANTS = (
    Unseen("the look at LMDB's pages", "store/store.c",
           (("return err == SL_OK ? sl_lmdb_check(path, deep_bytes_max, &is_deep, diag) : err;", "(void)is_deep, (void)deep_bytes_max, (void)diag;\n    return err;"),),
           image="lost_entries"),
    Unseen("the seal of a row", "store/row_seal.h",
           (("    return seal == sl_value_seal(begin, key, value, row_size);", "    (void)begin, (void)key;\n    return true;"),), image="rows"),
    Unseen("the seal of a group of rows", "store/row_seal.h",
           (("    return seal == sl_value_seal(begin, key, value, len - sizeof seal);", "    (void)begin, (void)key;\n    return true;"),), image="groups"),
    Unseen("the checksum of a record", "../proto/sl/stored/record.c", (("    if (crc != record_crc(buf, bytes.len)) {", "    if (crc == 0 && crc != record_crc(buf, bytes.len)) {"),), image="records"),
    Unseen("the order of frames", "store/segment.c",
           (("    if (frame.previous != scan->chain || frame.first_seq != scan->next_seq) {", "    if (false) {"),), image="swapped_frames"),
    Unseen("the look at the pages of the keys", "store/keys_open.c",
           (("        err = sl_lmdb_check(path, deep_bytes_max, &is_deep, diag);", "        (void)is_deep, (void)deep_bytes_max, (void)diag;"),),
           image="key_rows_elsewhere"),
    Unseen("the seal of a key's row", "store/key_row.c",
           (("    if (row.seal != row_seal(customer, &row) && (must_be_sealed || !is_unsealed)) {",
             "    if (must_be_sealed && is_unsealed && row.seal == row_seal(customer, &row)) {"),), image="erased_by_a_bit"),
    Unseen("that a key of its time must be there", "service/sealing.c", (("        unsealed.state = SL_UNSEALED_LOST;", "        unsealed.state = SL_UNSEALED_UNKNOWN;"),),
           image="older_keys"),
)


def outcome(image):
    """(does every check hold, did it come to its end, all that it says)"""
    result = subprocess.run([sys.executable, os.path.join(HERE, "damage.py"), "--images", "0", "--directed", image],
                            capture_output=True, text=True, check=False)
    return result.returncode == 0, " passed, " in result.stdout, result.stdout + result.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--only", default="", help="the mutants whose description has this word")
    arguments = parser.parse_args()
    check = Check()
    with tempfile.TemporaryDirectory(prefix="sl-damage-mutants-") as home:
        tree = Tree(arguments.source, arguments.cmake, home)
        os.environ["SALESLEDGERD"] = tree.daemon
        passed, is_over, said = outcome(",".join(sorted({mutant.image for mutant in MUTANTS})))
        check.true(passed and is_over, "something is found with nothing taken away", said[-2000:])
        for mutant in [mutant for mutant in MUTANTS if arguments.only in mutant.what]:
            print("without %s" % mutant.what, flush=True)
            with tree.changed(mutant):
                passed, is_over, said = outcome(mutant.image)
                check.true(is_over and not passed, "nothing is found without", mutant.what, said[-2000:])
    check.finish()


if __name__ == "__main__":
    main()
