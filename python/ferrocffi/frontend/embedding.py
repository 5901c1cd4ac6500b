"""What a library that starts Python itself is linked with."""

import os
import sys
import sysconfig


def link_python(kwds):
    """Adds Python's own library to the keyword arguments of `set_source()`."""

    def ensure(key, value):
        values = list(kwds.get(key) or ())
        if value not in values:
            kwds[key] = [*values, value]

    if hasattr(sys, "prefix") and sys.platform == "win32":
        ensure("library_dirs", os.path.join(sys.base_exec_prefix, "libs"))
        ensure("libraries", f"python{sys.version_info[0]}{sys.version_info[1]}" + _debug())
        ensure("extra_link_args", "/MANIFEST")
        return
    version = sysconfig.get_config_var("LDVERSION") or f"{sys.version_info[0]}.{sys.version_info[1]}"
    folder = sysconfig.get_config_var("LIBDIR")
    if folder and (sysconfig.get_config_var("Py_ENABLE_SHARED") or not sysconfig.get_config_var("LIBPL")):
        ensure("library_dirs", folder)
    elif folder:
        ensure("library_dirs", folder)
        ensure("library_dirs", sysconfig.get_config_var("LIBPL"))
    ensure("libraries", f"python{version}")


def _debug():
    return "_d" if hasattr(sys, "gettotalrefcount") else ""
