"""miniaudio: converts 400 short sounds."""

import math
import struct

import miniaudio

sound = b"".join(struct.pack("<h", int(8000 * math.sin(i / 9))) for i in range(2000))
kind = miniaudio.SampleFormat
total = 0
for number in range(400):
    done = miniaudio.convert_frames(kind.SIGNED16, 1, 22050, sound, kind.FLOAT32, 2, 44100 + number)
    total += len(done)
print(total)
