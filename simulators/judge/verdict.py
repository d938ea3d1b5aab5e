"""What a comparison comes to."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
KM_SHARE, KM_SLACK_M = 0.03, 1_500
"""A trip's kilometres may differ by that much: noise, sampling, and minutes at its ends."""


@dataclass(slots=True)
class Verdict:
    """All differences, by what was compared, and a summary of what agreed."""

    differences: dict[str, list[str]] = field(default_factory=dict)
    compared: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many differences there are; 0: the system tells the truth."""
        return sum(map(len, self.differences.values()))

    def add(self, what: str, compared: int, found: list[str]) -> None:
        """Keep the outcome of one comparison."""
        self.compared[what] = compared
        self.differences[what] = found


def near(said_m: int, true_m: int) -> bool:
    """Whether kilometres agree as well as kilometres can."""
    return abs(said_m - true_m) <= KM_SLACK_M + KM_SHARE * true_m
