"""Trips as the optimizer's tasks, in whole seconds and metres."""

from datetime import datetime

import optimizer
from dispatch import drivers, requests
from dispatch.kernel.calendar import business_day
from dispatch.orders.model import Held
from dispatch.orders.supply import seconds_between
from dispatch.orders.travel import Roads
from dispatch.pools import CLASSES

LONE_DRIVING_S = 7 * 3600
"""A trip that takes longer is planned as if it took this: one driver can, with rests."""


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


def fixed_task(held: Held, epoch: datetime) -> optimizer.Task:
    """A trip that keeps its car, driver and time, as a task.

    Raises:
        ValueError: the leg is of no trip.
    """
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
