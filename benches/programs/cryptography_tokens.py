"""cryptography: makes and reads 8,000 Fernet tokens."""

from cryptography.fernet import Fernet

fernet = Fernet(b"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
print(sum(len(fernet.decrypt(fernet.encrypt(b"some data %d" % i))) for i in range(8000)))
