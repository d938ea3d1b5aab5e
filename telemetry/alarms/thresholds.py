"""What each rule compares with; every number can be set for a platform or a vehicle."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Final, TypeAlias

from dispatch.kernel.errors import Invalid
from telemetry.alarms.model import Rule


class InvalidSetting(Invalid):
    """A parameter is unknown, no whole number, or out of its bounds."""

    code = "invalid-alarm-setting"


def _from_to(default: int, least: int, most: int) -> int:
    number: int = field(default=default, metadata={"bounds": (least, most)})
    return number


@dataclass(frozen=True, slots=True)
class Overspeed:
    """A9. own_kmh: a limit of the vehicle or the platform on top of the roads'; 0: none."""

    city_kmh: int = _from_to(60, 5, 200)
    road_kmh: int = _from_to(80, 5, 200)
    expressway_kmh: int = _from_to(120, 5, 200)
    own_kmh: int = _from_to(0, 0, 200)
    over_pct: int = _from_to(10, 0, 100)
    for_s: int = _from_to(10, 0, 3_600)
    red_over_pct: int = _from_to(20, 0, 100)
    red_for_s: int = _from_to(30, 0, 3_600)
    hysteresis_pct: int = _from_to(20, 0, 90)
    road_within_m: int = _from_to(30, 0, 500)
    clear_s: int = _from_to(600, 0, 86_400)


@dataclass(frozen=True, slots=True)
class Fatigue:
    """A10. A rest is rest_s below still_kmh."""

    warn_s: int = _from_to(13_200, 600, 86_400)
    red_s: int = _from_to(14_400, 600, 86_400)
    rest_s: int = _from_to(1_200, 60, 86_400)
    still_kmh: int = _from_to(3, 1, 20)
    for_s: int = _from_to(60, 0, 3_600)
    clear_s: int = _from_to(600, 0, 86_400)


@dataclass(frozen=True, slots=True)
class DailyDrive:
    """A11, a business day."""

    most_s: int = _from_to(28_800, 600, 86_400)
    for_s: int = _from_to(60, 0, 3_600)
    clear_s: int = _from_to(600, 0, 86_400)


@dataclass(frozen=True, slots=True)
class Offline:
    """A12."""

    on_s: int = _from_to(600, 60, 604_800)
    parked_s: int = _from_to(86_400, 60, 2_592_000)
    red_s: int = _from_to(259_200, 60, 31_536_000)
    clear_s: int = _from_to(600, 0, 86_400)


@dataclass(frozen=True, slots=True)
class Unplugged:
    """A13."""

    for_s: int = _from_to(60, 0, 86_400)
    clear_s: int = _from_to(600, 0, 86_400)


@dataclass(frozen=True, slots=True)
class GnssFault:
    """A14."""

    for_s: int = _from_to(60, 0, 86_400)
    frozen_kmh: int = _from_to(20, 1, 200)
    frozen_s: int = _from_to(180, 0, 86_400)
    hysteresis_pct: int = _from_to(20, 0, 90)
    jump_m: int = _from_to(5_000, 100, 1_000_000)
    jump_s: int = _from_to(60, 1, 600)
    clear_s: int = _from_to(600, 0, 86_400)


@dataclass(frozen=True, slots=True)
class IdleLong:
    """A24."""

    for_s: int = _from_to(1_200, 60, 86_400)
    still_kmh: int = _from_to(3, 1, 20)
    hysteresis_pct: int = _from_to(20, 0, 90)
    within_m: int = _from_to(50, 10, 1_000)
    clear_s: int = _from_to(600, 0, 86_400)


Thresholds: TypeAlias = (
    Overspeed | Fatigue | DailyDrive | Offline | Unplugged | GnssFault | IdleLong
)
DEFAULTS: Final[Mapping[Rule, Thresholds]] = MappingProxyType(
    {
        Rule.OVERSPEED: Overspeed(),
        Rule.FATIGUE: Fatigue(),
        Rule.DAILY_DRIVE: DailyDrive(),
        Rule.OFFLINE: Offline(),
        Rule.UNPLUGGED: Unplugged(),
        Rule.GNSS_FAULT: GnssFault(),
        Rule.IDLE_LONG: IdleLong(),
    }
)
"""In the order in which the kernel keeps them."""


def bounds(rule: Rule) -> dict[str, tuple[int, int]]:
    """The least and the greatest value of each parameter of a rule."""
    return {f.name: f.metadata["bounds"] for f in fields(DEFAULTS[rule])}


def checked(rule: Rule, said: Mapping[str, object]) -> dict[str, int]:
    """Parameters as a person or a row says them, some or all of them.

    Raises:
        InvalidSetting: see there.
    """
    limits = bounds(rule)
    for name, value in said.items():
        if name not in limits:
            raise InvalidSetting(f"{rule.code} has no parameter {name}")
        least, most = limits[name]
        if type(value) is not int or not least <= value <= most:
            raise InvalidSetting(f"{name} must be a whole number from {least} to {most}")
    return {name: value for name, value in said.items() if isinstance(value, int)}


def laid_over(rule: Rule, base: Thresholds, said: Mapping[str, object]) -> Thresholds:
    """Thresholds with some values replaced.

    Raises:
        InvalidSetting: see there; also where both together contradict each other.
    """
    whole = type(base)(**{**asdict(base), **checked(rule, said)})
    values = asdict(whole)
    for less, more in (("over_pct", "red_over_pct"), ("warn_s", "red_s"), ("on_s", "red_s")):
        if less in values and more in values and values[less] > values[more]:
            raise InvalidSetting(f"{less} must not be above {more}")
    return whole
