"""What is kept, what keeps it, and how full the disk is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.kernel.errors import Invalid, NotFound

WEEK = timedelta(weeks=1)


class NoSuchHold(NotFound):
    """No legal hold of that number is in force."""

    code = "no-such-hold"


class EmptyHold(Invalid):
    """A legal hold covers a time, and says why."""

    code = "empty-hold"


@dataclass(frozen=True, slots=True)
class Policy:
    """How long things are kept, in product time.

    Attributes:
        raw: fixes and what terminals observed.
        raw_at_least: younger fixes stay even when the disk is low.
        quarantine: what could not be stored, and who knocked in vain.
        quarantine_at_most: entries; of more, the oldest of who has the most go.
        sessions: MQTT sessions whose client has not come back (the database's own time).
    """

    raw: timedelta = timedelta(days=366)
    raw_at_least: timedelta = timedelta(days=60)
    quarantine: timedelta = timedelta(days=180)
    quarantine_at_most: int = 100_000
    sessions: timedelta = timedelta(days=90)


class Kept(StrEnum):
    """Why a week of fixes is still there."""

    AGE = "age"
    UNPUBLISHED = "unpublished"
    HOLD = "hold"
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """A partition of fixes over [lo, hi), as it is on disk; rows are an estimate.

    trimmed_for: the legal holds whose rows alone are left in it, comma-separated; None: whole.
    """

    name: str
    lo: datetime
    hi: datetime
    rows: int
    bytes: int
    trimmed_for: str | None


@dataclass(frozen=True, slots=True)
class Week:
    """A partition, what keeps it, and when it goes (None: nobody can say)."""

    name: str
    lo: datetime
    hi: datetime
    rows: int
    bytes: int
    kept_by: Kept
    goes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Hold:
    """Fixes of a vehicle in [since, until) stay, whatever their age; until None: without end."""

    id: int
    vehicle_id: int
    since: datetime
    until: datetime | None
    reason: str
    placed_by: str
    placed_at: datetime

    def touches(self, lo: datetime, hi: datetime) -> bool:
        """Whether it covers a part of [lo, hi)."""
        return self.since < hi and (self.until is None or lo < self.until)


class Level(StrEnum):
    """How full the disk of the database is."""

    OK = "ok"
    WARN = "warn"
    LOW = "low"
    FULL = "full"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system that holds the database; unknown where it is not on this machine."""

    level: Level
    free_bytes: int | None = None
    total_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What is stored, oldest week first.

    Attributes:
        horizon: raw fixes before it are gone, but for legal holds; None: nothing went yet.
        weeks: partitions that hold something or soon will.
        disk: see Disk.
        bytes_a_day: of fixes, over the last four whole weeks; None: too early to say.
        full_in_days: until the door must stop, if nothing went; None: too early, or unknown.
    """

    horizon: datetime | None
    weeks: list[Week]
    disk: Disk
    bytes_a_day: int | None
    full_in_days: float | None
