/* What the host expects of a plug-in. */
typedef struct {
    int lines;
    int words;
    double mean;
} totals_t;

typedef void (*progress_t)(int done, void *context);

#ifndef CFFI_DLLEXPORT
#define CFFI_DLLEXPORT extern
#endif

CFFI_DLLEXPORT int plugin_start(progress_t progress, void *context);
CFFI_DLLEXPORT int plugin_score(const char *line);
CFFI_DLLEXPORT int plugin_upper(const char *text, char *out, int room);
CFFI_DLLEXPORT totals_t plugin_totals(void);
