"""How many days and seconds each figure of the optimizer gets."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Scale:
    """Seeds (days) and seconds a plan of each figure; names of figures say their seconds.

    `anchors` is 0 for none, 1 for one of each kind, 2 for all.
    """

    city: int
    small: int
    medium: int
    medium_s: float
    large: int
    large_s: float
    huge: int
    huge_s: float
    peers_small: int
    peers_medium: int
    peers_medium_s: float
    days: int
    replan_s: float
    buffer_days: int
    breakdowns: int
    anchors: int

    def with_seeds(self, seeds: int) -> "Scale":
        """The same with so many days of each figure."""
        one_of_each = ("city", "small", "medium", "large", "huge", "peers_small", "peers_medium")
        counts = dict.fromkeys((*one_of_each, "days", "buffer_days"), seeds)
        return replace(self, **counts)


QUICK = Scale(
    city=1,
    small=1,
    medium=1,
    medium_s=15,
    large=0,
    large_s=60,
    huge=0,
    huge_s=60,
    peers_small=1,
    peers_medium=0,
    peers_medium_s=15,
    days=2,
    replan_s=1,
    buffer_days=1,
    breakdowns=2,
    anchors=0,
)
DEFAULT = Scale(
    city=3,
    small=5,
    medium=1,
    medium_s=60,
    large=1,
    large_s=300,
    huge=1,
    huge_s=90,
    peers_small=2,
    peers_medium=1,
    peers_medium_s=30,
    days=20,
    replan_s=0.8,
    buffer_days=4,
    breakdowns=5,
    anchors=1,
)
FULL = Scale(
    city=5,
    small=5,
    medium=5,
    medium_s=60,
    large=5,
    large_s=600,
    huge=1,
    huge_s=600,
    peers_small=5,
    peers_medium=5,
    peers_medium_s=60,
    days=20,
    replan_s=3,
    buffer_days=20,
    breakdowns=20,
    anchors=2,
)
