"""Makes modules with every kind of declaration, and the expressions that use them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

INTEGERS = [
    "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int", "long", "unsigned long",
    "long long", "unsigned long long", "int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t",
    "uint64_t", "intptr_t", "uintptr_t", "size_t", "ssize_t", "ptrdiff_t", "intmax_t", "uintmax_t", "int_least8_t",
    "uint_least16_t", "int_fast32_t", "uint_fast64_t",
]  # fmt: skip

OTHERS = ["char", "wchar_t", "char16_t", "char32_t", "_Bool", "float", "double", "long double"]

VALUES = [0, 1, -1, 127, 128, 255, 256, -129, 32767, 65536, 2**31, 2**32 - 1, -(2**31), 2**63 - 1, 2**64, 1.5, "x", None,
          b"y", b"long", [1]]  # fmt: skip

NAMES = [
    "self", "result", "args", "noarg", "x0", "x1", "arg0", "arg1", "datasize", "pyresult", "large_args_free", "o", "n", "p",
    "tmp", "module", "version", "i", "room", "size", "object", "type", "value", "name", "context", "thread", "block", "nested",
    "out_", "align", "here", "parts", "address", "backend", "count", "lib", "ffi", "None_", "print", "class_", "import_",
]  # fmt: skip
"""Names that a generator could use itself."""


@dataclass
class Program:
    """A module, and what is done with it."""

    cdef: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)


def _scalars(made: Program, random: Random) -> None:
    for number, ctype in enumerate([*INTEGERS, *OTHERS]):
        made.cdef.append(f"{ctype} echo{number}({ctype});")
        made.code.append(f"static {ctype} echo{number}({ctype} x) {{ return x; }}")
        made.uses += [f"lib.echo{number}({value!r})" for value in VALUES]
    for number in range(12):
        types = [random.choice([*INTEGERS, "float", "double"]) for _ in range(random.randint(2, 7))]
        result = random.choice(["double", "long double", "long long"])
        params = ", ".join(f"{ctype} a{at}" for at, ctype in enumerate(types))
        total = " + ".join(f"({result})a{at} * {at + 1}" for at in range(len(types)))
        made.cdef.append(f"{result} many{number}({', '.join(types)});")
        made.code.append(f"static {result} many{number}({params}) {{ return {total}; }}")
        given = ", ".join(str(random.randint(0, 100)) for _ in types)
        made.uses += [
            f"str(lib.many{number}({given}))",
            f"lib.many{number}({given}, 1)",
            f"lib.many{number}()",
        ]
        made.uses.append(f"lib.many{number}({given[: given.rindex(',')]}, 'no')")


def _names(made: Program) -> None:
    for number, name in enumerate(NAMES):
        made.cdef.append(f"int {name}(int {name}, const int *args, char *result);")
        made.code.append(
            f"static int {name}(int a, const int *b, char *c) {{ return a + b[0] + c[0] + {number}; }}"
        )
        made.uses.append(f"getattr(lib, {name!r})(1, [2, 3], b'abc')")
    made.cdef.append(
        "#define self_ 5\nstatic const int result_; enum { args_ = 3, o_ }; extern int _cffi_mine;"
    )
    made.code.append(
        "#define self_ 5\nenum { args_ = 3, o_ };\nstatic const int result_ = 8; static int _cffi_mine = 6;"
    )
    made.uses.append("(lib.self_, lib.result_, lib.args_, lib.o_, lib._cffi_mine)")


def _pointers(made: Program) -> None:
    made.cdef.append(
        """
        typedef struct node { int value; struct node *next; } node;
        typedef int (*callback)(int, void *);
        long total(const long *numbers, int count);
        size_t length(const char *text);
        int chars(char *text, int count);
        void *same(void *);
        int deep(int **rows, int n);
        int chain(const node *);
        node *second(node *);
        int called(callback f, int x, void *data);
        callback chosen(int);
        int both(const double *a, const short *b, const char *c, int n);
        FILE *no_file(FILE *);
        """
    )
    made.code.append(
        """
        typedef struct node { int value; struct node *next; } node;
        typedef int (*callback)(int, void *);
        static long total(const long *numbers, int count) { long t = 0; while (count-- > 0) t += *numbers++; return t; }
        static size_t length(const char *text) { return text ? strlen(text) : 12345; }
        static int chars(char *text, int count) { int t = 0; while (count-- > 0) t += *text++; return t; }
        static void *same(void *p) { return p; }
        static int deep(int **rows, int n) { return rows ? rows[0][n] : -1; }
        static int chain(const node *n) { int t = 0; while (n) { t += n->value; n = n->next; } return t; }
        static node *second(node *n) { return n->next; }
        static int called(callback f, int x, void *data) { return f(x, data) * 2; }
        static int plus(int x, void *p) { (void)p; return x + 1; }
        static callback chosen(int n) { return n ? plus : 0; }
        static int both(const double *a, const short *b, const char *c, int n) { return (int)a[n] + b[n] + c[n]; }
        static FILE *no_file(FILE *f) { return f; }
        """
    )
    made.uses += [
        "lib.total([1, 2, 3], 3)", "lib.total(list(range(5000)), 5000)", "lib.total([1, 'a'], 2)",
        "lib.total(list(range(5000)) + ['a'], 1)", "lib.total((4, 5), 2)", "lib.total(ffi.NULL, 0)", "lib.total(None, 0)",
        "lib.total(ffi.new('long[]', [7, 8]), 2)", "lib.total(ffi.new('int *'), 1)", "lib.length(b'hello')",
        "lib.length('hello')", "lib.length(ffi.NULL)", "lib.length(b'x' * 3000)", "lib.chars([b'a', b'b'], 2)",
        "lib.chars(bytearray(b'ab'), 2)", "lib.same(ffi.NULL) == ffi.NULL", "lib.same(5)", "lib.deep(ffi.NULL, 1)",
        "lib.deep([ffi.new('int[2]', [3, 4])], 1)", "lib.chain([{'value': 5}])", "lib.chain(ffi.new('node *', [6]))",
        "lib.chain({'value': 5})", "lib.second(ffi.new('node *'))", "lib.called(lib.chosen(1), 4, ffi.NULL)",
        "lib.called(ffi.callback('int(int, void *)', lambda x, p: x * 10), 4, ffi.NULL)", "lib.called(print, 1, ffi.NULL)",
        "bool(lib.chosen(0))", "lib.chosen(1)(41, ffi.NULL)", "lib.both([1.5] * 200, [2] * 300, b'c' * 400, 150)",
        "lib.both([1.5] * 200, [2] * 300 + ['x'], b'c' * 400, 150)", "lib.both([1.5] * 9, [2] * 9, 'text', 1)",
        "lib.no_file(ffi.NULL)",
    ]  # fmt: skip


def _records(made: Program, random: Random) -> None:
    for number in range(8):
        members = []
        for at in range(random.randint(1, 6)):
            ctype = random.choice([*INTEGERS, OTHERS[0], "float", "double", "void *"])
            members.append(f"{ctype} m{at}{random.choice(['', '', '[3]'])};")
        if number % 2:
            members.append("union { int u; float w; }; struct { char c; short s; } inner;")
        kind = "union" if number == 6 else "struct"
        body = f"{kind} r{number} {{ {' '.join(members)} }};"
        elided = body.replace("};", "...; };") if number % 3 == 0 and kind == "struct" else body
        elided = elided.replace("union { int u; float w; ...; }", "union { int u; float w; }")
        made.cdef += [
            body if "inner" in body else elided,
            f"{kind} r{number} give{number}({kind} r{number}, int);",
        ]
        made.code += [
            body,
            f"static {kind} r{number} give{number}({kind} r{number} r, int n) {{ (void)n; return r; }}",
        ]
        made.uses += [
            f"ffi.sizeof('{kind} r{number}'), ffi.alignof('{kind} r{number}')",
            f"[(n, f.type, f.offset, f.bitshift, f.bitsize) for n, f in ffi.typeof('{kind} r{number}').fields]",
            f"lib.give{number}(ffi.new('{kind} r{number} *')[0], 1)",
            f"lib.give{number}({{}}, 1)",
            f"lib.give{number}(ffi.new('{kind} r{number} *', [1])[0], 1).m0",
            f"lib.give{number}(5, 1)",
        ]
    made.cdef.append(
        """
        struct bits { unsigned a : 3; int b : 5; unsigned long long c : 40; };
        typedef struct { struct { int x; } in; short tail[]; } flexible;
        typedef struct { int only; } *handle;
        handle handle_of(int);
        int handle_value(handle);
        typedef ... opaque;
        opaque *opaque_of(int);
        int opaque_value(opaque *);
        typedef int... whole; typedef double... real;
        whole whole_of(whole, real);
        real real_of(real);
        enum level { LOW = -2, MIDDLE, HIGH = 9 };
        typedef enum { ONE = 1, TWO, ... } counted;
        enum level next(enum level); counted next_counted(counted);
        float _Complex turned(float _Complex); double _Complex halved(double _Complex);
        """
    )
    made.code.append(
        """
        struct bits { unsigned a : 3; int b : 5; unsigned long long c : 40; };
        typedef struct { struct { int x; } in; short tail[]; } flexible;
        typedef struct { int only; } *handle;
        static handle handle_of(int n) { static int v; v = n; return (handle)(void *)&v; }
        static int handle_value(handle h) { return h->only; }
        typedef struct hidden { int n; } opaque;
        static opaque *opaque_of(int n) { static opaque o; o.n = n; return &o; }
        static int opaque_value(opaque *o) { return o->n; }
        typedef unsigned short whole; typedef float real;
        static whole whole_of(whole a, real b) { return (whole)((real)a + b); }
        static real real_of(real r) { return r / 2; }
        enum level { LOW = -2, MIDDLE, HIGH = 9 };
        typedef enum { TWO = 20, ONE = 5 } counted;
        static enum level next(enum level l) { return l == LOW ? MIDDLE : HIGH; }
        static counted next_counted(counted c) { return c == ONE ? TWO : ONE; }
        static float _Complex turned(float _Complex c) { return c * c; }
        static double _Complex halved(double _Complex c) { return c / 2; }
        """
    )
    made.uses += [
        "ffi.sizeof('struct bits'), ffi.new('struct bits *', [5, -7, 2**39]).b", "ffi.sizeof('flexible')",
        "lib.handle_of(7).only", "lib.handle_value(lib.handle_of(9))", "ffi.sizeof(ffi.typeof('handle').item)",
        "lib.opaque_value(lib.opaque_of(3))", "ffi.sizeof('opaque')", "lib.opaque_of(3)[0]",
        "lib.whole_of(65535, 1)", "lib.whole_of(65536, 1)", "lib.whole_of(-1, 1)", "lib.real_of(0.1)", "ffi.typeof('whole')",
        "ffi.typeof('real')", "lib.LOW, lib.MIDDLE, lib.HIGH, lib.ONE, lib.TWO", "lib.next(lib.LOW), lib.next(-1)",
        "lib.next('LOW')", "lib.next_counted(5), lib.next_counted(20)", "ffi.typeof('counted').elements",
        "ffi.string(ffi.cast('counted', 20))", "lib.turned(1 + 2j), lib.halved(3j), lib.halved(4)", "lib.turned('x')",
    ]  # fmt: skip


def _values(made: Program) -> None:
    made.cdef.append(
        """
        #define ELIDED ...
        #define PLAIN 42
        #define NEGATIVE -42
        #define WRONG 43
        #define HUGE_ONE 0xFFFFFFFFFFFFFFFF
        static const long long CONSTANT; static const double RATIO; static const char LETTER;
        static char *const TEXT;
        extern int counter; extern const int fixed[3]; extern char open_array[]; extern double measured[...];
        extern int table[2][...]; extern struct node *list; extern int (*hook)(int);
        int printed(const char *format, ...);
        extern "Python" int python_add(int, long long, double, const char *);
        extern "Python+C" long double python_wide(struct node, long double);
        int call_python(int);
        long double call_wide(void);
        """
    )
    made.code.append(
        """
        #define ELIDED (-5LL)
        #define PLAIN 42
        #define NEGATIVE (-42)
        #define WRONG 44
        #define HUGE_ONE 0xFFFFFFFFFFFFFFFFULL
        static const long long CONSTANT = -(1LL << 40); static const double RATIO = 2.25; static const char LETTER = 'L';
        static char *const TEXT = (char *)"text";
        static int counter = 1; static const int fixed[3] = {1, 2, 3}; static char open_array[] = "open"; static double measured[7];
        static int table[2][5]; static struct node *list; static int (*hook)(int);
        static int printed(const char *format, ...) { return format[0]; }
        static int python_add(int, long long, double, const char *);
        long double python_wide(struct node, long double);
        static int call_python(int x) { return python_add(x, 1LL << 40, 0.5, "passed"); }
        static long double call_wide(void) { struct node n = {4, 0}; return python_wide(n, 2.5L); }
        """
    )
    made.uses += [
        "lib.ELIDED, lib.PLAIN, lib.NEGATIVE, lib.HUGE_ONE", "lib.WRONG", "lib.CONSTANT, lib.RATIO, lib.LETTER",
        "ffi.string(lib.TEXT)", "lib.counter, setattr(lib, 'counter', 7), lib.counter", "setattr(lib, 'counter', 'x')",
        "list(lib.fixed)", "ffi.string(lib.open_array)", "len(lib.measured), ffi.typeof(lib.table)", "lib.list == ffi.NULL",
        "lib.hook == ffi.NULL, ffi.addressof(lib, 'hook')[0] == ffi.NULL", "lib.printed(b'A', ffi.cast('int', 3))",
        "ffi.typeof(lib.printed)", "ffi.typeof(lib.call_python)", "ffi.addressof(lib, 'chain') != ffi.NULL", "define()",
        "lib.call_python(5)", "str(lib.call_wide())", "sorted(ffi.list_types()[0])", "len(dir(lib))",
    ]  # fmt: skip


def program(seed: int) -> Program:
    """Returns a module and its use."""
    random = Random(seed)
    made = Program()
    _scalars(made, random)
    _names(made)
    _pointers(made)
    _records(made, random)
    _values(made)
    return made
