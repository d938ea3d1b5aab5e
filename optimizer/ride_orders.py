"""Which orders of calls are worth planning with: those that no other can stand for."""

import numpy as np
from numpy.typing import NDArray

from optimizer.calls import DRIVING, END, METRES, NONE, PEAK, START, TOLL, Rides
from optimizer.compiled import compiled
from optimizer.parties import Parties

Ints = NDArray[np.int64]
NOBODY = 1 << 40
PERCENT = 6


def worth_planning(parties: Parties, rides: Rides) -> Ints:
    """Rows of the rides that some car could drive, without those that cost nothing to leave out.

    Left out is an order of calls than which another is at least as good in every plan: of the
    same parties, from and to the same places, with the same start, and where a party is
    announced, with the same moment of its getting on.
    """
    if not len(rides.calls):
        return np.zeros(0, np.int64)
    sorts = _sorts(parties, rides)
    order = np.lexsort(sorts.T[::-1])
    begins = np.flatnonzero(np.any(np.diff(sorts[order], axis=0, prepend=-2), axis=1))
    percents = np.array([parties.percent(int(end_s)) for end_s in rides.figures[:, END]])
    figures = np.column_stack([rides.figures, percents])
    bounds = np.append(begins, len(order))
    kept = order[undominated(figures[order], bounds, parties.least_fen_per_km)]
    return np.sort(kept[_fits(parties, rides, kept)])


def ons_of(rides: Rides) -> Ints:
    """(n, 4) the parties in the order of getting on; NOBODY after the last."""
    on = (rides.calls != NONE) & (rides.calls % 2 == 0)
    first = np.argsort(~on, axis=1, kind="stable")[:, : rides.on_s.shape[1]]
    parties = np.where(on, rides.calls >> 1, NOBODY)
    return np.take_along_axis(parties, first, axis=1)


def _sorts(parties: Parties, rides: Rides) -> Ints:
    """What one ride must share with another to be in its stead, one row a ride."""
    ons = ons_of(rides)
    order = np.argsort(ons, axis=1, kind="stable")
    who = np.take_along_axis(ons, order, axis=1)
    when = np.take_along_axis(rides.on_s, order, axis=1)
    known = [task.published is not None for task in parties.tasks]
    announced = np.append(known, np.array([False]))[np.minimum(who, len(known))]
    last = (rides.calls != NONE).sum(axis=1) - 1
    ends = parties.places[rides.calls[:, 0]], parties.places[rides.calls[np.arange(len(who)), last]]
    return np.column_stack([who, *ends, rides.figures[:, START], np.where(announced, when, NONE)])


def _fits(parties: Parties, rides: Rides, rows: Ints) -> NDArray[np.bool_]:
    """Some car may serve all of them, and has the seats."""
    ons, peaks = ons_of(rides)[rows].tolist(), rides.figures[rows, PEAK].tolist()
    seated = {peak: parties.seating(peak) for peak in set(peaks)}
    fine = np.ones(len(rows), np.bool_)
    for i, (row, peak) in enumerate(zip(ons, peaks, strict=True)):
        cars = seated[peak]
        for party in row:
            cars &= parties.carries[party] if party != NOBODY else -1
        fine[i] = cars != 0
    return fine


@compiled
def undominated(figures: Ints, bounds: Ints, fen_per_km: int) -> NDArray[np.bool_]:
    """Rows for which no other between the same bounds can stand; of equals the last is kept."""
    kept = np.ones(len(figures), np.bool_)
    for part in range(len(bounds) - 1):
        for i in range(bounds[part], bounds[part + 1]):
            for j in range(bounds[part], bounds[part + 1]):
                if i != j and kept[j] and as_good(figures[j], figures[i], fen_per_km):
                    kept[i] = False
                    break
    return kept


@compiled
def as_good(one: Ints, other: Ints, fen_per_km: int) -> bool:
    """In every plan one can stand for the other, and costs no fen more.

    An earlier end moves pay from the ride to what follows, each rounded by itself: that may
    cost a fen, which the shorter way must save. And it may move the drive home into another
    hour, which must not be slower.
    """
    for figure in (END, DRIVING, METRES, TOLL, PEAK):
        if one[figure] > other[figure]:
            return False
    saves = (other[METRES] - one[METRES]) * fen_per_km >= 1000
    return bool(one[END] == other[END] or (saves and one[PERCENT] <= other[PERCENT]))
