"""Public headers also compile as C++, alone and without warnings:
cxx_headers.py <compiler> <root> <folder of generated headers>..."""

import pathlib
import subprocess
import sys

FLAGS = ["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-x", "c++"]


def find_headers(root):
    """What a client program may include: the contract, and what the client library installs."""
    return sorted((root / "proto" / "sl").glob("*.h")) + sorted(
        (root / "client").glob("salesledger*.h")
    )


def problem_of(compiler, root, header, generated=()):
    """What the compiler says; empty if it is content. Generated headers are not ours to judge."""
    includes = [f"-I{root / 'proto'}", f"-I{root / 'client'}"]
    includes += [f"-isystem{folder}" for folder in generated]
    program = f'#include "{header}"\n'
    result = subprocess.run(
        [compiler, *FLAGS, *includes, "-"], input=program, capture_output=True, text=True, check=False
    )
    return result.stderr if result.returncode != 0 else ""


def main():
    compiler, root = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    headers = find_headers(root)
    problems = [problem_of(compiler, root, header, sys.argv[3:]) for header in headers]
    for problem in filter(None, problems):
        print(problem)
    print(f"{len(headers)} headers, {sum(map(bool, problems))} with problems")
    return 1 if any(problems) or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
