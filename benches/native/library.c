/* The functions that are called: each does next to nothing, so that the cost of the call is what is seen. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "declarations.h"

int counter = 7;

int zero(void) { return 0; }
void nothing(void) {}
int inc(int x) { return x + 1; }
long long inc64(long long x) { return x + 1; }
unsigned char inc8(unsigned char x) { return (unsigned char)(x + 1); }
_Bool flip(_Bool x) { return !x; }
char next_char(char c) { return (char)(c + 1); }
double half(double x) { return x / 2; }
float halff(float x) { return x / 2; }
size_t length(const char *text) { return strlen(text); }
void *same(void *p) { return p; }
struct record *same_record(struct record *r) { return r; }
enum colour next_colour(enum colour c) { return (enum colour)((c + 1) % 3); }
int add2(int a, int b) { return a + b; }
double scale(int n, double x) { return n * x; }
int compare(const void *a, const void *b, size_t n) { return memcmp(a, b, n); }
int sum_ints(const int *items, int n)
{
    int total = 0;
    for (int i = 0; i < n; i++)
        total += items[i];
    return total;
}
int add3(int a, int b, int c) { return a + b + c; }
int add4(int a, int b, int c, int d) { return a + b + c + d; }
int add6(int a, int b, int c, int d, int e, int f) { return a + b + c + d + e + f; }
double sum6(double a, double b, double c, double d, double e, double f) { return a + b + c + d + e + f; }
int add8(int a, int b, int c, int d, int e, int f, int g, int h) { return a + b + c + d + e + f + g + h; }
int add10(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j)
{
    return a + b + c + d + e + f + g + h + i + j;
}
double mix10(int a, double b, int c, double d, int e, double f, int g, double h, int i, double j)
{
    return a + b + c + d + e + f + g + h + i + j;
}

int sum_variadic(int n, ...)
{
    va_list list;
    int total = 0;
    va_start(list, n);
    for (int i = 0; i < n; i++)
        total += va_arg(list, int);
    va_end(list);
    return total;
}
int format(char *to, size_t size, const char *text, ...)
{
    va_list list;
    va_start(list, text);
    int written = vsnprintf(to, size, text, list);
    va_end(list);
    return written;
}
struct point swap_point(struct point p) { return (struct point){p.y, p.x}; }
double norm1(struct point p) { return p.x + p.y; }
struct pair make_pair(int a, int b) { return (struct pair){a, b}; }
int sum_pair(struct pair p) { return p.a + p.b; }
struct wide next_wide(struct wide w)
{
    w.v[0]++;
    return w;
}
struct mixed next_mixed(struct mixed m) { return (struct mixed){m.a + 1, m.b + 1}; }

int call_back(int (*f)(int), int x) { return f(x); }
long long call_many(int (*f)(int), int n)
{
    long long total = 0;
    for (int i = 0; i < n; i++)
        total += f(i);
    return total;
}
double call_double(double (*f)(double, double), double a, double b) { return f(a, b); }
int call_pointer(int (*f)(void *), void *p) { return f(p); }
void call_void(void (*f)(void)) { f(); }
int (*get_inc(void))(int) { return inc; }
