"""The benchmark suite: operations timed in turn on the stock backend, on ours, on ctypes and on a C extension."""
