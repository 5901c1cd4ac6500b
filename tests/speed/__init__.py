"""The guard of speed: instructions per operation, counted under valgrind and compared with a record."""
