"""Who rides on one leg: one party by itself, or the parties of a shared ride with their stops."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch import requests
from dispatch.orders.legs import Trip
from dispatch.orders.sharing import Ride
from dispatch.orders.tasks import trip_ends
from dispatch.orders.travel import Roads


@dataclass(frozen=True, slots=True)
class Seat:
    """Where and when a party of a shared ride gets on and off: numbers of the stops, times."""

    on_turn: int
    off_turn: int
    on_at: datetime
    off_at: datetime

    def later(self, by: timedelta) -> "Seat":
        """The same stops at later times."""
        return replace(self, on_at=self.on_at + by, off_at=self.off_at + by)


@dataclass(frozen=True, slots=True)
class Load:
    """The parties of a leg.

    Attributes:
        asked: in the order of getting on.
        seats: of each of them; empty: it is no shared ride.
        loaded_m, driving_s: of a shared ride, from the first stop to the last.
    """

    asked: tuple[requests.Request, ...]
    seats: tuple[Seat, ...] = ()
    loaded_m: int = 0
    driving_s: int = 0

    @classmethod
    def of(cls, ride: Ride) -> "Load":
        """A ride that a plan proposes."""
        seats = (Seat(p.on_turn, p.off_turn, p.on_at, p.off_at) for p in ride.parties)
        asked = tuple(p.request for p in ride.parties)
        return cls(asked, tuple(seats), ride.loaded_m, ride.driving_s)

    @property
    def depart_at(self) -> datetime:
        """The first party gets on."""
        return min((seat.on_at for seat in self.seats), default=self.asked[0].depart_at)

    def trip(self, net: Roads, driver_id: int, start_at: datetime | None) -> Trip:
        """The load as a trip of a driver, later by as much as it must wait."""
        ends = [trip_ends(request) for request in self.asked]
        turns = [seat.off_turn for seat in self.seats]
        last = turns.index(max(turns)) if turns else 0
        returns = max((seat.off_at for seat in self.seats), default=self.asked[0].return_at)
        wait = max(timedelta(), (start_at or self.depart_at) - self.depart_at)
        first, goal = ends[0][0], ends[last][1]
        return Trip(
            self.depart_at + wait,
            returns + wait,
            net.row(first.lon, first.lat),
            net.row(goal.lon, goal.lat),
            driver_id,
        )

    def seats_from(self, departs_at: datetime) -> Sequence[Seat]:
        """The stops as they are when the first party gets on at that time."""
        return [seat.later(departs_at - self.depart_at) for seat in self.seats]
