"""What is to be planned: integers only, checked when it is built.

Units: seconds since the horizon's epoch, metres, fen. Places are row numbers of the
matrix. Every value object refuses to exist with a broken bound; `Problem` refuses to
exist with a broken reference.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Licence = Literal["C1", "B1", "A1"]
LICENCE_RANK: dict[Licence, int] = {"C1": 1, "B1": 2, "A1": 3}

MOST_SECONDS = 40 * 86_400
MOST_METRES = 5_000_000
MOST_FEN = 100_000_000


class InvalidProblem(ValueError):
    """The input contradicts itself or leaves its bounds; `errors` has one line for each."""

    def __init__(self, errors: Iterable[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(self.errors))


def _refuse(errors: Iterable[str]) -> None:
    if found := tuple(errors):
        raise InvalidProblem(found)


def _within(owner: str, **values: tuple[int, int, int]) -> Iterator[str]:
    for name, (value, least, most) in values.items():
        if not least <= value <= most:
            yield f"{owner}: {name} is {value}, must be {least} to {most}"


def _orderly(owner: str, windows: tuple["Window", ...]) -> Iterator[str]:
    if any(a.end_s > b.start_s for a, b in pairwise(windows)):
        yield f"{owner}: windows overlap or are not in order"


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open period [start_s, end_s)."""

    start_s: int
    end_s: int

    def __post_init__(self) -> None:
        _refuse(_within("window", start_s=(self.start_s, -MOST_SECONDS, MOST_SECONDS)))
        _refuse(_within("window", end_s=(self.end_s, self.start_s + 1, MOST_SECONDS)))


@dataclass(frozen=True, slots=True)
class Horizon:
    """The time planned for.

    Attributes:
        epoch: Unix time of second 0, usually local midnight of the first day.
        length_s: no duty ends later.
        now_s: no car leaves for a task that is not fixed before this.
        buffer_s: a car is at the origin this long before the start.
        start_step_s: a task with a window starts at earliest + k * step, nowhere else.
    """

    epoch: int
    length_s: int
    now_s: int = 0
    buffer_s: int = 0
    start_step_s: int = 900

    def __post_init__(self) -> None:
        _refuse(
            _within(
                "horizon",
                length_s=(self.length_s, 1, MOST_SECONDS),
                now_s=(self.now_s, 0, self.length_s),
                buffer_s=(self.buffer_s, 0, 86_400),
                start_step_s=(self.start_step_s, 60, 86_400),
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Seconds and metres from each place (row) to each place (column), both (n, n).

    `version` names the data they came from; a plan is checked against the same one.
    """

    seconds: NDArray[np.uint32]
    metres: NDArray[np.uint32]
    version: str

    def __post_init__(self) -> None:
        n = len(self.seconds)
        _refuse(
            f"matrix: {name} has shape {layer.shape}, must be ({n}, {n})"
            for name, layer in (("seconds", self.seconds), ("metres", self.metres))
            if layer.shape != (n, n)
        )
        _refuse(self._layer_errors("seconds", self.seconds, MOST_SECONDS))
        _refuse(self._layer_errors("metres", self.metres, MOST_METRES))
        for name in ("seconds", "metres"):
            layer = np.array(getattr(self, name), dtype=np.uint32)
            layer.flags.writeable = False
            object.__setattr__(self, name, layer)

    @staticmethod
    def _layer_errors(name: str, layer: NDArray[np.generic], most: int) -> Iterator[str]:
        if layer.size and (int(layer.min()) < 0 or int(layer.max()) > most):
            yield f"matrix: {name} must be 0 to {most}"
        elif layer.size and np.diagonal(layer).any():
            yield f"matrix: {name} from a place to itself must be 0"

    @property
    def places(self) -> int:
        """How many places there are."""
        return len(self.seconds)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A car: it starts at `at` no sooner than `free_from_s` and ends at `home`.

    Attributes:
        passenger_seats: without the driver's.
        licence: the least licence that may drive it.
        windows: in order; a duty lies inside one, and each holds at most one duty.
        range_m: most metres of one duty; None: no limit.
        use_fen: paid once for each duty.
        lendable: may serve tasks that another pool pays; never true when confidential.
    """

    id: int
    pool: int
    vehicle_class: str
    passenger_seats: int
    licence: Licence
    home: int
    at: int
    windows: tuple[Window, ...]
    fen_per_km: int
    use_fen: int = 0
    free_from_s: int = 0
    range_m: int | None = None
    lendable: bool = True
    confidential: bool = False

    def __post_init__(self) -> None:
        me = f"vehicle {self.id}"
        range_m = 1 if self.range_m is None else self.range_m
        _refuse(
            _within(
                me,
                passenger_seats=(self.passenger_seats, 1, 100),
                fen_per_km=(self.fen_per_km, 0, 100_000),
                use_fen=(self.use_fen, 0, MOST_FEN),
                free_from_s=(self.free_from_s, -MOST_SECONDS, MOST_SECONDS),
                range_m=(range_m, 0, MOST_METRES),
            )
        )
        _refuse(_orderly(me, self.windows))
        if self.confidential and self.lendable:
            raise InvalidProblem([f"{me}: a confidential vehicle cannot be lendable"])
        if self.at != self.home and len(self.windows) > 1:
            raise InvalidProblem([f"{me}: a car away from home has one window at most"])


@dataclass(frozen=True, slots=True)
class Driver:
    """A person who drives cars of their own pool: one car for each window."""

    id: int
    pool: int
    licence: Licence
    windows: tuple[Window, ...]
    max_driving_s: int = 8 * 3600

    def __post_init__(self) -> None:
        me = f"driver {self.id}"
        _refuse(_within(me, max_driving_s=(self.max_driving_s, 0, MOST_SECONDS)))
        _refuse(_orderly(me, self.windows))


@dataclass(frozen=True, slots=True)
class Fixed:
    """Published, under way or done: this car, this driver, this start."""

    vehicle: int
    driver: int
    start_s: int


@dataclass(frozen=True, slots=True)
class Task:
    """One car for one party from origin to destination, without a break.

    Attributes:
        pool: who pays.
        duration_s: from start to the party's leaving the car: drives and waits.
        driving_s: the part of it that is driving.
        loaded_m: metres driven meanwhile.
        passengers: without the driver.
        classes: vehicle classes that may serve it; empty: any.
        priority: what leaving it unserved weighs.
        rental: a rental firm may serve it.
    """

    id: int
    pool: int
    unit: int
    origin: int
    destination: int
    earliest_s: int
    latest_s: int
    duration_s: int
    driving_s: int
    loaded_m: int
    passengers: int
    priority: int = 20
    classes: tuple[str, ...] = ()
    rental: bool = True
    fixed: Fixed | None = None

    def __post_init__(self) -> None:
        _refuse(
            _within(
                f"task {self.id}",
                earliest_s=(self.earliest_s, 0, MOST_SECONDS),
                latest_s=(self.latest_s, self.earliest_s, MOST_SECONDS),
                duration_s=(self.duration_s, 1, MOST_SECONDS),
                driving_s=(self.driving_s, 0, self.duration_s),
                loaded_m=(self.loaded_m, 0, MOST_METRES),
                passengers=(self.passengers, 1, 100),
                priority=(self.priority, 1, 1000),
            )
        )


@dataclass(frozen=True, slots=True)
class RentalFirm:
    """Cars for hire: day_fen a day begun and fen_per_km for each loaded kilometre.

    `vehicles` bounds its rentals on each day (86,400 s from the epoch) they touch.
    """

    id: int
    vehicles: int
    day_fen: int
    fen_per_km: int
    passenger_seats: int = 50
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse(
            _within(
                f"rental firm {self.id}",
                vehicles=(self.vehicles, 0, 100_000),
                day_fen=(self.day_fen, 0, MOST_FEN),
                fen_per_km=(self.fen_per_km, 0, 100_000),
                passenger_seats=(self.passenger_seats, 1, 100),
            )
        )


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the payer's pool pays the lender's for one task: a trip and its loaded km."""

    lender: int
    payer: int
    trip_fen: int
    fen_per_km: int

    def __post_init__(self) -> None:
        _refuse(
            _within(
                f"settlement {self.lender} to {self.payer}",
                trip_fen=(self.trip_fen, 0, MOST_FEN),
                fen_per_km=(self.fen_per_km, 0, 100_000),
            )
        )


@dataclass(frozen=True, slots=True)
class Reserve:
    """So many of a pool's lendable cars are kept back from other pools."""

    pool: int
    vehicles: int

    def __post_init__(self) -> None:
        _refuse(_within(f"reserve of {self.pool}", vehicles=(self.vehicles, 0, 100_000)))


@dataclass(frozen=True, slots=True)
class Refusal:
    """The lender serves no task of the payer."""

    lender: int
    payer: int


@dataclass(frozen=True)
class Problem:
    """One planning problem; construction checks every reference.

    Raises:
        InvalidProblem: with one line for each thing wrong.
    """

    horizon: Horizon
    matrix: Matrix
    pools: tuple[int, ...]
    vehicles: tuple[Vehicle, ...]
    drivers: tuple[Driver, ...]
    tasks: tuple[Task, ...]
    firms: tuple[RentalFirm, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    reserves: tuple[Reserve, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    driver_fen_per_hour: int = 0

    def __post_init__(self) -> None:
        # Imported here: the rules speak of this class.
        from optimizer.references import errors

        _refuse(errors(self))

    @cached_property
    def settlement(self) -> dict[tuple[int, int], Settlement]:
        """By (lender, payer)."""
        return {(s.lender, s.payer): s for s in self.settlements}

    @cached_property
    def refused(self) -> frozenset[tuple[int, int]]:
        """Pairs (lender, payer) that are not served."""
        return frozenset((r.lender, r.payer) for r in self.refusals)

    @cached_property
    def lending_limit(self) -> dict[int, int]:
        """How many cars of each pool may serve others, where a reserve says so."""
        lendable = {p: sum(v.pool == p and v.lendable for v in self.vehicles) for p in self.pools}
        return {r.pool: max(0, lendable[r.pool] - r.vehicles) for r in self.reserves}
