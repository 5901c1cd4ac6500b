"""The build script: what an API-mode module needs besides its C library.

python build_api.py [folder]
"""

from __future__ import annotations

import sys
from pathlib import Path

import cffi

HERE = Path(__file__).resolve().parent

ffibuilder = cffi.FFI()
ffibuilder.cdef(
    """
    #define STATION_CAPACITY ...
    enum sky { SKY_CLEAR, SKY_CLOUDS, SKY_RAIN, ... };

    typedef struct {
        double celsius;
        enum sky sky;
        short gusts;
        _Bool windy;
        char label[...];
        ...;
    } reading_t;

    typedef ... station_t;
    typedef int (*listener_t)(const reading_t *reading, void *context);

    extern int stations_open;
    extern double station_limits[2];
    extern const char *station_maker;

    station_t *station_open(listener_t listener, void *context);
    void station_close(station_t *station);
    int station_record(station_t *station, reading_t reading);
    int station_count(const station_t *station);
    reading_t station_summary(const station_t *station);
    int station_copy(const station_t *station, reading_t *out, int room);
    void station_print(const station_t *station, FILE *out);

    extern "Python" int on_reading(const reading_t *reading, void *context);
    """
)
ffibuilder.set_source(
    "_station_api",
    '#include "station.h"',
    sources=[str(HERE / "station.c")],
    include_dirs=[str(HERE)],
)

if __name__ == "__main__":
    print(ffibuilder.compile(tmpdir=sys.argv[1] if len(sys.argv) > 1 else ".", verbose=True))
