"""Licence classes and duty hours; pure."""

from dispatch.drivers.model import Licence

MAX_DRIVING_S = 8 * 3600
"""House rule H11: at most so much driving a duty day."""

BREAK_AFTER_S = 4 * 3600
BREAK_S = 20 * 60
"""House rule H10: at most so much driving without a break of this length."""
SPAN_S = 12 * 3600
"""House rule H11: from leaving to being home."""
REST_S = 10 * 3600
"""House rule H11: between the duties of two days."""

LICENCES: tuple[Licence, ...] = ("C1", "B1", "A1")
"""From the least to the greatest."""

_RANK = {licence: rank for rank, licence in enumerate(LICENCES)}
_NEEDED: dict[str, Licence] = {"midibus": "B1", "coach": "A1"}


def needed_licence(vehicle_class: str) -> Licence:
    """The least licence for a class of car: B1 for a midibus, A1 for a coach, else C1."""
    return _NEEDED.get(vehicle_class, "C1")


def suffices(held: Licence, needed: Licence) -> bool:
    """Whether a licence covers what is needed; each class includes the lower ones."""
    return _RANK[held] >= _RANK[needed]
