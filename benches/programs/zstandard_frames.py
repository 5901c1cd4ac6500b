"""zstandard: packs and unpacks 50,000 small frames."""

import os

os.environ["PYTHON_ZSTANDARD_IMPORT_POLICY"] = "cffi"
import zstandard

packer, unpacker = zstandard.ZstdCompressor(level=1), zstandard.ZstdDecompressor()
total = 0
for number in range(50000):
    data = b"record %d " % number * 10
    packed = packer.compress(data)
    assert unpacker.decompress(packed) == data
    total += len(packed)
print(total, zstandard.backend)
