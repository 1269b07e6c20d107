"""The table in daemon/LOG.md has each line that the daemon logs, with its level and keys, and no other.

A call is `sl_log(SL_LOG_LEVEL, "event=name key=%d ...", ...)`; a row `| `name` | level | `key` `key` | what it says |`."""

import re

README = "daemon/LOG.md"

LITERAL = r'(?:"(?:[^"\\]|\\.)*"|PRI\w+)'
CALL = re.compile(r"\bsl_log\(\s*([^,]+),\s*(%s(?:\s*%s)*)" % (LITERAL, LITERAL))
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \| [^|]+ \|$", re.M)
VALUE = r'(%[-0-9a-z]+|%|[\w.-]+|\\"[^"%\\]*\\")'
LINE = re.compile(r"^event=(\w+)((?: \w+=%s)*)$" % VALUE)


def format_of(literals):
    """The strings put together; what a PRI macro stands for is of no interest."""
    return "".join(part[1:-1] for part in re.findall(LITERAL, literals) if part.startswith('"'))


def calls(source):
    """(line, level, name or None, keys) of each."""
    for match in CALL.finditer(source.text):
        line = source.text.count("\n", 0, match.start()) + 1
        parts = LINE.match(format_of(match[2]))
        keys = re.findall(r" (\w+)=", parts[2]) if parts else []
        yield line, match[1].strip().removeprefix("SL_LOG_").lower(), parts and parts[1], keys


def check(sources):
    """Complaints as (path, line, text); nothing to say of a tree without the table."""
    texts = {source.path: source.text for source in sources}
    if README not in texts:
        return
    rows = {row[1]: (row[2], re.findall(r"`(\w+)`", row[3])) for row in ROW.finditer(texts[README])}
    logged = set()
    for source in sources:
        if not source.path.startswith("daemon/") or not source.path.endswith(".c") or source.path == "daemon/base/log.c":
            continue
        for line, level, name, keys in calls(source):
            logged.add(name)
            if name is None:
                yield source.path, line, "a line of the log is event=name key=value ..., with no text that is not quoted"
            elif rows.get(name) != (level, keys):
                yield source.path, line, f"{README} has no row `{name}` | {level} | {' '.join(keys)}"
    for name in sorted(set(rows) - logged):
        yield README, 1, f"nobody logs {name}"
