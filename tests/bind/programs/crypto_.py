"""OpenSSL: a digest."""

import hashlib

from binding import ffi, lib

context = lib.EVP_MD_CTX_new()
assert lib.EVP_DigestInit_ex(context, lib.EVP_sha256(), ffi.NULL) == 1
assert lib.EVP_DigestUpdate(context, b"hello", 5) == 1
out, size = ffi.new("unsigned char[]", lib.EVP_MAX_MD_SIZE), ffi.new("unsigned int *")
assert lib.EVP_DigestFinal_ex(context, out, size) == 1
lib.EVP_MD_CTX_free(context)
assert bytes(ffi.buffer(out, size[0])) == hashlib.sha256(b"hello").digest()
print(size[0])
