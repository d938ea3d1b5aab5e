"""What can be set about understanding."""

from dataclasses import dataclass

from telemetry import geofences as fence_folds
from telemetry import journeys as journey_folds


@dataclass(frozen=True, slots=True)
class Rules:
    """The thresholds of all folds; together they are the fold version of the facts."""

    journeys: journey_folds.Rules = journey_folds.DEFAULT_RULES
    geofences: fence_folds.Rules = fence_folds.DEFAULT_RULES


DEFAULT_RULES = Rules()


@dataclass(frozen=True, slots=True)
class UnderstandSettings:
    """Settings of one process of understand; any number of processes may run.

    database_url: a libpq URL.
    workers: vehicles folded at the same time, each on a connection of its own.
    poll_s: pause when there is nothing to do.
    timers_s: how often silent vehicles are looked for.
    batch: vehicles taken at a time.
    """

    database_url: str
    workers: int = 2
    poll_s: float = 0.1
    timers_s: float = 0.5
    batch: int = 200
    rules: Rules = DEFAULT_RULES
