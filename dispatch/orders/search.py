"""Exact insertion: for one request every car with its best driver, or the first rule in the way.

Pure, and by the same `fit` that booking uses: what is offered here can be booked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from operator import attrgetter

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


_kind = attrgetter(
    "pool_id", "category", "vehicle_class", "seats", "powertrain", "range_m", "norm_ml_per_100km",
    "norm_wh_per_100km", "insurance_until", "inspection_until",
)  # fmt: skip
"""What rules and prices look at in a car, besides where it stands and what it is held for."""


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


def rank(option: Option) -> tuple[int, int]:
    """Cheapest first; ties go to the smaller id."""
    return option.split.fen, option.car.id


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
        self.home_of = {car.id: net.row(car.home_lon, car.home_lat) for car in fleet.cars}
        self.kind_of: dict[int, tuple[object, ...]] = {car.id: _kind(car) for car in fleet.cars}
        self.reserve = {pool.id: pool.reserve_vehicles for pool in fleet.pools}
        self.own: dict[int, list[int]] = {}
        for car in fleet.cars:
            if not car.confidential:
                self.own.setdefault(car.pool_id, []).append(car.id)
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

    def best(self, request: requests.Request) -> Option | None:
        """The first by rank of what a search finds, without the refusals."""
        look = _Look(self, request)
        found = (look.at(car) for car in look.different(self.fleet.cars))
        return min((o for o in found if isinstance(o, Option)), key=rank, default=None)


class _Home:
    """A request as seen from one home: what cars that stand there share."""

    def __init__(self, row: int, trip: Trip, whole: Period, empty_m: int) -> None:
        self.row = row
        self.trip = trip
        self.fit = Fit(whole)
        self.empty_m = empty_m
        self.late: Misfit | None = None
        self.free: dict[int, bool] = {}
        self.anybody: dict[tuple[int, str], drivers.Driver | None] = {}
        self.trips: dict[int, Trip] = {}
        self.lent: dict[int, set[int]] = {}
        self.splits: dict[tuple[int, int, str, bool], Split] = {}

    @property
    def whole(self) -> Period:
        """From leaving home to being back."""
        return self.fit.period

    def driven_by(self, driver: drivers.Driver) -> Trip:
        """The trip with a driver."""
        if driver.id not in self.trips:
            self.trips[driver.id] = replace(self.trip, driver_id=driver.id)
        return self.trips[driver.id]


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
        self._homes: dict[int, _Home] = {}
        self._crews: dict[tuple[int, str], list[drivers.Driver]] = {}

    def at(self, car: Car) -> Option | Refusal:
        """One car: how it would serve the request, or the first rule in the way."""
        wrong = car_misfit(self.request, car, self.day)
        if wrong is None:
            home = self._home(self.board.home_of[car.id])
            wrong = home.late or self._range(car, home) or self._reserve(car, home)
            if wrong is None:
                return self._manned(car, home)
        return Refusal(car, wrong)

    def different(self, cars: Iterable[Car]) -> Iterator[Car]:
        """Cars without those that would answer as one of a smaller id does, with the same price.

        Those are alike in what is registered, idle all the while, and not out that day.
        """
        seen: set[tuple[int, tuple[object, ...]]] = set()
        for car in cars:
            row = self.board.home_of[car.id]
            whole = self._home(row).whole
            legs = self.board.of_car.get(car.id, ())
            idle = not any(leg.period.overlaps(whole) for leg in legs)
            if idle and (car.id, self.day) not in self.board.crew_of:
                kind = (row, self.board.kind_of[car.id])
                if kind in seen:
                    continue
                seen.add(kind)
            yield car

    def _home(self, row: int) -> _Home:
        home = self._homes.get(row)
        if home is None:
            net = self.board.net
            trip = delayed(self.trip, row, net, self.board.now)
            empty_m = net.metres(row, trip.origin) + net.metres(trip.destination, row)
            home = _Home(row, trip, from_home(trip, row, net), empty_m)
            home.late = self._too_late(trip)
            self._homes[row] = home
        return home

    def _manned(self, car: Car, home: _Home) -> Option | Refusal:
        held = self.board.of_car.get(car.id, [])
        near = [leg for leg in held if leg.period.overlaps(home.whole)]
        if not near:
            return self._with_any(car, home)
        beside = {leg.driver_id for leg in near}
        needed = drivers.needed_licence(car.vehicle_class)
        for driver in self.board.able.get((car.pool_id, needed), []):
            if driver.id not in beside or not self._has_hours(driver):
                continue
            manned = home.driven_by(driver)
            found = fit(manned, home.row, self.board.net, held)
            if isinstance(found, Fit) and self._free(driver, found.period, beside=car.id):
                metres = _empty_m(manned, home.row, self.board.net, found)
                return Option(car, driver, manned, found, self._split(car, metres, found), metres)
        return Refusal(car, _busy(near[0]))

    def _with_any(self, car: Car, home: _Home) -> Option | Refusal:
        """Nothing is in the car's way: somebody who drives it that day already, else anybody."""
        needed = drivers.needed_licence(car.vehicle_class)
        crew = self._crew(car.pool_id, needed)
        driver = None
        if that_day := self.board.crew_of.get((car.id, self.day)):
            driver = next((d for d in crew if d.id in that_day and self._is_free(d, home)), None)
        driver = driver or self._anybody(car.pool_id, needed, home)
        if driver is None:
            return Refusal(car, Misfit("no-driver", {"licence": needed}))
        trip = home.driven_by(driver)
        return Option(car, driver, trip, home.fit, self._split_alone(car, home), home.empty_m)

    def _anybody(self, pool_id: int, licence: str, home: _Home) -> drivers.Driver | None:
        """The least busy driver who is free; cars of one platform and home share the answer."""
        key = (pool_id, licence)
        if key not in home.anybody:
            crew = self._crew(pool_id, licence)
            home.anybody[key] = next((d for d in crew if self._is_free(d, home)), None)
        return home.anybody[key]

    def _crew(self, pool_id: int, licence: str) -> list[drivers.Driver]:
        """Drivers of a platform with licence and hours, the least busy first."""
        key = (pool_id, licence)
        if key not in self._crews:
            crew = [d for d in self.board.able.get(key, []) if self._has_hours(d)]
            busy = self.board.of_driver
            crew.sort(key=lambda d: (len(busy.get(d.id, ())), d.licence != licence, d.id))
            self._crews[key] = crew
        return self._crews[key]

    def _is_free(self, driver: drivers.Driver, home: _Home) -> bool:
        """Cars of one home leave at one time, so they share the answer."""
        free = home.free.get(driver.id)
        if free is None:
            free = home.free[driver.id] = self._free(driver, home.whole)
        return free

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

    def _range(self, car: Car, home: _Home) -> Misfit | None:
        if car.powertrain != "bev" or car.range_m is None:
            return None
        metres = home.empty_m + loaded_m(self.request)
        if metres <= car.range_m:
            return None
        return Misfit("range", {"metres": metres, "range_m": car.range_m})

    def _reserve(self, car: Car, home: _Home) -> Misfit | None:
        """So many cars of a platform stay with it while others are lent."""
        reserve = self.board.reserve[car.pool_id]
        if car.pool_id == self.request.pool_id or not reserve:
            return None
        own = self.board.own[car.pool_id]
        lent = self._lent(car.pool_id, home)
        if len(lent) + (car.id not in lent) <= len(own) - reserve:
            return None
        return Misfit("reserve", {"reserve": reserve, "lent": len(lent)})

    def _lent(self, pool_id: int, home: _Home) -> set[int]:
        """A platform's cars that serve others while one of this home would be away."""
        if pool_id not in home.lent:
            home.lent[pool_id] = {
                car_id
                for car_id in self.board.own[pool_id]
                for leg in self.board.of_car.get(car_id, ())
                if leg.pool_id not in (None, pool_id) and leg.period.overlaps(home.whole)
            }
        return home.lent[pool_id]

    def _split_alone(self, car: Car, home: _Home) -> Split:
        """The price of going from home and back; cars of one kind and home share it."""
        rate = costs.fen_per_km(car)
        out_already = (car.id, self.day) in self.board.crew_of
        key = (rate, car.pool_id, car.vehicle_class, out_already)
        if key not in home.splits:
            home.splits[key] = self._split(car, home.empty_m, home.fit)
        return home.splits[key]

    def _split(self, car: Car, metres: int, found: Fit) -> Split:
        rate = costs.fen_per_km(car)
        held_s = int((found.period.end - found.period.start).total_seconds()) + _shift_s(found)
        out_already = (car.id, self.day) in self.board.crew_of
        return Split(
            deadhead_fen=(metres * rate + 500) // 1000,
            loaded_fen=(loaded_m(self.request) * rate + 500) // 1000,
            use_fen=0 if out_already else costs.USE_FEN,
            driver_fen=(held_s * costs.DRIVER_FEN_PER_HOUR + 1800) // 3600,
            settlement_fen=settlement_fen(self.request, car, self.board.fleet),
        )


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
