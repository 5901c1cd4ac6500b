"""Upstream tests that are not expected to pass here although they pass on the stock backend."""

from __future__ import annotations

_RETURNED = (
    "it demands that a struct with a bit-field is refused as the result of a callback; here it is returned"
)
_CALLED = "it demands that a variadic function with such a result is refused; here it is called"
_TEST = "test_not_supported_bitfield_in_result"

SKIPS: dict[tuple[str, str], str] = {
    ("cffi0-quick", f"testing/cffi0/test_ffi_backend.py::TestFFI::{_TEST}"): _RETURNED,
    ("cffi1", f"testing/cffi1/test_new_ffi_1.py::TestNewFFI1::{_TEST}"): _RETURNED,
    **{
        ("cffi1", f"testing/cffi1/test_recompiler.py::test_call_with_{name}"): _CALLED
        for name in ("bitfield", "packed_struct", "union", "zero_length_field")
    },
}
"""(suite, test id) to the reason, in a sentence."""
