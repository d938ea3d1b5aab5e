"""The boards that insertion looks at: a day with all that is held, and with what is promised."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

import optimizer
from dispatch import requests
from dispatch.kernel.calendar import business_day, day_bounds
from dispatch.kernel.db import Conn
from dispatch.kernel.ids import RequestId
from dispatch.orders import store
from dispatch.orders.insertion import THINK_S, room, stay
from dispatch.orders.model import Held, Period
from dispatch.orders.problem import AFTER, REST, Day, day_of

MOST_KEPT = 8


@dataclass
class Boards:
    """What is held on a day as one version of the database has it.

    Each board is made when it is first asked for.

    Attributes:
        version: names that version; the promises are not in it.
        legs: of each car, live ones.
        now_s: no car leaves before, in seconds of the day.
        another: makes the day with nothing to chain with.
        promised: requests that `full` has, or could not place, with their versions.
        before: the cars that promised requests had on the boards before these.
    """

    version: str
    day: Day
    legs: dict[int, list[Held]]
    another: Callable[[], Day]
    now_s: int = 0
    promised: dict[RequestId, int] = field(default_factory=dict)
    before: dict[int, int] = field(default_factory=dict)
    _made: dict[str, optimizer.Board] = field(default_factory=dict)

    @property
    def held(self) -> optimizer.Board:
        """With what is held."""
        return self._board("held", lambda: self.day)

    @property
    def full(self) -> optimizer.Board:
        """With the promises beside what is held."""
        return self._board("full", lambda: self.day)

    @property
    def between(self) -> optimizer.Board:
        """With nothing to chain with: drivers change cars at the depot."""
        return self._board("between", self.another)

    def _board(self, name: str, day: Callable[[], Day]) -> optimizer.Board:
        if name not in self._made:
            self._made[name] = optimizer.Board.of(day().problem)
        board = self._made[name]
        board.not_before(self.now_s)
        return board

    def cars(self) -> dict[int, int]:
        """The car of each promised request that has one."""
        if "full" not in self._made:
            return self.before
        chains = self.full.chains
        return {i: chains[c].slot.car.id for i, c in self.full.chain_of.items()}

    def forget_promises(self) -> None:
        """Begin anew with them."""
        self._made.pop("full", None)
        self.promised.clear()


_KEPT: dict[tuple[date, date, int], Boards] = {}
"""The boards asked for last, by days and hour; a version names their content."""


def forget() -> None:
    """Make all boards anew when they are asked for next."""
    _KEPT.clear()


async def boards_for(conn: Conn, request: requests.Request, now: datetime) -> Boards:
    """The boards of the days that a request touches, made anew where the database has changed."""
    on, last = business_day(request.depart_at), business_day(request.return_at)
    start, end = day_bounds(on)[0], day_bounds(last)[1]
    today = start <= now < end
    hour = request.depart_at.replace(minute=0, second=0, microsecond=0)
    at = max(now, request.depart_at)
    version = await store.board_version(conn, at, Period(start - REST, end + AFTER), now)
    version += f", {now:%d %H}" if today else ""
    key = on, last, hour.hour if today else -1
    kept = _KEPT.pop(key, None)
    if kept is None or kept.version != version:
        fleet = await store.fleet(conn, at)
        held = await store.held(conn, Period(start - REST, end + AFTER), store.net_of(fleet))
        charge = await store.charge(conn, fleet, now) if today else {}
        make = partial(
            day_of, fleet, held, (), epoch=start, now=now, charge=charge, until=end, leaves=hour
        )
        before = {} if kept is None else kept.cars()
        kept = await asyncio.to_thread(_made, version, make, held)
        kept.before = before
    _KEPT[key] = kept
    for old in list(_KEPT)[:-MOST_KEPT]:
        del _KEPT[old]
    kept.now_s = max(0, kept.day.second(now))
    return kept


def _made(version: str, make: Callable[..., Day], held: Iterable[Held]) -> Boards:
    legs: dict[int, list[Held]] = {}
    for leg in held:
        legs.setdefault(leg.vehicle_id or 0, []).append(leg)
    return Boards(version, make(), legs, partial(make, apart=True))


async def keep_promises(conn: Conn, boards: Boards, but: RequestId, now: datetime) -> None:
    """Put every request of the day that is promised and waits on the full board, but one.

    In the order of their promises, each where it was before, or by best insertion.
    """
    start = boards.day.epoch
    bounds = day_bounds(business_day(start))
    wanted = await requests.promised_between(conn, *bounds)
    wanted.pop(but, None)
    for gone in [i for i, version in boards.promised.items() if wanted.get(i) != version]:
        del boards.promised[gone]
        if gone in boards.full.chain_of and not boards.full.drop(gone):
            boards.forget_promises()
            break
    if wanted.keys() == boards.promised.keys():
        return
    for request in await requests.open_between(conn, *bounds):
        if request.id in wanted and request.id not in boards.promised:
            boards.promised[request.id] = request.version
            car = boards.before.get(request.id)
            if car is None or not stay(boards.day, boards.full, request, car):
                # Who had no car before either is not worth a search for what could move.
                seconds = 0.0 if boards.before and car is None else THINK_S
                room(boards.day, boards.full, request, now, take=True, seconds=seconds)
