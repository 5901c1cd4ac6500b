"""Modules that cffi has compiled: their functions, values and `extern "Python"` functions."""
