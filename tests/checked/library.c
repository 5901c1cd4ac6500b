#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "types.h"

typedef int (*unary)(int);
typedef int (*order)(const void *, const void *);

static void *kept_address;
static unary kept_function;
static char private_text[] = "changeable";
static const char constant_text[] = "constant";

int numbers[4] = {1, 2, 3, 4};
const int limit = 7;
const char *title = "title";
struct pt origin = {1, 2};
unary hook;
char *shared_text;

void fill(char *p, int n, int v) { memset(p, v, (size_t)n); }
void copy(char *to, const char *from, int n) { memcpy(to, from, (size_t)n); }
int load(int *p, int i) { return p[i]; }
void store(int *p, int i, int v) { p[i] = v; }
void store_short(short *p, int i, int v) { p[i] = (short)v; }
void store_double(double *p, int i, double v) { p[i] = v; }
void move_points(struct pt *p, int n) { for (int i = 0; i < n; i++) { p[i].x++; p[i].y--; } }
int through(unary f, int x) { return f(x); }
void set_function(unary f) { kept_function = f; }
int call_function(int x) { return kept_function(x); }
void keep(void *p) { kept_address = p; }
void keep_text(const char *p) { kept_address = (void *)p; }
void keep_numbers(int *p) { kept_address = p; }
void keep_wide(const wchar_t *p) { kept_address = (void *)p; }
void *kept(void) { return kept_address; }
void write_kept(int i, int v) { ((char *)kept_address)[i] = (char)v; }
const char *constant(void) { return constant_text; }
char *changeable(void) { return private_text; }
struct pt make_point(int x, int y) { struct pt p = {x, y}; return p; }
struct big make_big(long x) { struct big b; for (int i = 0; i < 20; i++) b.values[i] = x; return b; }
int add_point(struct pt p) { return p.x + p.y; }
long sum_big(struct big b) { return b.values[0] + b.values[19]; }
int fill_vec(struct vec *v, int v2) { memset(v->base, v2, v->len); return (int)v->len; }
int fill_vecs(struct vec *v, int n) { for (int i = 0; i < n; i++) memset(v[i].base, 'v', v[i].len); return n; }
int put(char *p, const char *format, ...) { va_list a; va_start(a, format); int n = vsprintf(p, format, a); va_end(a); return n; }
void *allocate(size_t n) { return malloc(n); }
void deallocate(void *p) { free(p); }
int compare_ints(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
void sort(void *p, size_t n, size_t size, order f) { qsort(p, n, size, f); }
int ask_and_store(int *p, unary f) { int i = f(0); p[i] = 1; return i; }
struct pt *point_of(struct nest *n) { return n->link; }
void fill_wide(wchar_t *p, int n) { for (int i = 0; i < n; i++) p[i] = L'w'; }
int divide(int a, int b) { volatile int c = b; return a / c; }
int deep(int **p) { return **p; }
void append(struct flex *f, int v) { f->items[f->n++] = (short)v; }
unary no_function(void) { return NULL; }

#define OUT(name, type) void out_##name(type *p, int i, type v) { p[i] = v; }
OUT(char, char) OUT(schar, signed char) OUT(uchar, unsigned char) OUT(short, short) OUT(ushort, unsigned short)
OUT(int, int) OUT(uint, unsigned) OUT(long, long) OUT(ulong, unsigned long) OUT(llong, long long) OUT(size, size_t)
OUT(float, float) OUT(double, double) OUT(ldouble, long double) OUT(bool, _Bool) OUT(wchar, wchar_t)
OUT(pointer, void *) OUT(point, struct pt) OUT(color, enum color) OUT(text, const char *)
void out_both(int *a, double *b, int i) { a[i] = 1; b[i] = 2.0; }
void out_grid(struct grid *g, int row, int column) { g->rows[row][column] = 5; }
void out_row(int (*rows)[4], int row) { rows[row][3] = 9; }
void out_bits(struct bits *b, int i) { b[i].d = 3; }
void out_union(union any *u, int i) { u[i].wide[1] = 8; }
void out_node(struct node *n, int i) { strcpy(n->text, "12345678901234567890" + 20 - i); }
int apply(struct ops *o, int x) { return o->apply(x); }
int apply_data(struct ops *o, int x) { o->done(o->data); return x; }
int each(int *p, int n, int (*f)(int *)) { int s = 0; for (int i = 0; i < n; i++) s += f(p + i); return s; }
void with_memory(int n, void (*f)(char *)) { char *m = malloc((size_t)n); memset(m, 'm', (size_t)n); f(m); free(m); }
void give(int (*f)(struct pt *)) { struct pt p = {5, 6}; f(&p); }
void from_end(char *p, int n) { for (int i = 0; i < n; i++) p[-1 - i] = 'e'; }
int length_of(struct packet *p) { return p->len; }
void grow(struct packet *p) { p->data[p->len++] = 'g'; }
void swap(int *a, int *b) { int t = *a; *a = b[1]; b[1] = t; }
void zero(void *p, size_t n) { memset(p, 0, n); }
void link_after(struct node *n, struct node *next) { n->next = next; next->text[8] = 1; }
void set_last(struct node *n) { while (n->next) n = n->next; memset(n->text, 'x', 9); }
const int *table(void) { static const int t[3] = {1, 2, 3}; return t; }
int *stack_of(void) { volatile int here[4] = {1, 2, 3, 4}; int *p = (int *)here; return p; }
struct pt *points(int n) { return calloc((size_t)n, sizeof(struct pt)); }
void drop_points(struct pt *p) { free(p); }
int total(int n, ...) { va_list a; int s = 0; va_start(a, n); while (n-- > 0) s += *va_arg(a, int *); va_end(a); return s; }
void put_int(int n, ...) { va_list a; va_start(a, n); int *p = va_arg(a, int *); p[n] = 4; va_end(a); }
int sum_union(union any u) { return u.i; }
double sum_grid(struct grid g) { return g.last; }
