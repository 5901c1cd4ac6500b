"""Does a program declare what the headers and the library declare?

`check` compares a module of ``ferrocffi bind``; `verify_layouts` compares the declarations of any FFI object or module.
"""

from __future__ import annotations

from ferrocffi.verify.compare import Difference
from ferrocffi.verify.layouts import verify_layouts
from ferrocffi.verify.module import Report, check
from ferrocffi.verify.report import LayoutReport

__all__ = ["Difference", "LayoutReport", "Report", "check", "verify_layouts"]
