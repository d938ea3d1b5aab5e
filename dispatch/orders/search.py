"""Exact insertion: for one request every car with its best driver, or the first rule in the way.

Pure, and by the same `fit` that booking uses: what is offered here can be booked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dispatch import drivers, requests
from dispatch.kernel.calendar import business_day
from dispatch.orders import costs
from dispatch.orders.assign import Choice, delayed, trip_of
from dispatch.orders.legs import Fit, Trip, fit, from_home
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
        self.of_car: dict[int, list[Held]] = {}
        self.of_driver: dict[int, list[Held]] = {}
        self.able: dict[tuple[int, str], list[drivers.Driver]] = {}
        self.driven_s: dict[tuple[int, date], int] = {}
        self.crew_of: dict[tuple[int, date], set[int]] = {}
        for driver in fleet.drivers:
            for licence in drivers.LICENCES:
                if drivers.suffices(driver.licence, licence):
                    self.able.setdefault((driver.pool_id, licence), []).append(driver)
        for leg in held:
            self.add(leg)

    def add(self, leg: Held) -> None:
        """Hold a leg."""
        if leg.vehicle_id is not None:
            self.of_car.setdefault(leg.vehicle_id, []).append(leg)
        if leg.driver_id is not None:
            self.of_driver.setdefault(leg.driver_id, []).append(leg)
        if leg.vehicle_id is not None and leg.driver_id is not None and leg.depart_at is not None:
            day = business_day(leg.depart_at)
            self.crew_of.setdefault((leg.vehicle_id, day), set()).add(leg.driver_id)
            so_far = self.driven_s.get((leg.driver_id, day), 0)
            self.driven_s[leg.driver_id, day] = so_far + leg.driving_s

    def replace(self, old: Held, new: Held) -> None:
        """Hold a leg with another period."""
        for legs in (self.of_car.get(old.vehicle_id or 0), self.of_driver.get(old.driver_id or 0)):
            if legs is not None:
                legs[:] = [new if leg is old else leg for leg in legs]

    def search(self, request: requests.Request) -> Iterator[Option | Refusal]:
        """Every car of the fleet, in the order of ids."""
        look = _Look(self, request)
        for car in self.fleet.cars:
            yield look.at(car)


class _Look:
    """One request on a board; what is the same for many cars is worked out once."""

    def __init__(self, board: Board, request: requests.Request) -> None:
        self.board = board
        self.request = request
        self.day = business_day(request.depart_at)
        self.trip = trip_of(request, board.net, Choice(0, 0))
        ways = 1 if request.kind == "drop_off" else 2
        days = (business_day(request.return_at) - self.day).days + 1
        self.driving_s = ways * request.drive_s // days
        self.most_late = TOLERANCE_EMERGENCY if request.emergency else TOLERANCE
        self._from: dict[int, tuple[Trip, Period]] = {}
        self._crews: dict[tuple[int, str, int], list[drivers.Driver]] = {}

    def at(self, car: Car) -> Option | Refusal:
        """One car: how it would serve the request, or the first rule in the way."""
        wrong = car_misfit(self.request, car)
        if wrong is None:
            home = self.board.net.row(car.home_lon, car.home_lat)
            trip, whole = self._from_home(home)
            wrong = self._too_late(trip) or self._range(car, home) or self._reserve(car, whole)
            if wrong is None:
                return self._manned(car, home, trip, whole)
        return Refusal(car, wrong)

    def _from_home(self, home: int) -> tuple[Trip, Period]:
        if home not in self._from:
            net = self.board.net
            trip = delayed(self.trip, home, net, self.board.now)
            self._from[home] = trip, from_home(trip, home, net)
        return self._from[home]

    def _manned(self, car: Car, home: int, trip: Trip, whole: Period) -> Option | Refusal:
        held = self.board.of_car.get(car.id, [])
        near = [leg for leg in held if leg.period.overlaps(whole)]
        if not near:
            return self._with_any(car, home, trip, whole)
        beside = {leg.driver_id for leg in near}
        needed = drivers.needed_licence(car.vehicle_class)
        for driver in self.board.able.get((car.pool_id, needed), []):
            if driver.id not in beside or not self._has_hours(driver):
                continue
            manned = replace(trip, driver_id=driver.id)
            found = fit(manned, home, self.board.net, held)
            if isinstance(found, Fit) and self._free(driver, found.period, beside=car.id):
                return self._option(car, home, driver, manned, found)
        return Refusal(car, _busy(near[0]))

    def _with_any(self, car: Car, home: int, trip: Trip, whole: Period) -> Option | Refusal:
        """Nothing is in the car's way: somebody who drives it that day already, else anybody."""
        crew = self._crew(car, home, whole)
        if not crew:
            needed = drivers.needed_licence(car.vehicle_class)
            return Refusal(car, Misfit("no-driver", {"licence": needed}))
        that_day = self.board.crew_of.get((car.id, self.day), set())
        driver = next((d for d in crew if d.id in that_day), crew[0])
        return self._option(car, home, driver, replace(trip, driver_id=driver.id), Fit(whole))

    def _crew(self, car: Car, home: int, free: Period) -> list[drivers.Driver]:
        """Drivers of the car's platform who are free, with licence and hours; the least busy first.

        Cars of one home leave at one time, so they share the answer.
        """
        licence = drivers.needed_licence(car.vehicle_class)
        key = (car.pool_id, licence, home)
        if key not in self._crews:
            able = self.board.able.get((car.pool_id, licence), [])
            crew = [d for d in able if self._free(d, free) and self._has_hours(d)]
            busy = self.board.of_driver
            crew.sort(key=lambda d: (len(busy.get(d.id, ())), d.licence != licence, d.id))
            self._crews[key] = crew
        return self._crews[key]

    def _free(self, driver: drivers.Driver, period: Period, beside: int | None = None) -> bool:
        return not any(
            leg.period.overlaps(period)
            for leg in self.board.of_driver.get(driver.id, ())
            if beside is None or leg.vehicle_id != beside
        )

    def _has_hours(self, driver: drivers.Driver) -> bool:
        """House rule H11 with parties on board; the empty drives are not counted."""
        driven_s = self.board.driven_s.get((driver.id, self.day), 0)
        return not driven_s or driven_s + self.driving_s <= drivers.MAX_DRIVING_S

    def _too_late(self, trip: Trip) -> Misfit | None:
        late = trip.depart_at - self.request.depart_at
        if late <= self.most_late:
            return None
        return Misfit("too-late", {"late_minutes": int(late.total_seconds()) // 60})

    def _range(self, car: Car, home: int) -> Misfit | None:
        if car.powertrain != "bev" or car.range_m is None:
            return None
        net, trip = self.board.net, self.trip
        empty_m = net.metres(home, trip.origin) + net.metres(trip.destination, home)
        metres = empty_m + loaded_m(self.request)
        if metres <= car.range_m:
            return None
        return Misfit("range", {"metres": metres, "range_m": car.range_m})

    def _reserve(self, car: Car, whole: Period) -> Misfit | None:
        """So many cars of a platform stay with it while others are lent."""
        reserve = next(p.reserve_vehicles for p in self.board.fleet.pools if p.id == car.pool_id)
        if car.pool_id == self.request.pool_id or not reserve:
            return None
        own = [
            c.id for c in self.board.fleet.cars if c.pool_id == car.pool_id and not c.confidential
        ]
        lent = {
            car_id
            for car_id in own
            for leg in self.board.of_car.get(car_id, ())
            if leg.pool_id not in (None, car.pool_id) and leg.period.overlaps(whole)
        }
        if len(lent | {car.id}) <= len(own) - reserve:
            return None
        return Misfit("reserve", {"reserve": reserve, "lent": len(lent)})

    def _option(
        self, car: Car, home: int, driver: drivers.Driver, trip: Trip, found: Fit
    ) -> Option:
        metres = _empty_m(trip, home, self.board.net, found)
        rate = costs.fen_per_km(car)
        held_s = int((found.period.end - found.period.start).total_seconds()) + _shift_s(found)
        out_already = (car.id, self.day) in self.board.crew_of
        split = Split(
            deadhead_fen=(metres * rate + 500) // 1000,
            loaded_fen=(loaded_m(self.request) * rate + 500) // 1000,
            use_fen=0 if out_already else costs.USE_FEN,
            driver_fen=(held_s * costs.DRIVER_FEN_PER_HOUR + 1800) // 3600,
            settlement_fen=settlement_fen(self.request, car, self.board.fleet),
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
