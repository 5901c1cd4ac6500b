"""What a comparison of an FFI object with headers or a library found."""

from __future__ import annotations

from dataclasses import dataclass, field

from ferrocffi.verify.compare import Difference


@dataclass
class LayoutReport:
    """All that was compared, and what differs."""

    facts: int = 0
    """The number of facts that were compared."""
    differences: list[Difference] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Names that the headers, or the library's debug information, do not have."""
    unread: dict[str, str] = field(default_factory=dict)
    """What could not be compared, and why."""
    missing: list[str] = field(default_factory=list)
    """Functions and variables that the library does not export."""

    @property
    def ok(self) -> bool:
        """Returns whether both sides say the same."""
        return not self.differences and not self.missing

    def __str__(self) -> str:
        lines = [
            f"{len(self.differences)} of {self.facts} facts differ"
            if self.differences
            else f"all {self.facts} facts hold"
        ]
        lines += [f"  {difference}" for difference in self.differences]
        if self.missing:
            lines.append(f"  the library does not export {', '.join(self.missing)}")
        return "\n".join(lines)
