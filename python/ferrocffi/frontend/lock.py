"""The lock that FFI objects use."""

from _thread import allocate_lock

__all__ = ["allocate_lock"]
