"""Each rule for C and text complains about a small bad sample and is content with a good one."""

import unittest

import c_rules
from source import Source

OPENING = "/* What it is. */\n"


def complaints(rule, path, text):
    return [line for line, _ in rule(Source(path, text))]


class Rules(unittest.TestCase):
    def bad(self, rule, path, text, lines):
        self.assertEqual(complaints(rule, path, text), lines)

    def good(self, rule, path, text):
        self.assertEqual(complaints(rule, path, text), [])

    def test_a_lower_layer_does_not_include_a_higher_one(self):
        rule = c_rules.include_direction
        self.bad(rule, "daemon/base/map.c", '\n#include "store/log.h"\n', [2])
        self.bad(rule, "daemon/store/log.c", '#include "service/core.h"\n', [1])
        self.good(rule, "daemon/store/log.c", '#include "store/env.h"\n#include "base/map.h"\n')
        self.good(rule, "daemon/net/session.c", '#include "service/core.h"\n#include "sl/err.h"\n')
        self.good(rule, "daemon/main.c", '#include "net/listener.h"\n')

    def test_the_daemon_includes_no_tool_and_no_test(self):
        rule = c_rules.include_direction
        self.bad(rule, "daemon/codec/wire.c", '#include "json/json.h"\n', [1])
        self.bad(rule, "daemon/codec/wire.c", '#include "lib/test.h"\n', [1])

    def test_clients_tools_and_the_contract_include_no_layer(self):
        rule = c_rules.include_direction
        self.bad(rule, "client/client.c", '#include "base/map.h"\n', [1])
        self.bad(rule, "tools/cli/main.c", '#include "domain/plan.h"\n', [1])
        self.bad(rule, "proto/sl/money.c", '#include "base/map.h"\n', [1])
        self.bad(rule, "proto/sl/money.c", '#include "json/json.h"\n', [1])
        self.good(rule, "tests/unit/test_map.c", '#include "base/map.h"\n')

    def test_an_include_in_a_comment_does_not_count(self):
        rule = c_rules.include_direction
        self.good(rule, "daemon/base/map.c", '/*\n#include "store/log.h"\n*/\n')

    def test_third_party_headers_stay_at_home(self):
        rule = c_rules.third_party_homes
        self.bad(rule, "daemon/service/core.c", '#include "salesledger/v1/api.pb-c.h"\n', [1])
        self.bad(rule, "daemon/store/log.c", "#include <protobuf-c/protobuf-c.h>\n", [1])
        self.bad(rule, "daemon/codec/wire.c", "#include <lmdb.h>\n", [1])
        self.bad(rule, "daemon/service/core.c", "#include <uv.h>\n", [1])
        self.bad(rule, "daemon/main.c", "#include <uv.h>\n", [1])
        self.bad(rule, "client/client.c", "#include <jansson.h>\n", [1])
        self.bad(rule, "daemon/store/tree.c", "#include <openssl/evp.h>\n", [1])
        self.bad(rule, "tools/cli/main.c", "#include <cmocka.h>\n", [1])

    def test_third_party_headers_are_welcome_at_home_and_in_tests(self):
        rule = c_rules.third_party_homes
        self.good(rule, "daemon/codec/wire.c", '#include "salesledger/v1/api.pb-c.h"\n')
        self.good(rule, "daemon/store/env.c", "#include <lmdb.h>\n")
        self.good(rule, "daemon/net/session.c", "#include <uv.h>\n")
        self.good(rule, "tools/json/json.h", "#include <jansson.h>\n")
        self.good(rule, "tests/unit/test_env.c", "#include <lmdb.h>\n#include <cmocka.h>\n")

    def test_banned_functions(self):
        rule = c_rules.banned_functions
        for name in c_rules.BANNED:
            self.bad(rule, "daemon/base/a.c", f"int x;\n    {name} (a);\n", [2])

    def test_names_that_only_contain_a_banned_one_pass(self):
        rule = c_rules.banned_functions
        self.good(rule, "daemon/base/a.c", "snprintf(b, n); localtime_r(a, b); fgets(a); my_rand(1);")
        self.good(rule, "daemon/base/a.c", '/* never strcpy(a, b) */ log("strcpy(a, b)");')

    def test_only_the_clock_asks_for_the_time(self):
        rule = c_rules.system_clock
        self.bad(rule, "daemon/service/core.c", "clock_gettime(CLOCK_REALTIME, &t);", [1])
        self.bad(rule, "daemon/domain/rank.c", "\nx = time(NULL);", [2])
        self.good(rule, "daemon/base/clock.c", "clock_gettime(CLOCK_REALTIME, &t);")
        self.good(rule, "daemon/domain/rank.c", "sl_id_from_time(now);")
        self.good(rule, "tools/bench/main.c", "clock_gettime(CLOCK_MONOTONIC, &t);")

    def test_header_guards(self):
        rule = c_rules.header_guard
        guard = "#ifndef {0}\n#define {0}\n#endif\n"
        self.good(rule, "daemon/store/log.h", guard.format("SL_STORE_LOG_H"))
        self.good(rule, "proto/sl/money.h", guard.format("SL_MONEY_H"))
        self.good(rule, "client/salesledger.h", guard.format("SALESLEDGER_H"))
        self.bad(rule, "daemon/store/log.h", guard.format("SL_LOG_H"), [1])
        self.bad(rule, "daemon/store/log.h", guard.format("__SL_STORE_LOG_H__"), [1])
        self.bad(rule, "daemon/store/log.h", "#pragma once\n", [1])
        self.bad(rule, "daemon/store/log.h", "#ifndef SL_STORE_LOG_H\n#define SL_STORE_LOG\n", [1])

    def test_files_begin_by_saying_what_they_are(self):
        rule = c_rules.opening_comment
        self.bad(rule, "daemon/base/a.c", "#include <stdio.h>\n", [1])
        self.bad(rule, "daemon/base/a.h", "\n/* late */\n", [1])
        self.good(rule, "daemon/base/a.c", OPENING)

    def test_line_comments_are_for_proto_files(self):
        rule = c_rules.comment_form
        self.bad(rule, "daemon/base/a.c", "int a;\nint b; // b\n", [2])
        self.good(rule, "daemon/base/a.c", 'char *url = "http://example.org";\n')
        self.good(rule, "proto/salesledger/v1/event.proto", "// fine\n")

    def test_unfinished_work_is_no_comment(self):
        rule = c_rules.unfinished
        for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X"):
            self.bad(rule, "daemon/base/a.c", f"int a;\n/* {word}: later */\n", [2])
            self.bad(rule, "tests/e2e/run.py", f"a = 1\nb = 2  # {word} later\n", [2])
            self.bad(rule, "proto/salesledger/v1/event.proto", f"// {word}\n", [1])

    def test_a_currency_code_in_a_string_is_not_unfinished_work(self):
        self.good(c_rules.unfinished, "tests/unit/test_currency.c", f'bad("{"X" * 3}");\n')

    def test_white_space(self):
        rule = c_rules.whitespace
        self.bad(rule, "daemon/base/a.c", "int a; \nint b;\n", [1])
        self.bad(rule, "proto/README.md", "a\nb  \n", [2])
        self.bad(rule, "daemon/base/a.c", "\tint a;\n", [1])
        self.bad(rule, "daemon/base/a.c", "int a;\r\n", [1])
        self.bad(rule, "daemon/base/a.c", "int a;", [1])
        self.bad(rule, "daemon/base/a.c", "int a;\n\n", [2])
        self.good(rule, "daemon/base/a.c", "int a;\n\nint b;\n")

    def test_function_length_at_and_above_the_maximum(self):
        rule = c_rules.function_length
        most = "void f(void)\n{\n" + "    a();\n" * (c_rules.FUNCTION_LINES_MAX - 2) + "}\n"
        self.good(rule, "daemon/base/a.c", most)
        self.bad(rule, "daemon/base/a.c", most.replace("{\n", "{\n    b();\n"), [2])

    def test_a_brace_in_a_comment_or_string_ends_no_function(self):
        rule = c_rules.function_length
        most = "void f(void)\n{\n" + "    a();\n" * (c_rules.FUNCTION_LINES_MAX - 2) + "}\n"
        self.bad(rule, "daemon/base/a.c", most.replace("{\n", "{\n/*\n}\n*/\n"), [2])

    def test_the_table_in_the_main_of_a_test_may_be_long(self):
        rule = c_rules.function_length
        table = "int main(void)\n{\n" + "    a();\n" * 100 + "}\n"
        self.good(rule, "tests/unit/test_a.c", table)
        self.bad(rule, "daemon/main.c", table, [2])

    def test_file_length_at_and_above_the_maximum(self):
        rule = c_rules.file_length
        self.good(rule, "daemon/base/a.c", "int a;\n" * c_rules.FILE_LINES_MAX)
        self.bad(rule, "daemon/base/a.c", "int a;\n" * (c_rules.FILE_LINES_MAX + 1), [700])
        self.good(rule, "tests/data/a.md", "a\n" * 2000)


if __name__ == "__main__":
    unittest.main()
