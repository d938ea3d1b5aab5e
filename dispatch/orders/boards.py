"""The boards that insertion looks at: a day with all that is held, and with what is promised."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar

import optimizer
from dispatch import requests
from dispatch.kernel.calendar import business_day, day_bounds
from dispatch.kernel.db import Conn
from dispatch.kernel.ids import RequestId
from dispatch.orders import store
from dispatch.orders.beginning import known_now
from dispatch.orders.carried import NOTHING
from dispatch.orders.model import Held, Period
from dispatch.orders.problem import AFTER, REST, Day, day_of

Answered = TypeVar("Answered")
NIGHT = timedelta(hours=4)
"""Who leaves so soon after midnight may need a car that leaves its home the day before."""
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
        end: of the last day.
        promised: requests that `full` has beside what is held, with their versions.
        unplaced: promised ones that found no place on it.
        roomier: something left `full` since those were tried.
        before: the cars that promised requests had on the boards before these.
        lock: held by whoever changes `full`, or asks it.
    """

    version: str
    day: Day
    legs: dict[int, list[Held]]
    another: Callable[[], Day]
    end: datetime
    now_s: int = 0
    promised: dict[RequestId, int] = field(default_factory=dict)
    unplaced: dict[RequestId, int] = field(default_factory=dict)
    roomier: bool = False
    before: dict[int, int] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
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
        return {i: chains[c].slot.car.id for i, c in list(self.full.chain_of.items())}

    def drop_all_but(self, wanted: Mapping[RequestId, int], asked: RequestId) -> None:
        """Take promised requests off that are not wanted in the version that was put on.

        Who is only asked about leaves no room to others, and goes back to its car afterwards.
        """
        for gone in [i for i, version in self.unplaced.items() if wanted.get(i) != version]:
            del self.unplaced[gone]
        for gone in [i for i, version in self.promised.items() if wanted.get(i) != version]:
            del self.promised[gone]
            if gone == asked:
                self.before[gone] = self.cars()[gone]
            else:
                self.roomier = True
            if not self.full.drop(gone):
                self.before = self.cars()
                self.forget_promises()
                return

    async def work(self, act: Callable[[], Answered]) -> Answered:
        """What a function answers that asks or changes `full` in a thread; the caller holds `lock`.

        Where it does not end well, or nobody waits for it any more, the promises begin anew.
        """
        at_work = asyncio.ensure_future(asyncio.to_thread(act))
        is_whole = False
        try:
            answered = await asyncio.shield(at_work)
            is_whole = True
        finally:
            if not is_whole:
                # Nobody else may touch the board while the thread is at work on it.
                await asyncio.wait([at_work])
                self.forget_promises()
        return answered

    def still(
        self, wanted: Mapping[RequestId, int], long: Mapping[RequestId, int]
    ) -> dict[RequestId, int]:
        """What is wanted, without the promises of several days that lie on another car here."""
        cars = self.cars()
        here = (
            i for i in wanted if i not in self.promised or cars.get(i) == long.get(i, cars.get(i))
        )
        return {i: wanted[i] for i in here}

    def make_way(self, car: int, stay: Collection[RequestId]) -> set[RequestId]:
        """Take the promises off a car that need not stay there, and say which."""
        board = self.full
        mine = [i for i in self.promised if i not in stay and i in board.chain_of]
        on_it = [i for i in mine if board.chains[board.chain_of[i]].slot.car.id == car]
        return {i for i in on_it if board.drop(i)}

    def forget_promises(self) -> None:
        """Begin anew with them."""
        self._made.pop("full", None)
        self.promised.clear()
        self.unplaced.clear()


_KEPT: dict[tuple[date, date, date, int], Boards] = {}
"""The boards asked for last, by days and hour; a version names their content."""


def forget() -> None:
    """Make all boards anew when they are asked for next."""
    _KEPT.clear()


async def boards_for(conn: Conn, request: requests.Request, now: datetime) -> Boards:
    """The boards of the days that a request touches, made anew where the database has changed.

    Those of a trip soon after midnight begin the day before: drivers are within the hours of
    that day, and what is held is not chained with.
    """
    of, last = business_day(request.depart_at), business_day(request.return_at)
    on = business_day(request.depart_at - NIGHT)
    start, end = day_bounds(on)[0], day_bounds(last)[1]
    today = start <= now < end
    hour = request.depart_at.replace(minute=0, second=0, microsecond=0)
    at = max(now, request.depart_at)
    version = await store.board_version(conn, at, Period(start - REST, end + AFTER), now)
    version += f", {now:%d %H}" if today else ""
    key = on, of, last, hour.hour if today else -1
    kept = _KEPT.pop(key, None)
    if kept is None or kept.version != version:
        fleet = await store.fleet(conn, at)
        held = await store.held(conn, Period(start - REST, end + AFTER), store.net_of(fleet))
        known = await known_now(conn, fleet, held, now) if today else NOTHING
        make = partial(
            day_of, fleet, held, (), epoch=start, now=now, known=known, until=end, leaves=hour,
            apart=on < of, papers=of,
        )  # fmt: skip
        before = {} if kept is None else kept.cars()
        kept = await asyncio.to_thread(_made, version, make, held, end)
        kept.before = before
    _KEPT[key] = kept
    for old in list(_KEPT)[:-MOST_KEPT]:
        del _KEPT[old]
    kept.now_s = max(0, kept.day.second(now))
    return kept


def _made(version: str, make: Callable[..., Day], held: Iterable[Held], end: datetime) -> Boards:
    legs: dict[int, list[Held]] = {}
    for leg in held:
        legs.setdefault(leg.vehicle_id or 0, []).append(leg)
    return Boards(version, make(), legs, partial(make, apart=True), end)
