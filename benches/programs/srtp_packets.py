"""pylibsrtp: protects and opens 60,000 packets."""

from pylibsrtp import Policy, Session

key = b"\x01" * 30
sender = Session(Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND))
receiver = Session(Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND))
total = 0
for number in range(60000):
    packet = b"\x80\x08" + number.to_bytes(2, "big") + bytes(4) + b"\x00\x00\x30\x39" + b"sound" * 8
    total += len(receiver.unprotect(sender.protect(packet)))
print(total)
