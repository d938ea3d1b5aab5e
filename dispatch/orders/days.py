"""Business days in a row as a plan has them, and the nights between them; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.orders.model import Period

DAY = timedelta(days=1)
QUIET = tuple(timedelta(hours=hour) for hour in (2, 1, 3, 0, 4, 5))
"""After midnight a day may end at one of these; of equally quiet ones at the first."""
AROUND = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Days:
    """What is planned, from midnight of the first day until everybody is home.

    Attributes:
        cuts: between two days: then cars and drivers are at home, unless they are away over night.
    """

    span: Period
    cuts: tuple[datetime, ...] = ()

    @property
    def number(self) -> int:
        """How many days are planned."""
        return len(self.cuts) + 1

    @property
    def midnight(self) -> datetime:
        """After the last day."""
        return self.span.start + self.number * DAY

    def of(self, at: datetime) -> int:
        """Which day an instant belongs to; -1 before the first, their number after the last."""
        if at < self.span.start:
            return -1
        return self.number if at >= self.midnight else sum(cut <= at for cut in self.cuts)

    def room(self, day: int) -> Period:
        """From the night before a day to the night after it."""
        bounds = (self.span.start, *self.cuts, self.span.end)
        return Period(bounds[day], bounds[day + 1])

    def crossed_by(self, period: Period) -> bool:
        """Whether it lasts over one of the nights."""
        return any(period.start < cut < period.end for cut in self.cuts)


def nights(epoch: datetime, days: int, trips: Sequence[Period]) -> tuple[datetime, ...]:
    """When each day but the last ends: as few trips as can be are on about that time."""
    return tuple(_quietest(epoch + n * DAY, trips) for n in range(1, days))


def _quietest(midnight: datetime, trips: Iterable[Period]) -> datetime:
    near = [t for t in trips if t.start < midnight + DAY and t.end > midnight - DAY]

    def on(at: datetime) -> int:
        about = Period(at - AROUND, at + AROUND)
        return sum(trip.overlaps(about) for trip in near)

    return min((midnight + hours for hours in QUIET), key=on)


def clipped(periods: Iterable[Period], room: Period) -> Iterable[Period]:
    """The parts of them that lie in a room."""
    for one in periods:
        start, end = max(one.start, room.start), min(one.end, room.end)
        if start < end:
            yield Period(start, end)
