"""The keyword ``cffi_modules`` of `setup()`."""

import os
import sys

from . import error as _error

_HELP = "path/build.py:ffi_variable"


def error(msg):
    """Raises the error of setuptools for wrong arguments of `setup()`."""
    from ._shimmed_dist_utils import DistutilsSetupError

    raise DistutilsSetupError(msg)


def execfile(filename, glob):
    """Runs a file of Python code in a namespace."""
    with open(filename, "rb") as file:
        source = file.read()
    exec(compile(source, filename, "exec", dont_inherit=True), glob)


def add_cffi_module(dist, mod_spec):
    """Adds the module that a build script describes to a distribution."""
    from .api import FFI

    if not isinstance(mod_spec, str):
        error(
            f"argument to 'cffi_modules=...' must be a str or a list of str, not {type(mod_spec).__name__!r}"
        )
    mod_spec = str(mod_spec)
    script, colon, variable = mod_spec.rpartition(":")
    if not colon or not script:
        error(f"{mod_spec!r} must be of the form 'path/build.py:ffi_variable'")
    if not os.path.exists(script):
        corrected = ""
        if "." in script and not script.endswith(".py"):
            candidate = f"{script.replace('.', '/')}.py:{variable}"
            if os.path.exists(candidate.rpartition(":")[0]):
                corrected = f" (rewrite cffi_modules to [{candidate!r}])"
        error(f"{script!r} does not name an existing file{corrected}")
    names = {"__name__": "__cffi__", "__file__": script}
    execfile(script, names)
    if variable not in names:
        error(f"{mod_spec!r}: object {variable!r} not found in module")
    ffi = names[variable]
    if not isinstance(ffi, FFI) and callable(ffi):
        ffi = ffi()
    if not isinstance(ffi, FFI):
        error(f"{mod_spec!r} is not an FFI instance (got {ffi!r})")
    if not hasattr(ffi, "_assigned_source"):
        error(f"{mod_spec!r}: the set_source() method was not called")
    name, source, extension, kwds = ffi._assigned_source
    if ffi._windows_unicode:
        kwds = kwds.copy()
        ffi._apply_windows_unicode(kwds)
    if source is None:
        _add_py_module(dist, ffi, name)
    else:
        _add_c_module(dist, ffi, name, source, extension, kwds)


def _set_py_limited_api(extension, kwds):
    """Decides whether a module keeps to the stable ABI, and returns the keyword arguments that say so."""
    import sysconfig

    from . import recompiler

    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        if sys.version_info < (3, 15):
            if kwds.get("py_limited_api"):
                import logging

                logging.getLogger(__name__).info("Ignoring py_limited_api=True for free-threaded build.")
            kwds["py_limited_api"] = False
        if kwds.get("py_limited_api") is False:
            kwds.setdefault("define_macros", []).append(("_CFFI_NO_LIMITED_API", None))
            return kwds
    wanted = kwds.get("py_limited_api")
    if "py_limited_api" not in kwds and not hasattr(sys, "gettotalrefcount") and recompiler.USE_LIMITED_API:
        import setuptools

        try:
            major = int(setuptools.__version__.partition(".")[0])
        except ValueError:  # a development version
            major = 1000
        if major >= 26:
            wanted = kwds["py_limited_api"] = True
    if wanted is False:
        kwds.setdefault("define_macros", []).append(("_CFFI_NO_LIMITED_API", None))
    elif wanted and sysconfig.get_config_var("Py_GIL_DISABLED"):
        kwds.setdefault("define_macros", []).append(("Py_TARGET_ABI3T", None))
    return kwds


def _add_c_module(dist, ffi, module_name, source, source_extension, kwds):
    from ._shimmed_dist_utils import Extension, build_ext, log, mkpath
    from .recompiler import make_c_source

    placeholder = "$PLACEHOLDER"
    sources = [placeholder, *kwds.pop("sources", [])]
    ext = Extension(name=module_name, sources=sources, **_set_py_limited_api(Extension, kwds))

    def make_mod(folder, pre_run=None):
        file = os.path.join(folder, module_name + source_extension)
        log.info(f"generating cffi module {file!r}")
        mkpath(folder)
        if pre_run is not None:
            pre_run(ext, ffi)
        if not make_c_source(ffi, module_name, source, file):
            log.info("already up-to-date")
        return file

    if dist.ext_modules is None:
        dist.ext_modules = []
    dist.ext_modules.append(ext)
    base = dist.cmdclass.get("build_ext", build_ext)

    class BuildExtWithSource(base):
        def run(self):
            if ext.sources[0] == placeholder:
                ext.sources[0] = make_mod(self.build_temp, getattr(self, "pre_run", None))
            base.run(self)

    BuildExtWithSource.__name__ = "build_ext_make_mod"
    dist.cmdclass["build_ext"] = BuildExtWithSource


def _add_py_module(dist, ffi, module_name):
    from ._shimmed_dist_utils import build_ext, log, mkpath
    from .recompiler import make_py_source

    try:
        from setuptools.command.build_py import build_py
    except ImportError:
        from distutils.command.build_py import build_py

    parts = module_name.split(".")
    package = ".".join(parts[:-1])

    def generate(file):
        log.info(f"generating cffi module {file!r}")
        if not make_py_source(ffi, module_name, file):
            log.info("already up-to-date")

    base_py = dist.cmdclass.get("build_py", build_py)
    base_ext = dist.cmdclass.get("build_ext", build_ext)

    class BuildPyWithModule(base_py):
        def run(self):
            base_py.run(self)
            folder = os.path.join(self.build_lib, *parts[:-1])
            mkpath(folder)
            generate(os.path.join(folder, parts[-1] + ".py"))

        def get_source_files(self):
            # Without a list of its own, a distribution of this module alone has no sources.
            saved = self.py_modules
            try:
                self.py_modules = [name for name in saved or () if name != module_name]
                return base_py.get_source_files(self)
            finally:
                self.py_modules = saved

    class BuildExtWithModule(base_ext):
        def run(self):
            if self.inplace:
                build = self.get_finalized_command("build_py")
                generate(os.path.join(build.get_package_dir(package), parts[-1] + ".py"))
            base_ext.run(self)

    if dist.py_modules is None:
        dist.py_modules = []
    dist.py_modules.append(module_name)
    dist.cmdclass["build_py"] = BuildPyWithModule
    if dist.ext_modules is None:
        # Commands that build in place run build_ext only if there is an extension.
        dist.ext_modules = []
    dist.cmdclass["build_ext"] = BuildExtWithModule


def cffi_modules(dist, attr, value):
    """Adds the modules of the keyword ``cffi_modules``. setuptools calls it."""
    if attr != "cffi_modules":
        raise AssertionError(f"unexpected keyword {attr!r}")
    for spec in [value] if isinstance(value, str) else value:
        add_cffi_module(dist, spec)


def keyword(dist, attr, value):
    """Adds the modules of the keyword ``cffi_modules``, unless a package `cffi` is installed, which does so itself."""
    from importlib.metadata import entry_points

    known = entry_points(group="distutils.setup_keywords")
    if not any(each.name == attr and not each.value.startswith("ferrocffi.") for each in known):
        cffi_modules(dist, attr, value)


VerificationError = _error.VerificationError
