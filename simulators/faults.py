"""Bad links and bad receivers: what the terminal saw reaches the system late, twice, mixed up.

A fault acts on the link or on the measured position, never on a label: the system must
find out by itself.
"""

import random
from dataclasses import dataclass, field, replace

from simulators.motion import Sight

JUMP_SHARE = 0.00005
OUTAGES_A_DAY = 0.12
MOST_IN_A_MESSAGE = 100


@dataclass(slots=True, eq=False)
class Link:
    """The uplink of one terminal, with its own luck.

    Args:
        device: the terminal's name.
        rng: its own.
        start: seconds since 1970.
        days: for so many days the outages are drawn.
    """

    device: str
    rng: random.Random
    start: int
    days: int
    _held: list[Sight] = field(default_factory=list)
    _outages: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for day in range(self.days):
            if self.rng.random() < OUTAGES_A_DAY:
                begin = self.start + day * 86_400 + self.rng.randrange(8 * 3600, 17 * 3600)
                self._outages.append((begin, begin + self.rng.randrange(900, 7_200)))

    def messages(self, sights: list[Sight], now: int) -> list[list[Sight]]:
        """What goes out now: nothing in an outage, then all that was held back, mixed up.

        Returns:
            Messages of at most 100 reports; one that repeats another is a doubled upload.
        """
        self._held.extend(self._measured(sight) for sight in sights)
        if not self._held or any(begin <= now < end for begin, end in self._outages):
            return []
        held, self._held = self._held, []
        if len(held) > 20 and self.rng.random() < 0.05:
            self.rng.shuffle(held)
        out = [held[i : i + MOST_IN_A_MESSAGE] for i in range(0, len(held), MOST_IN_A_MESSAGE)]
        if self.rng.random() < 0.003:
            out.append(out[-1])
        return out

    def flush(self) -> list[list[Sight]]:
        """All that is still held back, outage or not: the end of the run."""
        self._outages.clear()
        return self.messages([], 0)

    def _measured(self, sight: Sight) -> Sight:
        if sight.speed_kmh > 20 and self.rng.random() < JUMP_SHARE:
            return replace(
                sight,
                lon=round(sight.lon + self.rng.uniform(0.08, 0.2), 7),
                lat=round(sight.lat + self.rng.uniform(0.05, 0.1), 7),
            )
        return sight
