"""A counter of checks that says what differed, for the tests written as plain scripts."""
import os
import sys


class Check:
    def __init__(self):
        self.passed = self.failed = 0
        self.shown_max = int(os.environ.get("SL_SHOW", "40"))

    def equal(self, got, want, *what):
        if got == want:
            self.passed += 1
            return True
        self.failed += 1
        if self.failed <= self.shown_max:
            print("FAILED %s: got %r, want %r" % (" ".join(str(w) for w in what), got, want), flush=True)
        return False

    def true(self, claim, *what):
        return self.equal(bool(claim), True, *what)

    def finish(self):
        """The closing line and the exit status."""
        print("%d passed, %d failed" % (self.passed, self.failed), flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)
