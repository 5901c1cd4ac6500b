/* Operations on `long double` for a language that has no such type. Values travel by address, as bytes. */
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(long double) == LONG_DOUBLE_SIZE, "build.rs has the wrong size of long double");

static long double load(const void *p)
{
    long double v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Padding bytes are set to zero so that equal values made here have equal bytes. */
void ferrocffi_ld_from_double(void *out, double x)
{
    long double v = x;
    unsigned char bytes[sizeof v];
    memset(bytes, 0, sizeof bytes);
#if defined(__i386__) || defined(__x86_64__)
    memcpy(bytes, &v, 10);
#else
    memcpy(bytes, &v, sizeof v);
#endif
    memcpy(out, bytes, sizeof bytes);
}

double ferrocffi_ld_to_double(const void *p)
{
    return (double)load(p);
}

int ferrocffi_ld_is_nonzero(const void *p)
{
    return load(p) != 0.0L;
}

/* Returns what snprintf returns. */
int ferrocffi_ld_format(const void *p, char *buffer, size_t size)
{
    return snprintf(buffer, size, "%LE", load(p));
}

static int (*convert)(void *object, void *out);

void ferrocffi_ld_set_convert(int (*function)(void *object, void *out))
{
    convert = function;
}

/* What `convert` has written, or -1 if it fails. */
long double ferrocffi_ld_returning(void *object)
{
    long double v = 0.0L;
    if (convert(object, &v) != 0)
        return -1.0L;
    return v;
}
