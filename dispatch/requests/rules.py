"""House rules H1, H2, H5, H8, H15 and the grounds of review; pure.

Every broken rule is returned, not the first. H3 and H4 (rental last, home platform
first) are prices and a tier of the plan, so they are not asked here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from dispatch.kernel.calendar import business_day, local_time
from dispatch.requests.messages import message
from dispatch.requests.model import Ask, Facts, Place, Severity, Violation
from dispatch.requests.settings import RuleSettings


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rules must know beside the request itself.

    Attributes:
        trips_that_day: of the unit, leaving on the same day, without this one.
        most_passengers: by vehicle class, what the largest car of it takes.
        days: kind of each calendar day; a day that is missing is unknown.
    """

    asked_at: datetime
    origin: Place
    destination: Place
    grassroots: bool
    trips_that_day: int
    most_passengers: Mapping[str, int]
    days: Mapping[date, str]

    @property
    def out_of_city(self) -> bool:
        """Whether an end of the trip lies outside the city."""
        return self.origin.adcode is None or self.destination.adcode is None


def judge(ask: Ask, about: Circumstances, rules: RuleSettings) -> tuple[Violation, ...]:
    """Every house rule that a request breaks, in the order of their numbers."""
    found = [
        *_same_day(ask, about, rules),
        *_daily_cap(about, rules),
        *_lead_time(ask, about, rules),
        *_off_hours(ask, about, rules),
        *_seats(ask, about, rules),
    ]
    return tuple(_violation(rule, code, facts, rules) for rule, code, facts in found)


def _violation(rule: str, code: str, facts: Facts, rules: RuleSettings) -> Violation:
    chinese, english = message(code, facts)
    return Violation(rule, code, cast("Severity", rules.severities[code]), facts, chinese, english)


def _same_day(
    ask: Ask, about: Circumstances, rules: RuleSettings
) -> Iterator[tuple[str, str, Facts]]:
    nights = (business_day(ask.return_at) - business_day(ask.depart_at)).days
    if about.out_of_city:
        if nights:
            yield "H1", "overnight", {"nights": nights}
    elif nights:
        yield "H1", "not_same_day", {"nights": nights}
    elif local_time(ask.return_at) > rules.latest_return:
        facts: Facts = {
            "latest": f"{rules.latest_return:%H:%M}",
            "return_at": f"{local_time(ask.return_at):%H:%M}",
        }
        yield "H1", "late_return", facts


def _daily_cap(about: Circumstances, rules: RuleSettings) -> Iterator[tuple[str, str, Facts]]:
    cap = rules.grassroots_cap if about.grassroots else rules.city_unit_cap
    if about.trips_that_day >= cap:
        yield "H2", "over_daily_cap", {"taken": about.trips_that_day, "cap": cap}


def _lead_time(
    ask: Ask, about: Circumstances, rules: RuleSettings
) -> Iterator[tuple[str, str, Facts]]:
    if about.out_of_city:
        yield "H5", "out_of_city", {}
    if ask.emergency:
        return
    lead_s = int((ask.depart_at - about.asked_at).total_seconds())
    if lead_s < rules.lead_s:
        yield (
            "H5",
            "short_lead",
            {"least_minutes": rules.lead_s // 60, "minutes": lead_s // 60},
        )
    days = (business_day(ask.depart_at) - business_day(about.asked_at)).days
    if _far(about, rules) and days < rules.far_lead_days:
        yield "H5", "far_trip_late", {"least_days": rules.far_lead_days, "days": days}


def _far(about: Circumstances, rules: RuleSettings) -> bool:
    ends = {about.origin.adcode, about.destination.adcode}
    return about.out_of_city or (
        len(ends) == 2 and not any(ends <= area for area in rules.same_area)
    )


def _off_hours(
    ask: Ask, about: Circumstances, rules: RuleSettings
) -> Iterator[tuple[str, str, Facts]]:
    first, last = business_day(ask.depart_at), business_day(ask.return_at)
    if local_time(ask.depart_at) < rules.hours_from or local_time(ask.return_at) > rules.hours_to:
        yield (
            "H8",
            "off_hours",
            {"hours_from": f"{rules.hours_from:%H:%M}", "hours_to": f"{rules.hours_to:%H:%M}"},
        )
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        kind = about.days.get(day)
        if kind is None:
            yield "H8", "calendar_unknown", {"day": day.isoformat()}
        elif kind in ("weekend", "holiday"):
            yield "H8", kind, {"day": day.isoformat()}


def _seats(ask: Ask, about: Circumstances, rules: RuleSettings) -> Iterator[tuple[str, str, Facts]]:
    most = max(about.most_passengers.values(), default=0)
    if ask.passengers > most:
        yield "H15", "too_many_passengers", {"passengers": ask.passengers, "most": most}
    elif ask.vehicle_class is not None:
        of_class = about.most_passengers.get(ask.vehicle_class, 0)
        if ask.passengers > of_class:
            yield "H15", "class_too_small", {"passengers": ask.passengers, "most": of_class}
    if ask.passengers + 1 >= rules.large_seats or ask.vehicle_class == "coach":
        yield "H15", "large_vehicle", {"seats": rules.large_seats}
