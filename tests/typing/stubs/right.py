"""Programs that type checkers must accept, and that run without an exception."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from MODULE import ffi, lib

if TYPE_CHECKING:
    from MODULE import (
        Array,
        Char,
        FunctionPointer,
        Int,
        Pointer,
        UnsignedChar,
        VoidPointer,
        color_t,
        struct_handle_p,
        struct_point,
        struct_point_p,
    )
    from typing_extensions import assert_type
else:

    def assert_type(value: object, expected: object) -> object:
        """A checker compares the types; this is for running."""
        return value


def numbers() -> None:
    """Functions of numbers."""
    assert_type(lib.add(1, 2), int)
    assert_type(lib.product(1.5, 2), float)
    assert_type(lib.is_odd(3), bool)
    assert_type(lib.first(b"abc"), bytes)
    assert_type(lib.half(True), float)
    lib.add(True, False)
    lib.add(ffi.cast("int", 3), lib.ANSWER)
    lib.product(ffi.cast("double", 3), 4)
    lib.add(lib.add(1, 2), ffi.cast("enum mode", 1))
    nothing: None = lib.nothing()  # type: ignore[func-returns-value]
    print(nothing)
    total = 0
    total += lib.add(total, 1)
    assert_type(total, int)


def texts() -> None:
    """Values that a `char *` takes."""
    assert_type(lib.length(b"abc"), int)
    buffer = ffi.new("char[]", b"abc")
    assert_type(buffer, "Array[Char]")
    lib.length(buffer)
    lib.length(buffer + 1)
    lib.length(ffi.new("char *"))
    lib.length(ffi.NULL)
    lib.length(ffi.new("unsigned char[]", b"abc"))
    lib.length(ffi.new("char[10]"))
    lib.length(ffi.from_buffer(b"abc\0"))
    lib.length([b"a", b"\0"])
    lib.length((b"a", b"\0"))
    lib.length(ffi.cast("char *", ffi.new_handle(3)) if False else ffi.NULL)
    assert_type(ffi.string(buffer), bytes)
    assert_type(ffi.string(buffer, 2), bytes)
    assert_type(ffi.unpack(buffer, 2), bytes)
    assert_type(ffi.string(ffi.new("wchar_t[]", "abc")), str)
    assert_type(lib.first_wide("abc"), str)
    lib.first_wide(ffi.new("wchar_t[]", "abc"))
    assert_type(buffer[0], bytes)
    buffer[0] = b"x"
    buffer[0:2] = b"yz"
    buffer[0:2] = [b"y", b"z"]
    assert_type(buffer[0:2], "Array[Char]")
    text: bytes = ffi.string(buffer)
    print(text.decode())


def arrays() -> None:
    """What an `int *` takes."""
    assert_type(lib.total([1, 2, 3], 3), int)
    lib.total((1, 2, 3), 3)
    values = [1, 2, 3]
    lib.total(values, len(values))
    array = ffi.new("int[]", [1, 2, 3])
    assert_type(array, "Array[Int]")
    lib.total(array, len(array))
    lib.total(array + 1, 2)
    lib.total(array[0:2], 2)
    lib.total(ffi.new("int *", 5), 1)
    lib.total(ffi.NULL, 0)
    lib.total(lib.table, 10)
    lib.total(ffi.new("int[3]"), 3)
    lib.total(ffi.new("vec3"), 3)
    lib.total(ffi.new("int[3]", [1, 2, 3]), 3)
    lib.total(ffi.new("int[2]", (1, 2)), 2)
    lib.total(ffi.new("int[1000]"), 1000)
    lib.total(ffi.new("int[1001]"), 1001)
    line = ffi.new("char[256]", b"abc")
    lib.length(line)
    line[0] = b"d"
    fixed = ffi.new("double[4]", [1, 2.5])
    fixed[3] = fixed[0] + fixed[1]
    four = ffi.new("struct point[4]", [[1, 2], {"x": 3}])
    four[3].x = four[0].y
    lib.total([lib.add(1, 2)] * 3, 3)
    lib.total([n * n for n in range(3)], 3)
    lib.total(list(range(3)), 3)
    lib.total([], 0)
    assert_type(array[0], int)
    array[0] = 5
    array[1] = ffi.cast("int", 7)
    array[0:2] = [1, 2]
    array[0:2] = array[1:3]
    for item in array:
        assert_type(item, int)
    assert_type(sum(array), int)
    assert_type(list(array), list[int])
    assert_type(len(array), int)
    assert_type(ffi.unpack(array, 3), list[int])
    made = ffi.new("int[]", 10)
    made = ffi.new("int[]", values)
    made = ffi.new("int[]", tuple(values))
    assert_type(made, "Array[Int]")
    n = 4
    ffi.new(f"int[{n}]")
    ffi.new("int[%d]" % n, values)
    ffi.new("long long[]", 5)
    ffi.new("char[64]", b"abc")
    assert_type(lib.sum_bytes(b"abc", 3), int)
    lib.sum_bytes([1, 2, 3], 3)
    lib.sum_bytes(ffi.new("char[]", b"abc"), 3)
    lib.sum_bytes(ffi.new("unsigned char[]", [1, 2]), 2)
    lib.sum_bytes(ffi.from_buffer("unsigned char[]", bytearray(3)), 3)
    words = [ffi.new("char[]", b"a"), ffi.new("char[]", b"b")]
    assert_type(lib.count_texts([*words, ffi.NULL]), int)
    lib.count_texts(ffi.new("char *[]", [*words, ffi.NULL]))


def structs() -> None:
    """Fields, pointers, initializers."""
    p = ffi.new("struct point *")
    assert_type(p, "struct_point_p")
    p = ffi.new("struct point *", {"x": 1, "y": 2})
    p = ffi.new("struct point *", {"name": b"abc", "weight": 1, "tags": [1, 2], "inner": {"q": 5}})
    p = ffi.new("struct point *", [1, 2])
    p = ffi.new("struct point *", (1, 2, ffi.NULL, b"abc"))
    p = ffi.new("struct point *", p[0])
    p = ffi.new("struct point*", dict(x=1, y=2)) if False else ffi.new("point_ptr")
    assert_type(p.x, int)
    assert_type(p[0].x, int)
    assert_type(p[0], "struct_point")
    assert_type(p.weight, float)
    assert_type(p.on, bool)
    assert_type(p.label, "Pointer[Char]")
    assert_type(p.name, "Array[Char]")
    assert_type(p.next, "struct_point_p")
    assert_type(p.user, "VoidPointer")
    assert_type(p.raw, "Array[UnsignedChar]")
    assert_type(p.tags[1], int)
    assert_type(p.inner.q, int)
    flags = ffi.new("struct flags *", {"bits": 1})
    assert_type(flags.bits, int)
    p.x = 5
    p.x += 1
    p.x = True
    p.weight = 2
    p.weight = 2.5
    p.on = True
    p.on = 1
    flags.bits = 2
    flags.rest = True
    p.name = b"abc"
    p.name[0] = b"x"
    p.name = [b"a", b"b"]
    p.raw = b"\1\2"
    p.raw = [1, 2]
    p.tags = [1, 2, 3]
    p.tags = (1, 2)
    p.tags = ffi.new("int[4]")
    p.tags[0] = 5
    p.inner = {"q": 5}
    p.inner = [5]
    p.inner.q = 6
    p.label = ffi.NULL
    p.label = p.name
    p.user = p
    p.user = ffi.NULL
    p.user = p.tags
    p.next = p
    assert_type(p.next.next.next.x, int)
    p.next = ffi.NULL
    if p.next:
        p.next.x = 5
    if p.next == ffi.NULL or p.next != p:
        p.next = p
    p[0] = {"x": 7}
    p[0] = p[0]
    p[0] = [1, 2]
    lib.move(p, 1, 2)
    lib.move(ffi.NULL, 1, 2)
    lib.move(ffi.addressof(p[0]), 1, 2)
    lib.move([{"x": 1}], 1, 2)
    lib.move(ffi.addressof(lib.origin), 1, 2)
    lib.move(ffi.cast("struct point *", ffi.cast("void *", p)), 1, 2)
    lib.move(ffi.cast("void *", p), 1, 2)
    assert_type(lib.mirrored(p[0]).x, int)
    assert_type(lib.mirrored({"x": 4}), "struct_point")
    lib.mirrored([1, 2])
    q = p
    assert_type(q.x + p.y, int)
    del q


def struct_arrays() -> None:
    """Arrays of structs, and pointers to pointers."""
    points = ffi.new("struct point[]", 3)
    assert_type(points, "Array[struct_point]")
    points = ffi.new("struct point[]", [[1, 2], {"x": 3}, (1,), points[0]])
    assert_type(points[0].x, int)
    points[0].x = 5
    points[0] = {"x": 5}
    assert_type(points + 1, "struct_point_p")
    assert_type((points + 1).x, int)
    for point in points:
        assert_type(point.x, int)
    found = lib.nearest(points, len(points))
    assert_type(found, "struct_point_p")
    assert_type(found + 1, "struct_point_p")
    assert_type(found - points, int)
    assert_type(found[0:2], "Array[struct_point]")
    pointers = ffi.new("struct handle **")
    assert_type(pointers, "Pointer[struct_handle_p]")
    assert_type(lib.handle_make(pointers), int)
    assert_type(pointers[0], "struct_handle_p")
    lib.handle_close(pointers[0])
    pointers[0] = ffi.NULL
    line = ffi.new("struct line *", {"from_": {"x": 1}, "to": [1, 2]})
    assert_type(line.to.x, int)
    line.to = points[0]
    line.from_.next = points
    lib.move(ffi.addressof(line, "to"), 1, 2)
    sized = ffi.new("struct buffer *", {"size": 3, "items": [1, 2, 3]})
    sized = ffi.new("struct buffer *", {"size": 3, "items": 3})
    assert_type(sized.items[0], int)
    number = ffi.new("number_t *", {"f": 1.5})
    number.i = 3
    assert_type(number.f, float)
    words = ffi.new("struct words *")
    words.__private = 3
    words.str = 4
    assert_type(words.__private, int)
    other = ffi.new("struct other *")
    words.bytes = other
    assert_type(words.bytes.f, float)


def handles() -> None:
    """Opaque types, `gc`, `with`."""
    handle = lib.handle_open(b"name")
    assert_type(handle, "struct_handle_p")
    handle = ffi.gc(handle, lib.handle_close)
    assert_type(handle, "struct_handle_p")
    assert_type(lib.handle_value(handle), int)
    assert_type(ffi.gc(handle, None), None)
    if not handle:
        raise MemoryError
    with ffi.new("struct point *") as p:
        assert_type(p.x, int)
    ffi.release(ffi.new("int[]", 3))
    thing = ffi.new_handle([1])
    assert_type(thing, "VoidPointer")
    assert_type(ffi.from_handle(thing), Any)
    names = {handle: "it"}
    assert_type(names[handle], str)
    assert_type(handle == ffi.NULL, bool)


def colours() -> None:
    """Structs without a tag, enums."""
    assert_type(lib.mix({"r": 1, "g": 2}), int)
    lib.mix([1, 2, 3])
    lib.mix(ffi.new("color_t *", [1, 2, 3])[0])
    color = ffi.new("color_t *", {"r": 255})
    color.g = 3
    assert_type(color[0], "color_t")
    assert_type(lib.next_tint(lib.RED), int)
    lib.next_tint(5)
    tint = ffi.new("tint_t *", lib.GREEN)
    assert_type(tint[0], int)
    assert_type(ffi.string(ffi.cast("tint_t", 5)), str)
    assert_type(ffi.typeof("tint_t").relements["GREEN"], int)
    one: Literal[42] = lib.ANSWER
    two: Literal[-7] = lib.MINUS
    print(one, two)
    number: int = lib.ANSWER + lib.READING
    print(number)


def callbacks() -> None:
    """Function pointers."""

    @ffi.callback("combine_t")
    def times(a: int, b: int) -> int:
        return a * b

    assert_type(lib.combine(times, 2, 3), int)
    assert_type(times(2, 3), int)
    lib.combine(lib.add, 2, 3)
    lib.combine(ffi.NULL, 2, 3)
    lib.combine(ffi.callback("combine_t", lambda a, b: a - b), 2, 3)
    lib.combine(ffi.callback("int(int, int)", max), 2, 3)
    lib.combine(lib.chosen, 1, 2)
    lib.chosen = times
    lib.chosen = lib.add
    lib.chosen = ffi.cast("combine_t", ffi.addressof(lib, "add"))
    assert_type(lib.chosen(1, 2), int)

    @ffi.callback("void(int, void *)", error=None)
    def seen(n: int, data: VoidPointer) -> None:
        ffi.from_handle(data).append(n)

    found: list[int] = []
    lib.each([1, 2, 3], 3, seen, ffi.new_handle(found))
    lib.each(ffi.new("int[]", 2), 2, seen, ffi.new_handle(found))

    @ffi.callback("compare_t")
    def compare(a: VoidPointer, b: VoidPointer) -> int:
        return ffi.cast("int *", a)[0] - ffi.cast("int *", b)[0]

    array = ffi.new("int[]", [3, 1, 2])
    lib.sort_items(array, len(array), ffi.sizeof("int"), compare)
    lib.sort_items(array, len(array), ffi.sizeof("int"), lib.compare_ints)
    assert list(array) == [1, 2, 3]

    @ffi.callback("int(int, char *)")
    def hook(n: int, text: Pointer[Char]) -> int:
        return n + len(ffi.string(text))

    p = ffi.new("struct point *")
    p.hook = hook
    assert_type(p.hook(3, b"abc"), int)
    p.hook = ffi.NULL


def variables() -> None:
    """Global variables."""
    lib.counter = 5
    lib.counter += 1
    assert_type(lib.counter, int)
    lib.origin.x = 3
    lib.origin = {"x": 1}
    assert_type(lib.origin, "struct_point")
    lib.table[3] = 5
    assert_type(lib.table[3], int)
    kept = ffi.new("char[]", b"abc")
    lib.title = kept
    assert_type(ffi.string(lib.title), bytes)
    lib.title = ffi.NULL
    pointer = ffi.addressof(lib, "counter")
    assert_type(pointer, "Pointer[Int]")
    pointer[0] = 7


def variadic() -> None:
    """Functions with an ellipsis, files."""
    out = ffi.new("char[]", 100)
    assert_type(lib.format(out, 100, b"%d %s", ffi.cast("int", 3), ffi.new("char[]", b"abc")), int)
    lib.format(out, len(out), b"plain")
    with open("/dev/null", "wb") as file:
        assert_type(lib.put(file, 65), int)
    lib.put(ffi.NULL, 65)


def methods() -> None:
    """Methods of `ffi`."""
    assert_type(ffi.sizeof("struct point"), int)
    assert_type(ffi.sizeof(ffi.new("int[]", 3)), int)
    assert_type(ffi.offsetof("struct point", "y"), int)
    for name, field in ffi.typeof("struct point").fields or []:
        assert_type(ffi.offsetof("struct point", name) - field.offset, int)
    pointer_type = ffi.typeof("struct point *")
    assert_type(ffi.new(pointer_type).x, int)
    assert_type(ffi.new(pointer_type, {"x": 1}), "struct_point_p")
    ffi.new(ffi.typeof("int[3]"), [1, 2, 3])
    assert_type(ffi.getctype("struct point", "*"), str)
    assert_type(int(ffi.cast("int", 3.7)), int)
    assert_type(float(ffi.cast("double", 3)), float)
    assert_type(int(ffi.cast("uintptr_t", ffi.new("int *"))), int)
    assert_type(ffi.cast("struct point *", 0), "struct_point_p")
    assert_type(ffi.cast("u32", 3) < 5, bool)
    assert_type(bytes(ffi.buffer(ffi.new("int[]", 2))), bytes)
    ffi.memmove(ffi.new("char[]", 5), b"abc", 3)
    ffi.memmove(bytearray(3), ffi.new("char[]", b"abc"), 3)
    ffi.errno = 3
    number: int = ffi.errno
    print(number)
    allocate = ffi.new_allocator(should_clear_after_alloc=False)
    assert_type(allocate("struct point *").x, int)
    assert_type(ffi.init_once(lambda: 3, "tag"), int)
    assert isinstance(ffi.new("int *"), ffi.CData)
    assert isinstance(ffi.typeof("int"), ffi.CType)


def annotated(p: struct_point_p, all: Array[struct_point], f: FunctionPointer[[int], int] | None) -> int:
    """Types of the stub in annotations."""
    return p.x + all[0].x + (f(3) if f else 0)


def used() -> None:
    """A call of the function above."""
    assert_type(annotated(ffi.new("struct point *"), ffi.new("struct point[]", 1), None), int)


PROGRAMS = [numbers, texts, arrays, structs, struct_arrays, handles, colours, callbacks, variables]
PROGRAMS += [variadic, methods, used]
