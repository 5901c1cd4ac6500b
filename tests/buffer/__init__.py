"""Buffers over C memory, and C arrays over Python buffers."""
