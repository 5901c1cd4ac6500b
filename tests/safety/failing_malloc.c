/* Replaces malloc() and its relatives by functions that can be told to fail: for LD_PRELOAD, with glibc. */
#include <errno.h>
#include <stddef.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static long first, last, seen;
static int on;

/* From now on counts allocations. Those with the numbers `from` to `from + count - 1` fail; all from `from` on if
   `count` is negative. */
void fail_allocations(long from, long count)
{
    first = from;
    last = count;
    seen = 0;
    on = 1;
}

/* Ends it. Returns how many allocations there were. */
long allow_allocations(void)
{
    on = 0;
    return seen;
}

static int fails(void)
{
    if (!on)
        return 0;
    long number = __sync_fetch_and_add(&seen, 1);
    if (number < first || (last >= 0 && number >= first + last))
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *found = memalign(alignment, size);
    if (found == NULL)
        return ENOMEM;
    *memory = found;
    return 0;
}
