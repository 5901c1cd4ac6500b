"""libuv: a timer in an event loop."""

from binding import ffi, lib

loop, timer, fired = ffi.new("uv_loop_t *"), ffi.new("uv_timer_t *"), []
assert lib.uv_loop_init(loop) == 0


@ffi.callback("uv_timer_cb")
def tick(handle):
    fired.append(handle == timer)
    if len(fired) == 3:
        lib.uv_timer_stop(handle)
        lib.uv_close(ffi.cast("uv_handle_t *", handle), ffi.NULL)


assert lib.uv_timer_init(loop, timer) == 0
assert lib.uv_timer_start(timer, tick, 1, 1) == 0
lib.uv_run(loop, lib.UV_RUN_DEFAULT)
assert fired == [True, True, True]
assert lib.uv_loop_close(loop) == 0
assert ffi.string(lib.uv_err_name(lib.UV_EINVAL)) == b"EINVAL"
assert lib.uv_handle_size(lib.UV_TIMER) == ffi.sizeof("uv_timer_t")
assert lib.uv_handle_size(lib.UV_TCP) == ffi.sizeof("uv_tcp_t")
assert lib.uv_loop_size() == ffi.sizeof("uv_loop_t")
assert lib.uv_req_size(lib.UV_FS) == ffi.sizeof("uv_fs_t")
print(fired)
