"""A small library, and programs that declare each kind of fact about it wrongly."""

from __future__ import annotations

CDEF = """
struct point { int x; long y; };
typedef struct { char tag; double weight; struct point at; const char *label; } item;
union value { int number; float real; char text[12]; };
struct flags { unsigned int low : 3; unsigned int high : 5; int rest : 7; };
struct node { struct node *next; int (*visit)(struct node *, void *); uint8_t bytes[6]; };
enum color { RED = 1, GREEN, BLUE = 10 };
#define LIMIT 42
#define MASK 0x80000000
#define OFFSET -3
typedef uint16_t counter;
extern int total;
extern const char *names[4];
int add(int a, int b);
double scale(const item *what, float factor);
unsigned long long length(const char *text);
void shift(struct point by);
struct point where(item *what);
int report(const char *format, ...);
int visit(struct node *first, int (*each)(struct node *, void *), void *context);
enum color mix(enum color a, counter b);
"""

HEADER = "#include <stdint.h>" + CDEF.replace("0x80000000", "0x80000000u").replace("OFFSET -3", "OFFSET (-3)")

SOURCE = """
int total; const char *names[4];
int add(int a, int b) { return a + b; }
double scale(const item *what, float factor) { return what->weight * factor; }
unsigned long long length(const char *text) { return (unsigned long long)text[0]; }
void shift(struct point by) { total += by.x; }
struct point where(item *what) { return what->at; }
int report(const char *format, ...) { return format[0]; }
int visit(struct node *first, int (*each)(struct node *, void *), void *context) { return each(first, context); }
enum color mix(enum color a, counter b) { return b ? a : RED; }
union value keep_value; struct flags keep_flags;
"""

DEVIATIONS = [
    ("int x; long y;", "int x; int y;", "struct point: size is 8 in the program, and 16"),
    ("int x; long y;", "long y; int x;", "struct point: offset of x is 8 in the program, and 0"),
    ("int x; long y;", "int x; double y;", "struct point: type of y"),
    ("int x; long y;", "int x; unsigned long y;", "struct point: "),
    ("int x; long y;", "int x; long z;", "struct point: member z is declared in the program, and unknown"),
    ("char tag; double", "char tag; float", "item: offset of weight is 4 in the program, and 8"),
    ("char tag; double", "double tag; char", "item: "),
    ("float real;", "double real;", "union value: "),
    ("char text[12]", "char text[16]", "union value: size is 16 in the program, and 12"),
    ("low : 3", "low : 4", "struct flags: "),
    ("int rest : 7", "int rest : 8", "struct flags: "),
    ("struct node *next; int (*visit)", "int (*visit)", "struct node: "),
    ("uint8_t bytes[6]", "uint8_t bytes[5]", "struct node: size of bytes is 5 in the program, and 6"),
    ("BLUE = 10", "BLUE = 11", "BLUE: value is 11 in the program, and 10"),
    ("GREEN, BLUE", "GREEN, DARK, BLUE", None),
    ("LIMIT 42", "LIMIT 43", "LIMIT: value is 43 in the program, and 42"),
    ("MASK 0x80000000", "MASK 0x800000000", "MASK: value is 34359738368 in the program, and 2147483648"),
    ("OFFSET -3", "OFFSET 3", "OFFSET: value is 3 in the program, and -3"),
    ("uint16_t counter", "uint32_t counter", "counter: size is 4 in the program, and 2"),
    ("extern int total", "extern long total", "total: "),
    ("names[4]", "names[5]", "names: "),
    ("add(int a, int b)", "add(int a)", "add: number of arguments is 1 in the program, and 2"),
    ("add(int a, int b)", "add(int a, long b)", "add: argument 2 is long (8 bytes) in the program, and int (4 bytes)"),
    ("add(int a, int b)", "add(int a, unsigned b)", "add: argument 2 is unsigned int (4 bytes)"),
    ("add(int a, int b)", "add(int a, void *b)", "add: argument 2 is void * in the program"),
    ("add(int a, int b)", "add(int a, int b, ...)", "add: variadic is True in the program, and False"),
    ("int add(", "long add(", "add: result is long (8 bytes) in the program, and int (4 bytes)"),
    ("int add(", "void add(", "add: result is void in the program"),
    ("double scale", "float scale", "scale: result is float (4 bytes) in the program, and double (8 bytes)"),
    ("float factor", "double factor", "scale: argument 2 is double (8 bytes)"),
    ("const item *what, float", "item what, float", "scale: argument 1 is item"),
    ("unsigned long long length", "int length", "length: result is int (4 bytes)"),
    ("shift(struct point by)", "shift(struct point *by)", "shift: argument 1 is struct point *"),
    ("struct point where", "struct point *where", "where: result is struct point *"),
    ("const char *format, ...", "const char *format, int x", "report: "),
    ("int (*each)(struct node *, void *)", "int (*each)(struct node *)", "visit: argument 2 is int"),
    ("int (*each)(struct node *, void *)", "void (*each)(struct node *, void *)", "visit: argument 2 is void"),
    ("enum color a, counter b", "enum color a, int b", "mix: argument 2 is int (4 bytes) in the program"),
]  # fmt: skip
"""Text, what stands in its place, and what the difference begins with; None where that changes nothing that matters."""
