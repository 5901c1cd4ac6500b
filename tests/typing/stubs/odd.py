"""Names that collide with those of the stub, and types of every shape. Not run: no library has these functions."""

from MODULE import ffi

lib = ffi.dlopen(None)
s = ffi.new("Struct *")
s.Pointer = 3
s.bytes += 1
s.str = 3
s.self = 1
s.object = ffi.NULL
s.property = 2
s.IntLike = 3
a: int = s.Any
s.Array = ffi.new("int[]", [1])
n = ffi.new("node *")
n.next = n
n.children[0].next = n
n.next.visit(n, ffi.NULL)
x: int = n.ops[0](3)
f = n.get(3)
y: int = f(b"x")
A = ffi.new("struct Array *")
A.many[0].str = 3
A.ptrs[0].str = 3
A.m[0][1] = 5
A.m = [[1, 2, 3], [4, 5, 6]]
A.row = ffi.addressof(A.m[0])
A.row[0][1] = 5
A.names = [b"a", b"b"]
A.names[0] = b"abc"
A.many = [{"str": 3}, [1]]
A.out.Array[0] = 5
u = ffi.new("Union *")
u.a = u.b
u.c = 1.5
u.named.q = 3
u.d1.d2.deep = 4
lib.Pointer(3)
lib.bytes(b"a")
lib.str()
lib.ToPointer(s)
lib.type_check_only(s[0])
lib.__private(3)
lib._single(3)
lib.afn(3, b"x")
lib.takes_fn(lib.afn, lib.afn)
g = lib.give()
z: int = g(3)
z = lib.give2(3)(b"x")
lib.longd(3)
lib.longd(lib.longd(4))
float(lib.longd(3))
c: complex = lib.cplx(3j)
lib.cplx(1)
lib.w("abc", "d")
lib.i8([1], b"abc", 3, 4, [5])
lib.i8(ffi.new("int8_t *"), ffi.new("uint8_t[]", 3), 3, 4, ffi.NULL)
lib.rows(A.m, 3)
lib.rows(ffi.NULL, 3)
lib.rows([[1, 2, 3]], 1)
lib.out([ffi.new("char[]", b"a")], [ffi.new("char[]", b"a")], ffi.new("void **"), ffi.NULL)
lib.b([True, False])
lib.make(ffi.new("New **"), ffi.NULL)
lib.va(b"x", s, ffi.cast("int", 3))
lib.em(ffi.new("empty *")[0])
e: int = lib.en([1], 0)
lib.vf(ffi.NULL, ffi.NULL)
lib.Any = 3
lib.str_ = {"str": 3}
lib.grid[1][2] = 3
t = lib.thenew
lib.hook(3)
print(
    lib.names[0],
    ffi.string(lib.names[0]).decode(),
    lib.TypeAlias + lib.Final,
    lib.TypedDict,
    lib.BIG,
    lib.open_[0],
)


@ffi.callback("FFI")
def cb(n: int) -> int:
    return n


k: int = cb(3)
p = ffi.new("lib *")
p.a = 3
q = ffi.new("ffi *", [1])
q.a = 3
s.nope  #!
lib.Pointer("a")  #!
lib.takes_fn(lib.Pointer, ffi.NULL)  #!
A.m = [["a"]]  #!
A.m[0][0] = "x"  #!
u.d1.nope  #!
n.visit(3, ffi.NULL)  #!
n.ops[0]("x")  #!
lib.make(ffi.new("node **"), ffi.NULL)  #!
cb("a")  #!
n.get(3)(4)  #!
lib.names[0].x  #!
