"""Samples that the rule for the log must refuse, and one that it must not."""

import unittest

import log_rules
from source import Source

TABLE = "| event | level | keys | what |\n|---|---|---|---|\n| `ready` | notice | `socket` `seq` | it runs |\n"


def complaints(code, table=TABLE):
    return [text for _, _, text in log_rules.check([Source("daemon/a.c", code), Source(log_rules.README, table)])]


def call(level, text):
    return "void f(void)\n{\n    sl_log(%s, %s);\n}\n" % (level, text)


class LogRules(unittest.TestCase):
    def test_a_line_as_the_table_has_it_passes(self):
        self.assertEqual(complaints(call("SL_LOG_NOTICE", '"event=ready socket=%s "\n  "seq=%" PRIu64, a, b')), [])

    def test_another_level_name_or_key_is_told(self):
        for code in (call("SL_LOG_INFO", '"event=ready socket=%s seq=%d", a, b'), call("SL_LOG_NOTICE", '"event=ready seq=%d socket=%s", b, a'),
                     call("SL_LOG_NOTICE", '"event=read socket=%s seq=%d", a, b'), call("SL_LOG_NOTICE", '"event=ready socket=%s", a')):
            self.assertIn("has no row", complaints(code)[0])

    def test_what_is_no_pair_is_told(self):
        for text in ('"ready"', '"event=ready socket"', '"event=ready socket=%s and more"', '"event=%s", name', '"event=ready why=two words"'):
            self.assertIn("a line of the log", complaints(call("SL_LOG_NOTICE", text))[0])

    def test_a_row_that_nobody_logs_is_told(self):
        self.assertEqual(complaints("int a;\n"), ["nobody logs ready"])


if __name__ == "__main__":
    unittest.main()
