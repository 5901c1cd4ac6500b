"""libxml2: parses a document and walks its tree."""

from binding import ffi, lib

text = b"<list><item n='1'>a</item><item n='2'>b</item></list>"
document = lib.xmlReadMemory(text, len(text), b"x.xml", ffi.NULL, lib.XML_PARSE_NONET)
assert document != ffi.NULL
node, found = lib.xmlDocGetRootElement(document).children, []
while node != ffi.NULL:
    value = lib.xmlNodeGetContent(node)
    found.append((ffi.string(ffi.cast("char *", node.name)), ffi.string(ffi.cast("char *", value))))
    node = node.next
lib.xmlFreeDoc(document)
assert found == [(b"item", b"a"), (b"item", b"b")], found
print(found)
