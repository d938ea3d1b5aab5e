"""What a planner says while it runs, and how it is told to end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from optimizer.plan import Bound, Levels

Phase = Literal["greedy", "columns", "neighbourhoods", "bound", "proofs"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a running plan is.

    Attributes:
        phase: what it does.
        levels: of the best plan so far.
        bound: the best known so far.
        seconds: since it began.
        iterations: pricing rounds, or neighbourhoods looked at.
    """

    phase: Phase
    levels: Levels
    bound: Bound
    seconds: float
    iterations: int


Report = Callable[[Progress], None]
Stop = Callable[[], bool]


def silent(progress: Progress) -> None:
    """Tell nobody."""


def never() -> bool:
    """Go on until the time is up."""
    return False
