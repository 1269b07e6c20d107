"""The check of RELIABILITY.md complains about tests that do not exist, wherever tests of the kind are listed."""

import unittest

import reliability_rules
from source import Source


def complaints(page):
    sources = [
        Source(reliability_rules.PAGE, page),
        Source("tests/unit/test_a.c", ""),
        Source("tests/e2e/test_b.py", ""),
        Source("tests/power/CMakeLists.txt", "sl_python_case(power/cuts 900 power.py)"),
        Source("tests/mutants/CMakeLists.txt", "sl_python_case(mutants/checks 300 checks.py)"),
    ]
    return [(line, text) for _, line, text in reliability_rules.check(sources)]


class Reliability(unittest.TestCase):
    def test_tests_that_exist_pass(self):
        self.assertEqual(complaints("`unit/a` `e2e/b` `power/cuts` `mutants/checks` `service/outbox.h` `tests/power`"), [])

    def test_each_that_does_not_is_named_with_its_line(self):
        self.assertEqual(complaints("\n`unit/b`\n`power/cut` `mutants/check` `e2e/a`"),
                         [(2, "there is no test unit/b"), (3, "there is no test power/cut"), (3, "there is no test mutants/check"),
                          (3, "there is no test e2e/a")])


if __name__ == "__main__":
    unittest.main()
