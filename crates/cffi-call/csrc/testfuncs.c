/* The functions behind `_testfunc(n)`: small C functions of every shape of argument and result. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

struct byte_short { unsigned char a1; short a2; };
struct two_ints { int a1, a2; };
struct one_double { double a1; };
struct three_ints { int a1, a2, a3; };
struct one_float { float a1; };
struct float_int { float a1; int a2; };
struct two_floats { float a1, a2; };
struct int_float { int a1; float a2; };
struct ten_ints { int v[10]; };
struct ten_fields { int a, b, c, d, e, f, g, h, i, j; };

static char add_chars(char a, char b)
{
    return (char)(a + b);
}

/* Through unsigned types, so that a sum that wraps is defined. */
static long add_int_long(int a, long b)
{
    return (long)((unsigned long)a + (unsigned long)b);
}

static long long add_long_longs(long long a, long long b)
{
    return (long long)((unsigned long long)a + (unsigned long long)b);
}

static double add_float_double(float a, double b)
{
    return a + b;
}

static float add_to_float(float a, double b)
{
    return (float)(a + b);
}

static void bump_errno(void)
{
    errno += 15;
}

static int *minus_thousand(int *x)
{
    static int cell;
    cell = *x - 1000;
    return &cell;
}

static short sum_byte_short(struct byte_short s)
{
    return (short)(s.a1 + s.a2);
}

static int sum_variadic(int count, ...)
{
    int total = 0;
    va_list rest;
    va_start(rest, count);
    for (int k = 0; k < count; k++) {
        int value = va_arg(rest, int);
        total += value != 0 ? value : -66666666;
    }
    va_end(rest);
    return total;
}

static struct byte_short make_byte_short(int n)
{
    struct byte_short r = {(unsigned char)n, (short)(n * n)};
    return r;
}

static struct two_ints make_two_ints(int n)
{
    struct two_ints r = {n, n * n};
    return r;
}

static struct one_double make_one_double(int n)
{
    struct one_double r = {n};
    return r;
}

static struct three_ints make_three_ints(int n)
{
    struct three_ints r = {n, n * n, n * n * n};
    return r;
}

static struct one_float make_one_float(int n)
{
    struct one_float r = {(float)n};
    return r;
}

static struct float_int make_float_int(int n)
{
    struct float_int r = {(float)n, n * n};
    return r;
}

static struct two_floats make_two_floats(int n)
{
    struct two_floats r = {(float)n, -(float)n};
    return r;
}

static struct int_float make_int_float(int n)
{
    struct int_float r = {n, (float)n * (float)n};
    return r;
}

static int sum_int_float(struct int_float *p)
{
    return p->a1 + (int)p->a2;
}

static long double iterate(long double x, int count)
{
    while (count-- > 0)
        x = 4 * x - x * x;
    return x;
}

static short sum_byte_short_at(struct byte_short *p)
{
    return (short)(p->a1 + p->a2);
}

static int weighted_sum(struct ten_fields s)
{
    return s.a + (s.b << 1) + (s.c << 2) + (s.d << 3) + (s.e << 4) + (s.f << 5) + (s.g << 6) + (s.h << 7) +
           (s.i << 8) + (s.j << 9);
}

static struct ten_ints subtract(struct ten_ints x, struct ten_ints y)
{
    for (int k = 0; k < 10; k++)
        x.v[k] -= y.v[k];
    return x;
}

static int first_byte(char *p)
{
    return p == NULL ? -42 : 1000 * p[0];
}

/* NULL where there is no such function. A cast between function and object pointers is what dlsym does too. */
void *ferrocffi_test_function(size_t n)
{
    switch (n) {
    case 0: return (void *)add_chars;
    case 1: return (void *)add_int_long;
    case 2: return (void *)add_long_longs;
    case 3: return (void *)add_float_double;
    case 4: return (void *)add_to_float;
    case 5: return (void *)bump_errno;
    case 6: return (void *)minus_thousand;
    case 7: return (void *)sum_byte_short;
    case 8: return (void *)stderr;
    case 9: return (void *)sum_variadic;
    case 10: return (void *)make_byte_short;
    case 11: return (void *)make_two_ints;
    case 12: return (void *)make_one_double;
    case 13: return (void *)make_three_ints;
    case 14: return (void *)make_one_float;
    case 15: return (void *)make_float_int;
    case 16: return (void *)make_two_floats;
    case 17: return (void *)make_int_float;
    case 18: return (void *)sum_int_float;
    case 19: return (void *)iterate;
    case 20: return (void *)sum_byte_short_at;
    case 21: return (void *)weighted_sum;
    case 22: return (void *)subtract;
    case 23: return (void *)first_byte;
    default: return NULL;
    }
}
