"""API mode: calls of functions of a module that was compiled for the stock backend."""

from __future__ import annotations

from benches.groups.signatures import BY_VALUE, FIXED
from benches.model import Code, Group, Limit, Operation

API = Group(
    "api",
    "API-mode calls of modules compiled for the stock backend",
    (
        *(signature.operation("api", "apiffi") for signature in FIXED),
        Operation(
            "attribute and call, lib.inc(41)",
            Code("api.inc(41)", "api.inc(41) == 42"),
            tags=frozenset({"fewer"}),
        ),
        Operation(
            "function pointer in a struct field, s.apply(41)",
            Code(
                "s.apply(41)",
                "s.apply(41) == 42",
                "s = apiffi.new('struct operations *', [api.get_inc()])",
            ),
            tags=frozenset({"fewer"}),
        ),
        *(signature.operation("api", "apiffi") for signature in BY_VALUE),
    ),
    (Limit(1.3), Limit(1.8, "two or more", "two or more arguments")),
)
