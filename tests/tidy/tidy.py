"""Runs every style rule over the tree: tidy.py <root>. Prints "path:line: complaint" and exits with 1 if there is any."""

import pathlib
import sys

import c_rules
import limits
import log_rules
import proto_rules
import reliability_rules
from source import Source

FOLDERS = ["proto", "daemon", "client", "tools", "tests"]
SUFFIXES = {".c", ".h", ".proto", ".py", ".sh", ".txt", ".cmake", ".md", ".scd", ".service"}


def find_sources(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                relative = path.relative_to(root).as_posix()
                yield Source(relative, path.read_bytes().decode("utf-8"))


def check(sources):
    complaints = []
    for source in sources:
        for rule in c_rules.RULES:
            complaints += [(source.path, line, text) for line, text in rule(source)]
    complaints += proto_rules.check([source for source in sources if source.is_proto])
    complaints += limits.check(sources)
    complaints += log_rules.check(sources)
    complaints += reliability_rules.check(sources)
    return sorted(complaints)


def main():
    sources = list(find_sources(pathlib.Path(sys.argv[1]).resolve()))
    complaints = check(sources)
    for path, line, text in complaints:
        print(f"{path}:{line}: {text}")
    print(f"{len(sources)} files, {len(complaints)} complaints")
    return 1 if complaints or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
