"""Phones that die on the way: most come back hours later, some never, with all that was on them."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from simulators.city import City
from simulators.doses import CALM, Doses
from simulators.trip import Tap

NEVER_SHARE: Final = 0.3
DIES_AFTER_S: Final = (240, 3_600)
BACK_AFTER_S: Final = (3_600, 6 * 3_600)


@dataclass(frozen=True, slots=True)
class Death:
    """A phone that is dead from start to end, seconds since 1970; lost: nothing of it is saved.

    Where it is lost, the driver has another phone from the end on.
    """

    start: int
    end: int
    lost: bool


class Handsets:
    """The phones of all drivers, each with its own luck.

    Args:
        city: whose drivers.
        doses: how often a phone dies.
    """

    def __init__(self, city: City, doses: Doses = CALM) -> None:
        self._city = city
        self._doses = doses
        self._deaths: dict[str, list[Death]] = defaultdict(list)

    def set_off(self, tap: Tap) -> Death | None:
        """A trip begins: whether the driver's phone will die on it, and how."""
        rng = self._city.rng("handset", tap.order.key)
        if not self._doses.dead_phones or rng.random() >= self._doses.dead_phones:
            return None
        start = tap.at + rng.randrange(*DIES_AFTER_S)
        death = Death(start, start + rng.randrange(*BACK_AFTER_S), rng.random() < NEVER_SHARE)
        self._deaths[tap.order.driver].append(death)
        return death

    def dead(self, tap: Tap) -> Death | None:
        """The death during which something was tapped, if the phone was dead then."""
        deaths = self._deaths[tap.order.driver]
        return next((d for d in deaths if d.start <= tap.at < d.end), None)
