"""Writing modules, in C or in Python, and compiling them."""

import io
import os
import sys

import _cffi_backend

from . import ffiplatform
from .cffi_opcode import CLASS_NAME, CffiOp
from .error import VerificationError, VerificationMissing

NativeIO = io.StringIO

USE_LIMITED_API = sys.platform != "win32" or sys.version_info >= (3, 5)
"""Whether modules keep to the stable ABI of Python, as far as the build allows it."""

VERSION_BASE = 0x2601
VERSION_EMBEDDED = 0x2701
VERSION_CHAR16CHAR32 = 0x2801


_NUMBERS = {name: number for number, name in CLASS_NAME.items()}


class _Declarations:
    """What `ferrocffi.sources` writes modules from."""

    def __init__(self, core):
        self._core = core


def core_of(ffi):
    """Returns the compiled parser's declarations of an FFI object."""
    parser = ffi._parser
    if not hasattr(type(parser), "_adopt"):
        return parser._core
    known = parser._known()
    if known is None:
        return parser._types()
    core = getattr(known, "_core", None)
    return _read_again(parser) if core is None else core


def _read_again(parser):
    """Returns the declarations of texts that the parser of the package cffi has read."""
    core = _cffi_backend.FFI()
    for kind, *what in parser._accepted():
        if kind == "text":
            text, override, pack, dllexport = what
            refused = core._take(text, override, pack, dllexport)
        elif kind == "type":
            refused = core._type_number(what[0])
            refused = refused if len(refused) > 2 else None
        elif kind == "include":
            refused = core.include(what[0]._types())
        else:
            refused = None
            core._read_header(*what)
        if refused:
            raise VerificationError(
                f"only the parser of the package cffi reads this text: {refused[0]}: {what[0]}"
            )
    return core


def _included(ffi, target_is_python):
    """Returns the names of the modules that an included FFI object is in."""
    names = []
    for other in ffi._included_ffis:
        try:
            name, source = other._assigned_source[:2]
        except AttributeError:
            raise VerificationError(
                f"ffi object {ffi!r} includes {other!r}, but the latter has not been prepared with set_source()"
            ) from None
        if target_is_python != (source is None):
            text = (
                "not implemented yet: ffi.include() of a C-based ffi inside a Python-based ffi"
                if target_is_python
                else "not implemented yet: ffi.include() of a Python-based ffi inside a C-based ffi"
            )
            raise VerificationError(text)
        names.append(name)
    return names


class _Errors:
    """The exceptions that `ferrocffi.sources` raises."""

    from .error import CDefError, FFIError, VerificationError


class Recompiler:
    """The declarations of an FFI object on their way into a module."""

    def __init__(self, ffi, module_name, target_is_python=False):
        self.ffi = ffi
        self.module_name = module_name
        self.target_is_python = target_is_python
        self._version = VERSION_BASE

    def needs_version(self, ver):
        """Notes that the module needs this version of the tables."""
        self._version = max(self._version, ver)

    def collect_type_table(self):
        """Makes `cffi_types`, the words of the table of types."""
        words, _, problem = core_of(self.ffi)._c_types()
        if problem is not None:
            raise VerificationError(problem[1])
        self.cffi_types = [_operation(word) for word in words]

    def collect_step_tables(self):
        """Does nothing: the other tables are made with the text."""

    def source(self, preamble):
        """Returns the text of the module."""
        from ferrocffi import sources

        declarations = _Declarations(core_of(self.ffi))
        included = _included(self.ffi, self.target_is_python)
        if self.target_is_python:
            if preamble is not None:
                raise AssertionError("a module in Python has no C source")
            _check_enums(declarations._core)
            try:
                return sources.python_source(
                    declarations, self.module_name, includes=included, errors=_Errors
                )
            except VerificationError as error:
                if "more items than the table can express" in str(error):
                    raise OverflowError(f"{error}: limited to 2**31-1") from None
                raise
        return sources.c_source(
            declarations,
            self.module_name,
            preamble,
            includes=included,
            embedding=self.ffi._embedding,
            errors=_Errors,
        )

    def write_source_to_f(self, f, preamble):
        """Writes the module into a file object."""
        f.write(self.source(preamble))

    def write_c_source_to_f(self, f, preamble):
        """Writes the module in C into a file object."""
        self.write_source_to_f(f, preamble)

    def write_py_source_to_f(self, f):
        """Writes the module in Python into a file object."""
        self.write_source_to_f(f, None)


def c_source(parser, module_name, preamble):
    """Returns the C source of a module with the declarations of a parser."""
    from ferrocffi import sources

    return sources.c_source(_Declarations(parser._core), module_name, preamble, errors=_Errors)


def _operation(text):
    name, _, argument = text[1:-1].partition(" ")
    return CffiOp(_NUMBERS.get(name), int(argument) if name in _NUMBERS and argument.isdigit() else argument)


def _check_enums(core):
    """Raises `VerificationMissing` for an enum whose values only a C compiler knows."""
    for kind, _, _, number, _, _ in core._declared(0):
        if kind == "enum":
            _, name, _, partial, *_ = core._type_node(number)
            if partial:
                raise VerificationMissing(name)


def _is_file_like(maybefile):
    return hasattr(maybefile, "write")


def _make_c_or_py_source(ffi, module_name, preamble, target_file, verbose):
    """Writes a module into a file, unless the file has this text already. Returns whether it was written."""
    if verbose and not _is_file_like(target_file):
        print(f"generating {target_file}")
    recompiler = Recompiler(ffi, module_name, target_is_python=preamble is None)
    text = recompiler.source(preamble)
    if _is_file_like(target_file):
        target_file.write(text)
        return True
    data = text.encode("utf-8")
    try:
        with open(target_file, "rb") as old:
            if old.read(len(data) + 1).replace(b"\r\n", b"\n") == data:
                if verbose:
                    print("(already up-to-date)")
                return False
    except OSError:
        pass
    temporary = f"{target_file}.~{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as new:
        new.write(text)
    try:
        os.replace(temporary, target_file)
    except OSError:
        os.unlink(target_file)
        os.rename(temporary, target_file)
    return True


def make_c_source(ffi, module_name, preamble, target_c_file, verbose=False):
    """Writes the C source of a module."""
    if preamble is None:
        raise AssertionError("a module in C has a source")
    return _make_c_or_py_source(ffi, module_name, preamble, target_c_file, verbose)


def make_py_source(ffi, module_name, target_py_file, verbose=False):
    """Writes a module in Python."""
    return _make_c_or_py_source(ffi, module_name, None, target_py_file, verbose)


def _modname_to_file(outputdir, modname, extension):
    parts = modname.split(".")
    folder = os.path.join(outputdir, *parts[:-1])
    os.makedirs(folder, exist_ok=True)
    parts[-1] += extension
    return os.path.join(outputdir, *parts), parts


def recompile(
    ffi,
    module_name,
    preamble,
    tmpdir=".",
    call_c_compiler=True,
    c_file=None,
    source_extension=".c",
    extradir=None,
    compiler_verbose=1,
    target=None,
    debug=None,
    uses_ffiplatform=True,
    **kwds,
):
    """Writes a module, and compiles it if it is one in C.

    Returns the path of the result, or (the `Extension` or None, whether the source changed) without a compiler.
    """
    if not isinstance(module_name, str):
        module_name = module_name.encode("ascii")
    if ffi._windows_unicode:
        ffi._apply_windows_unicode(kwds)
    if preamble is None:
        if c_file is None:
            c_file, _ = _modname_to_file(tmpdir, module_name, ".py")
        updated = make_py_source(ffi, module_name, c_file, verbose=compiler_verbose)
        return c_file if call_c_compiler else (None, updated)
    if ffi._embedding is not None:
        ffi._apply_embedding_fix(kwds)
    if c_file is None:
        c_file, parts = _modname_to_file(tmpdir, module_name, source_extension)
        listed = os.path.join(*([extradir] if extradir else []), *parts)
    else:
        listed = c_file
    if target is None:
        target = f"{module_name}.*" if ffi._embedding is not None else "*"
    ext = None
    if call_c_compiler:
        ext = _extension(listed, module_name, kwds)
    elif uses_ffiplatform:
        ext = ffiplatform.get_extension(listed, module_name, **kwds)
    updated = make_c_source(ffi, module_name, preamble, c_file, verbose=compiler_verbose)
    if not call_c_compiler:
        return ext, updated
    _resolve(ext, tmpdir)
    ext.sources[0] = os.path.abspath(c_file)
    return ffiplatform.compile(
        os.path.abspath(tmpdir),
        ext,
        compiler_verbose,
        None if target == "*" else target,
        ffi._embedding is not None,
    )


class _Plan:
    """What the compiler is told of a module; it has the attributes of an `Extension` of setuptools."""


_LISTS = (
    "include_dirs", "define_macros", "undef_macros", "library_dirs", "libraries", "runtime_library_dirs", "extra_objects",
    "extra_compile_args", "extra_link_args", "export_symbols", "swig_opts", "depends",
)  # fmt: skip


def _extension(source, name, kwds):
    plan = _Plan()
    plan.name = name
    plan.sources = [source, *map(os.path.normpath, kwds.get("sources", ()))]
    plan.language = kwds.get("language")
    plan.optional = kwds.get("optional")
    plan.py_limited_api = kwds.get("py_limited_api", False)
    for key in _LISTS:
        value = kwds.get(key)
        if isinstance(value, str):
            raise TypeError(f"'{key}' must be a list or tuple of strings")
        setattr(plan, key, list(value or ()))
    unknown = sorted(set(kwds) - set(_LISTS) - {"sources", "language", "optional", "py_limited_api"})
    if unknown:
        import warnings

        warnings.warn(f"Unknown Extension options: {', '.join(map(repr, unknown))}", stacklevel=4)
    return plan


def _resolve(ext, tmpdir):
    """Makes paths absolute; they are relative to the folder in which the module is built."""
    folder = os.path.abspath(tmpdir)
    for key in ffiplatform.LIST_OF_FILE_NAMES:
        setattr(ext, key, [os.path.join(folder, path) for path in getattr(ext, key)])
