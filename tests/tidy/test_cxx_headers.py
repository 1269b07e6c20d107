"""The C++ check complains about a header that is C only, and is content with one that is both."""

import os
import pathlib
import tempfile
import unittest

import cxx_headers


class CxxHeaders(unittest.TestCase):
    def problem(self, text):
        with tempfile.TemporaryDirectory() as folder:
            header = pathlib.Path(folder) / "a.h"
            header.write_text(text, encoding="utf-8")
            return cxx_headers.problem_of(os.environ.get("SL_CXX", "g++"), pathlib.Path(folder), header)

    def test_a_header_that_is_c_only_is_refused(self):
        self.assertIn("error", self.problem("struct a { int class; };\n"))
        self.assertIn("error", self.problem("_Noreturn void f(void);\n"))

    def test_a_header_that_needs_another_one_first_is_refused(self):
        self.assertIn("error", self.problem("uint32_t f(void);\n"))

    def test_a_header_that_is_both_passes(self):
        self.assertEqual(self.problem("struct a { int klass; };\n"), "")


if __name__ == "__main__":
    unittest.main()
