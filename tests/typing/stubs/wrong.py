"""Lines that type checkers must refuse (`#!`), and that raise. `#! static`: what only a type checker can see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from MODULE import ffi, lib

if TYPE_CHECKING:
    from MODULE import Char, Pointer, VoidPointer

p = ffi.new("struct point *")
other = ffi.new("struct other *")
number = ffi.new("int *")
flags = ffi.new("struct flags *")
numbers = ffi.new("int[]", 3)
points = ffi.new("struct point[]", 3)
text = ffi.new("char[]", b"abc")
handle = lib.handle_open(b"")
array: list[int] = [1, 2]


def python(a: int, b: int) -> int:
    """No C function."""
    return a + b


@ffi.callback("combine_t")
def combiner(a: int, b: int) -> int:
    """Returns a C function of another type than most here."""
    return a + b


lib.lenght(b"abc")  #!
lib.Add(1, 2)  #!
lib.NOTHING  #!
lib.add(1)  #!
lib.add(1, 2, 3)  #!
lib.add()  #!
lib.add(a=1, b=2)  #!
lib.add(1, "2")  #!
lib.add(1.0, 2)  #!
lib.add(None, 2)  #!
lib.add(b"1", 2)  #!
lib.add([1], 2)  #!
lib.add(p, 2)  #!
lib.add(ffi.NULL, 2)  #!
lib.add(1, 2).real_part  #!
lib.add(1, 2)[0]  #!
lib.add(1, 2) + "a"  #!
lib.product("a", 1)  #!
lib.product(None, 1)  #!
lib.product(b"1", 1)  #!
lib.product([1.0], 1)  #!
lib.product(ffi.cast("int", 1), 1)  #!
lib.product(1, 2).upper()  #!
lib.length("abc")  #!
lib.length(5)  #!
lib.length(None)  #!
lib.length(bytearray(b"abc"))  #!
lib.length(["a"])  #!
lib.length(p)  #!
lib.length(numbers)  #!
lib.length()  #!
lib.length(b"a", b"b")  #!
lib.length(b"abc").bit_size  #!
lib.total(5, 1)  #!
lib.total("abc", 3)  #!
lib.total(["a"], 1)  #!
lib.total([1.5], 1)  #!
lib.total([None], 1)  #!
lib.total([[1]], 1)  #!
lib.total({1, 2}, 2)  #!
lib.total(range(3), 3)  #!
lib.total((n for n in (1, 2)), 2)  #!
lib.total(p, 1)  #!
lib.total(text, 3)  #!
lib.total(ffi.new("long *"), 1)  #!
lib.total(ffi.new("unsigned int[]", 3), 1)  #!
lib.total([1, 2])  #!
lib.total([1, 2], [2])  #!
lib.sum_bytes("abc", 3)  #!
lib.sum_bytes(["a"], 1)  #!
lib.sum_bytes(numbers, 3)  #!
lib.count_texts([b"a", b"b"])  #!
lib.count_texts(text)  #!
lib.count_texts(b"abc")  #!
lib.first_wide(b"abc")  #!
lib.first_wide(text)  #!
lib.first(b"abc") + "a"  #!
lib.is_odd("a")  #!
lib.nothing(1)  #!
lib.move(other, 1, 2)  #!
lib.move(p[0], 1, 2)  #!
lib.move(handle, 1, 2)  #!
lib.move(numbers, 1, 2)  #!
lib.move(b"abc", 1, 2)  #!
lib.move({"x": 1}, 1, 2)  #!
lib.move([{"z": 1}], 1, 2)  #!
lib.move(None, 1, 2)  #!
lib.move(0, 1, 2)  #!
lib.move(p, 1)  #!
lib.move(p, 1, "2")  #!
lib.move(p, 1, 2).x  #!
lib.mirrored(p)  #!
lib.mirrored(other[0])  #!
lib.mirrored(5)  #!
lib.mirrored({"z": 1})  #!
lib.mirrored({"x": "a"})  #!
lib.mirrored(p[0]).z  #!
lib.mirrored(p[0])[0]  #!
lib.nearest(points, 3).z  #!
lib.nearest(other, 3)  #!
lib.nearest(points, 3)["x"]  #!
lib.handle_value(p)  #!
lib.handle_value(b"name")  #!
lib.handle_value([1])  #!
lib.handle_open(b"").value  #!
lib.handle_open(b"")[0]  #! static
lib.handle_open(3)  #!
lib.handle_make(handle)  #!
lib.handle_make(ffi.new("struct point **"))  #! static
lib.next_tint("RED")  #!
lib.next_tint(1.5)  #!
lib.next_tint(None)  #!
lib.mix(5)  #!
lib.mix({"red": 1})  #!
lib.mix({"r": "a"})  #!
lib.mix(["a"])  #!
lib.mix(p[0])  #!
lib.combine(python, 1, 2)  #!
lib.combine(lambda a, b: a, 1, 2)  #!
lib.combine(lib.product, 1, 2)  #!
lib.combine(max, 1, 2)  #!
lib.combine(lib.compare_ints, 1, 2)  #!
lib.combine(p, 1, 2)  #!
lib.combine(combiner)  #!
lib.combine(None, 1, 2)  #!
lib.each([1], 1, combiner, ffi.NULL)  #!
lib.each([1], 1, print, ffi.NULL)  #!
lib.each([1], 1, ffi.NULL, 5)  #!
lib.each([1], 1, ffi.NULL, "a")  #!
lib.each([1], 1, ffi.NULL, [1])  #!
lib.sort_items(array, 2, 4, lib.compare_ints)  #!
lib.sort_items(numbers, 3, 4, lib.add)  #!
lib.format(text, 4, b"%d", 5)  #!
lib.format(text, 4, b"%s", b"a")  #!
lib.format(text, 4, "%d")  #!
lib.format(text)  #!
lib.put("file", 65)  #!
lib.put(3, 65)  #!
p.z  #!
p.z = 5  #!
p.X  #!
p[0].z  #!
p[0].z = 5  #!
p.x = "a"  #!
p.x = 1.5  #!
p.x = None  #!
p.x = b"a"  #!
p.x = [1]  #!
p.x = p  #!
p.x.y  #!
p.x()  #!
p.weight = "a"  #!
p.weight = None  #!
p.on = "yes"  #!
flags.bits = 1.5  #!
flags.bits = "a"  #!
p.name = "abc"  #!
p.name = 5  #!
p.name = [1, 2]  #!
p.name[0] = 5  #!
p.name[0] = "a"  #!
p.name.x  #!
p.raw = "abc"  #!
p.raw = [b"a"]  #!
p.label = b"abc"  #!
p.label = "abc"  #!
p.label = p  #!
p.label = numbers  #!
p.tags = 5  #!
p.tags = ["a"]  #!
p.tags = [1.5]  #!
p.tags = b"abc"  #!
p.tags[0] = "a"  #!
p.tags["a"]  #!
p.inner = 5  #!
p.inner = {"x": 5}  #!
p.inner.z  #!
p.inner.q = "a"  #!
p.user = 5  #!
p.user = b"abc"  #!
p.user = None  #!
p.user[0]  #!
p.next = other  #!
p.next = None  #!
p.next = 0  #!
p.next = p[0]  #!
p.next = [1, 2]  #!
p.next.z  #!
p.hook = python  #!
p.hook = lib.add  #!
p.hook = None  #!
p[0] = 5  #!
p[0] = {"z": 5}  #!
p[0] = other[0]  #!
p["x"]  #!
p[1.5]  #!
p(1)  #!
p + 1.5  #!
p * 2  #!
len(p)  #!
list(p)  #!
int(p)  #!
other.x  #!
points[0].z  #!
points[0] = 5  #!
points.x  #!
points[0:2].x  #!
points["a"]  #!
numbers[0] = "a"  #!
numbers[0] = 1.5  #!
numbers[0] = None  #!
numbers[0:2] = ["a", "b"]  #!
numbers[0:2] = 5  #!
numbers[0:]  #!
numbers.x  #!
numbers()  #!
numbers[0].x  #!
number[0] = "a"  #!
number.x  #!
text[0] = 5  #!
text[0] = "a"  #!
text[0:2] = "ab"  #!
text.decode()  #!
text.x  #!
ffi.new("struct point *", {"z": 1})  #!
ffi.new("struct point *", {"x": "a"})  #!
ffi.new("struct point *", {"x": 1.5})  #!
ffi.new("struct point *", {"inner": {"z": 1}})  #!
ffi.new("struct point *", "abc")  #!
ffi.new("struct point *", 1.5)  #!
ffi.new("struct point *", other)  #!
ffi.new("struct point *", p)  #!
ffi.new("color_t *", {"red": 1})  #!
ffi.new("color_t *", {"r": "a"})  #!
ffi.new("color_t *", ["a"])  #!
ffi.new("number_t *", {"i": 1.5})  #!
ffi.new("struct line *", {"to": {"z": 1}})  #!
ffi.new("int *", "a")  #!
ffi.new("int *", 1.5)  #!
ffi.new("int *", p)  #!
ffi.new("int[]", "abc")  #!
ffi.new("int[]", ["a"])  #!
ffi.new("int[]", [None])  #!
ffi.new("int[]", 1.5)  #!
ffi.new("int[]", range(3))  #!
ffi.new("int[]", p)  #!
ffi.new("char[]", "abc")  #!
ffi.new("char[]", ["a"])  #!
ffi.new("char *[]", [b"a", b"b"])  #!
ffi.new("wchar_t[]", [b"a"])  #!
ffi.new("struct handle **", p)  #!
ffi.new("struct point *").z  #!
ffi.new("struct point *")[0].z  #!
ffi.new("int *").x  #!
ffi.new()  #!
ffi.new("int *", 1, 2)  #!
ffi.new(5)  #!
ffi.new(ffi.typeof("struct point *")).z  #!
ffi.nwe("int *")  #!
ffi.cast("struct point *", 0).z  #!
ffi.cast("int *", None)  #!
ffi.cast("int", None)  #!
ffi.cast("int", [1])  #!
ffi.cast("int")  #!
ffi.cast("int", 3).x  #!
ffi.string(p)  #!
ffi.string("abc")  #!
ffi.string(text).encode()  #!
ffi.string(numbers)  #!
ffi.string(ffi.NULL)  #!
ffi.unpack(text)  #!
ffi.unpack(text, 2).encode()  #!
ffi.unpack(numbers, 2).upper()  #!
ffi.gc(p)  #!
ffi.gc(p, 5)  #! static
ffi.gc(p, None).x  #!
ffi.gc(p, lib.handle_close)  #! static
ffi.gc(handle, lib.handle_close).x  #!
ffi.addressof(p[0]).z  #!
ffi.addressof("p")  #!
ffi.addressof(lib, "counter").x  #!
ffi.sizeof(5)  #!
ffi.sizeof("struct point", "x")  #!
ffi.offsetof("struct point")  #!
ffi.memmove(text, "abc", 3)  #!
ffi.buffer("abc")  #!
ffi.errno = "a"  #!
ffi.from_buffer("int[]")  #!
ffi.from_buffer("abc")  #!
ffi.from_handle(5)  #!
ffi.callback("combine_t", 5)  #!
ffi.callback("combine_t")(5)  #!
ffi.callback("combine_t", python).x  #!
ffi.callback("combine_t", python)(1, "a")  #!
ffi.callback("combine_t", python)(1)  #!
lib.counter = "a"  #!
lib.counter = None  #!
lib.counter = 1.5  #!
lib.counter.x  #!
lib.origin = 5  #!
lib.origin = {"z": 5}  #!
lib.origin = p  #!
lib.origin.z  #!
lib.table[0] = "a"  #!
lib.table = ["a"]  #!
lib.title = b"abc"  #!
lib.title = "abc"  #!
lib.chosen = python  #!
lib.chosen = lib.product  #!
lib.chosen(1)  #!
lib.chosen("a", 1)  #!
lib.ANSWER = 43  #!
lib.ANSWER()  #!
lib.RED.x  #!
lib.add = python  #!
lib.new_name = 5  #!
p.hook("a", b"")  #!
p.hook(1, 2)  #!
p.hook(1)  #!
ffi.new("int[3]").upper  #!
ffi.new("int[3]", ["a"])  #!
ffi.new("int[4]", {"a": 1})  #!
ffi.new("int[4]")[0] + "a"  #!
ffi.new("int[4]").x  #!
ffi.new("double[2]", ["a"])  #!
ffi.new("char[8]", "abc")  #!
ffi.new("char[256]")[0] + 1  #!
lib.length(ffi.new("int[16]"))  #!
lib.total(ffi.new("double[2]"), 2)  #!
lib.total(ffi.new("char[8]"), 8)  #!
