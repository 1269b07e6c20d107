"""Each rule for .proto files complains about a small bad schema and is content with a good one."""

import unittest

import proto_rules
from source import Source

HEAD = 'syntax = "proto2";\npackage a;\n'


def complaints(*texts):
    sources = [Source(f"proto/{i}.proto", text) for i, text in enumerate(texts)]
    return [text for _, _, text in proto_rules.check(sources)]


class ProtoRules(unittest.TestCase):
    def bad(self, words, *texts):
        found = complaints(*texts)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def test_a_plain_schema_passes(self):
        self.assertEqual(
            complaints(
                HEAD
                + """
                // A comment with message Broken { in it.
                message Event {
                  reserved 2, 7 to 9;
                  enum Kind { NONE = 0; CALL = 1; }
                  message Part { optional string name = 1; }
                  optional uint64 seq = 1;  // note = 1
                  repeated Part parts = 3 [deprecated = true];
                  optional Event.Kind kind = 4;
                }
                message Empty {
                }
                """
            ),
            [],
        )

    def test_the_fields_of_a_schema_are_found(self):
        source = Source(
            "proto/a.proto",
            HEAD + "message A { enum K { X = 0; } optional B b = 1; repeated int64 c_d = 2; }",
        )
        messages, _ = proto_rules.parse(source)
        fields = [(f.label, f.type, f.name, f.number) for f in messages[0].fields]
        self.assertEqual(fields, [("optional", "B", "b", 1), ("repeated", "int64", "c_d", 2)])

    def test_another_syntax_is_refused(self):
        self.bad("proto2", 'syntax = "proto3";\nmessage A { optional int32 b = 1; }\n')
        self.bad("proto2", "message A { optional int32 b = 1; }\n")

    def test_a_required_field_is_refused(self):
        self.bad("required", HEAD + "message A { required int32 b = 1; }")

    def test_a_field_without_a_label_is_refused(self):
        self.bad("not an optional or repeated", HEAD + "message A { int32 b = 1; }")

    def test_a_number_used_twice_is_refused(self):
        self.bad("number 1 twice", HEAD + "message A { optional int32 b = 1; optional int32 c = 1; }")

    def test_a_name_used_twice_is_refused(self):
        self.bad("name b twice", HEAD + "message A { optional int32 b = 1; optional int32 b = 2; }")

    def test_the_same_number_in_two_messages_is_fine(self):
        text = HEAD + "message A { optional int32 b = 1; } message B { optional int32 b = 1; }"
        self.assertEqual(complaints(text), [])

    def test_a_message_that_contains_itself_is_refused(self):
        self.bad("A > A", HEAD + "message A { optional A a = 1; }")

    def test_a_circle_across_files_is_refused(self):
        self.bad(
            "A > B > C > A",
            HEAD + "message A { optional B b = 1; }",
            HEAD + "message B { repeated C c = 1; } message C { optional A a = 1; }",
        )

    def test_a_circle_through_a_nested_message_is_refused(self):
        self.bad(
            "contains itself",
            HEAD + "message A { message B { optional A a = 1; } optional A.B b = 1; }",
        )

    def test_a_diamond_is_no_circle(self):
        text = HEAD + (
            "message A { optional B b = 1; optional C c = 2; }"
            "message B { optional D d = 1; } message C { optional D d = 1; } message D { }"
        )
        self.assertEqual(complaints(text), [])

    def test_floating_point_is_refused(self):
        self.bad("is a double", HEAD + "message A { optional double b = 1; }")
        self.bad("is a float", HEAD + "message A { optional float b = 1; }")

    def test_oneof_and_map_are_refused(self):
        self.assertTrue(complaints(HEAD + "message A { oneof b { int32 c = 1; } }"))
        self.assertTrue(complaints(HEAD + "message A { map<string, int32> b = 1; }"))

    def test_a_name_that_the_generator_takes_is_refused(self):
        self.bad("protobuf-c takes it", HEAD + "message A { optional int32 base = 1; }")

    def test_names_are_snake_case_of_bounded_length(self):
        self.bad("snake_case", HEAD + "message A { optional int32 sharePpm = 1; }")
        self.bad("snake_case", HEAD + "message A { optional int32 a__b = 1; }")
        self.bad("snake_case", HEAD + "message A { optional int32 a_1 = 1; }")
        self.bad("longer than", HEAD + f"message A {{ optional int32 {'a' * 64} = 1; }}")
        self.assertEqual(complaints(HEAD + f"message A {{ optional int32 {'a' * 63} = 1; }}"), [])


if __name__ == "__main__":
    unittest.main()
