"""A copy of what the daemon is built from, in which something is changed, one thing at a time."""
import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

SOURCES = ("CMakeLists.txt", "cmake", "proto", "daemon", "client", "tools", "tests/lib", "tests/unit")


@dataclass(frozen=True)
class Mutant:
    what: str  # is gone
    file: str  # below daemon/
    changes: tuple = ()  # of (old, new), each of which is there once
    at: str = None  # power cuts: amid writes to files of that pattern
    images: int = None  # power cuts: no more, where that is enough in the later runs; those before them are over sooner


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit("%s\n%s%s" % (" ".join(command), result.stdout, result.stderr))


class Tree:
    """Below `home`: the copy, and what is made of `target`."""

    def __init__(self, source, cmake, home, target="salesledgerd"):
        self.folder, self.made, self.cmake, self.target = os.path.join(home, "source"), os.path.join(home, "build"), cmake, target
        names = subprocess.run(["git", "-C", source, "ls-files", *SOURCES], capture_output=True, text=True, check=True)
        for name in names.stdout.splitlines():
            os.makedirs(os.path.dirname(os.path.join(self.folder, name)), exist_ok=True)
            shutil.copy2(os.path.join(source, name), os.path.join(self.folder, name))
        run(cmake, "-S", self.folder, "-B", self.made, "-G", "Ninja", "-DSL_TESTS=OFF", "-DCMAKE_BUILD_TYPE=Debug")
        self.build()

    @property
    def daemon(self):
        return os.path.join(self.made, "daemon", "salesledgerd")

    def build(self):
        run(self.cmake, "--build", self.made, "--target", self.target)

    @contextlib.contextmanager
    def changed(self, mutant):
        """Built with the mutant; afterwards its source is as it was."""
        path = os.path.join(self.folder, "daemon", mutant.file)
        with open(path, encoding="utf-8") as file:
            whole = text = file.read()
        for old, new in mutant.changes:
            if text.count(old) != 1:
                sys.exit("%s: not there once: %s" % (mutant.file, old))
            text = text.replace(old, new)
        _write(path, text)
        self.build()
        yield
        _write(path, whole)
