"""`python -m cffi.gen_src`: writes the C source of a module."""

from ferrocffi.gen_src import main

if __name__ == "__main__":
    raise SystemExit(main(prog="python -m cffi.gen_src"))
