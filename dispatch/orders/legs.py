"""When a leg begins and ends; pure.

A leg holds its car and driver for the whole of the trip with its empty drives: from
leaving home (or the place where the trip before ended) to being home again (or leaving
for the next). So a car of another platform is brought and taken back within the leg.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.orders.model import Held, Period
from dispatch.orders.problem import BUFFER_S
from dispatch.orders.travel import Roads


@dataclass(frozen=True, slots=True)
class Trip:
    """The party's own times and matrix rows, and who would drive."""

    depart_at: datetime
    return_at: datetime
    origin: int
    destination: int
    driver_id: int


@dataclass(frozen=True, slots=True)
class Fit:
    """A leg's period, and how the legs before and after it on the car must change.

    Attributes:
        shifts: (leg, new period) of neighbours that are chained without going home.
    """

    period: Period
    shifts: tuple[tuple[Held, Period], ...] = ()


def from_home(trip: Trip, home: int, net: Roads) -> Period:
    """The period of a trip from home and back home, at the place of departure in good time."""
    out = timedelta(seconds=BUFFER_S + net.seconds(home, trip.origin, trip.depart_at))
    back = timedelta(seconds=net.seconds(trip.destination, home, trip.return_at))
    return Period(trip.depart_at - out, trip.return_at + back)


def fit(
    trip: Trip, home: int, net: Roads, held: Iterable[Held], *, chain: bool = False
) -> Fit | Held:
    """Put a trip between what its car is held for.

    By way of home where time allows; else straight from where the trip before ends, or to
    where the next begins, with the same driver and only beside trips that have not left.

    Returns:
        The fit, or the leg that is in the way.
    """
    whole = from_home(trip, home, net)
    start, end = whole.start, whole.end
    shifts: list[tuple[Held, Period]] = []
    order = sorted(held, key=lambda h: h.period.start)
    before = [leg for leg in order if leg.period.start < trip.depart_at][-1:] if chain else []
    for leg in order:
        waits = leg in before and _chained(trip, leg, net) is not None
        if not (waits or leg.period.overlaps(Period(start, end))):
            continue
        boundary = _chained(trip, leg, net)
        if boundary is None:
            return leg
        if leg.period.start < trip.depart_at:
            start = boundary
            shifts.append((leg, Period(leg.period.start, boundary)))
        else:
            end = boundary
            shifts.append((leg, Period(boundary, leg.period.end)))
    return Fit(Period(start, end), tuple(shifts))


def _chained(trip: Trip, leg: Held, net: Roads) -> datetime | None:
    """When the car leaves the earlier of the two for the later; None where it cannot."""
    if (
        leg.kind != "trip"
        or leg.status != "assigned"
        or leg.driver_id != trip.driver_id
        or leg.depart_at is None
        or leg.return_at is None
        or leg.origin is None
        or leg.destination is None
    ):
        return None
    if leg.depart_at < trip.depart_at:
        out_s = BUFFER_S + net.seconds(leg.destination, trip.origin, trip.depart_at)
        boundary = trip.depart_at - timedelta(seconds=out_s)
        return boundary if boundary >= leg.return_at else None
    out_s = BUFFER_S + net.seconds(trip.destination, leg.origin, leg.depart_at)
    boundary = leg.depart_at - timedelta(seconds=out_s)
    return boundary if boundary >= trip.return_at else None


def clamp(wanted: Period, now_held: Period, others: Sequence[Period]) -> Period:
    """The part of a wanted period that no other live leg of the car or driver holds.

    Args:
        wanted: as the phone or the clock says it was.
        now_held: the leg's period so far, which overlaps no other.
        others: periods that cannot give way.

    Returns:
        A period that overlaps none of the others and is not empty.
    """
    start = max([wanted.start, *(o.end for o in others if o.start < now_held.start)])
    end = min([wanted.end, *(o.start for o in others if o.start >= now_held.start)])
    if start < end:
        return Period(start, end)
    end = min([max(wanted.end, now_held.start), now_held.end])
    return Period(now_held.start, end) if end > now_held.start else now_held
