"""Exact insertion: for one request every car with its best driver, or the first rule in the way.

Pure, and by the same `fit` that booking uses: what is offered here can be booked.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch import drivers, requests
from dispatch.kernel.calendar import business_day
from dispatch.orders import costs
from dispatch.orders.assign import Choice, delayed, trip_of
from dispatch.orders.legs import Fit, Trip, fit
from dispatch.orders.match import Misfit, car_misfit, loaded_m, settlement_fen
from dispatch.orders.model import Fleet, Held, Period
from dispatch.orders.travel import Roads
from dispatch.pools import Car

TOLERANCE = timedelta(minutes=30)
TOLERANCE_EMERGENCY = timedelta(hours=2)
"""So much later than asked for a car may come, where it cannot be there in time."""


@dataclass(frozen=True, slots=True)
class Split:
    """Fen by kind, each beside what is held already."""

    deadhead_fen: int
    loaded_fen: int
    use_fen: int
    driver_fen: int
    settlement_fen: int

    @property
    def fen(self) -> int:
        """Their sum."""
        own = self.deadhead_fen + self.loaded_fen + self.use_fen + self.driver_fen
        return own + self.settlement_fen


@dataclass(frozen=True, slots=True)
class Option:
    """A car with a driver that can serve a request, and how its leg would lie."""

    car: Car
    driver: drivers.Driver
    trip: Trip
    fit: Fit
    split: Split
    deadhead_m: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A car that cannot, and the first rule it breaks."""

    car: Car
    why: Misfit


class Board:
    """A fleet with what it is held for, indexed; held legs can be added."""

    def __init__(self, fleet: Fleet, net: Roads, held: Iterable[Held], now: datetime) -> None:
        self.fleet = fleet
        self.net = net
        self.now = now
        self._of_car: dict[int, list[Held]] = {}
        self._of_driver: dict[int, list[Held]] = {}
        self._drivers: dict[int, list[drivers.Driver]] = {}
        self._pool_of = {car.id: car.pool_id for car in fleet.cars}
        for driver in fleet.drivers:
            self._drivers.setdefault(driver.pool_id, []).append(driver)
        for leg in held:
            self.add(leg)

    def add(self, leg: Held) -> None:
        """Hold a leg."""
        if leg.vehicle_id is not None:
            self._of_car.setdefault(leg.vehicle_id, []).append(leg)
        if leg.driver_id is not None:
            self._of_driver.setdefault(leg.driver_id, []).append(leg)

    def replace(self, old: Held, new: Held) -> None:
        """Hold a leg with another period."""
        for by_id in (self._of_car, self._of_driver):
            for legs in by_id.values():
                legs[:] = [new if leg is old else leg for leg in legs]

    def search(self, request: requests.Request) -> Iterator[Option | Refusal]:
        """Every car of the fleet, in the order of ids."""
        for car in self.fleet.cars:
            yield self._look(request, car)

    def _look(self, request: requests.Request, car: Car) -> Option | Refusal:
        wrong = car_misfit(request, car)
        if wrong is not None:
            return Refusal(car, wrong)
        home = self.net.row(car.home_lon, car.home_lat)
        held = self._of_car.get(car.id, [])
        choice = Choice(car.id, 0)
        trip = delayed(trip_of(request, self.net, choice), home, self.net, self.now)
        late = trip.depart_at - request.depart_at
        most = TOLERANCE_EMERGENCY if request.emergency else TOLERANCE
        if late > most:
            return Refusal(
                car, Misfit("too-late", {"late_minutes": int(late.total_seconds()) // 60})
            )
        wrong = self._range(request, car, trip, home) or self._reserve(request, car, trip)
        if wrong is not None:
            return Refusal(car, wrong)
        found: Fit | Held | Misfit = Misfit("no-driver", {})
        for driver in self._candidates(car, held, trip):
            manned = Trip(trip.depart_at, trip.return_at, trip.origin, trip.destination, driver.id)
            found = fit(manned, home, self.net, held)
            if isinstance(found, Held):
                continue
            if self._free(driver, car, found.period):
                wrong = self._hours(request, driver)
                if wrong is None:
                    return self._option(request, car, driver, manned, found)
                found = wrong
            else:
                found = Misfit("no-driver", {"licence": drivers.needed_licence(car.vehicle_class)})
        if isinstance(found, Held):
            return Refusal(car, _busy(found))
        return Refusal(car, found if isinstance(found, Misfit) else Misfit("no-driver", {}))

    def _candidates(self, car: Car, held: Sequence[Held], trip: Trip) -> Iterator[drivers.Driver]:
        """Drivers of the car's platform with the licence: those on the car that day first."""
        needed = drivers.needed_licence(car.vehicle_class)
        day = business_day(trip.depart_at)
        near = {
            leg.driver_id for leg in held if leg.depart_at and business_day(leg.depart_at) == day
        }
        able = [
            d for d in self._drivers.get(car.pool_id, []) if drivers.suffices(d.licence, needed)
        ]
        yield from sorted(
            able,
            key=lambda d: (
                d.id not in near,
                len(self._of_driver.get(d.id, ())),
                d.licence != needed,
                d.id,
            ),
        )

    def _free(self, driver: drivers.Driver, car: Car, period: Period) -> bool:
        return not any(
            leg.vehicle_id != car.id and leg.period.overlaps(period)
            for leg in self._of_driver.get(driver.id, ())
        )

    def _hours(self, request: requests.Request, driver: drivers.Driver) -> Misfit | None:
        """House rule H11, with parties only: the empty drives are not counted."""
        day = business_day(request.depart_at)
        days = (business_day(request.return_at) - day).days + 1
        ways = 1 if request.kind == "drop_off" else 2
        driven_s = sum(
            leg.driving_s
            for leg in self._of_driver.get(driver.id, ())
            if leg.depart_at and business_day(leg.depart_at) == day
        )
        driving_s = driven_s + ways * request.drive_s // days
        if driving_s <= drivers.MAX_DRIVING_S or not driven_s:
            return None
        return Misfit("H11", {"driving_s": driving_s, "most_s": drivers.MAX_DRIVING_S})

    def _range(self, request: requests.Request, car: Car, trip: Trip, home: int) -> Misfit | None:
        if car.powertrain != "bev" or car.range_m is None:
            return None
        empty_m = self.net.metres(home, trip.origin) + self.net.metres(trip.destination, home)
        metres = empty_m + loaded_m(request)
        if metres <= car.range_m:
            return None
        return Misfit("range", {"metres": metres, "range_m": car.range_m})

    def _reserve(self, request: requests.Request, car: Car, trip: Trip) -> Misfit | None:
        if car.pool_id == request.pool_id:
            return None
        reserve = next(p.reserve_vehicles for p in self.fleet.pools if p.id == car.pool_id)
        if not reserve:
            return None
        own = [c for c in self.fleet.cars if c.pool_id == car.pool_id and not c.confidential]
        during = Period(trip.depart_at, trip.return_at)
        lent = {
            c.id
            for c in own
            for leg in self._of_car.get(c.id, ())
            if leg.pool_id not in (None, car.pool_id) and leg.period.overlaps(during)
        }
        if len(lent | {car.id}) <= len(own) - reserve:
            return None
        return Misfit("reserve", {"reserve": reserve, "lent": len(lent)})

    def _option(
        self,
        request: requests.Request,
        car: Car,
        driver: drivers.Driver,
        trip: Trip,
        found: Fit,
    ) -> Option:
        home = self.net.row(car.home_lon, car.home_lat)
        metres = _empty_m(trip, home, self.net, found)
        rate = costs.fen_per_km(car)
        held_s = int((found.period.end - found.period.start).total_seconds()) + _shift_s(found)
        out_already = any(
            leg.kind == "trip"
            and leg.depart_at
            and business_day(leg.depart_at) == business_day(trip.depart_at)
            for leg in self._of_car.get(car.id, ())
        )
        split = Split(
            deadhead_fen=(metres * rate + 500) // 1000,
            loaded_fen=(loaded_m(request) * rate + 500) // 1000,
            use_fen=0 if out_already else costs.USE_FEN,
            driver_fen=(held_s * costs.DRIVER_FEN_PER_HOUR + 1800) // 3600,
            settlement_fen=settlement_fen(request, car, self.fleet),
        )
        return Option(car, driver, trip, found, split, metres)


def _shift_s(found: Fit) -> int:
    """Seconds by which chained neighbours get longer, or shorter (negative)."""
    return sum(
        int(((new.end - new.start) - (leg.period.end - leg.period.start)).total_seconds())
        for leg, new in found.shifts
    )


def _empty_m(trip: Trip, home: int, net: Roads, found: Fit) -> int:
    """Empty metres that the trip adds; less than nothing where chaining saves more."""
    before, after = home, home
    saved = 0
    for leg, new in found.shifts:
        if leg.origin is None or leg.destination is None:
            continue
        if new.start == leg.period.start:
            before = leg.destination
            saved += net.metres(leg.destination, home)
        else:
            after = leg.origin
            saved += net.metres(home, leg.origin)
    return net.metres(before, trip.origin) + net.metres(trip.destination, after) - saved


def _busy(leg: Held) -> Misfit:
    """The leg in the way, by kind and time; whose order it is stays with its platform."""
    return Misfit(
        "busy",
        {
            "kind": leg.kind,
            "from": leg.period.start.isoformat(),
            "to": leg.period.end.isoformat(),
        },
    )
