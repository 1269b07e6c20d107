#!/usr/bin/env python3
"""Would a test of the journal fail, were one check of it not there? Each is taken away alone, and the test that names it must fail.

    checks.py --source FOLDER --cmake PROGRAM --cc PROGRAM [--only WORD]

Most of these tell damage, or what only a faulty writer would write: no power cut brings it about (README.md says why), so the bytes are
made by hand. What cuts find is in tests/power/mutants.py."""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "reference"))
sys.path.insert(0, HERE)

from check import Check  # noqa: E402
from tree import Mutant, Tree, run  # noqa: E402

SEGMENT, REPLAY = "store/segment.c", "store/journal_replay.c"
LIBRARIES = ("base", "domain", "codec", "store", "stored", "proto", "pb")


@dataclass(frozen=True)
class Checked(Mutant):
    test: str = "segment"  # tests/unit/test_TEST.c
    seen: str = ""  # by this one of it


MUTANTS = (
    # A frame.
    Checked("a frame's magic", SEGMENT, ((" || get32(bytes) != FRAME_MAGIC ||", " ||"),), seen="a_frame_of_another_magic_is_none"),
    Checked("the generation that a frame names", SEGMENT, ((" ||\n        get64(bytes + 8) != scan->generation) {", ") {"),),
            seen="a_frame_of_another_generation_is_none_whatever_its_checksums"),
    Checked("the checksum of a frame's header", SEGMENT, (("    if (get32(bytes + FRAME_CRC_AT) != crc) {", "    if (crc == 0 && crc != 0) {"),),
            seen="a_flipped_bit_in_the_count_is_told_by_the_headers_checksum"),
    Checked("the checksum of a frame's payload", SEGMENT,
            (("return sl_crc32c(chain, bytes + SL_FRAME_HEADER_BYTES, frame->len) == frame->chain;", "(void)chain;\n    return true;"),),
            seen="a_flipped_bit_in_the_payload_is_told_by_its_checksum"),
    Checked("the salt in the checksums", SEGMENT, (("    uint32_t crc = sl_crc32c(0, header->salt, sizeof header->salt);\n", "    uint32_t crc = 0;\n"),),
            seen="the_bytes_of_a_frame_are_these"),
    Checked("the generation in the checksums", SEGMENT,
            (("    return sl_crc32c(crc, bytes, sizeof bytes);\n}\n\nuint32_t sl_frame_chain_begin", "    return crc;\n}\n\nuint32_t sl_frame_chain_begin"),),
            seen="the_bytes_of_a_frame_are_these"),
    Checked("the frame before in the checksum of a payload", SEGMENT, (("    put32(bytes, previous);\n    return", "    put32(bytes, previous & 0);\n    return"),),
            seen="the_bytes_of_a_frame_are_these"),
    Checked("that a frame has records", SEGMENT, (("    return frame->count != 0 && ", "    return "),), seen="a_frame_of_no_records_is_none"),
    Checked("that a frame ends within the segment", SEGMENT, ((" && sl_frame_bytes(frame->len) <= scan->size - offset;", ";"),),
            seen="a_frame_that_ends_behind_the_segment_is_none"),
    Checked("the order of frames: which one it goes on from", SEGMENT, (("frame.previous != scan->chain || ", ""),),
            seen="a_frame_that_does_not_go_on_from_the_one_before_is_damage"),
    Checked("the order of frames: which seq it begins with", SEGMENT, ((" || frame.first_seq != scan->next_seq) {", ") {"),),
            seen="a_frame_whose_seq_is_not_the_next_one_is_damage"),
    Checked("the order of frames, as a whole", SEGMENT, (("    if (frame.previous != scan->chain || frame.first_seq != scan->next_seq) {", "    if (false) {"),),
            seen="two_frames_in_each_others_places_are_damage"),
    Checked("the look for frames behind one that is torn", SEGMENT,
            (("has_begun_frame_behind(scan) ? SL_E_CORRUPT : SL_E_NOT_FOUND;", "has_begun_frame_behind(scan) ? SL_E_NOT_FOUND : SL_E_NOT_FOUND;"),),
            seen="a_torn_frame_is_the_end_unless_another_was_begun_behind_it"),
    # A segment.
    Checked("the checksum of a segment's header", SEGMENT, ((" ||\n        get32(bytes + HEADER_CRC_AT) != sl_crc32c(0, bytes, HEADER_CRC_AT)) {", ") {"),),
            seen="each_copy_of_a_header_is_told_by_its_checksum_and_one_is_enough"),
    Checked("the magic of a segment's header", SEGMENT,
            (("    if (memcmp(bytes, segment_magic, sizeof segment_magic) != 0 ||\n        get32(", "    if (get32("),),
            seen="a_header_of_another_version_is_none_whatever_its_checksum"),
    Checked("the second copy of a segment's header", SEGMENT, ((" || decode_copy(bytes + HEADER_COPY_AT, ret_header)", ""),),
            seen="each_copy_of_a_header_is_told_by_its_checksum_and_one_is_enough"),
    Checked("that a free segment has zeros in both places", SEGMENT, ((" && is_zero(bytes + HEADER_COPY_AT, HEADER_CRC_AT + 4)", ""),),
            seen="only_zeros_in_both_places_are_a_free_segment"),
    Checked("the checksum of a note", SEGMENT, ((" ||\n        get32(note + NOTE_CRC_AT) != sl_crc32c(sl_segment_seed(header), note, NOTE_CRC_AT)) {", ") {"),),
            seen="a_note_of_the_next_segment_is_told_by_its_checksum"),
    Checked("the magic of a note", SEGMENT, (("memcmp(note, note_magic, sizeof note_magic) != 0 ||\n        ", ""),),
            seen="a_note_of_another_magic_is_damage_whatever_its_checksum"),
    Checked("that a header is whole or zeros", REPLAY, (("    if (sl_segment_header_is_blank(block)) {", "    if (true) {"),), test="journal_file",
            seen="a_header_of_which_no_copy_is_whole_is_damage"),
    Checked("that a segment belongs to the ledger", REPLAY,
            (("    if (memcmp(segment->header.ledger_id, journal->ledger_id, sizeof journal->ledger_id) != 0) {", "    if (false) {"),),
            test="journal_file", seen="segments_of_another_ledger_are_refused"),
    Checked("that a note can be read", REPLAY, (("    if (sl_segment_note_decode(&segment->header, block, &segment->successor) != SL_OK) {",
                                                "    if (sl_segment_note_decode(&segment->header, block, &segment->successor) == SL_E_IO) {"),),
            test="journal_file", seen="a_damaged_note_is_damage"),
    # All of them.
    Checked("the order of segments: each begins where the one before ended", REPLAY,
            (("    if (segment->header.first_seq != replay->next_seq) {", "    if (false) {"),), test="journal_file",
            seen="a_gap_between_the_checkpoint_and_the_journal_is_damage"),
    Checked("the order of segments: by their generations", REPLAY,
            (("        qsort(journal->segments, journal->segment_count, sizeof(void *), by_generation);", "        (void)by_generation;"),),
            test="journal_file", seen="a_full_segment_is_followed_by_the_next_one"),
    Checked("that a segment was not cut short", REPLAY, (("    if (segment->bytes < segment->header.bytes) {", "    if (false) {"),), test="journal_file",
            seen="a_segment_that_was_cut_short_behind_its_frames_is_damage"),
    Checked("that the segment which held the checkpoint is there", REPLAY,
            (("    if (from->required != 0 && !has_generation(journal, from->required)) {", "    if (false) {"),),
            test="journal_file", seen="the_segment_that_held_the_checkpoint_must_be_there"),
    Checked("that no segment which was begun is missing", REPLAY, (("        if (is_needed && !has_generation(", "        if (is_needed && false && !has_generation("),),
            test="journal_file", seen="a_segment_that_was_begun_and_lost_its_header_is_missed"),
    Checked("that the journal goes as far as the checkpoint", REPLAY,
            (("    if (err == SL_OK && from->required != 0 && replay.next_seq <= from->checkpointed) {", "    if (false) {"),),
            test="journal_file", seen="a_journal_that_ends_before_the_checkpoint_is_damage"),
)


class Tests(Tree):
    """Programs of tests/unit over the changed library. Their own code is compiled once."""

    def __init__(self, source, cmake, cc, home):
        super().__init__(source, cmake, home, target="sl_store")
        self.cc, self.home, self.objects = cc, home, {}
        for path in ("tests/lib/test.c", "tests/lib/store_fixture.c", "tests/unit/test_segment.c", "tests/unit/test_journal_file.c"):
            name = os.path.basename(path)[:-2]
            self.objects[name] = os.path.join(home, name + ".o")
            run(cc, "-D_GNU_SOURCE", "-I" + os.path.join(self.folder, "tests"), "-I" + os.path.join(self.folder, "daemon"),
                "-I" + os.path.join(self.folder, "proto"), "-c", os.path.join(self.folder, path), "-o", self.objects[name])

    def fail(self, test):
        """The names of those that fail."""
        program = os.path.join(self.home, test)
        found = [glob.glob(os.path.join(self.made, "**", "libsl_%s.a" % name), recursive=True) for name in LIBRARIES]
        run(self.cc, "-o", program, *(self.objects[name] for name in ("test_" + test, "test", "store_fixture")), "-Wl,--start-group",
            *(path for paths in found for path in paths), "-Wl,--end-group", "-lcmocka", "-llmdb", "-lcrypto", "-lprotobuf-c", "-lpthread")
        result = subprocess.run([program], capture_output=True, text=True, check=False)
        return set(re.findall(r"^\[  FAILED  \] (\w+)$", result.stdout + result.stderr, re.M))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--cc", required=True)
    parser.add_argument("--only", default="", help="the mutants whose description has this word")
    arguments = parser.parse_args()
    check = Check()
    with tempfile.TemporaryDirectory(prefix="sl-checks-") as home:
        tests = Tests(arguments.source, arguments.cmake, arguments.cc, home)
        for test in ("segment", "journal_file"):
            check.equal(tests.fail(test), set(), "with nothing taken away", test)
        for mutant in [mutant for mutant in MUTANTS if arguments.only in mutant.what]:
            with tests.changed(mutant):
                failed = tests.fail(mutant.test)
                print("without %s: %s" % (mutant.what, ", ".join(sorted(failed))), flush=True)
                check.true(mutant.seen in failed, "not found without", mutant.what, failed)
    check.finish()


if __name__ == "__main__":
    main()
