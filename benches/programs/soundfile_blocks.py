"""soundfile: writes a sound, reads it in 12,000 blocks."""

import io

import numpy as np
import soundfile

memory = io.BytesIO()
soundfile.write(memory, np.sin(np.arange(384000) / 9), 48000, format="WAV", subtype="PCM_16")
memory.seek(0)
with soundfile.SoundFile(memory) as file:
    print(round(sum(float(block[0]) for block in file.blocks(32)), 6))
