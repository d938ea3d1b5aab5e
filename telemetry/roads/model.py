"""Roads: lines with a class, and perhaps a limit of their own."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from dispatch.kernel.errors import Invalid


class RoadClass(IntEnum):
    """What a road allows where it has no limit of its own."""

    CITY = 0
    ROAD = 1
    EXPRESSWAY = 2

    @property
    def word(self) -> str:
        """As it is stored and shown."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Road:
    """A line of at least two positions, (lon, lat) in 1e-7 degrees WGS-84; a limit in km/h."""

    kind: RoadClass
    line: tuple[tuple[int, int], ...]
    limit_kmh: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class RoadSet:
    """All roads that are known over [since, until)."""

    id: int
    name: str
    roads: int
    since: datetime
    until: datetime | None


class BadRoads(Invalid):
    """The file holds no roads, or something that is none; the message names the place."""

    code = "bad-roads"
