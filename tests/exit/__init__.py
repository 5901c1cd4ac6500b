"""Tests of programs that end while their threads are busy."""
