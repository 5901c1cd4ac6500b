"""The build script of an out-of-line ABI module: it writes Python, and needs no C compiler.

python build_abi.py [folder]
"""

from __future__ import annotations

import sys

import cffi

ffibuilder = cffi.FFI()
ffibuilder.cdef(
    """
    #define STATION_CAPACITY 8
    enum sky { SKY_CLEAR, SKY_CLOUDS, SKY_RAIN = 10, SKY_SNOW };

    typedef struct {
        double celsius;
        enum sky sky;
        short gusts;
        _Bool windy;
        char label[12];
    } reading_t;

    typedef struct station station_t;
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
    """
)
ffibuilder.set_source("_station_abi", None)

if __name__ == "__main__":
    print(ffibuilder.compile(tmpdir=sys.argv[1] if len(sys.argv) > 1 else ".", verbose=True))
