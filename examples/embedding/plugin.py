"""The plug-in itself: the code that runs inside the C program. `build_plugin.py` puts it into a library."""

import sys

import _cffi_backend
from counting import ffi

print(f"python {sys.version_info[0]}.{sys.version_info[1]} backend {_cffi_backend.__file__}", flush=True)

words = []
callback = context = None


@ffi.def_extern()
def plugin_start(progress, handed_back):
    global callback, context
    callback, context = progress, handed_back
    return 0


@ffi.def_extern(error=-1)
def plugin_score(line):
    text = ffi.string(line).decode()
    if "fail" in text:
        raise ValueError("this one fails")
    words.append(len(text.split()))
    callback(len(words), context)
    return words[-1]


@ffi.def_extern(error=-1)
def plugin_upper(text, out, room):
    upper = ffi.string(text).upper() + b"\0"
    if len(upper) > room:
        return -1
    ffi.memmove(out, upper, len(upper))
    return len(upper) - 1


@ffi.def_extern()
def plugin_totals():
    totals = ffi.new("totals_t *")
    totals.lines, totals.words = len(words), sum(words)
    totals.mean = totals.words / totals.lines
    return totals[0]
