"""curl-cffi: reads a file of 1 MB 300 times."""

import os
import tempfile

from curl_cffi import Curl, CurlOpt

total = 0
with tempfile.NamedTemporaryFile() as file:
    file.write(os.urandom(1 << 20))
    file.flush()
    for _ in range(300):
        pieces = []
        curl = Curl()
        curl.setopt(CurlOpt.URL, f"file://{file.name}".encode())
        curl.setopt(CurlOpt.WRITEFUNCTION, pieces.append)
        curl.perform()
        total += sum(map(len, pieces))
        curl.close()
print(total)
