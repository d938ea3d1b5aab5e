"""What earlier trips leave to a day: charge, cars that stand elsewhere, cars on loan; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dispatch.kernel.ids import VehicleId
from dispatch.kernel.place import distance
from dispatch.orders import costs
from dispatch.orders.model import Held, Period
from dispatch.orders.travel import Known as KnownTimes
from dispatch.orders.travel import Roads, drive
from dispatch.pools import Car
from telemetry.live import Seen

HOME_M = 1_000
"""Nearer than that a car stands at home."""
BELIEVED = timedelta(days=1)
"""A position is known so long; a terminal that says nothing for longer is away itself."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a car is out for, with all it drives meanwhile."""

    period: Period
    metres: int


@dataclass(frozen=True, slots=True)
class Known:
    """How cars are now.

    Attributes:
        charge: what electric ones have left, in thousandths; others were full before their trips.
        homecomings: cars that stand elsewhere come home first.
    """

    charge: Mapping[VehicleId, int] = field(default_factory=dict)
    homecomings: Mapping[VehicleId, Errand] = field(default_factory=dict)


NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Left:
    """What a day begins with; until `first`, who waits first, cars at home charge."""

    known: Known
    now: datetime
    first: datetime

    def charged_m(self, car: Car, errands: Iterable[Errand], begins: datetime) -> int | None:
        """Range when a car may leave next, after its errands before `begins`; None: full."""
        if car.range_m is None:
            return None
        said = self.known.charge.get(car.id)
        left_m = car.range_m if said is None else car.range_m * said // 1000
        at = None if said is None else self.now
        for one in sorted(errands, key=lambda e: e.period.start):
            start, end = one.period.start, one.period.end
            if end > begins or (at is not None and end <= at):
                continue
            left_m = _charged(car, left_m, at, start)
            share = 1.0 if at is None or at <= start else (end - at) / (end - start)
            left_m = max(0, left_m - round(one.metres * share))
            at = end
        left_m = _charged(car, left_m, at, self.first)
        return None if left_m >= car.range_m else left_m


def _charged(car: Car, left_m: int, since: datetime | None, until: datetime) -> int:
    """What a car at home has after a while."""
    if since is None or car.range_m is None or until <= since:
        return left_m
    seconds = int((until - since).total_seconds())
    return min(car.range_m, left_m + costs.charge_m_per_hour(car) * seconds // 3600)


def errand_of(held: Held, home: int, net: Roads) -> Errand:
    """A trip that is held, from home and back."""
    out_m = 0 if held.origin is None else net.metres(home, held.origin)
    back_m = 0 if held.destination is None else net.metres(held.destination, home)
    return Errand(held.period, out_m + held.loaded_m + back_m)


def homecomings(
    cars: Iterable[Car],
    seen: Mapping[VehicleId, Seen],
    held: Iterable[Held],
    now: datetime,
    known: KnownTimes | None,
) -> dict[VehicleId, Errand]:
    """Ways home of cars that stand, or drive, elsewhere though nothing holds them now.

    A position from before the car's last trip ended says nothing: its terminal is late.
    """
    last: dict[VehicleId, Held] = {}
    for leg in held:
        if leg.vehicle_id is not None and leg.period.start <= now:
            latest = last.get(leg.vehicle_id, leg)
            last[leg.vehicle_id] = max(latest, leg, key=lambda h: h.period.end)
    found = {}
    for car in cars:
        at, before = seen.get(car.id), last.get(car.id)
        if at is None or not now - BELIEVED <= at.at <= now:
            continue
        if before is not None and before.period.end > min(now, at.at):
            continue
        if distance(at.lon, at.lat, car.home_lon, car.home_lat) > HOME_M:
            seconds, metres = drive((at.lon, at.lat), (car.home_lon, car.home_lat), known)
            found[car.id] = Errand(Period(now, now + timedelta(seconds=seconds)), metres)
    return found


def on_loan(cars: Sequence[Car], blocks: Iterable[Held], since: datetime) -> Counter[int]:
    """Of each platform the cars that trips hold for others, at some time after `since`."""
    lent = {
        (car.pool_id, car.id)
        for held in blocks
        for car in cars
        if held.kind == "trip"
        and held.vehicle_id == car.id
        and held.pool_id not in (None, car.pool_id)
        and held.period.end > since
    }
    return Counter(int(pool) for pool, _ in lent)
