"""Starts programs below the injector (injector.c), and stands at the other end of a call that is held up."""
import contextlib
import os


class Injection:
    """Of one fault, or none, in what is done below a folder; its files lie in `home`."""

    def __init__(self, injector, folder, home, fault=""):
        self.listing = os.path.join(home, "listing")
        self._reached, self._go = os.path.join(home, "reached"), os.path.join(home, "go")
        self._environment = {"LD_PRELOAD": injector, "SL_FAULT_DIR": folder, "SL_FAULT_LOG": self.listing,
                             "SL_FAULT_REACHED": self._reached, "SL_FAULT_GO": self._go}
        if fault:
            self._environment["SL_FAULT"] = fault
        for pipe in (self._reached, self._go):
            os.mkfifo(pipe)
        self._go_end = os.open(self._go, os.O_RDWR)  # what is written into it stays until it is read

    def close(self):
        os.close(self._go_end)

    @contextlib.contextmanager
    def applied(self):
        """To programs started here."""
        os.environ.update(self._environment)
        try:
            yield
        finally:
            for name in self._environment:
                os.environ.pop(name, None)

    def listed(self):
        with contextlib.suppress(FileNotFoundError), open(self.listing, encoding="ascii") as file:
            return file.read().splitlines()
        return []

    def wait(self):
        """Until the call is held up: "loop" or "lane"; "" after leave()."""
        with open(self._reached, encoding="ascii") as pipe:
            return pipe.readline().strip()

    def leave(self):
        """Nobody is to wait any more: it will not come to that."""
        with contextlib.suppress(OSError):
            os.close(os.open(self._reached, os.O_WRONLY | os.O_NONBLOCK))

    def go(self):
        os.write(self._go_end, b"g")
