"""The check of the limits complains about each way in which the table can be wrong, and is content with a right one."""

import unittest

import limits
from source import Source

DEFINES = "#define SL_PPM 1000000ll /* 100 % */\n#define SL_A_MAX 1000u /* things: TOO_MANY */\n#define SL_B_MAX (10 * SL_PPM) /* ppm */\n"
A = "| `SL_A_MAX` | 1,000 things | TOO_MANY | `unit/test_a.c: a_has_a_maximum` |\n"
B = "| `SL_B_MAX` | 10,000,000 ppm | none | `unit/test_a.c: b_has_a_maximum` |\n"
TESTS = "static void a_has_a_maximum(void **state)\nstatic void b_has_a_maximum(void **state)\n"


def complaints(header, readme, tests=TESTS):
    sources = [Source(limits.HEADER, header), Source(limits.README, readme), Source("tests/unit/test_a.c", tests)]
    return [text for _, _, text in limits.check(sources)]


class Limits(unittest.TestCase):
    def test_a_table_that_is_right_passes(self):
        self.assertEqual(complaints(DEFINES, A + B), [])

    def test_every_limit_has_a_row_and_every_row_a_limit(self):
        self.assertIn("SL_B_MAX has no row", complaints(DEFINES, A)[0])
        self.assertIn("SL_B_MAX is not in", complaints("#define SL_A_MAX 1000u /* things: TOO_MANY */\n", A + B)[0])

    def test_value_and_error_are_those_of_the_header(self):
        self.assertEqual(complaints(DEFINES, A.replace("1,000", "1,001") + B), ["SL_A_MAX is 1,000"])
        self.assertEqual(complaints(DEFINES, A.replace("TOO_MANY", "TOO_BIG") + B), ["SL_A_MAX gives TOO_MANY"])

    def test_each_row_names_tests_that_exist(self):
        self.assertEqual(complaints(DEFINES, A.replace("a_has", "c_has") + B), ["tests/unit/test_a.c has no test c_has_a_maximum"])
        self.assertEqual(complaints(DEFINES, "| `SL_A_MAX` | 1,000 things | TOO_MANY | some |\n" + B), ["SL_A_MAX names no test"])

    def test_a_define_over_two_lines_is_not_passed_over(self):
        self.assertIn("on one line", complaints(DEFINES + "#define SL_C_MAX \\\n    1u\n", A + B)[0])


if __name__ == "__main__":
    unittest.main()
