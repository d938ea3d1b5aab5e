"""Circles on the ground, and visits to them. Times are microseconds since 1970 UTC."""

from dataclasses import dataclass
from typing import Final

from dispatch.kernel.ids import FenceId
from telemetry.streams import END


@dataclass(frozen=True, slots=True)
class Rules:
    """When a crossing counts. Another value is another fold version."""

    confirm_fixes: int = 2  # as many fixes in a row that agree ...
    confirm_s: int = 20  # ... and that lie so far apart, the first of them is the crossing
    default_accuracy_m: int = 15  # where the device does not say


DEFAULT_RULES: Final = Rules()


@dataclass(frozen=True, slots=True)
class Fence:
    """A circle in force over [lo, hi): 1e-7 degrees WGS-84, metres."""

    id: FenceId
    lon: int
    lat: int
    radius_m: int
    lo: int
    hi: int


@dataclass(frozen=True, slots=True)
class FenceState:
    """Where a vehicle is with one fence; a vehicle outside without a candidate has none.

    inside since entered; candidate: n fixes since `since` that say otherwise.
    """

    fence_id: int
    inside: int
    entered: int
    since: int
    n: int

    def pending(self) -> int:
        """The visit that is under way, or may turn out to be, entered then."""
        return self.entered if self.inside else self.since


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
