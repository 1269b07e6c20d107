"""daemon/RELIABILITY.md names tests that exist: `unit/x`, `service/x` and `e2e/x` are files, other folders list theirs in CMakeLists.txt."""

import re

PAGE = "daemon/RELIABILITY.md"

NAME = re.compile(r"`([a-z0-9]+)/(\w+)`")
FILES = {"unit": "tests/unit/test_%s.c", "service": "tests/service/test_%s.c", "e2e": "tests/e2e/test_%s.py"}
OURS = re.compile(r"^(?:unit|service|e2e|sim|power|mutants|faults|damage|fuzz|reference|golden|tidy)$")


def exists(folder, name, texts):
    if folder in FILES:
        return FILES[folder] % name in texts
    return re.search(rf"\b{name}\b", texts.get(f"tests/{folder}/CMakeLists.txt", "")) is not None


def check(sources):
    """Complaints as (path, line, text)."""
    texts = {source.path: source.text for source in sources}
    for line, text in enumerate(texts.get(PAGE, "").split("\n"), 1):
        for folder, name in NAME.findall(text):
            if OURS.match(folder) and not exists(folder, name, texts):
                yield PAGE, line, f"there is no test {folder}/{name}"
