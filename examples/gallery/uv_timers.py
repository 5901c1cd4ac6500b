"""libuv runs a loop in C that calls Python: two timers, one of which ends the loop.

    $ ferrocffi bind uv.h --package-config libuv -o uv_binding.py

Debian: libuv1-dev
"""

from __future__ import annotations

from typing import Any

from uv_binding import ffi, lib

ticks: list[str] = []


@ffi.callback("uv_timer_cb")
def tick(timer: Any) -> None:
    """Notes the name of the timer, which is behind its handle."""
    name, stop = ffi.from_handle(timer.data)
    ticks.append(name)
    if stop:
        lib.uv_stop(timer.loop)


@ffi.callback("uv_walk_cb")
def close(handle: Any, _: Any) -> None:
    """Closes what is left in the loop."""
    lib.uv_close(handle, ffi.NULL)


def main() -> None:
    """Runs the loop until the slow timer stops it."""
    loop = ffi.new("uv_loop_t *")
    assert lib.uv_loop_init(loop) == 0
    keep = []
    for name, first, again, stop in (("fast", 5, 10, False), ("slow", 38, 0, True)):
        timer, data = ffi.new("uv_timer_t *"), ffi.new_handle((name, stop))
        assert lib.uv_timer_init(loop, timer) == 0
        timer.data = data
        assert lib.uv_timer_start(timer, tick, first, again) == 0
        keep += [timer, data]  # the loop has their addresses only
    lib.uv_run(loop, lib.UV_RUN_DEFAULT)
    lib.uv_walk(loop, close, ffi.NULL)
    lib.uv_run(loop, lib.UV_RUN_DEFAULT)
    assert lib.uv_loop_close(loop) == 0
    assert "slow" in ticks and "fast" in ticks
    print(f"libuv {ffi.string(lib.uv_version_string()).decode()} has called Python {len(ticks)} times")


if __name__ == "__main__":
    main()
