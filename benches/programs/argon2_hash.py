"""argon2-cffi: hashes 24 passwords."""

import argon2

hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
hashes = [hasher.hash(f"password {i}", salt=b"0123456789abcdef") for i in range(24)]
print(len(hashes), hashes[-1][-8:])
