"""The exceptions of the front end."""

import _cffi_backend

BackendError = _cffi_backend.FFI.error
"""What the backend raises for texts that it reads itself."""


class FFIError(BackendError):
    """A declaration is repeated with another meaning, or uses something that is not supported."""


class CDefError(BackendError):
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


class as_cdef_error:
    """Raises `CDefError` in the place of what the backend raises for a text after headers were read."""

    def __enter__(self):
        """Does nothing."""

    def __exit__(self, kind, error, traceback):
        """Raises the other exception, if there is one."""
        if type(error) is BackendError:
            raise CDefError(*error.args) from None
