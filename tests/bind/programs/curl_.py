"""libcurl: URLs, and a transfer from a file, with a callback for the data."""

import pathlib
import sys

from binding import ffi, lib

url = lib.curl_url()
assert lib.curl_url_set(url, lib.CURLUPART_URL, b"https://user@example.org:8080/a/b?q=1", 0) == lib.CURLUE_OK
part = ffi.new("char **")
assert lib.curl_url_get(url, lib.CURLUPART_HOST, part, 0) == lib.CURLUE_OK
assert ffi.string(part[0]) == b"example.org"
lib.curl_free(part[0])
lib.curl_url_cleanup(url)
got = bytearray()


@ffi.callback("curl_write_callback")
def write(data, size, count, user):
    got.extend(ffi.buffer(data, size * count))
    return size * count


easy = lib.curl_easy_init()
where = ("file://" + str(pathlib.Path(__file__).resolve())).encode()
text = ffi.new("char[]", where)
lib.curl_easy_setopt(easy, lib.CURLOPT_URL, text)
lib.curl_easy_setopt(easy, lib.CURLOPT_WRITEFUNCTION, write)
code = lib.curl_easy_perform(easy)
lib.curl_easy_cleanup(easy)
assert code == lib.CURLE_OK, ffi.string(lib.curl_easy_strerror(code))
assert bytes(got) == pathlib.Path(__file__).read_bytes()
print(len(got), file=sys.stderr)
