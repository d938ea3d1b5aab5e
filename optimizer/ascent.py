"""A bound on a whole large day: columns of its outline, balanced by multipliers, priced exactly.

Each round the multipliers are drawn from the columns known so far, near the best ones yet;
the cheapest paths under them prove a bound, and are the next columns.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from optimizer.balance import Columns, Reals, Rows, sweeps
from optimizer.ledger import Ledger
from optimizer.outline import HALF_FEN, MILLI, NEVER, Ints, Lane, Outline
from optimizer.outline_paths import backward, read_off
from optimizer.runs import CarSlot

A_LANE = 40
SWEEPS = 30
LONGEST = 40
# Multipliers that are too low prove something, those that are too high nothing at all.
FIRST_SHARES = (1.0, 0.6, 0.3, 0.15)


@dataclass(frozen=True, slots=True)
class Proven:
    """Multipliers of the ledger's rows, and the bound they prove, in 1/1000 fen."""

    price: Ints
    bound: int


class Ascent:
    """Improves a bound, round by round."""

    def __init__(self, outline: Outline, ledger: Ledger, first: Reals, *, threads: int = 1) -> None:
        self.outline, self.ledger, self._threads = outline, ledger, threads
        self._out = [_setting_out(outline, lane) for lane in outline.lanes]
        self._ways: dict[tuple[int, int, int], list[int]] = {}
        for i, lane in enumerate(outline.lanes):
            self._ways.setdefault((lane.kind, lane.serves, lane.until_s), []).append(i)
        self._cost = [float(other.cost) for other in ledger.others]
        self._rows = [np.array(other.rows, dtype=np.int64) for other in ledger.others]
        self._shares = [np.array(other.shares, dtype=np.float64) for other in ledger.others]
        self._known: set[tuple[int, bytes]] = set()
        self._used = np.zeros(len(self._cost))
        self._step = float(np.median(np.abs(first[: ledger.tasks]))) * 0.5
        self.rounds = 0
        starts = [self._try(share * first) for share in FIRST_SHARES]
        self.best = max(starts, key=lambda proven: proven.bound)

    def round(self) -> None:
        """Draw multipliers, price them, keep them if they prove more."""
        self.rounds += 1
        columns, rows = self._master()
        trial = sweeps(columns, rows, self.best.price.astype(np.float64), self._used, SWEEPS)
        proven = self._try(trial)
        if proven.bound > self.best.bound:
            self.best = proven
            self._step *= 1.2
        else:
            self._step *= 0.7

    def _master(self) -> tuple[Columns, Rows]:
        at = np.zeros(len(self._cost) + 1, dtype=np.int64)
        at[1:] = np.cumsum([len(rows) for rows in self._rows])
        new = np.zeros(len(self._cost) - len(self._used))
        self._used = np.concatenate([self._used, new])
        right, exactly = self.ledger.right, self.ledger.exactly
        step = self._step / np.where(exactly, 1.0, np.maximum(1.0, np.sqrt(np.abs(right))))
        shares, cost = np.concatenate(self._shares), np.array(self._cost)
        columns = Columns(cost, at, np.concatenate(self._rows), shares)
        return columns, Rows(right, exactly, step)

    def _try(self, price: Reals) -> Proven:
        """The bound that these multipliers prove; the columns they ask for are kept."""
        whole = self.ledger.whole(price)
        gain = self.outline.nodes.total(whole[: self.ledger.tasks])
        least = np.zeros(len(self.outline.cars), dtype=np.int64)
        with ThreadPoolExecutor(self._threads) as pool:
            found = list(pool.map(lambda way: self._paths(way, gain), self._ways))
        for (value, then), lanes in zip(found, self._ways.values(), strict=True):
            for i in lanes:
                lane = self.outline.lanes[i]
                charge = self.ledger.charge(whole, lane)
                entry = np.where(value < NEVER, np.minimum(self._out[i] + value, NEVER), NEVER)
                lowest = int(entry.min(initial=NEVER)) + charge
                least[lane.cars] = min(least[lane.cars], lowest)
                below = int(whole[self.ledger.car_row(lane)]) - charge
                self._read(i, entry, then, gain, below)
        return Proven(whole, self.ledger.bound(whole, least))

    def _paths(self, way: tuple[int, int, int], gain: Ints) -> tuple[Ints, Ints]:
        kind, serves, until_s = way
        value, then = np.empty_like(gain), np.empty_like(gain)
        day = self.outline
        backward(day.ground, day.kinds[kind], day.serve[serves], gain, until_s, value, then)
        return value, then

    def _read(self, i: int, entry: Ints, then: Ints, gain: Ints, below: int) -> None:
        """Keep the cheapest paths of a lane that share no task."""
        order = np.flatnonzero(entry < below)
        order = order[np.argsort(entry[order], kind="stable")][: 20 * A_LANE]
        at, flat = np.zeros(A_LANE + 1, np.int64), np.zeros(A_LANE * LONGEST, np.int64)
        ground, items = self.outline.ground, self.outline.nodes.items
        count = read_off(ground, order, then, self.ledger.tasks, A_LANE, at, flat)
        lane_rows = self.ledger.lane_rows(self.outline.lanes[i])
        for k in range(count):
            nodes = flat[at[k] : at[k + 1]]
            key = (i, nodes.tobytes())
            if key not in self._known:
                self._known.add(key)
                self._cost.append(float(entry[nodes[0]] + gain[nodes].sum()))
                tasks = [j for node in nodes.tolist() for j in items[node].tasks]
                self._rows.append(np.array([*tasks, *lane_rows], dtype=np.int64))
                self._shares.append(np.ones(len(self._rows[-1])))


def _setting_out(outline: Outline, lane: Lane) -> Ints:
    """(nodes,) the first drive of a duty with the use of its car, NEVER where it is too late."""
    ground, slot = outline.ground, outline.cars[lane.cars][0]
    percent = ground.percent[ground.start_s // 3600]
    drive_s = (ground.seconds[slot.place, ground.origin] * percent + 50) // 100
    price = _driving(outline, slot)[ground.origin]
    leave_s = ground.start_s - ground.buffer_s - drive_s
    fen = (slot.car.use_fen - slot.idle_fen) * MILLI + price - 3 * HALF_FEN
    fen += (drive_s + ground.buffer_s) * ground.hour_fen * MILLI // 3600
    return np.where(leave_s >= max(lane.from_s, slot.free_s), fen, NEVER)


def _driving(outline: Outline, slot: CarSlot) -> Ints:
    """(places,) metres and tolls from where the car stands, straight or by way of home."""
    matrix, car = outline.problem.matrix, slot.car
    price: Ints = matrix.metres.astype(np.int64) * car.fen_per_km
    if matrix.toll_fen is not None:
        price = price + matrix.toll_fen.astype(np.int64) * car.toll_percent * 10
    by_home = price[slot.place, car.home] + price[car.home]
    return np.asarray(np.minimum(price[slot.place], by_home))
