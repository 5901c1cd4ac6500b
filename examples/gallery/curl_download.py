"""libcurl fetches an address and hands each piece to a Python function.

    $ ferrocffi bind curl/curl.h --library curl -o curl_binding.py

Debian: libcurl4-openssl-dev
"""

from __future__ import annotations

import functools
import http.server
import pathlib
import threading
from typing import Any

from curl_binding import ffi, lib


@ffi.callback("size_t(char *, size_t, size_t, void *)", error=0)
def on_data(piece: Any, size: int, count: int, state: Any) -> int:
    """Appends a piece to the list behind the handle. Fewer bytes than were offered would stop the transfer."""
    ffi.from_handle(state).append(bytes(ffi.buffer(piece, size * count)))
    return size * count


def fetch(address: str) -> bytes:
    """Returns what is at an address."""
    pieces: list[bytes] = []
    state = ffi.new_handle(pieces)
    curl = ffi.gc(lib.curl_easy_init(), lib.curl_easy_cleanup)
    lib.curl_easy_setopt(curl, lib.CURLOPT_URL, ffi.new("char[]", address.encode()))
    lib.curl_easy_setopt(curl, lib.CURLOPT_WRITEFUNCTION, on_data)
    lib.curl_easy_setopt(curl, lib.CURLOPT_WRITEDATA, state)
    lib.curl_easy_setopt(curl, lib.CURLOPT_FAILONERROR, ffi.cast("long", 1))
    code = lib.curl_easy_perform(curl)
    if code != lib.CURLE_OK:
        raise OSError(ffi.string(lib.curl_easy_strerror(code)).decode())
    return b"".join(pieces)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing about it."""

    def log_message(self, format: str, *args: object) -> None: ...


if __name__ == "__main__":
    handler = functools.partial(Handler, directory=str(pathlib.Path(__file__).parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        assert fetch(f"{address}{pathlib.Path(__file__).name}") == pathlib.Path(__file__).read_bytes()
        try:
            fetch(f"{address}missing")
        except OSError as error:
            print(f"libcurl fetched this file from a server, and of a missing one it says: {error}")
        server.shutdown()
