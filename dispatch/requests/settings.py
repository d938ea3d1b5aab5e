"""The numbers of the house rules; rows of `rule_setting` override them, key by key.

A row names a rule, an authority (pool_id NULL) or a platform, a period, and a JSON object
with any of the keys below. The platform's word beats the authority's, which beats these.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import time
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """All numbers that the house rules read.

    Attributes:
        latest_return: H1, local wall time by which a trip inside the city is back.
        city_unit_cap, grassroots_cap: H2, trips of a unit on one day.
        lead_s: H5, seconds between asking and leaving.
        far_lead_days: H5, a trip to another county or out of the city is asked for so
            many days before.
        same_area: H5, groups of county codes that count as one.
        hours_from, hours_to: H8, local wall times of office hours.
        large_seats: a car with so many seats, the driver's included, needs review.
        severities: how much a broken rule weighs, by code: block, review or warn.
    """

    latest_return: time
    city_unit_cap: int
    grassroots_cap: int
    lead_s: int
    far_lead_days: int
    same_area: tuple[frozenset[str], ...]
    hours_from: time
    hours_to: time
    large_seats: int
    severities: MappingProxyType[str, str]


DEFAULTS = RuleSettings(
    latest_return=time(21, 0),
    city_unit_cap=3,
    grassroots_cap=2,
    lead_s=30 * 60,
    far_lead_days=1,
    same_area=(frozenset({"341800", "341802"}),),
    hours_from=time(7, 30),
    hours_to=time(19, 0),
    large_seats=20,
    severities=MappingProxyType(
        {
            "not_same_day": "block",
            "late_return": "block",
            "overnight": "review",
            "over_daily_cap": "review",
            "short_lead": "block",
            "far_trip_late": "review",
            "out_of_city": "review",
            "off_hours": "review",
            "weekend": "review",
            "holiday": "review",
            "calendar_unknown": "warn",
            "too_many_passengers": "block",
            "class_too_small": "block",
            "large_vehicle": "review",
        }
    ),
)
"""Same-day return, a cap and an exemption for emergencies are reported practice; the hours,
caps and lead times are ours to begin with, to be set by each authority."""

_KEYS = {field.name for field in fields(RuleSettings)}


def merged(rows: Iterable[dict[str, object]], base: RuleSettings = DEFAULTS) -> RuleSettings:
    """Settings with rows laid over them, the later over the earlier.

    Raises:
        ValueError: a row has an unknown key or a value of the wrong form.
    """
    for row in rows:
        if unknown := set(row) - _KEYS:
            raise ValueError(f"rule settings have no {sorted(unknown)[0]}")
        base = replace(base, **{key: _value(key, value, base) for key, value in row.items()})  # type: ignore[arg-type]
    return base


def _value(key: str, value: object, base: RuleSettings) -> object:
    if key == "severities" and isinstance(value, dict):
        return MappingProxyType({**base.severities, **value})
    if key == "same_area" and isinstance(value, list):
        return tuple(frozenset(map(str, group)) for group in value)
    if key in ("latest_return", "hours_from", "hours_to"):
        return time.fromisoformat(str(value))
    if not isinstance(value, int):
        raise ValueError(f"rule setting {key} must be a whole number")
    return value
