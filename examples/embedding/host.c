/* A C program that knows nothing of Python: it filters lines through a plug-in, from two threads. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "plugin.h"

static const char *const LINES[] = {"to be", "or not to be", "fail here", "that is the question"};
enum { COUNT = sizeof LINES / sizeof LINES[0] };

static void progress(int done, void *context)
{
    *(int *)context = done;
}

static void *from_thread(void *arg)
{
    *(int *)arg = plugin_score("called from a thread of C");
    return NULL;
}

int main(void)
{
    char text[64];
    totals_t totals;
    pthread_t thread;
    int i, seen = 0, other = 0;

    if (plugin_start(progress, &seen) != 0) {
        fprintf(stderr, "the plug-in does not start\n");
        return 1;
    }
    for (i = 0; i < COUNT; i++)
        printf("%d %s\n", plugin_score(LINES[i]), LINES[i]);
    if (plugin_upper("shout", text, sizeof text) != 5)
        return 1;
    printf("upper %s\n", text);
    if (pthread_create(&thread, NULL, from_thread, &other) != 0)
        return 1;
    pthread_join(thread, NULL);
    printf("thread %d\n", other);
    totals = plugin_totals();
    printf("totals %d lines %d words %.2f mean\n", totals.lines, totals.words, totals.mean);
    printf("progress %d\n", seen);
    return 0;
}
