"""A price for the scarcer limit of a lane, so that the backward pass knows of it."""

import numpy as np

from optimizer.arcs import Arcs
from optimizer.forward import Prices
from optimizer.passes import Between, completions
from optimizer.terrain import NEVER, NO_LIMIT

STEPS = 2


class LimitPrice:
    """Driving time or range of one lane, and the rate that was best for it last."""

    def __init__(self, arcs: Arcs, lane: int) -> None:
        self._arcs, self._lane, self._rate = arcs, lane, 0
        car, f = arcs.graph.lanes[lane].car, arcs.graph.field
        speed = f.metres.sum() / max(1, f.seconds.sum())
        self._by_metres = bool(car.charge_m == 0 and car.begin_m < car.driving_s * speed)
        self._most = car.begin_m if self._by_metres else car.driving_s
        self._free = arcs.graph.lanes[lane].run >= 0

    def best(self, prices: Prices, ways: Between, least: int) -> tuple[int, Prices]:
        """The best bound found on a path's cost, and the prices with that rate.

        `least` is the bound without a rate. A run's own tasks may break limits: lanes of runs
        stay without one.
        """
        if self._free or self._most >= NO_LIMIT:
            return least, prices
        found = {0: (least, prices)}
        rate = self._rate or max(1, -least // max(1, self._most))
        for _ in range(STEPS):
            found[rate] = self._at(prices, ways, rate)
            top = max(found, key=lambda r: (found[r][0], -r))
            rate = _next(sorted(found), top)
            if rate in found:
                break
        self._rate = top
        return found[top]

    def _at(self, prices: Prices, ways: Between, rate: int) -> tuple[int, Prices]:
        f, arcs = self._arcs.graph.field, self._arcs
        ends = (arcs.ends.metres if self._by_metres else arcs.ends.driving_s)[self._lane]
        use = ways.metres if self._by_metres else ways.driving_s
        serve = f.loaded_m if self._by_metres else f.driving_s
        first, last = prices.first + rate * ends[0], prices.last + rate * ends[1]
        earned = prices.earned + rate * serve
        onward, ahead = np.empty((2, len(earned)), dtype=np.int64)
        here = (first, last, earned, rate, onward, ahead)
        least = completions(prices.offset, ways.cost, use, *here)
        bound = prices.base + least - rate * self._most if least < NEVER else NEVER
        return bound, prices._replace(
            use=use,
            priced_first=first,
            priced_last=last,
            priced_earned=earned,
            priced=onward,
            priced_ahead=ahead,
            rate=rate,
            by_metres=self._by_metres,
        )


def _next(rates: list[int], top: int) -> int:
    """The rate to try next: beyond the best one, or between it and a neighbour."""
    k = rates.index(top)
    if k == len(rates) - 1:
        return 2 * top
    lower = rates[k - 1] if k else 0
    if top - lower > rates[k + 1] - top:
        return (lower + top) // 2
    return (top + rates[k + 1]) // 2
