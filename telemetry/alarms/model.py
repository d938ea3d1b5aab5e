"""What a signal alarm is: rules by number, how bad it is, and what showed it."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Rule(IntEnum):
    """Numbers as in docs/alarms.md; they are the keys of the facts."""

    OVERSPEED = 9
    FATIGUE = 10
    DAILY_DRIVE = 11
    OFFLINE = 12
    UNPLUGGED = 13
    GNSS_FAULT = 14
    IDLE_LONG = 24

    @property
    def code(self) -> str:
        """As in events and on pages."""
        return self.name.lower()


class Severity(IntEnum):
    """How bad; a fact is at least as bad as its rule says, and red from red_at on."""

    INFO = 1
    YELLOW = 2
    RED = 3


CAUSES: Final[dict[Rule, dict[int, str]]] = {
    Rule.OVERSPEED: {1: "own", 2: "device"},
    Rule.FATIGUE: {1: "own", 2: "device", 4: "device_warning"},
    Rule.DAILY_DRIVE: {1: "own", 2: "device"},
    Rule.OFFLINE: {1: "ignition_on", 2: "parked"},
    Rule.UNPLUGGED: {1: "device", 2: "status"},
    Rule.GNSS_FAULT: {1: "device", 2: "frozen", 4: "jump"},
    Rule.IDLE_LONG: {1: "own"},
}
"""Bits of AlarmFact.cause by name."""


@dataclass(frozen=True, slots=True)
class AlarmFact:
    """A rule was broken over [started, ended]; ended None: it still is, or was within 10 min.

    Times in microseconds. raised: when it had been true for long enough; red: when it became red.
    peak and bound: the worst and what was allowed, in the rule's unit; 0 where it is not told.
    """

    key: int
    started: int
    raised: int
    red: int | None
    ended: int | None
    last: int
    peak: int
    bound: int
    cause: int
    lon: int
    lat: int

    @property
    def severity(self) -> Severity:
        """Of the fact as it is now."""
        if self.red is not None:
            return Severity.RED
        return Severity.INFO if self.key == Rule.IDLE_LONG else Severity.YELLOW
