"""PyNaCl: signs, encrypts and opens 9,000 messages."""

import nacl.secret
import nacl.signing

key = nacl.signing.SigningKey(b"\x02" * 32)
box = nacl.secret.SecretBox(b"\x03" * 32)
total = 0
for number in range(9000):
    signed = key.sign(b"message %d" % number)
    total += len(key.verify_key.verify(box.decrypt(box.encrypt(signed, b"n" * 24))))
print(total)
