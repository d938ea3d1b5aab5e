"""The clock of a terminal: off by some seconds, slow or fast, or suddenly somewhere else."""

import random
from dataclasses import dataclass
from typing import Final, Self

from simulators.doses import Doses

DAY_S: Final = 86_400
LEAST_S: Final = -240
MOST_S: Final = 120
"""A drifting clock is set right by its receiver before it is further off than this."""
BACK_S: Final = (600, 5_400)
AHEAD_S: Final = (6 * 3_600, 30 * 3_600)
"""Beyond what any upload is late, so that what it says is of the future whenever it arrives."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What a clock shows: true time, an offset, and what it gains a day (negative: loses)."""

    start: int
    offset_s: int = 0
    gains_s: float = 0.0

    @classmethod
    def drawn(cls, rng: random.Random, start: int, doses: Doses) -> Self:
        """A clock with the luck of its terminal; start: seconds since 1970, when it is right."""
        offset = rng.randrange(-30, 21) if rng.random() < doses.skewed else 0
        drifts = doses.drifting_clocks > 0 and rng.random() < doses.drifting_clocks
        return cls(start, offset, rng.choice((-1.0, 0.5)) * rng.uniform(20, 90) if drifts else 0.0)

    def off_s(self, at: int) -> int:
        """Seconds by which it is ahead of the truth at a true moment; negative: behind."""
        drift = round(self.gains_s * max(0, at - self.start) / DAY_S)
        return self.offset_s + max(LEAST_S, min(MOST_S, drift))


def leap_s(rng: random.Random) -> int:
    """By how much a clock leaps: back by less than two hours, or ahead by most of a day."""
    return rng.randrange(*AHEAD_S) if rng.random() < 0.5 else -rng.randrange(*BACK_S)
