"""Cars and drivers as a plan has them: windows around what they are held for, charge, hours."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import optimizer
from dispatch import drivers
from dispatch.kernel.calendar import business_day
from dispatch.orders import costs
from dispatch.orders.carried import Left, errand_of
from dispatch.orders.model import Held, Period
from dispatch.orders.travel import Roads
from dispatch.pools import Car

BUFFER_S = 600
"""A car stands at the place of departure so long before the party leaves."""
DAY, NO_TIME = timedelta(days=1), timedelta()
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


def _rested(held: Held, epoch: datetime) -> Period:
    """When a driver cannot drive for a leg; beside a trip of another day, with the rest due.

    A trip that is on from the day before, over one night or more, is of another day.
    """
    is_trip = held.kind == "trip"
    before = is_trip and held.period.start < epoch
    after = is_trip and held.period.start >= epoch + DAY
    return Period(
        held.period.start - (REST if after else NO_TIME),
        held.period.end + (REST if before else NO_TIME),
    )


def driver_of(driver: drivers.Driver, blocks: Sequence[Held], span: Period) -> optimizer.Driver:
    """A driver around what holds them, within what it leaves of their day."""
    busy = [*(_rested(b, span.start) for b in blocks), *_within_hours(blocks, span)]
    return optimizer.Driver(
        driver.id,
        driver.pool_id,
        driver.licence,
        _windows(span, busy),
        max(0, drivers.MAX_DRIVING_S - _driven_s(blocks, span.start)),
    )


def _within_hours(blocks: Sequence[Held], span: Period) -> Iterator[Period]:
    """Around a driver's trips of the day: a break, and what would make the day too long."""
    mine = [b.period for b in blocks if b.kind == "trip" and _is_of_day(b, span.start)]
    for period in mine:
        yield Period(period.start - BREAK, period.end + BREAK)
    if mine:
        first, last = min(p.start for p in mine), max(p.end for p in mine)
        yield Period(min(span.start, last - SPAN) - DAY, last - SPAN)
        yield Period(first + SPAN, max(span.end, first + SPAN) + DAY)


def _is_of_day(held: Held, epoch: datetime) -> bool:
    return epoch <= held.period.start < epoch + DAY


def vehicle_of(
    car: Car, net: Roads, blocks: Sequence[Held], span: Period, left: Left
) -> optimizer.Vehicle:
    """A car around what it is held for."""
    home = home_of(car, net)
    away = left.known.homecomings.get(car.id)
    windows = _windows(span, [*(b.period for b in blocks), *([away.period] if away else [])])
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


def _driven_s(blocks: Sequence[Held], epoch: datetime) -> int:
    """Driving of the first day that the blocks of a driver account for, with the empty drives."""
    day = business_day(epoch + timedelta(hours=12))
    mine = [b for b in blocks if b.depart_at and business_day(b.depart_at) == day]
    return sum(b.driving_s + _empty_s(b) for b in mine)


def _empty_s(held: Held) -> int:
    """What a leg holds its driver for beside the party and standing at its door."""
    if held.depart_at is None or held.return_at is None:
        return 0
    whole = held.period.end - held.period.start
    return max(0, int((whole - (held.return_at - held.depart_at)).total_seconds()) - BUFFER_S)
