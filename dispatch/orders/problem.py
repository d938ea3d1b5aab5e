"""Between the rooms and the optimizer: a day as a problem, in whole seconds and metres."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import optimizer
from dispatch import drivers, pools, requests
from dispatch.kernel.calendar import business_day
from dispatch.kernel.ids import DriverId, PoolId, VehicleId
from dispatch.orders import costs
from dispatch.orders.model import Fleet, Held, Period
from dispatch.orders.supply import (
    BUFFER_S,
    DAY,
    REST,
    Ready,
    driver_of,
    home_of,
    seconds_between,
    vehicle_of,
)
from dispatch.orders.travel import Roads, roads
from dispatch.pools import CLASSES, Car, Impediment

__all__ = ["AFTER", "BUFFER_S", "REST", "Day", "classes_for", "day_of", "task_of", "trip_ends"]

LONE_DRIVING_S = 7 * 3600
"""A trip that takes longer is planned as if it took this: one driver can, with rests."""
HOURS = optimizer.Hours(
    break_after_s=drivers.BREAK_AFTER_S, break_s=drivers.BREAK_S, span_s=drivers.SPAN_S
)
AFTER = timedelta(hours=8)
"""The horizon ends so long after the last party has left its car."""


@dataclass(frozen=True)
class Day:
    """A problem, and what it was made from.

    Attributes:
        barred: cars that may not leave at all on that day, and why.
    """

    problem: optimizer.Problem
    roads: Roads
    epoch: datetime
    fleet: Fleet
    barred: tuple[tuple[Car, Impediment], ...]

    @cached_property
    def car_of(self) -> dict[int, Car]:
        """By id."""
        return {car.id: car for car in self.fleet.cars}

    @cached_property
    def driver_of(self) -> dict[int, drivers.Driver]:
        """By id."""
        return {driver.id: driver for driver in self.fleet.drivers}

    def at(self, second: int) -> datetime:
        """The instant of a second of the horizon."""
        return self.epoch + timedelta(seconds=second)

    def second(self, at: datetime) -> int:
        """The second of an instant."""
        return int((at - self.epoch).total_seconds())


def day_of(
    fleet: Fleet,
    held: Sequence[Held],
    waiting: Sequence[requests.Request],
    *,
    epoch: datetime,
    now: datetime,
    charge: Mapping[int, int] | None = None,
    until: datetime | None = None,
    leaves: datetime | None = None,
    apart: bool = False,
) -> Day:
    """The problem of serving requests beside everything that is held already.

    Trips of the day that have not left yet keep their car, driver and time but may be chained
    with; everything else that is held cuts its car's and driver's windows.

    Args:
        fleet: of all platforms.
        held: live legs that touch the horizon or the rest before it.
        waiting: requests to serve; each leaves after epoch.
        epoch: second 0.
        now: nothing leaves before; product time.
        charge: what electric cars have left, in thousandths, by vehicle; others are full.
        until: what is still to be asked for ends by then.
        leaves: the first departure of it, until which electric cars charge.
        apart: nothing is chained with; every driver drives between what they are held for,
            within their hours, and any car.
    """
    last = max([epoch + DAY, *(r.return_at for r in waiting)])
    last = max([last, *(h.return_at for h in held if h.return_at and h.period.start >= epoch)])
    last = last if until is None else max(last, until)
    span = Period(epoch, last + AFTER)
    barred = [(car, pools.impediment(car, business_day(epoch))) for car in fleet.cars]
    usable = [car for car, why in barred if why is None]
    net = roads(fleet.places, fleet.cars, fleet.known)
    pool_of = {c.id: c.pool_id for c in usable}, {d.id: d.pool_id for d in fleet.drivers}
    fixed = [h for h in held if not apart and _is_fixed(h, *pool_of, epoch, now)]
    chained = {h.leg_id for h in fixed}
    blocks = [h for h in held if h.leg_id not in chained]
    of_car = _grouped((h.vehicle_id, h) for h in blocks)
    of_driver = _grouped((h.driver_id, h) for h in blocks)
    first = min((r.depart_at for r in waiting), default=leaves or now)
    ready = Ready(charge or {}, max(0, seconds_between(now, first)))
    problem = optimizer.Problem(
        horizon=optimizer.Horizon(
            epoch=int(epoch.timestamp()),
            length_s=seconds_between(epoch, span.end),
            now_s=min(max(0, seconds_between(epoch, now)), seconds_between(epoch, span.end)),
            buffer_s=BUFFER_S,
        ),
        matrix=net.matrix,
        pools=tuple(p.id for p in fleet.pools),
        vehicles=tuple(vehicle_of(car, net, of_car.get(car.id, ()), span, ready) for car in usable),
        drivers=tuple(
            driver_of(d, of_driver.get(d.id, ()), span, apart=apart) for d in fleet.drivers
        ),
        tasks=(
            *(_fixed_task(h, epoch) for h in fixed),
            *(task_of(request, net, epoch) for request in waiting),
        ),
        firms=tuple(
            optimizer.RentalFirm(f.id, f.vehicles, f.day_price_fen, f.km_price_fen)
            for f in fleet.firms
        ),
        settlements=tuple(
            optimizer.Settlement(a.id, b.id, 0, costs.SETTLEMENT_FEN_PER_KM)
            for a in fleet.pools
            for b in fleet.pools
            if a.id != b.id
        ),
        reserves=tuple(
            optimizer.Reserve(p.id, p.reserve_vehicles) for p in fleet.pools if p.reserve_vehicles
        ),
        driver_fen_per_hour=costs.DRIVER_FEN_PER_HOUR,
        hours=HOURS,
        chargers=tuple(sorted({home_of(c, net) for c in usable if costs.charge_m_per_hour(c)})),
    )
    return Day(
        problem, net, epoch, fleet, tuple((car, why) for car, why in barred if why is not None)
    )


def trip_ends(request: requests.Request) -> tuple[requests.Place, requests.Place]:
    """Where the party gets in, and where it leaves the car for good."""
    one_way = request.kind == "drop_off"
    return request.origin, request.destination if one_way else request.origin


def task_of(request: requests.Request, net: Roads, epoch: datetime) -> optimizer.Task:
    """A request as a task: one car and one driver from start to end."""
    origin, end = trip_ends(request)
    ways = 1 if request.kind == "drop_off" else 2
    duration_s = seconds_between(request.depart_at, request.return_at)
    days = (business_day(request.return_at) - business_day(request.depart_at)).days + 1
    driving_s = min(duration_s, ways * request.drive_s // days, LONE_DRIVING_S)
    part_s = _unbroken_s(request, driving_s, duration_s) if ways == 2 else None
    return optimizer.Task(
        id=request.id,
        pool=request.pool_id,
        unit=request.unit_id,
        origin=net.row(origin.lon, origin.lat),
        destination=net.row(end.lon, end.lat),
        earliest_s=seconds_between(epoch, request.depart_at),
        latest_s=seconds_between(epoch, request.depart_at),
        duration_s=duration_s,
        driving_s=driving_s,
        loaded_m=ways * request.distance_m,
        passengers=request.passengers,
        priority=100 if request.emergency else requests.PRIORITY.get(request.purpose, 20),
        classes=classes_for(request.vehicle_class),
        toll_fen=ways * net.toll_fen(origin, request.destination),
        head_driving_s=part_s,
        tail_driving_s=part_s,
        overnight=days > 1,
    )


def _unbroken_s(request: requests.Request, driving_s: int, duration_s: int) -> int | None:
    """Driving to where the party stays, and the same back; None: no break there."""
    if duration_s - 2 * request.drive_s < drivers.BREAK_S:
        return None
    return min(request.drive_s, driving_s, drivers.BREAK_AFTER_S)


def classes_for(wish: str | None) -> tuple[str, ...]:
    """Classes that serve a wish: the class itself and all larger ones; nothing: any."""
    return () if wish is None else CLASSES[CLASSES.index(wish) :]


def _grouped(pairs: Iterable[tuple[int | None, Held]]) -> dict[int, list[Held]]:
    found: dict[int, list[Held]] = {}
    for key, held in pairs:
        if key is not None:
            found.setdefault(key, []).append(held)
    return found


def _is_fixed(
    h: Held,
    cars: Mapping[VehicleId, PoolId],
    people: Mapping[DriverId, PoolId],
    epoch: datetime,
    now: datetime,
) -> bool:
    """A trip of the day that has not left, with a usable car and a driver of its platform."""
    if h.kind != "trip" or h.status != "assigned" or h.depart_at is None:
        return False
    if h.vehicle_id is None or h.driver_id is None:
        return False
    if not (max(now, epoch) < h.period.start and h.depart_at < epoch + DAY):
        return False
    pool_id = cars.get(h.vehicle_id)
    return pool_id is not None and pool_id == people.get(h.driver_id)


def _fixed_task(held: Held, epoch: datetime) -> optimizer.Task:
    match held:
        case Held(
            request_id=int(request_id),
            pool_id=int(pool_id),
            unit_id=int(unit_id),
            vehicle_id=int(vehicle_id),
            driver_id=int(driver_id),
            depart_at=datetime() as depart_at,
            return_at=datetime() as return_at,
            origin=int(origin),
            destination=int(destination),
        ):
            start_s = seconds_between(epoch, depart_at)
            return optimizer.Task(
                id=request_id,
                pool=pool_id,
                unit=unit_id,
                origin=origin,
                destination=destination,
                earliest_s=start_s,
                latest_s=start_s,
                duration_s=seconds_between(depart_at, return_at),
                driving_s=held.driving_s,
                loaded_m=held.loaded_m,
                passengers=held.passengers,
                fixed=optimizer.Fixed(vehicle_id, driver_id, start_s),
            )
    raise ValueError(f"leg {held.leg_id} has no trip")
