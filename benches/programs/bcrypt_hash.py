"""bcrypt: hashes 40 passwords."""

import bcrypt

salt = b"$2b$07$abcdefghijklmnopqrstuu"
print(sum(b[0] for b in [bcrypt.hashpw(f"password {i}".encode(), salt)[-4:] for i in range(40)]))
