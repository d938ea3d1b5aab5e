"""Whether a car may be dispatched at all, apart from what it is booked for."""

from dataclasses import dataclass
from datetime import date

from dispatch.pools.model import Car

NOT_SHARED = frozenset({"LAW_ENFORCEMENT", "SPECIAL_TECH"})
"""House rule H17: these stay with their keepers and are only inspected."""


@dataclass(frozen=True, slots=True)
class Impediment:
    """Why a car may not leave: the house rule, a code and its facts."""

    rule: str
    code: str
    facts: dict[str, str | int]


def impediment(car: Car, day: date) -> Impediment | None:
    """The first house rule that keeps a car from being dispatched on a day (H14, H17)."""
    if car.category in NOT_SHARED:
        return Impediment("H17", "not_shared", {"category": car.category})
    if car.inspection_until is not None and car.inspection_until < day:
        return Impediment("H14", "inspection_over", {"until": car.inspection_until.isoformat()})
    if car.insurance_until is not None and car.insurance_until < day:
        return Impediment("H14", "insurance_over", {"until": car.insurance_until.isoformat()})
    return None
