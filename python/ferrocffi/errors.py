"""The exceptions of this project."""

from __future__ import annotations


class AccessError(RuntimeError):
    """Memory was used in a way that C does not allow. Only checked mode (``FERROCFFI_CHECKED=1``) raises it.

    The text says what was tried. The notes below it say which memory the address belongs to, where that was made
    and freed, and how far outside the address lies.
    """


class VerificationError(Exception):
    """A module cannot be written or compiled."""
