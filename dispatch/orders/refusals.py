"""What keeps a car from a request, in the words of the house rules; pure."""

from collections.abc import Sequence

import optimizer
from dispatch import drivers, requests
from dispatch.orders.legs import Trip, from_home
from dispatch.orders.match import Misfit
from dispatch.orders.model import Held, Period
from dispatch.orders.problem import Day
from dispatch.orders.tasks import trip_ends
from dispatch.pools import Car

BUSY = ("busy", "left-for-home", "too-late", "next-task-missed", "charge-too-short")
HOUSE = {"driving-time": "H11", "span": "H11", "break": "H10"}
"""House rules that the optimizer has under other names."""
TIMES = ("outside-window", "window-begins", "window-ends", "no-window", "no-driver")


class Refusals:
    """Words for one request's refusals; what is the same for many cars is worked out once."""

    def __init__(self, day: Day, request: requests.Request) -> None:
        self._day = day
        net = day.roads
        origin, end = (net.row(p.lon, p.lat) for p in trip_ends(request))
        self._trip = Trip(request.depart_at, request.return_at, origin, end, 0)
        self._away: dict[tuple[float, float], Period] = {}

    def misfit(self, car: Car, refused: optimizer.Refused, legs: Sequence[Held]) -> Misfit:
        """A refusal of the optimizer's as ours; `legs`: what the car is held for."""
        rule = refused.rule
        near = self._in_the_way(car, legs) if rule in (*BUSY, *TIMES) else None
        return _named(self._day, car, rule, refused.facts, near)

    def _in_the_way(self, car: Car, legs: Sequence[Held]) -> Held | None:
        """The first leg that touches the time from leaving home to being back."""
        if not legs:
            return None
        at = car.home_lon, car.home_lat
        if at not in self._away:
            self._away[at] = from_home(self._trip, self._day.roads.row(*at), self._day.roads)
        near = (leg for leg in legs if leg.period.overlaps(self._away[at]))
        return min(near, key=lambda leg: leg.period.start, default=None)


def _named(day: Day, car: Car, rule: str, facts: dict[str, int | str], near: Held | None) -> Misfit:
    if rule in BUSY or (rule in TIMES and near is not None):
        return _busy(near)
    if rule in TIMES:
        return Misfit("no-driver", {"licence": drivers.needed_licence(car.vehicle_class)})
    if rule == "before-now":
        late_s = int(facts["now_s"]) - int(facts["leave_s"])
        return Misfit("too-late", {"late_minutes": max(1, late_s // 60)})
    if rule == "range":
        most_m = int(facts["most_m"])
        return Misfit("range", {"metres": most_m + int(facts["short_m"]), "range_m": most_m})
    if rule == "reserve":
        kept = next(p.reserve_vehicles for p in day.fleet.pools if p.id == car.pool_id)
        return Misfit("reserve", {"reserve": kept, "lent": int(facts["most"])})
    return Misfit(HOUSE.get(rule, rule), dict(facts))


def _busy(leg: Held | None) -> Misfit:
    """The leg in the way, by kind and time; whose order it is stays with its platform."""
    if leg is None:
        return Misfit("busy", {"kind": "trip"})
    held = {"from": leg.period.start.isoformat(), "to": leg.period.end.isoformat()}
    return Misfit("busy", {"kind": leg.kind, **held})
