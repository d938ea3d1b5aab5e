"""The boards that insertion looks at: a day with all that is held, and with what is promised."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypeVar

import optimizer
from dispatch.kernel.ids import LegId, RequestId
from dispatch.orders.model import Held, Version
from dispatch.orders.pieces import Pieces
from dispatch.orders.problem import Day

Answered = TypeVar("Answered")


@dataclass
class Boards:
    """What is held on a day as one version of the database has it.

    Each board is made when it is first asked for, if it can be of an older version's.

    Attributes:
        version: names that version; the promises are not in it.
        day: with what is held.
        now_s: no car leaves before, in seconds of the day.
        another: makes the day with nothing to chain with.
        end: of the last day.
        live: the legs that it is made of, by id.
        pieces: of the day, and of that with nothing to chain with.
        older: boards of older versions, by name.
        promised: requests that `full` has beside what is held, with their versions.
        unplaced: promised ones that found no place on it.
        roomier: something left `full` since those were tried.
        turn: which of the unplaced is looked for thoroughly next time, as a count.
        before: the cars that promised requests had on the boards before these.
        lock: held by whoever changes `full`, or asks it.
    """

    version: Version
    day: Day
    another: Callable[[], Day]
    end: datetime
    live: Mapping[LegId, Held]
    pieces: tuple[Pieces, Pieces]
    older: Mapping[str, optimizer.Board] = field(default_factory=dict)
    now_s: int = 0
    promised: dict[RequestId, int] = field(default_factory=dict)
    unplaced: dict[RequestId, int] = field(default_factory=dict)
    roomier: bool = False
    turn: int = 0
    before: dict[int, int] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _made: dict[str, optimizer.Board] = field(default_factory=dict)

    @cached_property
    def legs(self) -> dict[int, list[Held]]:
        """Of each car, live ones."""
        found: dict[int, list[Held]] = {}
        for leg in self.live.values():
            found.setdefault(leg.vehicle_id or 0, []).append(leg)
        return found

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
            problem = day().problem
            older = self.older.get(name)
            found = None if older is None else optimizer.renewed(older, problem)
            self._made[name] = optimizer.Board.of(problem) if found is None else found.board
        board = self._made[name]
        board.not_before(self.now_s)
        return board

    def latest(self) -> dict[str, optimizer.Board]:
        """The boards, by name, each of the last version that it was asked for in."""
        return {**self.older, **self._made}

    def follow(self, old: "Boards") -> None:
        """Go on from the boards of an older version, whose promises nobody changes meanwhile.

        Promises stay where they are, but for those whose cars or drivers are held otherwise now:
        they are put on again, on their cars if they still fit there.
        """
        made = old.latest()
        full = made.pop("full", None)
        self.older, self.before, self.roomier = made, old.cars(), True
        found = None if full is None else optimizer.renewed(full, self.day.problem)
        if found is not None:
            self._made["full"] = found.board
            self.promised = {i: v for i, v in old.promised.items() if i not in found.off}
            self.unplaced, self.turn = dict(old.unplaced), old.turn

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
