"""Bad links: what the terminal reports reaches the system late, twice, mixed up."""

import random
from dataclasses import dataclass, field

from simulators.doses import Doses
from simulators.motion import Sight

USUAL = Doses(outages=0.12, shuffles=0.05, doubles=0.003)
MOST_IN_A_MESSAGE = 100


@dataclass(slots=True, eq=False)
class Link:
    """The uplink of one terminal, with its own luck.

    Args:
        device: the terminal's name.
        rng: its own.
        start: seconds since 1970.
        days: for so many days the outages are drawn.
        doses: how much goes wrong.
    """

    device: str
    rng: random.Random
    start: int
    days: int
    doses: Doses = USUAL
    _held: list[Sight] = field(default_factory=list)
    _outages: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for day in range(self.days):
            if self.rng.random() < self.doses.outages:
                begin = self.start + day * 86_400 + self.rng.randrange(8 * 3600, 17 * 3600)
                self._outages.append((begin, begin + self.rng.randrange(900, 7_200)))

    def messages(self, sights: list[Sight], now: int) -> list[list[Sight]]:
        """What goes out now: nothing in an outage, then all that was held back, mixed up.

        Returns:
            Messages of at most 100 reports; one that repeats another is a doubled upload.
        """
        self._held.extend(sights)
        if not self._held or any(begin <= now < end for begin, end in self._outages):
            return []
        held, self._held = self._held, []
        if len(held) > 20 and self.rng.random() < self.doses.shuffles:
            self.rng.shuffle(held)
        out = [held[i : i + MOST_IN_A_MESSAGE] for i in range(0, len(held), MOST_IN_A_MESSAGE)]
        if self.rng.random() < self.doses.doubles:
            out.append(out[-1])
        return out

    def flush(self) -> list[list[Sight]]:
        """All that is still held back, outage or not: the end of the run."""
        self._outages.clear()
        return self.messages([], 0)
