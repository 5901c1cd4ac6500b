"""Flags for the compiler and the linker that the program pkg-config tells."""

import contextlib
import subprocess
import sys

from .error import PkgConfigError


def merge_flags(cfg1, cfg2):
    """Adds the lists of the second dict to those of the first one, which it returns."""
    for key, value in cfg2.items():
        if key not in cfg1:
            cfg1[key] = value
            continue
        for name, flags in (("cfg1", cfg1[key]), ("cfg2", value)):
            if not isinstance(flags, list):
                raise TypeError(f"{name}[{key!r}] should be a list of strings")
        cfg1[key].extend(value)
    return cfg1


_ENCODING = sys.getfilesystemencoding()


def call(libname, flag, encoding=_ENCODING):
    """Returns what pkg-config prints for a library."""
    command = ["pkg-config", "--print-errors", flag, libname]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        raise PkgConfigError(f"cannot run pkg-config: {str(error).strip()}") from error
    out, problems = process.communicate()
    if process.returncode != 0:
        with contextlib.suppress(Exception):  # the text helps if it can be shown, and that is all
            problems = problems.decode(encoding)
        raise PkgConfigError(problems.strip())
    try:
        text = out.decode(encoding)
    except UnicodeDecodeError as error:
        raise PkgConfigError(
            f"pkg-config {flag} {libname} returned bytes that cannot be decoded with encoding {encoding!r}:\n{out!r}"
        ) from error
    if "\\" in text:
        raise PkgConfigError(
            f"pkg-config {flag} {libname} returned an unsupported backslash-escaped output:\n{text!r}"
        )
    return text


def flags_from_pkgconfig(libs):
    """Returns the keyword arguments of `set_source()` for some libraries."""

    def macro(flag):
        name, equals, value = flag[2:].partition("=")
        return name, value if equals else None

    found = {}
    for lib in libs:
        compiling, linking = call(lib, "--cflags").split(), call(lib, "--libs").split()
        merge_flags(
            found,
            {
                "include_dirs": [flag[2:] for flag in compiling if flag.startswith("-I")],
                "library_dirs": [flag[2:] for flag in linking if flag.startswith("-L")],
                "libraries": [flag[2:] for flag in linking if flag.startswith("-l")],
                "define_macros": [macro(flag) for flag in compiling if flag.startswith("-D")],
                "extra_compile_args": [flag for flag in compiling if not flag.startswith(("-I", "-D"))],
                "extra_link_args": [flag for flag in linking if not flag.startswith(("-L", "-l"))],
            },
        )
    return found
