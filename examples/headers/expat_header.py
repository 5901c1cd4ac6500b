"""Expat from its own header: callbacks whose types have names there."""

from __future__ import annotations

from typing import Any

import _bound
from _support import check, run, to_text

DOCUMENT = b"<shelf><book year='1978'>C</book><book year='1991'>Python</book></shelf>"


def main() -> None:
    with _bound.bound(["expat.h"], "expat", "libexpat1-dev") as module:
        ffi, lib = module.ffi, module.lib
        found: list[str] = []

        @ffi.callback("XML_StartElementHandler")
        def start(data: Any, name: Any, attributes: Any) -> None:
            if attributes[0] != ffi.NULL:
                found.append(to_text(ffi, attributes[1]))

        @ffi.callback("XML_CharacterDataHandler")
        def text(data: Any, characters: Any, length: int) -> None:
            found.append(bytes(ffi.buffer(characters, length)).decode())

        parser = ffi.gc(lib.XML_ParserCreate(ffi.NULL), lib.XML_ParserFree)
        lib.XML_SetStartElementHandler(parser, start)
        lib.XML_SetCharacterDataHandler(parser, text)
        check("parse", lib.XML_Parse(parser, DOCUMENT, len(DOCUMENT), True), lib.XML_STATUS_OK)
        check("found", found, ["1978", "C", "1991", "Python"])
        print(f"found {found}")

        broken = ffi.gc(lib.XML_ParserCreate(ffi.NULL), lib.XML_ParserFree)
        check("a broken document", lib.XML_Parse(broken, b"<a></b>", 7, True), lib.XML_STATUS_ERROR)
        code = lib.XML_GetErrorCode(broken)
        check("its error", code, lib.XML_ERROR_TAG_MISMATCH)
        print(f"a broken one is refused: {to_text(ffi, lib.XML_ErrorString(code))}")


if __name__ == "__main__":
    run(main)
