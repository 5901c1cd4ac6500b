"""Declarations of functions of the C library that checked mode knows."""

MEMORY = """
    void *malloc(size_t);
    void *calloc(size_t, size_t);
    void *realloc(void *, size_t);
    void free(void *);
    char *strdup(const char *);
    char *strcpy(char *, const char *);
    char *strcat(char *, const char *);
    char *strncpy(char *, const char *, size_t);
    void *memset(void *, int, size_t);
    void *memcpy(void *, const void *, size_t);
"""
"""Functions that make, free, copy and fill memory."""
