"""FFmpeg opens a sound file, finds its stream, and decodes it.

    $ ferrocffi bind libavformat/avformat.h libavcodec/avcodec.h --library avformat -o av_binding.py

Debian: libavformat-dev
"""

from __future__ import annotations

import array
import math
import tempfile
import wave

from av_binding import ffi, lib

RATE = 8000


def check(code: int) -> int:
    """Raises an error code."""
    if code < 0:
        raise OSError(f"FFmpeg says {code}")
    return code


def decode(path: str) -> list[int]:
    """Returns the samples of a file with 16 bits each."""
    slot = ffi.new("AVFormatContext **")
    check(lib.avformat_open_input(slot, path.encode(), ffi.NULL, ffi.NULL))
    check(lib.avformat_find_stream_info(slot[0], ffi.NULL))
    number = check(lib.av_find_best_stream(slot[0], lib.AVMEDIA_TYPE_AUDIO, -1, -1, ffi.NULL, 0))
    stream = slot[0].streams[number].codecpar
    packet, frame, decoder = ffi.new("AVPacket **"), ffi.new("AVFrame **"), ffi.new("AVCodecContext **")
    decoder[0] = lib.avcodec_alloc_context3(lib.avcodec_find_decoder(stream.codec_id))
    check(lib.avcodec_parameters_to_context(decoder[0], stream))
    check(lib.avcodec_open2(decoder[0], ffi.NULL, ffi.NULL))
    packet[0], frame[0] = lib.av_packet_alloc(), lib.av_frame_alloc()
    samples: list[int] = []
    while lib.av_read_frame(slot[0], packet[0]) >= 0:
        check(lib.avcodec_send_packet(decoder[0], packet[0]))
        while lib.avcodec_receive_frame(decoder[0], frame[0]) >= 0:
            data = ffi.cast("int16_t *", frame[0].data[0])
            samples += ffi.unpack(data, frame[0].nb_samples)
        lib.av_packet_unref(packet[0])
    lib.av_frame_free(frame)
    lib.av_packet_free(packet)
    lib.avcodec_free_context(decoder)
    lib.avformat_close_input(slot)
    return samples


if __name__ == "__main__":
    tone = array.array("h", (int(9000 * math.sin(i / 3)) for i in range(RATE)))
    with tempfile.TemporaryDirectory() as folder:
        with wave.open(f"{folder}/tone.wav", "wb") as out:
            out.setparams((1, 2, RATE, 0, "NONE", ""))
            out.writeframes(tone.tobytes())
        assert decode(f"{folder}/tone.wav") == tone.tolist()
    print(f"FFmpeg {lib.LIBAVFORMAT_VERSION_MAJOR} has decoded {len(tone)} samples as they were written")
