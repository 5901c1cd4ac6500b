"""The exceptions of this project."""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from ferrocffi.verify.report import LayoutReport


class AccessError(RuntimeError):
    """Memory was used in a way that C does not allow. Only checked mode (``FERROCFFI_CHECKED=1``) raises it.

    The text says what was tried. The notes below it say which memory the address belongs to, where that was made
    and freed, and how far outside the address lies.
    """


class VerificationError(Exception):
    """A module cannot be written or compiled."""


class LayoutError(Exception):
    """Declarations of a program differ from those of the headers or of the library."""

    def __init__(self, message: str, report: LayoutReport) -> None:
        super().__init__(message)
        self.report = report
        """All that was compared; `report.differences` has the name, and the numbers of both sides."""


class VerificationMissing(Exception):
    """Only a C compiler knows what a module needs."""
