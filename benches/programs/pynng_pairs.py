"""pynng: sends 6,000 messages between two sockets."""

import pynng

total = 0
with pynng.Pair0(listen="inproc://bench") as left, pynng.Pair0(dial="inproc://bench") as right:
    for number in range(6000):
        left.send(b"message %d" % number)
        total += len(right.recv())
print(total)
