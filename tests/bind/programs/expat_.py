"""Expat: callbacks for the elements of a document."""

from binding import ffi, lib

seen = []


@ffi.callback("XML_StartElementHandler")
def start(data, name, attributes):
    pairs = []
    while attributes[len(pairs)] != ffi.NULL:
        pairs.append(ffi.string(attributes[len(pairs)]))
    seen.append((ffi.string(name), pairs))


@ffi.callback("XML_EndElementHandler")
def end(data, name):
    seen.append((b"/" + ffi.string(name), []))


parser = lib.XML_ParserCreate(ffi.NULL)
lib.XML_SetElementHandler(parser, start, end)
text = b"<a x='1'><b/></a>"
assert lib.XML_Parse(parser, text, len(text), 1) == lib.XML_STATUS_OK
lib.XML_ParserFree(parser)
assert seen == [(b"a", [b"x", b"1"]), (b"b", []), (b"/b", []), (b"/a", [])]
parser = lib.XML_ParserCreate(ffi.NULL)
assert lib.XML_Parse(parser, b"<a>", 3, 1) == lib.XML_STATUS_ERROR
print(ffi.string(lib.XML_ErrorString(lib.XML_GetErrorCode(parser))))
lib.XML_ParserFree(parser)
