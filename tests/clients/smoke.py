"""One real operation with each of many clients, as a program: ``python smoke.py <name>``.

It imports nothing of the project. Exit status 0 means that the result was right.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def cryptography() -> None:
    """Its extension carries a cffi module inside: keys, signatures, and OpenSSL's version through it."""
    from cryptography.fernet import Fernet
    from cryptography.hazmat.bindings._rust import _openssl
    from cryptography.hazmat.primitives.asymmetric import ed25519

    key = Fernet.generate_key()
    assert Fernet(key).decrypt(Fernet(key).encrypt(b"text")) == b"text"
    private = ed25519.Ed25519PrivateKey.generate()
    private.public_key().verify(private.sign(b"text"), b"text")
    version = _openssl.ffi.string(_openssl.lib.OpenSSL_version(_openssl.lib.OPENSSL_VERSION))
    assert version.startswith(b"OpenSSL "), version
    bio = _openssl.lib.BIO_new_mem_buf(data := _openssl.ffi.new("char[]", b"four"), 4)
    bio = _openssl.ffi.gc(bio, _openssl.lib.BIO_free)
    out = _openssl.ffi.new("char[]", 8)
    assert _openssl.lib.BIO_read(bio, out, 8) == 4
    assert _openssl.ffi.buffer(out, 4)[:] == b"four"
    del data


def gevent() -> None:
    """Its libuv loop is a cffi module with `extern "Python"`: greenlets, timers, a socket pair."""
    os.environ["GEVENT_LOOP"] = "libuv-cffi"
    import gevent
    from gevent import pool, socket

    assert type(gevent.get_hub().loop).__module__.startswith("gevent.libuv")
    left, right = socket.socketpair()
    receiver = gevent.spawn(right.recv, 10)
    gevent.spawn_later(0.01, left.sendall, b"over")
    assert receiver.get(timeout=5) == b"over"
    squares = pool.Pool(4).map(lambda n: (gevent.sleep(0.001), n * n)[1], range(50))
    assert squares == [n * n for n in range(50)]
    try:
        with gevent.Timeout(0.01):
            gevent.sleep(5)
    except gevent.Timeout:
        return
    raise AssertionError("no timeout")


def brotlicffi() -> None:
    """Compression in one go and in pieces."""
    import brotlicffi

    data = os.urandom(1000) * 50
    assert brotlicffi.decompress(brotlicffi.compress(data)) == data
    compressor = brotlicffi.Compressor(quality=5)
    packed = compressor.process(data[:999]) + compressor.process(data[999:]) + compressor.finish()
    assert len(packed) < len(data)
    assert brotlicffi.Decompressor().decompress(packed) == data


def curl_cffi() -> None:
    """A request over libcurl to a server in this process, body and headers through callbacks."""
    import http.server
    import threading

    from curl_cffi import Curl, CurlError, CurlOpt

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 100_000)

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    body, headers = bytearray(), bytearray()
    curl = Curl()
    curl.setopt(CurlOpt.URL, b"http://127.0.0.1:%d/" % server.server_port)
    curl.setopt(CurlOpt.PROXY, b"")
    curl.setopt(CurlOpt.WRITEFUNCTION, lambda data: body.extend(data) or len(data))
    curl.setopt(CurlOpt.HEADERFUNCTION, lambda data: headers.extend(data) or len(data))
    curl.perform()
    assert bytes(body) == b"x" * 100_000
    assert headers.startswith(b"HTTP/1.0 200")
    server.shutdown()
    server.server_close()
    try:
        curl.perform()
    except CurlError:
        curl.close()
        return
    raise AssertionError("no server, and no error")


def pymunk() -> None:
    """A ball falls on a line; collisions come back through `extern "Python"`."""
    import pymunk

    space = pymunk.Space()
    space.gravity = (0, -100)
    ground = pymunk.Segment(space.static_body, (-50, 0), (50, 0), 1)
    body = pymunk.Body(1, 1)
    body.position = (0, 20)
    ball = pymunk.Circle(body, 2)
    space.add(ground, body, ball)
    hits: list[object] = []
    space.on_collision(begin=lambda arbiter, space, data: hits.append(arbiter.shapes))
    for _ in range(200):
        space.step(0.01)
    assert hits
    assert abs(body.position.y - 3) < 0.5, body.position
    assert space.point_query_nearest((0, 3), 0, pymunk.ShapeFilter()).shape is ball


def symbolic() -> None:
    """The best known user of milksnake: a Rust library behind an ABI-mode module, its errors included."""
    from symbolic.common import arch_is_known, normalize_arch
    from symbolic.exceptions import UnknownArchError
    from symbolic.proguard import ProguardMapper

    assert arch_is_known("x86_64")
    assert not arch_is_known("abacus")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mapping.txt"
        path.write_text("org.example.Real -> a.b:\n    1:2:int answer():10:11 -> c\n")
        mapper = ProguardMapper.open(str(path))
        assert mapper.has_line_info
        assert mapper.remap_class("a.b") == "org.example.Real"
        assert mapper.remap_class("a.z") is None
    try:
        normalize_arch("abacus")
    except UnknownArchError:
        return
    raise AssertionError("an unknown architecture was normalized")


def pycares() -> None:
    """Looks up a name from the hosts file through c-ares, the answer through a callback."""
    import threading

    import pycares

    answers: list[tuple[object, object]] = []
    done = threading.Event()

    def answer(result: object, error: object) -> None:
        answers.append((result, error))
        done.set()

    channel = pycares.Channel()
    channel.getaddrinfo("localhost", None, callback=answer)
    assert done.wait(10)
    result, error = answers[0]
    assert error is None, error
    assert result.nodes
    channel.close()


def cmarkgfm() -> None:
    """Markdown to HTML."""
    import cmarkgfm

    html = cmarkgfm.github_flavored_markdown_to_html("# Title\n\n| a |\n|---|\n| ~~b~~ |\n")
    assert "<h1>Title</h1>" in html
    assert "<del>b</del>" in html


def miniaudio() -> None:
    """Makes a sound, writes it as a file, decodes it again."""
    import array

    import miniaudio

    samples = array.array("h", [((n * 37) % 2000) - 1000 for n in range(4000)])
    sound = miniaudio.DecodedSoundFile("made", 1, 8000, miniaudio.SampleFormat.SIGNED16, samples)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.wav"
        miniaudio.wav_write_file(str(path), sound)
        back = miniaudio.decode_file(str(path), nchannels=1, sample_rate=8000)
        pieces = list(miniaudio.stream_file(str(path), nchannels=1, sample_rate=8000, frames_to_read=512))
    assert back.samples == samples
    assert sum(len(piece) for piece in pieces) == len(samples)


def pylibsrtp() -> None:
    """Protect a packet and take the protection off again."""
    from pylibsrtp import Error, Policy, Session

    packet = b"\x80\x08\x00\x00" + bytes(4) + b"\x00\x00\x30\x39" + b"\xd4" * 160
    key = bytes(range(30))
    sender = Session(policy=Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND))
    receiver = Session(policy=Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND))
    protected = sender.protect(packet)
    assert len(protected) == len(packet) + 10
    assert receiver.unprotect(protected) == packet
    try:
        receiver.unprotect(packet)
    except Error:
        return
    raise AssertionError("an unprotected packet was let in")


def xattr() -> None:
    """Extended attributes of a file, where the file system has them; the refusal of one that has not."""
    import xattr

    with tempfile.NamedTemporaryFile(dir=".") as file:
        try:
            xattr.setxattr(file.name, "user.name", b"value")
        except OSError as error:
            assert error.errno in (1, 95), error
            return
        assert xattr.getxattr(file.name, "user.name") == b"value"
        assert "user.name" in xattr.listxattr(file.name)
        xattr.removexattr(file.name, "user.name")
        try:
            xattr.getxattr(file.name, "user.name")
        except OSError:
            return
    raise AssertionError("a removed attribute is still there")


def pycryptodome() -> None:
    """Declarations parsed at run time, buffers as arguments; its own self-tests of a few packages."""
    import importlib

    from Crypto import SelfTest
    from Crypto.Cipher import AES
    from Crypto.Util import _raw_api

    assert _raw_api.backend == "cffi"
    cipher = AES.new(bytes(16), AES.MODE_GCM, nonce=bytes(12))
    text, tag = cipher.encrypt_and_digest(b"text")
    assert AES.new(bytes(16), AES.MODE_GCM, nonce=bytes(12)).decrypt_and_verify(text, tag) == b"text"
    for package in ("Hash", "Signature"):
        SelfTest.run(importlib.import_module(f"Crypto.SelfTest.{package}"), stream=sys.stdout)


def coincurve() -> None:
    """Signs and recovers, with structs and buffers of libsecp256k1."""
    from coincurve import PrivateKey, PublicKey

    private = PrivateKey(bytes(31) + b"\x07")
    signature = private.sign(b"message")
    assert private.public_key.verify(signature, b"message")
    assert not private.public_key.verify(signature, b"another")
    recoverable = private.sign_recoverable(b"message")
    assert PublicKey.from_signature_and_message(recoverable, b"message") == private.public_key
    other = PrivateKey(bytes(31) + b"\x09")
    assert private.ecdh(other.public_key.format()) == other.ecdh(private.public_key.format())
    assert (
        PublicKey.combine_keys([private.public_key, other.public_key]).format()
        == PrivateKey(bytes(31) + b"\x10").public_key.format()
    )


def pynng() -> None:
    """Messages between threads of its own; `extern "Python"` functions are told when peers come and go."""
    import asyncio

    from pynng import Pair0, Timeout

    seen: list[str] = []
    with Pair0(recv_timeout=5000) as left, Pair0(recv_timeout=5000) as right:
        left.add_post_pipe_connect_cb(lambda pipe: seen.append("came"))
        left.listen("inproc://smoke")
        right.dial("inproc://smoke")
        for size in (1, 1000, 100_000):
            right.send(b"x" * size)
            assert left.recv() == b"x" * size

        async def exchange() -> bytes:
            await left.asend(b"over")
            return await right.arecv()

        assert asyncio.run(exchange()) == b"over"
        left.recv_timeout = 10
        try:
            left.recv()
        except Timeout:
            assert seen == ["came"]
            return
    raise AssertionError("no timeout")


SMOKE: dict[str, Callable[[], None]] = {
    function.__name__: function
    for function in (
        cryptography,
        gevent,
        brotlicffi,
        curl_cffi,
        pymunk,
        symbolic,
        pycares,
        cmarkgfm,
        miniaudio,
        pylibsrtp,
        xattr,
        pycryptodome,
        coincurve,
        pynng,
    )
}

if __name__ == "__main__":
    SMOKE[sys.argv[1]]()
