"""xattr: sets and reads 20,000 attributes of files."""

import tempfile

import xattr

with tempfile.NamedTemporaryFile(dir=".") as file:
    attributes = xattr.xattr(file.name)
    total = 0
    for number in range(20000):
        attributes.set(f"user.name{number % 8}", b"value %d" % number)
        total += len(attributes.get(f"user.name{number % 8}")) + len(attributes.list())
print(total)
