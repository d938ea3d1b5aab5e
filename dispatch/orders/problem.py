"""Between the rooms and the optimizer: a day as a problem, in whole seconds and metres."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

import optimizer
from dispatch import drivers, pools, requests
from dispatch.kernel.calendar import business_day
from dispatch.kernel.ids import DriverId, PoolId, RequestId, VehicleId
from dispatch.orders import costs
from dispatch.orders.carried import NOTHING, Known, Left, on_loan
from dispatch.orders.days import DAY, Days, nights
from dispatch.orders.model import Fleet, Held, Period
from dispatch.orders.moving import movable, published_task
from dispatch.orders.overnight import in_days
from dispatch.orders.pairing import chosen
from dispatch.orders.pieces import Pieces
from dispatch.orders.sharing import Ride, rides
from dispatch.orders.supply import (
    BUFFER_S,
    REST,
    home_of,
    seconds_between,
)
from dispatch.orders.tasks import ride_task, task_of
from dispatch.orders.terms import terms
from dispatch.orders.travel import Roads
from dispatch.pools import Car, Impediment

__all__ = ["AFTER", "BUFFER_S", "REST", "Day", "day_of"]

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
        rides: that are planned as one task each, under the first party's number.
        movable: orders by their requests that may get another car.
        narrowed: there are trips over a night between its days, which only some cars may serve:
            what is proven of the problem is not proven of the days.
    """

    problem: optimizer.Problem
    roads: Roads
    epoch: datetime
    fleet: Fleet
    barred: tuple[tuple[Car, Impediment], ...]
    rides: tuple[Ride, ...] = ()
    movable: Mapping[RequestId, Held] = field(default_factory=dict)
    narrowed: bool = False

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
    known: Known = NOTHING,
    until: datetime | None = None,
    leaves: datetime | None = None,
    apart: bool = False,
    papers: date | None = None,
    share: bool = False,
    moves: Collection[requests.Request] = (),
    days: int = 1,
    pieces: Pieces | None = None,
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
        known: how cars are at `now`.
        until: what is still to be asked for ends by then.
        leaves: the first departure of it, until which electric cars charge.
        apart: nothing is chained with; every driver drives between what they are held for,
            and any car.
        papers: the business day on which cars must be allowed to leave; None: that of epoch.
        share: requests that should share a car are one task.
        moves: whose orders may go to another car (see `movable`).
        days: so many are planned together; what is held over a night between them stays.
        pieces: of a day made before; what is the same is taken from them.
    """
    planned = _days(held, waiting, epoch, until, days)
    span = planned.span
    valid = papers or business_day(epoch)
    barred = [(car, pools.impediment(car, valid)) for car in fleet.cars]
    usable = [car for car, why in barred if why is None]
    made = pieces or Pieces()
    net = made.roads(fleet)
    pool_of = {c.id: c.pool_id for c in usable}, {d.id: d.pool_id for d in fleet.drivers}
    fixed = [] if apart else _fixed(held, *pool_of, planned, now)
    chained = {h.leg_id for h in fixed}
    may_move = movable(fixed, now) if moves else {}
    asked = {r.id: r for r in moves if r.id in may_move}
    blocks = [h for h in held if h.leg_id not in chained]
    shared = chosen(rides(waiting, net, max(now, epoch)), usable) if share else ()
    riding = {party.request.id for ride in shared for party in ride.parties}
    first = min((r.depart_at for r in waiting), default=leaves or now)
    left = Left(known, now, first)
    problem = optimizer.Problem(
        horizon=_clock(span, now),
        matrix=net.matrix,
        vehicles=made.vehicles(usable, net, blocks, planned, left),
        drivers=made.drivers(fleet, blocks, planned),
        tasks=(
            *made.fixed([h for h in fixed if h.request_id not in asked], epoch),
            *(published_task(may_move[i], r, net, epoch) for i, r in asked.items()),
            *(ride_task(ride, epoch) for ride in shared),
            *(task_of(r, net, epoch) for r in waiting if r.id not in riding),
        ),
        driver_fen_per_hour=costs.DRIVER_FEN_PER_HOUR,
        hours=replace(HOURS, between_s=drivers.REST_S if planned.cuts else 0),
        chargers=tuple(sorted({home_of(c, net) for c in usable if costs.charge_m_per_hour(c)})),
        **terms(fleet, on_loan(usable, blocks, max(now, epoch))),
    )
    long = {r.id for r in waiting if planned.crossed_by(Period(r.depart_at, r.return_at))}
    if planned.cuts:
        free = replace(
            problem,
            vehicles=made.vehicles(usable, net, held, planned, left),
            drivers=made.drivers(fleet, held, planned),
        )
        problem = in_days(problem, free, long, planned)
    kept_away = tuple((car, why) for car, why in barred if why is not None)
    return Day(
        problem, net, epoch, fleet, kept_away, shared, {i: may_move[i] for i in asked}, bool(long)
    )


def _days(
    held: Sequence[Held],
    waiting: Sequence[requests.Request],
    epoch: datetime,
    until: datetime | None,
    number: int,
) -> Days:
    """From second 0 until everybody has come home from the last trip of it."""
    last = max([epoch + number * DAY, *(r.return_at for r in waiting)])
    last = max([last, *(h.return_at for h in held if h.return_at and h.period.start >= epoch)])
    span = Period(epoch, (last if until is None else max(last, until)) + AFTER)
    trips = [*(h.period for h in held), *(Period(r.depart_at, r.return_at) for r in waiting)]
    return Days(span, nights(epoch, number, trips))


def _clock(span: Period, now: datetime) -> optimizer.Horizon:
    length_s = seconds_between(span.start, span.end)
    return optimizer.Horizon(
        epoch=int(span.start.timestamp()),
        length_s=length_s,
        now_s=min(max(0, seconds_between(span.start, now)), length_s),
        buffer_s=BUFFER_S,
    )


def _fixed(
    held: Iterable[Held],
    cars: Mapping[VehicleId, PoolId],
    people: Mapping[DriverId, PoolId],
    days: Days,
    now: datetime,
) -> list[Held]:
    """Trips of the days that have not left, with a usable car and driver of one platform."""
    begin, midnight = max(now, days.span.start), days.midnight

    def stays(h: Held) -> bool:
        if h.kind != "trip" or h.status != "assigned" or h.depart_at is None:
            return False
        if h.vehicle_id is None or h.driver_id is None or days.crossed_by(h.period):
            return False
        if not (begin < h.period.start and h.depart_at < midnight):
            return False
        pool_id = cars.get(h.vehicle_id)
        return pool_id is not None and pool_id == people.get(h.driver_id)

    return [h for h in held if stays(h)]
