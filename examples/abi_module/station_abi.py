"""The weather station of ``api_mode`` again, opened by name from a module that is only Python."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from _compiler import imported, scratch, shared_library
from _support import CheckFailed, check, run
from build_abi import ffibuilder


def record(ffi: Any, lib: Any) -> None:
    """The same use of the library; the callback is made at run time here."""
    heard: list[float] = []

    @ffi.callback("listener_t", error=-1)
    def listener(reading: Any, context: Any) -> int:
        heard.append(reading.celsius)
        return int(context == ffi.NULL)

    station = ffi.gc(lib.station_open(listener, ffi.NULL), lib.station_close)
    reading = ffi.new("reading_t *", {"label": b"dawn", "celsius": -3.5, "sky": lib.SKY_SNOW, "gusts": 127})
    answers = []
    for n in range(lib.STATION_CAPACITY + 1):
        reading.celsius = n - 3.5
        answers.append(lib.station_record(station, reading[0]))
    check("answers until it is full", answers, [1] * lib.STATION_CAPACITY + [-1])
    check("heard", heard, [n - 3.5 for n in range(lib.STATION_CAPACITY)])
    summary = lib.station_summary(station)
    check("mean, gusts, sky", (summary.celsius, summary.gusts, summary.sky), (0.0, 127, 11))
    print(f"{lib.station_count(station)} readings through a callback, then full; mean {summary.celsius}")

    out = ffi.new("reading_t[3]")
    check("count", lib.station_copy(station, out, 3), lib.STATION_CAPACITY)
    check("copied", [r.celsius for r in out], [-3.5, -2.5, -1.5])
    print(f"three of them copied: {[(ffi.string(r.label), r.celsius) for r in out]}")
    ffi.release(station)
    check("stations_open in the end", lib.stations_open, 0)


def variables(ffi: Any, lib: Any) -> None:
    """Globals are read and written where the library has them."""
    check("maker", ffi.string(lib.station_maker), b"Weatherworks")
    lib.station_limits[0] = -10.0
    check("limits", list(lib.station_limits), [-10.0, 60.0])
    lib.stations_open = 7
    check("by address", ffi.addressof(lib, "stations_open")[0], 7)
    lib.stations_open = 0
    print(f"globals read, written, and reached by address; made by {ffi.string(lib.station_maker).decode()}")


def after_close(ffi: Any, lib: Any) -> None:
    """A closed library refuses."""
    ffi.dlclose(lib)
    try:
        function = lib.station_count
    except ffi.error as refusal:
        print(f"after dlclose: {refusal}")
        return
    raise CheckFailed(f"a closed library still gives {function}")


def main() -> None:
    with scratch() as folder:
        ffibuilder.compile(tmpdir=str(folder))
        library = shared_library(HERE.parent / "api_mode" / "station.c", folder)
        module = imported("_station_abi")
        print(f"imported {Path(str(module.__file__)).name}, {len(dir(module))} names, no C in it")
        lib = module.ffi.dlopen(str(library))
        variables(module.ffi, lib)
        record(module.ffi, lib)
        after_close(module.ffi, lib)


if __name__ == "__main__":
    run(main)
