"""The command ``cffi-gen-src``."""

from ferrocffi.gen_src import main


def run(args=None):
    """Writes the C source of a module, as the arguments of the command ask."""
    raise SystemExit(main(args, prog="cffi-gen-src"))
