"""Import a module on one backend and say what that took: ``python importing.py installed|stock MODULE``.

Prints one JSON object: seconds of the processor for the import, kilobytes that the process grew, and the same for
using all of it afterwards.
"""

from __future__ import annotations

import gc
import importlib.machinery
import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Any


def use_stock() -> None:
    """Makes `import _cffi_backend` give the extension file that the cffi package ships."""
    spec = importlib.util.find_spec("cffi")
    assert spec is not None and spec.origin is not None
    folder = Path(spec.origin).parent.parent
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        path = folder / f"_cffi_backend{suffix}"
        if path.is_file():
            loader = importlib.machinery.ExtensionFileLoader("_cffi_backend", str(path))
            found = importlib.util.spec_from_file_location("_cffi_backend", path, loader=loader)
            assert found is not None
            module = importlib.util.module_from_spec(found)
            sys.modules["_cffi_backend"] = module
            loader.exec_module(module)
            return
    sys.exit("no stock backend here")


def kilobytes() -> int:
    """Private memory of this process."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1])
    raise LookupError("Private_Dirty")


def measured(step: Any) -> tuple[float, int]:
    """Seconds and kilobytes of a step."""
    gc.collect()
    before, started = kilobytes(), time.thread_time()
    step()
    seconds = time.thread_time() - started
    gc.collect()
    return seconds, kilobytes() - before


def main(which: str, name: str) -> None:
    if which == "stock":
        use_stock()
    import _cffi_backend

    def use_all() -> None:
        module = sys.modules[name]
        kept.extend(getattr(module.lib, entry) for entry in dir(module.lib))
        for group, prefix in zip(module.ffi.list_types(), ("", "struct ", "union "), strict=True):
            kept.extend(len(module.ffi.typeof(prefix + entry).fields) for entry in group)

    kept: list[Any] = []
    imported, used = measured(lambda: __import__(name)), measured(use_all)
    names = ("import_seconds", "import_kilobytes", "use_seconds", "use_kilobytes")
    print(json.dumps({"file": _cffi_backend.__file__, **dict(zip(names, (*imported, *used), strict=True))}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
