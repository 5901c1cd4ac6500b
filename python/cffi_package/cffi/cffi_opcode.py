"""The module `ferrocffi.frontend.cffi_opcode` under its name in cffi."""

import sys

from ferrocffi.frontend import cffi_opcode

sys.modules[__name__] = cffi_opcode
