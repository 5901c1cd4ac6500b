"""brotlicffi: compresses and unpacks 9,000 small pages."""

import brotlicffi

total = 0
for number in range(9000):
    page = f"<html><body>{number} {'<p>some text of a page</p>' * 8}</body></html>".encode()
    packed = brotlicffi.compress(page, quality=2)
    assert brotlicffi.decompress(packed) == page
    total += len(packed)
print(total)
