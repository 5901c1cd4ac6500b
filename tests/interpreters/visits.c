/* Calls callbacks from C, from several threads, and after the interpreter that has made them is gone. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    long a, b, c, d;
} large;
typedef int (*small_fn)(int);
typedef large (*large_fn)(int);
typedef double (*double_fn)(double);

static small_fn volatile small_kept;
static large_fn volatile large_kept;
static double_fn volatile double_kept;

void keep(small_fn one, large_fn two, double_fn three)
{
    small_kept = one;
    large_kept = two;
    double_kept = three;
}

int call_small(int n) { return small_kept(n); }
double call_double(double x) { return double_kept(x); }

long call_large(int n)
{
    large result;
    memset(&result, 0x55, sizeof result);
    result = large_kept(n);
    return result.a + result.b + result.c + result.d;
}

static void *once(void *result)
{
    *(long *)result = small_kept(1) + call_large(1);
    return NULL;
}

long call_from_thread(void)
{
    pthread_t thread;
    long result = -1;
    if (pthread_create(&thread, NULL, once, &result) != 0)
        return -1;
    pthread_join(thread, NULL);
    return result;
}

static volatile int stop;
static pthread_t threads[8];
static long counts[8];
static int started;

static void *loop(void *number)
{
    while (!stop) {
        small_fn f = small_kept;
        if (f != NULL && f(1) == 2)
            counts[(long)number]++;
        usleep(200);
    }
    return NULL;
}

void start(int n)
{
    stop = 0;
    started = n;
    for (long i = 0; i < n; i++) {
        counts[i] = 0;
        pthread_create(&threads[i], NULL, loop, (void *)i);
    }
}

long finish(void)
{
    long sum = 0;
    stop = 1;
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        sum += counts[i];
    }
    return sum;
}
