"""The exceptions of the front end."""

import _cffi_backend


class FFIError(_cffi_backend.FFI.error):
    """A declaration is repeated with another meaning, or uses something that is not supported."""


class CDefError(_cffi_backend.FFI.error):
    """A text is not valid C, or uses C in a way that `cdef()` does not take."""

    def __str__(self):
        """Returns the message, below the place of the declaration if that is known."""
        place = getattr(self.args[1], "coord", None) if len(self.args) > 1 else None
        where = f"{place.file}:{place.line}: " if getattr(place, "line", None) else ""
        return f"{where}{self.args[0]}" if self.args else ""


class VerificationError(Exception):
    """A module cannot be written or compiled."""


class VerificationMissing(Exception):
    """A type is used that only a C compiler knows completely."""


class PkgConfigError(Exception):
    """The program pkg-config is missing, or failed."""
