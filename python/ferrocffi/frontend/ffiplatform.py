"""Building extension modules."""

import os

from .error import VerificationError

LIST_OF_FILE_NAMES = ["sources", "include_dirs", "library_dirs", "extra_objects", "depends"]


def get_extension(srcfilename, modname, sources=(), **kwds):
    """Returns the `Extension` of setuptools for a module."""
    from ._shimmed_dist_utils import Extension

    return Extension(name=modname, sources=[srcfilename, *map(os.path.normpath, sources)], **kwds)


def compile(tmpdir, ext, compiler_verbose=0, target_extension=None, embedding=False):
    """Compiles an extension module below a folder, and returns the path of the result."""
    saved = os.environ.copy()
    try:
        path = _build(tmpdir, ext, compiler_verbose, target_extension, embedding)
    finally:
        # The builder may have changed variables.
        for name in set(os.environ) - set(saved):
            del os.environ[name]
        os.environ.update(saved)
    return os.path.abspath(path)


_ARGUMENTS = (
    "include_dirs", "library_dirs", "libraries", "runtime_library_dirs", "define_macros", "undef_macros", "extra_objects",
    "extra_compile_args", "extra_link_args", "depends", "language",
)  # fmt: skip


def _build(tmpdir, ext, compiler_verbose=0, target_extension=None, embedding=False):
    from ferrocffi import compiler

    given = {name: getattr(ext, name) for name in _ARGUMENTS if getattr(ext, name, None)}
    if getattr(ext, "py_limited_api", False):
        given["py_limited_api"] = True
    source, *more = ext.sources
    try:
        return compiler.compile(
            source, ext.name, tmpdir=tmpdir, sources=more, target=target_extension, embedding=bool(embedding),
            verbose=bool(compiler_verbose), keep_objects=True, **given,
        )  # fmt: skip
    except compiler.CompileError as error:
        raise VerificationError(f"CompileError: {error}") from error


def samefile(f1, f2):
    """Returns whether two paths lead to one file."""
    try:
        return os.path.samefile(f1, f2)
    except (AttributeError, OSError):
        return os.path.normcase(os.path.abspath(f1)) == os.path.normcase(os.path.abspath(f2))


def maybe_relative_path(path):
    """Returns a path relative to the current folder, if it is below that."""
    if not os.path.isabs(path):
        return path
    here, parts = path, []
    while True:
        parent, last = os.path.split(here)
        if parent == here or not last:
            return path
        parts.append(last)
        here = parent
        if samefile(here, os.curdir):
            return os.path.join(*reversed(parts))


def flatten(x):
    """Returns a text that tells values of dicts, lists, texts and integers apart."""
    if isinstance(x, str):
        return f"{len(x)}s{x}"
    if isinstance(x, dict):
        return f"{len(x)}d" + "".join(flatten(key) + flatten(x[key]) for key in sorted(x))
    if isinstance(x, (list, tuple)):
        return f"{len(x)}l" + "".join(map(flatten, x))
    if isinstance(x, int):
        return f"{x}i"
    raise TypeError(f"the keywords to verify() contains unsupported object {x!r}")
