#!/usr/bin/env python3
"""Could faults.py and full.py fail? A daemon that does not see some fault runs below it, and that must be found.

    mutants.py --injector LIBRARY PROGRAM:SCRIPT:WORDS...       WORDS: the cases in which it shows"""
import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "reference"))

from check import Check  # noqa: E402

RAN = {"faults.py": "faults injected", "full.py": " passed, "}
LEFT_OUT = 77  # nobody may mount a disk here


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--injector", required=True)
    parser.add_argument("mutants", nargs="+")
    arguments = parser.parse_args()
    check = Check()
    for mutant in arguments.mutants:
        program, script, words = mutant.split(":")
        command = [sys.executable, os.path.join(HERE, script), "--injector", arguments.injector, "--only", words]
        result = subprocess.run(command, env=dict(os.environ, SALESLEDGERD=program), capture_output=True, text=True, check=False)
        if result.returncode == LEFT_OUT:
            print("left out:", script, words)
            continue
        check.true(result.returncode == 1 and "FAILED" in result.stdout, "nothing is found with", program, result.stdout, result.stderr)
        check.true(RAN[script] in result.stdout, "it ran", result.stdout, result.stderr)
    check.finish()


if __name__ == "__main__":
    main()
