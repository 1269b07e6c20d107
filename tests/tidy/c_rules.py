"""The rules for C and for text files. A rule takes a Source and yields (line, complaint)."""

import re

from source import line_of

# A file may include its own layer and those before it.
LAYERS = ["base", "domain", "codec", "store", "projections", "service", "net"]

# Each third-party header has its homes; tests may use all of them.
HOMES = [
    (re.compile(r"\.pb-c\.h$|^protobuf-c/"), ["daemon/codec", "client", "tools"]),
    (re.compile(r"^lmdb\.h$"), ["daemon/store", "tools/bench"]),
    (re.compile(r"^uv\.h$"), ["daemon/net"]),
    (re.compile(r"^jansson\.h$"), ["tools"]),
    (re.compile(r"^openssl/"), ["proto/sl/stored", "daemon/base", "client", "tools"]),
    (re.compile(r"^cmocka\.h$"), []),
]

BANNED = [
    "strcpy", "strcat", "sprintf", "vsprintf", "strtok", "atoi", "atol", "atoll", "atof", "strncpy",
    "gets", "alloca", "rand", "localtime", "system",
]  # fmt: skip

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 700

# Spelt apart, so that this file obeys its own rule.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def include_direction(source):
    """Includes go down the layers; nobody below the tests includes tests, no daemon file a tool."""
    layer = source.folder.split("/")[1] if source.folder.startswith("daemon/") else None
    for line, name, is_quoted in source.includes:
        top = name.split("/")[0]
        if not is_quoted or "/" not in name:
            continue
        if source.is_under("tests") or source.path == "daemon/main.c":
            continue
        if layer is not None and top in LAYERS:
            if LAYERS.index(top) > LAYERS.index(layer):
                yield line, f"layer {layer} includes {name} of the higher layer {top}"
        elif top in LAYERS:
            yield line, f"{source.folder} includes {name} of the daemon"
        elif layer is not None and top not in ("sl", "salesledger"):
            yield line, f"the daemon includes {name}, which is neither its own nor the contract"
        elif source.is_under("proto") and top != "sl":
            yield line, f"the contract includes {name}"


def third_party_homes(source):
    if source.is_under("tests"):
        return
    for line, name, _ in source.includes:
        for pattern, homes in HOMES:
            if pattern.search(name) and not source.is_under(*homes):
                yield line, f"{name} belongs to {' and '.join(homes + ['tests'])} only"


def banned_functions(source):
    if not source.is_c:
        return
    pattern = re.compile(r"\b(" + "|".join(BANNED) + r")\s*\(")
    for match in pattern.finditer(source.code):
        yield line_of(source.code, match.start()), f"{match[1]} is banned"


def system_clock(source):
    """Time is an input: only base/clock asks the system."""
    if not source.is_under("daemon") or source.path == "daemon/base/clock.c":
        return
    pattern = re.compile(r"\b(clock_gettime|gettimeofday|time)\s*\(")
    for match in pattern.finditer(source.code):
        yield line_of(source.code, match.start()), f"{match[1]} is for daemon/base/clock.c only"


def header_guard(source):
    if source.suffix != "h":
        return
    folder = source.folder.split("/")[-1]
    stem = source.name[: -len(".h")]
    parts = [stem] if folder == "sl" else [folder, stem]
    want = "SL_" + "_".join(parts).upper().replace("-", "_") + "_H"
    if source.path == "client/salesledger.h":
        want = "SALESLEDGER_H"  # installed, so without the folder of our tree
    if not re.search(rf"^#ifndef {want}\n#define {want}$", source.text, re.M):
        yield 1, f"the guard must be {want}"


def opening_comment(source):
    if source.is_c and not source.text.startswith("/*"):
        yield 1, "must begin with a /* comment that says what it is */"


def comment_form(source):
    """C comments are /* */; the proto files use // as is usual there."""
    if source.is_c:
        for line, text in source.comments:
            if text.startswith("//"):
                yield line, "comments are /* ... */"


def unfinished(source):
    for line, text in source.comments:
        match = UNFINISHED.search(text)
        if match:
            yield line, f"{match.group()} is an issue, not a comment"


def whitespace(source):
    for number, line in enumerate(source.text.split("\n"), 1):
        if line != line.rstrip():
            yield number, "trailing white space"
        if source.is_c and "\t" in line:
            yield number, "a tab"
    if source.text and not source.text.endswith("\n"):
        yield source.text.count("\n") + 1, "no newline at the end"
    if source.text.endswith("\n\n"):
        yield source.text.count("\n"), "an empty line at the end"


def function_length(source):
    """From the brace in the first column to its partner. A test's main() is a table, not code."""
    if not source.is_c:
        return
    lines = source.code.split("\n")
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            length = number - start + 1
            is_test_table = source.is_under("tests") and "int main(" in lines[start - 2]
            if length > FUNCTION_LINES_MAX and not is_test_table:
                yield start, f"a function of {length} lines, the most is {FUNCTION_LINES_MAX}"
            start = None


def file_length(source):
    count = source.text.count("\n")
    if count > FILE_LINES_MAX and (source.is_c or source.suffix == "py"):
        yield FILE_LINES_MAX, f"{count} lines, the most is {FILE_LINES_MAX}"


RULES = [
    include_direction,
    third_party_homes,
    banned_functions,
    system_clock,
    header_guard,
    opening_comment,
    comment_form,
    unfinished,
    whitespace,
    function_length,
    file_length,
]
