"""Calls that keep the GIL, by the choice that the stock backend does not have: there the ordinary call runs."""

from __future__ import annotations

from benches.model import Code, Group, Operation

_KEEP = "keep = getattr(backend, '_keep_gil', lambda function: function)\n"

KEPT = Group(
    "kept",
    "Calls of functions for which `ferrocffi.keep_gil` was chosen",
    tuple(
        Operation(
            f"{mode}: {title}",
            Code(statement, check, f"{_KEEP}f = keep({lib}.{name})"),
            extension=Code(statement, check, f"f = direct.{name}") if mode == "abi" else None,
        )
        for mode, lib in (("abi", "lib"), ("api", "api"))
        for title, name, statement, check in (
            ("int f(int)", "inc", "f(41)", "f(41) == 42"),
            ("double f(double)", "half", "f(5.0)", "f(5.0) == 2.5"),
            ("int f(int, int)", "add2", "f(1, 2)", "f(1, 2) == 3"),
            ("int f(6 ints)", "add6", "f(1, 2, 3, 4, 5, 6)", "f(1, 2, 3, 4, 5, 6) == 21"),
        )
    ),
    note="Not part of any mean: the C extension keeps the GIL as well, the stock backend cannot.",
    counted=False,
)
