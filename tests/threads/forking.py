"""A process that is forked while its threads make callbacks, call them and end; each child does that too.

python -m tests.threads.forking [--times N] [--forks N]

A child that does not end in time is reported with where it is, and ended.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import subprocess
import sys
import threading
import time
from typing import Any

PATIENCE = 20.0
"""Seconds that a child may take."""

NEW_THREADS = sys.version_info >= (3, 13)
"""Whether the parent may have threads that Python does not know yet: older versions fork while another thread holds
their own lock of the list of threads, and the child waits for it at once."""

CDEF = """
    int pthread_create(unsigned long *, void *, void *(*)(void *), void *);
    int pthread_join(unsigned long, void **);
    int abs(int);
"""


class Work:
    """What parents and children do."""

    def __init__(self) -> None:
        """Without any callback until the first is made."""
        import cffi

        self.ffi: Any = cffi.FFI()
        self.ffi.cdef(CDEF)
        self.lib: Any = self.ffi.dlopen(None)
        # A type given as a text is looked up under a lock of the front end, which is copied as it is.
        self.start = self.ffi.typeof("void *(*)(void *)")
        self.word = self.ffi.typeof("unsigned long *")
        self.create, self.join, self.abs = self.lib.pthread_create, self.lib.pthread_join, self.lib.abs

    def once(self, new_thread: bool = True) -> None:
        """Makes a callback, and calls it: here, and on a thread of C that ends at once."""
        ffi = self.ffi
        seen: list[int] = []
        function = ffi.callback(self.start, lambda p: (seen.append(self.abs(-3)), p)[1])
        thread = ffi.new(self.word)
        if new_thread:
            if self.create(thread, ffi.NULL, function, ffi.NULL):
                raise OSError("no thread")
            self.join(thread[0], ffi.NULL)
        function(ffi.NULL)
        if seen != [3] * (1 + new_thread):
            raise AssertionError(seen)

    def forever(self, _: object = None) -> None:
        """Do it again and again."""
        while True:
            self.once(NEW_THREADS)

    def start_threads(self) -> None:
        """Starts two threads of Python and two of C that work for ever."""
        for _ in range(2):
            threading.Thread(target=self.forever, daemon=True).start()
        self.kept = self.ffi.callback(self.start, self.forever)
        for _ in range(2):
            self.create(self.ffi.new(self.word), self.ffi.NULL, self.kept, self.ffi.NULL)


def child(work: Work) -> None:
    """What a child does, and its end."""
    # Where it hangs, if it does.
    faulthandler.dump_traceback_later(PATIENCE * 0.8)
    for _ in range(3):
        work.once()
    os._exit(0)


def ends(pid: int) -> bool:
    """Returns whether a child ends well, and in time."""
    latest = time.monotonic() + PATIENCE
    while time.monotonic() < latest:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            if status:
                print(f"a child ended with status {status}", file=sys.stderr)
            return status == 0
        time.sleep(0.0005)
    print("a child hangs", file=sys.stderr)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return False


def program(forks: int) -> int:
    """Fork while four threads work; the number of children that did not end well."""
    work = Work()
    sys.setswitchinterval(1e-4)
    # From the first callback on.
    threading.Thread(target=work.start_threads, daemon=True).start()
    bad = 0
    for _ in range(forks):
        pid = os.fork()
        if pid == 0:
            try:
                child(work)
            finally:
                os._exit(1)
        bad += not ends(pid)
        if bad:
            break
    return bad


def main() -> int:
    """Runs such processes; the exit code is 0 only if no child was lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=30, help="processes")
    parser.add_argument("--forks", type=int, default=150, help="children of each")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        return 1 if program(options.forks) else 0
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.threads.forking",
        "--here",
        f"--forks={options.forks}",
    ]
    bad = sum(subprocess.run(command, check=False).returncode != 0 for _ in range(options.times))
    print(f"forks: {options.times} processes, {options.forks} children each: {bad} lost a child")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
