"""What the modules of the tests declare, and the C code behind it."""

from __future__ import annotations

TYPES = """
struct point {
    int x, y;
    struct point *next;
    char name[8];
    char *label;
    double weight;
    _Bool on;
    int (*hook)(int, char *);
    struct { int q; } inner;
    int tags[4];
    void *user;
    unsigned char raw[4];
};
struct other { float f; };
struct flags { unsigned bits : 3; int rest : 5; };
struct handle;
struct buffer { int size; int items[]; };
typedef struct { unsigned char r, g, b; } color_t;
typedef union { int i; float f; } number_t;
typedef enum { RED, GREEN = 5 } tint_t;
enum mode { READING = -1, WRITING };
typedef int (*compare_t)(const void *, const void *);
typedef int (*combine_t)(int, int);
typedef struct point *point_ptr;
typedef unsigned int u32;
typedef int vec3[3];
struct line { struct point from_, to; };
struct words { int class; int __private; int str; struct other *bytes; };
"""

FUNCTIONS = """
int add(int a, int b);
double product(double a, double b);
size_t length(const char *s);
long total(int *a, int n);
void move(struct point *p, int dx, int dy);
struct point mirrored(struct point p);
struct point *nearest(struct point *all, int n);
struct handle *handle_open(const char *name);
int handle_make(struct handle **out);
int handle_value(struct handle *h);
void handle_close(struct handle *h);
tint_t next_tint(tint_t t);
void each(int *a, int n, void (*f)(int, void *), void *data);
int combine(combine_t f, int a, int b);
void sort_items(void *base, size_t n, size_t size, compare_t f);
int compare_ints(const void *, const void *);
int format(char *out, size_t n, const char *fmt, ...);
u32 mix(color_t c);
wchar_t first_wide(wchar_t *w);
int sum_bytes(unsigned char *data, size_t n);
int count_texts(char **texts);
_Bool is_odd(int n);
void nothing(void);
char first(char *s);
float half(float x);
int put(FILE *f, int c);
"""

VARIABLES = """
extern int counter;
extern struct point origin;
extern int table[10];
extern char *title;
extern combine_t chosen;
"""

CONSTANTS = """
static const int ANSWER = 42;
static const int MINUS = -7;
"""

EXTERN_PYTHON = """
extern "Python" int on_event(int, char *);
extern "Python" void on_done(void *);
"""

MACROS = """
static const double RATIO;
int run_event(int n);
"""

SOURCE = (
    r"""
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
"""
    + TYPES
    + r"""
struct handle { int value; };
int add(int a, int b) { return a + b; }
double product(double a, double b) { return a * b; }
size_t length(const char *s) { return s ? strlen(s) : 0; }
long total(int *a, int n) { long s = 0; while (n-- > 0) s += *a++; return s; }
void move(struct point *p, int dx, int dy) { if (p) { p->x += dx; p->y += dy; } }
struct point mirrored(struct point p) { p.x = -p.x; return p; }
struct point *nearest(struct point *all, int n) { (void)n; return all; }
struct handle *handle_open(const char *name) { (void)name; return calloc(1, sizeof(struct handle)); }
int handle_make(struct handle **out) { *out = calloc(1, sizeof(struct handle)); return 0; }
int handle_value(struct handle *h) { return h ? h->value : -1; }
void handle_close(struct handle *h) { free(h); }
tint_t next_tint(tint_t t) { return t == RED ? GREEN : RED; }
void each(int *a, int n, void (*f)(int, void *), void *data) { while (n-- > 0) f(*a++, data); }
int combine(combine_t f, int a, int b) { return f ? f(a, b) : 0; }
void sort_items(void *base, size_t n, size_t size, compare_t f) { if (f) qsort(base, n, size, f); }
int compare_ints(const void *a, const void *b) { return *(int *)a - *(int *)b; }
int format(char *out, size_t n, const char *fmt, ...)
{ va_list l; int r; va_start(l, fmt); r = vsnprintf(out, n, fmt, l); va_end(l); return r; }
u32 mix(color_t c) { return c.r + c.g + c.b; }
wchar_t first_wide(wchar_t *w) { return w[0]; }
int sum_bytes(unsigned char *data, size_t n) { int s = 0; while (n-- > 0) s += *data++; return s; }
int count_texts(char **texts) { int n = 0; while (texts[n]) n++; return n; }
_Bool is_odd(int n) { return n & 1; }
void nothing(void) {}
char first(char *s) { return s[0]; }
float half(float x) { return x / 2; }
int put(FILE *f, int c) { return f ? fputc(c, f) : c; }
int counter;
struct point origin;
int table[10];
char *title;
combine_t chosen = add;
static const int ANSWER = 42;
static const int MINUS = -7;
static const double RATIO = 1.5;
"""
)

API_SOURCE = (
    SOURCE
    + """
static int on_event(int, char *);
static int run_event(int n) { return on_event(n, "event"); }
"""
)

ODD = """
typedef struct { int Pointer, Field, bytes, str, Any, Item, property, class, None, self, from; int *Array; char *int_, *list; struct Pointer *object; unsigned IntLike:3; } Struct;
typedef struct Pointer { int x; } Pointer_t;
struct Array { Struct in; Struct *out; Struct many[3]; Struct *ptrs[4]; int m[2][3]; int (*row)[3]; char names[4][8]; };
typedef union Union { struct { int a; union { int b; float c; }; }; double d; struct { long q; } named; struct { struct { int deep; } d2; } d1;} Union;
typedef struct node node;
struct node { node *next; node **children; void (*visit)(node *, void *); int (*ops[3])(int); int (*(*get)(int))(char *); };
typedef int (*FFI)(int);
typedef struct Lib { int a; } Lib;
typedef struct New New;
typedef struct ffi { int a; } ffi;
typedef struct lib { int a; } lib;
typedef int list;
typedef char *text;
typedef const char *ctext;
typedef void *anyp;
typedef int fn(int, char *);
typedef fn *fnp;
typedef long double ld;
typedef struct empty {} empty;
enum Enum { FALSE_, TRUE_, overload, Literal, Callable = 7 };
typedef enum Enum Enum_t;
typedef enum { ONLY } only_t;
int Pointer(int Pointer);
int c_function(int);
int def(int);
int import(void);
int bytes(const char *);
int str(void);
int ToPointer(Struct *s);
int type_check_only(Struct s);
int __private(int __x);
int _single(int);
fn afn;
int takes_fn(fn *f, fnp g);
FFI give(void);
int (*give2(int))(char *);
ld longd(ld x);
float _Complex cplx(float _Complex);
wchar_t *w(wchar_t *, wchar_t);
int8_t i8(int8_t *, uint8_t *, int16_t, ssize_t, uintptr_t *);
int rows(int (*m)[3], int n);
void out(char **a, const char *const *b, void **c, void ***d);
_Bool *b(_Bool *);
New *make(New **, New ***);
int va(const char *, ...);
empty em(empty);
Enum_t en(Enum_t *, only_t);
void vf(void (*)(void), int (*)(int, ...));
extern int Any, mypyv;
extern const char *const names[];
extern Struct str_;
extern int grid[3][4];
extern New *thenew;
extern void (*hook)(int);
extern FILE *stdout_;
extern int open_[];
#define TypeAlias 5
#define Final -3
#define TypedDict 0x7fffffffffffffff
#define BIG 0xffffffffffffffff
"""
