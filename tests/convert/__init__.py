"""Conversions between Python objects and C values."""
