#!/usr/bin/env python3
"""What `cmake --install --prefix` puts down is usable where it lies: pkg-config finds it, a program links and runs.

    test_install.py BUILD-DIR CMAKE C-COMPILER"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness

PROGRAM = r"""
#include <salesledger.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    struct sl_client_options options = {.socket_path = argc > 1 ? argv[1] : NULL};
    struct sl_client *client = NULL;
    struct sl_diag diag = {0};
    enum sl_err err = sl_client_open(&options, &client, &diag);
    sl_client_close(client);
    return puts(sl_err_name(err)) == EOF;
}
"""
BUILD, CMAKE, COMPILER = "", "cmake", "cc"


def run(*command, **environment):
    result = subprocess.run(command, capture_output=True, text=True, timeout=harness.DEADLINE_S, env=dict(os.environ, **environment))
    if result.returncode != 0:
        raise AssertionError("%s ended with %d:\n%s%s" % (command, result.returncode, result.stdout, result.stderr))
    return result.stdout


class Installed(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="sl-")
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.prefix = os.path.join(self.home, "somewhere")
        run(CMAKE, "--install", BUILD, "--prefix", self.prefix)

    def pkg_config(self, *arguments):
        for folder, _, files in os.walk(self.prefix):
            if "salesledger.pc" in files:
                return run("pkg-config", *arguments, "salesledger", PKG_CONFIG_PATH=folder).split()
        self.fail("no salesledger.pc in " + self.prefix)

    def run_program(self):
        source, program = os.path.join(self.home, "program.c"), os.path.join(self.home, "program")
        with open(source, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        run(COMPILER, "-std=c17", "-o", program, source, *self.pkg_config("--cflags", "--libs"))
        libdir, = self.pkg_config("--variable=libdir")
        self.assertIn(os.path.realpath(self.prefix), run("ldd", program, LD_LIBRARY_PATH=os.path.realpath(libdir)))
        return run(program, os.path.join(self.home, "nobody"), LD_LIBRARY_PATH=libdir)

    def test_a_program_links_to_the_shared_library_and_runs(self):
        self.assertEqual(self.run_program(), "UNREACHABLE\n")

    def test_the_installed_tree_may_be_moved(self):
        moved = os.path.join(self.home, "elsewhere")
        os.rename(self.prefix, moved)
        self.prefix = moved
        self.assertEqual(self.run_program(), "UNREACHABLE\n")

    def test_systemd_finds_the_unit_and_its_user(self):
        for path, word in (("systemd/system/salesledgerd@.service", "/sbin/salesledgerd run --create"), ("sysusers.d/salesledger.conf", "u salesledger")):
            with open(os.path.join(self.prefix, "lib", path), encoding="utf-8") as file:
                self.assertIn(word, file.read())


if __name__ == "__main__":
    BUILD, CMAKE, COMPILER = sys.argv[1:4]
    del sys.argv[1:4]
    harness.run()
