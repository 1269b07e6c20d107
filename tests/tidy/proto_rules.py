"""The rules for .proto files; proto/README.md gives their reasons.

A rule takes all messages of all files, since recursion crosses files, and yields (path, line, complaint)."""

import re
from collections import namedtuple

from source import line_of

Field = namedtuple("Field", "path line label type name number")
Message = namedtuple("Message", "path line name fields")  # name: "Contact", nested "Outer.Inner"

TOKEN = re.compile(r"[A-Za-z_][\w.]*|\d+|[{}=;]|\S")

# What protobuf-c calls the first member of every struct; a field of that name does not compile.
TAKEN_NAMES = {"base"}

# The JSON form keeps a field's name in a buffer of 64 bytes.
NAME_LEN_MAX = 63

FOREIGN_TYPES = {"float", "double", "group"}
FOREIGN_WORDS = {"oneof", "map", "extend", "extensions"}


def parse(source):
    """The messages of one file. `source.code` has neither comments nor strings."""
    tokens = [(m.group(), line_of(source.code, m.start())) for m in TOKEN.finditer(source.code)]
    messages, complaints, scope = [], [], []
    index = 0
    while index < len(tokens):
        word, line = tokens[index]
        following = [token for token, _ in tokens[index + 1 : index + 5]]
        if word in ("message", "enum", "service") and following[1:2] == ["{"]:
            outer = [name for kind, name, _ in scope if kind == "message"]
            name = ".".join(outer[-1:] + [following[0]])
            fields = []
            scope.append((word, name, fields))
            if word == "message":
                messages.append(Message(source.path, line, name, fields))
            index += 3
            continue
        if word == "}" and scope:
            scope.pop()
        elif word in FOREIGN_WORDS:
            complaints.append((source.path, line, f"{word} is not used in the schemas"))
        elif scope and scope[-1][0] == "message":
            index += read_field(source.path, tokens, index, scope[-1][2], complaints)
            continue
        index += 1
    return messages, complaints


def read_field(path, tokens, index, fields, complaints):
    """Reads up to the semicolon; gives the number of tokens used."""
    end = index
    while end < len(tokens) and tokens[end][0] not in ";{}":
        end += 1
    words = [token for token, _ in tokens[index:end]]
    line = tokens[index][1]
    if words and words[0] in ("reserved", "option"):
        return end - index + 1
    if len(words) >= 5 and words[0] in ("optional", "repeated") and words[3] == "=":
        fields.append(Field(path, line, words[0], words[1], words[2], int(words[4])))
    elif words:
        complaints.append((path, line, f"not an optional or repeated field: {' '.join(words)}"))
    return max(end - index, 1)


def syntax(source):
    if not re.search(r'^syntax = "proto2";$', source.text, re.M):
        yield source.path, 1, 'must say syntax = "proto2";'


def unique_within_message(messages):
    for message in messages:
        for attribute in ("number", "name"):
            seen = set()
            for field in message.fields:
                value = getattr(field, attribute)
                if value in seen:
                    yield field.path, field.line, f"{message.name} has {attribute} {value} twice"
                seen.add(value)


def allowed_fields(messages):
    for message in messages:
        for field in message.fields:
            if field.type in FOREIGN_TYPES:
                yield field.path, field.line, f"{message.name}.{field.name} is a {field.type}"
            if field.name in TAKEN_NAMES:
                yield field.path, field.line, f"{message.name}.{field.name}: protobuf-c takes it"
            if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*", field.name):
                yield field.path, field.line, f"{message.name}.{field.name} is no snake_case name"
            if len(field.name) > NAME_LEN_MAX:
                yield field.path, field.line, f"{field.name} is longer than {NAME_LEN_MAX}"


def no_recursion(messages):
    """Depth-first over what a message contains; a message met again on its own path contains itself."""
    by_name = {message.name: message for message in messages}
    done = set()

    def visit(message, path):
        if message.name in path:
            circle = path[path.index(message.name) :] + [message.name]
            yield message.path, message.line, f"contains itself: {' > '.join(circle)}"
            return
        if message.name in done:
            return
        for field in message.fields:
            inner = by_name.get(f"{message.name}.{field.type}") or by_name.get(field.type)
            if inner is not None:
                yield from visit(inner, path + [message.name])
        done.add(message.name)

    for message in messages:
        yield from visit(message, [])


def check(sources):
    """Every complaint about these .proto files."""
    messages, complaints = [], []
    for source in sources:
        found, wrong = parse(source)
        messages += found
        complaints += wrong
        complaints += syntax(source)
    for rule in (unique_within_message, allowed_fields, no_recursion):
        complaints += rule(messages)
    return complaints
