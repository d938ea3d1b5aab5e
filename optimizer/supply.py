"""What serves: cars, drivers, rental firms, and the terms between the pools."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from optimizer.ambient import Window, orderly
from optimizer.limits import (
    MOST_FEN,
    MOST_METRES,
    MOST_SECONDS,
    InvalidProblem,
    refuse,
    within,
)

Licence = Literal["C1", "B1", "A1"]
LICENCE_RANK: dict[Licence, int] = {"C1": 1, "B1": 2, "A1": 3}


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A car: it starts at `at` no sooner than `free_from_s` and ends at `home`.

    Attributes:
        passenger_seats: without the driver's.
        licence: the least licence that may drive it.
        windows: in order; a duty lies inside one, and each holds at most one duty.
        range_m: metres that a full charge or tank allows; None: no limit. A duty may not use
            more, except where it charges on the way.
        use_fen: paid once for each duty.
        lendable: may serve tasks that another pool pays; never true when confidential.
        charge_m_per_hour: range gained by an hour at a charger; 0: only between duties.
        charged_m: range left at the beginning of its first duty; None: full. Later duties of
            the horizon begin full.
        toll_percent: what it pays of `Matrix.toll_fen` and `Task.toll_fen`.
        month_m: driven this month so far; among equals, longer duties go where it is less.
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
    charge_m_per_hour: int = 0
    charged_m: int | None = None
    toll_percent: int = 100
    month_m: int = 0

    def __post_init__(self) -> None:
        me = f"vehicle {self.id}"
        range_m = 1 if self.range_m is None else self.range_m
        charged_m = 0 if self.charged_m is None else self.charged_m
        refuse(
            within(
                me,
                passenger_seats=(self.passenger_seats, 1, 100),
                fen_per_km=(self.fen_per_km, 0, 100_000),
                use_fen=(self.use_fen, 0, MOST_FEN),
                free_from_s=(self.free_from_s, -MOST_SECONDS, MOST_SECONDS),
                range_m=(range_m, 0, MOST_METRES),
                charge_m_per_hour=(self.charge_m_per_hour, 0, MOST_METRES),
                charged_m=(charged_m, 0, MOST_METRES if self.range_m is None else range_m),
                toll_percent=(self.toll_percent, 0, 1000),
                month_m=(self.month_m, 0, 1_000_000_000),
            )
        )
        refuse(orderly(me, self.windows))
        if self.confidential and self.lendable:
            raise InvalidProblem([f"{me}: a confidential vehicle cannot be lendable"])
        if self.at != self.home and len(self.windows) > 1:
            raise InvalidProblem([f"{me}: a car away from home has one window at most"])


@dataclass(frozen=True, slots=True)
class Driver:
    """A person who drives cars of their own pool: one car for each window.

    Attributes:
        max_driving_s: most driving in one window.
        since_break_s: driven since the last break when the first window begins.
    """

    id: int
    pool: int
    licence: Licence
    windows: tuple[Window, ...]
    max_driving_s: int = 8 * 3600
    since_break_s: int = 0

    def __post_init__(self) -> None:
        me = f"driver {self.id}"
        refuse(within(me, max_driving_s=(self.max_driving_s, 0, MOST_SECONDS)))
        refuse(within(me, since_break_s=(self.since_break_s, 0, MOST_SECONDS)))
        refuse(orderly(me, self.windows))


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
        refuse(
            within(
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
        refuse(
            within(
                f"settlement {self.lender} to {self.payer}",
                trip_fen=(self.trip_fen, 0, MOST_FEN),
                fen_per_km=(self.fen_per_km, 0, 100_000),
            )
        )
        refuse(_other("settlement", self.lender, self.payer))


@dataclass(frozen=True, slots=True)
class Reserve:
    """So many of a pool's lendable cars are kept back from other pools."""

    pool: int
    vehicles: int

    def __post_init__(self) -> None:
        refuse(within(f"reserve of {self.pool}", vehicles=(self.vehicles, 0, 100_000)))


@dataclass(frozen=True, slots=True)
class Refusal:
    """The lender serves no task of the payer."""

    lender: int
    payer: int

    def __post_init__(self) -> None:
        refuse(_other("refusal", self.lender, self.payer))


def _other(name: str, lender: int, payer: int) -> Iterator[str]:
    if lender == payer:
        yield f"{name}: pool {lender} is its own lender"
