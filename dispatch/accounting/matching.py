"""To which trip a receipt belongs; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ON_THE_ROAD = timedelta(minutes=15)
"""Clocks of gantries, car parks and phones differ; that far outside a trip still counts."""

REFILL_WITHIN = timedelta(hours=24)
"""A tank is filled, or a battery charged, for what was driven before: so long after a trip."""

_REFILLS = frozenset({"fuel", "electricity"})


@dataclass(frozen=True, slots=True)
class TripSpan:
    """When a trip of the receipt's vehicle ran."""

    trip_id: int
    order_id: int
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """The trip a receipt belongs to, if any, and why."""

    trip_id: int | None
    order_id: int | None
    reason: str


NO_TRIP = Match(None, None, "no trip of this vehicle at that time")


def match(kind: str, at: datetime, trips: Sequence[TripSpan]) -> Match:
    """Find the trip of a receipt.

    A trip that contains the moment wins; then one that misses it by at most 15
    minutes; then, for fuel and electricity, the last one that ended within 24 hours
    before. Among equals the nearest counts, then the earlier, then the smaller id.

    Args:
        kind: fuel, electricity, toll or parking.
        at: when it was bought.
        trips: all trips of the vehicle around that time, in any order.
    """
    order = sorted(trips, key=lambda t: (_apart(t, at), t.started_at, t.trip_id))
    if not order:
        return NO_TRIP
    nearest = order[0]
    if _apart(nearest, at) == timedelta(0):
        return Match(nearest.trip_id, nearest.order_id, "during the trip")
    if _apart(nearest, at) <= ON_THE_ROAD:
        return Match(nearest.trip_id, nearest.order_id, "within 15 minutes of the trip")
    if kind in _REFILLS:
        before = [t for t in order if t.ended_at <= at <= t.ended_at + REFILL_WITHIN]
        if before:
            return Match(before[0].trip_id, before[0].order_id, "refilled after the trip")
    return NO_TRIP


def _apart(trip: TripSpan, at: datetime) -> timedelta:
    return max(trip.started_at - at, at - trip.ended_at, timedelta(0))
