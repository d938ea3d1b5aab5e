"""Which requests could share a ride (H21), in which order of stops, and which should; pure.

Parties that leave for one place within half an hour of each other, and come back so, are put
into one car: it calls at one after the other, is there before any of them would have been
alone, and leaves when the last of them wants to. Nobody gets on more than half an hour before
they asked, nor is back more than half an hour later, nor rides a fifth longer than alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, pairwise, permutations

from dispatch import requests
from dispatch.kernel.calendar import business_day
from dispatch.kernel.ids import PoolId
from dispatch.orders.travel import Roads
from dispatch.requests import Request

WITHIN = timedelta(minutes=30)
DETOUR_PERCENT = 120
CALL_S = 120
"""Standing where a party gets on or off."""
MOST_PARTIES = 4
NOTICE = timedelta(minutes=30)
"""A ride that begins so soon cannot be made known to all of them."""


@dataclass(frozen=True, slots=True)
class Party:
    """A request on a ride: the numbers and times of the stops where it gets on and off."""

    request: Request
    on_turn: int
    off_turn: int
    on_at: datetime
    off_at: datetime


@dataclass(frozen=True, slots=True)
class Ride:
    """Requests in one car.

    Attributes:
        parties: in the order of getting on.
        origin, destination: matrix rows of the first and the last stop.
        head_s: driving until all are there.
        stay_s: standing where they are going; None: the car does not wait for them.
        driving_s, loaded_m, toll_fen: from the first stop to the last; toll of class 1.
    """

    parties: tuple[Party, ...]
    origin: int
    destination: int
    head_s: int
    stay_s: int | None
    driving_s: int
    loaded_m: int
    toll_fen: int

    @property
    def start(self) -> datetime:
        """The first party gets on."""
        return self.parties[0].on_at

    @property
    def end(self) -> datetime:
        """The last party is off."""
        return max(party.off_at for party in self.parties)

    @property
    def passengers(self) -> int:
        """All are on board where they are going."""
        return sum(party.request.passengers for party in self.parties)

    @property
    def payer(self) -> PoolId:
        """The platform with the most kilometres of its own."""
        metres: dict[PoolId, int] = {}
        for party in self.parties:
            pool = party.request.pool_id
            metres[pool] = metres.get(pool, 0) + own_metres(party.request)
        return max(metres, key=lambda pool: (metres[pool], -pool))


def own_metres(request: Request) -> int:
    """What it would be driven alone: the weight by which what a ride costs is shared."""
    return request.distance_m * (1 if request.kind == "drop_off" else 2)


def rides(waiting: Iterable[Request], net: Roads, now: datetime) -> Iterator[Ride]:
    """Every set of 2 to 4 requests that could share a car, each in its shortest order of stops."""
    groups: dict[tuple[object, ...], list[Request]] = {}
    for request in waiting:
        if requests.may_share(request):
            one_way = request.kind == "drop_off"
            key = request.destination.id, one_way, business_day(request.depart_at)
            groups.setdefault(key, []).append(request)
    for group in groups.values():
        group.sort(key=lambda r: (r.depart_at, r.id))
        for among in _near(group):
            ride = _ride(among, net)
            if ride is not None and ride.start >= now + NOTICE:
                yield ride


def _near(group: Sequence[Request]) -> Iterator[tuple[Request, ...]]:
    """Sets of which each two leave, and are back, within half an hour of each other."""
    for i, first in enumerate(group):
        near = [r for r in group[i + 1 :] if _goes_with(first, r)][:8]
        for n in range(1, MOST_PARTIES):
            for others in combinations(near, n):
                if all(_goes_with(a, b) for a, b in combinations(others, 2)):
                    yield first, *others


def _goes_with(one: Request, other: Request) -> bool:
    back = one.kind == "drop_off" or abs(one.return_at - other.return_at) <= WITHIN
    return back and abs(one.depart_at - other.depart_at) <= WITHIN


def _ride(among: Sequence[Request], net: Roads) -> Ride | None:
    place = among[0].destination
    goal = net.row(place.lon, place.lat)
    homes = [net.row(r.origin.lon, r.origin.lat) for r in among]
    leaves = among[0].depart_at
    there = _way(homes, goal, net, leaves, back=False)
    if there is None:
        return None
    order, rode_s, out_s = there
    alone_s = [net.seconds(home, goal, leaves) for home in homes]
    arrives = min(r.depart_at + timedelta(seconds=s) for r, s in zip(among, alone_s, strict=True))
    arrives = arrives.replace(second=0, microsecond=0)
    on = {i: arrives - timedelta(seconds=rode_s[i]) for i in order}
    if any(among[i].depart_at - on[i] > WITHIN for i in order):
        return None
    stops = [homes[i] for i in order]
    if among[0].kind == "drop_off":
        off_at = arrives + timedelta(seconds=CALL_S)
        parties = tuple(
            Party(among[i], turn, len(order), _minute(on[i]), off_at)
            for turn, i in enumerate(order)
        )
        return Ride(parties, stops[0], goal, out_s, None, out_s, *_far([*stops, goal], net))
    return _round(among, homes, goal, net, (order, on, out_s, arrives))


def _round(
    among: Sequence[Request],
    homes: Sequence[int],
    goal: int,
    net: Roads,
    out: tuple[tuple[int, ...], dict[int, datetime], int, datetime],
) -> Ride | None:
    """The way there and, after waiting, the way back."""
    order, on, out_s, arrives = out
    comes = among[0].return_at
    back = _way(homes, goal, net, comes, back=True)
    if back is None:
        return None
    home_order, rode_s, back_s = back
    alone_s = [net.seconds(goal, home, comes) for home in homes]
    leaves = max(r.return_at - timedelta(seconds=s) for r, s in zip(among, alone_s, strict=True))
    off = {i: leaves + timedelta(seconds=rode_s[i]) for i in home_order}
    late = any(off[i] - among[i].return_at > WITHIN for i in home_order)
    stay_s = int((leaves - arrives).total_seconds())
    if late or stay_s < 0:
        return None
    turns = {i: len(order) + 1 + turn for turn, i in enumerate(home_order)}
    parties = tuple(
        Party(among[i], turn, turns[i], _minute(on[i]), off[i]) for turn, i in enumerate(order)
    )
    stops = [*(homes[i] for i in order), goal, *(homes[i] for i in home_order)]
    return Ride(parties, stops[0], stops[-1], out_s, stay_s, out_s + back_s, *_far(stops, net))


def _way(
    homes: Sequence[int], goal: int, net: Roads, at: datetime, *, back: bool
) -> tuple[tuple[int, ...], dict[int, int], int] | None:
    """The quickest order of calls in which nobody rides too long, at the pace of that hour.

    Returns:
        Indices in order, what each rides in seconds with the standing at calls, and the drive.
    """
    best: tuple[int, tuple[int, ...], dict[int, int]] | None = None
    for order in permutations(range(len(homes))):
        stops = [goal, *(homes[i] for i in order)] if back else [*(homes[i] for i in order), goal]
        legs = [net.seconds(a, b, at) for a, b in pairwise(stops)]
        if best is not None and sum(legs) >= best[0]:
            continue
        rode, fine = {}, True
        for k, i in enumerate(order):
            driven_s = sum(legs[: k + 1]) if back else sum(legs[k:])
            calls = k + 1 if back else len(order) - k
            rode[i] = driven_s + calls * CALL_S
            ends = (goal, homes[i]) if back else (homes[i], goal)
            alone_s = net.seconds(*ends, at)
            fine &= driven_s * 100 <= alone_s * DETOUR_PERCENT
        if fine:
            best = sum(legs), order, rode
    return None if best is None else (best[1], best[2], best[0])


def _far(stops: Sequence[int], net: Roads) -> tuple[int, int]:
    """Metres and toll from stop to stop."""
    ways = list(pairwise(stops))
    return sum(net.metres(a, b) for a, b in ways), sum(net.toll(a, b) for a, b in ways)


def _minute(at: datetime) -> datetime:
    """The whole minute before: what a party is told."""
    return at.replace(second=0, microsecond=0)
