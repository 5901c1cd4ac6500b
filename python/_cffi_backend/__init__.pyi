# Incomplete so far: every other name is there at run time, and untyped here.
from typing import Any

__version__: str

def __getattr__(name: str) -> Any: ...
