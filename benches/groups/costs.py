"""Start-up, import and memory: what each process pays."""

from __future__ import annotations

from benches.model import Group, Limit, Script

_TIMED = "import time\nstart = time.process_time_ns()\n{}\nprint((time.process_time_ns() - start) / 1e6)\n"
_RESIDENT = """
import gc, os, resource, sys
def resident():
    gc.collect()
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:  # elsewhere the peak, which is the same here as nothing is freed
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
"""
_MANY = _RESIDENT + (
    "import _cffi_backend as b\n"
    "i = b.new_primitive_type('int'); p = b.new_pointer_type(i)\n"
    "{}\n"
    "keep = [None] * {count}\n"
    "for n in range({count} // 20): make(n)\n"
    "gc.disable()\n"
    "before = resident()\n"
    "for n in range({count}): keep[n] = make(n)\n"
    "print((resident() - before) / {count})\n"
)
_MEMORY = frozenset({"memory"})


def _time(name: str, code: str, tag: str) -> Script:
    return Script(name, _TIMED.format(code), "ms", tags=frozenset({tag}))


def _memory(name: str, setup: str, count: int = 100_000) -> Script:
    return Script(name, _MANY.replace("{}", setup, 1).replace("{count}", str(count)), "bytes", 3, _MEMORY)


COSTS = Group(
    "costs",
    "Start-up, import, memory",
    (
        _time("import _cffi_backend", "import _cffi_backend", "import"),
        _time("import cffi", "import cffi", "start"),
        _time(
            "from nothing to the first ABI call",
            "import cffi\nffi = cffi.FFI(); ffi.cdef('int abs(int);'); assert ffi.dlopen(None).abs(-3) == 3",
            "start",
        ),
        _time("import of a large compiled module", "import _bench_large", "start"),
        _time(
            "the same, and each of its names used",
            "import _bench_large\nlib = _bench_large.lib\nfor name in dir(lib): getattr(lib, name)",
            "start",
        ),
        _time(
            "the same, and each of its structs realized",
            "import _bench_large\nffi = _bench_large.ffi\nfor n in range(300): ffi.sizeof('struct large%d' % n)",
            "start",
        ),
        _time("import of a large ABI-mode module", "import _bench_large_abi", "start"),
        _memory("memory of a pointer cdata (cast)", "make = lambda n, f=b.cast: f(p, n)"),
        _memory("memory of an int cdata (cast)", "make = lambda n, f=b.cast: f(i, n)"),
        _memory("memory of newp(int *)", "make = lambda n, f=b.newp: f(p)"),
        _memory(
            "memory of newp(struct of 8 bytes *)",
            "s = b.new_struct_type('struct s'); b.complete_struct_or_union(s, [('a', i, -1), ('b', i, -1)])\n"
            "q = b.new_pointer_type(s); make = lambda n, f=b.newp: f(q)",
        ),
        _memory("memory of newp(int[20])", "t = b.new_array_type(p, 20); make = lambda n, f=b.newp: f(t)"),
        _memory(
            "memory of from_buffer",
            "x = bytearray(100); make = lambda n, f=b.from_buffer, t=b.new_array_type(p, None): f(t, x)",
        ),
        _memory("memory of an array type", "make = lambda n, f=b.new_array_type: f(p, n)", 20_000),
        _memory(
            "memory of a pointer type (with its array)",
            "make = lambda n, f=b.new_array_type, g=b.new_pointer_type: g(f(p, n))",
            20_000,
        ),
        _memory(
            "memory of a function type (with its array and pointer)",
            "make = lambda n, f=b.new_array_type, g=b.new_pointer_type, h=b.new_function_type: h((i, g(f(p, n))), i)",
            20_000,
        ),
        _memory(
            "memory of a struct type of 3 fields",
            "def make(n):\n"
            "    s = b.new_struct_type('struct s%d' % n)\n"
            "    b.complete_struct_or_union(s, [('a', i, -1), ('b', p, -1), ('c', i, -1)])\n"
            "    return s",
            20_000,
        ),
        _memory(
            "memory of a callback",
            "t = b.new_function_type((i,), i)\nmake = lambda n, g=lambda x: x, f=b.callback: f(t, g)",
            5_000,
        ),
    ),
    (
        Limit(0.97, "import", "import _cffi_backend takes no longer"),
        Limit(1.0, "memory", "a type and a cdata take no more memory"),
    ),
    floor=0.95,
    counted=False,
    note="Memory is the growth of the resident set by many objects of a kind, divided by their number.",
)
