/* Keeps errno for each thread around the calls of the library, as ferrocffi and the C extension by hand do: a value that C
 * sees in its next call, whatever the interpreter does in between. Included behind the declarations. */
#include <errno.h>

static __thread int kept_errno;
#define KEEPING(call)                                                                                                  \
    ({                                                                                                                 \
        errno = kept_errno;                                                                                            \
        __auto_type result_ = (call);                                                                                  \
        kept_errno = errno;                                                                                            \
        result_;                                                                                                       \
    })

static int (*kept_function)(int);
static int kept_entry(int x)
{
    kept_errno = errno;
    x = kept_function(x);
    errno = kept_errno;
    return x;
}

#define nothing() ((void)KEEPING((nothing(), 0)))
#define zero() KEEPING(zero())
#define inc(x) KEEPING(inc(x))
#define inc64(x) KEEPING(inc64(x))
#define half(x) KEEPING(half(x))
#define length(x) KEEPING(length(x))
#define same(x) KEEPING(same(x))
#define same_record(x) KEEPING(same_record(x))
#define next_colour(x) KEEPING(next_colour(x))
#define add2(...) KEEPING(add2(__VA_ARGS__))
#define scale(...) KEEPING(scale(__VA_ARGS__))
#define compare(...) KEEPING(compare(__VA_ARGS__))
#define sum_ints(...) KEEPING(sum_ints(__VA_ARGS__))
#define add4(...) KEEPING(add4(__VA_ARGS__))
#define add6(...) KEEPING(add6(__VA_ARGS__))
#define sum6(...) KEEPING(sum6(__VA_ARGS__))
#define add10(...) KEEPING(add10(__VA_ARGS__))
#define call_back(f, x) KEEPING((kept_function = (f), call_back(kept_entry, x)))
#define call_many(f, n) KEEPING((kept_function = (f), call_many(kept_entry, n)))
