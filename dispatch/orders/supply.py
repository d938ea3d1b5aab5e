"""Cars and drivers as a plan has them: windows around what they are held for, charge, hours."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import optimizer
from dispatch import drivers, pools
from dispatch.kernel.calendar import business_day
from dispatch.orders import costs
from dispatch.orders.carried import Left, errand_of
from dispatch.orders.days import DAY, Days, clipped
from dispatch.orders.model import Held, Period
from dispatch.orders.travel import Roads
from dispatch.pools import Car

BUFFER_S = 600
"""A car stands at the place of departure so long before the party leaves."""
NO_TIME = timedelta()
REST = timedelta(seconds=drivers.REST_S)
SECRET = ":H16"
BREAK, SPAN = timedelta(seconds=drivers.BREAK_S), timedelta(seconds=drivers.SPAN_S)


def seconds_between(epoch: datetime, at: datetime) -> int:
    """Whole seconds from one instant to another."""
    return int((at - epoch).total_seconds())


def secret_class(vehicle_class: str) -> str:
    """What a plan calls a class of secret cars: shared rides, kept off them (H16), name none."""
    return f"{vehicle_class}{SECRET}"


def plain_classes(text: str) -> str:
    """Classes joined by |, as people call them."""
    return "|".join(dict.fromkeys(one.removesuffix(SECRET) for one in text.split("|")))


def home_of(car: Car, net: Roads) -> int:
    """The matrix row of a car's parking spot."""
    return net.row(car.home_lon, car.home_lat)


def driver_of(driver: drivers.Driver, blocks: Sequence[Held], days: Days) -> optimizer.Driver:
    """A driver around what holds them, within what it leaves of their days.

    What is left of the driving of a day holds for all days: the least of those they may work on.
    """
    trips = [b for b in blocks if b.kind == "trip"]
    busy = [b.period for b in blocks if b.kind != "trip"]
    for day in range(days.number):
        around = [*_rested(trips, days, day), *_within_hours(trips, days, day)]
        busy += clipped(around, days.room(day))
    windows = _windows(days.span, busy)
    driven = (_driven_s(trips, days, n) for n in range(days.number) if _has(windows, days, n))
    left_s = max(0, drivers.MAX_DRIVING_S - max(driven, default=0))
    return optimizer.Driver(driver.id, driver.pool_id, driver.licence, windows, left_s)


def _rested(trips: Iterable[Held], days: Days, day: int) -> Iterator[Period]:
    """When a driver cannot drive on a day: a break around its trips, a rest beside all others.

    A trip that is on from an earlier day, over one night or more, is of that day.
    """
    for held in trips:
        first, last = days.of(held.period.start), days.of(held.period.end)
        before = REST if first > day else BREAK if first == day else NO_TIME
        after = BREAK if first == last == day else REST if first <= day else NO_TIME
        yield Period(held.period.start - before, held.period.end + after)


def _within_hours(trips: Iterable[Held], days: Days, day: int) -> Iterator[Period]:
    """What would make a day too long, beside a driver's trips of it."""
    mine = [h.period for h in trips if days.of(h.period.start) == day == days.of(h.period.end)]
    if mine:
        first, last = min(p.start for p in mine), max(p.end for p in mine)
        room = days.room(day)
        yield Period(room.start, last - SPAN)
        yield Period(first + SPAN, room.end)


def _has(windows: Iterable[optimizer.Window], days: Days, day: int) -> bool:
    room = days.room(day)
    lo, hi = (seconds_between(days.span.start, at) for at in (room.start, room.end))
    return any(w.start_s < hi and lo < w.end_s for w in windows)


def vehicle_of(
    car: Car, net: Roads, blocks: Sequence[Held], days: Days, left: Left
) -> optimizer.Vehicle:
    """A car around what it is held for, on the days on which it may leave at all."""
    home, span = home_of(car, net), days.span
    away = left.known.homecomings.get(car.id)
    busy = [*(b.period for b in blocks), *([away.period] if away else [])]
    windows = _windows(span, [*busy, *_barred(car, days)])
    now_s = seconds_between(span.start, left.now)
    windows = tuple(w for w in windows if w.end_s > now_s) or windows
    charged_m = None
    if car.powertrain == "bev" and windows:
        errands = [errand_of(b, home, net) for b in blocks if b.kind == "trip"]
        begins = span.start + timedelta(seconds=windows[0].start_s)
        charged_m = left.charged_m(car, [*errands, *([away] if away else [])], begins)
    return optimizer.Vehicle(
        id=car.id,
        pool=car.pool_id,
        vehicle_class=secret_class(car.vehicle_class) if car.confidential else car.vehicle_class,
        passenger_seats=car.seats - 1,
        licence=drivers.needed_licence(car.vehicle_class),
        home=home,
        at=home,
        windows=windows,
        fen_per_km=costs.fen_per_km(car),
        use_fen=costs.USE_FEN,
        range_m=car.range_m if car.powertrain == "bev" else None,
        lendable=not car.confidential,
        confidential=car.confidential,
        charge_m_per_hour=costs.charge_m_per_hour(car),
        charged_m=charged_m,
        toll_percent=costs.toll_percent(car),
    )


def _barred(car: Car, days: Days) -> Iterator[Period]:
    """Days after the first whose papers it has not."""
    for day in range(1, days.number):
        if pools.impediment(car, business_day(days.span.start + day * DAY + DAY / 2)) is not None:
            yield days.room(day)


def _windows(span: Period, busy: Iterable[Period]) -> tuple[optimizer.Window, ...]:
    """What is left of the horizon around busy periods, whole seconds, rounded inwards."""
    free: list[optimizer.Window] = []
    start_s, end_s = 0, seconds_between(span.start, span.end)
    for period in sorted(busy, key=lambda p: p.start):
        until_s = min(end_s, int((period.start - span.start).total_seconds() // 1))
        if until_s > start_s:
            free.append(optimizer.Window(start_s, until_s))
        start_s = max(start_s, -int((span.start - period.end).total_seconds() // 1))
    if end_s > start_s:
        free.append(optimizer.Window(start_s, end_s))
    return tuple(free)


def _driven_s(trips: Iterable[Held], days: Days, day: int) -> int:
    """Driving of a driver's trips that begin on a day, with the empty drives."""
    return sum(h.driving_s + _empty_s(h) for h in trips if days.of(h.period.start) == day)


def _empty_s(held: Held) -> int:
    """What a leg holds its driver for beside the party and standing at its door."""
    if held.depart_at is None or held.return_at is None:
        return 0
    whole = held.period.end - held.period.start
    return max(0, int((whole - (held.return_at - held.depart_at)).total_seconds()) - BUFFER_S)
