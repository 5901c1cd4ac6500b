"""A compiled module around a small C library: structs, enums, globals, callbacks, a FILE."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from _compiler import imported, scratch
from _support import check, run
from build_api import ffibuilder


class Observer:
    """The Python side of a station: remembers what it was told."""

    def __init__(self, ffi: Any) -> None:
        self.ffi = ffi
        self.heard: list[tuple[str, float]] = []

    def hear(self, reading: Any) -> int:
        """Called for each reading; thirteen degrees are too much for it."""
        label = self.ffi.string(reading.label).decode()
        self.heard.append((label, reading.celsius))
        if reading.celsius == 13.0:
            raise ValueError("thirteen")
        return len(self.heard)


def listen(ffi: Any) -> list[str]:
    """Define the function that C calls; returns the list that its errors go to."""
    errors: list[str] = []

    def failed(kind: type[BaseException], error: BaseException, trace: object) -> None:
        errors.append(f"{kind.__name__}: {error}")

    @ffi.def_extern(error=-1, onerror=failed)
    def on_reading(reading: Any, context: Any) -> int:
        observer: Observer = ffi.from_handle(context)
        return observer.hear(reading)

    return errors


def record(ffi: Any, lib: Any, folder: Path) -> None:
    """Uses the library as its C users do."""
    errors = listen(ffi)
    observer = Observer(ffi)
    handle = ffi.new_handle(observer)
    station = ffi.gc(lib.station_open(lib.on_reading, handle), lib.station_close)
    check("stations_open", lib.stations_open, 1)

    def reading(label: bytes, celsius: float, sky: int, gusts: int = 0) -> dict[str, object]:
        return {"label": label, "celsius": celsius, "sky": sky, "gusts": gusts, "windy": gusts > 0}

    answers = [
        lib.station_record(station, reading(b"morning", 4.5, lib.SKY_CLOUDS)),
        lib.station_record(station, reading(b"noon", 11.5, lib.SKY_RAIN, 99)),
        lib.station_record(station, reading(b"unlucky", 13.0, lib.SKY_CLEAR)),
        lib.station_record(station, reading(b"broken", 600.0, lib.SKY_CLEAR)),
    ]
    check("answers", answers, [1, 2, -1, -1])
    check("heard", observer.heard, [("morning", 4.5), ("noon", 11.5), ("unlucky", 13.0)])
    check("errors", errors, ["ValueError: thirteen"])
    print(f"four readings, structs by value; C heard from Python {answers}, Python's error went to onerror")

    lib.station_limits[1] = 1000.0
    check("after a hotter limit", lib.station_record(station, reading(b"oven", 600.0, lib.SKY_CLEAR)), 4)
    summary = lib.station_summary(station)
    check("mean", round(summary.celsius, 6), round((4.5 + 11.5 + 600) / 3, 6))
    check("gusts, and a _Bool", (summary.gusts, summary.windy), (99, True))
    check("worst sky", ffi.string(ffi.cast("enum sky", summary.sky)), "SKY_RAIN")
    print(f"a global array changed what C believes; mean {summary.celsius:.1f}, {ffi.string(summary.label)!r}")

    out = ffi.new("reading_t[]", lib.STATION_CAPACITY)
    count = lib.station_copy(station, out, len(out))
    labels = [ffi.string(out[i].label) for i in range(count)]
    check("labels", labels, [b"morning", b"noon", b"oven"])
    path = folder / "readings.txt"
    with path.open("wb") as file:
        lib.station_print(station, file)
    check("printed", path.read_text(), "morning 4.5\nnoon 11.5\noven 600.0\n")
    print(f"{count} readings copied into an array, and printed to a Python file as FILE *")

    ffi.release(station)
    check("stations_open in the end", lib.stations_open, 0)


def describe(ffi: Any, lib: Any) -> None:
    """What the C compiler told the module at build time."""
    check("capacity", lib.STATION_CAPACITY, 8)
    check("the enum's values", (lib.SKY_CLEAR, lib.SKY_RAIN), (0, 10))
    check("label's length", ffi.typeof(ffi.new("reading_t *").label).length, 12)
    check("maker", ffi.string(lib.station_maker), b"Weatherworks")
    check("limits", list(lib.station_limits), [-90.0, 60.0])
    check("limits by address", ffi.addressof(lib, "station_limits")[0][0], -90.0)
    print(f"sizeof(reading_t) is {ffi.sizeof('reading_t')}, made by {ffi.string(lib.station_maker).decode()}")


def main() -> None:
    with scratch() as folder:
        ffibuilder.compile(tmpdir=str(folder))
        module = imported("_station_api")
        print(f"compiled and imported {Path(str(module.__file__)).name}")
        describe(module.ffi, module.lib)
        record(module.ffi, module.lib, folder)


if __name__ == "__main__":
    run(main)
