"""pycryptodome: encrypts 200,000 small blocks."""

from Crypto.Cipher import AES

cipher = AES.new(b"0123456789abcdef", AES.MODE_CTR, nonce=b"12345678")
total = 0
for number in range(200000):
    total += cipher.encrypt(b"block %010d" % number)[0]
print(total)
