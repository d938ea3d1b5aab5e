"""A trip and its distances; pure."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final


class Source(enum.StrEnum):
    """Where the declared kilometres come from."""

    DEVICE_ODOMETER = "device_odometer"
    GPS = "gps"
    DRIVER_ODOMETER = "driver_odometer"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Distances:
    """Metres of one trip as three witnesses saw them; None where one said nothing."""

    gps_m: int | None
    device_odometer_m: int | None
    driver_odometer_m: int | None
    empty_m: int | None


@dataclass(frozen=True, slots=True)
class Trip:
    """One leg as it was driven."""

    leg_id: int
    order_id: int
    vehicle_id: int
    driver_id: int
    started_at: datetime
    ended_at: datetime
    distances: Distances
    declared_m: int
    declared_source: Source
    variance_m: int | None
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DistanceRule:
    """Which witness a platform believes, and when it doubts.

    order: the first that says something, and that no two others contradict, is declared.
    flag_permille: witnesses that are further apart than this share of the larger figure ...
    flag_m: ... and than so many metres, are flagged.
    """

    order: tuple[Source, ...] = (Source.DEVICE_ODOMETER, Source.GPS, Source.DRIVER_ODOMETER)
    flag_permille: int = 50
    flag_m: int = 1_000

    def apart(self, a: int, b: int) -> bool:
        """Whether two figures are too far from each other."""
        return abs(a - b) > max(self.flag_m, max(a, b) * self.flag_permille // 1000)


@dataclass(frozen=True, slots=True)
class Declared:
    """The kilometres that accounting uses.

    variance_m: the largest difference between any two witnesses, None with fewer than two.
    doubts: "variance" where that is too much; and, by its name, each witness that two others
    who agree contradict: a broken, reset or swapped odometer, a wrong reading, a lost track.
    """

    metres: int
    source: Source
    variance_m: int | None
    doubts: tuple[str, ...] = ()


DEFAULT_RULE: Final = DistanceRule()


def declare(distances: Distances, rule: DistanceRule = DEFAULT_RULE) -> Declared:
    """Choose between the witnesses.

    The vehicle's own odometer counts turns of the wheel and has no gaps, so it comes first
    unless a platform says otherwise; GPS second; what the driver read and typed last. A
    witness that says nothing, or 0 where another saw a drive, is not asked.
    """
    figures = {
        Source.DEVICE_ODOMETER: distances.device_odometer_m,
        Source.GPS: distances.gps_m,
        Source.DRIVER_ODOMETER: distances.driver_odometer_m,
    }
    said = {source: m for source in rule.order if (m := figures[source]) is not None and m > 0}
    stuck = [
        s.value
        for s in rule.order
        if figures[s] == 0 and max(said.values(), default=0) > rule.flag_m
    ]
    if not said:
        return Declared(0, Source.NONE, None)
    wrong = [s for s in said if _contradicted(s, said, rule)]
    source = next((s for s in said if s not in wrong), next(iter(said)))
    values = list(said.values())
    variance_m = max(values) - min(values) if len(values) > 1 else None
    doubts = [*(s.value for s in wrong), *stuck]
    if rule.apart(max(values), min(values)):
        doubts.append("variance")
    return Declared(said[source], source, variance_m, tuple(sorted(doubts)))


def _contradicted(source: Source, said: dict[Source, int], rule: DistanceRule) -> bool:
    others = [metres for other, metres in said.items() if other is not source]
    agree = len(others) > 1 and not rule.apart(max(others), min(others))
    return agree and all(rule.apart(said[source], metres) for metres in others)
