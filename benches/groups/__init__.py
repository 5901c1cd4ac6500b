"""All groups of operations, in the order of the report."""

from __future__ import annotations

from benches.groups.abi_calls import ABI_FIXED, ABI_PLANNED
from benches.groups.access import ACCESS
from benches.groups.api_calls import API
from benches.groups.bulk import BULK
from benches.groups.callbacks import CALLBACKS
from benches.groups.costs import COSTS
from benches.groups.failures import FAILURES
from benches.groups.front_end import FRONT_END, METHODS
from benches.groups.functions import FUNCTIONS
from benches.groups.kept import KEPT
from benches.groups.limits import with_limits
from benches.groups.types import TYPES
from benches.model import Group, Operation

GROUPS: tuple[Group, ...] = tuple(
    with_limits(group)
    for group in (
        ABI_FIXED,
        ABI_PLANNED,
        API,
        KEPT,
        CALLBACKS,
        FUNCTIONS,
        BULK,
        ACCESS,
        TYPES,
        FAILURES,
        FRONT_END,
        METHODS,
        COSTS,
    )
)


def group(key: str) -> Group:
    """Returns the group of that key; raises `KeyError` if there is none."""
    for found in GROUPS:
        if found.key == key:
            return found
    raise KeyError(key)


def twin(of: Group, operation: Operation) -> tuple[str, int] | None:
    """Group and index of the operation that one of a group is compared with."""
    if of.twins:
        for index, other in enumerate(group(of.twins).operations):
            if other.name == operation.name:
                return of.twins, index
    return None
