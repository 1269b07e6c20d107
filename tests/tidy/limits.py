"""The table of limits in proto/README.md says what proto/sl/limits.h says, and names tests that exist.

A row is `| maximum | value and what is counted | error | tests |`; tests are `folder/file: name`."""

import re

HEADER = "proto/sl/limits.h"
README = "proto/README.md"

DEFINE = re.compile(r"^#define (SL_\w+_MAX) +(.*?) +/\* (.*?)(?:: ([A-Z_]+|wrong usage))? \*/$", re.M)
ROW = re.compile(r"^\| `(SL_\w+)` \| ([\d,]+) [^|]* \| ([^|]+) \| ([^|]+) \|$", re.M)
TEST = re.compile(r"`([\w./]+): (\w+)`")
NO_ERROR = "none"


def value_of(text, ppm):
    """The number of a define; SL_PPM is the only name in one."""
    numbers = re.sub(r"(\d)(?:ull|ll|u)\b", r"\1", text.replace("SL_PPM", ppm))
    value = 1
    for factor in numbers.strip("()").split("*"):
        value *= int(factor)
    return value


def find_limits(header):
    """{name: (value, error, line)}."""
    ppm = re.search(r"^#define SL_PPM +(\d+)", header, re.M)
    return {
        m[1]: (value_of(m[2], ppm[1] if ppm else "1"), m[4] or NO_ERROR, header.count("\n", 0, m.start()) + 1)
        for m in DEFINE.finditer(header)
    }


def row_complaints(row, limits, texts):
    name, value, error, tests = row.groups()
    if name not in limits:
        yield f"{name} is not in {HEADER}"
        return
    if int(value.replace(",", "")) != limits[name][0]:
        yield f"{name} is {limits[name][0]:,}"
    if error != limits[name][1]:
        yield f"{name} gives {limits[name][1]}"
    found = TEST.findall(tests)
    if not found:
        yield f"{name} names no test"
    for path, test in found:
        if not re.search(rf"\b{test}\(", texts.get("tests/" + path, "")):
            yield f"tests/{path} has no test {test}"


def check(sources):
    """Complaints as (path, line, text); nothing to say of a tree without the header."""
    texts = {source.path: source.text for source in sources}
    if HEADER not in texts:
        return
    header, readme = texts[HEADER], texts.get(README, "")
    limits = find_limits(header)
    for line, text in enumerate(header.split("\n"), 1):
        if re.match(r"#define SL_\w+_MAX", text) and not DEFINE.match(text):
            yield HEADER, line, "a maximum has its value and a comment on one line"
    rows = {}
    for row in ROW.finditer(readme):
        rows[row[1]] = row
        line = readme.count("\n", 0, row.start()) + 1
        for text in row_complaints(row, limits, texts):
            yield README, line, text
    for name, (_, _, line) in limits.items():
        if name not in rows:
            yield HEADER, line, f"{name} has no row in the table of {README}"
