"""What is to be driven as tasks of a plan: requests that wait, shared rides, what is held."""

from datetime import datetime

import optimizer
from dispatch import drivers, requests
from dispatch.kernel.calendar import business_day
from dispatch.orders.model import Held
from dispatch.orders.sharing import Ride
from dispatch.orders.supply import seconds_between, secret_class
from dispatch.orders.travel import Roads
from dispatch.pools import CLASSES

LONE_DRIVING_S = 7 * 3600
"""A trip that takes longer is planned as if it took this: one driver can, with rests."""
MOST_PRIORITY = 1000


def trip_ends(request: requests.Request) -> tuple[requests.Place, requests.Place]:
    """Where the party gets in, and where it leaves the car for good."""
    one_way = request.kind == "drop_off"
    return request.origin, request.destination if one_way else request.origin


def priority_of(request: requests.Request) -> int:
    """What leaving it unserved weighs."""
    return 100 if request.emergency else requests.PRIORITY.get(request.purpose, 20)


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
        priority=priority_of(request),
        classes=_with_secret(classes_for(request.vehicle_class)),
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


def ride_task(ride: Ride, epoch: datetime) -> optimizer.Task:
    """A shared ride as one task, under the number of the request that gets on first.

    The platform with the most kilometres counts as who pays. Nobody rents a car for it, and
    no secret car drives it (H16): classes name what may.
    """
    first = ride.parties[0].request
    start_s = seconds_between(epoch, ride.start)
    asked = [set(classes_for(p.request.vehicle_class)) or set(CLASSES) for p in ride.parties]
    break_there = ride.stay_s is not None and ride.stay_s >= drivers.BREAK_S
    return optimizer.Task(
        id=first.id,
        pool=ride.payer,
        unit=first.unit_id,
        origin=ride.origin,
        destination=ride.destination,
        earliest_s=start_s,
        latest_s=start_s,
        duration_s=seconds_between(ride.start, ride.end),
        driving_s=ride.driving_s,
        loaded_m=ride.loaded_m,
        passengers=ride.passengers,
        priority=min(MOST_PRIORITY, sum(priority_of(p.request) for p in ride.parties)),
        classes=tuple(c for c in CLASSES if all(c in wished for wished in asked)),
        rental=False,
        toll_fen=ride.toll_fen,
        head_driving_s=min(ride.head_s, drivers.BREAK_AFTER_S) if break_there else None,
        tail_driving_s=(
            min(ride.driving_s - ride.head_s, drivers.BREAK_AFTER_S) if break_there else None
        ),
    )


def classes_for(wish: str | None) -> tuple[str, ...]:
    """Classes that serve a wish: the class itself and all larger ones; nothing: any."""
    return () if wish is None else CLASSES[CLASSES.index(wish) :]


def _with_secret(classes: tuple[str, ...]) -> tuple[str, ...]:
    return (*classes, *map(secret_class, classes))


def fixed_task(held: Held, epoch: datetime) -> optimizer.Task:
    """A trip that is held as a task that stays where it is."""
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
                classes=CLASSES if held.shared else (),  # no secret car, should it have to move
                fixed=optimizer.Fixed(vehicle_id, driver_id, start_s),
            )
    raise ValueError(f"leg {held.leg_id} has no trip")
