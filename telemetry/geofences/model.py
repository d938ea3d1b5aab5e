"""Visits, and what is remembered between fixes. Times are microseconds since 1970 UTC."""

from dataclasses import dataclass
from typing import Final

from telemetry.streams import END


@dataclass(frozen=True, slots=True)
class Rules:
    """When a crossing counts, where a fence does not say. Another value is another fold version."""

    confirm_fixes: int = 2  # as many fixes in a row that agree ...
    confirm_s: int = 20  # ... and that lie so far apart, the first of them is the crossing
    default_accuracy_m: int = 30  # where the device does not say; no better one is believed


DEFAULT_RULES: Final = Rules()


@dataclass(frozen=True, slots=True)
class Near:
    """Where a vehicle is with one fence; one that is far outside has none.

    inside since entered (or since the last window that ended). Candidate: count fixes since
    `since` say otherwise, and it drove there (moved). Leaning: so many fixes in a row since
    lean_since lie on the other side, if closer than their accuracy.
    """

    fence_id: int
    inside: int = 0
    entered: int = 0
    since: int = 0
    count: int = 0
    moved: int = 0
    lean_since: int = 0
    lean: int = 0

    def told(self, until: int) -> int:
        """Up to when the stay is certain, if the vehicle was seen until then."""
        doubts = [t for t in (self.since, self.lean_since) if t]
        return min([until, *doubts])

    def pending(self) -> int:
        """The visit that is under way, or may turn out to be, began then or later."""
        if self.inside:
            return self.entered
        return min(t for t in (self.since, self.lean_since) if t)


@dataclass(frozen=True, slots=True)
class State:
    """Where the vehicle was seen last (t is 0: nowhere yet), and the fences around it, by id."""

    t: int = 0
    lon: int = 0
    lat: int = 0
    moving: int = 0
    near: tuple[Near, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """A vehicle was inside over [entered, left); left None: it still is."""

    fence_id: int
    entered: int
    left: int | None

    @property
    def key(self) -> int:
        """A vehicle is in a fence once at a time."""
        return self.fence_id

    @property
    def started(self) -> int:
        """When it entered."""
        return self.entered

    @property
    def ended(self) -> int | None:
        """When it left."""
        return self.left

    @property
    def last(self) -> int:
        """Silence is no leaving."""
        return END if self.left is None else self.left
